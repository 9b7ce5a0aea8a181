"""What somebody made of a clip's names, as counts that can be pooled.

The truth's rows are those of people who can be seen, whether the detector found them or not, so
even perfect names leave the overlooked ones unnamed. `F1 found` forgives that: its recall counts
the boxes of players that the detector did find. ECE is the expected calibration error of the name
confidence of visible named boxes, over ten bins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tracker.evaluation.mot_scores import MotScores, pool, score
from tracker.evaluation.name_scores import NameScores, pool_names
from tracker.evaluation.names import score_names

from .detector import NOT_TRUE, Found
from .followers import Named
from .truth import Clip


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """One follower on one clip. found: boxes of players that the detector found."""

    mot: MotScores
    names: NameScores
    found: int


def count(clip: Clip, found: Found, named: Named) -> Counts:
    truth, gallery = clip.seen, frozenset(clip.roster)
    return Counts(
        mot=score(truth, named.boxes, 1, clip.frames),
        names=score_names(truth, named.boxes, gallery, 1, clip.frames, clip.fps),
        found=found_players(clip, found),
    )


def found_players(clip: Clip, found: Found) -> int:
    rows = found.rows[found.rows != NOT_TRUE]
    return int((clip.truth.names[rows] != "").sum())


def summary(counts: Sequence[Counts]) -> dict[str, float]:
    """The table's columns of several clips pooled; shares in [0, 1]."""
    names = pool_names([c.names for c in counts])
    mot = pool([c.mot for c in counts])
    found = sum(c.found for c in counts)
    return {
        "Name-P": names.precision,
        "Name-R": names.recall,
        "Name-F1": names.f1,
        "F1 found": 2 * names.right / max(names.named + found, 1),
        "duplicate frames": names.duplicate_frames,
        "strangers named": names.unknown_named_share,
        "IDF1": mot["IDF1"],
        "HOTA": mot["HOTA"],
        "ECE": names.calibration_error,
    }
