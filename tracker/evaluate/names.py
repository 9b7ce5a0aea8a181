"""Are the right names on the right people? Names are fixed: no relabelling, unlike IDF1.

All counts of several sequences add up, so pooled scores are scores of the pooled counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from tracker.evaluate.boxes import EPSILON, Boxes, Mask, iou, match
from tracker.evaluate.mot import prepare
from tracker.records import Doubles, Ints

STRANGER = "(outside gallery)"
NOBODY = "(nobody there)"
UNNAMED = "(no name)"
MISSED = "(not found)"

MIN_IOU = 0.5
ENTRY_GAP_S = 1.0
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
]
THRESHOLDS: Doubles = np.linspace(0, 1, 101)
BINS = 10


@dataclass(frozen=True, slots=True, eq=False)
class NameScores:
    """Counts of one sequence, or of several added up.

    right: named boxes with IoU >= 0.5 to the truth box of that very player. named: result boxes
    with a name. wanted: truth boxes of gallery players. duplicate_frames: frames in which a name
    stands on two boxes. swaps: times the name on a person changes from one to another. minutes:
    length. entry_s: for every entry of a gallery player the seconds until he first wears his name,
    inf for never. stranger_boxes, stranger_named: result boxes on people outside the gallery, and
    those of them with a name. confusion: (truth, result) -> boxes. sweep: (101, 3) over
    THRESHOLDS: named boxes kept, right ones kept, wanted boxes that keep some name. calibration:
    (10, 3) per bin of confidence: boxes, sum of confidence, right ones. named_hota: TrackEval's
    HOTA fields with similarity = IoU x [same name].
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
        return _share(self.swaps, self.minutes)

    @property
    def median_entry_s(self) -> float:
        """Median seconds to the right name after an entry; never counts as infinite."""
        return float(np.median(self.entry_s)) if self.entry_s else float("nan")

    @property
    def entries_named(self) -> float:
        """Share of entries after which the right name comes before the player leaves."""
        return _share(float(np.isfinite(self.entry_s).sum()), len(self.entry_s))

    @property
    def strangers_named(self) -> float:
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


def score_names(
    truth: Boxes, result: Boxes, gallery: frozenset[str], first: int, last: int, fps: float
) -> NameScores:
    """Score the names of frames `first` to `last` (1-based, both included).

    truth.names: who it is, "" for a person without a name; a name stands once in a frame.
    gallery: the names that may be given; anybody else in the truth is a stranger.
    """
    truth, result = truth.between(first, last), result.between(first, last)
    known = np.isin(truth.names.astype(str), sorted(gallery))
    people = np.where(known, truth.names, STRANGER)
    named = result.names != ""
    right, wears_own, pair = _pairs(replace(truth, names=people), result, known, first, last)
    covered = pair >= 0
    covered[covered] = named[pair[covered]]
    return NameScores(
        right=int(right.sum()),
        named=int(named.sum()),
        wanted=int(known.sum()),
        duplicate_frames=_duplicate_frames(result),
        swaps=_swaps(truth, result, pair),
        minutes=(last - first + 1) / fps / 60,
        entry_s=_entries(truth, known, wears_own, fps),
        stranger_boxes=int((~known & (pair >= 0)).sum()),
        stranger_named=int((~known & covered).sum()),
        confusion=_confusion(people, result, pair),
        sweep=_sweep(result, named, right, pair[known & covered]),
        calibration=_calibration(result.name_confidence[named], right[named]),
        named_hota=_named_hota(truth.take(known), result.take(named), first, last),
    )


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


def _pairs(
    truth: Boxes, result: Boxes, known: Mask, first: int, last: int
) -> tuple[Mask, Mask, Ints]:
    """(result box is right, truth box wears its name, result box on each truth box or -1).

    The first two ask for the very name, whatever other boxes do; the third matches by IoU alone.
    """
    right, wears_own = np.zeros(len(result), bool), np.zeros(len(truth), bool)
    pair = np.full(len(truth), -1, np.int64)
    for t, r in zip(truth.by_frame(first, last), result.by_frame(first, last), strict=True):
        if t.start == t.stop or r.start == r.stop:
            continue
        overlap = iou(truth.corners[t], result.corners[r])
        rows, columns = match(overlap, MIN_IOU)
        pair[t.start + rows] = r.start + columns
        own = (truth.names[t][:, None] == result.names[r][None, :]) & known[t][:, None]
        own &= overlap >= MIN_IOU - EPSILON
        for row in np.flatnonzero(own.any(axis=1)):  # of two boxes with his name, one is right
            right[r.start + int(np.argmax(np.where(own[row], overlap[row], -1)))] = True
            wears_own[t.start + row] = True
    return right, wears_own, pair


