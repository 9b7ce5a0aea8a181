"""Who is who while a run goes on: the votes of a frame on the names of its tracks."""

from __future__ import annotations

import numpy as np

from tracker.court.track_plays import IDLE_NATS
from tracker.identity import continuity, jersey_likelihood, online_naming
from tracker.identity.exclusion import Exclusion
from tracker.identity.roster_rules import RosterRules
from tracker.kits.online_kits import OnlineKits
from tracker.settings import FollowSettings
from tracker.tracking.evidence_log import OnlineEvidence
from tracker.tracking.matching import Matches
from tracker.tracking.online_anchors import NO_SOURCE, OnlineAnchors, Sources
from tracker.tracking.traces import Classify, Trace
from tracker.tracking.tracks import ABSENT, Tracks
from tracker.types import (
    A_PERSON,
    FIRST_ANCHORS,
    NUMBERS,
    PICTURES,
    Doubles,
    EvidenceLog,
    Ints,
    Mask,
    Observation,
)


class OnlineVotes:
    """Lets pictures, shirt numbers and anchors vote, and gives the names of each frame.

    players: how many names there are, 0 where nothing speaks of any. The rest as in OnlineTracker.
    anchors: what it knows of their sources, None without any.
    """

    def __init__(
        self,
        settings: FollowSettings,
        players: int,
        classify: Classify | None,
        evidence: OnlineEvidence | None,
        rules: RosterRules | None,
        sources: Sources | None,
    ) -> None:
        numbered = rules is not None and rules.numbered
        self.players = players if classify or sources or numbered else 0
        self._settings = settings
        self._classify = classify
        self._evidence = evidence if self.players else None
        self._rules = rules if self.players else None
        self.anchors = (
            OnlineAnchors(sources, players, settings.identity) if sources and players else None
        )
        self._exclusion = Exclusion()

    @property
    def sources(self) -> int:
        """How many sources of anchors there are."""
        return len(self.anchors.accuracy.fixed) if self.anchors else 0

    def of_pictures(self, seen: Observation) -> Doubles:
        """(N, P + 1) nats of what the boxes look like."""
        if self._classify is None or not seen.described.any():
            return np.zeros((len(seen.boxes), self.players + 1))
        return self._classify(seen.embeddings)

    def with_anchors(self, likelihoods: Doubles, seen: Observation) -> Doubles:
        """(N, P + 1) nats of pictures, those of anchors added."""
        anchored = self.anchors.likelihoods(seen) if self.anchors else None
        return likelihoods if anchored is None else likelihoods + anchored

    def weaken_found(self, tracks: Tracks, matches: Matches, seen: Observation) -> None:
        """Who is found again after a gap, or in another shot, may be somebody else."""
        if not self.players:
            return
        gap_s = seen.time_s - tracks.seen_s[matches.tracks]
        over_cut = ~tracks.in_shot[matches.tracks]
        lost = (gap_s > continuity.GAP_S) | over_cut
        if not lost.any():
            return
        rows = matches.tracks[lost]
        before = tracks.beliefs.pick(rows)
        odds = continuity.same_identity_log_odds(gap_s[lost], over_cut[lost])
        tracks.beliefs.weaken(rows, odds, self._settings.identity)
        anybody = rows[odds < continuity.SAME_NATS]  # who was beside this track says little of them
        tracks.cannot_link[anybody, :] = tracks.cannot_link[:, anybody] = False
        if self._evidence is not None:
            self._evidence.add_gap(tracks.ids[rows], before, tracks.beliefs.log[rows], seen.index)

    def take_in(
        self,
        tracks: Tracks,
        seen: Observation,
        matches: Matches,
        rows: Ints,
        columns: Ints,
        fair: Mask,
        likelihoods: Doubles,
        dt_s: float,
    ) -> Ints:
        """The votes of a frame. rows, columns: (M,) tracks and their detections; fair: (M,) whose
        picture may vote. Returns (T,) who voted, and by what: as EvidenceLog.sources, NO_SOURCE who
        did not."""
        voted = np.full(len(tracks), NO_SOURCE)
        if not self.players:
            return voted
        self._mix(tracks, matches, dt_s)
        votes = fair & likelihoods[columns].any(axis=1)
        self._add_votes(tracks, rows[votes], likelihoods[columns[votes]], seen)
        voted[rows[votes]] = PICTURES
        readings = self._numbers(seen)
        if readings is not None:
            read = fair & readings[columns].any(axis=1)
            self._add_readings(tracks, rows[read], readings[columns[read]], seen)
            voted[rows[read]] = NUMBERS
        if self.anchors is not None:
            self._add_anchors(self.anchors, tracks, seen, rows, columns, voted)
        return voted

    def add_late(self, tracks: Tracks, seen: Observation, rows: Ints, columns: Ints) -> None:
        """Anchors of a frame that is over; rows, columns: (M,) tracks and detections of it."""
        if self.anchors is not None:
            voted = np.full(len(tracks), NO_SOURCE)
            self._add_anchors(self.anchors, tracks, seen, rows, columns, voted)

    def name(
        self, tracks: Tracks, time_s: float, kits: OnlineKits, idle: Mask | None = None
    ) -> Doubles:
        """Give the names of the frame; (T,) how likely each is. idle: (T,) who plays too unlikely
        to have one."""
        if not self.players:
            return np.zeros(len(tracks))
        log = tracks.beliefs.current(self._settings.identity)
        worn = kits.nats(tracks.ids, log, time_s)
        if worn is not None:
            log = log + worn
            log -= np.logaddexp.reduce(log, axis=1, keepdims=True)
        if idle is not None and idle.any():
            log = np.column_stack([log[:, :-1] - IDLE_NATS * idle[:, None], log[:, -1]])
            log -= np.logaddexp.reduce(log, axis=1, keepdims=True)
        return online_naming.name_tracks(
            log,
            tracks.beliefs, tracks.visibility != ABSENT, tracks.confirmed, tracks.cannot_link,
            tracks.seen_s, self._settings.identity, self._rules, time_s, self._exclusion,
        )  # fmt: skip

    def add_ambiguous(self, trace: Trace, index: int) -> None:
        """Keep the matches of frame `index` that could as well have been a swap."""
        if self._evidence is not None:
            self._evidence.add_ambiguous(trace, index)

    def close(self, tracks: Tracks, ended: Mask) -> None:
        """These of the (T,) tracks will say no more."""
        if self._evidence is not None:
            self._evidence.close(tracks.ids[ended], tracks.beliefs.pick(ended))

    def finish(self) -> EvidenceLog | None:
        """What was kept of all votes."""
        return self._evidence.evidence_log() if self._evidence is not None else None

    def _numbers(self, seen: Observation) -> Doubles | None:
        """(N, P + 1) nats of the shirt numbers that were read, None where none were."""
        if self._rules is None or seen.readings is None:
            return None
        return jersey_likelihood.log_likelihood(seen.readings, self._rules)

    def _add_anchors(
        self,
        anchors: OnlineAnchors,
        tracks: Tracks,
        seen: Observation,
        rows: Ints,
        columns: Ints,
        voted: Ints,
    ) -> None:
        here = tracks.visibility != ABSENT
        votes = anchors.vote(tracks.beliefs, seen, rows, columns, here)
        for source, (anchored, nats) in enumerate(votes):
            if not len(anchored):
                continue
            self._add_votes(tracks, anchored, nats, seen, 1 + source)
            beliefs = tracks.beliefs.pick(anchored)  # of those alone: it is asked often
            best = beliefs.current(self._settings.identity).argmax(axis=1)
            voted[anchored[best == nats.argmax(axis=1)]] = FIRST_ANCHORS + source
        voted[anchors.confirmed_by_hand(tracks.beliefs, seen, rows, columns)] = A_PERSON

    def _mix(self, tracks: Tracks, matches: Matches, dt_s: float) -> None:
        """Whoever could as well have been matched the other way round may have swapped."""
        identity, association = self._settings.identity, self._settings.association
        share = min(identity.swap_rate * dt_s / 2, 0.5)  # each of two rivals brings up an encounter
        for place in (matches.margins < association.ambiguous_nats).nonzero()[0].tolist():
            tracks.beliefs.mix(
                int(matches.tracks[place]), int(matches.rivals[place]), share, identity
            )

    def _add_votes(
        self, tracks: Tracks, rows: Ints, likelihoods: Doubles, seen: Observation, stream: int = 0
    ) -> None:
        if not len(rows):
            return
        votes = tracks.beliefs.streams[stream]
        held = votes.vote[rows], votes.crops[rows]
        tracks.beliefs.add_votes(rows, likelihoods, seen.time_s, self._settings.identity, stream)
        if self._evidence is not None:
            self._evidence.vote(tracks.ids, rows, held, tracks.beliefs, seen.index, stream)

    def _add_readings(
        self, tracks: Tracks, rows: Ints, log_likelihoods: Doubles, seen: Observation
    ) -> None:
        tracks.beliefs.add_readings(rows, log_likelihoods, seen.time_s, self._settings.identity)
        if self._evidence is not None:
            log = tracks.beliefs.pick(rows).current(self._settings.identity)
            self._evidence.add_readings(tracks.ids[rows], log_likelihoods, log, seen.index)
