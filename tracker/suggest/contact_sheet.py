"""The contact sheet of suggestions as one picture, for those who open no page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from gallery.images import read_picture
from tracker.render.lettering import PlateStyle, plate
from tracker.types import Image

if TYPE_CHECKING:
    from tracker.suggest.suggestion import Suggestion

_ACROSS = 6
_CELL = (200, 260)  # width, height, pixels
_PICTURE = (184, 180)
_WHITE = (255, 255, 255)
_DARK = PlateStyle((30, 30, 30), _WHITE)
_SOFT = PlateStyle((110, 100, 95), _WHITE)


def write_contact_sheet(suggestions: Sequence[Suggestion], out: Path) -> None:
    """A cell per suggestion, the most uncertain first: the crop, who it may be, or who else."""
    cells = [_cell(suggestion) for suggestion in suggestions]
    blank = np.full((_CELL[1], _CELL[0], 3), 255, np.uint8)
    cells += [blank] * (-len(cells) % min(_ACROSS, max(len(cells), 1)))
    across = min(_ACROSS, len(cells))
    rows = [np.hstack(cells[n : n + across]) for n in range(0, len(cells), across)]
    cv2.imencode(".png", np.vstack(rows))[1].tofile(out)


def _cell(suggestion: Suggestion) -> Image:
    cell = np.full((_CELL[1], _CELL[0], 3), 255, np.uint8)
    crop = read_picture(suggestion.file)
    if crop is not None:
        scale = min(_PICTURE[0] / crop.shape[1], _PICTURE[1] / crop.shape[0])
        size = (max(round(crop.shape[1] * scale), 1), max(round(crop.shape[0] * scale), 1))
        small = cv2.resize(crop, size, interpolation=cv2.INTER_AREA)
        left = (_CELL[0] - size[0]) // 2
        cell[8 : 8 + size[1], left : left + size[0]] = small
    who = f"{suggestion.player}? {suggestion.chance:.0%}" if suggestion.player else "no name"
    than = f"or {suggestion.rival}" if suggestion.player else f"most like {suggestion.rival}"
    where = f"frame {suggestion.frame}, {suggestion.seconds:.1f} s"
    for line, (text, style) in enumerate(((who, _DARK), (than, _SOFT), (where, _SOFT))):
        plate(text, 14, style).paste(cell, 4, 192 + 21 * line)
    return cell
