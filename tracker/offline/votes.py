"""What the clean pictures of tracklets say of their names, and the numbers read on their shirts,
summed by votes as in `vote_stream.py`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tracker.identity.guessed_numbers import Guesses
from tracker.identity.jersey_likelihood import log_likelihood
from tracker.identity.number_evidence import independent_shares
from tracker.identity.roster_rules import RosterRules
from tracker.identity.vote_stream import limited, vote_weight
from tracker.offline.crops import Crops
from tracker.settings import IdentitySettings
from tracker.tracking.traces import Tracklet
from tracker.types import Doubles, Ints, Readings


@dataclass(frozen=True, slots=True, eq=False)
class Votes:
    """All V votes of some tracklets, in order. tracklet: (V,) whose; first, last: (V,) frames of
    its crops; crops: (V,) how many; nats: (V, P + 1) what they say together.
    """

    tracklet: Ints
    first: Ints
    last: Ints
    crops: Ints
    nats: Doubles

    def summed(self, count: int, settings: IdentitySettings) -> tuple[Doubles, Ints]:
        """(N, P + 1) what the votes of each of `count` tracklets are worth together and (N,) how
        many there are."""
        total = np.zeros((count, self.nats.shape[1]))
        np.add.at(total, self.tracklet, self.nats)
        counts = np.bincount(self.tracklet, minlength=count)
        return vote_weight(counts, settings)[:, None] * total, counts


def votes(
    tracklets: Sequence[Tracklet],
    crops: Crops,
    log_likelihoods: Doubles,
    times_s: Doubles,
    settings: IdentitySettings,
) -> Votes:
    """log_likelihoods: (E, P + 1) of every crop, zeros where there is no evidence."""
    clean = [crops.clean(tracklet) for tracklet in tracklets]
    whose = np.repeat(np.arange(len(clean)), [len(frames) for frames, _ in clean])
    none = np.zeros(0, np.int64)
    frames, rows = (np.concatenate([none, *(found[k] for found in clean)]) for k in (0, 1))
    each = log_likelihoods[rows]
    speaks = each.any(axis=1)
    whose, frames, each = whose[speaks], frames[speaks], each[speaks]
    if not len(each):
        return Votes(none, none, none, none, each)
    each = limited(each, settings)
    begun_s = times_s[[tracklet.first for tracklet in tracklets]]
    slot = np.floor((times_s[frames] - begun_s[whose]) / settings.vote_s)
    begins = np.append(True, (np.diff(slot) != 0) | (np.diff(whose) != 0))
    starts, vote = np.flatnonzero(begins), np.cumsum(begins) - 1
    sizes = np.diff(np.append(starts, len(each)))
    nats = each[starts]
    np.add.at(nats, vote[~begins], each[~begins])  # one after the other, as `sum` does
    ends = starts + sizes - 1
    return Votes(whose[starts], frames[starts], frames[ends], sizes, nats / sizes[:, None])


def number_votes(
    tracklets: Sequence[Tracklet],
    read: Sequence[Readings | None],
    times_s: Doubles,
    rules: RosterRules,
) -> tuple[Doubles, Ints]:
    """(N, P + 1) nats and (N,) count of what was read on the clean sightings of each tracklet.

    read: of every frame, at times_s (F,). Readings that follow each other closely count in part, as
    they do online.
    """
    total = np.zeros((len(tracklets), len(rules.number) + 1))
    count = np.zeros(len(tracklets), np.int64)
    by_frame = [None if found is None else log_likelihood(found, rules) for found in read]
    for row, tracklet in enumerate(tracklets):
        nats, shares = _read_on(tracklet, by_frame, times_s)
        if len(shares):
            total[row] = shares @ nats
            count[row] = round(float(shares.sum()))
    return total, count


def guess_votes(
    tracklets: Sequence[Tracklet],
    read: Sequence[Readings | None],
    times_s: Doubles,
    rules: RosterRules,
    settings: IdentitySettings,
) -> Doubles:
    """(N, P + 1) nats of what was half read on the clean sightings of each tracklet.

    Guesses at one track err alike, all of them, so they count as votes of one stretch do.
    """
    guesses = Guesses.of(read, rules)
    by_frame = [None if found is None else guesses.log_likelihood(found.digits) for found in read]
    total, worth = np.zeros((len(tracklets), len(rules.number) + 1)), np.zeros(len(tracklets))
    for row, tracklet in enumerate(tracklets):
        nats, shares = _read_on(tracklet, by_frame, times_s)
        if len(shares):
            total[row], worth[row] = shares @ nats, shares.sum()
    _, track = np.unique([tracklet.track for tracklet in tracklets], return_inverse=True)
    every = np.bincount(track, worth)[track]
    return vote_weight(every, settings)[:, None] * total


def _read_on(
    tracklet: Tracklet, by_frame: Sequence[Doubles | None], times_s: Doubles
) -> tuple[Doubles, Doubles]:
    """(n, P + 1) nats of the clean sightings of which something is said, and (n,) how much each
    counts."""
    where = zip(tracklet.frames[tracklet.clean], tracklet.detections[tracklet.clean], strict=True)
    crops = [(i, frame[j]) for i, j in where if (frame := by_frame[i]) is not None]
    speaking = [(i, nats) for i, nats in crops if nats.any()]
    if not speaking:
        return np.zeros((0, 0)), np.zeros(0)
    shares = independent_shares(times_s[[i for i, _ in speaking]])
    return np.array([nats for _, nats in speaking]), shares
