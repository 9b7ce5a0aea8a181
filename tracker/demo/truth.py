"""What a perfect annotator would write about a frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .figure import Sprite
from .people import Person

SEEN_SHARE = 0.05
"""A person with less of the figure than this inside the picture is not in it (as in PermaTrack)."""

Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class TruthRow:
    """One person in one frame.

    box: x, y, width, height in pixels of the whole figure, clipped to the picture, whoever stands
    before it. visibility: visible share of the figure; what is hidden or outside counts as unseen.
    """

    person: Person
    box: Box
    visibility: float

    def __post_init__(self) -> None:
        if min(self.box[2:]) <= 0 or not 0 <= self.visibility <= 1:
            raise ValueError(f"TruthRow: an empty box or a share outside 0 to 1 in {self}")


def truth(sprites: Sequence[tuple[Person, Sprite]], size: tuple[int, int]) -> list[TruthRow]:
    """Rows in the order of ids. sprites: far ones first; size: width and height of the picture."""
    owner = np.zeros((size[1], size[0]), np.uint16)  # 0: nobody
    inside: dict[int, tuple[Person, Box, int]] = {}
    for person, sprite in sprites:
        x0, y0 = max(0, -sprite.left), max(0, -sprite.top)
        left, top = sprite.left + x0, sprite.top + y0
        solid = sprite.solid[y0 : y0 + max(0, size[1] - top), x0 : x0 + max(0, size[0] - left)]
        if solid.sum() < SEEN_SHARE * sprite.solid.sum() or not solid.any():
            continue
        h, w = solid.shape
        owner[top : top + h, left : left + w][solid] = person.id
        ys, xs = np.nonzero(solid)
        box = (left + int(xs.min()), top + int(ys.min()), int(np.ptp(xs)) + 1, int(np.ptp(ys)) + 1)
        inside[person.id] = (person, box, int(sprite.solid.sum()))
    pixels = np.bincount(owner.ravel(), minlength=1 + max(inside, default=0))
    return [
        TruthRow(person, box, float(pixels[number] / whole))
        for number, (person, box, whole) in sorted(inside.items())
    ]
