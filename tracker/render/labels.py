"""Where names stand: beside their players, hiding each other and the play as little as can be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tracker.boxes import intersections
from tracker.render.lettering import Colour, Plate
from tracker.types import Image

_DISLIKE = (0.0, 0.1, 0.2, 0.2, 0.4, 0.4, 0.6, 0.6)
"""How much worse each place of a label is than the first, in areas of the label hidden."""
_AWAY = 4
"""From this place on a label does not touch its box and needs a line to it."""


@dataclass(frozen=True, slots=True)
class Label:
    """A plate and the box it belongs to (x1, y1, x2, y2)."""

    key: str
    plate: Plate
    colour: Colour
    beside: tuple[int, int, int, int]


class LabelPlacer:
    """Lays the labels of frame after frame; remembers where each stood, so that none jumps."""

    def __init__(self, width: int, height: int, gap_px: int) -> None:
        """width, height: of the picture, pixels. gap_px: between a label and its box."""
        self._width, self._height, self._gap_px = width, height, gap_px
        self._places: dict[str, int] = {}

    def draw(self, image: Image, labels: Sequence[Label], floor: int) -> None:
        """Each plate where it hides least, above the row `floor`; earlier labels choose first."""
        laid = np.zeros((0, 4), np.int64)
        people = np.array([label.beside for label in labels]).reshape(-1, 4)
        places: dict[str, int] = {}
        for label in labels:
            spots = self._spots(label, floor)
            # To hide a name is worse than to hide somebody's legs; jumping about is bad too.
            hidden = 6 * _overlaps(spots, laid) + _overlaps(spots, people)
            comfort = np.array(_DISLIKE)
            comfort[self._places.get(label.key, 0)] -= 0.15
            hidden += comfort * label.plate.size[0] * label.plate.size[1]
            best = places[label.key] = int(hidden.argmin())
            laid = np.vstack([laid, spots[best]])
            if best >= _AWAY:
                _draw_leader(image, label, spots[best])
        for label, spot in zip(labels, laid.tolist(), strict=True):
            label.plate.paste(image, spot[0], spot[1])
        self._places = places

    def _spots(self, label: Label, floor: int) -> NDArray[np.int64]:
        """Where a plate may stand, (8, 4): above, below, right, left, and further off."""
        width, height = label.plate.size
        x1, y1, x2, y2 = label.beside
        middle, gap = (x1 + x2 - width) // 2, self._gap_px
        above, below, beside = y1 - height - gap, y2 + gap, (y1 + y2 - height) // 2
        far = round(1.3 * height)
        corners = np.array([
            (middle, above), (middle, below), (x2 + gap, beside), (x1 - gap - width, beside),
            (middle, above - far), (middle, below + far),
            (middle, above - 2 * far), (middle, below + 2 * far),
        ])  # fmt: skip
        corners = np.clip(corners, 0, (max(self._width - width, 0), max(floor - height, 0)))
        return np.hstack([corners, corners + np.array([width, height])])


def _draw_leader(image: Image, label: Label, spot: NDArray[np.int64]) -> None:
    x1, y1, x2, y2 = label.beside
    above = spot[1] < y1
    start = (x1 + x2) // 2, y1 if above else y2
    end = (int(spot[0] + spot[2]) // 2, int(spot[3] if above else spot[1]))
    cv2.line(image, start, end, label.colour, 1, cv2.LINE_AA)


def _overlaps(spots: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.float64]:
    """Pixels of each spot (N, 4) that lie in the boxes (M, 4), summed: (N,)."""
    shared = intersections(spots.astype(np.float64), others.astype(np.float64))
    return np.asarray(shared.sum(axis=1))