def _duplicate_frames(result: Boxes) -> int:
    named = result.take(result.names != "")
    counts = Counter(zip(named.frames.tolist(), named.names, strict=True))
    return len({frame for (frame, _), n in counts.items() if n > 1})


def _swaps(truth: Boxes, result: Boxes, pair: Ints) -> int:
    """Changes of the name on a truth id; frames without a box or a name change nothing."""
    last_name: dict[int, str] = {}
    swaps = 0
    for person, at in zip(truth.ids.tolist(), pair.tolist(), strict=True):
        name = result.names[at] if at >= 0 else ""
        if name:
            swaps += last_name.get(person, name) != name
            last_name[person] = name
    return swaps


def _entries(truth: Boxes, known: Mask, wears_own: Mask, fps: float) -> tuple[float, ...]:
    """Seconds from each entry to the first frame with the right name; inf where it never comes.

    An entry is a player's first box, or his first after more than a second without one.
    """
    waits: list[float] = []
    for name in sorted(set(truth.names[known])):
        rows = np.flatnonzero(truth.names == name)
        gaps = np.diff(truth.frames[rows]) - 1
        for stay in np.split(rows, np.flatnonzero(gaps > ENTRY_GAP_S * fps) + 1):
            named = stay[wears_own[stay]]
            wait = truth.frames[named[0]] - truth.frames[stay[0]] if len(named) else np.inf
            waits.append(float(wait / fps))
    return tuple(waits)


def _confusion(people: Any, result: Boxes, pair: Ints) -> dict[tuple[str, str], int]:
    shown = np.where(result.names == "", UNNAMED, result.names)
    counts: Counter[tuple[str, str]] = Counter()
    for person, at in zip(people, pair.tolist(), strict=True):
        counts[person, shown[at] if at >= 0 else MISSED] += 1
    alone = np.setdiff1d(np.arange(len(result)), pair)
    counts.update((NOBODY, name) for name in shown[alone])
    return dict(counts)


def _sweep(result: Boxes, named: Mask, right: Mask, covering: Ints) -> Doubles:
    """(101, 3) counts with the names below each threshold taken away; no confidence counts as 1."""
    confidence = np.nan_to_num(result.name_confidence, nan=1.0)
    columns = (confidence[named], confidence[right], confidence[covering])
    return np.stack([(c[None, :] >= THRESHOLDS[:, None]).sum(axis=1) for c in columns], axis=1)


def _calibration(confidence: Doubles, right: Mask) -> Doubles:
    given = np.isfinite(confidence)
    confidence, right = confidence[given], right[given]
    bins = np.clip((confidence * BINS).astype(int), 0, BINS - 1)
    table = np.zeros((BINS, 3))
    np.add.at(table, bins, np.stack([np.ones(len(bins)), confidence, right], axis=1))
    return table


def _named_hota(truth: Boxes, result: Boxes, first: int, last: int) -> Mapping[str, Any]:
    """HOTA in which a name is the identity; a second box with a name is an id of its own."""
    from trackeval.metrics import HOTA

    names = sorted(set(truth.names) | set(result.names))
    number = {name: i for i, name in enumerate(names)}
    again: Counter[tuple[int, str]] = Counter()
    ids = np.zeros(len(result), np.int64)
    for i, key in enumerate(zip(result.frames.tolist(), result.names, strict=True)):
        ids[i] = number[key[1]] + len(names) * again[key]
        again[key] += 1
    truth = replace(truth, ids=np.array([number[n] for n in truth.names], np.int64))
    data = prepare(truth, replace(result, ids=ids), first, last, same_name=True)
    fields: Mapping[str, Any] = HOTA().eval_sequence(data)
    return fields


def _share(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")
