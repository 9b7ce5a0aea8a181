"""Detections out of a MOTChallenge text file: a detector that looks at no picture."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gallery.io.mot_rows import RowError, frames_remedy, parse_rows
from gallery.io.text_files import NoTextError, decode
from tracker.errors import TeamsheetError
from tracker.limits import MAX_FRAMES, MAX_IN_FRAME, MAX_PX, MAX_TEXT_BYTES
from tracker.types import Detections, Doubles, Floats, Frame, Ints, Mask

_COLUMNS = "frame, id, x, y, width, height, confidence"
_NEARLY = 0.05  # scores this far outside [0, 1] are rounding, not another scale


class MotFileError(TeamsheetError):
    """A file is no MOT detection file; the message names file and line and says what to do."""


@dataclass(frozen=True, slots=True, eq=False)
class MotDetections:
    """All detections of a file, by frame.

    frames: (N,) 1-based, ascending. boxes: (N, 4) float32 x1 y1 x2 y2 pixels.
    scores: (N,) float32 in [0, 1]. warnings: what was put right, one line each.
    """

    frames: Ints
    boxes: Floats
    scores: Floats
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        n = len(self.frames)
        if self.boxes.shape != (n, 4) or self.scores.shape != (n,):
            raise ValueError(
                f"{n} frames, but boxes {self.boxes.shape}, scores {self.scores.shape}"
            )
        if (np.diff(self.frames) < 0).any():
            raise ValueError("MotDetections.frames must ascend")

    def __len__(self) -> int:
        return len(self.frames)

    def of(self, frame: int) -> Detections:
        """The detections of a frame (1-based), best first."""
        first, last = np.searchsorted(self.frames, [frame, frame + 1])
        boxes, scores = self.boxes[first:last], self.scores[first:last]
        order = np.lexsort((*boxes.T[::-1], -scores))
        return Detections(boxes[order], scores[order])


class MotFileDetector:
    """A det.txt as a detector. Its boxes are passed on as they are, not clipped to the picture.

    score_min: detections below it are dropped, as with every detector.
    Raises MotFileError.
    """

    needs_images = False

    def __init__(self, path: Path, score_min: float = 0.0) -> None:
        self.name, self.fingerprint = identify(path)
        self.detections = read_mot_detections(path)
        self.warnings = self.detections.warnings
        self._score_min = score_min

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        """The file's rows for each frame, best first; none where the file has none."""
        found = [self.detections.of(frame.index + 1) for frame in frames]
        keep = [d.scores >= self._score_min for d in found]
        return [Detections(d.boxes[k], d.scores[k]) for d, k in zip(found, keep, strict=True)]


def identify(path: Path) -> tuple[str, str]:
    """Name and fingerprint of a det.txt, of which not a row is looked at. Raises MotFileError."""
    return path.name, hashlib.sha256(_bytes(path)).hexdigest()[:16]


def read_mot_detections(path: Path) -> MotDetections:
    """Read `frame, id, x, y, width, height[, confidence, ...]`, separated as `gallery.io.mot_rows`
    says.

    Rows may stand in any order of frames (said in `warnings`). A missing confidence, and -1 in
    every row, mean 1. Confidences on another scale than [0, 1] are mapped linearly, the lowest
    to 0, the 95 % quantile and all above to 1 (said in `warnings`); on the public ACF detections
    of MOT15 this puts 0.5 where about four boxes of five are people.

    Raises MotFileError naming file and line: unreadable, empty, fewer than six columns, a field
    that is no finite number, a frame that is no whole number from 1, a size of 0 or less, a number
    or a frame beyond what tracker.limits says.
    """
    text = _text(path)
    rows, numbers = _numbers(path, text)
    _check(path, text, rows, numbers)
    warnings = []
    if (np.diff(rows[:, 0]) < 0).any():
        rows = rows[np.argsort(rows[:, 0], kind="stable")]
        warnings.append(f"{path.name}: rows were not in the order of frames; sorted")
    scores, remark = _unit_scores(rows[:, 6])
    if remark:
        warnings.append(f"{path.name}: {remark}")
    boxes = np.concatenate([rows[:, 2:4], rows[:, 2:4] + rows[:, 4:6]], axis=1)
    return MotDetections(
        rows[:, 0].astype(np.int64),
        boxes.astype(np.float32),
        scores.astype(np.float32),
        tuple(warnings),
    )


