"""roster.yaml: what the folder names of a gallery do not say about a player."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import yaml

from gallery.colors import parse_colors
from gallery.errors import TeamsheetError
from gallery.io.files import read_bytes

SHEETS = (".csv", ".xlsx", ".xlsm")
"""How files of team sheets end, by their names."""
DETAILS_FILE = "roster.yaml"
KEYS = ("number", "team", "role", "color", "name", "on", "off")
TIMES = ("on", "off")
_MAX_BYTES = 4_000_000
_LOST = re.compile(r"[ \t]*:[ \t]+(#[^\s#]+)")  # #7 and #1f3a93, but not "# a remark"
_TIME = re.compile(r"(?:(?:(\d{1,3}):)?(\d{1,4}):)?(\d{1,7}(?:\.\d{1,6})?)", re.ASCII)


class RosterError(TeamsheetError):
    """The gallery cannot be used; one line that names the folder, player or line and the remedy."""


def read_details(path: Path, folders: Sequence[str]) -> dict[str, dict[str, str]]:
    """{folder: {number, team, role, color, name, on, off}}, all text as it stands there ("07" stays
    "07"); two colours of a list joined by "/".

    folders: the folder names that may be spoken of. A missing file is an empty one.
    Raises RosterError: broken YAML, an unknown folder or key (naming the nearest), no plain text,
    times that are none or run backwards, no colour.
    """
    if not path.exists():
        return {}
    found: dict[str, dict[str, str]] = {}
    root = _compose(path)
    if root is None:
        return {}
    for key, value in _pairs(root, f"{path}"):
        folder = unicodedata.normalize("NFC", key.value)
        where = f"{path}, line {key.start_mark.line + 1}"
        if folder not in folders:
            raise RosterError(f"{where}: no folder of player {folder!r}{_nearest(folder, folders)}")
        if folder in found:
            raise RosterError(f"{where}: {folder} stands twice; keep one of the two")
        found[folder] = {} if _is_null(value) else _details_of(value, folder, path)
    return found


def _details_of(node: yaml.Node, folder: str, path: Path) -> dict[str, str]:
    details: dict[str, str] = {}
    for key, value in _pairs(node, f"{path}, line {node.start_mark.line + 1}: {folder}"):
        where = f"{path}, line {key.start_mark.line + 1}"
        if key.value not in KEYS:
            raise RosterError(f"{where}: unknown key {key.value!r}{_nearest(key.value, KEYS)}")
        text = _text_of(key.value, value)
        if text is None:
            raise RosterError(f"{where}: {key.value} of {folder} must be plain text")
        if lost := _is_null(value) and _LOST.match(key.end_mark.buffer or "", key.end_mark.pointer):
            raise RosterError(
                f"{where}: {key.value} of {folder} is empty, because YAML leaves out what is "
                f'behind a #; write "{lost[1][:40]}" in quotes'
            )
        if text.strip():
            details[key.value] = text
            if key.value in TIMES:
                _check_time(details, key.value, f"{where}: {folder}")
            if key.value == "color":
                _check_color(text, f"{where}: {folder}")
    return details


def _text_of(key: str, node: yaml.Node) -> str | None:
    """As it stands there, "" of nothing; None where it is no plain text. Colours may be a list."""
    if key == "color" and isinstance(node, yaml.SequenceNode):
        parts = [_text_of("", part) for part in node.value]
        return None if None in parts else "/".join(filter(None, parts))
    if not isinstance(node, yaml.ScalarNode):
        return None
    return "" if _is_null(node) else str(node.value)


def _check_color(text: str, who: str) -> None:
    try:
        parse_colors(text)
    except ValueError as problem:
        raise RosterError(f"{who}: color {problem}") from problem


def _check_time(details: dict[str, str], key: str, who: str) -> None:
    try:
        on_s, off_s = (seconds(details[k]) if k in details else None for k in TIMES)
    except ValueError as problem:
        raise RosterError(
            f"{who}: {key} is no time ({details[key][:40]!r}); write seconds, MM:SS or HH:MM:SS"
        ) from problem
    if on_s is not None and off_s is not None and off_s <= on_s:
        raise RosterError(
            f"{who} goes off at {details['off']}, which is not after they come on at "
            f"{details['on']}; mend the times"
        )


def seconds(text: str) -> float:
    """Seconds of the video out of `75`, `75.5`, `MM:SS` or `HH:MM:SS`. Raises ValueError."""
    found = _TIME.fullmatch(text.strip())
    if not found:
        raise ValueError(f"no time: {text!r}")
    hours, minutes, rest = found.groups()
    if (minutes and float(rest) >= 60) or (hours and int(minutes) >= 60):
        raise ValueError(f"no time: {text!r}")
    return 3600.0 * int(hours or 0) + 60.0 * int(minutes or 0) + float(rest)


def _compose(path: Path) -> yaml.Node | None:
    """The nodes rather than the values: nothing is converted, and each knows its line."""
    try:
        text = read_bytes(path, _MAX_BYTES).decode("utf-8-sig")
        node: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    except OSError as problem:
        raise RosterError(f"{path}: cannot be read ({problem.strerror})") from problem
    except UnicodeDecodeError as problem:
        raise RosterError(f"{path}: not a text file in UTF-8; save it as UTF-8 text") from problem
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        line = f", line {mark.line + 1}" if mark else ""
        raise RosterError(
            f"{path}{line}: broken YAML ({problem.problem or problem.context})"
        ) from problem
    except (yaml.YAMLError, RecursionError) as problem:
        reason = " ".join(str(problem).split())[:160]
        raise RosterError(f"{path}: broken YAML ({reason})") from problem
    return None if node is None or _is_null(node) else node


def _pairs(node: yaml.Node, where: str) -> list[tuple[yaml.ScalarNode, yaml.Node]]:
    if not isinstance(node, yaml.MappingNode) or not all(
        isinstance(key, yaml.ScalarNode) for key, _ in node.value
    ):
        raise RosterError(f"{where}: expected PLAYER: {{number: ..., team: ..., role: ...}}")
    return list(node.value)


def _is_null(node: yaml.Node) -> bool:
    return node.tag == "tag:yaml.org,2002:null"


def _nearest(word: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.0)
    return f"; did you mean {near[0]!r}?" if near else ""
