"""What is drawn on a picture: boxes, trails, places of the unseen, names, the roster strip."""

from __future__ import annotations

import math
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from tracker.publish.lettering import Colour, Plate, PlateStyle, plate, readable_on
from tracker.records import Evidence, Image, Visibility

PALETTE: tuple[Colour, ...] = (  # Okabe and Ito (2008), told apart by the colour-blind, as BGR
    (0, 159, 230),  # orange
    (233, 180, 86),  # sky blue
    (167, 121, 204),  # reddish purple
    (66, 228, 240),  # yellow
    (178, 114, 0),  # blue
    (0, 94, 213),  # vermillion
    (115, 158, 0),  # bluish green
)
NEUTRAL: Colour = (190, 190, 190)
_DARK: Colour = (28, 24, 22)
LOST_SHARE = 0.15
"""A standard deviation above this share of the picture's width says nothing: draw no place."""
_JUMP = 0.7
"""A step longer than this many body heights is no path of a runner: the trail begins anew."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One row of the table in pixels of the drawn picture; player is "" when unknown."""

    track_id: int
    player: str
    visibility: Visibility
    evidence: Evidence
    box: tuple[float, float, float, float] | None
    centre: tuple[float, float]
    std: tuple[float, float]


@dataclass(frozen=True, slots=True)
class _Label:
    """A plate and the box it belongs to (x1, y1, x2, y2)."""

    key: str
    plate: Plate
    beside: tuple[int, int, int, int]


def colours(players: Sequence[str], teams: Mapping[str, str] | None) -> dict[str, Colour]:
    """A colour for each player: his team's; without teams, one each as far as they reach."""
    if teams is None:
        return {player: PALETTE[i % len(PALETTE)] for i, player in enumerate(players)}
    names = sorted({teams[p] for p in players if teams.get(p)})
    by_team = {team: PALETTE[i % len(PALETTE)] for i, team in enumerate(names)}
    return {player: by_team.get(teams.get(player, ""), NEUTRAL) for player in players}


