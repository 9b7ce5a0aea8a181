"""The same observations made harder: fewer frames a second, or two boxes a person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from tracker import boxes as bx
from tracker.evaluation.boxes import Boxes
from tracker.types import Observation

JITTER = 0.03  # of a box's width and height, by which its double is off
WEAKER = 0.9  # a double's score, share of the first one's


def every_nth(seen: Iterable[Observation], n: int) -> Iterator[Observation]:
    """Every n-th frame, as a video of that frame rate: numbered without holes, its times true.

    The camera's motion over the frames left out is in the next that is kept, and their cuts. Looks
    stay as they were made at the full rate; people are not described again for the frames kept.
    """
    camera, cut = np.eye(2, 3), False
    for one in seen:
        camera, cut = bx.chain(one.camera, camera), cut or one.cut
        if one.index % n:
            continue
        yield replace(one, index=one.index // n, camera=camera, cut=cut)
        camera, cut = np.eye(2, 3), False


def thinned_truth(truth: Boxes, n: int) -> Boxes:
    """The rows of the frames that `every_nth` keeps, numbered as it numbers them (from 1)."""
    kept = truth.take((truth.frames - 1) % n == 0)
    return replace(kept, frames=(kept.frames - 1) // n + 1)


def thinned_span(frames: tuple[int, int], n: int) -> tuple[int, int]:
    """(first, last), 1-based and inclusive, among the frames that are kept."""
    first, last = frames
    return -(-(first - 1) // n) + 1, (last - 1) // n + 1


def doubled(seen: Iterable[Observation], seed: int = 0) -> Iterator[Observation]:
    """Every detection twice: the second off by a little, of a slightly lower score, looking the
    same. What a detector does whose non-maximum suppression fails."""
    rng = np.random.default_rng(seed)
    for one in seen:
        sides = np.tile(one.boxes[:, 2:] - one.boxes[:, :2], 2)
        off = (rng.normal(0, JITTER, one.boxes.shape) * sides).astype(np.float32)
        readings = one.readings
        rows = np.tile(np.arange(len(one.boxes)), 2)
        yield replace(
            one,
            boxes=np.concatenate([one.boxes, one.boxes + off]),
            scores=np.concatenate([one.scores, one.scores * np.float32(WEAKER)]),
            embeddings=one.embeddings[rows],
            readings=None if readings is None else readings.take(rows),
            colors=None if one.colors is None else one.colors[rows],
            ground=None if one.ground is None else one.ground[rows],
        )
