"""The stages of matching in one frame: strong detections, weak detections, the long lost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracker.config import AssociationSettings, FollowSettings
from tracker.follow import association, identity, links
from tracker.follow import boxes as bx
from tracker.follow.association import Looks
from tracker.follow.tracks import Tracks
from tracker.records import NO_PLAYER, Doubles, Ints, Mask, Observation, Visibility

_CLEAR_TO_COVERED = (0.3, 0.6)  # shares
_PLACE_STD = 0.1  # heights: what a box that appears from behind somebody may be off
_WEAK_GAP_S = 0.5  # a weak detection only continues a path seen just now


@dataclass(frozen=True, slots=True, eq=False)
class Matches:
    """Pairs of (M,) tracks and (M,) detections.

    margins: (M,) nats by which the pair beats trading detections with the best rival pair,
    rivals: (M,) that rival's track, or -1. cosines: (T, N) looks of all tracks and detections.
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
    likelihoods: Doubles,
    looks: Looks,
    out: Mask,
    settings: FollowSettings,
) -> Matches:
    """Assign detections to tracks.

    likelihoods: (N, P + 1) log-likelihoods of names. out: (T,) last seen at the picture's border.
    """
    limits = settings.association
    boxes = seen.boxes.astype(np.float64)
    gap_s = seen.time_s - tracks.seen_s
    cosines = association.cosines(tracks.template, seen.embeddings)
    likeness = looks.nats(cosines, limits.look_nats)
    log = tracks.beliefs.current(settings.identity)
    fits = identity.fit(log, likelihoods, settings.identity)
    likeness = likeness + np.clip(fits, -limits.name_nats, limits.name_nats)
    covered = bx.covered(boxes, boxes)
    likeness = np.where(likeness < 0, likeness * _clear(covered), likeness)
    overlap = _overlap(tracks, boxes, limits)
    motion = limits.overlap_nats * overlap - _surprise(tracks, boxes, limits)
    scores = np.where(overlap > 0, motion + likeness, -np.inf)
    # anybody may come in where a player went out: the place alone must not give him the name
    left = out & (tracks.beliefs.player != NO_PLAYER) & (gap_s > links.GAP_S)
    scores[left[:, None] & (likeness <= 0)] = -np.inf

    strong = seen.scores >= limits.high_score
    near = (gap_s <= limits.overlap_s) | (tracks.visibility == Visibility.OCCLUDED)
    first = _stage(scores, near, strong, limits.accept_nats)
    free_t, free_d = _free(len(tracks), first[0]), _free(len(boxes), first[1])
    weak = free_t & (gap_s <= _WEAK_GAP_S)
    second = _stage(overlap, weak, free_d & ~strong, limits.low_iou)
    lost = free_t & ~near
    reachable = _reachable(tracks, boxes, gap_s, limits)
    third = _stage(
        np.where(reachable, likeness, -np.inf), lost, free_d & strong, limits.refind_nats
    )
    rows = np.concatenate([first[0], second[0], third[0]])
    columns = np.concatenate([first[1], second[1], third[1]])
    margins, rivals = association.swap_margins(scores, rows, columns)
    rivals = np.where(rivals >= 0, rows[rivals], -1) if len(rows) else rivals
    return Matches(rows, columns, margins, rivals, cosines, covered)


def _clear(covered: Doubles) -> Doubles:
    """(N,) how far a picture may speak against: one that shows somebody before him may not."""
    open_, shut = _CLEAR_TO_COVERED
    return np.asarray(np.clip((shut - covered) / (shut - open_), 0, 1))


def _overlap(tracks: Tracks, boxes: Doubles, limits: AssociationSettings) -> Doubles:
    predicted = bx.from_states(tracks.motion.mean)
    std = tracks.motion.position_std.max(axis=1)
    growth = association.expansion(std, bx.heights(predicted), limits)
    return association.overlaps(predicted, tracks.last_box, boxes, growth, limits.expand_min)


def _surprise(tracks: Tracks, boxes: Doubles, limits: AssociationSettings) -> Doubles:
    """(T, N) nats against a detection where an unseen track was not expected; inf: forbidden.

    Seen tracks are left alone: their motion is new in every frame, a sudden pan is no surprise.
    """
    unseen = tracks.visibility != Visibility.VISIBLE
    away = tracks.motion.mean[:, None, :2] - bx.centres(boxes)[None]
    noise = _PLACE_STD * np.exp(tracks.motion.mean[:, 3])[:, None]
    spread = tracks.motion.position_std**2 + noise**2
    square = (away**2 / spread[:, None]).sum(axis=2)
    told = np.where(square > limits.gate_std**2, np.inf, limits.surprise_nats * square)
    return np.where(unseen[:, None], told, 0.0)


def _stage(scores: Doubles, tracks: Mask, boxes: Mask, least: float) -> tuple[Ints, Ints]:
    """Assign among the tracks and detections of two masks; indices into the whole."""
    rows, columns = np.flatnonzero(tracks), np.flatnonzero(boxes)
    chosen_r, chosen_c = association.assign(scores[np.ix_(rows, columns)], least)
    return rows[chosen_r], columns[chosen_c]


def _free(count: int, taken: Ints) -> Mask:
    free = np.ones(count, bool)
    free[taken] = False
    return free


def _reachable(tracks: Tracks, boxes: Doubles, gap_s: Doubles, limits: AssociationSettings) -> Mask:
    """(T, N) bool: a runner could have got there, given how uncertain his place was."""
    heights = np.exp(tracks.motion.mean[:, 3])
    reach = limits.reach * heights * gap_s + 2 * tracks.motion.position_std.max(axis=1)
    away = tracks.motion.mean[:, None, :2] - bx.centres(boxes)[None]
    return np.asarray(np.linalg.norm(away, axis=2) <= reach[:, None])
