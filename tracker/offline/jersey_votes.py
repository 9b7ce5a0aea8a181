"""What was read on the shirts of whole tracklets."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tracker.identity.jersey_likelihood import log_likelihood
from tracker.identity.roster_rules import RosterRules
from tracker.tracking.traces import Tracklet
from tracker.types import Doubles, Ints, Readings


def votes(
    tracklets: Sequence[Tracklet], read: Sequence[Readings | None], rules: RosterRules
) -> tuple[Doubles, Ints]:
    """(N, P + 1) nats and (N,) count of what was read on the clean sightings of each piece.

    read: of every frame.
    """
    total = np.zeros((len(tracklets), len(rules.number) + 1))
    count = np.zeros(len(tracklets), np.int64)
    by_frame = [None if found is None else log_likelihood(found, rules) for found in read]
    for row, tracklet in enumerate(tracklets):
        where = zip(
            tracklet.frames[tracklet.clean], tracklet.detections[tracklet.clean], strict=True
        )
        crops = [frame[j] for i, j in where if (frame := by_frame[i]) is not None]
        readable = [crop for crop in crops if crop.any()]
        total[row] = np.sum(readable, axis=0) if readable else 0.0
        count[row] = len(readable)
    return total, count
