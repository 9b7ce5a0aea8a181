"""Camera motion between two frames.

Corners of the background are followed by pyramidal Lucas-Kanade (Bouguet 2001) there and back;
a similarity is fitted to them by RANSAC. It is used only where enough of the background agrees
(McByte++'s conditional compensation); otherwise the motion is unknown and taken as none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import median

import cv2
import numpy as np

from tracker.observation.chunk import Recent
from tracker.observation.shot_cuts import Watch
from tracker.observation.thumbnails import View, view_of
from tracker.settings import CameraSettings
from tracker.types import Detections, Doubles, Floats, Frame, Mask

_CORNERS = 200
_SPACING = 1 / 32  # of the picture's width between corners, so that no place outvotes the others
_WINDOW = (11, 11)
_LEVELS = 5  # halvings: 11 pixels see about 170 of a 1080p picture
_STEPS = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 10, 0.03)
_RETURN_PX = 0.5  # there and back again: a corner that ends farther away was lost
_AGREE_PX = 0.5  # of the shrunken picture
_STILL = 0.25  # share of the camera's motion below which a corner belongs to an overlay
_MOVES_PX = 0.1  # of the shrunken picture: slower cameras need no search for overlays
_NEIGHBOURHOOD = (15, 15)
PATIENCE = 3
"""So many pictures in a row may show nothing; more are a shot of their own."""


class CameraEstimator:
    """Motion of the camera from frame to frame, and where shots begin (`cuts.Watch`).

    Motion that fewer than `min_inliers` corners agree on, or of which half the corners are
    farther than `max_residual_px`, is unknown: identity. hidden: so many pictures in a row showed
    nothing. mixed: the last frame began a shot, and so many frames before it show both shots.
    """

    def __init__(self, settings: CameraSettings) -> None:
        self._settings = settings
        self._watch = Watch(settings.cut_distance)
        self.hidden = self.mixed = 0

    def recent(self, index: int) -> Recent:
        """What is to be known behind frame `index` to go on."""
        return self._watch.recent(index)

    def recall(
        self, recent: Recent, hidden: int, before: Sequence[tuple[Frame, Detections, Doubles]]
    ) -> None:
        """Go on behind the last of some frames, of which people and motion are given."""
        self.hidden, last = hidden, before[-1][0].index
        self._watch.recall(recent, last)
        for frame, people, motion in before:
            if last - frame.index in recent.shown and frame.image is not None:
                view = view_of(frame.image, people, self._settings.width_px)
                self._watch.keep(view, frame.index, frame.time_s, motion)

    def estimate(self, frame: Frame, detections: Detections) -> tuple[Doubles, bool]:
        """The (2, 3) affine from pixels of the previous frame to pixels of this one, and whether
        a new shot begins.

        detections: the people of this frame; what they cover is no background. Identity where
        there is no picture, no previous one, or nothing to be seen (a flash, a black frame): the
        next frame is then compared with the last one that showed something.
        """
        still = np.eye(2, 3)
        self.mixed = 0
        if frame.image is None:
            return still, False
        view = view_of(frame.image, detections, self._settings.width_px)
        before, at = self._watch.last, (frame.index, frame.time_s)
        if before is None or before.grey.shape != view.grey.shape:
            self._watch.begin(view, *at)
            self.hidden = 0
            return still, before is not None
        motion = self._motion(before, view)
        if motion is None and self.hidden < PATIENCE and view.shows_nothing:
            self.hidden += 1
            return still, False
        self.hidden = 0

        def fits(earlier: View) -> bool:
            return self._motion(earlier, view) is not None

        mixed = self._watch.decide(view, *at, motion, fits)
        if mixed is not None:
            self.mixed = mixed
            return still, True
        return (still if motion is None else motion), False

    def _motion(self, before: View, now: View) -> Doubles | None:
        """The affine at full size, None where it is unknown."""
        scale = np.array(now.size) / np.array(now.grey.shape[::-1])
        limit = self._settings.max_residual_px / scale[0]
        fewest = self._settings.min_inliers
        affine = _fit(*_follow(before, now), fewest, limit)
        if affine is None:
            affine = _fit(*_follow(_relief(before), _relief(now)), fewest, limit)
        return None if affine is None else _at_full_size(affine, scale)


def _relief(view: View) -> View:
    """Grey as its distance from the local mean in local deviations: a change of light is gone."""
    grey = view.grey.astype(np.float32)
    apart = grey - cv2.blur(grey, _NEIGHBOURHOOD)
    deviation = np.sqrt(np.maximum(cv2.blur(apart * apart, _NEIGHBOURHOOD), 0.0)) + 2.0
    relief = np.clip(128 + 40 * apart / deviation, 0, 255).astype(np.uint8)
    return replace(view, grey=relief)


def _follow(before: View, now: View) -> tuple[Floats, Floats]:
    """(N, 2) and (N, 2) corners of the background that are found in both pictures."""
    none = np.zeros((0, 2), np.float32)
    spacing = _SPACING * before.grey.shape[1]
    found = cv2.goodFeaturesToTrack(before.grey, _CORNERS, 0.01, spacing, mask=before.background)
    if found is None:
        return none, none
    start = np.asarray(found, np.float32)
    end, seen = _flow(before, now, start)
    back, seen_back = _flow(now, before, end)
    lost = np.linalg.norm(back - start, axis=2).ravel() > _RETURN_PX
    a, b = start.reshape(-1, 2), end.reshape(-1, 2)
    rows, columns = now.grey.shape
    kept = seen & seen_back & ~lost
    kept &= (b >= 0).all(axis=1) & (b <= [columns - 1, rows - 1]).all(axis=1)
    at = b[kept].astype(int)
    kept[kept] = now.background[at[:, 1], at[:, 0]] > 0
    return a[kept], b[kept]


def _flow(before: View, now: View, start: Floats) -> tuple[Floats, Mask]:
    """Where (N, 1, 2) points of one picture are in the other, and whether they were found."""
    end, found, _ = cv2.calcOpticalFlowPyrLK(
        before.grey,
        now.grey,
        start,
        np.empty_like(start),
        winSize=_WINDOW,
        maxLevel=_LEVELS - 1,
        criteria=_STEPS,
    )
    return np.asarray(end, np.float32), np.asarray(found).ravel() == 1


def _fit(start: Floats, end: Floats, min_inliers: int, limit_px: float) -> Doubles | None:
    """The similarity from `start` to `end`, None where too few agree on one."""
    affine = _similarity(start, end, min_inliers)
    if affine is None:
        return None
    motion = np.linalg.norm(_moved(affine, start) - start, axis=1)
    overlay = np.linalg.norm(end - start, axis=1) < _STILL * motion
    overlay &= motion > _MOVES_PX
    if overlay.any():  # a score board stands still on the screen while the camera moves
        start, end = start[~overlay], end[~overlay]
        affine = _similarity(start, end, min_inliers)
        if affine is None:
            return None
    residual = np.linalg.norm(_moved(affine, start) - end, axis=1)
    return affine if median(residual.tolist()) <= limit_px else None


def _similarity(start: Floats, end: Floats, min_inliers: int) -> Doubles | None:
    """Turn, scale and shift that most points agree on, None where too few do."""
    if len(start) >= min_inliers:
        affine, agree = cv2.estimateAffinePartial2D(
            start, end, method=cv2.RANSAC, ransacReprojThreshold=_AGREE_PX, confidence=0.999
        )
        if affine is not None and np.count_nonzero(agree) >= min_inliers:
            return np.asarray(affine, np.float64)
    return None


def _moved(affine: Doubles, points: Floats) -> Doubles:
    moved: Doubles = points @ affine[:, :2].T + affine[:, 2]
    return moved


def _at_full_size(affine: Doubles, scale: Doubles) -> Doubles:
    """The affine between shrunken pictures as one between the pictures themselves."""
    return np.column_stack([affine[:, :2] * scale[:, None] / scale[None], affine[:, 2] * scale])
