"""Who was where: for every truth box, the result's box on it. For the pictures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracker.evaluation.boxes import EPSILON, Boxes, Mask, iou, match
from tracker.types import Ints

SAME_NAME = 1000.0


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """One entry per truth box, ordered by frame. All (N,) except the first two.

    labels: name or id of each person. fps: frames a second. person: index into labels. ids: the
    result's id there, -1 where nothing lies on the box. names: the name it carries, or "".
    known: the person has a name.
    """

    labels: tuple[str, ...]
    fps: float
    person: Ints
    frames: Ints
    ids: Ints
    names: NDArray[np.object_]
    known: Mask

    def swaps(self, person: int) -> Ints:
        """Frames at which the identity on a person changes (name where they have one, else id)."""
        mine = self.person == person
        use = np.where(self.names[mine] != "", self.names[mine], None)
        worn = use if self.named else np.where(self.ids[mine] >= 0, self.ids[mine], None)
        there = np.array([w is not None for w in worn], bool)
        frames: Ints = self.frames[mine][there]
        return np.asarray(frames[1:][worn[there][1:] != worn[there][:-1]])

    @property
    def named(self) -> bool:
        """Both sides carry names, so that right and wrong can be told."""
        return bool(self.known.any() and (self.names != "").any())


def timeline_of(truth: Boxes, result: Boxes, first: int, last: int, fps: float) -> Timeline:
    """Match frame by frame at IoU 0.5, one to one.

    Without names a pair of the frame before stays together, as in CLEAR, so that the swaps are
    those of IDSW.
    """
    truth, result = truth.between(first, last), result.between(first, last)
    with_names = bool((truth.names != "").any() and (result.names != "").any())
    at = np.full(len(truth), -1, np.int64)
    before: dict[int, int] = {}
    for t, r in zip(truth.by_frame(first, last), result.by_frame(first, last), strict=True):
        if t.start == t.stop or r.start == r.stop:
            continue
        similarity = iou(truth.corners[t], result.corners[r])
        if not with_names:
            held = np.array([before.get(person, -1) for person in truth.ids[t].tolist()])
            similarity[similarity < 0.5 - EPSILON] = 0
            similarity += SAME_NAME * ((similarity > 0) & (held[:, None] == result.ids[r][None, :]))
        rows, columns = match(similarity)
        at[t.start + rows] = r.start + columns
        pairs = zip(truth.ids[t.start + rows], result.ids[r.start + columns], strict=True)
        before = {int(person): int(track) for person, track in pairs}
    found = at >= 0
    ids, names = np.full(len(truth), -1, np.int64), np.full(len(truth), "", object)
    ids[found], names[found] = result.ids[at[found]], result.names[at[found]]
    keys, person = np.unique(truth.ids, return_inverse=True)
    labels = tuple(str(truth.names[truth.ids == k][0] or f"id {k}") for k in keys.tolist())
    return Timeline(labels, fps, person, truth.frames, ids, names, truth.names != "")
