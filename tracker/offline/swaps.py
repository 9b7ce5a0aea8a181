"""Two tracks that met may have swapped: decided by how they look before and after.

At the end of every ambiguous encounter the clean pictures of both tracks before it are compared
with those after it, all of the shot in which they met. How much that is worth the video tells
itself: pairs of tracks that did not meet show how far such a comparison comes out for people who
stayed who they are. Tracks are rewritten only where swapping is clearly likelier (METHODS T5,
ambiguity windows).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tracker.tracking.traces import Trace
from tracker.types import Doubles, Floats, Ints, Observation, TrackedFrame

COMPARED_S = 2.0
"""Pictures this long before and after an encounter are compared."""
SWAP_NATS = 1.0
"""A swap must be likelier than none by this much, the margin of the matches counted in."""
_APART_S = 0.5  # ambiguous matches of two tracks closer together are one encounter
_FEWEST = 3  # clean pictures on each of the four sides
_SAMPLES = 2000  # pairs of tracks that calibrate the comparison
_FEWEST_SAMPLES = 50


@dataclass(frozen=True, slots=True)
class Encounter:
    """Two tracks that may be mixed up from frame `first` to `last` of a list, most at frame
    `worst`, by `margin` nats."""

    tracks: tuple[int, int]
    first: int
    last: int
    worst: int
    margin: float


def undo_swaps(
    frames: Sequence[TrackedFrame],
    traces: Sequence[Trace],
    seen: Sequence[Observation],
    ambiguity_nats: float,
) -> tuple[list[TrackedFrame], list[Trace]]:
    """Frames and traces with the ids of tracks exchanged after encounters at which people swapped.

    ambiguity_nats: the margin below which a match is ambiguous.
    """
    times_s = np.array([frame.time_s for frame in frames])
    shots = np.array([frame.shot for frame in frames])
    appearance = _Appearance(traces, seen, times_s, shots)
    usual, spread = appearance.calibrate()
    new_id: dict[int, int] = {}
    swaps: list[tuple[int, int, int]] = []
    for encounter in encounters(traces, times_s, shots, ambiguity_nats):
        difference = appearance.compare(
            *encounter.tracks, times_s[encounter.first], times_s[encounter.last]
        )
        if (
            difference is not None
            and -2 * usual * difference / spread**2 - encounter.margin > SWAP_NATS
        ):
            swaps.append((encounter.worst, *encounter.tracks))
    swaps.sort()
    done_frames, done_traces = list(frames), list(traces)
    for i in range(len(frames)):
        while swaps and swaps[0][0] <= i:
            _, a, b = swaps.pop(0)
            new_id[a], new_id[b] = new_id.get(b, b), new_id.get(a, a)
        if new_id:
            done_frames[i] = replace(frames[i], track_ids=_mapped(frames[i].track_ids, new_id))
            tracks, rivals = (_mapped(ids, new_id) for ids in (traces[i].tracks, traces[i].rivals))
            done_traces[i] = replace(traces[i], tracks=tracks, rivals=rivals)
    return done_frames, done_traces


def _mapped(ids: Ints, new_id: dict[int, int]) -> Ints:
    return np.array([new_id.get(i, i) for i in ids.tolist()], np.int64)


def encounters(
    traces: Sequence[Trace], times_s: Doubles, shots: Ints, ambiguity_nats: float
) -> Iterator[Encounter]:
    """All ambiguous encounters, in the order of their ends; none lasts over a cut."""
    ambiguous: dict[tuple[int, int], list[tuple[int, float]]] = {}
    for i, trace in enumerate(traces):
        for row in trace.ambiguous(ambiguity_nats):
            track, other = int(trace.tracks[row]), int(trace.rivals[row])
            pair = (min(track, other), max(track, other))
            ambiguous.setdefault(pair, []).append((i, float(trace.margins[row])))
    found = []
    for pair, matches in ambiguous.items():
        place = np.array([i for i, _ in matches])
        apart = (np.diff(times_s[place]) > _APART_S) | (np.diff(shots[place]) > 0)
        for part in np.split(np.arange(len(matches)), np.flatnonzero(apart) + 1):
            margin, worst = min((matches[k][1], matches[k][0]) for k in part)
            first, last = int(place[part[0]]), int(place[part[-1]])
            found.append(Encounter(pair, first, last, worst, max(margin, 0.0)))
    yield from sorted(found, key=lambda m: (m.last, m.first, m.tracks))


class _Appearance:
    """Pictures of every track, by time. times_s, shots: (F,) as in TrackedFrame."""

    def __init__(
        self, traces: Sequence[Trace], seen: Sequence[Observation], times_s: Doubles, shots: Ints
    ) -> None:
        found: dict[int, list[tuple[float, Floats]]] = {}
        for trace, observation, time_s in zip(traces, seen, times_s.tolist(), strict=True):
            if observation.embeddings.shape[1]:
                for row in np.flatnonzero(trace.shown):
                    embedding = observation.embeddings[trace.detections[row]]
                    if np.isfinite(embedding).all():
                        found.setdefault(int(trace.tracks[row]), []).append((time_s, embedding))
        self._times = {t: np.array([s for s, _ in embeddings]) for t, embeddings in found.items()}
        self._embeddings = {
            t: np.array([embedding for _, embedding in embeddings])
            for t, embeddings in found.items()
        }
        self._end_s = float(times_s[-1]) if len(times_s) else 0.0
        begins = np.flatnonzero(np.diff(shots)) + 1  # of all shots but the first
        self._begin_s = (times_s[begins - 1] + times_s[begins]) / 2

    def compare(self, track_a: int, track_b: int, first_s: float, last_s: float) -> float | None:
        """Appearance score of each with themselves less to the other, over an encounter; None: too
        few pictures.

        Other shots have another light and other views, and who was found again in one by their
        appearance is no witness of what happened here.
        """
        begin_s, end_s = self._shot(first_s)
        if last_s >= end_s:
            return None
        before = max(first_s - COMPARED_S, begin_s), first_s
        after = last_s, min(last_s + COMPARED_S, end_s)
        sides = [
            self._mean(track, *span) for track in (track_a, track_b) for span in (before, after)
        ]
        if any(side is None for side in sides):
            return None
        a, after_a, b, after_b = (np.asarray(side) for side in sides)
        return float(a @ after_a + b @ after_b - a @ after_b - b @ after_a)

    def _shot(self, time_s: float) -> tuple[float, float]:
        """When the shot of this time begins and when it ends, between two frames."""
        edges = np.concatenate([[-np.inf], self._begin_s, [np.inf]])
        place = int(np.searchsorted(edges, time_s, side="right"))
        return float(edges[place - 1]), float(edges[place])

    def _mean(self, track: int, low_s: float, high_s: float) -> Doubles | None:
        if track not in self._times:
            return None
        here = (self._times[track] > low_s) & (self._times[track] < high_s)
        if here.sum() < _FEWEST:
            return None
        mean = self._embeddings[track][here].mean(axis=0).astype(np.float64)
        return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-9))

    def calibrate(self) -> tuple[float, float]:
        """Mean and spread of `compare` for people who are who they were; (0, 1): not known."""
        rng = np.random.default_rng(0)
        tracks = np.array(sorted(self._times))
        if len(tracks) < 2:
            return 0.0, 1.0
        values = []
        for _ in range(_SAMPLES):
            track, other = rng.choice(tracks, 2, replace=False).tolist()
            time_s = rng.uniform(0, self._end_s)
            difference = self.compare(track, other, time_s, time_s + 0.2)
            if difference is not None:
                values.append(difference)
        if len(values) < _FEWEST_SAMPLES:
            return 0.0, 1.0
        return max(float(np.mean(values)), 0.0), max(float(np.std(values)), 0.05)
