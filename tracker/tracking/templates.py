"""What the pictures of one frame may teach: who votes on names, whose look is remembered."""

from __future__ import annotations

import numpy as np

from tracker.settings import IdentitySettings
from tracker.tracking.matching import Matches
from tracker.tracking.tracks import Tracks
from tracker.types import Doubles, Ints, Mask, Observation

_SHOWN_COVERED = 0.35  # a picture more covered than that shows somebody else
_TEMPLATE_KEPT = 0.9  # share of the old template at each clean match (Deep-EIoU)


def votable_and_comparable(
    seen: Observation, matches: Matches, columns: Ints, settings: IdentitySettings
) -> tuple[Mask, Mask]:
    """(M,) which of these detections' pictures may vote, and (M,) which show mostly themselves."""
    covered, boxes = matches.covered, seen.boxes.T.astype(np.float64)
    large = boxes[3] - boxes[1] >= settings.crop_height_min_px
    votable = large & (seen.scores >= settings.crop_score_min)
    votable &= covered < settings.crop_covered_max
    large &= covered < _SHOWN_COVERED
    return votable[columns], large[columns]


def alike(matches: Matches, covered_max: float) -> tuple[Doubles, Doubles]:
    """Cosines of clean matches, and of different people in one frame,
    for `AppearanceModel.learn`."""
    calm = matches.covered[matches.detections] < covered_max
    rows, columns = matches.tracks[calm], matches.detections[calm]
    block = matches.cosines[rows[:, None], columns]
    return np.diag(block), block[~np.eye(len(rows), dtype=bool)]


def remember(tracks: Tracks, seen: Observation, rows: Ints, columns: Ints) -> None:
    """Blend the look of clean matches into the templates."""
    new = seen.embeddings[columns]
    old = tracks.template[rows]
    first, unknown = np.isnan(old[:, :1]), np.isnan(new[:, :1])  # a look is there or is not
    blend = np.where(first, new, _TEMPLATE_KEPT * old + (1 - _TEMPLATE_KEPT) * new)
    blend = np.where(unknown, old, blend)
    norm = np.sqrt((blend * blend).sum(axis=1, keepdims=True))
    tracks.template[rows] = blend / np.maximum(norm, 1e-9)
