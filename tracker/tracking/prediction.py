"""Where the tracks are: moved along, corrected by what is seen, told where to be if hidden."""

from __future__ import annotations

import numpy as np

from tracker import boxes as bx
from tracker.settings import MotionSettings
from tracker.tracking import kalman
from tracker.tracking.hidden_tracks import Memory
from tracker.tracking.occlusion_net import HORIZON_S, OffsetNet
from tracker.tracking.tracks import ABSENT, VISIBLE, Tracks
from tracker.types import Doubles, Ints, Mask, Observation

_ASK_S = 0.08  # in between the motion filter goes on as told
_SLIP_S = 0.05  # missed for no longer: the detector slipped, nobody vanished
_NOBODY = np.zeros(0, np.int64)
_AT_FIRST_S = 0.2
_LOST_STD = 0.5  # after a cut a player may be anywhere: std as a share of the picture


def advance(
    tracks: Tracks, seen: Observation, dt_s: float, size: tuple[int, int], limits: MotionSettings
) -> None:
    """Camera, then motion. Across a cut nothing of the old geometry holds."""
    tracks.history.step(seen.time_s, seen.camera)
    if not len(tracks):
        return
    if seen.cut:
        tracks.motion = kalman.lose(tracks.motion, size, _LOST_STD)
        tracks.existence[:] = 0
        tracks.visibility[:] = ABSENT
        tracks.last_box[:] = np.nan
        tracks.history.forget()
        return
    visible = tracks.visibility == VISIBLE
    if visible.all():
        tracks.sighted = tracks.motion  # which from here on is another
    else:
        tracks.sighted = tracks.sighted.replace(visible, tracks.motion.pick(visible))
    if not bx.is_still(seen.camera):
        tracks.motion = kalman.compensate(tracks.motion, seen.camera)
        tracks.sighted = kalman.compensate(tracks.sighted, seen.camera)
        tracks.last_box = bx.move(tracks.last_box, seen.camera)
    if not visible.all():
        tracks.motion = kalman.coast(tracks.motion, ~visible, dt_s, limits)
    tracks.motion = kalman.predict(tracks.motion, dt_s, limits)
    tracks.history.note(slice(None), tracks.motion.mean[:, :4], seen=False)


def correct(
    tracks: Tracks, seen: Observation, rows: Ints, measured: Doubles, limits: MotionSettings
) -> None:
    """Take in where the tracks `rows` are seen, (M, 4) states; mend the path through a gap."""
    if not len(rows):
        return
    if len(rows) == len(tracks) and (rows[1:] > rows[:-1]).all():
        tracks.motion = kalman.update(tracks.motion, measured, limits)
    else:
        part = kalman.update(tracks.motion.pick(rows), measured, limits)
        tracks.motion = tracks.motion.replace(rows, part)
    again = tracks.visibility[rows] != VISIBLE
    if not again.any():
        return
    again &= _traceable(tracks, seen.time_s)[rows]
    for place in again.nonzero()[0].tolist():
        row, since_s = int(rows[place]), float(tracks.seen_s[rows[place]])
        times, path = tracks.history.bridge(row, since_s, measured[place])
        if seen.time_s - since_s <= 2 * _SLIP_S:
            continue  # the filter has hardly strayed
        one = rows[place : place + 1]
        mended = kalman.retrace(tracks.sighted.pick(one), since_s, times, path, limits)
        tracks.motion = tracks.motion.replace(one, mended)


def _traceable(tracks: Tracks, time_s: float) -> Mask:
    """(T,) missed in a frame at least, not for too long, and not across a cut."""
    recent = time_s - tracks.seen_s <= HORIZON_S
    return np.asarray(recent & tracks.in_shot)


def hide(
    tracks: Tracks, memory: Memory, matched: Mask, time_s: float, dt_s: float, net: OffsetNet
) -> Memory:
    """Tell the unseen where the others say that they are. matched: (T,) seen in this frame.

    memory: of those who were unseen in the last frame; returns that of this one.
    """
    if matched.all():
        return memory.pick(_NOBODY) if len(memory.ids) else memory
    if len(memory.ids):
        memory = _still_unseen(memory, tracks, matched, time_s)
    fresh = _vanished(tracks, matched, time_s, dt_s)
    if len(fresh):
        last, since_s = bx.to_states(tracks.last_box[fresh]), tracks.seen_s[fresh]
        new = Memory.of(fresh, last, since_s, tracks.history, tracks.ids, net)
        memory = memory.join(new)
    if not len(memory.ids):
        return memory
    trusted = _asked(memory.since_s, time_s, dt_s)
    if trusted.any():
        trusted &= net.opens(time_s - memory.since_s)
    if trusted.any():
        told = memory if trusted.all() else memory.pick(trusted)
        now = tracks.history.places[:, -1]
        place, std = told.answer(net, time_s, tracks.ids, now, matched)
        rows = np.searchsorted(tracks.ids, told.ids)
        part = kalman.redirect(tracks.motion.pick(rows), place, std, dt_s)
        tracks.motion = tracks.motion.replace(rows, part)
        tracks.history.note(rows, place, seen=False)
    return memory


def _vanished(tracks: Tracks, matched: Mask, time_s: float, dt_s: float) -> Ints:
    """Rows of those who by now have been missed for longer than a slip of the detector."""
    gap_s = time_s - tracks.seen_s
    just = ~matched & (gap_s > _SLIP_S) & (gap_s - dt_s <= _SLIP_S)
    return np.flatnonzero(just & tracks.in_shot) if just.any() else _NOBODY


def _asked(since_s: Doubles, time_s: float, dt_s: float) -> Mask:
    """(M,) whose place is asked for in this frame: at first in all, then every `_ASK_S`."""
    if int(time_s / _ASK_S) != int((time_s - dt_s) / _ASK_S):
        return np.ones(len(since_s), bool)
    return np.asarray(time_s - since_s <= _AT_FIRST_S)


def _still_unseen(memory: Memory, tracks: Tracks, matched: Mask, time_s: float) -> Memory:
    """Without those who were found, have ended, or have been away for longer than was learned."""
    if not len(tracks):
        return memory.pick(np.zeros(0, np.int64))
    row = np.minimum(np.searchsorted(tracks.ids, memory.ids), len(tracks) - 1)
    kept = (tracks.ids[row] == memory.ids) & ~matched[row] & tracks.in_shot[row]
    kept &= time_s - memory.since_s <= HORIZON_S
    return memory if kept.all() else memory.pick(kept)
