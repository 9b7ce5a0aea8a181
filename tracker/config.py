"""Settings out of files and `key=value` words, validated (`tracker.settings`).

An unknown key is an error that names the nearest key.
"""

from __future__ import annotations

import difflib
import reprlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from tracker import safe_yaml
from tracker.errors import TeamsheetError
from tracker.limits import MAX_SETTINGS_BYTES
from tracker.settings import Settings


class ConfigError(TeamsheetError):
    """A setting is unknown or out of range; the message names the key and the remedy."""


def keys() -> list[str]:
    """All dotted keys, e.g. `detect.score_min`."""
    return [key for key, _ in _leaves(Settings())]


def _leaves(section: BaseModel, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name in type(section).model_fields:
        value = getattr(section, name)
        if isinstance(value, BaseModel):
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def load(file: Path | None = None, overrides: Sequence[str] = ()) -> Settings:
    """Defaults, then the YAML file, then `key=value` overrides.

    Raises ConfigError on an unreadable file, an unknown key (naming the nearest) or a bad value.
    """
    tree: dict[str, Any] = {}
    if file is not None:
        tree = _read_yaml(file)
    for item in overrides:
        key, separator, text = item.partition("=")
        if not separator:
            raise ConfigError(f"--set {item}: write key=value, for example detect.score_min=0.2")
        try:
            value = safe_yaml.parse(text)
        except safe_yaml.YamlError:
            value = text
        _put(tree, key.strip(), value)
    settings = _validate(tree)
    if settings.mode == "offline" and settings.lag_s is not None:
        raise ConfigError("--lag: offline knows the whole run; leave --lag or --mode offline away")
    return settings


def _presets() -> Path:
    """Where soccer.yaml lies, for --config soccer: packed into a wheel, or in the checkout."""
    here = Path(__file__).resolve().parent
    return here / "presets" if (here / "presets").is_dir() else here.parent / "configs"


def _found(file: Path) -> Path:
    """The file, or the settings of the sport of that name. Raises ConfigError."""
    if file.exists():
        return file
    presets = _presets()
    sports = sorted(f.stem for f in presets.glob("*.yaml") if f.stem != "default")
    if str(file) in sports:
        return presets / f"{file}.yaml"
    near = difflib.get_close_matches(file.stem, sports, n=1)
    known = f"; did you mean --config {near[0]}?" if near else f"; or say {', '.join(sports)}"
    raise ConfigError(f"--config {file}: no such file{known if sports else '; check the path'}")


def _read_yaml(file: Path) -> dict[str, Any]:
    file = _found(file)
    try:
        with file.open("rb") as opened:
            text = opened.read(MAX_SETTINGS_BYTES + 1).decode("utf-8-sig")
        tree = safe_yaml.parse(text) or {}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: cannot be read ({error})") from error
    except safe_yaml.YamlError as error:
        raise ConfigError(f"{file}: {error}") from error
    if not isinstance(tree, dict):
        raise ConfigError(f"{file}: expected `section: {{key: value}}`, got {type(tree).__name__}")
    return tree


def _put(tree: dict[str, Any], key: str, value: Any) -> None:
    if key not in keys():
        raise ConfigError(_unknown(key))
    *sections, last = key.split(".")
    for section in sections:
        inner = tree.setdefault(section, {})
        if not isinstance(inner, dict):
            raise ConfigError(f"{section}: expected a section of settings, got {_short(inner)}")
        tree = inner
    tree[last] = value


def _unknown(key: str) -> str:
    near = difflib.get_close_matches(key, keys(), n=1, cutoff=0.3)
    if not near:  # the leaf alone, e.g. `score_min` without its section
        near = [k for k in keys() if k.rsplit(".", 1)[-1] == key.rsplit(".", 1)[-1]][:1]
    hint = f"; did you mean {near[0]}?" if near else "; see configs/default.yaml"
    return f"unknown setting {key}{hint}"


def _validate(tree: dict[str, Any]) -> Settings:
    try:
        return Settings.model_validate(tree)
    except ValidationError as error:
        raise ConfigError(fault_of(error)) from error


def fault_of(error: ValidationError) -> str:
    """The first thing that is wrong with settings, for a message."""
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return _unknown(key)
    got = _short(first["input"])
    if first["type"] in ("string_type", "string_pattern_mismatch"):  # `2x1`, no regex
        return f"setting {key}: {got} is not {_meaning(key)}"
    if first["type"].startswith("model_"):
        return f"{key}: expected a section of settings, got {got}"
    return f"setting {key}: {first['msg'].removeprefix('Value error, ')}, got {got}"


def _meaning(key: str) -> str:
    *sections, last = key.split(".")
    section: BaseModel = Settings()
    for name in sections:
        section = getattr(section, name)
    return str(type(section).model_fields[last].description)


_short = reprlib.repr
"""A value for a message, however long it is."""


def describe() -> str:
    """The whole of `configs/default.yaml`: every setting with its meaning."""
    lines = ["# Every setting of teamsheet. Written from tracker/settings.py; do not edit by hand."]
    lines += _describe_section(Settings(), "")
    return "\n".join(lines) + "\n"


def _describe_section(section: BaseModel, indent: str) -> list[str]:
    lines: list[str] = []
    for name, info in type(section).model_fields.items():
        value = getattr(section, name)
        if isinstance(value, BaseModel):
            lines += ["", f"{indent}{name}:  # {(value.__doc__ or '').strip()}"]
            lines += _describe_section(value, indent + "  ")
        else:
            text = yaml.safe_dump(value, default_flow_style=True).split("\n")[0]
            lines.append(f"{indent}{name}: {text}  # {info.description}")
    return lines


def frame_range(text: str) -> tuple[int, int | None]:
    """`A:B`, `A:`, `:B` or nothing, 1-based with both ends included, as (first, last or None).

    Raises ConfigError on anything else.
    """
    first, _, last = text.partition(":")
    try:
        low = int(first) if first else 1
        high = int(last) if last else None
    except ValueError:
        low, high = 0, None
    text = text if len(text) < 60 else f"{text[:60]}..."
    if low < 1 or (text and ":" not in text) or (high is not None and high < low):
        raise ConfigError(f"--frames {text}: write A:B with 1 <= A <= B, for example 176:350")
    return low, high
