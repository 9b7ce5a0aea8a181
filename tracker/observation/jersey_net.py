"""Shirt numbers by a small net of our own: it finds the number on the upper body and reads it.

The net looks twice: at the upper body, where it says where a number may be, and at that place from
near. Taught with drawn shirts only (`scripts/train/train_number_net.py`, its model card in
docs/number_net.md).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tracker.identity.number_evidence import LEGIBLE, TENS, UNITS, nothing_read
from tracker.observation.number_net import NumberNet
from tracker.observation.number_windows import ABOVE, SPAN, cut_windows, tight_square
from tracker.types import Doubles, Floats, Image

_FIRST = (0.31, 0.42)  # centre down and side of the first window, body heights
_NEAR = 1.9  # heights of the number that the second window is wide
_HIGH = (0.12, 0.9)  # a number is so high, shares of the first window
_HOPELESS = -1.7
"""Logit of being legible in the first window below which nobody looks again: half of the people on
three clips, of whom none was read after the second look either."""
_MIN_PX = 8
_PLACE = slice(22, 25)


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
        return self._looked(crops, windows.reshape(-1, 3))

    def read_numbers(self, crops: Sequence[Image]) -> Floats:
        """(N, 22) of numbers that were cut out of their pictures by their edges."""
        squares = [
            tight_square(crop)[0] if min(crop.shape[:2]) >= _MIN_PX // 2 else crop for crop in crops
        ]
        sides = np.array([len(square) for square in squares], np.float64)
        return self._looked(squares, np.stack([sides / 2, sides / 2, sides], axis=1))

    def _looked(self, crops: Sequence[Image], windows: Doubles) -> Floats:
        digits = nothing_read(len(crops))
        large = [n for n, crop in enumerate(crops) if min(crop.shape[:2]) >= _MIN_PX]
        if not large:
            return digits
        logits = self._logits([crops[n] for n in large], windows[large])
        promising = np.flatnonzero(logits[:, LEGIBLE] > _HOPELESS)
        if len(promising):
            near = _nearer(windows[large][promising], logits[promising, _PLACE].astype(np.float64))
            logits[promising] += self._logits([crops[large[n]] for n in promising], near)
            logits[promising] /= 2
        digits[large] = self._calibrated(logits)
        return digits

    def _logits(self, crops: Sequence[Image], windows: Doubles) -> Floats:
        cut = [cut_windows(crop, windows[n : n + 1]) for n, crop in enumerate(crops)]
        return self._net(np.concatenate(cut))

    def _calibrated(self, logits: Floats) -> Floats:
        """(N, 22) probabilities of (N, 25) logits."""
        factor, shift = self._net.legible
        found = np.empty((len(logits), LEGIBLE + 1), np.float32)
        for part in (TENS, UNITS):
            found[:, part] = _softmax(logits[:, part] / self._net.temperature)
        found[:, LEGIBLE] = 1 / (1 + np.exp(-(factor * logits[:, LEGIBLE] + shift)))
        return found


def _nearer(windows: Doubles, places: Doubles) -> Doubles:
    """(N, 3) windows around numbers. places: (N, 3) of the numbers, as shares of windows (N, 3)."""
    side = windows[:, 2:]
    centre = windows[:, :2] - side / 2 + places[:, :2] * side
    return np.concatenate([centre, _NEAR * np.clip(places[:, 2:], *_HIGH) * side], axis=1)


def _softmax(logits: Floats) -> Floats:
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))
