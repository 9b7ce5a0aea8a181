"""What became of the anchors of a run: how many lay on somebody, and how right each source is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from tracker.anchors.attach import UNSTATED
from tracker.identity.anchor_likelihood import AnchorChannel
from tracker.runs.anchor_files import RunAnchorFiles
from tracker.types import Anchors

_BAD = 0.7  # a source of which fewer are right is spoken of,
_CLEARLY = 0.1  # if it is that much worse than it says
COUNTS = {
    "on a detection": "on_detection", "made one": "made_detection", "on nobody": "on_nobody",
    "not looked at": "not_looked_at",
}  # fmt: skip
"""As `Attacher.counts` has them, and as run.json does."""
LATE = {"late": "late", "late for nothing": "late_unused"}
"""The same of anchors that come after their frame; they are counted above too."""
_LIVE = {
    **LATE, "too late": "too_late", "lines": "lines", "no anchor": "lines_no_anchor",
    "unknown": "unknown_players",
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class AnchorSummary:
    """files: of the run. counts: of each file as `Attacher.counts`. learned: (S,) share of each
    that is right as far as the run can tell, None where nothing of it was heard; claimed: the same
    as it says itself."""

    files: RunAnchorFiles
    counts: tuple[Counter[str], ...]
    learned: tuple[float | None, ...]
    claimed: tuple[float | None, ...]

    @classmethod
    def of(
        cls,
        files: RunAnchorFiles,
        counts: Iterable[Counter[str]],
        seen: Iterable[Anchors | None],
        channel: AnchorChannel | None,
    ) -> AnchorSummary:
        """seen: the anchors of every frame. channel: how reliable they proved to be."""
        none = Anchors.none(len(files.players))
        every = Anchors.joined([none, *(part for part in seen if part is not None)])
        every = every.take(~every.human)
        size = len(files.sources)
        channel = AnchorChannel.begun(size, len(files.players)) if channel is None else channel
        right = channel.accuracy(every)
        by_source = [every.sources == number for number in range(size)]

        def means(values: Any) -> tuple[float | None, ...]:
            return tuple(float(values[m].mean()) if m.any() else None for m in by_source)

        return cls(files, tuple(counts), means(right), means(every.confidence))

    def tree(self) -> dict[str, Any]:
        """For run.json."""
        return {
            "players": list(self.files.players),
            "sources": [self._source(number) for number in range(len(self.counts))],
        }

    def lines(self) -> Iterator[str]:
        """What a user must know of them."""
        for number, given in enumerate(self.files.given.inputs):
            name = self.files.given.rows[number].source if given.live else given.path.name
            counts = self.counts[number]
            if given.live and not counts["anchors"]:
                yield f"{name}: not one anchor came"
            elif not counts["on a detection"]:
                yield self._none_detected(number)
            learned, claimed = self.learned[number], self.claimed[number]
            bad = (
                learned is not None
                and claimed is not None
                and learned < min(_BAD, claimed - _CLEARLY)
            )
            if given.accuracy is None and bad:
                rows = self.files.given.rows[number]
                stated = given.live or not np.isnan(rows.confidence).all()
                claim = f"it says {claimed:.0%}" if stated else f"{UNSTATED:.0%} are expected"
                yield (
                    f"{name}: about {learned:.0%} of its anchors are right ({claim}); they count "
                    "for less"
                )

    def _none_detected(self, number: int) -> str:
        summary = self._source(number)
        parts = [
            (summary["made_detection"], "made a detection"), (summary["on_nobody"], "on nobody"),
            (summary["not_looked_at"], "in frames not looked at"),
            (summary["beyond_end"], "beyond the frames asked for"),
        ]  # fmt: skip
        what = ", ".join(f"{count} {words}" for count, words in parts if count)
        return (
            f"{summary['file']}: none of its {summary['rows']} anchors is on anybody detected "
            f"({what}); is it of this video?"
        )

    def _source(self, number: int) -> dict[str, Any]:
        given, rows = self.files.given, self.files.given.rows[number]
        counts, accuracy = self.counts[number], given.inputs[number].accuracy
        learned, live = self.learned[number], given.inputs[number].live
        every = counts["anchors"] if live else len(rows) + rows.beyond
        beyond = counts["beyond"] if live else every - sum(counts.values())
        return {
            "source": rows.source,
            "file": str(given.inputs[number].path),
            "fingerprint": given.fingerprints[number],
            "rows": every,
            **{name: counts[what] for what, name in COUNTS.items()},
            "beyond_end": beyond,
            **({name: counts[what] for what, name in _LIVE.items()} if live else {}),
            "stated_accuracy": accuracy,
            "learned_accuracy": None if learned is None else round(learned, 4),
        }
