"""The offset net proves itself: visible players are hidden on paper, and both guesses are scored.

The net was trained under the panning cameras of four sports; elsewhere it may be worse than the
motion filter alone. So every second, and every ten once it is known, a few visible tracks are
remembered as if they vanished then. At the end of each gap bin, where the track is detected, what
the net says and what the coasting filter says is compared with where it is. With n probes of a bin
and mean squared errors f and m, the log-likelihood ratio of two Gaussians fitted to the errors is
n log(f / m); with a prior for the net, for it was validated, the better one is used for truly
hidden players (prequential model choice, Dawid 1984). A bin without enough probes of its own, as
the first is at ten frames a second, goes by the mean of the others. Nothing of it touches a track.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from tracker import boxes as bx
from tracker.settings import MotionSettings
from tracker.tracking.hidden_tracks import HiddenTracks
from tracker.tracking.occlusion_net import BINS, GAP_BINS_S, OffsetNet
from tracker.tracking.tracks import VISIBLE, Tracks
from tracker.types import Doubles, Ints, Mask, Observation

_EVERY_S, _LATER_S = 1.0, 10.0  # so often tracks are hidden on paper, at first and once it is known
_AT_ONCE, _KNOWN = 8, 60  # so many at once; probes of the first bins after which it is known
_SEEN_S = 0.3  # who was seen for less has no past to go by
_ENOUGH = 24  # probes of a bin before they count
_WORTH = 0.25  # probes of one moment and one track go together: four are worth one
_PRIOR_NATS = 2.0  # for the net
_FARTHEST = 1.0  # heights: farther off is as bad, so that one mix-up decides nothing
_MIN = 1e-4  # squared heights: nobody's place is known better
_BIN_ENDS_S = np.array(GAP_BINS_S[1:])


@dataclass(slots=True, eq=False)
class _Trial:
    """Tracks hidden on paper at `since_s`. coasting: (2, n, 2) their places and speeds by the
    filter, see `kalman.decay`. bins_done: how many gap bins are done; at_s: up to when
    `coasting` has gone; camera: (2, 3) affine from the first frame of the shot to that moment."""

    hidden: HiddenTracks
    coasting: Doubles
    since_s: float
    at_s: float
    camera: Doubles
    bins_done: int = 0


class Probes:
    """Of one run. net, settings: what is tested."""

    def __init__(self, net: OffsetNet, settings: MotionSettings) -> None:
        self._net, self._latest, self._settings = net, net, settings
        self._trials: list[_Trial] = []
        self._next_s, self._last_id = -np.inf, 0
        self._camera = np.eye(2, 3)  # from the first frame to this one
        self.counts = np.zeros(BINS, np.int64)
        self.squares = np.zeros((BINS, 2))  # sums, heights: of the net, of the filter

    def step(self, tracks: Tracks, seen: Observation, rows: Ints) -> OffsetNet:
        """After a frame in which the tracks `rows` were seen: the net, open where it is trusted."""
        if seen.cut:
            self._trials, self._camera = [], np.eye(2, 3)
        elif not bx.is_still(seen.camera):
            self._camera = bx.chain(seen.camera, self._camera)
        tested = False
        for trial in self._trials:
            if seen.time_s - trial.since_s >= _BIN_ENDS_S[trial.bins_done] - 1e-9:
                self._compare(trial, tracks, rows, seen.time_s)
                tested = True
        if tested:
            self._trials = [t for t in self._trials if t.bins_done < BINS and len(t.hidden.ids)]
            self._latest = self.selected()
        if seen.time_s >= self._next_s:
            known = self.counts.max() >= _KNOWN
            self._next_s = seen.time_s + (_LATER_S if known else _EVERY_S)
            self._begin(tracks, rows, seen.time_s)
        return self._latest

    def selected(self) -> OffsetNet:
        """The net with the gap bins closed in which the filter did better."""
        is_open = self._net.is_open & (self.weights() >= 0.5)
        return replace(self._net, is_open=is_open)

    def weights(self) -> Doubles:
        """(BINS,) probability that the net is the better guess; where unknown, as elsewhere."""
        mean = self.squares / np.maximum(self.counts, 1)[:, None] + _MIN
        evidence = _WORTH * self.counts * np.log(mean[:, 1] / mean[:, 0])
        known = self.counts >= _ENOUGH
        if known.any():  # ten frames a second have no first bin: it is as the others are
            evidence = np.where(known, evidence, evidence[known].mean())
        nats = _PRIOR_NATS + evidence * known.any()
        return np.asarray(1 / (1 + np.exp(-np.minimum(np.maximum(nats, -30), 30))))

    def summary(self) -> list[dict[str, float | int]]:
        """For each gap bin: its end, probes, both errors (root mean square, heights), the weight
        of the net and whether it is asked."""
        errors = np.sqrt(self.squares / np.maximum(self.counts, 1)[:, None])
        columns = self.counts, errors[:, 0], errors[:, 1], self.weights(), self.selected().is_open
        return [
            {
                "gap_s": end,
                "probes": int(n),
                "net_heights": round(float(net), 4),
                "filter_heights": round(float(kalman), 4),
                "net_weight": round(float(weight), 4),
                "net_used": bool(used),
            }
            for end, n, net, kalman, weight, used in zip(GAP_BINS_S[1:], *columns, strict=True)
        ]

    def _begin(self, tracks: Tracks, rows: Ints, time_s: float) -> None:
        """Hide the next few on paper, in turn by their ids."""
        long_seen = (tracks.visibility == VISIBLE) & (time_s - tracks.first_s >= _SEEN_S)
        chosen = rows[(long_seen & tracks.confirmed)[rows]]
        if not len(chosen):
            return
        later = tracks.ids[chosen] > self._last_id
        chosen = chosen[np.lexsort((tracks.ids[chosen], ~later))][:_AT_ONCE]
        self._last_id = int(tracks.ids[chosen[-1]])
        chosen = np.sort(chosen)
        last, since_s = (
            bx.to_states(tracks.last_box[chosen]),
            np.full(len(chosen), time_s),
        )
        hidden = HiddenTracks.of(chosen, last, since_s, tracks.history, tracks.ids, self._net)
        begun = np.stack([tracks.motion.mean[chosen, :2], tracks.motion.mean[chosen, 4:6]])
        self._trials.append(_Trial(hidden, begun, time_s, time_s, self._camera))

    def _compare(self, trial: _Trial, tracks: Tracks, rows: Ints, time_s: float) -> None:
        """Score both guesses for whom of a trial is seen now; go on without who has ended."""
        self._carry(trial, time_s)
        where = np.minimum(np.searchsorted(tracks.ids, trial.hidden.ids), len(tracks) - 1)
        there = tracks.ids[where] == trial.hidden.ids
        matched: Mask = np.zeros(len(tracks), bool)
        matched[rows] = True
        known = there & matched[where]
        place = trial.bins_done
        while (
            trial.bins_done < BINS and time_s - trial.since_s >= _BIN_ENDS_S[trial.bins_done] - 1e-9
        ):
            place, trial.bins_done = trial.bins_done, trial.bins_done + 1
        if known.any() and time_s - trial.since_s <= 1.5 * _BIN_ENDS_S[place]:
            queried = trial.hidden if known.all() else trial.hidden.pick(known)
            now = tracks.history.present
            offsets, _ = queried.answer(self._net, time_s, tracks.ids, now, matched)
            true = tracks.last_box[where[known]]
            away = np.stack([offsets[:, :2], trial.coasting[0, known]]) - bx.centres(true)
            off = np.sqrt((away * away).sum(axis=2)) / np.maximum(bx.heights(true), 1.0)
            self.squares[place] += np.square(np.minimum(off, _FARTHEST)).sum(axis=1)
            self.counts[place] += len(true)
        if not there.all():
            trial.hidden, trial.coasting = trial.hidden.pick(there), trial.coasting[:, there]

    def _carry(self, trial: _Trial, time_s: float) -> None:
        """To the present frame: the camera first, then the coasting."""
        (place, speed), shift = trial.coasting, np.zeros(2)
        if not (bx.is_still(self._camera) and bx.is_still(trial.camera)):
            since = bx.chain(self._camera, bx.inverse(trial.camera))
            trial.hidden.move(since)
            (place, speed), shift = trial.coasting @ since[:, :2].T, since[:, 2]
        dt_s, coast_s = time_s - trial.at_s, self._settings.coast_s
        place = place + (shift - coast_s * np.expm1(-dt_s / coast_s) * speed)
        trial.coasting = np.stack([place, speed * np.exp(-dt_s / coast_s)])
        trial.at_s, trial.camera = time_s, self._camera
