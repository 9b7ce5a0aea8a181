"""A palette of the colours that kits are told apart by, and words for them.

Greys from black to white, and hues, each dark and light; a colour is shared by those near it in
Lab, in which light counts half, for a shirt goes through shadow and sun. Colour names learned from
pictures (van de Weijer et al., "Learning Color Names for Real-World Applications", 2009) do the
same with eleven words; navy and royal blue, or dark and light red, are one there.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from tracker.types import Doubles, Floats, Image, Ints

_GREYS = (10.0, 35.0, 58.0, 78.0, 95.0)  # L of Lab
_LIGHTS, _HUES, _CHROMA = (35.0, 65.0), 12, 45.0
COLORS = len(_GREYS) + _HUES * len(_LIGHTS)
"""Of the palette."""
_SPREAD, LIGHT_SHARE = 5.0, 0.5
"""Of one colour in Lab, and what light counts beside hue. Set on the shirts of SNMOT-116 and of a
basketball and a volleyball clip; 5 to 6 and .4 to .6 give the same kits."""
_BITS = 5  # of blue, green and red that are looked at
_DARK_WORDS = (
    "red", "red", "brown", "yellow", "green", "green", "teal", "teal", "blue", "blue", "blue",
    "purple",
)  # fmt: skip
_LIGHT_WORDS = (
    "pink", "red", "orange", "yellow", "yellow", "green", "turquoise", "turquoise", "light blue",
    "light blue", "blue", "pink",
)  # fmt: skip
HUE_WORDS = (*_DARK_WORDS, *_LIGHT_WORDS)
"""A word for each colour of the palette behind the greys; several have the same."""
GREYS = len(_GREYS)


def palette() -> Doubles:
    """(COLORS, 3) L, a and b of Lab."""
    angles = np.arange(_HUES) * 2 * np.pi / _HUES
    greys = [(level, 0.0, 0.0) for level in _GREYS]
    hues = [
        (light, _CHROMA * np.cos(angle), _CHROMA * np.sin(angle))
        for light in _LIGHTS
        for angle in angles
    ]
    return np.array([*greys, *hues])


def shared(lab: Doubles) -> Floats:
    """(N, COLORS) how (N, 3) colours in Lab are shared by the palette; rows sum to 1."""
    scale = np.array([LIGHT_SHARE, 1, 1]) / _SPREAD
    apart = (((pulled(lab)[:, None] - palette()) * scale) ** 2).sum(axis=2)
    weight = np.exp(-0.5 * (apart - apart.min(axis=1, keepdims=True)))
    return np.asarray(weight / weight.sum(axis=1, keepdims=True), np.float32)


def pulled(lab: Doubles) -> Doubles:
    """(N, 3) colours in Lab, none stronger than those of the palette: of one hue they are one."""
    chroma = np.hypot(lab[:, 1], lab[:, 2])
    found = lab.copy()
    found[:, 1:] *= np.minimum(1, _CHROMA / np.maximum(chroma, 1e-6))[:, None]
    return found


def codes_of(image: Image) -> Ints:
    """(H, W) places of an image's pixels in `table`."""
    step = 8 - _BITS
    blue, green, red = (image[..., i].astype(np.intp) >> step for i in range(3))
    return np.asarray((((blue << _BITS) | green) << _BITS) | red)


@lru_cache(maxsize=1)
def table() -> Floats:
    """(32768, COLORS) how each colour of a pixel is shared by the palette."""
    import cv2

    levels = (np.arange(1 << _BITS, dtype=np.float32) + 0.5) / (1 << _BITS)
    every = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), axis=-1)
    lab = cv2.cvtColor(every.reshape(1, -1, 3), cv2.COLOR_BGR2LAB)[0]
    return shared(lab.astype(np.float64))
