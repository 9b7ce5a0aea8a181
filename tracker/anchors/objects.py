"""Anchors as JSON objects: one to a line, or a list of them; one anchor each, or a frame's."""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from math import inf, isfinite, isnan, nan
from typing import Any

import numpy as np

from tracker.anchors.draft import Draft, checked
from tracker.anchors.file import AnchorFile
from tracker.anchors.rows import AnchorError, AnchorRows
from tracker.anchors.table import CONFIDENCE, HUMAN, PLAYER
from tracker.limits import MAX_ANCHORS
from tracker.types import UNKNOWN

_FRAME, _TIME, _BOX = ("frame",), ("time_s", "time"), ("box", "bbox", "xyxy")
_SOURCES = ("source", "evidence")
_NONE = (nan,) * 4
_EXPECTED = '{"frame": 12, "box": [x1, y1, x2, y2], "player": "Ada"}'


class ObjectError(AnchorError):
    """An object is no anchor; the message is without its place."""


@dataclass(slots=True)
class Collected:
    """Rows while they are read, without an object of Python for each. lines: of each, 1-based."""

    numbers: array[float] = field(default_factory=lambda: array("d"))
    players: array[int] = field(default_factory=lambda: array("q"))
    human: array[int] = field(default_factory=lambda: array("b"))
    lines: array[int] = field(default_factory=lambda: array("q"))
    names: dict[str, int] = field(default_factory=dict)

    def add(
        self, frame: float, time_s: float, box: Iterable[float], point: Iterable[float],
        player: str, confidence: float, human: bool, line: int,
    ) -> None:  # fmt: skip
        """A row; player: "" where it names nobody."""
        self.numbers.extend((frame, time_s, *box, *point, confidence))
        code = self.names.setdefault(player, len(self.names)) if player else UNKNOWN
        self.players.append(code)
        self.human.append(human)
        self.lines.append(line)
        if len(self.lines) > MAX_ANCHORS:
            raise ObjectError(f"more than {MAX_ANCHORS} anchors; cut it into several files")

    def rows(self, source: str, fps: float, where: Callable[[int], str]) -> AnchorRows:
        """See `checked`; where is given the line of a row, 0 of the file."""
        n = len(self.lines)
        table = np.array(self.numbers, np.float64).reshape(n, 9)
        draft = Draft(
            table[:, 0], table[:, 1], table[:, 2:6], table[:, 6:8],
            np.array(self.players, np.int64), tuple(self.names), table[:, 8],
            np.array(self.human, bool), np.array(self.lines, np.int64),
        )  # fmt: skip
        return checked(draft, source, fps, lambda line: where(max(line, 0)))


def read_lines(given: AnchorFile) -> AnchorRows:
    """A file of JSON lines. Raises AnchorError that names the line."""
    given.no_names()
    raw = given.text_bytes()

    def objects() -> Iterator[tuple[int, object]]:
        for number, line in enumerate(BytesIO(raw), 1):
            if line.strip():
                yield number, parsed(line, f"{given.path}, line {number}")

    return read_objects(objects(), given, "line")


def read_objects(
    objects: Iterable[tuple[int, object]], given: AnchorFile, unit: str = "anchor"
) -> AnchorRows:
    """Of objects with their numbers; unit: what is numbered. Raises AnchorError."""

    def where(number: int) -> str:
        return f"{given.path}, {unit} {number}" if number else str(given.path)

    collected = Collected()
    for number, item in objects:
        try:
            add_object(collected, item, number)
        except ObjectError as error:
            raise AnchorError(f"{where(number)}: {error}") from error
    return collected.rows(given.source, given.video.fps, where)


def parsed(line: str | bytes, where: str) -> object:
    """What a JSON text holds. Raises AnchorError."""
    try:
        found: object = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise AnchorError(f"{where}: not readable as JSON; expected {_EXPECTED}") from error
    return found


def add_object(collected: Collected, item: object, line: int) -> None:
    """An anchor, or a frame with a list `anchors`. Raises ObjectError."""
    if not isinstance(item, dict):
        raise ObjectError(f"not an object; expected {_EXPECTED}")
    inner = item.get("anchors")
    if inner is None:
        _add(collected, item, {}, line)
        return
    if not isinstance(inner, list) or not all(isinstance(each, dict) for each in inner):
        raise ObjectError("anchors is no list of objects")
    for each in inner:
        _add(collected, each, item, line)


def _add(
    collected: Collected, item: Mapping[str, Any], frame: Mapping[str, Any], line: int
) -> None:
    """frame: what holds the item, and says what all in it have in common."""
    player = _first(item, PLAYER)
    if player is not None and not isinstance(player, str):
        raise ObjectError("player is no text")
    box, point = _first(item, _BOX), item.get("point")
    at = number_of(_either(item, frame, _FRAME), "frame")
    time_s = number_of(_either(item, frame, _TIME), "time_s")
    corners = numbers_of(box, 4, "box") if box is not None else _NONE
    if box is None and item.get("xywh") is not None:
        x, y, width, height = numbers_of(item["xywh"], 4, "xywh")
        corners = (x, y, x + width, y + height)
    collected.add(
        at, time_s, corners, numbers_of(point, 2, "point") if point is not None else _NONE[:2],
        (player or "").strip(), number_of(_first(item, CONFIDENCE), "confidence"),
        _is_human(item) or _is_human(frame), line,
    )  # fmt: skip


def _is_human(item: Mapping[str, Any]) -> bool:
    for key in _SOURCES:
        word = item.get(key)
        if isinstance(word, str) and word.lower() in HUMAN:
            return True
    return False


def number_of(value: object, what: str) -> float:
    """NaN of nothing, infinite of no finite number. Raises ObjectError of what is none."""
    if value is None:
        return nan
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ObjectError(f"{what} is no number")
    try:
        number = float(value)
    except OverflowError:
        return inf
    return number if isfinite(number) else inf


def numbers_of(value: object, count: int, what: str) -> tuple[float, ...]:
    """So many numbers. Raises ObjectError."""
    if not isinstance(value, list) or len(value) != count:
        raise ObjectError(f"{what} is not a list of {count} numbers")
    found = [
        each if type(each) is float and isfinite(each) else number_of(each, what) for each in value
    ]
    if any(map(isnan, found)):
        raise ObjectError(f"{what} lacks a number")
    return tuple(found)


def _first(item: Mapping[str, Any], keys: Iterable[str]) -> Any:
    for key in keys:  # asked of millions of rows
        found = item.get(key)
        if found is not None:
            return found
    return None


def _either(item: Mapping[str, Any], frame: Mapping[str, Any], keys: Iterable[str]) -> Any:
    found = _first(item, keys)
    return _first(frame, keys) if found is None else found
