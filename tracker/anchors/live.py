"""Anchors of a live source: a JSON line at a time."""

from __future__ import annotations

from collections.abc import Sequence

from tracker.anchors.names import fitted
from tracker.anchors.objects import Collected, ObjectError, add_object, parsed
from tracker.anchors.rows import AnchorError, AnchorRows

SOURCE = "live"
MAX_LINE = 1_000_000
"""Characters of a line: some thousand anchors of one frame."""


def parse_line(text: str | bytes, names: Sequence[str]) -> AnchorRows:
    """The anchors of one JSON line: `{"frame": 12, "box": [x1, y1, x2, y2], "player": "Ada"}`, or
    a frame with a list `anchors`. `time_s` may stand for `frame`, `point` for `box`.

    names: the roster, which rows.players are indices of. A blank line has no rows. Raises
    AnchorError: no JSON, no anchor, a name that is not on the roster.
    """
    if len(text) > MAX_LINE:
        raise AnchorError(f"{SOURCE}: a line of more than {MAX_LINE} characters; send one frame")
    collected = Collected()
    if text.strip():
        try:
            add_object(collected, parsed(text, SOURCE), 1)
        except ObjectError as error:
            raise AnchorError(f"{SOURCE}: {error}") from error
    rows = collected.rows(SOURCE, 0.0, lambda _: SOURCE)
    return fitted(rows, names, new_players=False)[0]
