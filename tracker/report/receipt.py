"""What went into a run, for the foot of the page."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import yaml

_PASSWORD = re.compile(r"//[^/@\s\"']*@")


def facts_of(receipt: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The lines that most readers want, as far as the receipt has them."""
    source, gallery = _part(receipt, "source"), _part(receipt, "gallery")
    size = source.get("size")
    lines = [
        ("source", source.get("spec")),
        ("picture", f"{size[0]} x {size[1]} pixels" if size else None),
        ("detector", _part(receipt, "detector").get("name")),
        ("encoder", _part(receipt, "encoder").get("name")),
        ("gallery", gallery.get("folder")),
        ("shirt numbers", _part(receipt, "numbers").get("name")),
        ("mode", _part(receipt, "settings").get("mode")),
        ("teamsheet", receipt.get("teamsheet")),
        *(("note", note) for note in receipt.get("notes") or []),
        *((f"seconds: {stage}", spent) for stage, spent in _part(receipt, "seconds").items()),
    ]
    return [(key, _hidden(str(value))) for key, value in lines if value not in (None, "")]


def settings_of(receipt: Mapping[str, Any]) -> str:
    """As they could be written into a --config file."""
    return yaml.safe_dump(dict(_part(receipt, "settings")), sort_keys=False, allow_unicode=True)


def plain(receipt: Mapping[str, Any]) -> str:
    """The whole of it."""
    return _hidden(json.dumps(receipt, indent=2, ensure_ascii=False))


def _hidden(text: str) -> str:
    """Without the passwords of addresses: a page is passed on."""
    return _PASSWORD.sub("//", text)


def _part(receipt: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    part = receipt.get(key)
    return part if isinstance(part, dict) else {}
