"""The strip at the foot of the picture: every player by name, and how they are present."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping

import cv2

from tracker.render.drawing import NEUTRAL, draw_cross
from tracker.render.lettering import Colour, Plate, PlateStyle, draw_plate, plate
from tracker.types import Image, Visibility

_MOST = 0.14
"""Share of the picture's height that the strip may cover; with more names it only counts them."""
_SMALLEST_PX = 8
_WHITE: Colour = (245, 245, 245)
_DIM: Colour = (150, 150, 150)


class RosterStrip:
    """A translucent panel with a dot and a name per player, in fixed places."""

    def __init__(
        self,
        width: int,
        height: int,
        palette: Mapping[str, Colour],
        teams: Mapping[str, str],
        font_px: int,
    ) -> None:
        """palette: colour by player; its keys are the players listed, a team after the other."""
        self._width, self._height, self._palette = width, height, palette
        by_team: dict[str, list[str]] = defaultdict(list)
        for player in sorted(palette, key=lambda p: (teams.get(p, ""), _natural(p))):
            by_team[teams.get(player, "")].append(player)
        self._teams = list(by_team.values())
        self._font_px, self._rows = self._fit(max(_SMALLEST_PX, round(font_px * 0.9)))
        self._row_px = round(self._font_px * 1.6)
        self.height_px = self._row_px * max(len(self._rows), 1) + round(self._font_px * 0.4)

    def _fit(self, font_px: int) -> tuple[int, list[list[str]]]:
        """Letter size and the players of each row; no rows where they do not fit at all."""
        together = [[player for team in self._teams for player in team]]
        for size in range(font_px, _SMALLEST_PX - 1, -1):
            columns = self._columns(size)
            if columns < 1:
                continue
            for groups in (self._teams, together):  # a new row for each team, if there is room
                rows = [g[i : i + columns] for g in groups for i in range(0, len(g), columns)]
                if (len(rows) * 1.6 + 0.4) * size < self._height * _MOST:
                    return size, rows
        return _SMALLEST_PX, []

    def _columns(self, size: int) -> int:
        names = (p for team in self._teams for p in team)
        cell = max((_text(p, size, _WHITE).size[0] for p in names), default=0) + round(size * 2)
        return (self._width - self._time_width(size)) // cell

    def _time_width(self, size: int) -> int:
        return _text("frame 000000 · 00:00.0", size, _DIM).size[0] + size

    def draw(
        self, image: Image, states: Mapping[str, Visibility], frame: int, time_s: float
    ) -> None:
        """Draw it, in place. A player without a state is absent. frame counts from 1."""
        top = self._height - self.height_px
        panel = image[top:]
        panel[:] = cv2.convertScaleAbs(panel, alpha=0.35, beta=8)
        pad = round(self._font_px * 0.5)
        words = f"frame {frame} · {_time_text(time_s)}"
        time_text = draw_plate(words, self._font_px, PlateStyle(_DIM))  # never the same again
        time_text.paste(image, self._width - time_text.size[0] - pad, top + pad // 2)
        if not self._rows:
            self._draw_counts(image, states, (pad, top + pad // 2))
        columns = max((len(row) for row in self._rows), default=1)
        cell = (self._width - self._time_width(self._font_px)) // columns
        for i, row in enumerate(self._rows):
            for j, player in enumerate(row):
                state = states.get(player, Visibility.ABSENT)
                at = pad + j * cell, top + pad // 2 + i * self._row_px
                self._draw_entry(image, player, state, at)

    def _draw_counts(
        self, image: Image, states: Mapping[str, Visibility], at: tuple[int, int]
    ) -> None:
        present = [states.get(p, Visibility.ABSENT) for team in self._teams for p in team]
        words = " · ".join(f"{present.count(v)} {v.label}" for v in Visibility)
        _text(words, self._font_px, _WHITE).paste(image, *at)

    def _draw_entry(
        self, image: Image, player: str, state: Visibility, at: tuple[int, int]
    ) -> None:
        colour, size = self._palette.get(player, NEUTRAL), self._font_px
        words = _text(player, size, _DIM if state is Visibility.ABSENT else _WHITE)
        x, y = at
        radius = max(2, round(size * 0.3))
        dot = x + radius, y + words.size[1] // 2
        if state is Visibility.VISIBLE:
            cv2.circle(image, dot, radius, colour, cv2.FILLED, cv2.LINE_AA)
        elif state is Visibility.OCCLUDED:
            cv2.circle(image, dot, radius, colour, max(1, size // 9), cv2.LINE_AA)
        else:
            draw_cross(image, dot, max(2, radius - 1), colour, max(1, size // 12))
        words.paste(image, x + 2 * radius + round(size * 0.35), y)


def _text(text: str, size: int, colour: Colour) -> Plate:
    return plate(text, size, PlateStyle(colour))


def _natural(name: str) -> list[tuple[int, str]]:
    parts = re.split(r"([0-9]+)", name.lower())
    return [(int(part), "") if i % 2 else (0, part) for i, part in enumerate(parts)]


def _time_text(time_s: float) -> str:
    minutes, seconds = divmod(time_s, 60)
    return f"{int(minutes)}:{seconds:04.1f}"
