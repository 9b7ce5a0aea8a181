"""What became of the anchors of a run: how many lay on somebody, and how right each source is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tracker.anchors.attach import UNSTATED
from tracker.identity.anchor_likelihood import AnchorChannel
from tracker.runs.anchor_files import GivenAnchors
from tracker.runs.anchor_pipe import STDIN
from tracker.runs.anchor_sources import AnchorSources
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
    """given: sources of the run, of which files come first. counts: of each file as
    `Attacher.counts`, of the others what was on a detection. learned: (S,) share of each that is
    right as far as the run can tell, None where nothing of it was heard; claimed: the same as it
    says itself."""

    given: AnchorSources
    counts: tuple[Counter[str], ...]
    learned: tuple[float | None, ...]
    claimed: tuple[float | None, ...]

    @classmethod
    def of(
        cls,
        given: AnchorSources,
        counts: Sequence[Counter[str]],
        seen: Iterable[Anchors | None],
        channel: AnchorChannel | None,
    ) -> AnchorSummary:
        """counts: of the files. seen: the anchors of every frame. channel: how reliable they proved
        to be."""
        none = Anchors.none(len(given.players))
        every = Anchors.joined([none, *(part for part in seen if part is not None)])
        every = every.take(~every.human)
        size = len(given.sources)
        channel = AnchorChannel.begun(size, len(given.players)) if channel is None else channel
        right = channel.accuracy(every)
        by_source = [every.sources == number for number in range(size)]

        def means(values: Any) -> tuple[float | None, ...]:
            return tuple(float(values[m].mean()) if m.any() else None for m in by_source)

        counted = np.bincount(every.sources, minlength=size)[len(counts) :].tolist()
        of_classes = [Counter({"on a detection": number}) for number in counted]
        return cls(given, (*counts, *of_classes), means(right), means(every.confidence))

    def tree(self) -> dict[str, Any]:
        """For run.json."""
        return {
            "players": list(self.given.players),
            "sources": [
                self._source(number) if number < len(self._files.inputs) else self._classes(number)
                for number, counts in enumerate(self.counts)
                if number < len(self._files.inputs) or counts.total()
            ],
        }

    @property
    def _files(self) -> GivenAnchors:
        return self.given.given

    def lines(self) -> Iterator[str]:
        """What a user must know of them."""
        for number, name in enumerate(self.given.sources.names):
            learned, claimed, stated = self.learned[number], self.claimed[number], True
            if number < len(self._files.inputs):
                given, counts = self._files.inputs[number], self.counts[number]
                name = name if given.live else given.path.name
                stated = given.live or not np.isnan(self._files.rows[number].confidence).all()
                if given.live and not counts["anchors"]:
                    yield f"{name}: not one anchor came"
                elif not counts["on a detection"]:
                    yield self._none_detected(number)
            if self.given.sources.stated[number] or learned is None or claimed is None:
                continue
            if learned < min(_BAD, claimed - _CLEARLY):
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
        given, rows = self._files, self._files.rows[number]
        counts, accuracy = self.counts[number], given.inputs[number].accuracy
        live = given.inputs[number].live
        path = str(given.inputs[number].path)
        every = counts["anchors"] if live else len(rows) + rows.beyond
        beyond = counts["beyond"] if live else every - sum(counts.values())
        return {
            "source": rows.source,
            "file": "stdin" if path == STDIN else path,
            "fingerprint": given.fingerprints[number],
            "rows": every,
            **{name: counts[what] for what, name in COUNTS.items()},
            "beyond_end": beyond,
            **({name: counts[what] for what, name in _LIVE.items()} if live else {}),
            "stated_accuracy": accuracy,
            "learned_accuracy": self._learned(number),
        }

    def _classes(self, number: int) -> dict[str, Any]:
        """What the classes of the detector said; there is no file of it."""
        counted = self.counts[number].total()
        return {
            "source": self.given.sources.names[number],
            "file": None,
            "rows": counted,
            "on_detection": counted,
            "stated_accuracy": None,
            "learned_accuracy": self._learned(number),
        }

    def _learned(self, number: int) -> float | None:
        learned = self.learned[number]
        return None if learned is None else round(learned, 4)
