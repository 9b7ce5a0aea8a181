"""What the networks that find people share."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib
import io
import logging
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
from PIL import Image as PictureFile

from tracker.errors import TeamsheetError
from tracker.records import Detections, Floats, Image

PAD = 114
"""Grey of the border around a picture; what Ultralytics and YOLOX were trained with."""

MAX_PEOPLE = 300
"""Of one call of a network; what Ultralytics' networks give at most."""

_MAX_CANDIDATES = 1000
_PLAYERS = ("player", "keeper", "referee", "goalie", "athlete", "pedestrian", "human", "people")


class DetectorError(TeamsheetError):
    """A detector cannot be had or used; the message is one line and says what to do."""


class Network(Protocol):
    """A network that finds people in pictures of any size.

    tiles: the tiling it does best with (`DetectSettings.tiles`).
    fingerprint: hex digest of its weights. runtime: what runs it, for the receipt.
    """

    @property
    def name(self) -> str: ...
    @property
    def tiles(self) -> str: ...
    @property
    def fingerprint(self) -> str: ...
    @property
    def runtime(self) -> str: ...

    def find(self, pictures: Sequence[Image]) -> list[Detections]:
        """People in each picture, in its own pixels; boxes may reach over the border."""
        ...


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a picture lies on the network's input: input = picture * scale + shift."""

    scale: tuple[float, float]
    shift: tuple[float, float]

    def back(self, boxes: Floats) -> Floats:
        """(N, 4) boxes on the input, in pixels of the picture."""
        on_picture: Floats = (boxes - np.tile(self.shift, 2)) / np.tile(self.scale, 2)
        return on_picture.astype(np.float32)


def stretched(picture: Image, width: int, height: int) -> tuple[Image, Placement]:
    """The picture in exactly that size, its shape not kept."""
    rows, columns = picture.shape[:2]
    placement = Placement((width / columns, height / rows), (0.0, 0.0))
    return resized(picture, width, height), placement


def letterboxed(
    picture: Image, width: int, height: int, *, centred: bool = True
) -> tuple[Image, Placement]:
    """The picture as large as it fits, its shape kept, on grey; centred or at the top left."""
    rows, columns = picture.shape[:2]
    scale = min(width / columns, height / rows)
    inner = max(1, round(columns * scale)), max(1, round(rows * scale))
    left, top = ((width - inner[0]) // 2, (height - inner[1]) // 2) if centred else (0, 0)
    canvas = np.full((height, width, 3), PAD, np.uint8)
    canvas[top : top + inner[1], left : left + inner[0]] = resized(picture, *inner)
    return canvas, Placement((inner[0] / columns, inner[1] / rows), (left, top))


def resized(picture: Image, width: int, height: int) -> Image:
    """Resized with linear interpolation, what the networks were trained with."""
    return np.asarray(cv2.resize(picture, (width, height)), np.uint8)


def suppressed(boxes: Floats, scores: Floats, nms_iou: float) -> Detections:
    """Greedy non-maximum suppression: of boxes that overlap more than that, the best one.

    Only the best of very many are looked at, and kept.
    """
    corner_size = np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1)
    kept = cv2.dnn.NMSBoxes(
        corner_size.tolist(), scores.tolist(), 0.0, nms_iou, top_k=_MAX_CANDIDATES
    )
    best = np.asarray(kept, np.int64).ravel()[:MAX_PEOPLE]
    return Detections(boxes[best], scores[best])


def people_classes(names: dict[int, str]) -> list[int]:
    """Which of a model's classes are people.

    The class called "person" where there is one (COCO). Otherwise all whose name says player,
    goalkeeper, referee and the like; where there is none of them either, all classes: a model
    trained for one purpose finds nothing but its own.
    """
    low = {number: name.strip().lower() for number, name in names.items()}
    named = [number for number, name in low.items() if name == "person"]
    named = named or [n for n, name in low.items() if any(word in name for word in _PLAYERS)]
    return sorted(named or low)


def digest(files: Iterable[Path]) -> str:
    """Short hex sha256 of the contents of files, in the order of their names."""
    total = hashlib.sha256()
    for file in sorted(files):
        total.update(file.read_bytes())
    return total.hexdigest()[:16]


def first_line(error: BaseException) -> str:
    """What a library's error says, on one line."""
    lines = str(error).strip().splitlines()
    text = lines[0] if lines else type(error).__name__
    return text.encode("ascii", "ignore").decode().strip()[:160]


@functools.cache
def import_ultralytics(module: str) -> Any:
    """A module of Ultralytics, imported so that it asks no server and installs nothing.

    Ultralytics takes these wishes from the environment, once, when it is imported. It turns
    OpenCV's threads off for the whole process, which is put back, and talks on stdout, which is
    for results.
    """
    talk = io.StringIO()
    threads = cv2.getNumThreads()
    open_picture = PictureFile.open  # Ultralytics' own would install software for a broken picture
    wishes = {"YOLO_OFFLINE": "1", "YOLO_AUTOINSTALL": "0"}
    with _environment(wishes), contextlib.redirect_stdout(talk):
        imported = importlib.import_module(module)
    cv2.setNumThreads(threads)
    PictureFile.open = open_picture
    logger = logging.getLogger("ultralytics")
    logger.setLevel(logging.WARNING)
    for handler in logger.handlers:
        if isinstance(handler, logging.StreamHandler) and handler.stream is talk:
            handler.setStream(sys.stderr)
    return imported


@contextlib.contextmanager
def _environment(wishes: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in wishes}
    os.environ.update(wishes)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
