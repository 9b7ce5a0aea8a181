"""Colours of kits as the roster states them, beside those that are seen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tracker.observation.shirt_palette import LIGHT_SHARE, palette, pulled
from tracker.types import Doubles

_LIKE = 22.0  # in Lab: cloth in a picture is seldom nearer to the colour that a name stands for
_NATS_MAX, _FACTOR = 3.0, 2.0


def color_weights(colors: Sequence[Sequence[str]]) -> Doubles:
    """(T, COLORS) how like each colour of the palette is to what each team wears, 0 to 1; rows of
    zeros where that is not stated. colors: of each team #rrggbb, two for stripes."""
    import cv2

    found = np.zeros((len(colors), len(palette())))
    scale = np.array([LIGHT_SHARE, 1, 1]) / _LIKE
    for team, stated in enumerate(colors):
        for text in stated:
            rgb = np.frombuffer(bytes.fromhex(text.removeprefix("#")), np.uint8)
            pixel = (rgb.astype(np.float32) / 255).reshape(1, 1, 3)
            lab = cv2.cvtColor(pixel, cv2.COLOR_RGB2LAB)[0].astype(np.float64)
            apart = (((palette() - pulled(lab)) * scale) ** 2).sum(axis=1)
            found[team] = np.maximum(found[team], np.exp(-0.5 * apart))
    return found


def stated_nats(counts: Doubles, like: Doubles) -> Doubles:
    """(K, T) nats for each team in each kit, by the shirts of (K, PARTS, COLORS) counts against the
    others; 0 of teams of which nothing is stated. like: (T, COLORS)."""
    shirts = counts[:, 0] / np.maximum(counts[:, 0].sum(axis=1, keepdims=True), 1e-9)
    share = np.log(shirts @ like.T + 1e-3)
    usual = np.logaddexp.reduce(share, axis=0) - np.log(max(len(counts), 1))
    nats = np.clip(_FACTOR * (share - usual), -_NATS_MAX, _NATS_MAX)
    return np.asarray(nats * like.any(axis=1))
