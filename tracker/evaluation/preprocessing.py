"""Which boxes count: flags, classes, distractors, the ball."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tracker.evaluation.boxes import Boxes, EvaluateError, Mask, iou, match
from tracker.evaluation.mistakes import Remark

PEDESTRIAN = 1
PREPROCESS: Mapping[str, frozenset[int]] = {
    # classes on which a result box is forgiven, as in TrackEval's MotChallenge2DBox
    "none": frozenset(),
    "mot17": frozenset({2, 7, 8, 12}),
    "mot20": frozenset({2, 6, 7, 8, 12}),
}
NOTABLE_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class PreprocessingRules:
    """What counts. preprocess: a key of PREPROCESS; sports data has no distractor classes.

    ignore_ids: truth ids that are nobody (the ball). classes: names out of labels.txt, or numbers
    of column 8, that count; empty: all. keep_flagged: rows with flag 0 count too.
    """

    preprocess: str = "none"
    ignore_ids: frozenset[int] = frozenset()
    classes: frozenset[str] = frozenset()
    keep_flagged: bool = False

    def __post_init__(self) -> None:
        if self.preprocess not in PREPROCESS:
            raise EvaluateError(
                f"--preprocess {self.preprocess}: give one of {', '.join(PREPROCESS)}"
            )


@dataclass(frozen=True, slots=True, eq=False)
class Counting:
    """Over the truth's rows: keep (N,), those that count; distractors (N,), those that forgive."""

    keep: Mask
    distractors: Mask
    remarks: tuple[Remark, ...]


def counting(rules: PreprocessingRules, truth: Boxes, labels: tuple[str, ...] = ()) -> Counting:
    """Which rows of the truth count.

    labels: names of classes 1, 2, ... (CVAT's labels.txt). A class called ball never counts.
    Raises EvaluateError where the classes are not what the rules need.
    """
    dropped, remarks = _flagged(rules, truth)
    distractors = np.isin(truth.ids, sorted(rules.ignore_ids))
    if rules.preprocess != "none":
        _check_classes(rules, truth)
        distractors |= np.isin(truth.classes, sorted(PREPROCESS[rules.preprocess]))
        dropped |= truth.classes != PEDESTRIAN
    else:
        distractors |= _other_classes(rules, truth, labels)
    if distractors.any():
        ids = np.unique(truth.ids[np.isin(truth.ids, sorted(rules.ignore_ids))]).tolist()
        what = f"ids {', '.join(map(str, ids))}" if ids else "classes that do not count"
        note = f"{what} left out ({distractors.sum()} boxes), and result boxes that lie on them"
        remarks.append(Remark(truth.source, note, False))
    return Counting(~dropped & ~distractors, distractors, tuple(remarks))


def off_distractors(truth: Boxes, distractors: Mask, result: Boxes) -> Boxes:
    """The result without boxes that the Hungarian method, at IoU 0.5, puts on a distractor.

    Over all truth rows, as TrackEval's MotChallenge2DBox does it. distractors: (N,) over them.
    """
    keep = np.ones(len(result), bool)
    for frame in np.unique(truth.frames[distractors]).tolist():
        (t,), (r,) = truth.by_frame(frame, frame), result.by_frame(frame, frame)
        if r.stop > r.start:
            rows, columns = match(iou(truth.corners[t], result.corners[r]))
            keep[r.start + columns[distractors[t][rows]]] = False
    return result.take(keep)


def _flagged(rules: PreprocessingRules, truth: Boxes) -> tuple[Mask, list[Remark]]:
    """Rows whose column 7 is 0 do not count in MOT; unless all are 0, or the user says so."""
    zero = truth.confidence == 0
    remarks = []
    if len(truth) and (truth.classes == -1).all():
        both = (truth.confidence == -1).all()
        what = "flag and class columns are" if both else "class column is"
        remarks.append(Remark(truth.source, f"{what} -1 throughout; every box counts", False))
    if zero.all() and len(truth) and not rules.keep_flagged:
        note = "column 7 (0 = does not count) is 0 in every row; read as no flag, all rows count"
        return np.zeros(len(truth), bool), [*remarks, Remark(truth.source, note)]
    if rules.keep_flagged or not zero.any():
        return np.zeros(len(truth), bool), remarks
    note = (
        f"{zero.sum()} of {len(truth)} rows have flag 0 in column 7 and do not count; "
        "if 0 does not mean that here, pass --keep-flagged"
    )
    return zero, [*remarks, Remark(truth.source, note, bool(zero.mean() > NOTABLE_SHARE))]


def _check_classes(rules: PreprocessingRules, truth: Boxes) -> None:
    odd = np.flatnonzero((truth.classes < 1) | (truth.classes > 13))
    if len(odd):
        raise EvaluateError(
            f"{truth.source}, line {truth.lines[odd[0]]}: class {truth.classes[odd[0]]} in column "
            f"8; --preprocess {rules.preprocess} needs MOTChallenge classes 1 to 13, leave it away"
        )


def _other_classes(rules: PreprocessingRules, truth: Boxes, labels: tuple[str, ...]) -> Mask:
    names = {number: label.lower() for number, label in enumerate(labels, start=1)}
    if not rules.classes:
        return np.isin(truth.classes, [n for n, label in names.items() if label == "ball"])
    wanted = {c.lower() for c in rules.classes}
    numbers = [n for n in np.unique(truth.classes).tolist() if {names.get(n, ""), str(n)} & wanted]
    if not numbers:
        known = ", ".join(labels) or ", ".join(map(str, np.unique(truth.classes).tolist()))
        raise EvaluateError(f"{truth.source}: no row of a class given; there are {known}")
    return ~np.isin(truth.classes, numbers)
