"""One question about a run, answered as text or as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tracker.explain.answer import Explanation, explain_player, explain_track
from tracker.explain.run import ExplainError, open_case
from tracker.explain.wording import lines

_DECIMALS = 4


def worded(explanation: Explanation, *, as_json: bool) -> str:
    """As text to print, or as JSON."""
    return to_json(explanation) if as_json else "\n".join(lines(explanation))


def explanation_of(out: Path, frame: int, player: str | None, track: int | None) -> Explanation:
    """Why this player, or this track, is what it is in a frame (from 1) of the run in `out`.

    Raises ExplainError unless exactly one of them is given, and where the run knows no such
    player, track or frame; TableError and EvidenceError for files that are none.
    """
    if (player is None) == (track is None):
        raise ExplainError("ask about one of them: --player NAME or --track NUMBER")
    case = open_case(out)
    frame = case.frame(frame)
    if player is not None:
        return explain_player(case, case.player(player), frame)
    return explain_track(case, case.track(track or 0), frame)


def to_json(explanation: Explanation) -> str:
    """All fields of an Explanation; numbers have four decimals. Without `numbers` where the run
    read none on shirts."""
    tree = _rounded(asdict(explanation))
    if tree["numbers"] is None:
        del tree["numbers"]
    return json.dumps(tree, indent=2, ensure_ascii=False, allow_nan=False)


def _rounded(tree: Any) -> Any:
    if isinstance(tree, float):
        return round(tree, _DECIMALS)
    if isinstance(tree, dict):
        return {key: _rounded(value) for key, value in tree.items()}
    return [_rounded(value) for value in tree] if isinstance(tree, list | tuple) else tree
