"""What a page says of itself: who is found and who is not, and where a box holds several people."""

from __future__ import annotations

from typing import Any

import numpy as np

from tracker.output.row_arrays import RowArrays
from tracker.report.wrong import shared_boxes
from tracker.review.ledger import Ledger
from tracker.types import UNKNOWN, Ints, Mask

_LISTED = 20  # moments at which a box holds several people
_NAMES = 12  # of players who are not named, in a line


class Honesty:
    """rows: their names may change, their boxes do not."""

    def __init__(self, rows: RowArrays) -> None:
        self._rows = rows
        self._visible = rows.visible
        self._shared: Mask | None = None

    def tree(self, ledger: Ledger, roster: bool) -> dict[str, Any]:
        """roster: whom the ledger names are all that are expected."""
        named = self._visible & (ledger.players != UNKNOWN)
        seen = np.unique(ledger.players[named])
        missing = [name for n, name in enumerate(ledger.names) if n not in set(seen.tolist())]
        frames = len(self._rows.numbers)
        found, with_name = float(self._visible.sum()) / frames, float(named.sum()) / frames
        shared, count = self._moments()
        expected = len(ledger.names) if roster else None
        lines = [f"{found:.1f} people are found in a frame, {with_name:.1f} of them have a name"]
        if expected is not None:
            lines.append(f"{expected} expected, {len(seen)} named")
        if roster and missing:
            more = f" and {len(missing) - _NAMES} more" if len(missing) > _NAMES else ""
            lines.append(f"not named yet: {', '.join(missing[:_NAMES])}{more}")
        if count:
            lines.append(f"{count} boxes hold several people")
        return {
            "expected": expected,
            "found": round(found, 2),
            "named": round(with_name, 2),
            "missing_players": missing if roster else [],
            "shared": shared,
            "lines": lines,
        }

    def _moments(self) -> tuple[list[list[int]], int]:
        """[frame, track] in the middle of the longest stretches in which a box holds several, and
        how many such boxes there are."""
        if self._shared is None:
            self._shared = shared_boxes(self._rows)
        held = np.flatnonzero(self._shared)
        if not len(held):
            return [], 0
        tracks, frames = self._rows.tracks[held], self._rows.frames[held]
        order = np.lexsort((frames, tracks))
        tracks, frames = tracks[order], frames[order]
        new = (np.diff(tracks) != 0) | (np.diff(frames) > self._rows.rate * 0.3)
        starts: Ints = np.append(0, np.flatnonzero(new) + 1)
        ends = np.append(starts[1:], len(held))
        longest = np.argsort(starts - ends, kind="stable")[:_LISTED]
        middles = ((starts + ends) // 2)[longest]
        both = zip(frames[middles].tolist(), tracks[middles].tolist(), strict=True)
        return [[frame, track] for frame, track in both], len(held)
