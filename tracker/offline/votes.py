"""What the clean pictures of pieces say of their names, summed by votes as in `posterior.py`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from tracker.identity import posterior
from tracker.offline.crops import Crops
from tracker.settings import IdentitySettings
from tracker.tracking.traces import Piece
from tracker.types import Doubles, Ints


def votes(
    pieces: Sequence[Piece],
    crops: Crops,
    said: Doubles,
    times_s: Doubles,
    settings: IdentitySettings,
) -> tuple[Doubles, Ints]:
    """(N, P + 1) what the votes of each piece are worth together and (N,) how many there were.

    said: (E, P + 1) of every crop, zeros where there is no evidence.
    """
    total, count = np.zeros((len(pieces), said.shape[1])), np.zeros(len(pieces), np.int64)
    for row, piece in enumerate(pieces):
        for _, vote in ballots(piece, crops, said, times_s, settings):
            total[row] += vote
            count[row] += 1
    return posterior.worth(count, settings)[:, None] * total, count


def ballots(
    piece: Piece, crops: Crops, said: Doubles, times_s: Doubles, settings: IdentitySettings
) -> Iterator[tuple[Ints, Doubles]]:
    """Every vote of a piece: (n,) the frames of its crops, and (P + 1,) what they say together."""
    frames, rows = crops.clean(piece)
    each = said[rows]
    speaks = each.any(axis=1)
    if not speaks.any():
        return
    frames, each = frames[speaks], posterior.limited(each[speaks], settings)
    slot = np.floor((times_s[frames] - times_s[piece.first]) / settings.vote_s)
    edges = np.flatnonzero(np.diff(slot)) + 1
    for start, end in zip([0, *edges.tolist()], [*edges.tolist(), len(slot)], strict=True):
        yield frames[start:end], each[start:end].mean(axis=0)
