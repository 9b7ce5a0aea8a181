"""Block digits, as teams wear them: straight strokes with cut corners, with feet or without."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from tracker.types import Image

Points = list[tuple[float, float]]
HALF_PX = 128  # half the height of a digit as it is drawn
_SEED = 20


@dataclass(frozen=True, slots=True)
class Style:
    """cut: of a corner; weight: of a stroke; width: of a digit; end: how far hooks come back;
    reach: how far feet and flags stand out, all in half heights or shares of the width. foot: a 1
    and a 4 have feet. slant: 2, 4 and 7 have a slanted stroke. flag: a 1 has one. serif: a 2, 5
    and 7 have a small stroke at their ends. waist: where the two halves meet."""

    cut: float
    weight: float
    width: float
    end: float
    reach: float
    waist: float
    foot: bool
    slant: bool
    flag: bool
    serif: bool

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> Style:
        low, high = (0.0, 0.3, 0.6, 0.35, 0.3, 0.9), (0.45, 0.95, 1.3, 0.6, 1.0, 1.08)
        return cls(*rng.uniform(low, high).tolist(), *(rng.random(4) < 0.5).tolist())


def strokes(s: Style) -> list[list[Points]]:
    """Of each digit: lines from corner to corner, x in [0, 1], y in [0, 2]."""
    c, e, m, r = s.cut, s.end, s.waist, s.reach
    low, right, serif = 2 - c, 1 - c, 0.22 + 0.2 * r
    cap: Points = [(0, e), (0, c), (c, 0), (right, 0), (1, c)]
    bowl: Points = [(right, m), (1, m + c), (1, low), (right, 2), (c, 2), (0, low)]
    ring: Points = [(c, 0), (right, 0), (1, c), (1, low), (right, 2), (c, 2), (0, low), (0, c)]
    eight: Points = [(c, 0), (right, 0), (1, c), (1, m - c), *bowl, (0, m + c), (c, m), (0, m - c)]
    one: list[Points] = [[(0.5, 0), (0.5, 2)]]
    one += [[(0.5, 0), (0.5 - 0.45 * r, 0.12 + 0.3 * r)]] if s.flag else []
    one += [[(0.5 - 0.5 * r, 2), (0.5 + 0.5 * r, 2)]] if s.foot else []
    tail: Points = (
        [(1, 0.8), (0, 2)] if s.slant else [(1, m - c), (right, m), (c, m), (0, m + c), (0, 2)]
    )
    tail += [(1, 2), (1, 2 - serif)] if s.serif else [(1, 2)]
    x = 0.72 if s.flag else 0.98
    four: list[Points] = [
        [(x, 0), (0, 1.3), (1, 1.3)] if s.slant else [(0, 0), (0, 1.2), (1, 1.2)],
        [(x, 0), (x, 2)],
    ]
    four += [[(x - 0.25 * r, 2), (min(x + 0.25 * r, 1.1), 2)]] if s.foot else []
    five: Points = [(1, serif)] if s.serif else []
    five += [
        (1, 0),
        (0, 0),
        (0, m - 0.1),
        (right, m - 0.1),
        (1, m - 0.1 + c),
        *bowl[2:],
        (0, 2 - e),
    ]
    six: Points = [(1, e), (1, c), (right, 0), (c, 0), (0, c), (0, low), (c, 2), (right, 2)]
    six += [(1, low), (1, m + c), (right, m), (0, m)]
    seven: Points = [(0, serif)] if s.serif else []
    seven += [(0, 0), (1, 0), (0.2 + 0.3 * r, 2) if s.slant else (1, 2)]
    three = [[*cap, (1, m - c), (right, m), (0.35, m)], [*bowl, (0, 2 - e)]]
    nine: Points = [(1 - px, 2 - py) for px, py in six]
    return [
        [[*ring, ring[0]]], one, [[*cap, *tail]], three, four, [five], [six], [seven],
        [[*eight, (0, c), (c, 0)], [(c, m), (right, m)]], [nine],
    ]  # fmt: skip


def block_digits(count: int) -> list[list[Image]]:
    """So many styles of ten masks, 255 inside, cut to their ink."""
    rng = np.random.default_rng(_SEED)
    styles = [Style.drawn(rng) for _ in range(count)]
    return [[_mask(lines, style) for lines in strokes(style)] for style in styles]


def _mask(lines: list[Points], style: Style) -> Image:
    weight = max(3, round(style.weight * HALF_PX / 2))
    width = style.width * HALF_PX
    page = np.zeros((2 * HALF_PX + 3 * weight, int(1.3 * width) + 3 * weight), np.uint8)
    for line in lines:
        points = np.round(np.array(line) * (width, HALF_PX) + 1.5 * weight).astype(np.int32)
        cv2.polylines(page, [points], False, 255, weight, cv2.LINE_8)
        if style.cut < 0.12:  # square joints
            r = weight // 2
            for x, y in points.tolist():
                cv2.rectangle(page, (x - r, y - r), (x + r, y + r), 255, -1)
    rows, columns = (np.flatnonzero(page.max(axis=axis)) for axis in (1, 0))
    return page[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
