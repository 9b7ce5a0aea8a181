"""The boxes of an annotated clip, and which of them show a person well."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gallery.annotations.names import EnrollError, read_text
from gallery.boxes import intersections
from gallery.io.mot_rows import RowError, frames_remedy, parse_rows
from gallery.roster import MIN_SIDE_PX

MIN_HEIGHT_PX = 40
MAX_BOXES = 5_000_000
"""Of a file: two and a half gigabytes while it is read."""
MAX_NUMBER = 1e9
MAX_PX = 1e6
MAX_TURNED = 0.5  # degrees
MAX_COVERED = 0.2
MIN_INSIDE = 0.9
FAULTS = SMALL, BORDER, COVERED = "too small", "at the border", "covered"
_SHAPE = 0.02  # share by which width over height may differ: sides are rounded to even numbers
_COLUMNS = "frame,id,x,y,width,height[,flag]"


@dataclass(frozen=True, slots=True, eq=False)
class TruthBoxes:
    """frames (N,) 1-based, ascending; ids (N,), below 0 where unknown; boxes (N, 4) x1 y1 x2 y2.

    scores: (N,) how sure the names are, NaN where that is not stated; None: nowhere.
    """

    source: str
    frames: NDArray[np.int64]
    ids: NDArray[np.int64]
    boxes: NDArray[np.float64]
    scores: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        n = len(self.frames)
        if self.ids.shape != (n,) or self.boxes.shape != (n, 4) or (np.diff(self.frames) < 0).any():
            raise ValueError(
                f"TruthBoxes: {n} ascending frames expected with ids {self.ids.shape}, "
                f"boxes {self.boxes.shape}"
            )

    def within(self, first: int, last: int | None) -> TruthBoxes:
        """The boxes of frames first to last, both included; None: to the end."""
        end = len(self.frames) if last is None else np.searchsorted(self.frames, last, "right")
        return self._take(slice(np.searchsorted(self.frames, first), end))

    def without(self, ids: Collection[int]) -> TruthBoxes:
        """The boxes of everybody but `ids`."""
        return self._take(~np.isin(self.ids, list(ids)))

    def _take(self, part: slice | NDArray[np.bool_]) -> TruthBoxes:
        scores = None if self.scores is None else self.scores[part]
        return TruthBoxes(self.source, self.frames[part], self.ids[part], self.boxes[part], scores)

    def clean(self, width: int, height: int) -> NDArray[np.bool_]:
        """(N,) whether a box shows somebody well, in pictures of this size."""
        found: NDArray[np.bool_] = self.faults(width, height) == ""
        return found

    def faults(self, width: int, height: int) -> NDArray[np.str_]:
        """(N,) why a box does not show a person well, one of FAULTS; empty: it does.

        Covered is the share of the box that the worst other box hides.
        """
        size = np.maximum(self.boxes[:, 2:] - self.boxes[:, :2], 1e-9)
        seen = np.clip(self.boxes, 0, [width, height, width, height])
        inside = (seen[:, 2:] - seen[:, :2]).prod(axis=1) / size.prod(axis=1)
        small = (size[:, 0] < MIN_SIDE_PX) | (size[:, 1] < MIN_HEIGHT_PX)
        fault = np.where(small, SMALL, np.where(inside < MIN_INSIDE, BORDER, "")).astype("<U16")
        fault[(fault == "") & self.covered()] = COVERED
        return fault

    def covered(self) -> NDArray[np.bool_]:
        """(N,) whether another box of the frame hides too much of it."""
        size = np.maximum(self.boxes[:, 2:] - self.boxes[:, :2], 1e-9)
        found = np.zeros(len(self.boxes), bool)
        starts = np.flatnonzero(np.diff(self.frames, prepend=-1))
        ends = np.searchsorted(self.frames, self.frames[starts], "right")
        for start, end in zip(starts, ends, strict=True):
            here = self.boxes[start:end]
            hidden = intersections(here, here) / size[start:end].prod(axis=1)[:, None]
            np.fill_diagonal(hidden, 0.0)
            found[start:end] = hidden.max(axis=1) >= MAX_COVERED
        return found


def check_box(
    place: Sequence[float],
    size: Sequence[float],
    where: str,
    turned: float = 0.0,
    most: float = MAX_PX,
) -> None:
    """Raise EnrollError where no person can have that box. place: of a corner; turned: degrees.

    where: what is said before the message, file and box. most: of any of these numbers.
    """
    if not np.isfinite([*place, *size, turned]).all() or max(map(abs, (*place, *size))) > most:
        raise EnrollError(f"{where}: a box has a number that cannot be; mend it")
    if min(size) <= 0:
        raise EnrollError(f"{where}: width and height of a box must be above 0")
    if abs(turned) > MAX_TURNED:
        raise EnrollError(f"{where}: a box is turned; draw it upright")


def scale_of(
    width: object, height: object, now: tuple[int, int], source: str
) -> tuple[float, float]:
    """What places in an annotated picture are multiplied by in a video of the size `now`.

    width, height: of the picture as the file says, pixels; nonsense is taken for not said. Raises
    EnrollError where the picture has another shape.
    """
    if not all(isinstance(side, int | float) and side > 0 for side in (width, height, *now)):
        return 1.0, 1.0
    across, down = now[0] / float(width), now[1] / float(height)  # type: ignore[arg-type]
    if abs(across / down - 1) > _SHAPE:
        raise EnrollError(
            f"{source}: annotated in pictures of {width}x{height}, the video is {now[0]}x{now[1]}, "
            "which has another shape; give the video that was annotated"
        )
    return across, down


def read_boxes(path: Path) -> TruthBoxes:
    """Read MOT truth: frame, id, x, y, width, height, then perhaps a flag, class, visibility.

    Rows may stand in any order, separated by commas or blanks. Rows with flag 0 are left out,
    unless all have it. Raises EnrollError naming the line.
    """
    return parse_boxes(read_text(path), str(path))[0]


def parse_boxes(text: str, source: str) -> tuple[TruthBoxes, NDArray[np.int64]]:
    """The boxes of MOT truth, see `read_boxes`, and the class of each (0 where none is said)."""
    if text.count("\n") > MAX_BOXES:
        raise EnrollError(f"{source}: more than {MAX_BOXES} boxes; cut from a shorter clip")
    rows, numbers = _numbers(text, source)
    if rows[:, 6].any():
        numbers, rows = numbers[rows[:, 6] != 0], rows[rows[:, 6] != 0]
    order = np.lexsort((rows[:, 1], rows[:, 0]))
    rows, numbers = rows[order], numbers[order]
    known = rows[:, 1] >= 0
    again = np.flatnonzero((np.diff(rows[:, :2], axis=0) == 0).all(axis=1) & known[1:])
    if len(again):
        frame, id_ = rows[again[0], :2].astype(int)
        raise EnrollError(
            f"{source}, line {numbers[again[0] + 1]}: id {id_} is twice in frame {frame}; keep one"
        )
    corners = np.concatenate([rows[:, 2:4], rows[:, 2:4] + rows[:, 4:6]], axis=1)
    whole = rows.astype(np.int64)
    return TruthBoxes(source, whole[:, 0], whole[:, 1], corners), whole[:, 7]


def _numbers(text: str, source: str) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """(N, 8) frame, id, x, y, width, height, flag (1 where there is none), class (0); the lines."""
    try:
        read = parse_rows(text, 8)
    except RowError as error:
        fault = f"{error.columns} columns" if error.columns else "not all numbers"
        raise EnrollError(f"{source}, line {error.line}: {fault}; expected {_COLUMNS}") from error
    lines = read.lines
    if not len(lines):
        raise EnrollError(f"{source}: no boxes in it; expected rows of {_COLUMNS}")
    rows = np.column_stack([read.values[:, :6], read.or_else(6, 1.0), read.or_else(7, 0.0)])
    frame, id_ = rows[:, 0], rows[:, 1]
    odd = ~np.isfinite(rows).all(axis=1) | (np.abs(rows).max(axis=1) > MAX_NUMBER)
    early, part = (frame < 1) | (frame != np.floor(frame)), id_ != np.floor(id_)
    for wrong, what in (
        (odd, f"a number is not finite; expected {_COLUMNS}"),
        (early & ~odd, frames_remedy(frame[~odd])),
        (part & ~odd, "an id must be a whole number"),
        (rows[:, 4:6].min(axis=1) <= 0, "width and height must be above 0"),
    ):
        if wrong.any():
            raise EnrollError(f"{source}, line {lines[int(np.argmax(wrong))]}: {what}")
    return rows, lines