class Painter:
    """Draws frame after frame; remembers trails and where each label last stood."""

    def __init__(
        self, width: int, height: int, palette: Mapping[str, Colour], trail_s: float
    ) -> None:
        """width, height: of the drawn picture, pixels. palette: colour by player."""
        self._width, self._height = width, height
        self._palette, self._trail_s = palette, trail_s
        self.font_px = max(10, round(0.0155 * math.sqrt(width * height)))
        self._line_px = max(1, round(self.font_px / 11))
        self._trails: dict[int, deque[tuple[float, float, float]]] = defaultdict(deque)
        self._places: dict[str, int] = {}

    def draw(self, image: Image, marks: Sequence[Mark], time_s: float, keep_clear: int = 0) -> None:
        """Draw one frame, in place; labels stay off the lowest keep_clear pixels."""
        marks = sorted(marks, key=lambda m: (m.visibility, m.player, m.track_id))
        self._draw_trails(image, marks, time_s)
        labels = [label for mark in marks if (label := self._draw_mark(image, mark)) is not None]
        self._draw_labels(image, labels, self._height - keep_clear)

    def _colour(self, mark: Mark) -> Colour:
        return self._palette.get(mark.player, NEUTRAL)

    def _draw_mark(self, image: Image, mark: Mark) -> _Label | None:
        if mark.box is not None and mark.visibility is not Visibility.ABSENT:
            return self._draw_box(image, mark, mark.box)
        return self._draw_absent(image, mark) if mark.player else None

    def _draw_box(self, image: Image, mark: Mark, box: tuple[float, float, float, float]) -> _Label:
        x1, y1, x2, y2 = (round(v) for v in box)
        colour = self._colour(mark)
        corners = np.array([(x1, y1), (x2, y1), (x2, y2), (x1, y2), (x1, y1)])
        visible = mark.visibility is Visibility.VISIBLE
        lines = [corners] if visible else _dashes(corners, max(3, round(self.font_px * 0.35)))
        width = self._line_px if mark.player else 1
        if mark.player:
            cv2.polylines(image, lines, False, _DARK, width + 2)
        cv2.polylines(image, lines, False, colour, width)
        return _Label(f"{mark.track_id}", self._name(mark), (x1, y1, x2, y2))

    def _name(self, mark: Mark) -> Plate:
        colour = self._colour(mark)
        if not mark.player:
            return plate(f"{mark.track_id}", max(8, round(self.font_px * 0.7)), PlateStyle(colour))
        if mark.visibility is Visibility.ABSENT:
            style = PlateStyle(colour, fill=_DARK, fill_opacity=0.5)
        elif mark.evidence is Evidence.ANCHOR and mark.visibility is Visibility.VISIBLE:
            style = PlateStyle(readable_on(colour), fill=colour, border=_DARK)
        else:
            style = PlateStyle((255, 255, 255), fill=_DARK, fill_opacity=0.75, border=colour)
        return plate(mark.player, self.font_px, style)

    def _draw_absent(self, image: Image, mark: Mark) -> _Label | None:
        """A cross and an ellipse of one standard deviation; outside, an arrow at the border."""
        if max(mark.std) > LOST_SHARE * self._width or not np.isfinite(mark.centre).all():
            return None
        colour, (x, y) = self._colour(mark), mark.centre
        arm = max(3, round(self.font_px * 0.35))
        inside_x, inside_y = (
            min(max(x, arm), self._width - 1 - arm),
            min(max(y, arm), self._height - 1 - arm),
        )
        at = round(inside_x), round(inside_y)
        if 0 <= x < self._width and 0 <= y < self._height:
            _shade_ellipse(image, (round(x), round(y)), mark.std, colour)
            draw_cross(image, at, arm, _DARK, self._line_px + 2)
            draw_cross(image, at, arm, colour, self._line_px)
        else:
            tip = _triangle(at, math.atan2(y - inside_y, x - inside_x), arm * 1.5)
            cv2.fillConvexPoly(image, tip, colour, cv2.LINE_AA)
            cv2.polylines(image, [tip], True, _DARK, 1, cv2.LINE_AA)
        around = at[0] - arm, at[1] - arm, at[0] + arm, at[1] + arm
        return _Label(mark.player, self._name(mark), around)

    def _draw_trails(self, image: Image, marks: Sequence[Mark], time_s: float) -> None:
        """The way of the feet over the last trail_s seconds, fading out."""
        for mark in marks:
            trail = self._trails[mark.track_id]
            if mark.box is None or not mark.player:
                trail.clear()
                continue
            x1, y1, x2, y2 = mark.box
            foot = (x1 + x2) / 2, y2
            if trail and math.dist(trail[-1][1:], foot) > _JUMP * (y2 - y1):
                trail.clear()
            trail.append((time_s, *foot))
            while trail[0][0] < time_s - self._trail_s:
                trail.popleft()
            if len(trail) > 1:
                points = np.array([(x, y) for _, x, y in trail])
                _draw_fading(image, points, self._colour(mark), self._line_px + 1)
        for gone in self._trails.keys() - {mark.track_id for mark in marks}:
            del self._trails[gone]

    def _draw_labels(self, image: Image, labels: Sequence[_Label], floor: int) -> None:
        """Each plate where it covers least of those already laid; its last place comes first."""
        laid: list[tuple[int, int, int, int]] = []
        places: dict[str, int] = {}
        for label in labels:
            spots = self._spots(label, floor)
            last = self._places.get(label.key, 0)
            order = [last, *(i for i in range(len(spots)) if i != last)]
            best = min(order, key=lambda i: sum(_overlap(spots[i], other) for other in laid))
            places[label.key] = best
            laid.append(spots[best])
            label.plate.paste(image, *spots[best][:2])
        self._places = places

    def _spots(self, label: _Label, floor: int) -> list[tuple[int, int, int, int]]:
        """Where a plate may stand, best first: above, below, higher, right, left, lower."""
        width, height = label.plate.size
        x1, y1, x2, y2 = label.beside
        middle, gap = (x1 + x2 - width) // 2, self._line_px + 1
        above, below, beside = y1 - height - gap, y2 + gap, (y1 + y2 - height) // 2
        corners = [
            (middle, above), (middle, below), (middle, above - height - 1),
            (x2 + gap, beside), (x1 - gap - width, beside), (middle, below + height + 1),
        ]  # fmt: skip
        spots = []
        for x, y in corners:
            left = min(max(x, 0), max(self._width - width, 0))
            top = min(max(y, 0), max(floor - height, 0))
            spots.append((left, top, left + width, top + height))
        return spots


