"""Names by the gap they were carried over: how far back and ahead the player's gallery IDs are."""

from __future__ import annotations

import numpy as np

from tracker.evaluation.boxes import Boxes, Mask
from tracker.output.gallery_ids import GalleryIds
from tracker.output.id_gaps import BINS, bins_at
from tracker.types import Doubles, Ints

_NONE = np.zeros(0, np.int64)


def count_by_gap(truth: Boxes, result: Boxes, right: Mask, ids: GalleryIds, fps: float) -> Doubles:
    """(9, 3) right, named and wanted boxes by BINS; zeros where ids is empty.

    truth: the boxes of players who may be named. right: (N,) of the result. A truth box lies in the
    gap of its player's IDs, a named one in that of the player it names, right or wrong, so that
    the counts add up to those of the whole.
    """
    counts = np.zeros((len(BINS), 3))
    if not ids:
        return counts
    named = result.names != ""
    places = _bins(result.take(named), ids, fps)
    for column, found in enumerate((places[right[named]], places, _bins(truth, ids, fps))):
        counts[:, column] = np.bincount(found, minlength=len(BINS))
    return counts


def _bins(boxes: Boxes, ids: GalleryIds, fps: float) -> Ints:
    """(N,) index into BINS of each box, by its name."""
    found = np.zeros(len(boxes), np.int64)
    for name in set(boxes.names.tolist()):
        rows, own = boxes.names == name, ids.get(name, _NONE)
        found[rows] = bins_at(boxes.frames[rows], own, np.diff(own) / fps)
    return found
