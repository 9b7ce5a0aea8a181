"""Which constants identity and association use, their values, and where each was set.

The values are read out of the code; where they were set is written down in `provenance`. A constant
that stands there nowhere is "not stated".
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tracker.settings import FollowSettings

from .provenance import WHERE

ROOT = Path(__file__).resolve().parents[3]
SECTIONS = ("association", "identity", "permanence", "motion", "court")
SETTINGS_FILE = "tracker/settings.py"
FILES = (
    "tracker/boxes.py",
    "tracker/assignment.py",
    "tracker/court/*.py",
    "tracker/detection/auto_tiles.py",
    "tracker/identity/*.py",
    "tracker/tracking/*.py",
    "tracker/offline/*.py",
    "gallery/classifier/calibration.py",
    "gallery/classifier/lda.py",
)
NOT_STATED = "not stated"
_LONGEST = 60  # characters of a value


def constants() -> dict[str, tuple[str, str]]:
    """Name to (value, file), settings first."""
    found: dict[str, tuple[str, str]] = {}
    settings = FollowSettings()
    for section in SECTIONS:
        for key, value in getattr(settings, section).model_dump().items():
            found[f"follow.{section}.{key}"] = (str(value), SETTINGS_FILE)
    for pattern in FILES:
        for file in sorted(ROOT.glob(pattern)):
            path = file.relative_to(ROOT).as_posix()
            for name, value in _of_module(file):
                found[f"{path}:{name}"] = (value, path)
    return found


def listed() -> list[dict[str, str]]:
    """name, value, file and set (where it was) of every constant."""
    return [
        {"name": name, "value": value, "file": file, "set": WHERE.get(name, NOT_STATED)}
        for name, (value, file) in constants().items()
    ]


def _of_module(file: Path) -> Iterator[tuple[str, str]]:
    """(name, value as written) of names in capitals at the top of a module that hold numbers."""
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target, value = node.targets[0], node.value
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            target, value = node.target, node.value
        else:
            continue
        for name, part in _pairs(target, value):
            number = any(
                isinstance(n, ast.Constant) and isinstance(n.value, int | float)
                for n in ast.walk(part)
            )
            if name.strip("_").isupper() and number:
                yield name, _short(ast.unparse(part))


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """`A, B = 1, 2` is two constants."""
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for one, part in zip(target.elts, value.elts, strict=True):
            yield from _pairs(one, part)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
