"""The field as a user has drawn it into one frame: a polygon, and who stands inside of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from tracker.court.field_corners import FieldError, read_corners
from tracker.court.heights import cut_off
from tracker.types import Doubles

_AWAY = 1.0
"""So many widths or heights of the picture a corner may lie beside it: the camera turns."""
_GRID = 24  # points each way, by which is seen whether anything of the picture lies inside
_MARGIN = 0.5
"""Body heights; who stands so far outside may be at the line, and keeps what they have."""
_NATS_A_HEIGHT, _INSIDE_NATS, _OUTSIDE_NATS = 3.0, 2.0, -6.0
"""By each body height within, or beyond the margin; at most, inside and outside."""


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """corners: (K, 2) pixels, in order around it, sides that do not meet. index: of the frame they
    are of, Frame.index. size: width and height of the picture."""

    corners: Doubles
    index: int
    size: tuple[int, int]

    def __post_init__(self) -> None:
        if self.corners.ndim != 2 or self.corners.shape[1] != 2:
            raise ValueError(f"Field.corners must have shape (K, 2), got {self.corners.shape}")

    @classmethod
    def of(cls, text: str, frame: int, size: tuple[int, int]) -> Field:
        """text: as `--field` takes it. frame: from 1. Raises FieldError."""
        corners = read_corners(text)
        _check_near(corners, size)
        _check_sides(corners)
        field = cls(corners, frame - 1, size)
        if not field._shows():
            raise FieldError(
                f"--field: nothing of the picture ({size[0]}x{size[1]}) lies inside of it; give "
                "pixels of the video's own size"
            )
        return field

    @property
    def key(self) -> str:
        """Changes when it is another one."""
        return repr((self.index, self.corners.tolist(), self.size))

    def tree(self) -> dict[str, object]:
        """As run.json has it."""
        return {"frame": self.index + 1, "corners": self.corners.round(2).tolist()}

    def _shows(self) -> bool:
        """Whether any of it is in the picture."""
        x, y = (np.linspace(0, side, _GRID) for side in self.size)
        points = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
        return bool((depths(self.corners, points) > 0).any())


def depths(corners: Doubles, points: Doubles) -> Doubles:
    """(N,) pixels by which points (N, 2) lie inside of a polygon, below 0 outside of it. corners:
    (K, 2)."""
    import cv2

    outline = corners.astype(np.float32).reshape(-1, 1, 2)
    return np.array([cv2.pointPolygonTest(outline, point, True) for point in points.tolist()])


def field_nats(corners: Doubles, boxes: Doubles, height_px: int) -> Doubles:
    """(N,) log-odds of people, (N, 4) boxes, to play on a field with (K, 2) corners in this frame.

    By how many of their body heights their feet are inside or outside. At the line, and up to half
    a height outside, it is 0; and where the lower border of the picture cuts them off, which has
    this height.
    """
    feet = np.column_stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]])
    tall = np.maximum(boxes[:, 3] - boxes[:, 1], 1.0)
    inside = depths(corners, feet) / tall if len(boxes) else np.zeros(0)
    far = np.where(inside > 0, inside, np.minimum(inside + _MARGIN, 0))
    nats = np.clip(_NATS_A_HEIGHT * far, _OUTSIDE_NATS, _INSIDE_NATS)
    return np.where(cut_off(boxes, height_px), 0.0, nats)


def _check_near(corners: Doubles, size: tuple[int, int]) -> None:
    """Raises FieldError where a corner is far from the picture."""
    wide = np.array(size, np.float64)
    far = ((corners < -_AWAY * wide) | (corners > (1 + _AWAY) * wide)).any(axis=1)
    if far.any():
        x, y = corners[int(far.argmax())].tolist()
        raise FieldError(
            f"--field: corner {int(far.argmax()) + 1}, {x:g},{y:g}, is far outside of the picture "
            f"({size[0]}x{size[1]}); give pixels of the video's own size"
        )


def _check_sides(corners: Doubles) -> None:
    """Raises FieldError where two sides meet that are no neighbours."""
    count = len(corners)
    points = corners.tolist()
    for a in range(count):
        if points[a] == points[(a + 1) % count]:
            raise FieldError(f"--field: corners {a + 1} and {(a + 1) % count + 1} are the same")
    for a, b in combinations(range(count), 2):
        if b - a in (1, count - 1):
            continue
        ends = [points[n % count] for n in (a, a + 1, b, b + 1)]
        if _meet(*ends):
            sides = (f"{n + 1} to {(n + 1) % count + 1}" for n in (a, b))
            raise FieldError(
                f"--field: the side from corner {' crosses that from '.join(sides)}; give the "
                "corners in order around the field"
            )


def _meet(a: Sequence[float], b: Sequence[float], c: Sequence[float], d: Sequence[float]) -> bool:
    """Whether the segments ab and cd have a point in common."""
    turns = [_turn(a, b, c), _turn(a, b, d), _turn(c, d, a), _turn(c, d, b)]
    if turns[0] * turns[1] < 0 and turns[2] * turns[3] < 0:
        return True
    ends = ((a, b, c), (a, b, d), (c, d, a), (c, d, b))
    return any(not turn and _between(*end) for turn, end in zip(turns, ends, strict=True))


def _turn(a: Sequence[float], b: Sequence[float], c: Sequence[float]) -> float:
    """Above 0 where the way from a over b to c turns one way, below where it turns the other."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _between(a: Sequence[float], b: Sequence[float], c: Sequence[float]) -> bool:
    """Whether c, on the line through a and b, is no further than they."""
    return all(min(a[i], b[i]) <= c[i] <= max(a[i], b[i]) for i in (0, 1))
