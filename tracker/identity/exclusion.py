"""A player is in one place at a time: what each track's posterior becomes beside the others'."""

from __future__ import annotations

import numpy as np

from tracker.types import Doubles, Mask

_EXCLUSION_ROUNDS = 12


def exclusive(log: Doubles, cannot_link: Mask) -> Doubles:
    """(T, P + 1) probabilities when no player can be two tracks that were seen together.

    cannot_link: (T, T) symmetric; True where the two were once in one frame, so that they are two
    people for ever: a track that ran beside player 5 is not 5 after they have left the picture.

    Loopy belief propagation over the assignment (Williams and Lau, IEEE TAES 2014): it always
    converges, and four look-alikes who all claim one player leave them to the surest of them.
    """
    weight = np.exp(log)
    known, unknown = weight[:, :-1], weight[:, -1:]
    together = cannot_link.astype(np.float64)
    free = np.ones_like(known)  # how likely it is, for each track, that no other is the player
    for _ in range(_EXCLUSION_ROUNDS):
        left = known * free
        rest = unknown + left.sum(axis=1, keepdims=True)
        rest = np.maximum(np.subtract(rest, left, out=left), 1e-12, out=left)
        others = together @ np.divide(known, rest, out=rest)
        others += 1
        before, free = free, np.divide(1, others, out=others)
        if (free == before).all():  # to the last bit: another round would say the same
            break
    weight[:, :-1] = known * free
    return np.asarray(weight / weight.sum(axis=1, keepdims=True))


class Exclusion:
    """`exclusive`, not worked out again for the same beliefs: most frames bring no vote."""

    def __init__(self) -> None:
        self._inputs: tuple[Doubles, Mask] | None = None
        self._probabilities: Doubles = np.zeros((0, 1))

    def __call__(self, log: Doubles, cannot_link: Mask) -> Doubles:
        inputs = (log, cannot_link)
        if self._inputs is None or not all(map(np.array_equal, inputs, self._inputs)):
            self._inputs, self._probabilities = inputs, exclusive(log, cannot_link)
        return self._probabilities
