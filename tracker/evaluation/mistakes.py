"""The common mistakes, found and named instead of silently scored.

A file that contradicts itself is an error. A file with one sensible reading is read so, and that
is said. A file that only fits the truth better when read differently is scored as it stands, and
that is said.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from tracker.evaluation.boxes import Boxes, EvaluateError, iou
from tracker.evaluation.identities import named_twice
from tracker.source_match import step_of
from tracker.types import Doubles, Ints

SAMPLED_FRAMES = 80
CLEARLY_BETTER = 0.15
ALIKE_SIZE = 1.15  # median sizes further apart may be of another picture
SHARES = 1.5  # no coordinate beyond: parts of a picture, not pixels
OUTSIDE = 0.2  # share of the result's boxes in frames without truth that is worth a word
PREPROCESSED_CLASSES = frozenset({2, 7, 8, 12})


@dataclass(frozen=True, slots=True)
class Remark:
    """Something the reader of the scores must know. mistake: it probably should not be so."""

    where: str
    what: str
    mistake: bool = True

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@dataclass(frozen=True, slots=True)
class ReadSequence:
    """One sequence as it was read.

    last: its length; stated: a seqinfo.ini says so. preprocessed: distractors are forgiven.
    only_truth_frames: frames without truth do not count.
    """

    truth: Boxes
    result: Boxes
    last: int
    stated: bool
    preprocessed: bool = False
    only_truth_frames: bool = False


def check_ids(boxes: Boxes, *, truth: bool = False) -> None:
    """Raise EvaluateError where an id stands twice in a frame, with the line numbers.

    truth: it is one, not a result.
    """
    order = np.lexsort((boxes.lines, boxes.ids, boxes.frames))
    frames, ids, lines = boxes.frames[order], boxes.ids[order], boxes.lines[order]
    twice = np.flatnonzero((frames[1:] == frames[:-1]) & (ids[1:] == ids[:-1]))
    if not len(twice):
        return
    at = int(twice[np.argmin(lines[twice + 1])])
    more = f", and {len(twice) - 1} more such rows" if len(twice) > 1 else ""
    remedy = "a track has one box in a frame, keep one"
    nameless = ids[at] < 0 or len(np.unique(ids)) == 1
    if nameless and truth:
        remedy = "the truth has no ids, give one in which each person has their own in column 2"
    elif nameless:
        remedy = "this looks like a detection file, give a tracker's result"
    raise EvaluateError(
        f"{boxes.source}, lines {lines[at]} and {lines[at + 1]}: id {ids[at]} stands twice in "
        f"frame {frames[at]}{more}; {remedy}"
    )


def check_names(truth: Boxes) -> None:
    """Raise EvaluateError where the truth shows one name twice in a frame."""
    twice = named_twice(truth)
    if twice:
        raise EvaluateError(
            f"{truth.source}: two boxes of frame {twice[0]} are called {twice[1]}; "
            "give every id its own name"
        )


def count_from_one(boxes: Boxes) -> tuple[Boxes, Remark | None]:
    """Add 1 to the frames of a file that has a frame 0. Raises EvaluateError below 0."""
    first = int(boxes.frames[0]) if len(boxes) else 1
    if first < 0:
        raise EvaluateError(
            f"{boxes.source}, line {boxes.lines[0]}: frame {first}; frames count from 1"
        )
    if first > 0:
        return boxes, None
    message = "frames count from 0, MOT counts from 1; read with 1 added"
    return replace(boxes, frames=boxes.frames + 1), Remark(boxes.source, message)


def unknown_names(result: Boxes, known: frozenset[str]) -> Remark | None:
    """Names that nobody in truth or gallery has: as a rule, another spelling."""
    strange = sorted(set(result.names) - known - {""})
    if not strange:
        return None
    near = difflib.get_close_matches(strange[0], sorted(known), n=1, cutoff=0.0)
    message = f"{len(strange)} names that truth and gallery do not know, such as {strange[0]!r}"
    hint = f" (nearest: {near[0]!r})" if near else ""
    return Remark(result.source, f"{message}{hint}; boxes with such names count as wrong")


def find_mistakes(evidence: ReadSequence) -> list[Remark]:
    """One line for every mistake that the checks see."""
    lines = [check(evidence) for check in CHECKS.values()]
    return [line for line in lines if line]


def _empty(e: ReadSequence) -> Remark | None:
    return None if len(e.result) else Remark(e.result.source, "holds no box; everything is missed")


def _past_the_end(e: ReadSequence) -> Remark | None:
    for boxes in (e.truth, e.result):
        past = np.flatnonzero(boxes.frames > e.last)
        if len(past):
            message = "the sequence has" if e.stated else "the truth ends at"
            return Remark(
                f"{boxes.source}, line {boxes.lines[past[0]]}",
                f"frame {boxes.frames[past[0]]}, but {message} {e.last}; "
                f"{len(past)} rows past the end are left out",
            )
    return None


def _without_area(e: ReadSequence) -> Remark | None:
    for boxes in (e.truth, e.result):
        flat = np.flatnonzero((boxes.corners[:, 2:] <= boxes.corners[:, :2]).any(axis=1))
        if len(flat):
            return Remark(
                f"{boxes.source}, line {boxes.lines[flat[0]]}",
                f"width or height is not above 0 ({len(flat)} such rows); it matches nothing",
            )
    return None


def _distractor_classes(e: ReadSequence) -> Remark | None:
    """MOTChallenge's other classes carry flag 0, and boxes on some of them ought to be forgiven."""
    person = e.truth.classes == 1
    others = set(np.unique(e.truth.classes[~person]).tolist())
    flagged = e.truth.confidence == 0
    alike = others <= set(range(2, 14)) and bool(others & PREPROCESSED_CLASSES)
    if alike and not e.preprocessed and flagged[~person].all() and not flagged[person].all():
        return Remark(
            e.truth.source,
            f"column 8 holds MOTChallenge classes {sorted(others)} beside 1, and boxes on them "
            "count as false; pass --preprocess mot17 (or mot20) to forgive them",
        )
    return None


