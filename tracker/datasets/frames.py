"""yolo-detect: whole frames, and a text beside each that says who stands where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gallery.annotations.names import folder_names
from gallery.boxes import intersections
from gallery.write import encode_jpeg
from tracker.boxes import areas
from tracker.datasets.folder import (
    DETECT,
    SPLITS,
    TRAIN,
    VAL,
    ExportReport,
    write_data_yaml,
    write_index,
    written,
)  # fmt: skip
from tracker.datasets.labels import UNSURE, DatasetError, Labelled, by_frame
from tracker.datasets.split import VAL_SHARE, split_by_time, spread
from tracker.types import Doubles, Frame, Image, Ints, Mask
from tracker.video.source import Source

EMPTY_SHARE = 0.05
"""Of the frames: with nobody in them, so that a model learns what is no player."""
GREY = 114
"""Over the unsure: what Ultralytics puts around a picture, so it is nothing to be found."""
_COVERED = 0.5
_MIN_PX = 2.0
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Amount:
    """pictures: at most so many. every: only every so-many-th frame of the clip is looked at."""

    pictures: int = 400
    every: int = 1

    def __post_init__(self) -> None:
        if self.pictures < 2 or self.every < 1:
            raise DatasetError("--pictures: at least 2; --every: at least 1")


def write_frames(
    found: Labelled, source: Source, out: Path, amount: Amount, overwrite: bool, progress: Progress
) -> ExportReport:
    """Write images/, labels/ and data.yaml. The video is read once, in order.

    People who may be somebody else are painted over in grey: Ultralytics knows no boxes that are
    to be ignored. Raises DatasetError, OutputError, VideoError.
    """
    found.check()
    chosen = choose_frames(found, source.fps, amount)
    counts = {split: Counter(dict.fromkeys(found.classes, 0)) for split in SPLITS}
    pictures, painted = Counter(dict.fromkeys(SPLITS, 0)), Counter[str]()
    stem = folder_names([Path(source.name).stem])[Path(source.name).stem]
    with written(out, overwrite) as draft:
        for split in SPLITS:
            for kind in ("images", "labels"):
                (draft / kind / split).mkdir(parents=True)
        rows = by_frame(found.frames)
        for frame in read_chosen(source, sorted(chosen), progress):
            split, number = chosen[frame.index + 1], frame.index + 1
            here = rows.get(number, slice(0, 0))
            picture, kept = _shown(image_of(frame, source), found, here)
            name = f"{split}/{stem}_{number:06d}"
            (draft / "images" / f"{name}.jpg").write_bytes(encode_jpeg(picture))
            text, classes = _lines(found, here, kept, picture)
            (draft / "labels" / f"{name}.txt").write_text(text, encoding="utf-8")
            counts[split].update(classes)
            pictures[split] += 1
            painted["boxes"] += int((~kept).sum())
            painted["frames"] += bool((~kept).any())
        _check_written(pictures, source)
        notes = _notes(found, counts, painted)
        side = max(source.width, source.height)
        report = ExportReport(out, DETECT, counts, pictures, notes, side)
        write_data_yaml(draft, found.classes)
        write_index(draft, source.name, report)
    return report


def choose_frames(found: Labelled, fps: float, amount: Amount) -> dict[int, str]:
    """Frame, from 1, to its split: some with sure people in them, a few with nobody.

    Raises DatasetError where the clip is too short for two parts.
    """
    sure = np.unique(found.frames[found.labels >= 0])
    sure = sure[(sure - sure[0]) % amount.every == 0]
    parts = split_by_time(sure, fps)
    if not all(map(len, parts)):
        raise DatasetError(
            f"{found.source}: too few frames ({len(sure)}) to learn from one part and check on "
            "another; take a longer clip, or a smaller --every"
        )
    border = (int(parts[0][-1]), int(parts[1][0]))
    empties = found.empty[found.empty <= border[0]], found.empty[found.empty >= border[1]]
    shares = 1 - VAL_SHARE, VAL_SHARE
    chosen: dict[int, str] = {}
    for split, frames, empty, share in zip(SPLITS, parts, empties, shares, strict=True):
        count = max(1, round(share * amount.pictures))
        none = spread(empty, round(EMPTY_SHARE * min(count, len(frames)))) if len(empty) else empty
        taken = [*spread(frames, max(1, count - len(none))).tolist(), *none.tolist()]
        chosen |= dict.fromkeys(taken, split)
    return chosen


def read_chosen(source: Source, frames: list[int], progress: Progress) -> Iterable[Frame]:
    """Frames of these numbers, from 1 and rising; progress is told of those read on the way."""
    wanted = set(frames)
    first, last = frames[0], frames[-1]
    for frame in source.frames(first - 1, last):
        progress(frame.index + 2 - first, last - first + 1)
        if frame.index + 1 in wanted:
            yield frame


def image_of(frame: Frame, source: Source) -> Image:
    """Raises DatasetError where it has none."""
    if frame.image is None:
        raise DatasetError(f"{source.name}: frame {frame.index + 1} has no picture")
    return frame.image


def _shown(picture: Image, found: Labelled, rows: slice) -> tuple[Image, Mask]:
    """The picture with the unsure painted over, and which of its boxes are still to be seen."""
    boxes = found.boxes[rows]
    grey = found.labels[rows] == UNSURE
    if not grey.any():
        return picture, ~grey
    while True:  # whom grey covers is painted over too, and may cover others
        share = intersections(boxes, boxes[grey]) / np.maximum(areas(boxes), 1e-9)[:, None]
        more = grey | (share.max(axis=1) >= _COVERED)
        if (more == grey).all():
            break
        grey = more
    shown = picture.copy()
    for x1, y1, x2, y2 in _inside(boxes[grey], shown).round().astype(int):
        shown[y1:y2, x1:x2] = GREY
    return shown, ~grey


def _inside(boxes: Doubles, picture: Image) -> Doubles:
    height, width = picture.shape[:2]
    return np.clip(boxes, 0, [width, height, width, height])


def _lines(found: Labelled, rows: slice, kept: Mask, picture: Image) -> tuple[str, list[str]]:
    """Ultralytics' text, `class x y width height` as shares from 0 to 1, and the class of each."""
    height, width = picture.shape[:2]
    numbers: Ints = found.class_numbers[rows]
    boxes = _inside(found.boxes[rows], picture)
    sides = boxes[:, 2:] - boxes[:, :2]
    lines, classes = [], []
    for k in np.flatnonzero(kept & (sides.min(axis=1, initial=np.inf) >= _MIN_PX)):
        centre = (boxes[k, :2] + boxes[k, 2:]) / 2 / [width, height]
        shares = [*centre, *(sides[k] / [width, height])]
        lines.append(" ".join([str(numbers[k]), *(f"{share:.6f}" for share in shares)]))
        classes.append(found.classes[numbers[k]])
    return "".join(f"{line}\n" for line in lines), classes


def _check_written(pictures: Counter[str], source: Source) -> None:
    if not pictures[TRAIN] or not pictures[VAL]:
        raise DatasetError(f"{source.name}: ends before the frames that are needed")


def _notes(found: Labelled, counts: dict[str, Counter[str]], painted: Counter[str]) -> list[str]:
    notes = []
    if painted["boxes"]:
        notes.append(
            f"{painted['boxes']} boxes of people who are not surely named, in {painted['frames']} "
            "frames, are painted over in grey"
        )
    for split, other in ((TRAIN, VAL), (VAL, TRAIN)):
        missing = [name for name in found.classes if not counts[split][name]]
        if missing:
            notes.append(f"only in {other}, not in {split}: {', '.join(missing)}")
    return notes
