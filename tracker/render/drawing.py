"""What is drawn on a picture: boxes, trails, and where the unseen are thought to be."""

from __future__ import annotations

import math
from collections import Counter, defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from tracker.render.labels import Label, LabelPlacer
from tracker.render.lettering import Colour, Plate, PlateStyle, plate, readable_on
from tracker.types import Evidence, Image, Visibility

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
_BESIDE: Colour = (120, 120, 120)
"""Who does not play is seen, and does not catch the eye."""
_DARK: Colour = (28, 24, 22)
LOST_SHARE = 0.15
"""A standard deviation above this share of the picture's width says nothing: draw no place."""
_JUMP = 0.7
"""A step longer than this many body heights is no path of a runner: the trail begins anew."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One row of the table in pixels of the drawn picture; player is "" when unknown. number: to
    stand beside the name or id, as it is drawn. plays: False of a referee, staff and crowd."""

    track_id: int
    player: str
    visibility: Visibility
    evidence: Evidence
    box: tuple[float, float, float, float] | None
    centre: tuple[float, float]
    std: tuple[float, float]
    number: str = ""
    kit: str = ""
    plays: bool = True


_SHADES = (0.0, 0.22, -0.22, 0.4, -0.36)
"""How far to white or to black players of one kit are moved, one after the other."""


def colours(
    players: Sequence[str], teams: Mapping[str, str], worn: Mapping[str, Colour] | None = None
) -> dict[str, Colour]:
    """A colour for each player. worn: of the kit of those of whom it is known: then theirs, in
    shades. Of the others their team's; without teams, one each as far as they reach."""
    rest = _without_kits([p for p in players if p not in (worn or {})], teams)
    found, before = dict(rest), Counter[Colour]()
    for player in players:
        if worn and player in worn:
            kit = worn[player]
            found[player] = shaded(kit, _SHADES[before[kit] % len(_SHADES)])
            before[kit] += 1
    return found


def shaded(colour: Colour, share: float) -> Colour:
    """Moved by a share to white, or to black where it is below 0."""
    to = 255 if share > 0 else 0
    blue, green, red = (round(c + (to - c) * abs(share)) for c in colour)
    return blue, green, red


def _without_kits(players: Sequence[str], teams: Mapping[str, str]) -> dict[str, Colour]:
    if not teams:
        return {player: PALETTE[i % len(PALETTE)] for i, player in enumerate(players)}
    names = sorted({teams[p] for p in players if teams.get(p)})
    by_team = {team: PALETTE[i % len(PALETTE)] for i, team in enumerate(names)}
    return {player: by_team.get(teams.get(player, ""), NEUTRAL) for player in players}


