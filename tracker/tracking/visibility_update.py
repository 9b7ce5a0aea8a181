"""What becomes of those whom nobody saw in a frame: existence and visibility of all tracks."""

from __future__ import annotations

import numpy as np

from tracker.settings import PermanenceSettings
from tracker.tracking import occluders, visibility_states
from tracker.tracking.tracks import Tracks
from tracker.types import Ints, Mask


def update_visibility(
    tracks: Tracks,
    matched: Mask,
    size: tuple[int, int],
    settings: PermanenceSettings,
    time_s: float,
    dt_s: float,
    apart_s: float,
    has_camera: bool = True,
) -> None:
    """Existence, visibility and who left the picture. matched: (T,) seen in this frame, which came
    `dt_s` after the last one. size: (width, height) of the picture. has_camera: False where the
    camera is only what people tell of it: it brings nobody back who has left (on hockey the tracks
    of .084 of those out of the picture went over to others who came in, and so do .019)."""
    stay_out = tracks.left & ~matched & (not has_camera)
    tracks.existence[matched] = visibility_states.SURE
    tracks.left = stay_out
    happened = np.zeros(len(tracks), np.int64)
    unseen = (~matched).nonzero()[0]
    if len(unseen):
        _search(tracks, unseen, matched.nonzero()[0], settings, time_s, dt_s, apart_s)
        happened[unseen] = _missed(tracks, unseen, size, settings)
    tracks.visibility = visibility_states.states(tracks.visibility, happened)


def _search(
    tracks: Tracks,
    unseen: Ints,
    seen: Ints,
    settings: PermanenceSettings,
    time_s: float,
    dt_s: float,
    apart_s: float,
) -> None:
    """Existence of the unseen; who is still there is held behind those who cover them.

    Nobody is hidden behind one whom they were never seen apart from: it may be their own body.
    """
    rows = unseen[tracks.existence[unseen] > settings.hidden_at]
    if not len(rows):
        return
    mean, std = tracks.motion.mean[rows], np.sqrt(tracks.motion.spread[rows, 0, :2])
    gap_s = time_s - tracks.seen_s[rows]
    by, may = tracks.last_box[seen], tracks.apart_s[rows[:, None], seen] >= apart_s - 1e-9
    rate, place = occluders.search(mean, std, gap_s, by, settings.gone_s, may)
    probability = visibility_states.detection_probability(rate, dt_s)
    tracks.existence[rows] = visibility_states.existence_after_miss(
        tracks.existence[rows], probability
    )
    tracks.motion.mean[rows, :2] = place


def _missed(
    tracks: Tracks, unseen: Ints, size: tuple[int, int], settings: PermanenceSettings
) -> Ints:
    """(U,) what happened to the unseen."""
    place, std = tracks.motion.mean[unseen, :2], np.sqrt(tracks.motion.spread[unseen, 0, :2])
    out = visibility_states.outside(place, std, size, settings.outside_std)
    going, not_coming = visibility_states.leaving(
        tracks.last_box[unseen], tracks.sighted.mean[unseen, 4:6], size
    )
    tracks.left[unseen] |= out | going
    matched = np.zeros(len(unseen), bool)
    return visibility_states.events(matched, tracks.existence[unseen], out | not_coming, settings)
