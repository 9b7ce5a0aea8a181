"""Anchors of a live source: a JSON line at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tracker.anchors.names import fitted
from tracker.anchors.objects import Collected, ObjectError, add_object, parsed
from tracker.anchors.rows import AnchorError, AnchorRows
from tracker.types import UNKNOWN

SOURCE = "live"
MAX_LINE = 1_000_000
"""Characters of a line: some thousand anchors of one frame."""
_REMEDY = "take new names with --new-players"  # which holds before a run alone
_MAX_SPELLINGS = 10_000  # that are remembered


def parse_line(text: str | bytes, names: Sequence[str]) -> AnchorRows:
    """The anchors of one JSON line: `{"frame": 12, "box": [x1, y1, x2, y2], "player": "Ada"}`, or
    a frame with a list `anchors`. `time_s` may stand for `frame`, `point` for `box`.

    names: the roster, which rows.players are indices of. A blank line has no rows. Raises
    AnchorError: no JSON, no anchor, a name that is not on the roster.
    """
    return fitted(read_line(text), names, new_players=False)[0]


def read_line(text: str | bytes) -> AnchorRows:
    """The same with the names as they are spelled. Raises AnchorError."""
    if len(text) > MAX_LINE:
        raise AnchorError(f"{SOURCE}: a line of more than {MAX_LINE} characters; send one frame")
    return rows_of([parsed(text, SOURCE)] if text.strip() else [])


def rows_of(objects: Sequence[object]) -> AnchorRows:
    """Of objects as they stand in a line. Raises AnchorError."""
    collected = Collected()
    try:
        for item in objects:
            add_object(collected, item, 1)
    except ObjectError as error:
        raise AnchorError(f"{SOURCE}: {error}") from error
    return collected.rows(SOURCE, 0.0, lambda _: SOURCE)


class Spelling:
    """Finds who the names of live anchors are on a roster. players: the roster."""

    def __init__(self, players: Sequence[str]) -> None:
        self.players = tuple(players)
        self._known: dict[str, int | str] = {}

    def fitted(self, rows: AnchorRows) -> tuple[AnchorRows, dict[str, str]]:
        """The rows of players, and what there is to say of each name that is none of theirs."""
        places = [self._place(name) for name in rows.names]
        unknown = {
            name: why for name, why in zip(rows.names, places, strict=True) if isinstance(why, str)
        }
        codes = [UNKNOWN if isinstance(place, str) else place for place in places]
        players = np.array(codes or [UNKNOWN], np.int64)[rows.players]
        kept = rows.take(players != UNKNOWN)
        return replace(kept, players=players[players != UNKNOWN], names=self.players), unknown

    def _place(self, name: str) -> int | str:
        found = self._known.get(name)
        if found is None:
            found = self._search(name)
            if len(self._known) < _MAX_SPELLINGS:
                self._known[name] = found
        return found

    def _search(self, name: str) -> int | str:
        box = [0.0, 0.0, 1.0, 1.0]
        rows = rows_of([{"frame": 1, "box": box, "player": name}])
        try:
            return int(fitted(rows, self.players, new_players=False)[0].players[0])
        except AnchorError as error:
            return str(error).removesuffix(_REMEDY).removesuffix("Else ").rstrip("; ")
