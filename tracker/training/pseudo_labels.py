"""What tracks say of a frame: who is surely there, who may be, and whom the detector missed.

As in RoyChowdhury et al.: Automatic adaptation of object detectors to new domains using
self-training, arXiv 1904.07305.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from tracker.boxes import chain, covered, inverse, iou
from tracker.output.table import BOX, TrackTable
from tracker.types import Doubles, Ints, Mask, Observation, Visibility

SAME_IOU = 0.5
_LONG_S = 1.0
"""A track seen for less may be anything."""
_SURE = 0.5
"""A detection of a long track with this score is somebody; another one where the track was seen
before and after."""
_AROUND_S = 0.5
_GAP_S = 0.4
"""Who is missed no longer than that is where the line between both boxes says."""
_HIDDEN = 0.3
"""Share of a missed box which somebody covers, above which nobody can be seen there."""
_MOVES = 1.0
"""Body heights over which the feet of somebody who plays move, from the 5 % to the 95 % quantile of
their places. volleyball_c016: 30 of 31 of the long tracks on bench and stand move less, 5 of 18 of
players, most of them short. Who stands is neither taught nor asked for: it may be a goalkeeper."""
_BESIDE = ("staff", "crowd")
"""Roles that do not play: neither taught nor asked for."""


@dataclass(frozen=True, slots=True, eq=False)
class FrameLabels:
    """What is known of a frame. index: Frame.index.

    boxes: (N, 4) pixels of whom is surely there; classes: (N,) columns of `Observation.classes`, 0
    where it has none; missed: (N,) whom the detector did not see. perhaps: (M, 4) who may be there.
    """

    index: int
    boxes: Doubles
    classes: Ints
    missed: Mask
    perhaps: Doubles


@dataclass(frozen=True, slots=True, eq=False)
class _Track:
    """One track in the frames that were looked at. at: (n,) places among them in which it was seen.

    boxes: (n, 4); scores: (n,)."""

    at: Ints
    boxes: Doubles
    scores: Doubles


@dataclass(slots=True)
class _Gathered:
    """Lists of a frame, while tracks are gone through."""

    boxes: list[Doubles]
    missed: list[bool]
    perhaps: list[Doubles]


def labels_of(table: TrackTable, seen: Sequence[Observation], fps: float) -> list[FrameLabels]:
    """Of every frame that was looked at, in order.

    table: the tracks of the whole run; seen: what they were made of; fps: frames a second.
    """
    looked = [frame for frame in seen if frame.looked]
    every = _step(looked)
    places = {frame.index + 1: place for place, frame in enumerate(looked)}
    cuts = np.cumsum([frame.cut for frame in looked])
    cameras = _cameras(seen)
    gathered = [_Gathered([], [], []) for _ in looked]
    for track, beside in _tracks(table, places):
        long = len(track.at) * every / fps >= _LONG_S and not beside
        long = long and _moved(track, cameras) >= _MOVES
        _seen_boxes(track, long, _AROUND_S * fps / every, gathered)
        if long:
            _missed_boxes(track, _GAP_S * fps / every, cuts, gathered)
    return [_labels(frame, all_of) for frame, all_of in zip(looked, gathered, strict=True)]


def _cameras(seen: Sequence[Observation]) -> list[Doubles]:
    """(2, 3) of every frame that was looked at: from its pixels to those where its shot begins."""
    so_far, found = np.eye(2, 3), list[Doubles]()
    for frame in seen:
        so_far = np.eye(2, 3) if frame.cut else chain(frame.camera, so_far)
        if frame.looked:
            found.append(inverse(so_far))
    return found


def _moved(track: _Track, cameras: Sequence[Doubles]) -> float:
    """How far its feet went on the ground that the camera shows, in body heights."""
    corners = track.boxes
    feet = np.stack([corners[:, [0, 2]].mean(axis=1), corners[:, 3], np.ones(len(corners))], axis=1)
    places = np.array([cameras[at] @ foot for at, foot in zip(track.at, feet, strict=True)])
    low, high = np.quantile(places, (0.05, 0.95), axis=0)
    return float(np.hypot(*(high - low)) / np.median(corners[:, 3] - corners[:, 1]))


def _step(looked: Sequence[Observation]) -> int:
    steps = np.diff([frame.index for frame in looked])
    return int(np.median(steps)) if len(steps) else 1


def _tracks(table: TrackTable, places: dict[int, int]) -> Iterable[tuple[_Track, bool]]:
    """Every track, and whether it is somebody who does not play."""
    numbers, words = table.numbers, table.words
    frames = numbers["frame"]
    here = words["visibility"].are(Visibility.VISIBLE.label)
    here &= np.isin(frames, np.fromiter(places, np.int64, len(places)))
    boxes = np.stack([numbers[name] for name in BOX], axis=1).astype(np.float64)
    outside = np.any([words["role"].are(role) for role in _BESIDE], axis=0)
    order = np.lexsort((frames, numbers["track_id"]))
    order = order[here[order]]
    borders = np.flatnonzero(np.diff(numbers["track_id"][order])) + 1
    for mine in np.split(order, borders) if len(order) else ():
        at = np.array([places[int(frame)] for frame in frames[mine]], np.int64)
        yield _Track(at, boxes[mine], numbers["confidence"][mine]), bool(outside[mine].any())


def _seen_boxes(track: _Track, long: bool, around: float, gathered: list[_Gathered]) -> None:
    """around: how many looked at frames away it must have been seen before and after."""
    after = np.diff(track.at, append=np.iinfo(np.int32).max) <= around
    before = np.diff(track.at, prepend=np.iinfo(np.int32).min) <= around
    sure = (track.scores >= _SURE) | (before & after)
    for place, box, known in zip(track.at, track.boxes, sure & long, strict=True):
        if known:
            gathered[place].boxes.append(box)
            gathered[place].missed.append(False)
        else:
            gathered[place].perhaps.append(box)


def _missed_boxes(track: _Track, gap: float, cuts: Ints, gathered: list[_Gathered]) -> None:
    """gap: the longest, looked at frames. cuts: (F,) number of the shot."""
    for i in np.flatnonzero(np.diff(track.at) > 1):
        first, last = track.at[i], track.at[i + 1]
        for place in range(first + 1, last):
            share = (place - first) / (last - first)
            box = (1 - share) * track.boxes[i] + share * track.boxes[i + 1]
            if last - first - 1 > gap or cuts[first] != cuts[last]:
                continue
            gathered[place].boxes.append(box)
            gathered[place].missed.append(True)


def _labels(seen: Observation, gathered: _Gathered) -> FrameLabels:
    boxes = np.array(gathered.boxes, np.float64).reshape(-1, 4)
    missed = np.array(gathered.missed, bool)
    hidden = missed & _behind(boxes, missed)
    perhaps = np.array([*gathered.perhaps, *boxes[hidden]], np.float64).reshape(-1, 4)
    boxes, missed = boxes[~hidden], missed[~hidden]
    found = seen.boxes.astype(np.float64)
    return FrameLabels(seen.index, boxes, _classes(seen, found, boxes), missed, perhaps)


def _behind(boxes: Doubles, missed: Mask) -> Mask:
    """(N,) who is covered by somebody that was seen."""
    hidden = np.zeros(len(boxes), bool)
    if missed.any() and not missed.all():
        hidden[missed] = covered(boxes[missed], boxes[~missed]) > _HIDDEN
    return hidden


def _classes(seen: Observation, found: Doubles, boxes: Doubles) -> Ints:
    """(N,) of the detection that each box is, or of the one that is most like it."""
    if seen.classes is None or not len(found):
        return np.zeros(len(boxes), np.int64)
    best: Ints = seen.classes.argmax(axis=1)
    return best[iou(boxes, found).argmax(axis=1)] if len(boxes) else np.zeros(0, np.int64)
