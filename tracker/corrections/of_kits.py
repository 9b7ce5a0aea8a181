"""Who wears a kit, to be found again: what is said of a kit is said of some who wear it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from tracker.boxes import iou
from tracker.corrections.record import Place, StoredCorrection
from tracker.corrections.statements import Correction, CorrectionError
from tracker.output.table import BOX
from tracker.types import Ints

OF_KITS = ("frame", "track_id", "kit", "kit_probability", *BOX)
_SURE, _WEARERS, _TRIED = 0.9, 6, 5
_COVERED = 0.15  # as IoU with anybody; people side by side in their boxes have less

Columns = pd.DataFrame | Mapping[str, np.ndarray]


def wearers(visible: Columns, kit: str, most: int = _WEARERS) -> Ints:
    """(W,) rows that show who wears a kit, one of each track: large, surely of that kit, and hardly
    covered; those of tracks that wear it longest first. visible: rows of tracks.csv, `OF_KITS`."""
    sure = np.nan_to_num(np.asarray(visible["kit_probability"], np.float64))
    mine = np.flatnonzero((np.asarray(visible["kit"]) == kit) & (sure >= _SURE))
    tracks = np.asarray(visible["track_id"])[mine]
    every, counts = np.unique(tracks, return_counts=True)
    longest = every[np.argsort(-counts, kind="stable")][:most]
    return np.array([_clearest(visible, mine[tracks == track]) for track in longest], np.int64)


def kept_of_kit(stated: Correction, visible: Columns) -> StoredCorrection:
    """What is said of a kit, as run.json has it, of no tracks yet. Raises CorrectionError."""
    rows = wearers(visible, stated.kit)
    if not len(rows):
        raise CorrectionError(f'"{stated.text}": nobody surely wears that kit; see tracks.csv')
    return StoredCorrection(
        text=stated.text, is_="", spans=(), at=places(visible, rows), wears=stated.is_
    )


def places(visible: Columns, rows: Ints) -> tuple[Place, ...]:
    """Of these rows, in order of time."""
    frames = np.asarray(visible["frame"])
    boxes = np.stack([np.asarray(visible[side], np.float64) for side in BOX], axis=1)
    order = sorted(rows.tolist(), key=lambda row: (frames[row], row))
    return tuple((int(frames[row]), *boxes[row].round(2).tolist()) for row in order)


def _clearest(visible: Columns, rows: Ints) -> int:
    """Of rows of one track."""
    boxes = np.stack([np.asarray(visible[side], np.float64) for side in BOX], axis=1)
    height = boxes[rows, 3] - boxes[rows, 1]
    largest = rows[np.argsort(-height, kind="stable")]
    tried = largest[np.linspace(0, (len(rows) - 1) / 2, min(_TRIED, len(rows))).astype(int)]
    covered = [_covered(visible, boxes, row) for row in tried.tolist()]
    free = [row for row, cover in zip(tried.tolist(), covered, strict=True) if cover < _COVERED]
    return int(free[0] if free else tried[int(np.argmin(covered))])


def _covered(visible: Columns, boxes: np.ndarray, row: int) -> float:
    frames = np.asarray(visible["frame"])
    there = np.flatnonzero(frames == frames[row])
    others = boxes[there[there != row]]
    return float(iou(boxes[[row]], others).max(initial=0.0))
