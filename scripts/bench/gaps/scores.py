"""What a tracker made of a clip with blanked bursts, as counts that can be pooled.

re-found: share of bursts after which the track that lay on the person in the last frame before
the burst lies on them again in some frame of the 0.2 s after it. A track lies on a person by a
one-to-one match per frame at IoU 0.5 or more. A person who bore no track before is not re-found.

Two scores look at the rest of the way: the true rows, not blanked, that come after the end of a
person's first burst (people without a burst do not count), and the tracker's rows that lie on
them.
- IDF1 re-found: the plain IDF1 of these rows. It chooses each person's partner among these rows
  alone, so an id that is lost at the first burst and kept ever after costs nothing.
- same id: share of these true rows under the very track that the person had before their first
  burst. This one does see the first burst.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tracker.evaluation.boxes import Boxes, iou, match
from tracker.evaluation.mot_scores import MotScores, pool, score
from tracker.types import Ints

from .worlds import Burst, Clip, hidden_rows

BINS = ((5, 10), (11, 20), (21, 40))
"""Lengths of bursts, frames at 25 a second, both included."""
AGAIN_S = 0.2
NOBODY = -1


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """One tracker on one clip. after: the rows after a first burst, None where nobody has one.

    found, bursts: per bin of BINS. same_id, rows_after: rows.
    """

    mot: MotScores
    after: MotScores | None
    found: tuple[int, ...]
    bursts: tuple[int, ...]
    same_id: int
    rows_after: int
    frames: int
    seconds: float


def count(clip: Clip, bursts: Sequence[Burst], result: Boxes, seconds: float) -> Counts:
    """Score what a tracker made of the clip without the bursts. seconds: spent in its update."""
    seen = clip.truth.take(~hidden_rows(clip.truth, bursts))
    partner = partners(seen, result, clip.frames)
    tracks = np.where(partner >= 0, np.append(result.ids, NOBODY)[partner], NOBODY)
    at = dict(zip(zip(seen.ids.tolist(), seen.frames.tolist(), strict=True), tracks, strict=True))
    first = {b.person: b for b in sorted(bursts, key=lambda b: -b.first)}  # the earliest stays
    later = seen.frames > [first[i].last if i in first else np.inf for i in seen.ids.tolist()]
    home = [at[i, first[i].first - 1] if i in first else NOBODY for i in seen.ids.tolist()]
    lying = np.sort(partner[later & (partner >= 0)])
    found = np.array([_is_found(burst, at, clip.fps) for burst in bursts], bool)
    lengths = np.array([burst.length for burst in bursts], np.int64)
    within = [(lengths >= low) & (lengths <= high) for low, high in BINS]
    return Counts(
        mot=score(seen, result, 1, clip.frames),
        after=score(seen.take(later), result.take(lying), 1, clip.frames) if later.any() else None,
        found=tuple(int((found & w).sum()) for w in within),
        bursts=tuple(int(w.sum()) for w in within),
        same_id=int((later & (tracks == home) & (tracks != NOBODY)).sum()),
        rows_after=int(later.sum()),
        frames=clip.frames,
        seconds=seconds,
    )


def partners(truth: Boxes, result: Boxes, frames: int) -> Ints:
    """(N,) for each row of the truth the row of the result that lies on it, or -1."""
    partner = np.full(len(truth), NOBODY)
    for t, r in zip(truth.by_frame(1, frames), result.by_frame(1, frames), strict=True):
        rows, columns = match(iou(truth.corners[t], result.corners[r]))
        partner[t.start + rows] = r.start + columns
    return partner


def _is_found(burst: Burst, at: dict[tuple[int, int], int], fps: float) -> bool:
    """at: (person, frame) to track."""
    before = at[burst.person, burst.first - 1]
    soon = range(burst.last + 1, burst.last + 1 + max(1, round(AGAIN_S * fps)))
    return before != NOBODY and any(at.get((burst.person, f)) == before for f in soon)


def summary(counts: Sequence[Counts]) -> dict[str, float]:
    """The table's columns of several clips pooled; shares in [0, 1]."""
    mot = pool([c.mot for c in counts])
    row = {name: mot[name] for name in ("HOTA", "AssA", "IDF1")}
    found, bursts = (np.sum([getattr(c, k) for c in counts], axis=0) for k in ("found", "bursts"))
    if bursts.sum():
        names = [f"re-found {a}-{b}" for a, b in BINS]
        row |= {n: float(f / max(b, 1)) for n, f, b in zip(names, found, bursts, strict=True)}
        row["re-found"] = float(found.sum() / bursts.sum())
        row["IDF1 re-found"] = pool([c.after for c in counts if c.after])["IDF1"]
        row["same id"] = sum(c.same_id for c in counts) / sum(c.rows_after for c in counts)
    row["ms/frame"] = 1e3 * sum(c.seconds for c in counts) / sum(c.frames for c in counts)
    return row
