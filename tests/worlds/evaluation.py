"""Small worlds for the evaluator's tests, drawn in lanes.

A lane is a place 100 px wide; the character at position t says who is there in frame t + 1:
a letter is a person or a name, `.` is nobody, `?` a box without a name. A letter keeps its id in
whatever lane it stands; a `?` has the id of its lane.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tracker.evaluation.boxes import Boxes


def lanes(*rows: str, source: str = "world", **optional: Any) -> Boxes:
    """Boxes of 40 x 80 px; A has id 1, B id 2, ...; `?` in lane k has id 100 + k."""
    frames, ids, corners, names = [], [], [], []
    for lane, row in enumerate(rows):
        for t, who in enumerate(row):
            if who == ".":
                continue
            frames.append(t + 1)
            ids.append(100 + lane if who == "?" else ord(who) - ord("A") + 1)
            corners.append([100 * lane, 0, 100 * lane + 40, 80])
            names.append("" if who == "?" else who)
    array = np.array(corners, float).reshape(-1, 4)
    return Boxes.of(source, frames, ids, array, names=np.array(names, object), **optional)


def mot_lines(boxes: Boxes, tail: str = "1,-1,-1,-1") -> str:
    """The text of a MOT file."""
    return "".join(
        f"{frame},{number},{x1:g},{y1:g},{x2 - x1:g},{y2 - y1:g},{tail}\n"
        for frame, number, (x1, y1, x2, y2) in zip(
            boxes.frames.tolist(), boxes.ids.tolist(), boxes.corners.tolist(), strict=True
        )
    )
