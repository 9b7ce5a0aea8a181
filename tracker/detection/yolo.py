"""People by YOLO, RT-DETR and YOLOX networks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tracker.detection.auto_tiles import YOLO_PX, YOLOX_PX, Eye
from tracker.detection.class_names import ClassKinds, PlayerNames
from tracker.detection.heads import Wanted, class_count_of, people, recognise
from tracker.detection.network import PAD, Placement, letterboxed, stretched
from tracker.inference.backends import Model
from tracker.inference.ultralytics import DetectorError, digest
from tracker.settings import DetectSettings
from tracker.types import Detections, Image

_BATCH = 16
_COCO_CLASSES = 80


class Yolo:
    """People by a network of the YOLO kind.

    called: who its classes may be. class_names, class_kinds: the columns of `Detections.classes`;
    none where it tells people from nothing else. notes: what its classes were taken for.
    Raises DetectorError where its output is of no known kind, or none of its classes is of people.
    """

    tiles = "1x1"

    def __init__(
        self, model: Model, path: Path, settings: DetectSettings, called: PlayerNames
    ) -> None:
        self.name = path.name
        self.fingerprint = digest([path] if path.is_file() else path.glob("*.*"))
        self.runtime = model.runtime
        self._model = model
        side = -(-settings.image_size_px // model.stride) * model.stride
        self._size = model.size or (side, side)
        width, height = self._size
        blank = model.run(np.full((1, 3, height, width), PAD / 255, np.float32))
        count = len(model.names) or None
        try:
            self._head = recognise(blank, self._size, count)
            count = count or class_count_of(blank.shape, self._size)
            unnamed = {0: "person"} if count == _COCO_CLASSES else dict.fromkeys(range(count), "")
            kinds = ClassKinds.of(model.names or unnamed, called.players, called.all_players)
        except DetectorError as error:
            raise DetectorError(f"{path}: {error}") from error
        self.notes = tuple(f"{path.name}: {note}" for note in kinds.notes)
        self.class_kinds = kinds.columns
        self.class_names = self.class_kinds.names
        tall_px = YOLOX_PX if self._head == "yolox" else YOLO_PX
        # who was trained for its own people knows them at the size that it was shown
        self.eye = None if self.class_names else Eye(width, height, tall_px)
        people = [kinds.numbers[i] for i in kinds.kept]
        self._wanted = Wanted(
            people, count, settings.score_min, settings.nms_iou, bool(self.class_names)
        )
        self.find([np.full((height, width, 3), PAD, np.uint8)])  # what is slow at first, now

    def find(self, pictures: Sequence[Image]) -> list[Detections]:
        """People in each picture, in its own pixels."""
        placed = [self._place(picture) for picture in pictures]
        found: list[Detections] = []
        for _, alike in groupby(placed, key=lambda pair: pair[0].shape):
            group = list(alike)
            step = _BATCH if self._model.batches else 1
            for at in range(0, len(group), step):
                found += self._batch(group[at : at + step])
        return found

    def _batch(self, placed: Sequence[tuple[Image, Placement]]) -> list[Detections]:
        inputs = np.stack([self._values(canvas) for canvas, _ in placed])
        size = inputs.shape[3], inputs.shape[2]
        raw = self._model.run(inputs)
        on_input = people(raw, self._head, size, self._wanted)
        return [
            replace(found, boxes=placement.back(found.boxes))
            for found, (_, placement) in zip(on_input, placed, strict=True)
        ]

    def _place(self, picture: Image) -> tuple[Image, Placement]:
        width, height = self._size
        if self._head.startswith("rtdetr"):
            return stretched(picture, width, height)
        if self._model.size is None:  # no more border than the stride asks for
            rows, columns = picture.shape[:2]
            scale = min(width / columns, height / rows)
            stride = self._model.stride
            width = -(-round(columns * scale) // stride) * stride
            height = -(-round(rows * scale) // stride) * stride
        return letterboxed(picture, width, height, centred=self._head != "yolox")

    def _values(self, canvas: Image) -> NDArray[np.float32]:
        """(3, H, W); YOLOX takes BGR from 0 to 255, all others RGB from 0 to 1."""
        if self._head == "yolox":
            return np.ascontiguousarray(canvas.transpose(2, 0, 1), np.float32)
        return np.ascontiguousarray(canvas[..., ::-1].transpose(2, 0, 1), np.float32) / np.float32(
            255
        )
