"""What was said of a run, found again after it was followed anew.

Corrections are kept by place, frame and box, with the words they were said in. Another gallery,
detector or setting gives other paths; whoever has the box now is whom the words are about.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from tracker.corrections.found_again import BoxesNow, found_again
from tracker.corrections.in_force import in_force
from tracker.corrections.places import sampled
from tracker.corrections.record import MAX_KEPT, StoredCorrection, thinned
from tracker.corrections.statements import CorrectionError
from tracker.kits.stated_kits import StatedKit
from tracker.offline.constraints import UserConstraint
from tracker.output.run_record import CORRECTIONS, RunRecord
from tracker.output.table import TableError, TrackTable
from tracker.types import TrackedFrame


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
    def kits(self) -> list[StatedKit]:
        """What they say of kits, the oldest first."""
        return [
            StatedKit(tuple(track for track, _, _ in kept.spans), kept.wears)
            for kept in self.kept
            if kept.wears and kept.spans
        ]

    @property
    def tree(self) -> list[dict[str, object]]:
        """As run.json has them."""
        return [kept.model_dump(mode="json", by_alias=True) for kept in thinned(self.kept)]


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
        now = BoxesNow.of_frames(frames)
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
        now: BoxesNow,
        players: Sequence[str],
        notes: list[str],
    ) -> StoredCorrection:
        if correction.video and correction.video != self.video:
            why = "it was said of another video"
        elif correction.is_ and correction.is_ not in players:
            why = f"{correction.is_} is not in the gallery"
        elif (placed := found_again(correction, now)).found:
            return placed
        else:
            why = "nobody is found in its places now"
        notes.append(f'kept, but not applied: "{correction.text}" ({why})')
        return correction.nowhere()


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
