"""What a model that knows the players would say of the match: few boxes, most with the right name.

No model is asked: boxes of the truth are drawn by lot, and some get a wrong name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .people import Person
from .truth import TruthRow

SHARE, RIGHT = 0.02, 0.95
"""Of all boxes of the truth that have an anchor, and of the anchors that have the right name."""
_SEEN = 0.5  # a model names nobody of whom less is seen
_SHAKE = 0.03  # standard deviation of each side of a box, share of its length
_SURE, _WRONG = (0.8, 0.99), (0.6, 0.9)  # confidence of a right name, of a wrong one


@dataclass(frozen=True, slots=True)
class Anchor:
    """A named box. frame: from 1. box: x1, y1, x2, y2 in pixels. true: whom it shows."""

    frame: int
    box: tuple[float, float, float, float]
    player: Person
    confidence: float
    true: Person


def pretended_anchors(
    frames: Sequence[Sequence[TruthRow]], people: Sequence[Person], seed: int
) -> list[Anchor]:
    """Anchors in order of frames; nobody is named twice in one frame.

    frames: the truth. people: everybody; those without a number are no players, and are named only
    by mistake.
    """
    rng = np.random.default_rng([seed, 17])
    players = [person for person in people if person.number is not None]
    seen = [(f, r) for f, rows in enumerate(frames, 1) for r in rows if r.visibility >= _SEEN]
    drawn = [seen[k] for k in rng.permutation(len(seen))]
    known = [place for place in drawn if place[1].person in players]
    count = round(SHARE * sum(map(len, frames)))
    wrong = count - round(RIGHT * count)
    mistaken = [place for place in drawn if place[1].person not in players]
    mistaken = mistaken[: rng.binomial(wrong, 0.5)]
    mistaken += known[: wrong - len(mistaken)]
    found: dict[tuple[int, int], Anchor] = {}
    for k, (frame, row) in enumerate([*mistaken, *(p for p in known if p not in mistaken)]):
        names = [row.person]
        if k < len(mistaken):
            names = [player for player in players if player is not row.person]
        names = [player for player in names if (frame, player.id) not in found]
        if names and len(found) < count:
            player = names[rng.integers(len(names))]
            sure = float(rng.uniform(*(_WRONG if k < len(mistaken) else _SURE)))
            found[frame, player.id] = Anchor(frame, _shaken(row, rng), player, sure, row.person)
    return [found[key] for key in sorted(found)]


def _shaken(row: TruthRow, rng: np.random.Generator) -> tuple[float, float, float, float]:
    """The box as a detector would give it: not quite the annotator's."""
    x, y, width, height = row.box
    off = rng.normal(0.0, _SHAKE, 4) * [width, height, width, height]
    x1, y1, x2, y2 = np.array([x, y, x + width, y + height]) + off
    return float(x1), float(y1), max(float(x2), x1 + 1), max(float(y2), y1 + 1)
