"""Boxes of one file as arrays, and the two pure functions every metric stands on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.boxes import areas, intersections
from tracker.errors import TeamsheetError
from tracker.types import Doubles, Ints

Mask = NDArray[np.bool_]
EPSILON = float(np.finfo("float").eps)


class EvaluateError(TeamsheetError):
    """Truth or result cannot be scored; the message says what is wrong, where, and what to do."""


@dataclass(frozen=True, slots=True, eq=False)
class Boxes:
    """All boxes of one truth or result file, ordered by frame (file order inside a frame).

    source: the file, for messages. frames: (N,) 1-based. ids: (N,). corners: (N, 4) x1 y1 x2 y2
    pixels. confidence: (N,) column 7 (in a truth: the flag). classes: (N,) column 8, -1 where there
    is none. visibility: (N,) column 9, NaN where there is none. names: (N,) str, "" where nobody
    says who it is. name_confidence: (N,), NaN where not given. lines: (N,) 1-based in the file.
    """

    source: str
    frames: Ints
    ids: Ints
    corners: Doubles
    confidence: Doubles
    classes: Ints
    visibility: Doubles
    names: NDArray[np.object_]
    name_confidence: Doubles
    lines: Ints

    def __post_init__(self) -> None:
        n = len(self.frames)
        if self.corners.shape != (n, 4):
            raise ValueError(f"Boxes.corners must have shape ({n}, 4), got {self.corners.shape}")
        for field in fields(self)[1:]:
            if len(getattr(self, field.name)) != n:
                got = len(getattr(self, field.name))
                raise ValueError(f"Boxes.{field.name} must have length {n}, got {got}")
        if n and (np.diff(self.frames) < 0).any():
            raise ValueError("Boxes.frames must not fall; build with Boxes.of")

    def __len__(self) -> int:
        return len(self.frames)

    def __repr__(self) -> str:
        return f"Boxes({self.source!r}, {len(self)} rows, {len(np.unique(self.ids))} ids)"

    @classmethod
    def of(
        cls,
        source: str,
        frames: Sequence[int] | Ints,
        ids: Sequence[int] | Ints,
        corners: Any,
        **optional: Any,
    ) -> Boxes:
        """Build from columns in any order of rows; columns not given hold "not given"."""
        n = len(frames)
        blank: dict[str, Any] = {
            "confidence": np.ones(n),
            "classes": np.full(n, -1),
            "visibility": np.full(n, np.nan),
            "names": np.full(n, "", object),
            "name_confidence": np.full(n, np.nan),
            "lines": np.arange(1, n + 1),
        }
        kinds = {"classes": np.int64, "lines": np.int64, "names": np.object_}
        columns: dict[str, Any] = {
            "frames": np.asarray(frames, np.int64),
            "ids": np.asarray(ids, np.int64),
            "corners": np.asarray(corners, np.float64).reshape(-1, 4),
            **{k: np.asarray(v, kinds.get(k, np.float64)) for k, v in (blank | optional).items()},
        }
        order = np.argsort(columns["frames"], kind="stable")
        return cls(source, **{name: column[order] for name, column in columns.items()})

    def take(self, rows: Mask | Ints) -> Boxes:
        """The rows of a mask or of rising indices."""
        return replace(self, **{f.name: getattr(self, f.name)[rows] for f in fields(self)[1:]})

    def between(self, first: int, last: int) -> Boxes:
        """The rows of frames `first` to `last`, both included."""
        a, b = np.searchsorted(self.frames, [first, last + 1])
        return self.take(np.arange(a, b))

    def by_frame(self, first: int, last: int) -> list[slice]:
        """For each frame from `first` to `last`, where its rows lie."""
        edges = np.searchsorted(self.frames, np.arange(first, last + 2)).tolist()
        return [slice(a, b) for a, b in pairwise(edges)]

    @property
    def centres(self) -> Doubles:
        """(N, 2) pixels."""
        return (self.corners[:, :2] + self.corners[:, 2:]) / 2

    @property
    def heights(self) -> Doubles:
        """(N,) pixels."""
        return np.asarray(self.corners[:, 3] - self.corners[:, 1])


def iou(a: Doubles, b: Doubles) -> Doubles:
    """(N, M) as `tracker.boxes.iou`, but to the last bit as TrackEval has it: 0 where a box has no
    area."""
    shared, area_a, area_b = intersections(a, b), areas(a), areas(b)
    union = area_a[:, None] + area_b[None, :] - shared
    shared[(area_a <= EPSILON)[:, None] | (area_b <= EPSILON)[None, :] | (union <= EPSILON)] = 0
    union[union <= EPSILON] = 1
    return np.asarray(shared / union)


def match(similarity: Doubles, threshold: float = 0.5) -> tuple[Ints, Ints]:
    """One-to-one pairs (rows, columns) with the largest total, each at least `threshold`."""
    from scipy.optimize import linear_sum_assignment

    allowed = np.where(similarity >= threshold - EPSILON, similarity, 0.0)
    rows, columns = linear_sum_assignment(allowed, maximize=True)
    good = allowed[rows, columns] > 0
    return rows[good].astype(np.int64), columns[good].astype(np.int64)