class Painter:
    """Draws frame after frame; remembers trails and labels."""

    def __init__(
        self,
        width: int,
        height: int,
        palette: Mapping[str, Colour],
        trail_s: float,
        kits: Mapping[str, Colour] | None = None,
    ) -> None:
        """width, height: of the drawn picture, pixels. palette: colour by player. kits: by the name
        of a kit, for those without a name."""
        self._width, self._height = width, height
        self._kits = kits or {}
        self._palette, self._trail_s = palette, trail_s
        self.font_px = max(10, round(0.0132 * math.sqrt(width * height)))
        self._line_px = max(2, round(self.font_px / 11))
        self._trails: dict[int, deque[tuple[float, float, float]]] = defaultdict(deque)
        self._labels = LabelPlacer(width, height, self._line_px + 1)

    def draw(self, image: Image, marks: Sequence[Mark], time_s: float, keep_clear: int = 0) -> None:
        """Draw one frame, in place; labels stay off the lowest keep_clear pixels."""
        marks = sorted(marks, key=lambda m: (m.visibility, m.player, m.track_id))
        self._draw_trails(image, marks, time_s)
        labels = [label for mark in marks if (label := self._draw_mark(image, mark)) is not None]
        self._labels.draw(image, labels, self._height - keep_clear)

    def _colour(self, mark: Mark) -> Colour:
        if not mark.plays:
            return _BESIDE
        return self._palette.get(mark.player) or self._kits.get(mark.kit, NEUTRAL)

    def _draw_mark(self, image: Image, mark: Mark) -> Label | None:
        if mark.box is not None and mark.visibility is not Visibility.ABSENT:
            return self._draw_box(image, mark, mark.box)
        return self._draw_absent(image, mark) if mark.player else None

    def _draw_box(self, image: Image, mark: Mark, box: tuple[float, float, float, float]) -> Label:
        x1, y1, x2, y2 = (round(v) for v in box)
        colour = self._colour(mark)
        dash = max(4, round(self.font_px * 0.4))
        dash = 0 if mark.visibility is Visibility.VISIBLE else dash
        if mark.player:
            out = self._line_px // 2 + 1  # a dark line around keeps it apart from bright grounds
            dark = _outline(x1 - out, y1 - out, x2 + out, y2 + out, dash)
            cv2.polylines(image, dark, False, _shade(colour), 1)
        width = self._line_px if mark.player else 1
        cv2.polylines(image, _outline(x1, y1, x2, y2, dash), False, colour, width)
        key = mark.player or str(mark.track_id)
        return Label(key, self._name(mark), colour, (x1, y1, x2, y2))

    def _name(self, mark: Mark) -> Plate:
        colour = self._colour(mark)
        # a long name is cut off at its end, its number never
        parts = (mark.number, mark.player) if mark.player else (str(mark.track_id), mark.number)
        text = " ".join(filter(None, parts))
        if not mark.player:
            return plate(text, max(8, round(self.font_px * 0.7)), PlateStyle(colour))
        if mark.visibility is Visibility.ABSENT:
            style = PlateStyle(_tint(colour), fill=_DARK, fill_opacity=0.5)
        elif (
            mark.evidence in (Evidence.ANCHOR, Evidence.TOLD)
            and mark.visibility is Visibility.VISIBLE
        ):
            style = PlateStyle(readable_on(colour), fill=colour)
        else:
            style = PlateStyle((255, 255, 255), fill=_DARK, fill_opacity=0.75, border=colour)
        return plate(text, self.font_px, style)

    def _draw_absent(self, image: Image, mark: Mark) -> Label | None:
        """A cross and an ellipse of one standard deviation; outside, an arrow at the border."""
        known = np.isfinite((*mark.centre, *mark.std)).all()
        if not known or max(mark.std) > LOST_SHARE * self._width:
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
        return Label(mark.player, self._name(mark), colour, around)

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


def _shade(colour: Colour) -> Colour:
    return colour[0] // 5, colour[1] // 5, colour[2] // 5


def _tint(colour: Colour) -> Colour:
    return 90 + colour[0] * 165 // 255, 90 + colour[1] * 165 // 255, 90 + colour[2] * 165 // 255


def draw_cross(image: Image, at: tuple[int, int], arm: int, colour: Colour, width: int) -> None:
    """An x at a point, arms of `arm` pixels, in place."""
    x, y = at
    strokes = [np.array([(x - arm, y - s * arm), (x + arm, y + s * arm)]) for s in (-1, 1)]
    cv2.polylines(image, strokes, False, colour, width, cv2.LINE_AA)


def _outline(x1: int, y1: int, x2: int, y2: int, dash: int) -> list[NDArray[np.int64]]:
    """A box as lines: closed, or in dashes of about `dash` pixels with every corner drawn."""
    corners = np.array([(x1, y1), (x2, y1), (x2, y2), (x1, y2), (x1, y1)])
    if not dash:
        return [corners]
    dashes = []
    for start, end in pairwise(corners):
        length = max(float(np.abs(end - start).max()), 1.0)
        count = max(2, round((length + 1.1 * dash) / (2.1 * dash)))
        for i in range(count):
            at = i * max(length - dash, 0.0) / (count - 1)
            ends = [start + (end - start) * min(t / length, 1.0) for t in (at, at + dash)]
            dashes.append(np.rint(ends).astype(np.int64))
    return dashes


def _triangle(at: tuple[int, int], angle: float, size: float) -> NDArray[np.int64]:
    turns = angle + np.array([0.0, 2.4, -2.4])
    return np.rint(np.stack([np.cos(turns), np.sin(turns)], 1) * size + at).astype(np.int64)


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
