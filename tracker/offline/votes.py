"""What the clean pictures of tracklets say of their names, and the numbers read on their shirts,
summed by votes as in `posterior.py`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from tracker.identity import posterior
from tracker.identity.jersey_likelihood import log_likelihood
from tracker.identity.roster_rules import RosterRules
from tracker.offline.crops import Crops
from tracker.settings import IdentitySettings
from tracker.tracking.traces import Tracklet
from tracker.types import Doubles, Ints, Readings


def votes(
    tracklets: Sequence[Tracklet],
    crops: Crops,
    log_likelihoods: Doubles,
    times_s: Doubles,
    settings: IdentitySettings,
) -> tuple[Doubles, Ints]:
    """(N, P + 1) what the votes of each tracklet are worth together and (N,) how many there were.

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


def number_votes(
    tracklets: Sequence[Tracklet], read: Sequence[Readings | None], rules: RosterRules
) -> tuple[Doubles, Ints]:
    """(N, P + 1) nats and (N,) count of what was read on the clean sightings of each tracklet.

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
