"""Anchors in a table with a header: what its columns are called, and our own tracks.csv."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from gallery.roster_file import seconds
from tracker.anchors.columns import Columns, TableFile
from tracker.anchors.draft import Draft, checked
from tracker.anchors.file import AnchorFile
from tracker.anchors.rows import AnchorError, AnchorRows
from tracker.text import bare, is_number
from tracker.types import UNKNOWN, Doubles, Evidence, Mask, Visibility

PLAYER = ("player", "name")
CONFIDENCE = ("player_confidence", "confidence", "score", "probability", "conf")
HUMAN = ("human", Evidence.TOLD.label)
"""What column `source` or `evidence` holds where a person has named the row."""
_FRAME, _TIME = ("frame", "frame_id", "frame_number"), ("time_s", "time", "timestamp", "seconds")
_SOURCE = ("source", "evidence")
_CORNERS = (
    ("x1", "y1", "x2", "y2"), ("xmin", "ymin", "xmax", "ymax"),
    ("x_min", "y_min", "x_max", "y_max"), ("left", "top", "right", "bottom"),
    ("xtl", "ytl", "xbr", "ybr"),
)  # fmt: skip
_SIZES = (
    ("x", "y", "w", "h"), ("x", "y", "width", "height"), ("left", "top", "width", "height"),
    ("left", "top", "w", "h"), ("bb_left", "bb_top", "bb_width", "bb_height"),
)  # fmt: skip
_POINT = ("x", "y")
_OURS = ("track_id", "player", "player_confidence", "visibility", "evidence")
_EXPECTED = "frame (or time_s), x1,y1,x2,y2 (or x,y,w,h, or x,y) and player"


Where = Callable[[int], str]
"""File and line of a row, for messages; below 0 the file alone."""


@dataclass(frozen=True, slots=True)
class _Layout:
    """Which columns of a header mean what; "" or none where it lacks them. has_corners: box is
    x1 y1 x2 y2; else x y width height. is_ours: a tracks.csv."""

    frame: str
    time: str
    player: str
    confidence: str
    source: tuple[str, ...]
    box: tuple[str, ...]
    has_corners: bool
    point: tuple[str, ...]
    is_ours: bool

    @classmethod
    def of(cls, header: Sequence[str]) -> _Layout:
        def first(names: Sequence[str]) -> str:
            return next((name for name in names if name in header), "")

        def whole(sets: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
            return next((names for names in sets if set(names) <= set(header)), ())

        return cls(
            first(_FRAME), first(_TIME), first(PLAYER), first(CONFIDENCE),
            tuple(name for name in _SOURCE if name in header), whole(_CORNERS) or whole(_SIZES),
            bool(whole(_CORNERS)), whole([_POINT]), set(_OURS) <= set(header),
        )  # fmt: skip

    @property
    def numbers(self) -> list[str]:
        """The columns that hold numbers."""
        named = [self.frame, self.confidence, *self.box, *self.point]
        return [name for name in dict.fromkeys(named) if name]

    @property
    def words(self) -> list[str]:
        """The columns that hold text; a time may be written 1:05:30."""
        named = [self.time, self.player, *self.source, "visibility" if self.is_ours else ""]
        return [name for name in dict.fromkeys(named) if name]


def is_table(first_line: str) -> bool:
    """Whether a file whose first line is this has a header: a cell that begins with a letter."""
    cells = first_line.replace(";", ",").replace("\t", ",").replace("|", ",").split(",")
    return any(cell.strip(' "\ufeff')[:1].isalpha() and not is_number(cell) for cell in cells)


def read_table(given: AnchorFile, raw: bytes) -> AnchorRows:
    """Anchors of a table in any dialect that `gallery.io.tables` knows; raw: its UTF-8.

    Raises AnchorError.
    """
    given.no_names()
    table = TableFile(given, raw)
    layout = _Layout.of(table.header)
    lacks = [
        what
        for what, found in (
            ("player", layout.player),
            ("frame or time", layout.frame or layout.time),
            ("box or point", layout.box or layout.point),
        )
        if not found
    ]
    if lacks:
        missing = ", no ".join(lacks)
        raise AnchorError(
            f"{given.path}: its header has no {missing}; expected columns {_EXPECTED}"
        )
    columns = table.columns(layout.numbers, layout.words)

    def where(row: int) -> str:
        if row < 0:
            return str(given.path)
        return f"{given.path}, line {table.line(layout.numbers, layout.words, row)}"

    return checked(_draft(columns, layout, where), given.source, given.video.fps, where)


def _draft(columns: Columns, layout: _Layout, where: Where) -> Draft:
    codes, texts = columns.words[layout.player]
    names = tuple(bare(text) for text in texts)
    unnamed = np.array([not name.strip() for name in names] or [True])
    n = len(codes)
    boxes = _stack(columns, layout.box, n, 4)
    points = _stack(columns, layout.point, n, 2)
    if layout.box and not layout.has_corners:
        is_point = np.isnan(boxes[:, 2:]).all(axis=1)
        boxes[:, 2:] += boxes[:, :2]
        boxes[is_point] = np.nan
    frames = columns.numbers[layout.frame] if layout.frame else np.full(n, np.nan)
    human = np.zeros(n, bool)
    for name in layout.source:
        human |= columns.are(name, *HUMAN)
    draft = Draft(
        frames, _times(columns, layout.time, np.isnan(frames), where), boxes, points,
        np.where(unnamed[codes], UNKNOWN, codes), names,
        columns.numbers[layout.confidence] if layout.confidence else np.full(n, np.nan),
        human, np.arange(n),
    )  # fmt: skip
    if not layout.is_ours:
        return draft
    return draft.take(columns.are("visibility", Visibility.VISIBLE.label) & ~unnamed[codes])


def _stack(columns: Columns, names: Sequence[str], n: int, width: int) -> Doubles:
    """(n, width) these columns side by side, NaN where there are none."""
    if not names:
        return np.full((n, width), np.nan)
    return np.column_stack([columns.numbers[name] for name in names])


def _times(columns: Columns, column: str, wanted: Mask, where: Where) -> Doubles:
    """(N,) seconds where they are wanted and stated, else NaN. Raises AnchorError."""
    if not column or not wanted.any():
        return np.full(len(wanted), np.nan)
    codes, texts = columns.words[column]
    found = np.full(max(len(texts), 1), np.nan)
    for code in np.unique(codes[wanted]).tolist():
        cell = texts[code]
        try:
            found[code] = seconds(cell.replace(",", ".")) if cell else np.nan
        except ValueError as error:
            row = int((wanted & (codes == code)).argmax())
            raise AnchorError(
                f"{where(row)}: {cell[:40]!r} is no time; write seconds, MM:SS or HH:MM:SS"
            ) from error
    return np.where(wanted, found[codes], np.nan)
