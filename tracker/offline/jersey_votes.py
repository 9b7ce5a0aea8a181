"""What was read on the shirts of whole tracklets."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tracker.identity.jersey_likelihood import nats
from tracker.identity.roster_rules import Rules
from tracker.tracking.traces import Piece
from tracker.types import Doubles, Ints, Readings


def votes(
    pieces: Sequence[Piece], read: Sequence[Readings | None], rules: Rules
) -> tuple[Doubles, Ints]:
    """(N, P + 1) nats and (N,) count of what was read on the clean sightings of each piece.

    read: of every frame.
    """
    total = np.zeros((len(pieces), len(rules.number) + 1))
    count = np.zeros(len(pieces), np.int64)
    told = [None if one is None else nats(one, rules) for one in read]
    for row, piece in enumerate(pieces):
        where = zip(piece.frames[piece.clean], piece.detections[piece.clean], strict=True)
        said = [
            crop for i, j in where if (heard := told[i]) is not None and (crop := heard[j]).any()
        ]
        total[row] = np.sum(said, axis=0) if said else 0.0
        count[row] = len(said)
    return total, count