def _read_differently(e: ReadSequence) -> Remark | None:
    """Boxes as x1y1x2y2, as h before w, around their centre: does another reading fit better?"""
    frames = _sample(e)
    as_read = _fit(e.truth, e.result, frames)
    best = as_read + CLEARLY_BETTER
    message: Remark | None = None
    for boxes in (e.result, e.truth):
        for what, reading in READINGS.items():
            other = replace(boxes, corners=reading(boxes.corners))
            sides = (e.truth, other) if boxes is e.result else (other, e.result)
            fit = _fit(*sides, frames)
            if fit > best:
                best = fit
                message = Remark(
                    boxes.source,
                    f"boxes look like {what} where x,y,w,h is due (mean IoU {as_read:.2f} as "
                    f"written, {fit:.2f} read so); scored as written, convert and run again",
                )
    return message


def _scaled(e: ReadSequence) -> Remark | None:
    """Boxes of a picture of another size, or shares of it, on one of both sides."""
    if not len(e.truth) or not len(e.result):
        return None
    sizes = [np.median(b.corners[:, 2:] - b.corners[:, :2], axis=0) for b in (e.truth, e.result)]
    if min(map(np.min, sizes)) <= 0:
        return None
    if (np.abs(np.log(sizes[0] / sizes[1])) < np.log(ALIKE_SIZE)).all():
        return None
    frames = _sample(e)
    as_read = _fit(e.truth, e.result, frames)
    best, times, middle = max(
        (
            (_fit(e.truth, replace(e.result, corners=reading(e.result.corners * np.tile(by, 2))),
                  frames), tuple(by), reading is _from_centre)
            for by in _scales(e, sizes[0] / sizes[1])
            for reading in (np.asarray, _from_centre)
        ),
    )  # fmt: skip
    if best < as_read + CLEARLY_BETTER:
        return None
    shares = [bool(np.abs(boxes.corners).max() <= SHARES) for boxes in (e.result, e.truth)]
    if any(shares):
        where = (e.result, e.truth)[shares.index(True)]
        around = ", x,y their middle," if middle else ""
        message = f"boxes are shares of the picture from 0 to 1{around} where the other has pixels"
    else:
        where = e.result
        message = (
            f"boxes look like those of a picture {1 / times[0]:.2g} times as wide and "
            f"{1 / times[1]:.2g} times as high as the truth's"
        )
    return Remark(
        where.source,
        f"{message} (mean IoU {as_read:.2f} as written, {best:.2f} scaled); scored as written, "
        "scale and run again",
    )


def _scales(e: ReadSequence, sizes: Doubles) -> list[Doubles]:
    """By what the result may have to be multiplied, x and y: as the sizes of the boxes say, as
    their places do, and the common factor next to that."""
    far = [np.quantile(np.abs(b.centres), 0.9, axis=0) for b in (e.truth, e.result)]
    places = far[0] / np.maximum(far[1], 1e-9)
    common = np.array([n / d for n in range(1, 9) for d in range(1, 9) if n == 1 or d in (1, 2)])
    near = common[np.abs(np.log(common[None] / places[:, None])).argmin(axis=1)]
    return [sizes, places, near]


