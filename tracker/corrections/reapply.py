"""What was said of a run, found again after it was followed anew.

Corrections are kept by place, frame and box, with the words they were said in. Another gallery,
detector or setting gives other paths; whoever has the box now is whom the words are about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from tracker.boxes import iou
from tracker.corrections.in_force import in_force
from tracker.corrections.places import sampled
from tracker.corrections.record import MAX_KEPT, Place, Span, StoredCorrection
from tracker.corrections.statements import CorrectionError
from tracker.offline.constraints import UserConstraint
from tracker.output.run_record import CORRECTIONS, RunRecord
from tracker.output.table import TableError, TrackTable
from tracker.types import TrackedFrame, Visibility

_SAME_IOU = 0.5
_STRAY = 5  # of so many places or more, one alone on another track is a slip of the detector


@dataclass(frozen=True, slots=True)
class Applied:
    """What corrections come to in a following.

    kept: as run.json keeps them now. constraints: what they say of its tracks. notes: what is to be
    said of them.
    """

    kept: Sequence[StoredCorrection]
    constraints: Sequence[UserConstraint] = ()
    notes: Sequence[str] = ()

    @property
    def tree(self) -> list[dict[str, object]]:
        """As run.json has them."""
        return [correction.model_dump(mode="json", by_alias=True) for correction in self.kept]


Apply = Callable[[Sequence[TrackedFrame]], Applied]
"""Of the tracks of these frames, names not yet given."""


@dataclass(frozen=True, slots=True)
class KeptCorrections:
    """The corrections that a run in OUT keeps, for a new following of its video.

    video: fingerprint of what is followed now.
    """

    corrections: Sequence[StoredCorrection]
    video: str

    @classmethod
    def of(cls, record: RunRecord, video: str) -> KeptCorrections:
        """What run.json has. Raises CorrectionError."""
        try:
            found = record.corrections
            if len(found) > MAX_KEPT:
                raise CorrectionError(
                    f"{record.path}: {len(found)} corrections, at most {MAX_KEPT} are read"
                )
            before = [StoredCorrection.model_validate(correction) for correction in found]
        except (ValidationError, TypeError) as error:
            raise CorrectionError(
                f"{record.path}: its {CORRECTIONS} cannot be read; mend it, or move "
                f"{record.path.parent} away"
            ) from error
        if not all(
            correction.at or correction.not_at for correction in before
        ):  # of a version that kept no places
            before = _with_places(before, record.path.parent)
        tracked = str(record.part("source").get("fingerprint", ""))
        return cls([kept.of_video(tracked) for kept in before], video)

    def set_aside(self, why: str) -> Applied:
        """Keep all of them, with no effect on this run."""
        kept = [correction.nowhere() for correction in self.corrections]
        note = f"the {len(kept)} corrections are kept, but not applied: {why}"
        return Applied(kept, notes=[note])

    def on(self, frames: Sequence[TrackedFrame], players: Sequence[str]) -> Applied:
        """What they say of the tracks of these frames, names not yet given."""
        notes: list[str] = []
        now = _Now(frames)
        kept = [self._found(correction, now, players, notes) for correction in self.corrections]
        holding = in_force(kept)
        notes += [overruled.line(kept) for overruled in holding.overruled]
        applied = [correction for correction in holding.corrections if correction.found]
        if applied:
            notes.append(f"{len(applied)} corrections of before are applied again")
        constraints = [c for correction in applied for c in correction.user_constraints(players)]
        return Applied(kept, constraints, notes)

    def _found(
        self,
        correction: StoredCorrection,
        now: _Now,
        players: Sequence[str],
        notes: list[str],
    ) -> StoredCorrection:
        if correction.video and correction.video != self.video:
            why = "it was said of another video"
        elif correction.is_ and correction.is_ not in players:
            why = f"{correction.is_} is not in the gallery"
        elif (placed := _placed(correction, now)).found:
            return placed
        else:
            why = "nobody is found in its places now"
        notes.append(f'kept, but not applied: "{correction.text}" ({why})')
        return correction.nowhere()


def found_again(correction: StoredCorrection, frames: Sequence[TrackedFrame]) -> StoredCorrection:
    """A correction that found nobody, tried once more."""
    return _placed(correction, _Now(frames))


def _placed(correction: StoredCorrection, now: _Now) -> StoredCorrection:
    """Of the tracks that have its places now; nowhere where none has."""
    spans, instead = now.spans(correction.at), now.spans(correction.not_at)
    if not spans and not correction.negated:
        return correction.nowhere()
    apart = tuple(span for span in instead if not _touch(span, spans))
    return correction.model_copy(update={"spans": spans, "instead": apart})


class _Now:
    """Who has which box in these frames."""

    def __init__(self, frames: Sequence[TrackedFrame]) -> None:
        self._frames = {frame.index + 1: frame for frame in frames}

    def spans(self, places: Sequence[Place]) -> tuple[Span, ...]:
        """Stretches of the tracks that have the places."""
        found = [(place[0], self._track(place)) for place in sorted(places)]
        seen = [(frame, track) for frame, track in found if track >= 0]
        stretches = _stretches(seen)
        if len(seen) >= _STRAY:
            alone = {id(s) for s in stretches if len(s) == 1 and _between_alike(s, stretches)}
            seen = [place for s in stretches if id(s) not in alone for place in s]
            stretches = _stretches(seen)
        return tuple((part[0][1], part[0][0], part[-1][0]) for part in stretches)

    def _track(self, place: Place) -> int:
        frame = self._frames.get(place[0])
        if frame is None:
            return -1
        rows = np.flatnonzero(frame.visibility == Visibility.VISIBLE)
        if not len(rows):
            return -1
        overlap = iou(frame.boxes[rows], np.array([place[1:]], np.float64))[:, 0]
        best = int(overlap.argmax())
        return int(frame.track_ids[rows[best]]) if overlap[best] >= _SAME_IOU else -1


_Seen = tuple[int, int]


def _stretches(seen: Iterable[_Seen]) -> list[list[_Seen]]:
    return [list(part) for _, part in groupby(seen, key=lambda place: place[1])]


def _between_alike(stretch: list[_Seen], stretches: list[list[_Seen]]) -> bool:
    n = next(k for k, other in enumerate(stretches) if other is stretch)
    if not 0 < n < len(stretches) - 1:
        return False
    return stretches[n - 1][0][1] == stretches[n + 1][0][1]


def _touch(span: Span, others: Iterable[Span]) -> bool:
    return any(span[0] == o[0] and span[1] <= o[2] and o[1] <= span[2] for o in others)


def _with_places(kept: Sequence[StoredCorrection], out: Path) -> list[StoredCorrection]:
    """With the boxes that their tracks have in tracks.csv of `out`."""
    try:
        visible = TrackTable.read_csv(out / "tracks.csv").visible
    except (OSError, TableError):
        return list(kept)
    return [
        correction
        if correction.at or correction.not_at
        else correction.model_copy(
            update={
                "at": sampled(visible, correction.spans),
                "not_at": sampled(visible, correction.instead),
            }
        )
        for correction in kept
    ]
