"""Rows as they come: one line of JSON per frame, for whoever reads a run's stdout."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

from tracker.output.evidence_words import words_of
from tracker.output.table import BOX
from tracker.tracking.row_facts import RowFacts
from tracker.types import UNKNOWN, TrackedFrame, Visibility


def as_line(
    frame: TrackedFrame,
    players: Sequence[str],
    sources: Sequence[str] = (),
    facts: RowFacts | None = None,
) -> str:
    """`{"frame": 1, "time_s": 0.0, "tracks": [...]}` without a line's end.

    A track has the other columns of tracks.csv under their names, in the order of track ids, with
    the file's decimals; null where the file is empty. sources: of anchors, by number. facts:
    of these rows; None: nothing is known of them.
    """
    record = {**_when(frame), "tracks": _tracks(frame, players, sources, facts)}
    return json.dumps(record, ensure_ascii=False, allow_nan=False)


def as_records(
    frame: TrackedFrame,
    players: Sequence[str],
    sources: Sequence[str] = (),
    facts: RowFacts | None = None,
) -> list[dict[str, Any]]:
    """The same as a list of rows, each with all columns of tracks.csv; None where it is empty."""
    return [_when(frame) | track for track in _tracks(frame, players, sources, facts)]


def _when(frame: TrackedFrame) -> dict[str, Any]:
    return {"frame": frame.index + 1, "time_s": round(frame.time_s, 4)}


def _tracks(
    frame: TrackedFrame, players: Sequence[str], sources: Sequence[str], facts: RowFacts | None
) -> list[dict[str, Any]]:
    words = words_of(sources)
    known = RowFacts.none(len(frame)) if facts is None else facts
    order = frame.track_ids.argsort().tolist()
    return [{**_track(frame, row, players, words), **known.words(row)} for row in order]


def _track(
    frame: TrackedFrame, row: int, players: Sequence[str], words: Sequence[str]
) -> dict[str, Any]:
    player = int(frame.players[row])
    return {
        "track_id": int(frame.track_ids[row]),
        "player": None if player == UNKNOWN else players[player],
        "player_confidence": _number(frame.player_confidence[row], 4),
        "visibility": Visibility(int(frame.visibility[row])).label,
        **{name: _number(frame.boxes[row, i]) for i, name in enumerate(BOX)},
        "confidence": _number(frame.scores[row], 4),
        "predicted_x": _number(frame.predicted[row, 0]),
        "predicted_y": _number(frame.predicted[row, 1]),
        "std_x": _number(frame.std[row, 0]),
        "std_y": _number(frame.std[row, 1]),
        "evidence": words[int(frame.evidence[row])] or None,
    }


def _number(value: float, digits: int = 2) -> float | None:
    return round(float(value), digits) if math.isfinite(value) else None
