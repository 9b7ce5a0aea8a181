"""Words for kits: the colours of the shirt, and of the shorts where two shirts are alike."""

from __future__ import annotations

from collections import Counter

import numpy as np

from tracker.observation.shirt_palette import GREYS, HUE_WORDS, palette
from tracker.types import Doubles

_SECOND = 0.6  # a second colour covers at least so much of what the first does
_GREY_SHARE = 0.7  # what greys count: any colour has them in its folds
_GREY_WORDS = (("black", 30.0), ("dark grey", 45.0), ("grey", 68.0), ("white", 100.0))
"""Up to which L of Lab; white cloth is seldom lighter than 80 in a picture."""


def kit_words(counts: Doubles) -> list[str]:
    """(K,) "white", "black and yellow"; no two are alike. counts: (K, PARTS, COLORS)."""
    shirts = [_words(kit[0]) for kit in counts]
    shorts = [_words(kit[1]) for kit in counts]
    twice = Counter(shirts)
    named = [
        f"{shirt}, {below} shorts" if twice[shirt] > 1 and below else shirt or "no colour"
        for shirt, below in zip(shirts, shorts, strict=True)
    ]
    before: Counter[str] = Counter()
    found = []
    for name in named:
        before[name] += 1
        found.append(name if before[name] == 1 else f"{name} {before[name]}")
    return found


def kit_colors(counts: Doubles, part: int = 0) -> list[str]:
    """(K,) the colour of each shirt, or of the shorts (part 1), as #rrggbb: the mean of what its
    first word is of."""
    import cv2

    found = []
    for shirt in counts[:, part]:
        first = _words(shirt).split(" and ")[0]
        alike = np.array([word == first for word in (*[""] * GREYS, *HUE_WORDS)])
        alike = alike if alike.any() else np.arange(len(alike)) < GREYS
        mean = shirt[alike] @ palette()[alike] / max(float(shirt[alike].sum()), 1e-9)
        pixel = cv2.cvtColor(mean.astype(np.float32).reshape(1, 1, 3), cv2.COLOR_LAB2RGB)
        red, green, blue = np.clip(np.round(pixel[0, 0] * 255), 0, 255).astype(int).tolist()
        found.append(f"#{red:02x}{green:02x}{blue:02x}")
    return found


def _words(counts: Doubles) -> str:
    """Of (COLORS,) counts; "" of none."""
    greys, hues = counts[:GREYS], counts[GREYS:]
    if counts.sum() <= 0:
        return ""
    light = float(greys @ palette()[:GREYS, 0] / max(greys.sum(), 1e-9))
    shares = Counter({_grey(light): _GREY_SHARE * float(greys.sum())})
    for word, share in zip(HUE_WORDS, hues.tolist(), strict=True):
        shares[word] += share
    (first, most), (second, less) = shares.most_common(2)
    return f"{first} and {second}" if less >= _SECOND * most else first


def _grey(light: float) -> str:
    """light: L of Lab."""
    return next(word for word, most in _GREY_WORDS if light <= most)
