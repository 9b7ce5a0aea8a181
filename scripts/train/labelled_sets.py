"""Data sets in Ultralytics' layout: data.yaml, images/, labels/."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import yaml

from tracker.training.labelled_pictures import Labelled


@dataclass(frozen=True, slots=True, eq=False)
class LabelledFile:
    """A picture file and who is in it. classes: (N,); boxes: (N, 4) x1 y1 x2 y2, shares of it."""

    file: Path
    classes: np.ndarray
    boxes: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class LabelledSet:
    """A data set: the class names by number, the pictures to learn from, those to be checked on."""

    names: tuple[str, ...]
    train: tuple[LabelledFile, ...]
    val: tuple[LabelledFile, ...]


def read_set(data: Path) -> LabelledSet:
    """Of data.yaml, or of the folder that it lies in. Raises ValueError, with one line."""
    file = data / "data.yaml" if data.is_dir() else data
    try:
        about = yaml.safe_load(file.read_text(encoding="utf-8"))
        root = file.parent / about.get("path", "")
        called = about["names"]
        names = tuple(str(called[k]) for k in range(len(called)))
        train, val = (_pictures(root / about[split]) for split in ("train", "val"))
    except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{data}: no data set in Ultralytics' layout ({error!r})") from error
    if not train:
        raise ValueError(f"{data}: no pictures to learn from")
    return LabelledSet(names, train, val)


def joined(sets: Sequence[LabelledSet]) -> LabelledSet:
    """Several matches as one. Raises ValueError where they do not have the same classes."""
    names = sets[0].names
    for other in sets[1:]:
        if other.names != names:
            odd = sorted(set(names) ^ set(other.names)) or ["their order"]
            raise ValueError(f"the data sets have different classes: {', '.join(odd)}")
    train, val = ([p for data in sets for p in getattr(data, split)] for split in ("train", "val"))
    return LabelledSet(names, tuple(train), tuple(val))


def _pictures(folder: Path) -> tuple[LabelledFile, ...]:
    return tuple(_labelled(file) for file in sorted(folder.iterdir()) if file.suffix == ".jpg")


def _labelled(file: Path) -> LabelledFile:
    label = file.parents[2] / "labels" / file.parent.name / f"{file.stem}.txt"
    text = label.read_text(encoding="utf-8") if label.is_file() else ""
    rows = np.array([line.split() for line in text.splitlines()], np.float64).reshape(-1, 5)
    half = rows[:, 3:] / 2
    corners = np.concatenate([rows[:, 1:3] - half, rows[:, 1:3] + half], axis=1)
    return LabelledFile(file, rows[:, 0].astype(np.int64), corners)


def read_pixels(picture: LabelledFile) -> np.ndarray:
    """(H, W, 3) uint8 BGR. Raises ValueError."""
    pixels = cv2.imread(str(picture.file))
    if pixels is None:
        raise ValueError(f"{picture.file}: cannot be read as a picture")
    return pixels


def opened(picture: LabelledFile) -> Labelled:
    """With its pixels. Raises ValueError."""
    return Labelled(read_pixels(picture), picture.classes, picture.boxes)
