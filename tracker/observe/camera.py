"""Camera motion between two frames, and shot cuts.

Corners of the background are followed by pyramidal Lucas-Kanade (Bouguet 2001) there and back;
a similarity is fitted to them by RANSAC. It is used only where enough of the background agrees
(McByte++'s conditional compensation); otherwise the motion is unknown and taken as none.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import cv2
import numpy as np

from tracker.records import Detections, Doubles, Floats, Frame, Image, Mask
from tracker.settings import CameraSettings

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
_BLANK = 6.0  # standard deviation of grey in a picture that shows nothing
_CLIPPED = 0.6  # share of black and white pixels in such a picture: a flash, a fade
PATIENCE = 3
"""So many pictures in a row may show nothing; more are a shot of their own."""
_BINS = (16, 8, 4)  # hue, saturation, value
_LAYOUT = 3  # the picture's colours are compared in 3 x 3 parts


@dataclass(frozen=True, slots=True, eq=False)
class _View:
    """What is kept of a picture, shrunken. background: mask of it, 0 where people are."""

    colour: Image
    grey: Image
    background: Image


class CameraEstimator:
    """Motion of the camera from frame to frame. Remembers the previous picture and no more.

    Motion that fewer than `min_inliers` corners agree on, or of which half the corners are
    farther than `max_residual_px`, is unknown: identity.
    """

    def __init__(self, settings: CameraSettings) -> None:
        self._settings = settings
        self._before: _View | None = None
        self.hidden = 0  # pictures in a row that showed nothing

    def recall(self, frame: Frame, detections: Detections, hidden: int) -> None:
        """Go on as if `frame` were the last that showed something, `hidden` pictures ago."""
        if frame.image is not None:
            self._before = _look(frame.image, detections, self._settings.width_px)
        self.hidden = hidden

    def estimate(self, frame: Frame, detections: Detections) -> tuple[Doubles, bool]:
        """The (2, 3) affine from pixels of the previous frame to pixels of this one, and whether
        a new shot begins.

        detections: the people of this frame; what they cover is no background. Identity where
        there is no picture, no previous one, or nothing to be seen (a flash, a black frame): the
        next frame is then compared with the last one that showed something. A cut to a shot with
        the same colours in the same places is not told from a very fast pan, and is none.
        """
        if frame.image is None:
            return np.eye(2, 3), False
        view = _look(frame.image, detections, self._settings.width_px)
        before = self._before
        if before is None or before.grey.shape != view.grey.shape:
            self._before, self.hidden = view, 0
            return np.eye(2, 3), before is not None
        motion = self._motion(before, view, frame.image)
        if motion is None and self.hidden < PATIENCE and _shows_nothing(view):
            self.hidden += 1
            return np.eye(2, 3), False
        self._before, self.hidden = view, 0
        if motion is not None:
            return motion, False
        return np.eye(2, 3), _colour_distance(before, view) > self._settings.cut_distance

    def _motion(self, before: _View, now: _View, image: Image) -> Doubles | None:
        """The affine at full size, None where it is unknown."""
        scale = np.array(image.shape[1::-1]) / np.array(now.grey.shape[::-1])
        limit = self._settings.max_residual_px / scale[0]
        least = self._settings.min_inliers
        affine = _fit(*_follow(before, now), least, limit)
        if affine is None:
            affine = _fit(*_follow(_relief(before), _relief(now)), least, limit)
        return None if affine is None else _at_full_size(affine, scale)


def _look(image: Image, detections: Detections, width_px: int) -> _View:
    small = _shrunken(image, width_px)
    rows, columns = small.shape[:2]
    background = np.full((rows, columns), 255, np.uint8)
    scale = np.array([columns / image.shape[1], rows / image.shape[0]])
    corners = np.concatenate(
        [
            np.floor(detections.boxes[:, :2] * scale) - 2,
            np.ceil(detections.boxes[:, 2:] * scale) + 2,
        ],
        axis=1,
    )
    for x1, y1, x2, y2 in np.clip(corners, 0, [columns, rows] * 2).astype(int):
        background[y1:y2, x1:x2] = 0
    grey = np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), np.uint8)
    return _View(small, grey, background)


def _shrunken(image: Image, width_px: int) -> Image:
    """The picture at most `width_px` wide; by halves first, which averages and is fast."""
    rows, columns = image.shape[:2]
    while image.shape[1] >= 2 * width_px:
        halved = cv2.resize(image, (image.shape[1] // 2, max(1, image.shape[0] // 2)))
        image = np.asarray(halved, np.uint8)
    if image.shape[1] > width_px:
        height_px = max(1, round(rows * width_px / columns))
        image = np.asarray(cv2.resize(image, (width_px, height_px)), np.uint8)
    return image


def _shows_nothing(view: _View) -> bool:
    clipped = np.mean((view.grey <= 5) | (view.grey >= 250))
    return bool(view.grey.std() < _BLANK or clipped > _CLIPPED)


def _colours(small: Image) -> Floats:
    """(parts, bins) how often each colour occurs in each part of the picture."""
    hsv = cv2.cvtColor(small[::2, ::2], cv2.COLOR_BGR2HSV)
    rows, columns = (np.linspace(0, n, _LAYOUT + 1).astype(int) for n in hsv.shape[:2])
    parts = [
        cv2.calcHist([hsv[y1:y2, x1:x2]], [0, 1, 2], None, _BINS, (0, 180, 0, 256, 0, 256)).ravel()
        for y1, y2 in itertools.pairwise(rows)
        for x1, x2 in itertools.pairwise(columns)
    ]
    counts = np.stack(parts)
    return np.asarray(counts / counts.sum(axis=1, keepdims=True), np.float32)


def _colour_distance(before: _View, now: _View) -> float:
    """Hellinger distance of the colours, 0 to 1, mean over the parts of the picture."""
    shared = np.sqrt(_colours(before.colour) * _colours(now.colour)).sum(axis=1)
    return float(np.sqrt(np.clip(1 - shared, 0, 1)).mean())


def _relief(view: _View) -> _View:
    """Grey as its distance from the local mean in local deviations: a change of light is gone."""
    grey = view.grey.astype(np.float32)
    apart = grey - cv2.blur(grey, _NEIGHBOURHOOD)
    deviation = np.sqrt(np.maximum(cv2.blur(apart * apart, _NEIGHBOURHOOD), 0.0)) + 2.0
    relief = np.clip(128 + 40 * apart / deviation, 0, 255).astype(np.uint8)
    return replace(view, grey=relief)


def _follow(before: _View, now: _View) -> tuple[Floats, Floats]:
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


def _flow(before: _View, now: _View, start: Floats) -> tuple[Floats, Mask]:
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
    return affine if np.median(residual) <= limit_px else None


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
