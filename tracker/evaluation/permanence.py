"""Do we know where a player is while nobody sees them?

A hidden player's prediction is that of the track which covered them when they were last seen, so
these scores judge the prediction; the name on the track is judged elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tracker.evaluation.baselines import BASELINES, Guess
from tracker.evaluation.boxes import Boxes, Mask
from tracker.evaluation.ground_truth_tracks import GroundTruthTracks, TrackRows, live
from tracker.output.table import TrackTable
from tracker.types import Doubles, Ints, Visibility

NEAR = 0.5  # body heights
BINS_25 = (5, 15, 45, 90)
"""Upper ends of the gap bins, in frames at 25 a second; other rates are converted."""
BIN_LABELS = ("1-5", "6-15", "16-45", "46-90", ">90")
ELLIPSES = {0.5: -2 * np.log(0.5), 0.9: -2 * np.log(0.1)}
"""Share of a 2-D normal inside -> squared Mahalanobis radius (chi-squared, 2 degrees)."""
HISTORY_S = 2.0
TRACKER = "tracker"


@dataclass(frozen=True, slots=True, eq=False)
class Guesses:
    """Predictions for hidden rows. error: (H,) centre error in body heights, inf without any
    prediction. radius2: (H,) squared Mahalanobis distance, NaN where no uncertainty is given."""

    error: Doubles
    radius2: Doubles

    @property
    def recall(self) -> float:
        """Share of hidden rows predicted within half a body height."""
        return _mean(self.error < NEAR)

    @property
    def missing(self) -> float:
        """Share of hidden rows without a prediction."""
        return _mean(~np.isfinite(self.error))

    def coverage(self, share: float) -> float:
        """Share of the predictions whose ellipse of `share` holds the truth; NaN without any."""
        given = np.isfinite(self.radius2)
        return _mean(self.radius2[given] <= ELLIPSES[share])

    def quantile(self, share: float, rows: Mask) -> float:
        """Quantile of the error over some rows; a missing prediction counts as infinitely far."""
        errors = np.sort(self.error[rows])
        if not len(errors):
            return float("nan")
        return float(errors[min(len(errors) - 1, int(np.ceil(share * len(errors))) - 1)])


@dataclass(frozen=True, slots=True, eq=False)
class PermanenceScores:
    """One sequence, or several put together.

    gap: (H,) how long each hidden row's player has been hidden, frames at 25 a second. guesses: by
    who guessed, "tracker" first, then BASELINES. states: (3, 3) counts, truth by result, in the
    order of Visibility; a track that is gone counts as absent.
    """

    gap: Doubles
    guesses: Mapping[str, Guesses]
    states: Ints

    @property
    def ghosts(self) -> float:
        """Share of the frames a player is truly out in which their track claims they are there."""
        out = self.states[Visibility.ABSENT]
        claimed = out[Visibility.VISIBLE] + out[Visibility.OCCLUDED]
        return float(claimed / out.sum()) if out.sum() else float("nan")

    def bins(self) -> list[Mask]:
        """For each of BIN_LABELS, which hidden rows fall into it."""
        index = np.searchsorted(BINS_25, self.gap - 1e-9)
        return [index == i for i in range(len(BIN_LABELS))]


def score_permanence(
    truth: Boxes, hidden: Mask, table: TrackTable, first: int, last: int, fps: float
) -> PermanenceScores:
    """Score frames `first` to `last`. hidden: (N,) over the truth's rows: nobody sees them there.

    A person without a truth row in a frame is out of view there. Frames before they are first seen
    do not count.
    """
    inside = (truth.frames >= first) & (truth.frames <= last)
    truth, hidden = truth.take(inside), hidden[inside]
    rows = TrackRows(table, first, last)
    living = live(truth, hidden, rows, last)
    states = np.zeros((3, 3), np.int64)
    claimed = np.where(living.track_row >= 0, rows.state[living.track_row], Visibility.ABSENT)
    np.add.at(states, (living.state, claimed), 1)
    unseen = living.take(living.state == Visibility.OCCLUDED)
    target = unseen.truth_row
    centre, std = rows.prediction(unseen.track_row)
    guesses = {TRACKER: _guesses(truth, target, centre, std)}
    for name, baseline in BASELINES.items():
        guesses[name] = _guesses(truth, target, *_query(baseline, truth, hidden, unseen, fps))
    gap = (unseen.frames - unseen.last_seen) * 25 / fps
    return PermanenceScores(gap.astype(np.float64), guesses, states)


def _query(
    baseline: Callable[[Ints, Doubles, Ints, float], Guess],
    truth: Boxes,
    hidden: Mask,
    unseen: GroundTruthTracks,
    fps: float,
) -> Guess:
    """The baseline's guess for every hidden row, from the truth's boxes before the gap."""
    centre, std = np.zeros((len(unseen.frames), 2)), np.zeros((len(unseen.frames), 2))
    gaps = np.unique(np.stack([unseen.person, unseen.last_seen], axis=1), axis=0)
    for person, seen in gaps.tolist():
        matching = (unseen.person == person) & (unseen.last_seen == seen)
        recent = (truth.frames <= seen) & (truth.frames > seen - HISTORY_S * fps)
        past = np.flatnonzero((truth.ids == person) & ~hidden & recent)
        guess = baseline(truth.frames[past], truth.corners[past], unseen.frames[matching], fps)
        centre[matching], std[matching] = guess
    return centre, std


def _guesses(truth: Boxes, target: Ints, centre: Doubles, std: Doubles) -> Guesses:
    off = centre - truth.centres[target]
    error = np.linalg.norm(off, axis=1) / truth.heights[target]
    radius2 = np.square(off / np.maximum(std, 1e-9)).sum(axis=1)
    return Guesses(np.nan_to_num(error, nan=np.inf), radius2)


def pool_permanence(scores: Sequence[PermanenceScores]) -> PermanenceScores:
    """All hidden rows of several sequences together."""
    guesses = {
        name: Guesses(
            np.concatenate([s.guesses[name].error for s in scores]),
            np.concatenate([s.guesses[name].radius2 for s in scores]),
        )
        for name in scores[0].guesses
    }
    states = np.sum([s.states for s in scores], axis=0)
    return PermanenceScores(np.concatenate([s.gap for s in scores]), guesses, states)


def _mean(values: Mask) -> float:
    return float(values.mean()) if len(values) else float("nan")
