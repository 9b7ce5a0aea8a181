"""The second pass over a whole run: names for all tracks at once, knowing how everything ends.

Tracks are cut wherever two players may have been mixed up, every tracklet is heard, and all names
are given together by an integer program. Then the classifier learns from the tracklets that are
sure and all is done once more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from tracker.court.track_plays import IDLE_NATS, TrackPlays
from tracker.identity.anchor_likelihood import AnchorChannel
from tracker.identity.roster_rules import RosterRules
from tracker.kits.run_kits import RunKits
from tracker.kits.track_colors import colour_counts
from tracker.offline.anchor_votes import AnchorVotes, RunAnchors
from tracker.offline.backfill import backfill
from tracker.offline.constraints import Constraints, UserConstraint, apply_constraints
from tracker.offline.crops import Crops
from tracker.offline.first_pass import FirstNames
from tracker.offline.offline_naming import TrackletNames, name_tracklets, who_they_are
from tracker.offline.refit import refitted_log_odds, training_crops
from tracker.offline.run_colors import RunColors
from tracker.offline.tracklet_graph import TrackletGraph, build_graph
from tracker.offline.tracklets import cut_tracklets
from tracker.offline.votes import guess_votes, number_votes, votes
from tracker.rows import Rows
from tracker.settings import FollowSettings
from tracker.tracking.online_anchors import Sources
from tracker.tracking.traces import Classify, Trace, Tracklet
from tracker.types import (
    Doubles,
    Floats,
    Ints,
    Mask,
    Observation,
    Readings,
    TrackedFrame,
)

_ROUNDS = 4  # of expectation maximisation
_LESSONS = 2
"""How often the classifier learns from a run with anchors, unless the expected Name-F1 falls by it:
a few pictures of a few players can make everybody look like them."""

_UNSEEN_AT = 0.6
"""A name that nothing but a number can give needs this chance: of two who wear one number neither
is meant. With .5 to .65 the mean Name-F1 of seven cases of team sheets alone is .772 or .773."""

Refit = Callable[[Floats, Ints], Classify]
"""Embeddings (N, D) of this very video and their players (N,) to a better classifier."""


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """What names are given by, whatever a user says of them.

    frames: of the first pass, swaps undone. times_s, index: (F,) of them. first: the names that
    the first pass gave. read: shirt numbers of every frame, None where none were looked for.
    anchors: who boxes are said to be. unseen: (P,) whom nothing but a number can name, for there is
    no picture of them; None where there are none of those. kits: what is worn, in the colours
    `shirts`; None where nothing is known of it, or it says nothing of names.
    """

    frames: Rows
    times_s: Doubles
    index: Ints
    crops: Crops
    first: FirstNames
    read: Sequence[Readings | None]
    players: int
    settings: FollowSettings
    rules: RosterRules | None
    anchors: RunAnchors
    unseen: Mask | None = None
    kits: RunKits | None = None
    shirts: RunColors | None = None
    plays: TrackPlays = field(default_factory=TrackPlays.none)

    def bound(self, tracklets: Sequence[Tracklet], constraints: Constraints) -> _Evidence:
        graph = build_graph(tracklets, constraints, self.frames, self.times_s, self.settings)
        extra, read = self._by_roster(tracklets)
        extra = extra + self.first.log_likelihood(tracklets, self.players)
        extra = extra + self._by_plays(tracklets)
        anchors = self.anchors.on(tracklets, self.times_s, self.settings.identity)
        return _Evidence(tracklets, graph, extra, read, anchors, self._worn(tracklets))

    def _by_plays(self, tracklets: Sequence[Tracklet]) -> Doubles:
        """(N, P + 1) nats against names of whoever plays less likely than a name asks for."""
        found = np.zeros((len(tracklets), self.players + 1))
        tracks = np.array([tracklet.track for tracklet in tracklets], np.int64)
        found[self.plays.of(tracks) < self.settings.identity.plays_min, :-1] = -IDLE_NATS
        return found

    def _worn(self, tracklets: Sequence[Tracklet]) -> Doubles:
        """(N, K + 1) how likely each tracklet wears which kit; (N, 1) where there are none."""
        if self.kits is None or self.shirts is None:
            return np.zeros((len(tracklets), 1))
        return self.kits.kits.probabilities(colour_counts(self.shirts.sums(tracklets)))

    def _by_roster(self, tracklets: Sequence[Tracklet]) -> tuple[Doubles, Ints]:
        """(N, P + 1) nats by the times and numbers of the roster, and (N,) readings."""
        rules, times_s = self.rules, self.times_s
        if rules is None:
            return np.zeros((len(tracklets), self.players + 1)), np.zeros(len(tracklets), np.int64)
        extra, read = number_votes(tracklets, self.read, times_s, rules)
        if self.unseen is not None:  # of whom pictures show more
            identity = self.settings.identity
            extra = extra + guess_votes(tracklets, self.read, times_s, rules, identity)
        first_s, last_s = (
            times_s[[getattr(p, end) for p in tracklets]] for end in ("first", "last")
        )
        return extra + rules.interval_log_prior(first_s, last_s), read

    def named(
        self, log_likelihoods: Doubles, of: _Evidence, channel: AnchorChannel
    ) -> TrackletNames:
        """log_likelihoods: (E, P + 1) of every crop."""
        total, count = self._summed(log_likelihoods, of, channel)
        floors = None if self.unseen is None else np.where(self.unseen, _UNSEEN_AT, 0.0)
        return name_tracklets(total, count, of.graph, self.settings.identity, self.rules, floors)

    def channel(self, log_likelihoods: Doubles, of: _Evidence) -> AnchorChannel:
        """How reliable the sources of anchors are, by expectation maximisation."""
        channel = AnchorChannel.begun(len(self.anchors.sources), self.players)
        if not len(self.anchors):
            return channel
        for _ in range(_ROUNDS):
            total, _ = self._summed(log_likelihoods, of, channel)
            believed = who_they_are(total, of.graph, self.settings.identity)
            channel = of.anchors.channel(believed, channel, self.settings.identity)
        return channel

    def _summed(
        self, log_likelihoods: Doubles, of: _Evidence, channel: AnchorChannel
    ) -> tuple[Doubles, Ints]:
        """(N, P + 1) nats of all that speaks, and (N,) by how many votes."""
        settings, count = self.settings.identity, len(of.tracklets)
        cast = votes(of.tracklets, self.crops, log_likelihoods, self.times_s, settings)
        total, spoken = cast.summed(count, settings)
        total, spoken = total + of.extra, spoken + of.read
        if len(of.anchors.rows):
            anchored, worth = of.anchors.summed(count, channel, settings)
            total, spoken = total + anchored, spoken + worth
        if self.kits is not None:
            total = total + self.kits.nats(of.worn, total, settings.kit_nats)
        return total, spoken

    def learned(
        self,
        log_likelihoods: Doubles,
        result: TrackletNames,
        of: _Evidence,
        learnable: Mask,
        refit: Refit | None,
        channel: AnchorChannel,
    ) -> tuple[Doubles, TrackletNames]:
        """The same once more with a better classifier. learnable: (P,) who may be learned of."""
        if refit is None or not learnable.any():
            return log_likelihoods, result
        shown, labels = training_crops(of.tracklets, result, self.crops, len(self.anchors) > 0)
        learned_of = learnable & np.isin(np.arange(self.players), labels)
        if not learned_of.any():
            return log_likelihoods, result
        log_likelihoods = refitted_log_odds(
            log_likelihoods,
            self.crops.log_likelihoods(refit(shown, labels), self.players),
            learned_of,
        )
        return log_likelihoods, self.named(log_likelihoods, of, channel)


@dataclass(frozen=True, slots=True, eq=False)
class Settled:
    """Names of all tracklets. log_likelihoods: (E, P + 1) of every crop, which they go by, and what
    anchors are worth by the channel."""

    tracklets: Sequence[Tracklet]
    log_likelihoods: Doubles
    result: TrackletNames
    channel: AnchorChannel


@dataclass(frozen=True, slots=True, eq=False)
class _Evidence:
    """Tracklets, how they bear on one another, and what is told of them besides their votes.

    extra: (N, P + 1) nats by the roster and by the first pass. read: (N,) shirt numbers. anchors:
    those that lie on them. worn: as `Ground._worn`.
    """

    tracklets: Sequence[Tracklet]
    graph: TrackletGraph
    extra: Doubles
    read: Ints
    anchors: AnchorVotes
    worn: Doubles


def ground_of(
    frames: Sequence[TrackedFrame],
    seen: Sequence[Observation],
    players: int,
    settings: FollowSettings,
    rules: RosterRules | None,
    anchors: RunAnchors | None = None,
    pictures: bool = True,
    unseen: Mask | None = None,
    kits: RunKits | None = None,
    plays: TrackPlays | None = None,
) -> Ground:
    """frames, seen: of an OnlineTracker, in order. rules: what the roster says. unseen, kits: as in
    Ground.

    pictures: there is a gallery of pictures. Without one the first pass went by the anchors alone,
    a handful of votes, of which its names would be an echo: with 2 % of boxes named, 95 % right,
    its 4 nats leave basketball with YOLO11n at .65 that has .73 without.
    """
    rows = Rows.of(frames)
    first = backfill(frames, settings.identity.name_at, rules) if pictures else []
    return Ground(
        rows,
        rows.time_s,
        rows.indices,
        Crops.of(seen),
        FirstNames.of(first) if first else FirstNames.none(),
        [observation.readings for observation in seen],
        players,
        settings,
        rules,
        anchors or RunAnchors.of((), Sources(), players),
        unseen,
        kits,
        RunColors.of(seen) if kits is not None else None,
        plays or TrackPlays.none(),
    )


def begin(
    ground: Ground, traces: Sequence[Trace], classify: Classify, refit: Refit | None
) -> Settled | None:
    """Names as they are where nobody says anything; None where there is nobody to name."""
    found = cut_tracklets(
        traces, ground.times_s, ground.frames.shot, ground.settings.identity.cut_nats
    )
    by_hand = ground.anchors.constraints(found, ground.index)
    tracklets, constraints = apply_constraints(found, by_hand, ground.index, ground.players)
    if not tracklets or ground.players == 0:
        return None
    whole, log_likelihoods = (
        ground.bound(tracklets, constraints),
        ground.crops.log_likelihoods(classify, ground.players),
    )
    channel = ground.channel(log_likelihoods, whole)
    result = ground.named(log_likelihoods, whole, channel)
    everybody, learned = np.ones(ground.players, bool), (log_likelihoods, result)
    for _ in range(_LESSONS if len(ground.anchors) else 1):
        again = ground.learned(log_likelihoods, learned[1], whole, everybody, refit, channel)
        if len(ground.anchors) and again[1].expected_f1 < learned[1].expected_f1:
            break
        learned = again
    return Settled(tracklets, *learned, channel)


def settle(
    ground: Ground,
    begun: Settled,
    user_constraints: Sequence[UserConstraint],
    refit: Refit | None,
    anew: bool = False,
) -> Settled:
    """Names by what a user says too. It takes nothing but what is handed over: no frame is followed
    again, so that a run that keeps both gives the same names as one that begins anew. anew: also
    where nothing is said of anybody."""
    if not user_constraints and not anew:
        return begun
    by_hand = ground.anchors.constraints(begun.tracklets, ground.index)
    tracklets, constraints = apply_constraints(
        begun.tracklets, [*by_hand, *user_constraints], ground.index, ground.players
    )
    now = ground.bound(
        tracklets, constraints.with_previous(begun.result.names, begun.result.confidence)
    )
    result = ground.named(begun.log_likelihoods, now, begun.channel)
    learned = ground.learned(
        begun.log_likelihoods, result, now, constraints.players, refit, begun.channel
    )
    return Settled(tracklets, *learned, begun.channel)
