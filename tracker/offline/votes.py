"""What the clean pictures of pieces say of their names, summed by votes as in `posterior.py`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from tracker.identity import posterior
from tracker.offline.crops import Crops
from tracker.settings import IdentitySettings
from tracker.tracking.traces import Tracklet
from tracker.types import Doubles, Ints


def votes(
    tracklets: Sequence[Tracklet],
    crops: Crops,
    log_likelihoods: Doubles,
    times_s: Doubles,
    settings: IdentitySettings,
) -> tuple[Doubles, Ints]:
    """(N, P + 1) what the votes of each piece are worth together and (N,) how many there were.

    log_likelihoods: (E, P + 1) of every crop, zeros where there is no evidence.
    """
    total, count = (
        np.zeros((len(tracklets), log_likelihoods.shape[1])),
        np.zeros(len(tracklets), np.int64),
    )
    for row, tracklet in enumerate(tracklets):
        for _, vote in tracklet_votes(tracklet, crops, log_likelihoods, times_s, settings):
            total[row] += vote
            count[row] += 1
    return posterior.vote_weight(count, settings)[:, None] * total, count


def tracklet_votes(
    tracklet: Tracklet,
    crops: Crops,
    log_likelihoods: Doubles,
    times_s: Doubles,
    settings: IdentitySettings,
) -> Iterator[tuple[Ints, Doubles]]:
    """Every vote of a tracklet: (n,) the frames of its crops, and (P + 1,) what they say
    together."""
    frames, rows = crops.clean(tracklet)
    each = log_likelihoods[rows]
    speaks = each.any(axis=1)
    if not speaks.any():
        return
    frames, each = frames[speaks], posterior.limited(each[speaks], settings)
    slot = np.floor((times_s[frames] - times_s[tracklet.first]) / settings.vote_s)
    edges = np.flatnonzero(np.diff(slot)) + 1
    for start, end in zip([0, *edges.tolist()], [*edges.tolist(), len(slot)], strict=True):
        yield frames[start:end], each[start:end].mean(axis=0)
