"""Where the tracks are: moved along, corrected by what is seen, told where to be if hidden.

All that is asked of the motion model, but for new tracks, is asked here.
"""

from __future__ import annotations

import numpy as np

from tracker import boxes as bx
from tracker.settings import MotionSettings
from tracker.tracking import kalman
from tracker.tracking.occlusion_net import HORIZON_S
from tracker.tracking.tracks import ABSENT, VISIBLE, Tracks
from tracker.types import Doubles, Ints, Mask, Observation

SLIP_S = 0.05  # missed for no longer: the detector slipped, nobody vanished
_LOST_STD = 0.5  # after a cut a player may be anywhere: std as a share of the picture


def predict(
    tracks: Tracks, seen: Observation, dt_s: float, size: tuple[int, int], settings: MotionSettings
) -> None:
    """Camera, then motion. Across a cut nothing of the old geometry holds."""
    tracks.history.step(seen.time_s, seen.camera)
    if not len(tracks):
        return
    if seen.cut:
        tracks.motion = kalman.inflate(tracks.motion, size, _LOST_STD)
        tracks.existence[:] = 0
        tracks.visibility[:] = ABSENT
        tracks.last_box[:] = np.nan
        tracks.history.forget()
        return
    unseen = (tracks.visibility != VISIBLE).nonzero()[0]
    sighted = tracks.motion  # which from here on is another
    if len(unseen):
        sighted = sighted.replace(unseen, tracks.sighted.pick(unseen))
    if not bx.is_still(seen.camera):
        tracks.motion = kalman.compensate(tracks.motion, seen.camera)
        sighted = kalman.compensate(sighted, seen.camera) if len(unseen) else tracks.motion
        tracks.last_box = bx.move(tracks.last_box, seen.camera)
    tracks.sighted = sighted
    if len(unseen):
        tracks.motion = kalman.decay(tracks.motion, unseen, dt_s, settings)
    tracks.motion = kalman.predict(tracks.motion, dt_s, settings)
    tracks.history.note(slice(None), tracks.motion.mean[:, :4], seen=False)


def update(
    tracks: Tracks, seen: Observation, rows: Ints, measured: Doubles, settings: MotionSettings
) -> None:
    """Take in where the tracks `rows` are seen, (M, 4) states; mend the path through a gap."""
    if not len(rows):
        return
    everybody, before = tracks.motion.mean[:, :4].copy(), tracks.motion
    everybody[rows] = measured
    tracks.motion = kalman.update(before, everybody, settings)
    if len(rows) < len(tracks):
        unseen = np.ones(len(tracks), bool)
        unseen[rows] = False
        tracks.motion.put(unseen.nonzero()[0], before)
    again = tracks.visibility[rows] != VISIBLE
    if not again.any():
        return
    again &= _traceable(tracks, seen.time_s)[rows]
    for place in again.nonzero()[0].tolist():
        row, since_s = int(rows[place]), float(tracks.seen_s[rows[place]])
        times, places = tracks.history.interpolate_gap(row, since_s, measured[place])
        if seen.time_s - since_s <= 2 * SLIP_S:
            continue  # the filter has hardly strayed
        single = rows[place : place + 1]
        mended = kalman.re_update(tracks.sighted.pick(single), since_s, times, places, settings)
        tracks.motion = tracks.motion.replace(single, mended)


def _traceable(tracks: Tracks, time_s: float) -> Mask:
    """(T,) missed in a frame at least, not for too long, and not across a cut."""
    recent = time_s - tracks.seen_s <= HORIZON_S
    return np.asarray(recent & tracks.in_shot)


def set_position(tracks: Tracks, rows: Ints, place: Doubles, std: Doubles, dt_s: float) -> None:
    """The unseen `rows` are where somebody else says: (M, 4) states and their (M, 4) stds."""
    part = kalman.set_position(tracks.motion.pick(rows), place, std, dt_s)
    tracks.motion = tracks.motion.replace(rows, part)
    tracks.history.note(rows, place, seen=False)