def _frames_without_truth(e: ReadSequence) -> Remark | None:
    """A truth of some frames only: in all others every box of the result counts as false."""
    frames = np.unique(e.truth.frames[e.truth.frames <= e.last])
    scored = e.result.frames[(e.result.frames >= 1) & (e.result.frames <= e.last)]
    outside = scored[~np.isin(scored, frames)]
    if not len(frames) or len(outside) <= OUTSIDE * len(scored) or e.only_truth_frames:
        return None
    step = step_of(frames)
    if step is not None and step.even:
        which = f"the truth is of every {step.every}. frame ({len(frames)} of {e.last})"
    elif len(frames) == frames[-1] - frames[0] + 1:
        which = f"the truth is of frames {frames[0]} to {frames[-1]} of {e.last}"
    else:
        which = f"the truth is of {len(frames)} of {e.last} frames"
    return Remark(
        e.truth.source,
        f"{which}; {len(outside)} of {len(scored)} result boxes stand in frames without any and "
        "count as false; if those frames were not annotated, pass --truth-frames",
    )


def _shifted(e: ReadSequence) -> Remark | None:
    """Frames from 0 in a file without a frame 0: the next frame's truth fits clearly better.

    A filter's lag looks alike, but then the file also has rows where the shift would put none.
    """
    frames = _sample(e)
    for shift in (1, -1):
        edge = e.result.frames + shift
        if not len(edge) or edge.max() > e.last or edge.min() < 1:
            continue
        moved = replace(e.result, frames=e.result.frames + shift)
        further = replace(e.result, frames=e.result.frames + 2 * shift)
        gain = _fits(e.truth, moved, frames) - _fits(e.truth, e.result, frames)
        gain = gain[np.isfinite(gain)]
        if len(gain) < 5 or gain.mean() < 0.01:
            continue
        sure = gain.mean() > 5 * gain.std(ddof=1) / np.sqrt(len(gain))
        if sure and _fit(e.truth, moved, frames) > _fit(e.truth, further, frames):
            remedy = "add 1 to" if shift == 1 else "take 1 from"
            return Remark(
                e.result.source,
                f"boxes fit the truth's {'next' if shift == 1 else 'previous'} frame better "
                f"(mean IoU {gain.mean():+.3f}): one side may count frames from 0; "
                f"scored as written, {remedy} column 1 and run again",
            )
    return None


CHECKS: dict[str, Callable[[ReadSequence], Remark | None]] = {
    "empty": _empty,
    "past the end": _past_the_end,
    "without area": _without_area,
    "distractors": _distractor_classes,
    "read differently": _read_differently,
    "of another size": _scaled,
    "frames without truth": _frames_without_truth,
    "shifted": _shifted,
}


def _corners_as_sizes(c: Doubles) -> Doubles:
    return np.concatenate([c[:, :2], c[:, 2:] - c[:, :2]], axis=1)


def _swapped_sizes(c: Doubles) -> Doubles:
    return np.concatenate([c[:, :2], c[:, :2] + (c[:, 2:] - c[:, :2])[:, ::-1]], axis=1)


def _from_centre(c: Doubles) -> Doubles:
    return c - np.tile((c[:, 2:] - c[:, :2]) / 2, 2)


READINGS: dict[str, Callable[[Doubles], Doubles]] = {
    "x1,y1,x2,y2": _corners_as_sizes,
    "x,y,h,w (width and height swapped)": _swapped_sizes,
    "centre x,y with w,h": _from_centre,
}


def _sample(e: ReadSequence) -> Ints:
    """Frames with truth, evenly spread."""
    frames = np.unique(e.truth.frames[e.truth.frames <= e.last])
    step = max(1, len(frames) // SAMPLED_FRAMES)
    return np.asarray(frames[::step], np.int64)


def _fits(truth: Boxes, result: Boxes, frames: Ints) -> Doubles:
    """(F,) mean over the result's boxes of their best IoU in each frame; NaN without boxes."""
    values = np.full(len(frames), np.nan)
    for i, frame in enumerate(frames.tolist()):
        (t,), (r,) = truth.by_frame(frame, frame), result.by_frame(frame, frame)
        if t.stop > t.start and r.stop > r.start:
            values[i] = iou(truth.corners[t], result.corners[r]).max(axis=0).mean()
    return values


def _fit(truth: Boxes, result: Boxes, frames: Ints) -> float:
    values = _fits(truth, result, frames)
    values = values[np.isfinite(values)]
    return float(values.mean()) if len(values) else 0.0
