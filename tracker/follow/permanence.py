"""Visible, occluded or absent: decided by how likely a detection would have been.

A player who is missed in the open is soon believed gone; one behind a nearer player is not,
because nothing could have been seen of him. The idea of PermaTrack (ICCV 2021), with the expected
detection probability of an MBM filter in place of a learned heat map.
"""

from __future__ import annotations

import numpy as np

from tracker.config import PermanenceSettings
from tracker.records import Doubles, Ints, Mask, Visibility

_SEEN_FROM = 0.3
_AT_BORDER = 0.02  # heights
_INWARD = 0.3  # heights a second: faster, he comes back in
SURE = 0.99
"""Existence after a match: odds of 99 to 1."""


def detection_probability(occlusion: Doubles, dt_s: float, gone_s: float) -> Doubles:
    """(T,) chance that a player who is there would have been detected in `dt_s` seconds.

    A detector finds nobody of whom less than a share of `_SEEN_FROM` shows. Misses come in
    bursts, so it is a rate: in the open, `gone_s` seconds of misses take the existence from sure
    (odds 99 : 1) to a coin flip.
    """
    rate = np.log(SURE / (1 - SURE)) / gone_s
    shows = np.clip((1 - occlusion - _SEEN_FROM) / (1 - _SEEN_FROM), 0, 1)
    return np.asarray(1 - np.exp(-rate * dt_s * shows))


def existence_after_miss(existence: Doubles, p_detect: Doubles) -> Doubles:
    """(T,) Bayes: r' = r (1 - pD) / (1 - r pD)."""
    return existence * (1 - p_detect) / np.maximum(1 - existence * p_detect, 1e-12)


def outside(centres: Doubles, std: Doubles, size: tuple[int, int], margin: float) -> Mask:
    """(T,) the expected centre lies past the picture's border by `margin` standard deviations."""
    limit = np.array(size, dtype=np.float64)
    spare = np.minimum(margin * std, limit / 4)
    return np.asarray(((centres < -spare) | (centres > limit + spare)).any(axis=1))


def leaving(last: Doubles, velocity: Doubles, size: tuple[int, int]) -> Mask:
    """(T,) last seen cut by the picture's border, and not on the way back in.

    last: (T, 4) boxes as last detected. velocity: (T, 2) pixels a second. A cut box shows less and
    less of him and its centre never passes the border, so that he who leaves would seem to stay.
    """
    height = np.maximum(last[:, 3] - last[:, 1], 1.0)
    margin = np.maximum(_AT_BORDER * height, 2.0)[:, None]
    inward = _INWARD * height[:, None]
    low = (last[:, :2] <= margin) & (velocity <= inward)
    high = (last[:, 2:] >= np.array(size, np.float64) - 1 - margin) & (velocity >= -inward)
    return np.asarray((low | high).any(axis=1))


def state(
    matched: Mask, existence: Doubles, is_outside: Mask, settings: PermanenceSettings
) -> Ints:
    """(T,) Visibility codes: matched is visible; likely there and in the picture is occluded."""
    hidden = (existence > settings.hidden_at) & ~is_outside
    unseen = np.where(hidden, Visibility.OCCLUDED, Visibility.ABSENT)
    return np.where(matched, Visibility.VISIBLE, unseen).astype(np.int64)
