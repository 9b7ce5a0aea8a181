"""The camera as the people tell it, where no picture does: what all of them do at once.

Boxes without pictures, as of a file of detections, come without the camera's motion. But who is
seen in two frames tells it: a pan moves everybody by the same. All ways from where a track is
expected to a detection of its size are votes for a shift, and the shift most of them agree on is
the camera's (a Hough transform of two parameters: it finds pans of more than the distance between
two people too, which nearest detections would misread). Shifts below `_BEGINS` are left to the
motion filters, and so are those that chance explains; a pan that has begun is followed to its end.
So the lost are carried along, and jerks of the camera are not taken for restless people.

Measured on true boxes without pictures (HOTA as in `bench_gaps.py`, nothing blanked | with gaps):
44 clips of SportsMOT .961 | .832 -> .964 | .842, 34 of SoccerNet .912 | .828 -> .940 | .841. Seven
other pairs of limits (3, 5 sigmas, 0 to .05 heights) gave .960 to .971, .834 to .848, .938 to .942
and .834 to .846. A zoom beside the shift gave SoccerNet's gaps .004 more and nothing else.
Correcting a camera that pictures tell: PETS +.008, but basketball's and soccer's detectors lose .04
to .13 of their names.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tracker import boxes as bx
from tracker.tracking.tracks import Tracks
from tracker.types import Doubles, Mask, Observation

_REACH = 2.0  # heights that a pan may add within a frame
_TOLERANCE = 0.15  # heights that the shifts of two people may differ by
_SAME_SIZE = 0.3  # of the logarithm of the heights
_FEWEST = 4  # people who must agree, and half of those in view
_SIGMAS = 3.0  # of the agreed shift's standard error
_BEGINS, _GOES_ON = 0.05, 0.01  # heights: a camera that pans is believed to go on panning
_SIGMA = 1.4826  # of a normal distribution, in medians of its absolute values
_MEDIAN = 1.2533  # standard error of a median, in those of a mean


def with_common_motion(
    tracks: Tracks, seen: Observation, dt_s: float, min_score: float, panned: bool
) -> Observation:
    """The frame with the camera that the people tell, where the frame itself tells of none.

    tracks: as of the last frame. dt_s: since then. min_score: of detections that count. panned: the
    camera did so until the last frame.
    """
    if seen.cut or not bx.is_still(seen.camera):
        return seen
    recent = (seen.time_s - tracks.seen_s <= 1.5 * dt_s) & tracks.in_shot
    if np.count_nonzero(recent) < _FEWEST:
        return seen
    boxes = seen.boxes[seen.scores >= min_score].astype(np.float64)
    if len(boxes) < _FEWEST:
        return seen
    mean = tracks.motion.mean[recent]
    log_heights = mean[:, 3]
    height = float(np.exp(_middle(log_heights)))
    expected = mean[:, :2] + dt_s * mean[:, 4:6]
    ways = (bx.centres(boxes)[:, None] - expected) / height
    min_shift = _GOES_ON if panned else _BEGINS
    if _all_as_expected(ways, min_shift):
        return seen
    near = (np.abs(ways) < _REACH).all(axis=-1)
    near &= np.abs(bx.to_states(boxes)[:, None, 3] - log_heights) < _SAME_SIZE
    shift = _agreed(ways[near], max(_FEWEST, len(mean) / 2), min_shift)
    if shift is None:
        return seen
    camera = seen.camera.copy()
    camera[:, 2] += height * shift
    return replace(seen, camera=camera)


def _all_as_expected(ways: Doubles, min_shift: float) -> bool:
    """Whether the (N, T, 2) ways to the nearest detections are too small for a pan, as they are in
    nearly all frames: the search for one would take a third of the time of following."""
    square = np.einsum("nti,nti->nt", ways, ways)
    nearest = square.argmin(axis=0)
    each = np.arange(len(nearest))
    if _middle(square[nearest, each]) > _TOLERANCE**2:
        return False
    return bool((np.abs(_middle(ways[nearest, each])) < min_shift).all())


def _middle(values: Doubles) -> Doubles:
    """The upper median along the first axis, at a tenth of the cost of `np.median`."""
    return np.asarray(np.sort(values, axis=0)[len(values) // 2])


def _agreed(ways: Doubles, fewest: float, min_shift: float) -> Doubles | None:
    """(2,) the shift that most of the (K, 2) agree on, or None: too few, too small or chance."""
    if len(ways) < fewest:
        return None
    shift = _densest(ways)
    members = ways[_within(ways, shift)]
    if len(members) < fewest:
        return None
    shift = np.median(members, axis=0)
    members = ways[_within(ways, shift)]
    if len(members) < fewest or np.abs(shift).max() < min_shift:
        return None
    spread = _SIGMA * np.median(np.abs(members - shift), axis=0)
    error = _MEDIAN * spread / np.sqrt(len(members))
    return shift if (np.abs(shift) > _SIGMAS * error).any() else None


def _within(ways: Doubles, shift: Doubles) -> Mask:
    return np.asarray((np.abs(ways - shift) < _TOLERANCE).all(axis=1))


def _densest(ways: Doubles) -> Doubles:
    """(2,) the middle of the square of two tolerances that holds most; the smallest of equals."""
    side = int(np.ceil(2 * _REACH / _TOLERANCE)) + 1
    cell = ((ways + _REACH) / _TOLERANCE).astype(np.int64)
    counts = np.bincount(cell[:, 0] * side + cell[:, 1], minlength=side * side).reshape(side, side)
    squares = counts[1:, 1:] + counts[:-1, 1:] + counts[1:, :-1] + counts[:-1, :-1]
    corners = np.argwhere(squares == squares.max()) + 1
    middles = corners * _TOLERANCE - _REACH
    return np.asarray(middles[np.argmin(np.abs(middles).max(axis=1))])
