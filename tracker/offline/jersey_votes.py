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
    told = [None if one is None else log_likelihood(one, rules) for one in read]
    for row, tracklet in enumerate(tracklets):
        where = zip(
            tracklet.frames[tracklet.clean], tracklet.detections[tracklet.clean], strict=True
        )
        said = [
            crop for i, j in where if (heard := told[i]) is not None and (crop := heard[j]).any()
        ]
        total[row] = np.sum(said, axis=0) if said else 0.0
        count[row] = len(said)
    return total, count
