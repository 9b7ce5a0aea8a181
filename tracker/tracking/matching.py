"""The stages of matching in one frame: strong detections, weak detections, the long lost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracker import boxes as bx
from tracker.assignment import assign
from tracker.identity import posterior
from tracker.settings import AssociationSettings, FollowSettings
from tracker.tracking import association, separate_bodies
from tracker.tracking.association import AppearanceModel
from tracker.tracking.overlaps import Overlaps
from tracker.tracking.tracks import OCCLUDED, VISIBLE, Tracks
from tracker.types import Doubles, Floats, Ints, Mask, Observation

_CLEAR_TO_COVERED = (0.3, 0.6)  # shares
_PLACE_STD = 0.1  # heights: what a box that appears from behind somebody may be off
_LEFT_S = 0.4  # a box at the border that is missed for no longer has not left
_SECOND_NATS = 4.0  # what may be a second track on a body takes what the first leaves
_UNSEEN_NATS = 0.5
"""Who was not seen in the last frame steps back by this where others want the same detection: two
tracks on one body would else take turns. Of 0, .5 and 1 it is best in the mean of 7 detectors and
clips; no clip was left out."""
_WEAK_GAP_S = 0.5  # a weak detection only continues a track seen just now
_WEAK_NATS = -9.0  # whom it continues is a choice among those it overlaps; hardly anybody is denied


@dataclass(frozen=True, slots=True, eq=False)
class Matches:
    """Pairs of (M,) tracks and (M,) detections.

    margins: (M,) nats by which the pair beats swapping detections with the best rival pair,
    rivals: (M,) that rival's track, or -1. cosines: (T, N) cosines of all tracks and detections.
    covered: (N,) share of each detection that a nearer one covers.
    """

    tracks: Ints
    detections: Ints
    margins: Doubles
    rivals: Ints
    cosines: Doubles
    covered: Doubles


def match(
    tracks: Tracks,
    seen: Observation,
    overlaps: Overlaps,
    likelihoods: Doubles,
    appearance: AppearanceModel,
    settings: FollowSettings,
) -> Matches:
    """Assign detections to tracks. likelihoods: (N, P + 1) log-likelihoods of names.

    Who left the picture is not found again by their place: whoever enters there next may be
    anybody. Nor is anybody in another shot.
    """
    thresholds, boxes, covered = settings.association, overlaps.boxes, overlaps.covered()
    cosines = association.cosines(tracks.template, seen.embeddings)
    appearance_score = _appearance_score(
        tracks, seen, cosines, likelihoods, covered, appearance, settings
    )
    predicted = bx.from_states(tracks.motion.mean)
    overlap = _overlap(tracks, predicted, boxes, thresholds, bx.is_still(seen.camera))
    motion = thresholds.overlap_nats * overlap
    motion += appearance_score
    unseen = (tracks.visibility != VISIBLE).nonzero()[0]
    _surprise(motion, tracks, unseen, boxes, thresholds)
    second = separate_bodies.possible_duplicates(tracks, predicted, settings.confirm_s)
    seconds = second.nonzero()[0]
    _step_back(motion, unseen, _UNSEEN_NATS, thresholds.accept_nats)
    _step_back(motion, seconds, _SECOND_NATS, thresholds.accept_nats)
    scores = np.where(overlap > 0, motion, -np.inf)

    rows, columns = _stages(tracks, unseen, seen, scores, overlap, appearance_score, thresholds)
    if not len(seconds):
        return Matches(rows, columns, *_rivals(scores, rows, columns), cosines, covered)
    # nobody is mixed up with a second track on their body, or covered by it
    first = ~second[rows]
    margins, rivals = np.zeros(len(rows)), np.full(len(rows), -1)
    margins[first], rivals[first] = _rivals(scores, rows[first], columns[first])
    alone = np.ones(len(boxes), bool)
    alone[columns[~first]] = False
    return Matches(rows, columns, margins, rivals, cosines, overlaps.covered(alone))


def _rivals(scores: Doubles, rows: Ints, columns: Ints) -> tuple[Doubles, Ints]:
    """Margins and rivals as in Matches."""
    margins, places = association.swap_margins(scores, rows, columns)
    return margins, np.where(places >= 0, rows[places], -1) if len(rows) else places


def _stages(
    tracks: Tracks,
    unseen: Ints,
    seen: Observation,
    scores: Doubles,
    overlap: Doubles,
    appearance_score: Doubles,
    thresholds: AssociationSettings,
) -> tuple[Ints, Ints]:
    """(M,) tracks and (M,) detections; unseen: rows; scores, overlap, appearance_score: (T, N)."""
    gap_s = seen.time_s - tracks.seen_s
    strong = seen.scores >= thresholds.high_score
    near = here = gap_s <= thresholds.overlap_s
    if len(unseen):
        overlap_s = np.where(tracks.left[unseen], _LEFT_S, thresholds.overlap_s)
        near[unseen] = gap_s[unseen] <= overlap_s
        near |= tracks.visibility == OCCLUDED
        here = near & tracks.in_shot
    first = _stage(scores, here, strong, thresholds.accept_nats)
    if len(first[1]) == len(strong):
        return first
    free_t, free_d = _free(len(tracks), first[0]), _free(len(strong), first[1])
    just = (gap_s <= _WEAK_GAP_S) & tracks.in_shot
    close = np.where(overlap >= thresholds.low_iou, scores, -np.inf)
    second = _stage(close, free_t & just, free_d & ~strong, _WEAK_NATS)
    lost, open_ = free_t & ~near, free_d & strong
    if (appearance_score[lost][:, open_] >= thresholds.refind_nats).any():
        appearance_score = np.where(
            _reachable(tracks, seen.boxes, gap_s, thresholds), appearance_score, -np.inf
        )
    third = _stage(appearance_score, lost, open_, thresholds.refind_nats)
    rows, columns = zip(first, second, third, strict=True)
    return np.concatenate(rows), np.concatenate(columns)


def _appearance_score(
    tracks: Tracks,
    seen: Observation,
    cosines: Doubles,
    likelihoods: Doubles,
    covered: Doubles,
    appearance: AppearanceModel,
    settings: FollowSettings,
) -> Doubles:
    """(T, N) nats of appearance and names."""
    thresholds = settings.association
    speak = seen.described.any() or likelihoods.any()
    if not (speak and (tracks.template.shape[1] or tracks.beliefs.log.shape[1] > 1)):
        return np.zeros(cosines.shape)
    appearance_score = appearance.log_likelihood_ratio(cosines, thresholds.look_nats)
    if tracks.beliefs.log.shape[1] > 1:
        log = tracks.beliefs.without_numbers(settings.identity)
        fits = posterior.fit(log, likelihoods, settings.identity)
        appearance_score = appearance_score + np.minimum(
            np.maximum(fits, -thresholds.name_nats), thresholds.name_nats
        )
    return np.where(appearance_score < 0, appearance_score * _clear(covered), appearance_score)


def _clear(covered: Doubles) -> Doubles:
    """(N,) how far a picture may speak against: one that shows somebody before them may not."""
    open_, shut = _CLEAR_TO_COVERED
    return np.asarray(np.minimum(np.maximum((shut - covered) / (shut - open_), 0), 1))


def _overlap(
    tracks: Tracks, predicted: Doubles, boxes: Doubles, thresholds: AssociationSettings, still: bool
) -> Doubles:
    std = np.sqrt(np.maximum(*tracks.motion.spread[:, 0, :2].T))
    growth = association.expansion(std, bx.heights(predicted), thresholds)
    return association.overlaps(
        predicted, tracks.last_box, boxes, growth, thresholds.expand_min, still
    )


def _surprise(
    scores: Doubles, tracks: Tracks, rows: Ints, boxes: Doubles, thresholds: AssociationSettings
) -> None:
    """Take from (T, N) nats what speaks against a place where the unseen `rows` were not expected.

    Seen tracks are left alone: their motion is new in every frame, a sudden pan is no surprise.
    """
    if not len(rows):
        return
    mean = tracks.motion.mean[rows]
    away = mean[:, None, :2] - bx.centres(boxes)
    noise = _PLACE_STD * np.exp(mean[:, 3])
    spread = tracks.motion.spread[rows, 0, :2] + (noise**2)[:, None]
    square = (away**2 / spread[:, None]).sum(axis=2)
    scores[rows] -= np.where(
        square > thresholds.gate_std**2, np.inf, thresholds.surprise_nats * square
    )


def _step_back(nats: Doubles, rows: Ints, by: float, accept: float) -> None:
    """Take from the (T, N) nats of some tracks, but what is left over they may still take."""
    if len(rows):
        theirs = nats[rows]
        nats[rows] = np.maximum(theirs - by, np.minimum(theirs, accept))


def _stage(scores: Doubles, tracks: Mask, boxes: Mask, threshold: float) -> tuple[Ints, Ints]:
    """Assign among the tracks and detections of two masks; indices into the whole."""
    rows, columns = tracks.nonzero()[0], boxes.nonzero()[0]
    if not (len(rows) and len(columns)):
        return rows[:0], columns[:0]
    part = scores if len(rows) == len(scores) else scores[rows]
    part = part if len(columns) == len(boxes) else part.take(columns, axis=1)
    chosen_r, chosen_c = assign(part, threshold)
    return rows[chosen_r], columns[chosen_c]


def _free(count: int, taken: Ints) -> Mask:
    free = np.ones(count, bool)
    free[taken] = False
    return free


def _reachable(
    tracks: Tracks, boxes: Floats, gap_s: Doubles, thresholds: AssociationSettings
) -> Mask:
    """(T, N) bool: a runner could have got there, given how uncertain their place was."""
    heights = np.exp(tracks.motion.mean[:, 3])
    reach = thresholds.reach * heights * gap_s + 2 * tracks.motion.position_std.max(axis=1)
    away = tracks.motion.mean[:, None, :2] - bx.centres(boxes.astype(np.float64))
    return np.asarray(np.linalg.norm(away, axis=2) <= reach[:, None])
