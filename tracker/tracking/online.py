"""OnlineTracker: owns all state of a run. One observation in, one TrackedFrame out.

`update` reads as the method does: move everybody along, match, start new tracks, learn from the
matched, decide who is hidden and who is gone, give names, drop the finished.
"""

from __future__ import annotations

import numpy as np

from tracker import boxes as bx
from tracker.court.field import Field
from tracker.court.live_court import LiveCourt
from tracker.identity import continuity
from tracker.identity.roster_rules import RosterRules
from tracker.kits.online_kits import OnlineKits
from tracker.settings import FollowSettings, MotionSettings
from tracker.tracking import (
    common_motion,
    frame_output,
    matching,
    occlusion_offsets,
    prediction,
    separate_bodies,
    templates,
    visibility_update,
)
from tracker.tracking.association import AppearanceModel
from tracker.tracking.births import Births
from tracker.tracking.double_boxes import Doubled
from tracker.tracking.evidence_log import OnlineEvidence
from tracker.tracking.hidden_tracks import HiddenTracks
from tracker.tracking.matching import Matches
from tracker.tracking.occlusion_net import OffsetNet, shipped
from tracker.tracking.offset_test import Probes
from tracker.tracking.online_anchors import Sources
from tracker.tracking.online_votes import OnlineVotes
from tracker.tracking.overlaps import Overlaps
from tracker.tracking.process_noise import AdaptiveProcessNoise
from tracker.tracking.traces import Classify, Trace
from tracker.tracking.tracks import Tracks, born
from tracker.types import (
    UNKNOWN,
    Doubles,
    EvidenceLog,
    Ints,
    Mask,
    Observation,
    TrackedFrame,
)

_NO_DETECTIONS = np.zeros(0, np.int64)


