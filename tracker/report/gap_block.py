"""The table of gallery IDs and gaps: what run.json has of them, as words."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tracker.output.run_record import GAPS

_BLANK = "–"


def gap_block(tree: Mapping[str, Any]) -> list[dict[str, str]]:
    """A row for each player, of a receipt; empty where it says nothing, as an older one."""
    gaps = tree.get(GAPS)
    players = gaps.get("players") if isinstance(gaps, dict) else None
    if not isinstance(players, dict):
        return []
    return [_row(str(name), told) for name, told in players.items() if isinstance(told, dict)]


def _row(name: str, told: Mapping[str, Any]) -> dict[str, str]:
    shares: Sequence[str] = ("visible", "occluded", "absent", "not_carried")
    return {
        "label": name,
        "names": json.dumps([name], ensure_ascii=False),
        "anchors": str(told.get("anchors", _BLANK)),
        "longest": _number(told.get("longest_s"), "{:.1f} s"),
        "median": _number(told.get("median_s"), "{:.1f} s"),
        **{share: _number(told.get(share), "{:.0%}") for share in shares},
        "changed": str(told.get("names_changed", _BLANK)),
    }


def _number(value: Any, how: str) -> str:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return how.format(value) if number else _BLANK
