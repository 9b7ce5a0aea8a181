"""Which shirts are worth reading in a frame.

People are followed from frame to frame by their boxes alone, in short paths, because no track is
known yet. A path is read now and then as long as nothing can be read, more often once something
can, and seldom when its readings agree. Whoever has met somebody may be somebody else since.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np

from tracker import boxes as bx
from tracker.assignment import assign
from tracker.identity.number_evidence import (
    LEGIBLE,
    independent_shares,
    readings_of,
    settled_number,
)
from tracker.settings import EncodeSettings
from tracker.types import NO_NUMBER, Doubles, Floats, Ints, Mask, Observation

READINGS_A_FRAME = 4.0
"""Without `numbers_budget_ms`; people in view take one or two on average."""
_SAME_IOU = 0.3  # of boxes of two frames that are one path
_LOST_S = 0.5  # a path that no box goes on with is kept so long: detectors leave people out
_COVERED = 0.2  # more of a shirt behind somebody is no vote (`follow.identity.crop_covered_max`)
_SCORE = 0.5  # weaker detections are no votes either (`follow.identity.crop_score_min`)
_MET = 0.3  # covered, or covering, so much: the path may go on as the other
_BORDER = 0.002  # of the picture's width: closer to its border a box is cut off
_LEGIBLE = 0.5
_PATIENCE = 8  # readings of which none says anything, or which do not agree
_SELDOM = 3  # times `numbers_every_s`, for who never showed a number
_AGREEING = 2.9  # readings that count, see `independent_shares`
_SETTLED_S = 5.0
_EARLY_S = 5e-4  # half a millisecond early still counts, so that 0.4 s is every tenth frame


class _State(IntEnum):
    """What is known of the number of a path; the first are read first."""

    UNDECIDED = 0  # something was legible, and readings do not agree yet
    NEW = 1
    SILENT = 2  # nothing was legible
    HOPELESS = 3  # nor was it ever
    SETTLED = 4


@dataclass(slots=True, eq=False)
class _Path:
    """A person for some seconds. box: (4,) where last seen, in pixels of the frame of now. digits,
    times_s: readings, as they came."""

    box: Doubles
    seen_s: float
    read_s: float = -np.inf
    state: _State = _State.NEW
    times_s: list[float] = field(default_factory=list)
    digits: list[Floats] = field(default_factory=list)

    def forget(self) -> None:
        """It may be somebody else from here on."""
        self.state, self.times_s, self.digits = _State.NEW, [], []

    def take(self, digits: Floats, time_s: float) -> None:
        """One more reading, (22,)."""
        self.read_s = time_s
        self.times_s.append(time_s)
        self.digits.append(digits)
        every = np.array(self.digits)
        if (every[:, LEGIBLE] < _LEGIBLE).all():
            self.state = _State.SILENT if len(every) < _PATIENCE else _State.HOPELESS
        elif _is_settled(every, np.array(self.times_s)):
            self.state = _State.SETTLED
        else:
            self.state = _State.UNDECIDED

    def due_s(self, every_s: float) -> float:
        """When it is to be read again."""
        wait_s = every_s
        if self.state is _State.SETTLED:
            wait_s = _SETTLED_S
        elif self.state is _State.HOPELESS:
            wait_s = _SELDOM * every_s
        elif self.state is _State.UNDECIDED:
            legible = sum(float(digits[LEGIBLE]) >= _LEGIBLE for digits in self.digits)
            wait_s = every_s / 2 if legible < _PATIENCE else every_s
        return self.read_s + wait_s - _EARLY_S


class NumberSchedule:
    """Remembers the people of the last half second and what was read on them.

    It knows the observations of now and before, and nothing else: given the same ones it asks for
    the same shirts. a_frame: so many readings to a frame on average; what one frame leaves the next
    may take, up to one frame's.
    """

    def __init__(self, settings: EncodeSettings, a_frame: float = READINGS_A_FRAME) -> None:
        self._every_s = settings.numbers_every_s
        self._height_px = settings.numbers_height_min_px
        self._a_frame, self._left = a_frame, 0.0
        self._paths: list[_Path] = []
        self._of_rows: list[_Path] = []  # of the frame that was asked about last

    def move(self, camera: Doubles, cut: bool) -> None:
        """The camera has moved by the (2, 3) affine; after a cut nobody is known."""
        if cut:
            self._paths = []
        elif self._paths and not bx.is_still(camera):
            moved = bx.move(np.array([path.box for path in self._paths]), camera)
            for path, box in zip(self._paths, moved, strict=True):
                path.box = box

    def due(self, seen: Observation, width: int, height: int) -> Ints:
        """(K,) rows of the frame that are to be read, the most doubtful first.

        The order of the detections makes no difference to who they are.
        """
        boxes, time_s = seen.boxes.astype(np.float64), seen.time_s
        self._of_rows = self._linked(boxes, time_s)
        for row in np.flatnonzero(_meets(boxes)).tolist():
            self._of_rows[row].forget()
        fair = self._fair(boxes, seen.scores, width, height)
        wanted = []
        for row in np.flatnonzero(fair).tolist():
            path = self._of_rows[row]
            due_s = path.due_s(self._every_s)
            if time_s >= due_s:
                wanted.append((int(path.state), due_s, *boxes[row].tolist(), row))
        self._left = min(self._left + self._a_frame, max(self._a_frame, 1.0))
        wanted = sorted(wanted)[: int(self._left + 1e-6)]
        self._left -= len(wanted)
        return np.array([row for *_, row in wanted], np.int64)

    def take(self, rows: Ints, digits: Floats, time_s: float) -> None:
        """What was read, (K, 22), on these rows of the frame asked about last."""
        for row, read in zip(rows.tolist(), digits, strict=True):
            self._of_rows[row].take(read, time_s)

    def _linked(self, boxes: Doubles, time_s: float) -> list[_Path]:
        """The path that each box goes on with, or begins."""
        paths = [path for path in self._paths if time_s - path.seen_s <= _LOST_S]
        found: list[_Path | None] = [None] * len(boxes)
        if paths and len(boxes):
            rows, columns = assign(bx.iou(boxes, np.array([p.box for p in paths])), _SAME_IOU)
            for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
                found[row] = paths[column]
                paths[column].box, paths[column].seen_s = boxes[row], time_s
        linked = [
            _Path(box, time_s) if path is None else path
            for path, box in zip(found, boxes, strict=True)
        ]
        self._paths = [*(path for path in paths if path.seen_s < time_s), *linked]
        return linked

    def _fair(self, boxes: Doubles, scores: Floats, width: int, height: int) -> Mask:
        """(N,) whose shirt is there to be read: tall, uncovered, surely detected, not cut off."""
        margin = _BORDER * width
        inside = (boxes[:, :2] >= margin) & (boxes[:, 2:] <= np.array([width, height]) - margin)
        tall = bx.heights(boxes) >= self._height_px
        free = bx.covered(boxes, boxes) < _COVERED
        return np.asarray(inside.all(axis=1) & tall & free & (scores >= _SCORE))


def _is_settled(digits: Floats, times_s: Doubles) -> bool:
    """Whether a path needs no reading for a while: one more than settles the number of a track has
    seen the same."""
    number = settled_number(digits, times_s)
    agreeing = times_s[readings_of(digits).numbers == number]
    return number != NO_NUMBER and bool(independent_shares(agreeing).sum() >= _AGREEING)


def _meets(boxes: Doubles) -> Mask:
    """(N,) who is covered by somebody, or covers them, so that the two may be taken for another."""
    common = bx.intersections(boxes, boxes)
    np.fill_diagonal(common, 0.0)
    share = common / np.maximum(bx.areas(boxes), 1e-9)[:, None]
    return np.asarray(np.maximum(share.max(axis=1, initial=0), share.max(axis=0, initial=0)) > _MET)
