"""Shirt numbers by a small net of our own: it finds the number on the upper body and reads it.

The net looks at the upper body, where it says where a number may be and how it is turned, and then
twice at that place from near, so that the number stands straight. Taught with drawn shirts only
(`scripts/train/train_number_net.py`, its model card in docs/number_net.md).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tracker.identity.number_evidence import LEGIBLE, TENS, UNITS, nothing_read
from tracker.observation.number_net import NumberNet
from tracker.observation.number_windows import ABOVE, SPAN, cut_windows, tight_square, upright
from tracker.types import Doubles, Floats, Image

_FIRST = (0.31, 0.42)  # centre down and side of the first window, body heights
_NEARER = 2  # looks from near; what they say is averaged, and the first look only finds the place
_NEAR = 1.6  # heights of the number that a window from near is wide
_HIGH = (0.12, 0.9)  # a number is so high, shares of the first window
_NARROW, _BROAD = 0.3, 1.3  # so broad is a shirt seen that is turned, by how it is seen from behind
_ASKEW = 0.8  # cosine between the two vectors of a number beyond which nothing is made straight
_HOPELESS = -1.7
"""Logit of being legible below which nobody looks again: half of the people on three clips, of whom
none was read after a second look either."""
_MIN_PX = 8
_PLACE = slice(22, 28)


class NetReader:
    """Raises NumberError where the net of the package cannot be used."""

    name = "net"

    def __init__(self) -> None:
        self._net = NumberNet.shipped()
        self.fingerprint = self._net.fingerprint

    def read(self, crops: Sequence[Image]) -> Floats:
        """(N, 22) as `Readings.digits` of upper bodies as `number_crops` cuts them."""
        sides = np.array([min(crop.shape[:2]) for crop in crops], np.float64)
        body = sides / SPAN
        windows = np.stack([sides / 2, (_FIRST[0] + ABOVE) * body, _FIRST[1] * body], axis=1)
        return self._looked(crops, upright(windows.reshape(-1, 3)))

    def read_numbers(self, crops: Sequence[Image]) -> Floats:
        """(N, 22) of numbers that were cut out of their pictures by their edges."""
        squares = [
            tight_square(crop)[0] if min(crop.shape[:2]) >= _MIN_PX // 2 else crop for crop in crops
        ]
        sides = np.array([len(square) for square in squares], np.float64)
        return self._looked(squares, upright(np.stack([sides / 2, sides / 2, sides], axis=1)))

    def _looked(self, crops: Sequence[Image], windows: Doubles) -> Floats:
        digits = nothing_read(len(crops))
        large = [n for n, crop in enumerate(crops) if min(crop.shape[:2]) >= _MIN_PX]
        if not large:
            return digits
        crops, windows = [crops[n] for n in large], windows[large]
        logits = latest = self._logits(crops, windows)
        rows = np.arange(len(crops))
        for n in range(_NEARER):
            found = latest[:, LEGIBLE] > _HOPELESS
            if not found.any():
                break
            rows, windows = rows[found], nearer(windows[found], _places(latest[found]))
            latest = self._logits([crops[row] for row in rows], windows)
            logits[rows] = latest if n == 0 else (logits[rows] + latest) / 2
        digits[large] = self._calibrated(logits)
        return digits

    def _logits(self, crops: Sequence[Image], windows: Doubles) -> Floats:
        cut = [cut_windows(crop, windows[n : n + 1]) for n, crop in enumerate(crops)]
        return self._net(np.concatenate(cut))

    def _calibrated(self, logits: Floats) -> Floats:
        """(N, 22) probabilities of (N, 28) logits."""
        factor, shift = self._net.legible
        found = np.empty((len(logits), LEGIBLE + 1), np.float32)
        for part in (TENS, UNITS):
            found[:, part] = _softmax(logits[:, part] / self._net.temperature)
        found[:, LEGIBLE] = 1 / (1 + np.exp(-(factor * logits[:, LEGIBLE] + shift)))
        return found


def _places(logits: Floats) -> Doubles:
    return logits[:, _PLACE].astype(np.float64)


def nearer(
    windows: Doubles,
    places: Doubles,
    heights: float = _NEAR,
    high: tuple[float, float] = _HIGH,
) -> Doubles:
    """(N, 6) windows in which numbers stand straight. places: (N, 6) of the numbers, as shares of
    windows (N, 6): centre, and the vectors of its height to the right and down. heights: of the
    number that a window is wide. high: how high a number may be, shares of a window."""
    sides = windows[:, 2:].reshape(-1, 2, 2)
    shares = _sane(places[:, 2:].reshape(-1, 2, 2), high)
    centre = windows[:, :2] + np.einsum("nk,nkc->nc", places[:, :2] - 0.5, sides)
    near = heights * np.einsum("njk,nkc->njc", shares, sides)
    return np.concatenate([centre, near.reshape(-1, 4)], axis=1)


def _sane(vectors: Doubles, bounds: tuple[float, float]) -> Doubles:
    """(N, 2, 2) right and down of numbers; where no shirt is turned so, the nearest that may be."""
    wide, high = (np.hypot(*vectors[:, n].T) for n in (0, 1))
    nothing = np.minimum(wide, high) < 1e-6
    down = vectors[:, 1] * (np.clip(high, *bounds) / np.maximum(high, 1e-6))[:, None]
    high = np.hypot(*down.T)
    right = vectors[:, 0] / np.maximum(wide, 1e-6)[:, None]
    right *= np.clip(wide, _NARROW * high, _BROAD * high)[:, None]
    size = np.maximum(high * np.hypot(*right.T), 1e-9)
    askew = np.abs((right * down).sum(axis=1)) > _ASKEW * size
    mirrored = right[:, 0] * down[:, 1] - right[:, 1] * down[:, 0] <= 0
    straight = np.zeros_like(vectors)
    straight[:, 0, 0] = straight[:, 1, 1] = np.clip(high, *bounds)
    impossible = (nothing | askew | mirrored)[:, None, None]
    return np.where(impossible, straight, np.stack([right, down], axis=1))


def _softmax(logits: Floats) -> Floats:
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))
