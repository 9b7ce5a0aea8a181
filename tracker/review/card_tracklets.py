"""Tracks cut into tracklets that show one person each, out of boxes alone.

tracks.csv of a run without names does not say how sure each match was, so a track is cut wherever
somebody may have taken the other's place: at the height of every encounter, where a track was
unseen, where a shot ends, and after a while, so that what is mixed up unseen can be parted too.
Whoever puts tracklets together again (`card_clusters`) knows which follow each other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracker.boxes import areas
from tracker.types import Doubles, Ints, Mask

MEETS_IOU = 0.2
"""Boxes that overlap more are an encounter."""
GAP_S = 0.5
"""Unseen for longer, somebody may be somebody else."""
LONGEST_S = 2.0
_NO_TRACKLET = -1


@dataclass(frozen=True, slots=True, eq=False)
class Sightings:
    """The visible boxes of a run, ordered by frame, then track.

    frames: (N,) from 1. tracks: (N,) ids as in tracks.csv. boxes: (N, 4) pixels. size: width and
    height of the picture, pixels. fps: frames a second. cuts: frames with which new shots begin.
    """

    frames: Ints
    tracks: Ints
    boxes: Doubles
    size: tuple[int, int]
    fps: float
    cuts: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        n = len(self.frames)
        if self.tracks.shape != (n,) or self.boxes.shape != (n, 4):
            raise ValueError(
                f"Sightings: {n} frames, but tracks {self.tracks.shape}, boxes {self.boxes.shape}"
            )
        if (np.diff(self.frames) < 0).any():
            raise ValueError("Sightings.frames must not fall")

    def __len__(self) -> int:
        return len(self.frames)


@dataclass(frozen=True, slots=True, eq=False)
class Tracklets:
    """of: (N,) the tracklet of each sighting. tracks, firsts, lasts (frames), counts: (T,).

    before: (T,) the tracklet that it goes on from, met or cut but not lost; -1 where none.
    covered: (N,) share of each box that the worst other box covers.
    """

    of: Ints
    tracks: Ints
    firsts: Ints
    lasts: Ints
    counts: Ints
    before: Ints
    covered: Doubles

    def __len__(self) -> int:
        return len(self.tracks)

    def at(self, track: int, first: int, last: int) -> Ints:
        """The tracklets of a track of which at least half lies in these frames, ends included."""
        shared = np.minimum(self.lasts, last) - np.maximum(self.firsts, first) + 1
        mostly = 2 * shared >= self.lasts - self.firsts + 1
        return np.flatnonzero((self.tracks == track) & mostly)


def cut_tracklets(
    seen: Sightings,
    meets_iou: float = MEETS_IOU,
    gap_s: float = GAP_S,
    longest_s: float = LONGEST_S,
) -> Tracklets:
    """All tracklets, in the order of tracks, then time."""
    overlap, covered = overlaps(seen)
    order = np.lexsort((seen.frames, seen.tracks))
    tracks, frames, met = seen.tracks[order], seen.frames[order], overlap[order]
    new = np.diff(tracks, prepend=_NO_TRACKLET - 1) != 0
    shots = np.searchsorted(np.asarray(seen.cuts, np.int64), frames, side="right")
    lost = new | (np.diff(frames, prepend=0) > gap_s * seen.fps)
    lost |= np.diff(shots, prepend=0) != 0
    starts = lost | _heights(met, met > meets_iou, new)
    starts |= _too_long(frames, starts, longest_s * seen.fps)
    at = np.flatnonzero(starts)
    ends = np.append(at, len(order))[1:] - 1
    of = np.empty(len(order), np.int64)
    of[order] = np.cumsum(starts) - 1
    before = np.where(lost[at], _NO_TRACKLET, np.arange(len(at)) - 1)
    return Tracklets(
        of, tracks[at], frames[at], frames[ends], ends - at + 1, before.astype(np.int64), covered
    )


def longest_tracks(seen: Sightings, most: int) -> Mask:
    """(N,) which sightings are of the `most` tracks that are seen longest."""
    tracks, of, counts = np.unique(seen.tracks, return_inverse=True, return_counts=True)
    kept = np.zeros(len(tracks), bool)
    kept[np.argsort(-counts, kind="stable")[:most]] = True
    return np.asarray(kept[of])


def joined(tracklets: Tracklets, after: Ints) -> Tracklets:
    """With these tracklets part of those that they go on from. after: numbers of tracklets."""
    starts = np.ones(len(tracklets), bool)
    starts[after] = False
    number = np.cumsum(starts) - 1
    at = np.flatnonzero(starts)
    before = tracklets.before[at]
    counts = np.bincount(number, tracklets.counts).astype(np.int64)
    ends = np.append(at[1:], len(tracklets)) - 1
    return Tracklets(
        number[tracklets.of],
        tracklets.tracks[at],
        tracklets.firsts[at],
        tracklets.lasts[ends],
        counts,
        np.where(before >= 0, number[before], _NO_TRACKLET),
        tracklets.covered,
    )


def overlaps(seen: Sightings) -> tuple[Doubles, Doubles]:
    """(N,) the largest IoU with another box of the frame; (N,) the share that it covers."""
    iou, covered = np.zeros(len(seen)), np.zeros(len(seen))
    left, top, right, bottom = np.ascontiguousarray(seen.boxes.T)
    size = np.maximum(areas(seen.boxes), 1e-9)
    last = np.searchsorted(seen.frames, seen.frames, side="right")
    rows = np.arange(len(seen))
    step = 1
    while len(rows := rows[rows + step < last[rows]]):  # each box with the `step`th behind it
        other = rows + step
        wide = np.minimum(right[rows], right[other]) - np.maximum(left[rows], left[other])
        near = np.flatnonzero(wide > 0)
        a, b = rows[near], other[near]
        tall = np.minimum(bottom[a], bottom[b]) - np.maximum(top[a], top[b])
        shared = wide[near] * np.maximum(tall, 0)
        union = size[a] + size[b] - shared
        for mine in (a, b):
            iou[mine] = np.maximum(iou[mine], shared / union)
            covered[mine] = np.maximum(covered[mine], shared / size[mine])
        step += 1
    return iou, covered


def _heights(overlap: Doubles, meets: Mask, new: Mask) -> Mask:
    """(N,) bool: where each encounter of a track is closest. new: where tracks begin."""
    begins = meets & (new | ~np.append(False, meets[:-1]))
    number = np.cumsum(begins) - 1
    closest = np.zeros(len(overlap), bool)
    rows = np.flatnonzero(meets)
    by_overlap = rows[np.lexsort((rows, -overlap[rows], number[rows]))]
    first = np.diff(number[by_overlap], prepend=-1) != 0
    closest[by_overlap[first]] = True
    return closest


def _too_long(frames: Ints, starts: Mask, longest: float) -> Mask:
    """(N,) bool: where stretches of more than `longest` frames are cut into equal parts."""
    at = np.flatnonzero(starts)
    counts = np.diff(np.append(at, len(frames)))
    first = np.repeat(frames[at], counts)
    span = np.repeat(frames[at + counts - 1] - frames[at] + 1, counts)
    parts = np.maximum(1, np.round(span / longest).astype(np.int64))
    part = (frames - first) * parts // span
    cut = np.diff(part, prepend=0) > 0
    return np.asarray(cut & ~starts)
