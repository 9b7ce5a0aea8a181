"""The corners of a field as a user writes them: on the command line, or in a file."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np

from gallery.io.files import read_bytes
from gallery.io.text_files import NoTextError, decode
from tracker.errors import TeamsheetError
from tracker.text import is_number
from tracker.types import Doubles

_MIN, _MAX = 4, 100
_MAX_BYTES = 100_000
_HOW = 'write it as "x,y x,y x,y x,y", pixels of one frame, or give a file with one x,y a line'
_BETWEEN = re.compile(r"[;\t]|, *| +")


class FieldError(TeamsheetError):
    """What is given as the field is none; one line that says why and what to do."""


def read_corners(given: str) -> Doubles:
    """(K, 2) pixels, in order around the field. given: `x,y x,y ...`, also with `;` between, or the
    path of a file with one corner a line, perhaps under a line that names the columns. Raises
    FieldError."""
    path = Path(given.strip())
    if _is_there(path):
        return _checked(_of_file(path), f"--field {path}")
    words = given.replace(";", " ").split()
    cells = [word.split(",") for word in words]
    if not words or not any(is_number(cell) for row in cells for cell in row):
        raise FieldError(f"--field {given!r:.80}: no such file, and no corners; {_HOW}")
    return _checked([_corner(row, word) for row, word in zip(cells, words, strict=True)], "--field")


def _is_there(path: Path) -> bool:
    try:
        return path.exists() and str(path) != "."
    except (OSError, ValueError):  # too long for a name, as many corners are
        return False


def _of_file(path: Path) -> list[tuple[float, float]]:
    try:
        lines = decode(read_bytes(path, _MAX_BYTES), str(path)).splitlines()
    except (OSError, NoTextError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise FieldError(f"--field {path}: cannot be read ({why or error})") from error
    rows = [(n, _BETWEEN.split(line.strip())) for n, line in enumerate(lines, 1) if line.strip()]
    if rows and not any(map(is_number, rows[0][1])):
        rows = rows[1:]  # the names of the columns
    return [_corner(row, f"line {n}", f"--field {path}") for n, row in rows]


def _corner(cells: list[str], where: str, what: str = "--field") -> tuple[float, float]:
    """Raises FieldError."""
    numbers = [float(cell) for cell in cells if is_number(cell)]
    if len(cells) != 2 or len(numbers) != 2 or not all(map(math.isfinite, numbers)):
        raise FieldError(f"{what}: {where!r:.60} is no corner x,y; {_HOW}")
    return numbers[0], numbers[1]


def _checked(corners: list[tuple[float, float]], what: str) -> Doubles:
    """Raises FieldError where so many corners make no field."""
    if not _MIN <= len(corners) <= _MAX:
        raise FieldError(
            f"{what}: {len(corners)} corner{'s' * (len(corners) != 1)}, and a field has {_MIN} "
            f"to {_MAX}; {_HOW}"
        )
    return np.array(corners, np.float64)
