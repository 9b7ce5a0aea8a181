"""The strip at the foot of the picture: every player by name, and how he is present."""

from __future__ import annotations

import re
from collections.abc import Mapping

import cv2

from tracker.publish.drawing import NEUTRAL, draw_cross
from tracker.publish.lettering import Colour, Plate, PlateStyle, plate
from tracker.records import Image, Visibility

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
        """palette: colour by player; its keys are the players listed, by team, then name."""
        self._width, self._height, self._palette = width, height, palette
        self._players = sorted(palette, key=lambda p: (teams.get(p, ""), _natural(p)))
        self._font_px, self._columns = self._fit(max(_SMALLEST_PX, round(font_px * 0.8)))
        self._row = round(self._font_px * 1.7)
        rows = -(-len(self._players) // self._columns) if self._columns else 1
        self.height_px = self._row * rows + round(self._font_px * 0.5)

    def _fit(self, font_px: int) -> tuple[int, int]:
        """Letter size and number of columns; no columns where the names do not fit at all."""
        for size in range(font_px, _SMALLEST_PX - 1, -1):
            columns = (self._width - self._clock_width(size)) // self._cell(size)
            if columns and -(-len(self._players) // columns) * size * 1.7 < self._height * _MOST:
                return size, columns
        return _SMALLEST_PX, 0

    def _cell(self, size: int) -> int:
        widest = max((_text(p, size, _WHITE).size[0] for p in self._players), default=0)
        return widest + round(size * 2.2)

    def _clock_width(self, size: int) -> int:
        return _text("000000  00:00:00.0", size, _DIM).size[0] + size

    def draw(
        self, image: Image, states: Mapping[str, Visibility], frame: int, time_s: float
    ) -> None:
        """Draw it, in place. A player without a state is absent. frame counts from 1."""
        top = self._height - self.height_px
        panel = image[top:]
        panel[:] = cv2.convertScaleAbs(panel, alpha=0.35, beta=8)
        clock = _text(f"{frame}  {_clock(time_s)}", self._font_px, _DIM)
        pad = round(self._font_px * 0.5)
        clock.paste(image, self._width - clock.size[0] - pad, top + pad // 2)
        present = {p: states.get(p, Visibility.ABSENT) for p in self._players}
        if not self._columns:
            counts = [sum(v is kind for v in present.values()) for kind in Visibility]
            words = [f"{n} {v.label}" for n, v in zip(counts, Visibility, strict=True)]
            _text("   ".join(words), self._font_px, _WHITE).paste(image, pad, top + pad // 2)
            return
        cell = (self._width - self._clock_width(self._font_px)) // self._columns
        for i, (player, state) in enumerate(present.items()):
            row, column = divmod(i, self._columns)
            self._draw_entry(image, player, state, pad + column * cell, top + row * self._row)

    def _draw_entry(self, image: Image, player: str, state: Visibility, x: int, y: int) -> None:
        colour, size = self._palette.get(player, NEUTRAL), self._font_px
        words = _text(player, size, _DIM if state is Visibility.ABSENT else _WHITE)
        y += round(size * 0.25)
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


def _clock(time_s: float) -> str:
    minutes, seconds = divmod(time_s, 60)
    return f"{int(minutes)}:{seconds:04.1f}"
