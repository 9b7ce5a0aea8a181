"""OnlineTracker: owns all state of a run. One observation in, one TrackedFrame out.

`update` reads as the method does: move everybody along, match, start new tracks, learn from the
matched, decide who is hidden and who is gone, give names, drop the finished.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tracker.config import FollowSettings
from tracker.follow import boxes as bx
from tracker.follow import identity, judging, links, matching, motion, moving, numbers
from tracker.follow.association import Looks
from tracker.follow.history import History
from tracker.follow.identity import Beliefs
from tracker.follow.matching import Matches
from tracker.follow.memory import Memory
from tracker.follow.occlusion import OffsetNet, shipped
from tracker.follow.pieces import Classify, Trace
from tracker.follow.rules import Rules
from tracker.follow.testimony import Witness
from tracker.follow.tracks import ABSENT, VISIBLE, Tracks
from tracker.records import (
    NO_PLAYER,
    Doubles,
    Ints,
    Mask,
    Observation,
    Proceedings,
    TrackedFrame,
)

_SHOWN_COVERED = 0.35  # a picture more covered than that shows somebody else
_TEMPLATE_KEPT = 0.9  # share of the old template at each clean match (Deep-EIoU)


class OnlineTracker:
    """Follows players through one video.

    settings: see `tracker.config.FollowSettings`. size: (width, height) of the picture, pixels.
    players: how many names there are; classify: embeddings to log-likelihoods of names, or None.
    offsets: where hidden players go; None: the net that comes with the package.
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
        self._memory = Memory.blank()
        self.trace = Trace.empty()
        self._size = size
        self._players = players if classify else 0
        self._classify = classify
        self._witness = witness if classify else None
        self._rules = rules if classify else None
        self._next_id = 1
        self._time_s: float | None = None
        self._looks = Looks()
        self._tracks: Tracks | None = None

    def update(self, seen: Observation) -> TrackedFrame:
        """Take in the next frame. Raises ValueError when its time is not after the last one's."""
        order = _order(seen)
        seen = _in_order(seen, order)
        dt_s = self._elapsed(seen)
        likelihoods = self._likelihoods(seen)
        numbers_say = self._numbers(seen)
        if self._tracks is None:
            self._tracks = self._born(seen, np.zeros(0, np.int64))
        old = self._tracks
        moving.advance(old, seen, dt_s, self._size, self.settings.motion)
        self._memory.move(seen.camera)
        matches = matching.match(old, seen, likelihoods, self._looks, self.settings)
        self._doubt_found(old, matches, seen)
        moving.correct(old, seen, matches.tracks, matches.detections, self.settings.motion)
        newcomers = self._newcomers(seen, matches)
        tracks = old.join(self._born(seen, newcomers)) if len(newcomers) else old
        rows = np.append(matches.tracks, np.arange(len(old), len(tracks)))
        columns = np.append(matches.detections, newcomers)
        self._note_seen(tracks, seen, rows, columns)
        clean, shown = self._pictures(seen, matches, columns)
        voted = self._learn(
            tracks, seen, matches, rows, columns, clean, likelihoods, numbers_say, dt_s
        )
        self._judge(tracks, rows, seen.time_s, dt_s)
        self.trace = self._trace(tracks, matches, rows, order[columns], clean, shown)
        if self._witness is not None:
            self._witness.doubt(self.trace, seen.index)
        confidence = self._name(tracks, seen.time_s)
        frame = self._rows(tracks, seen, confidence, voted)
        self._tracks = self._survivors(tracks, seen.time_s)
        return frame

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
        return numbers.nats(seen.readings, self._rules)

    def _born(self, seen: Observation, detections: Ints) -> Tracks:
        """New tracks of these detections, not yet learned from."""
        n = len(detections)
        boxes = seen.boxes[detections].astype(np.float64)
        ids = np.arange(self._next_id, self._next_id + n)
        self._next_id += n
        begun = motion.start(bx.to_states(boxes), self.settings.motion)
        confirmed = np.full(n, self.settings.confirm_s == 0)
        return Tracks(
            ids=ids,
            motion=begun,
            sighted=begun,
            history=History.fresh(n),
            last_box=boxes,
            score=np.full(n, np.nan),
            first_s=np.full(n, seen.time_s),
            seen_s=np.full(n, seen.time_s),
            confirmed=confirmed,
            existence=np.zeros(n),
            visibility=np.full(n, VISIBLE, np.int64),
            left=np.zeros(n, bool),
            template=np.full((n, seen.embeddings.shape[1]), np.nan, np.float32),
            beliefs=Beliefs.fresh(n, self._players, self.settings.identity),
            rivals=np.zeros((n, n), bool),
        )

    def _doubt_found(self, tracks: Tracks, matches: Matches, seen: Observation) -> None:
        """Who is found again after a gap may be somebody else."""
        gap_s = seen.time_s - tracks.seen_s[matches.tracks]
        lost = gap_s > links.GAP_S
        if self._players and lost.any():
            rows, ids = matches.tracks[lost], self.settings.identity
            before = tracks.beliefs.pick(rows)
            tracks.beliefs.close(rows, ids)
            odds = links.after_gap(gap_s[lost])
            tracks.beliefs.doubt(rows, odds, ids)
            anybody = rows[odds < links.SAME_NATS]  # who was beside this path says little of him
            tracks.rivals[anybody, :] = tracks.rivals[:, anybody] = False
            if self._witness is not None:
                self._witness.found(tracks.ids[rows], before, tracks.beliefs.log[rows], seen.index)

    def _newcomers(self, seen: Observation, matches: Matches) -> Ints:
        free = seen.scores >= self.settings.association.high_score
        free[matches.detections] = False
        return free.nonzero()[0]

    def _note_seen(self, tracks: Tracks, seen: Observation, rows: Ints, columns: Ints) -> None:
        tracks.score[:] = np.nan
        tracks.score[rows] = seen.scores[columns]
        tracks.last_box[rows] = seen.boxes[columns]
        tracks.seen_s[rows] = seen.time_s
        tracks.history.note(rows, bx.to_states(tracks.last_box[rows]), seen=True)
        tracks.rivals[rows[:, None], rows] = True
        tracks.rivals[rows, rows] = False
        lasted = seen.time_s - tracks.first_s[rows] >= self.settings.confirm_s - 1e-9
        tracks.confirmed[rows] |= lasted

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
            self._looks = self._calibrated(matches)
            self._remember(tracks, seen, rows[calm], columns[calm])
        if self._players == 0:
            return np.zeros(len(tracks), bool)
        ids = self.settings.identity
        for place in (matches.margins < limits.ambiguous_nats).nonzero()[0].tolist():
            share = min(ids.swap_rate * dt_s / 2, 0.5)  # each of two rivals brings up a meeting
            tracks.beliefs.mix(int(rows[place]), int(matches.rivals[place]), share)
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

    def _pictures(self, seen: Observation, matches: Matches, columns: Ints) -> tuple[Mask, Mask]:
        """(M,) which of these detections' pictures may vote, and (M,) which show mostly himself."""
        ids, covered = self.settings.identity, matches.covered[columns]
        heights = bx.heights(seen.boxes[columns].astype(np.float64))
        large = heights >= ids.crop_height_min_px
        sure = seen.scores[columns] >= ids.crop_score_min
        return large & sure & (covered < ids.crop_covered_max), large & (covered < _SHOWN_COVERED)

    def _calibrated(self, matches: Matches) -> Looks:
        calm = matches.covered[matches.detections] < self.settings.association.covered_max
        rows, columns = matches.tracks[calm], matches.detections[calm]
        block = matches.cosines[rows[:, None], columns]
        same = np.diag(block)
        return self._looks.learn(same, block[~np.eye(len(rows), dtype=bool)])

    def _remember(self, tracks: Tracks, seen: Observation, rows: Ints, columns: Ints) -> None:
        """Blend the look of clean matches into the templates."""
        new = seen.embeddings[columns]
        old = tracks.template[rows]
        first, unknown = np.isnan(old[:, :1]), np.isnan(new[:, :1])  # a look is there or is not
        blend = np.where(first, new, _TEMPLATE_KEPT * old + (1 - _TEMPLATE_KEPT) * new)
        blend = np.where(unknown, old, blend)
        norm = np.sqrt((blend * blend).sum(axis=1, keepdims=True))
        tracks.template[rows] = blend / np.maximum(norm, 1e-9)

    def _judge(self, tracks: Tracks, rows: Ints, time_s: float, dt_s: float) -> None:
        """Where the unseen are; existence and visibility of everybody."""
        matched = np.zeros(len(tracks), bool)
        matched[rows] = True
        if self.offsets is not None:
            self._memory = moving.hide(tracks, self._memory, matched, time_s, dt_s, self.offsets)
        judging.judge(tracks, matched, self._size, self.settings.permanence, time_s, dt_s)

    def _name(self, tracks: Tracks, time_s: float) -> Doubles:
        if not self._players:
            return np.zeros(len(tracks))
        ids = self.settings.identity
        live = (tracks.visibility != ABSENT) & tracks.confirmed
        player, confidence = identity.give_names(
            tracks.beliefs, live, tracks.rivals, tracks.seen_s, ids, self._rules, time_s
        )
        sure = identity.anchors(tracks.beliefs, player, ids)
        kept = tracks.beliefs.anchored & (player == tracks.beliefs.player)
        tracks.beliefs.anchored = np.where(live, sure | kept, tracks.beliefs.anchored)
        tracks.beliefs.player = player
        tracks.beliefs.bore = np.where(live, player, tracks.beliefs.bore)
        return confidence

    def _rows(
        self, tracks: Tracks, seen: Observation, confidence: Doubles, voted: Mask
    ) -> TrackedFrame:
        beliefs = tracks.beliefs
        # a waiting path whose player is now seen on another one has nothing to say
        show = ((beliefs.player != NO_PLAYER) | (beliefs.bore == NO_PLAYER)).nonzero()[0]
        visibility = tracks.visibility[show]
        visible = visibility == VISIBLE
        boxes = bx.from_states(tracks.motion.mean[show])
        boxes[visible] = tracks.last_box[show[visible]]
        boxes[visibility == ABSENT] = np.nan
        std = tracks.motion.position_std[show]
        return TrackedFrame(
            index=seen.index,
            time_s=seen.time_s,
            track_ids=tracks.ids[show],
            players=beliefs.player[show],
            player_confidence=confidence[show],
            visibility=visibility,
            boxes=boxes,
            scores=tracks.score[show],
            predicted=tracks.motion.mean[show, :2],
            std=np.minimum(std, np.array(self._size, np.float64)),
            evidence=identity.evidence(beliefs, voted)[show],
            confirmed=tracks.confirmed[show],
        )

    def _trace(
        self,
        tracks: Tracks,
        matches: Matches,
        rows: Ints,
        detections: Ints,
        clean: Mask,
        shown: Mask,
    ) -> Trace:
        margins, rivals = np.full(len(rows), np.inf), np.full(len(rows), -1)
        matched = len(matches.tracks)  # nobody disputes a newcomer's first sighting
        margins[:matched] = matches.margins
        rivals[:matched] = np.where(matches.rivals >= 0, tracks.ids[matches.rivals], -1)
        return Trace(tracks.ids[rows], detections, clean, shown, margins, rivals)

    def _survivors(self, tracks: Tracks, time_s: float) -> Tracks:
        """A named player waits for ever; an unnamed path ends, an unconfirmed one soon."""
        gap_s = time_s - tracks.seen_s
        patience = np.where(tracks.confirmed, self.settings.max_absent_s, self.settings.confirm_s)
        kept = (tracks.beliefs.player != NO_PLAYER) | (gap_s <= patience)
        if kept.all():
            return tracks
        if self._witness is not None:
            self._witness.leave(tracks.ids[~kept], tracks.beliefs.pick(~kept))
        return tracks.pick(kept)


def _order(seen: Observation) -> Ints:
    """Detections best first, then from the left, so that their order in the file never matters."""
    return np.lexsort((*seen.boxes.T[::-1], -seen.scores))


def _in_order(seen: Observation, order: Ints) -> Observation:
    return replace(
        seen,
        boxes=seen.boxes[order],
        scores=seen.scores[order],
        embeddings=seen.embeddings[order],
        readings=seen.readings and seen.readings.take(order),
    )
