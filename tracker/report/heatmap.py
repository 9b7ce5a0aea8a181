"""Where in the picture somebody was: the places of the feet, as a small PNG."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracker.output.row_arrays import RowArrays
from tracker.types import Ints, Visibility

_CELLS = 96
"""Across the picture."""
_BLUR = 1.2  # cells


@dataclass(frozen=True, slots=True)
class Heatmap:
    """png: of the picture's shape. words: the same for those who cannot see it."""

    png: bytes
    words: str


def heatmap_of(rows: RowArrays, mine: Ints, size: tuple[int, int]) -> Heatmap | None:
    """mine: rows of a person. size: of the picture, pixels. None of who is never visible."""
    import cv2

    seen = mine[rows.visibility[mine] == Visibility.VISIBLE]
    if not len(seen):
        return None
    boxes = rows.boxes[seen]
    x, y = (boxes[:, 0] + boxes[:, 2]) / 2 / size[0], boxes[:, 3] / size[1]
    shape = max(round(_CELLS * size[1] / size[0]), 8), _CELLS
    across, down = (
        np.clip((part * n).astype(int), 0, n - 1) for part, n in ((x, shape[1]), (y, shape[0]))
    )
    counts = np.zeros(shape, np.float32)
    np.add.at(counts, (down, across), 1)
    blurred = cv2.GaussianBlur(counts, (0, 0), _BLUR)
    level = np.sqrt(blurred / blurred.max())  # so that what is rare is seen as well
    colours = cv2.applyColorMap(np.asarray(255 * level, np.uint8), cv2.COLORMAP_VIRIDIS)
    png = cv2.imencode(".png", colours, [cv2.IMWRITE_PNG_COMPRESSION, 9])[1].tobytes()
    return Heatmap(png, _words(np.asarray(x), np.asarray(y)))


def _words(x: np.ndarray, y: np.ndarray) -> str:
    def thirds(values: np.ndarray, names: tuple[str, str, str]) -> str:
        counts = np.bincount(np.clip((values * 3).astype(int), 0, 2), minlength=3)
        return ", ".join(
            f"{n / len(values):.0%} {name}" for n, name in zip(counts, names, strict=True)
        )

    return (
        f"across the picture {thirds(x, ('left', 'middle', 'right'))}; "
        f"up and down {thirds(y, ('top', 'middle', 'bottom'))}"
    )
