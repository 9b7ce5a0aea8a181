"""Where the tracks are: moved along, corrected by what is seen, told where to be if hidden."""

from __future__ import annotations

import numpy as np

from tracker import boxes as bx
from tracker.settings import MotionSettings
from tracker.tracking import kalman
from tracker.tracking.hidden_tracks import HiddenTracks
from tracker.tracking.occlusion_net import HORIZON_S, OffsetNet
from tracker.tracking.tracks import ABSENT, VISIBLE, Tracks
from tracker.types import Doubles, Ints, Mask, Observation

_QUERY_S = 0.08  # in between the motion filter goes on as told
_SLIP_S = 0.05  # missed for no longer: the detector slipped, nobody vanished
_NO_ROWS = np.zeros(0, np.int64)
_AT_FIRST_S = 0.2
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
        if seen.time_s - since_s <= 2 * _SLIP_S:
            continue  # the filter has hardly strayed
        single = rows[place : place + 1]
        mended = kalman.re_update(tracks.sighted.pick(single), since_s, times, places, settings)
        tracks.motion = tracks.motion.replace(single, mended)


def _traceable(tracks: Tracks, time_s: float) -> Mask:
    """(T,) missed in a frame at least, not for too long, and not across a cut."""
    recent = time_s - tracks.seen_s <= HORIZON_S
    return np.asarray(recent & tracks.in_shot)


def apply_offsets(
    tracks: Tracks, hidden: HiddenTracks, matched: Mask, time_s: float, dt_s: float, net: OffsetNet
) -> HiddenTracks:
    """Tell the unseen where the others say that they are. matched: (T,) seen in this frame.

    hidden: of those who were unseen in the last frame; returns that of this one.
    """
    if matched.all():
        return hidden.pick(_NO_ROWS) if len(hidden.ids) else hidden
    if len(hidden.ids):
        hidden = _still_unseen(hidden, tracks, matched, time_s)
    fresh = _vanished(tracks, matched, time_s, dt_s)
    if len(fresh):
        last, since_s = bx.to_states(tracks.last_box[fresh]), tracks.seen_s[fresh]
        new = HiddenTracks.of(fresh, last, since_s, tracks.history, tracks.ids, net)
        hidden = hidden.join(new)
    if not len(hidden.ids):
        return hidden
    trusted = _due(hidden.since_s, time_s, dt_s)
    if trusted.any():
        trusted &= net.opens(time_s - hidden.since_s)
    if trusted.any():
        queried = hidden if trusted.all() else hidden.pick(trusted)
        now = tracks.history.present
        place, std = queried.answer(net, time_s, tracks.ids, now, matched)
        rows = np.searchsorted(tracks.ids, queried.ids)
        part = kalman.set_position(tracks.motion.pick(rows), place, std, dt_s)
        tracks.motion = tracks.motion.replace(rows, part)
        tracks.history.note(rows, place, seen=False)
    return hidden


def _vanished(tracks: Tracks, matched: Mask, time_s: float, dt_s: float) -> Ints:
    """Rows of those who by now have been missed for longer than a slip of the detector."""
    gap_s = time_s - tracks.seen_s
    just = ~matched & (gap_s > _SLIP_S) & (gap_s - dt_s <= _SLIP_S)
    return np.flatnonzero(just & tracks.in_shot) if just.any() else _NO_ROWS


def _due(since_s: Doubles, time_s: float, dt_s: float) -> Mask:
    """(M,) whose place is asked for in this frame: at first in all, then every `_QUERY_S`."""
    if int(time_s / _QUERY_S) != int((time_s - dt_s) / _QUERY_S):
        return np.ones(len(since_s), bool)
    return np.asarray(time_s - since_s <= _AT_FIRST_S)


def _still_unseen(
    hidden: HiddenTracks, tracks: Tracks, matched: Mask, time_s: float
) -> HiddenTracks:
    """Without those who were found, have ended, or have been away for longer than was learned."""
    if not len(tracks):
        return hidden.pick(np.zeros(0, np.int64))
    row = np.minimum(np.searchsorted(tracks.ids, hidden.ids), len(tracks) - 1)
    kept = (tracks.ids[row] == hidden.ids) & ~matched[row] & tracks.in_shot[row]
    kept &= time_s - hidden.since_s <= HORIZON_S
    return hidden if kept.all() else hidden.pick(kept)
