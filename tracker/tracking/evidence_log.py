"""What was said for and against every name, kept while a run goes on: votes, ambiguous matches,
beliefs.

Nothing here decides anything. `OnlineEvidence` listens to the online tracker, `SecondPassEvidence`
to the second pass; both give an `EvidenceLog`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tracker.identity.posterior import Beliefs
from tracker.settings import IdentitySettings
from tracker.tracking.traces import Trace
from tracker.types import FIRST_ANCHORS, NUMBERS, PICTURES, Doubles, EvidenceLog, Floats, Ints


class OnlineEvidence:
    """Hears the votes of an OnlineTracker as they close and its ambiguous matches as they come."""

    def __init__(
        self, players: int, settings: IdentitySettings, ambiguity_nats: float, sources: int = 0
    ) -> None:
        self._names = players + 1
        self._settings = settings
        self._ambiguity_nats = ambiguity_nats
        # by stream and track id: first and last frame of its open vote
        self._spans = np.full((1 + sources, 2, 64), -1)
        self._votes: list[tuple[Ints, Ints, Floats, int]] = []
        self._beliefs: list[tuple[Ints, Floats]] = []
        self._ambiguous: list[Ints] = []
        self._margins: list[Doubles] = []

    def vote(
        self, ids: Ints, rows: Ints, held: tuple[Doubles, Ints], beliefs: Beliefs, index: int,
        stream: int = 0,
    ) -> None:  # fmt: skip
        """Crops of frame `index` were taken by the tracks in `rows`, or anchors; ids: (T,) of all
        tracks.

        held: the `vote` and `crops` of those rows before, in the stream. Where a new vote was
        begun, what was held is a vote that has ended, and the belief is what it made of it.
        """
        tracks = ids[rows]
        self._make_room(int(tracks.max(initial=0)))
        opened = beliefs.streams[stream].crops[rows] == 1
        closed = (opened & (held[1] > 0)).nonzero()[0]
        if len(closed):
            log = beliefs.pick(rows[closed]).finished(self._settings)
            self._close_votes(tracks[closed], held[0][closed], held[1][closed], log, stream)
        self._spans[stream, 0, tracks[opened]] = index
        self._spans[stream, 1, tracks] = index

    def add_readings(
        self, tracks: Ints, log_likelihoods: Doubles, log: Doubles, index: int
    ) -> None:
        """Shirt numbers were read in frame `index`: (M,) track ids, each a vote of its own.

        log_likelihoods: (M, P + 1) what they say; log: (M, P + 1) what is believed since.
        """
        here = np.full(len(tracks), index)
        spans = np.column_stack([tracks, here, here])
        self._votes.append(
            (spans, np.ones(len(tracks), np.int64), log_likelihoods.astype(np.float32), NUMBERS)
        )
        self._add_belief(spans, log)

    def add_gap(self, tracks: Ints, before: Beliefs, log: Doubles, index: int) -> None:
        """The tracks with these (M,) ids were found again after a gap: their votes end.

        log: (M, P + 1) what is believed since, because they may be somebody else.
        """
        self.close(tracks, before)
        here = np.full(len(tracks), index)
        self._add_belief(np.column_stack([tracks, here, here]), log)

    def close(self, tracks: Ints, beliefs: Beliefs) -> None:
        """The tracks with these (M,) ids will say no more; their open votes end."""
        for number, stream in enumerate(beliefs.streams):
            rows = np.flatnonzero(stream.crops > 0)
            log = beliefs.pick(rows).current(self._settings)
            self._close_votes(tracks[rows], stream.vote[rows], stream.crops[rows], log, number)

    def add_ambiguous(self, trace: Trace, index: int) -> None:
        """Keep the matches of frame `index` that could as well have been a swap."""
        found = trace.ambiguous(self._ambiguity_nats)
        if len(found):
            self._ambiguous.append(_ambiguous_matches(trace, found, index))
            self._margins.append(trace.margins[found])

    def evidence_log(self) -> EvidenceLog:
        """All that was heard so far, the votes that are still open left out."""
        none, nothing = np.zeros((0, 3), np.int64), np.zeros((0, self._names), np.float32)
        return EvidenceLog(
            vote_spans=np.concatenate([none, *(part[0] for part in self._votes)]),
            crops=np.concatenate([none[:, 0], *(part[1] for part in self._votes)]),
            nats=np.concatenate([nothing, *(part[2] for part in self._votes)]),
            sources=np.concatenate(
                [none[:, 0], *(np.full(len(part[1]), part[3]) for part in self._votes)]
            ),
            ambiguous_matches=np.concatenate([none, *self._ambiguous]),
            margins=np.concatenate([nothing[:, 0], *self._margins]).astype(np.float32),
            belief_spans=np.concatenate([none, *(part[0] for part in self._beliefs)]),
            probabilities=np.concatenate([nothing, *(part[1] for part in self._beliefs)]),
        )

    def _close_votes(
        self, tracks: Ints, vote: Doubles, crops: Ints, log: Doubles, stream: int
    ) -> None:
        spans = np.column_stack([tracks, *self._spans[stream][:, tracks]])
        mean = (vote / crops[:, None]).astype(np.float32)
        self._votes.append((spans, crops, mean, source_of(stream)))
        self._add_belief(spans, log)

    def _add_belief(self, spans: Ints, log: Doubles) -> None:
        probabilities = np.exp(log - np.logaddexp.reduce(log, axis=1, keepdims=True))
        self._beliefs.append((spans, probabilities.astype(np.float32)))

    def _make_room(self, highest: int) -> None:
        missing = highest + 1 - self._spans.shape[2]
        if missing > 0:
            room = max(missing, self._spans.shape[2])
            self._spans = np.pad(self._spans, ((0, 0), (0, 0), (0, room)), constant_values=-1)


def source_of(stream: int) -> int:
    """As in EvidenceLog, of a stream of `Beliefs`."""
    return PICTURES if stream == 0 else FIRST_ANCHORS + stream - 1


@dataclass(frozen=True, slots=True, eq=False)
class AmbiguousMatches:
    """Matches that a swap would nearly have beaten. rows: (D, 3) frame, track, rival; margins:
    (D,) nats."""

    rows: Ints
    margins: Floats

    @classmethod
    def of(cls, index: Ints, traces: Sequence[Trace], nats: float) -> AmbiguousMatches:
        """index: (F,) of the frames of these traces."""
        found = [(i, t, t.ambiguous(nats)) for i, t in zip(index.tolist(), traces, strict=True)]
        rows = [
            np.zeros((0, 3), np.int64),
            *(_ambiguous_matches(t, ambiguous, i) for i, t, ambiguous in found),
        ]
        margins = [np.zeros(0), *(t.margins[ambiguous] for _, t, ambiguous in found)]
        return cls(np.concatenate(rows), np.concatenate(margins).astype(np.float32))


def _ambiguous_matches(trace: Trace, rows: Ints, index: int) -> Ints:
    """(n, 3) frame, track, rival."""
    return np.column_stack([np.full(len(rows), index), trace.tracks[rows], trace.rivals[rows]])
