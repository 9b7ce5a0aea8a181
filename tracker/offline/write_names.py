"""Names of tracklets written into the rows of all frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tracker.identity.confidence import of_boxes
from tracker.offline.offline_naming import TrackletNames
from tracker.rows import Rows
from tracker.settings import IdentitySettings
from tracker.tracking.traces import Tracklet
from tracker.types import UNKNOWN, Evidence, Ints, Visibility


def relabel(
    rows: Rows, tracklets: Sequence[Tracklet], result: TrackletNames, settings: IdentitySettings
) -> Rows:
    """Every row with the name of its tracklet; between tracklets, of the one before.

    Where two rows of a frame want one name, the one that is seen has it. Who only waited, absent,
    for a name that they have not got is left out: they say nothing.
    """
    tracklet = _tracklet_of_rows(rows, tracklets)
    players = np.where(tracklet >= 0, result.names[tracklet], UNKNOWN)
    wants = np.flatnonzero(players != UNKNOWN)
    sure = result.confidence[tracklet]
    first = wants[np.lexsort((rows.track_ids[wants], -sure[wants], rows.visibility[wants]))]
    names = result.probabilities.shape[1]
    _, winners = np.unique(rows.place[first] * names + players[first], return_index=True)
    named = np.zeros(len(players), bool)
    named[first[winners]] = True
    sure = np.where(result.fixed[tracklet], 1.0, of_boxes(rows.scores)) * sure
    anchored = (result.votes >= settings.anchor_votes)[tracklet]
    why = np.where(anchored, int(Evidence.CARRIED), int(Evidence.SOLVED))
    why = np.where(result.fixed[tracklet], int(Evidence.TOLD), why)
    done = replace(
        rows,
        players=np.where(named, players, UNKNOWN),
        player_confidence=np.where(named, sure, 0.0),
        evidence=np.where(named, why, int(Evidence.NONE)),
    )
    return done.take(named | (rows.visibility != Visibility.ABSENT) | (rows.players == UNKNOWN))


def _tracklet_of_rows(rows: Rows, tracklets: Sequence[Tracklet]) -> Ints:
    """(R,) tracklet of each row, -1 where its track has none."""
    begins = np.array(
        [tracklet.track * len(rows) + tracklet.first for tracklet in tracklets], np.int64
    )
    order = np.argsort(begins)
    tracks = np.append(np.array([tracklets[k].track for k in order.tolist()], np.int64), -1)
    at = np.searchsorted(begins[order], rows.track_ids * len(rows) + rows.place, side="right")
    before, after = np.where(at > 0, at - 1, len(tracklets)), at  # -1 is behind the last
    mine = np.where(tracks[before] == rows.track_ids, before, after)
    return np.where(tracks[mine] == rows.track_ids, np.append(order, -1)[mine], -1)
