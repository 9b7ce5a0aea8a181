"""A picture of what was read."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from numbering.scores import Read
from numbering.shirts import Shirt
from tracker.types import Image, number_text

TILE_PX, TEXT_PX, COLUMNS = 96, 16, 14
_SHOWN = 0.5


def draw(shirts: Sequence[Shirt], read: Read) -> Image:
    """All shirts on which something was read, the surest first: read/true, green where right."""
    order = [n for n in np.argsort(-read.sure, kind="stable") if read.sure[n] >= _SHOWN]
    lines = max(1, -(-len(order) // COLUMNS))
    sheet = np.zeros((lines * (TILE_PX + TEXT_PX), COLUMNS * TILE_PX, 3), np.uint8)
    for place, n in enumerate(order):
        y, x = (place // COLUMNS) * (TILE_PX + TEXT_PX), (place % COLUMNS) * TILE_PX
        image = shirts[n].image
        scale = TILE_PX / max(image.shape[:2])
        tile = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        tile = tile[:TILE_PX, :TILE_PX]
        sheet[y : y + tile.shape[0], x : x + tile.shape[1]] = tile
        colour = (0, 255, 0) if read.top[n] == read.true[n] else (0, 0, 255)
        true = number_text(int(read.true[n])) or "?"
        text = f"{number_text(int(read.top[n]))}/{true} {read.sure[n]:.2f}"
        cv2.putText(
            sheet, text, (x + 2, y + TILE_PX + 12), cv2.FONT_HERSHEY_SIMPLEX, 0.4, colour, 1
        )
    return sheet