def _text(path: Path) -> str:
    try:
        return decode(_bytes(path), str(path))
    except NoTextError as error:
        raise MotFileError(f"{path}: {error}; save it as UTF-8 text") from error


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_TEXT_BYTES + 1)
    except OSError as error:
        reason = error.strerror or error
        raise MotFileError(f"{path}: cannot be read ({reason}); check the path") from error
    if len(raw) > MAX_TEXT_BYTES:
        raise MotFileError(f"{path}: larger than {MAX_TEXT_BYTES} bytes; is it the right file?")
    return raw


def _numbers(path: Path, text: str) -> tuple[Doubles, Ints]:
    """(N, 7) the first seven columns, confidence 1 where there is none; the lines, 1-based."""
    try:
        read = parse_rows(text, 7)
    except RowError as error:
        if error.columns:
            raise MotFileError(
                f"{path}:{error.line}: {error.columns} columns where at least 6 are needed; "
                f"write {_COLUMNS}"
            ) from error
        raise MotFileError(
            f"{path}:{error.line}: {_line(text, error.line)!r} is not all numbers; write "
            f"{_COLUMNS} (no header)"
        ) from error
    if not len(read.values):
        raise MotFileError(f"{path}: no detections in it; expected rows of {_COLUMNS}")
    return np.column_stack([read.values[:, :6], read.or_else(6, 1.0)]), read.lines


def _line(text: str, number: int) -> str:
    """A line for a message, not too long."""
    return text.splitlines()[number - 1].strip()[:60]


def _check(path: Path, text: str, rows: Doubles, lines: Ints) -> None:
    frame, size = rows[:, 0], rows[:, 4:6]
    odd: Mask = (~np.isfinite(rows)).sum(axis=1) > 0
    early: Mask = (frame < 1) | (frame != np.floor(frame))
    late: Mask = frame > MAX_FRAMES
    wide: Mask = np.abs(rows[:, 2:6]).max(axis=1) > MAX_PX
    flat: Mask = size.min(axis=1) <= 0
    for bad, remedy in (
        (odd, "a value is NaN or infinite; delete or mend the row"),
        (early, frames_remedy(frame[~odd])),
        (late, f"no sequence has more than {MAX_FRAMES} frames; mend the row"),
        (wide, f"no box lies or reaches beyond {MAX_PX:.0f} pixels; delete or mend the row"),
        (flat, "width and height must be above 0; delete or mend the row"),
    ):
        if bad.any():
            number = int(lines[int(np.argmax(bad))])
            raise MotFileError(f"{path}:{number}: {_line(text, number)!r}: {remedy}")
    frames, counts = np.unique(frame, return_counts=True)
    if counts.max() > MAX_IN_FRAME:
        raise MotFileError(
            f"{path}: {counts.max()} detections in frame {frames[counts.argmax()]:.0f}, more than "
            f"{MAX_IN_FRAME}; keep the surest"
        )


def _unit_scores(scores: Doubles) -> tuple[Doubles, str]:
    """Confidences as scores in [0, 1], and what was done to them ("" if nothing)."""
    low, high = float(scores.min()), float(scores.max())
    if low == high == -1.0:
        return np.ones_like(scores), ""
    if low >= 0.0 and high <= 1.0:
        return scores, ""
    if low >= -_NEARLY and high <= 1.0 + _NEARLY:
        return np.clip(scores, 0.0, 1.0), "confidences a little outside 0 to 1 were clipped"
    top = float(np.quantile(scores, 0.95))
    remark = f"confidences run from {low:g} to {high:g}; mapped so that {low:g} is 0, {top:g} is 1"
    if top <= low:
        return np.ones_like(scores), f"confidences run from {low:g} to {high:g}; all taken as 1"
    return np.clip((scores - low) / (top - low), 0.0, 1.0), remark