class OnlineTracker:
    """Follows players through one video.

    settings: see `tracker.settings.FollowSettings`. size: (width, height) of the picture, pixels.
    players: how many names there are; classify: embeddings to log-likelihoods of names, or None.
    offsets: where hidden players go; None: the net that comes with the package. probes: its test.
    evidence: keeps what was said about names, for `finish`. rules: what the roster says, or None.
    sources: where the anchors in its observations come from. field: where the game is in one frame.
    trace: what the matching of the last frame did, for a second pass.
    kits, court: what is worn, and where the game is, as far as it is known by now.
    tracks, hidden, appearance, births: all else that it knows, of the last frame; tracks: None
    before the first. camera: (2, 3) how that
    frame was taken to lie to the one before it, see `common_motion.py`.
    """

    def __init__(
        self,
        settings: FollowSettings,
        size: tuple[int, int],
        players: int = 0,
        classify: Classify | None = None,
        offsets: OffsetNet | None = None,
        evidence: OnlineEvidence | None = None,
        rules: RosterRules | None = None,
        sources: Sources | None = None,
        field: Field | None = None,
    ) -> None:
        self.settings = settings
        self.court = LiveCourt(size[1], field, settings.court.enabled)
        self.offsets = (offsets or shipped()) if settings.offsets.enabled else None
        self.probes = Probes(self.offsets, settings.motion) if self.offsets else None
        self.hidden = HiddenTracks.empty()
        self.trace = Trace.empty()
        self.camera = np.eye(2, 3)
        self._has_camera = True
        self._size = size
        self.votes = OnlineVotes(settings, players, classify, evidence, rules, sources)
        speaking = (
            rules if self.votes.players and classify is None else None
        )  # pictures show it too
        self.kits = OnlineKits(speaking, settings.identity.kit_nats)
        self._next_id = 1
        self._time_s: float | None = None
        self._shot = 0
        self.appearance = AppearanceModel()
        self._doubled = Doubled()
        self.births = Births()
        self._process_noise = AdaptiveProcessNoise(settings.motion)
        self.tracks: Tracks | None = None

    def update(self, seen: Observation) -> TrackedFrame:
        """Take in the next frame. Raises ValueError when its time is not after the last one's."""
        plain = seen
        order, seen, overlaps = self._in_order(plain)
        dt_s = self._elapsed(seen)
        likelihoods = self.votes.of_pictures(seen)
        old = self._born(seen, _NO_DETECTIONS) if self.tracks is None else self.tracks
        seen = self._with_camera(old, seen, dt_s)
        prediction.predict(old, seen, dt_s, self._size, self.motion)
        self.hidden.move(seen.camera)
        named = self.votes.with_anchors(likelihoods, seen)
        matches = matching.match(old, seen, overlaps, named, self.appearance, self.settings)
        self.votes.weaken_found(old, matches, seen)
        states = bx.to_states(overlaps.boxes)
        prediction.update(old, seen, matches.tracks, states[matches.detections], self.motion)
        newcomers = self._newcomers(seen, matches)
        tracks = old.join(self._born(seen, newcomers)) if len(newcomers) else old
        rows, columns = matches.tracks, matches.detections
        if len(newcomers):
            rows = np.append(rows, np.arange(len(old), len(tracks)))
            columns = np.append(columns, newcomers)
        self._note_seen(tracks, seen, overlaps, rows, columns, dt_s)
        tracks.history.note(rows, states[columns], seen=True)
        if dt_s > continuity.GAP_S:  # too slow a video for anybody to be seen twice
            tracks.confirmed |= tracks.own_s >= 0
        self._process_noise.step(tracks, seen.time_s)
        clean, shown = templates.votable_and_comparable(
            seen, matches, columns, self.settings.identity
        )
        voted = self._take_in(tracks, seen, matches, rows, columns, clean, likelihoods, dt_s)
        self._update_visibility(tracks, seen, rows, dt_s)
        self.trace = frame_output.trace_of(tracks, matches, rows, order[columns], clean, shown)
        self.votes.add_ambiguous(self.trace, seen.index)
        followed = self.trace.tracks, self.trace.detections
        self.kits.add(*followed, plain.colors, seen.time_s)
        self.court.add(plain, *followed)
        idle = self.court.idle(tracks.ids, self.settings.identity.plays_min)
        confidence = self.votes.name(tracks, seen.time_s, self.kits, idle)
        self._shot += seen.cut
        frame = frame_output.rows_of(tracks, seen, self._size, confidence, voted, self._shot)
        self.tracks = self._survivors(tracks, seen.time_s)
        return frame

    def _in_order(self, seen: Observation) -> tuple[Ints, Observation, Overlaps]:
        """The detections that are followed, best first, and which of all they are."""
        order = _order(seen)
        seen = seen.take(order)
        overlaps = Overlaps.of(seen.boxes.astype(np.float64))
        followed = self._doubled.kept(overlaps)
        if followed.all():
            return order, seen, overlaps
        return order[followed], seen.take(followed), Overlaps.of(overlaps.boxes[followed])

    @property
    def motion(self) -> MotionSettings:
        """Of the filter, with the acceleration as this video has told it by now."""
        return self._process_noise.settings

    def finish(self) -> EvidenceLog | None:
        """The run is over: what its witness heard. Call it once, after the last frame."""
        if self.tracks is not None:
            self.votes.close(self.tracks, np.ones(len(self.tracks), bool))
        return self.votes.finish()

    def _elapsed(self, seen: Observation) -> float:
        dt_s = 0.0 if self._time_s is None else seen.time_s - self._time_s
        if self._time_s is not None and dt_s <= 0:
            raise ValueError(
                f"frame {seen.index + 1} at {seen.time_s:.3f} s is not after {self._time_s:.3f} s"
            )
        self._time_s = seen.time_s
        return dt_s

    def _with_camera(self, tracks: Tracks, seen: Observation, dt_s: float) -> Observation:
        """With what the people tell of the camera, where no picture does."""
        high_score = self.settings.association.high_score
        panned = not bx.is_still(self.camera)
        moved = common_motion.with_common_motion(tracks, seen, dt_s, high_score, panned)
        self._has_camera &= moved is seen
        self.camera = moved.camera
        return moved

    def _born(self, seen: Observation, detections: Ints) -> Tracks:
        ids = np.arange(self._next_id, self._next_id + len(detections))
        self._next_id += len(detections)
        votes = self.votes
        return born(ids, seen, detections, votes.players, self.settings, votes.sources)

    def _newcomers(self, seen: Observation, matches: Matches) -> Ints:
        if len(matches.detections) == len(seen.scores):
            return matches.detections[:0]
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
        beside, shown_s = separate_bodies.update_existence(
            tracks, rows, columns, overlaps, seen.time_s, dt_s, self.births.trusted
        )
        confirm_s = self.settings.confirm_s
        self.births.watch(tracks, beside, rows, shown_s, seen.time_s, confirm_s)
        tracks.seen_s[rows] = seen.time_s
        tracks.confirmed[rows] |= tracks.own_s[rows] >= confirm_s - 1e-9
        if self.votes.players:  # nobody else asks
            sure = np.zeros(len(tracks), bool)
            sure[rows] = separate_bodies.real(tracks)[rows]
            tracks.cannot_link |= sure[:, None] & sure
            tracks.cannot_link.flat[:: len(tracks) + 1] = False

    def _take_in(
        self,
        tracks: Tracks,
        seen: Observation,
        matches: Matches,
        rows: Ints,
        columns: Ints,
        clean: Mask,
        likelihoods: Doubles,
        dt_s: float,
    ) -> Ints:
        """Looks, templates and names, from clean pictures only. Returns what `OnlineVotes.take_in`
        does."""
        association = self.settings.association
        open_swap = np.zeros(len(rows), bool)
        open_swap[: len(matches.tracks)] = matches.margins < association.ambiguous_nats
        calm = (matches.covered[columns] < association.covered_max) & ~open_swap
        if seen.embeddings.shape[1]:
            if seen.described.any():
                self.appearance = self.appearance.update(
                    *templates.alike(matches, association.covered_max)
                )
            templates.remember(tracks, seen, rows[calm], columns[calm])
        return self.votes.take_in(
            tracks, seen, matches, rows, columns, calm & clean, likelihoods, dt_s
        )

    def _update_visibility(
        self, tracks: Tracks, seen: Observation, rows: Ints, dt_s: float
    ) -> None:
        """Where the unseen are; existence and visibility of everybody."""
        matched, time_s = np.zeros(len(tracks), bool), seen.time_s
        matched[rows] = True
        if self.offsets is not None:
            if self.probes is not None:
                self.offsets = self.probes.step(tracks, seen, rows)
            self.hidden = occlusion_offsets.apply_offsets(
                tracks, self.hidden, matched, time_s, dt_s, self.offsets
            )
        permanence, apart_s = self.settings.permanence, self.settings.confirm_s
        visibility_update.update_visibility(
            tracks, matched, self._size, permanence, time_s, dt_s, apart_s, self._has_camera
        )

    def _survivors(self, tracks: Tracks, time_s: float) -> Tracks:
        """A named player waits for ever; an unnamed track ends, an unconfirmed one soon."""
        gap_s = time_s - tracks.seen_s
        real_s, unreal_s = self.settings.max_absent_s, self.settings.confirm_s
        if gap_s.max(initial=0) <= min(real_s, unreal_s):
            return tracks
        patience = np.where(separate_bodies.real(tracks), real_s, unreal_s)
        kept = (tracks.beliefs.player != UNKNOWN) | (gap_s <= patience)
        if kept.all():
            return tracks
        self.votes.close(tracks, ~kept)
        return tracks.pick(kept)


def _order(seen: Observation) -> Ints:
    """Detections best first, then from the left, so that their order in the file never matters."""
    x1, y1, x2, y2 = seen.boxes.T
    return np.lexsort((y2, x2, y1, x1, -seen.scores))
