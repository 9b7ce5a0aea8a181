"""What is counted about names, and the scores that follow from the counts.

All counts of several sequences add up, so pooled scores are scores of the pooled counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tracker.output.id_gaps import BINS as BINS_OF_GAPS
from tracker.types import Doubles

OUTSIDER = "(outside gallery)"
NO_PERSON = "(nobody there)"
UNNAMED = "(no name)"
MISSED = "(not found)"

_ADD_UP = [
    "right",
    "named",
    "wanted",
    "duplicate_frames",
    "swaps",
    "minutes",
    "stranger_boxes",
    "stranger_named",
    "sweep",
    "calibration",
    "trades",
    "names_lost",
    "names_found",
    "by_gap",
]
THRESHOLDS: Doubles = np.arange(101) / 100  # so that 0.6 is 0.6 and not a little more
BINS = 10


@dataclass(frozen=True, slots=True, eq=False)
class NameScores:
    """Counts of one sequence, or of several added up.

    right: named boxes with IoU >= 0.5 to the truth box of that very player. named: result boxes
    with a name. wanted: truth boxes of gallery players. duplicate_frames: frames in which a name
    stands on two boxes. swaps: times the name on a person changes from one to another, every
    flicker included. minutes: length. entry_s: for every entry of a gallery player the seconds to
    the first frame with the right name, inf for never. stranger_boxes, stranger_named: result boxes
    on people outside the gallery, and those of them with a name. confusion: (truth, result) ->
    boxes. sweep: (101, 3) over THRESHOLDS: named boxes kept, right ones kept, wanted boxes that
    keep some name. calibration: (10, 3) per bin of confidence: boxes, sum of confidence, right
    ones. named_hota: TrackEval's HOTA fields with similarity = IoU x [same name]. trades: of names
    between two people, of those that last. names_lost, names_found: times that somebody loses a
    name, or gets one after none. by_gap: (9, 3) right, named and wanted boxes by the gap between
    two gallery IDs of the player they are of, or are said to be of, in the order of BINS; zeros
    where nothing says which frames are IDs.
    """

    right: int
    named: int
    wanted: int
    duplicate_frames: int
    swaps: int
    minutes: float
    entry_s: tuple[float, ...]
    stranger_boxes: int
    stranger_named: int
    confusion: Mapping[tuple[str, str], int]
    sweep: Doubles
    calibration: Doubles
    named_hota: Mapping[str, Any] = field(repr=False)
    trades: int
    names_lost: int
    names_found: int
    by_gap: Doubles = field(default_factory=lambda: np.zeros((len(BINS_OF_GAPS), 3)))

    @property
    def f1_by_gap(self) -> Doubles:
        """(9,) Name-F1 in the order of BINS, NaN where there is nothing to score."""
        right, named, wanted = self.by_gap.T
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(2 * right / (named + wanted))

    @property
    def precision(self) -> float:
        """Share of named boxes that are right; NaN without any."""
        return _share(self.right, self.named)

    @property
    def recall(self) -> float:
        """Share of the gallery players' truth boxes that wear their name."""
        return _share(self.right, self.wanted)

    @property
    def f1(self) -> float:
        return _share(2 * self.right, self.named + self.wanted)

    @property
    def hota(self) -> float:
        return float(np.mean(self.named_hota["HOTA"]))

    @property
    def swaps_per_minute(self) -> float:
        return _share(self.trades, self.minutes)

    @property
    def unnamed_per_minute(self) -> float:
        """Changes to and from no name."""
        return _share(self.names_lost + self.names_found, self.minutes)

    @property
    def median_entry_s(self) -> float:
        """Median seconds to the right name after an entry; never counts as infinite."""
        return float(np.median(self.entry_s)) if self.entry_s else float("nan")

    @property
    def entries_named(self) -> float:
        """Share of entries after which the right name comes before the player leaves."""
        return _share(float(np.isfinite(self.entry_s).sum()), len(self.entry_s))

    @property
    def unknown_named_share(self) -> float:
        """Share of the boxes on people outside the gallery that carry a name."""
        return _share(self.stranger_named, self.stranger_boxes)

    @property
    def calibration_error(self) -> float:
        """Expected calibration error of the name confidence over ten equal bins; NaN without."""
        boxes, confidence, right = self.calibration.T
        return _share(float(np.abs(confidence - right).sum()), float(boxes.sum()))

    @property
    def coverage_precision(self) -> tuple[Doubles, Doubles]:
        """(coverage, precision) over THRESHOLDS; precision is NaN where nothing is left."""
        kept, right, covered = self.sweep.T
        with np.errstate(invalid="ignore", divide="ignore"):
            return covered / max(self.wanted, 1), right / kept


def pool_names(scores: Sequence[NameScores]) -> NameScores:
    """Add the counts of several sequences."""
    from trackeval.metrics import HOTA

    confusion: Counter[tuple[str, str]] = Counter()
    for s in scores:
        confusion.update(s.confusion)
    added: dict[str, Any] = {name: sum(getattr(s, name) for s in scores) for name in _ADD_UP}
    hota = HOTA().combine_sequences({str(i): s.named_hota for i, s in enumerate(scores)})
    entries = tuple(e for s in scores for e in s.entry_s)
    return NameScores(**added, entry_s=entries, confusion=confusion, named_hota=hota)


def _share(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")
