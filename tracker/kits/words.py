"""Words for kits: the colours of the shirt, and of the shorts where two shirts are alike."""

from __future__ import annotations

from collections import Counter

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
