"""Where occlusion offsets are applied: who is hidden goes where the others say.

The net that answers is `occlusion_net`, what it is told of the vanished `hidden_tracks`.
"""

from __future__ import annotations

import numpy as np

from tracker import boxes as bx
from tracker.tracking import prediction
from tracker.tracking.hidden_tracks import HiddenTracks
from tracker.tracking.occlusion_net import HORIZON_S, OffsetNet
from tracker.tracking.prediction import SLIP_S
from tracker.tracking.tracks import Tracks
from tracker.types import Doubles, Ints, Mask

_QUERY_S = 0.08  # in between the motion filter goes on as told
_AT_FIRST_S = 0.2
_NO_ROWS = np.zeros(0, np.int64)


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
        prediction.set_position(tracks, rows, place, std, dt_s)
    return hidden


def _vanished(tracks: Tracks, matched: Mask, time_s: float, dt_s: float) -> Ints:
    """Rows of those who by now have been missed for longer than a slip of the detector."""
    gap_s = time_s - tracks.seen_s
    just = ~matched & (gap_s > SLIP_S) & (gap_s - dt_s <= SLIP_S)
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