def draw_cross(image: Image, at: tuple[int, int], arm: int, colour: Colour, width: int) -> None:
    """An x at a point, arms of `arm` pixels, in place."""
    x, y = at
    strokes = [np.array([(x - arm, y - s * arm), (x + arm, y + s * arm)]) for s in (-1, 1)]
    cv2.polylines(image, strokes, False, colour, width, cv2.LINE_AA)


def _dashes(corners: NDArray[np.int64], dash: int) -> list[NDArray[np.int64]]:
    """Cut a path into dashes with gaps of 0.8 of their length; every corner is drawn."""
    dashes = []
    for start, end in pairwise(corners):
        length = float(np.abs(end - start).max())
        count = max(2, round((length + 0.8 * dash) / (1.8 * dash)))  # a dash at either end
        for i in range(count):
            at = i * (length - dash) / (count - 1)
            ends = [start + (end - start) * t / max(length, 1) for t in (at, at + dash)]
            dashes.append(np.rint(ends).astype(np.int64))
    return dashes


def _triangle(at: tuple[int, int], angle: float, size: float) -> NDArray[np.int64]:
    turns = angle + np.array([0.0, 2.4, -2.4])
    return np.rint(np.stack([np.cos(turns), np.sin(turns)], 1) * size + at).astype(np.int64)


def _overlap(a: tuple[int, int, int, int], b: tuple[int, int, int, int]) -> int:
    wide, high = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    return wide * high if wide > 0 and high > 0 else 0


def _window(
    image: Image, x1: float, y1: float, x2: float, y2: float
) -> tuple[NDArray[np.uint8], tuple[int, int]]:
    """The part of the image within the bounds, as a view, and its top left corner."""
    left, top = max(math.floor(x1), 0), max(math.floor(y1), 0)
    right, bottom = max(math.ceil(x2) + 1, left), max(math.ceil(y2) + 1, top)
    return image[top:bottom, left:right], (left, top)


def _shade_ellipse(
    image: Image, centre: tuple[int, int], std: tuple[float, float], colour: Colour
) -> None:
    (x, y), axes = centre, (max(round(std[0]), 2), max(round(std[1]), 2))
    view, (left, top) = _window(image, x - axes[0], y - axes[1], x + axes[0], y + axes[1])
    filled = view.copy()
    cv2.ellipse(filled, (x - left, y - top), axes, 0, 0, 360, colour, cv2.FILLED)
    view[:] = cv2.addWeighted(filled, 0.22, view, 0.78, 0)
    cv2.ellipse(view, (x - left, y - top), axes, 0, 0, 360, colour, 1, cv2.LINE_AA)


def _draw_fading(image: Image, points: NDArray[np.float64], colour: Colour, width: int) -> None:
    """A path that grows from nothing at its old end to nearly solid at its new one."""
    (x1, y1), (x2, y2) = points.min(axis=0) - width, points.max(axis=0) + width
    view, corner = _window(image, x1, y1, x2, y2)
    if view.size == 0:
        return
    strength = np.zeros(view.shape[:2], np.uint8)
    path = np.rint(points - corner).astype(int).tolist()
    for i, (start, end) in enumerate(pairwise(path)):
        cv2.line(strength, start, end, (40 + 180 * (i + 1) // (len(path) - 1),), width)
    touched = strength > 0
    share = strength[touched][:, None].astype(np.float32) / 255
    view[touched] = (view[touched] * (1 - share) + np.array(colour) * share).astype(np.uint8)
