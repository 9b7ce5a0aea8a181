"""OnlineTracker: owns all state of a run. One observation in, one TrackedFrame out.

`update` reads as the method does: move everybody along, match, start new tracks, learn from the
matched, decide who is hidden and who is gone, give names, drop the finished.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tracker import boxes as bx
from tracker.identity import continuity, jersey_likelihood, posterior
from tracker.identity.roster_rules import Rules
from tracker.settings import FollowSettings, MotionSettings
from tracker.tracking import existence, frame_output, matching, prediction, templates, visibility
from tracker.tracking.association import Looks
from tracker.tracking.births import Births
from tracker.tracking.double_boxes import Doubled
from tracker.tracking.evidence_log import Witness
from tracker.tracking.hidden_tracks import Memory
from tracker.tracking.matching import Matches
from tracker.tracking.occlusion_net import OffsetNet, shipped
from tracker.tracking.offset_test import Probes
from tracker.tracking.overlaps import Overlaps
from tracker.tracking.process_noise import Restless
from tracker.tracking.traces import Classify, Trace
from tracker.tracking.tracks import ABSENT, Tracks, born
from tracker.types import (
    NO_PLAYER,
    Doubles,
    Index,
    Ints,
    Mask,
    Observation,
    Proceedings,
    TrackedFrame,
)


class OnlineTracker:
    """Follows players through one video.

    settings: see `tracker.settings.FollowSettings`. size: (width, height) of the picture, pixels.
    players: how many names there are; classify: embeddings to log-likelihoods of names, or None.
    offsets: where hidden players go; None: the net that comes with the package. probes: its test.
    witness: keeps what was said about names, for `finish`. rules: what the roster says, or None.
    trace: what the matching of the last frame did, for a second pass.
    """

    def __init__(
        self,
        settings: FollowSettings,
        size: tuple[int, int],
        players: int = 0,
        classify: Classify | None = None,
        offsets: OffsetNet | None = None,
        witness: Witness | None = None,
        rules: Rules | None = None,
    ) -> None:
        self.settings = settings
        self.offsets = (offsets or shipped()) if settings.offsets.enabled else None
        self.probes = Probes(self.offsets, settings.motion) if self.offsets else None
        self._memory = Memory.blank()
        self.trace = Trace.empty()
        self._size = size
        self._players = players if classify else 0
        self._classify = classify
        self._witness = witness if classify else None
        self._rules = rules if classify else None
        self._next_id = 1
        self._time_s: float | None = None
        self._shot = 0
        self._looks = Looks()
        self._doubled = Doubled()
        self._births = Births()
        self._restless = Restless(settings.motion)
        self._tracks: Tracks | None = None

    def update(self, seen: Observation) -> TrackedFrame:
        """Take in the next frame. Raises ValueError when its time is not after the last one's."""
        order = _order(seen)
        seen = _in_order(seen, order)
        overlaps = Overlaps.of(seen.boxes.astype(np.float64))
        followed = self._doubled.kept(overlaps)
        if not followed.all():
            order, seen = order[followed], _in_order(seen, followed)
            overlaps = Overlaps.of(overlaps.boxes[followed])
        dt_s = self._elapsed(seen)
        likelihoods = self._likelihoods(seen)
        numbers_say = self._numbers(seen)
        if self._tracks is None:
            self._tracks = self._born(seen, np.zeros(0, np.int64))
        old = self._tracks
        prediction.advance(old, seen, dt_s, self._size, self.motion)
        self._memory.move(seen.camera)
        matches = matching.match(old, seen, overlaps, likelihoods, self._looks, self.settings)
        self._doubt_found(old, matches, seen)
        states = bx.to_states(overlaps.boxes)
        prediction.correct(old, seen, matches.tracks, states[matches.detections], self.motion)
        newcomers = self._newcomers(seen, matches)
        tracks = old.join(self._born(seen, newcomers)) if len(newcomers) else old
        rows = np.append(matches.tracks, np.arange(len(old), len(tracks)))
        columns = np.append(matches.detections, newcomers)
        self._note_seen(tracks, seen, overlaps, rows, columns, dt_s)
        tracks.history.note(rows, states[columns], seen=True)
        if dt_s > continuity.GAP_S:  # too slow a video for anybody to be seen twice
            tracks.confirmed |= tracks.own_s >= 0
        self._restless.step(tracks, seen.time_s)
        clean, shown = templates.clean_and_shown(seen, matches, columns, self.settings.identity)
        voted = self._learn(
            tracks, seen, matches, rows, columns, clean, likelihoods, numbers_say, dt_s
        )
        self._judge(tracks, seen, rows, dt_s)
        self.trace = frame_output.trace_of(tracks, matches, rows, order[columns], clean, shown)
        if self._witness is not None:
            self._witness.doubt(self.trace, seen.index)
        confidence = self._name(tracks, seen.time_s)
        self._shot += seen.cut
        frame = frame_output.rows_of(tracks, seen, self._size, confidence, voted, self._shot)
        self._tracks = self._survivors(tracks, seen.time_s)
        return frame

    @property
    def motion(self) -> MotionSettings:
        """Of the filter, with the acceleration as this video has told it by now."""
        return self._restless.limits

    def finish(self) -> Proceedings | None:
        """The run is over: what its witness heard. Call it once, after the last frame."""
        if self._witness is None:
            return None
        if self._tracks is not None:
            self._witness.leave(self._tracks.ids, self._tracks.beliefs)
        return self._witness.proceedings()

    def _elapsed(self, seen: Observation) -> float:
        dt_s = 0.0 if self._time_s is None else seen.time_s - self._time_s
        if self._time_s is not None and dt_s <= 0:
            raise ValueError(
                f"frame {seen.index + 1} at {seen.time_s:.3f} s is not after {self._time_s:.3f} s"
            )
        self._time_s = seen.time_s
        return dt_s

    def _likelihoods(self, seen: Observation) -> Doubles:
        if self._classify is None or not len(seen.boxes):
            return np.zeros((len(seen.boxes), self._players + 1))
        return self._classify(seen.embeddings)

    def _numbers(self, seen: Observation) -> Doubles | None:
        """(N, P + 1) nats of the shirt numbers that were read, None where none were."""
        if self._rules is None or seen.readings is None:
            return None
        return jersey_likelihood.nats(seen.readings, self._rules)

    def _born(self, seen: Observation, detections: Ints) -> Tracks:
        ids = np.arange(self._next_id, self._next_id + len(detections))
        self._next_id += len(detections)
        return born(ids, seen, detections, self._players, self.settings)

    def _doubt_found(self, tracks: Tracks, matches: Matches, seen: Observation) -> None:
        """Who is found again after a gap, or in another shot, may be somebody else."""
        gap_s = seen.time_s - tracks.seen_s[matches.tracks]
        over_cut = ~tracks.in_shot[matches.tracks]
        lost = (gap_s > continuity.GAP_S) | over_cut
        if self._players and lost.any():
            rows, ids = matches.tracks[lost], self.settings.identity
            before = tracks.beliefs.pick(rows)
            odds = continuity.after_absence(gap_s[lost], over_cut[lost])
            tracks.beliefs.doubt(rows, odds, ids)
            anybody = rows[
                odds < continuity.SAME_NATS
            ]  # who was beside this path says little of him
            tracks.rivals[anybody, :] = tracks.rivals[:, anybody] = False
            if self._witness is not None:
                self._witness.found(tracks.ids[rows], before, tracks.beliefs.log[rows], seen.index)

    def _newcomers(self, seen: Observation, matches: Matches) -> Ints:
        free = seen.scores >= self.settings.association.high_score
        free[matches.detections] = False
        return free.nonzero()[0]

    def _note_seen(
        self,
        tracks: Tracks,
        seen: Observation,
        overlaps: Overlaps,
        rows: Ints,
        columns: Ints,
        dt_s: float,
    ) -> None:
        tracks.score[:] = np.nan
        tracks.score[rows] = seen.scores[columns]
        tracks.last_box[rows] = overlaps.boxes[columns]
        beside = existence.witness(
            tracks, rows, columns, overlaps, seen.time_s, dt_s, self._births.trusted
        )
        self._births.watch(tracks, beside, seen.time_s, self.settings.confirm_s)
        tracks.seen_s[rows] = seen.time_s
        tracks.confirmed[rows] |= tracks.own_s[rows] >= self.settings.confirm_s - 1e-9
        sure = np.zeros(len(tracks), bool)
        sure[rows] = existence.real(tracks)[rows]
        tracks.rivals |= sure[:, None] & sure
        tracks.rivals.flat[:: len(tracks) + 1] = False

    def _learn(
        self,
        tracks: Tracks,
        seen: Observation,
        matches: Matches,
        rows: Ints,
        columns: Ints,
        clean: Mask,
        likelihoods: Doubles,
        numbers_say: Doubles | None,
        dt_s: float,
    ) -> Mask:
        """Looks, templates and names, from clean pictures only. Returns (T,) who voted."""
        limits = self.settings.association
        open_swap = np.zeros(len(rows), bool)
        open_swap[: len(matches.tracks)] = matches.margins < limits.ambiguous_nats
        calm = (matches.covered[columns] < limits.covered_max) & ~open_swap
        if seen.embeddings.shape[1]:
            self._looks = self._looks.learn(*templates.alike(matches, limits.covered_max))
            templates.remember(tracks, seen, rows[calm], columns[calm])
        if self._players == 0:
            return np.zeros(len(tracks), bool)
        self._mix(tracks, matches, dt_s)
        fair = calm & clean
        votes = fair & likelihoods[columns].any(axis=1)
        self._vote(tracks, rows[votes], likelihoods[columns[votes]], seen)
        voted = np.zeros(len(tracks), bool)
        voted[rows[votes]] = True
        if numbers_say is not None:
            read = fair & numbers_say[columns].any(axis=1)
            self._hear(tracks, rows[read], numbers_say[columns[read]], seen)
            voted[rows[read]] = True
        return voted

    def _mix(self, tracks: Tracks, matches: Matches, dt_s: float) -> None:
        """Whoever could as well have been matched the other way round may have traded places."""
        ids, limits = self.settings.identity, self.settings.association
        share = min(ids.swap_rate * dt_s / 2, 0.5)  # each of two rivals brings up a meeting
        for place in (matches.margins < limits.ambiguous_nats).nonzero()[0].tolist():
            tracks.beliefs.mix(int(matches.tracks[place]), int(matches.rivals[place]), share, ids)

    def _vote(self, tracks: Tracks, rows: Ints, likelihoods: Doubles, seen: Observation) -> None:
        held = tracks.beliefs.vote[rows], tracks.beliefs.crops[rows]
        tracks.beliefs.take(rows, likelihoods, seen.time_s, self.settings.identity)
        if self._witness is not None:
            self._witness.vote(tracks.ids, rows, held, tracks.beliefs, seen.index)

    def _hear(self, tracks: Tracks, rows: Ints, nats: Doubles, seen: Observation) -> None:
        tracks.beliefs.hear(rows, nats, self.settings.identity)
        if self._witness is not None:
            log = tracks.beliefs.pick(rows).current(self.settings.identity)
            self._witness.hear(tracks.ids[rows], nats, log, seen.index)

    def _judge(self, tracks: Tracks, seen: Observation, rows: Ints, dt_s: float) -> None:
        """Where the unseen are; existence and visibility of everybody."""
        matched, time_s = np.zeros(len(tracks), bool), seen.time_s
        matched[rows] = True
        if self.offsets is not None:
            if self.probes is not None:
                self.offsets = self.probes.step(tracks, seen, rows)
            self._memory = prediction.hide(
                tracks, self._memory, matched, time_s, dt_s, self.offsets
            )
        limits, apart_s = self.settings.permanence, self.settings.confirm_s
        visibility.judge(tracks, matched, self._size, limits, time_s, dt_s, apart_s)

    def _name(self, tracks: Tracks, time_s: float) -> Doubles:
        if not self._players:
            return np.zeros(len(tracks))
        ids = self.settings.identity
        # pictures that are sure of somebody speak of a body too, however close it keeps to others
        log = tracks.beliefs.current(ids)
        shown = tracks.confirmed | posterior.recognised(tracks.beliefs, log, ids)
        live = (tracks.visibility != ABSENT) & shown
        player, confidence = posterior.give_names(
            tracks.beliefs, log, live, tracks.rivals, tracks.seen_s, ids, self._rules, time_s
        )
        sure = posterior.anchors(tracks.beliefs, log, player, ids)
        kept = tracks.beliefs.anchored & (player == tracks.beliefs.player)
        tracks.beliefs.anchored = np.where(live, sure | kept, tracks.beliefs.anchored)
        tracks.beliefs.player = player
        tracks.beliefs.bore = np.where(live, player, tracks.beliefs.bore)
        return confidence

    def _survivors(self, tracks: Tracks, time_s: float) -> Tracks:
        """A named player waits for ever; an unnamed path ends, an unconfirmed one soon."""
        gap_s = time_s - tracks.seen_s
        if not gap_s.any():
            return tracks
        patience = np.where(
            existence.real(tracks), self.settings.max_absent_s, self.settings.confirm_s
        )
        kept = (tracks.beliefs.player != NO_PLAYER) | (gap_s <= patience)
        if kept.all():
            return tracks
        if self._witness is not None:
            self._witness.leave(tracks.ids[~kept], tracks.beliefs.pick(~kept))
        return tracks.pick(kept)


def _order(seen: Observation) -> Ints:
    """Detections best first, then from the left, so that their order in the file never matters."""
    return np.lexsort((*seen.boxes.T[::-1], -seen.scores))


def _in_order(seen: Observation, order: Index) -> Observation:
    return replace(
        seen,
        boxes=seen.boxes[order],
        scores=seen.scores[order],
        embeddings=seen.embeddings[order],
        readings=seen.readings and seen.readings.take(order),
    )
