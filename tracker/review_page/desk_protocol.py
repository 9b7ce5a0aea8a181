"""What the server needs of a review: every answer and every question goes through it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, Protocol

Tree = dict[str, Any]
"""What JSON can hold. Frames in it count from 1."""


class ReviewDesk(Protocol):
    """One run under review, for many threads at once; what it gives can be written as JSON.

    Whatever cannot be done raises a TeamsheetError, whose message is one line.
    """

    def facts(self) -> Tree:
        """The run: its name, frames, picture size, players."""
        ...

    def question(self, skip: Collection[str] = ()) -> Tree:
        """The question to answer next, and places of those after it, to fetch pictures ahead.

        skip: ids of those that are left for later.
        """
        ...

    def answer(self, tree: object) -> Tree:
        """Take an answer; it is on the disk when this returns."""
        ...

    def undo(self) -> Tree: ...
    def redo(self) -> Tree: ...

    def boxes(self, first: int, last: int) -> Tree:
        """Boxes with the names of now. A row is [track, player, x1, y1, x2, y2, ...]."""
        ...

    def box(self, track: int, frame: int) -> tuple[float, float, float, float] | None:
        """x1 y1 x2 y2 of a track in a frame; None where it has none."""
        ...

    def pictures(self, name: str) -> Sequence[Path]:
        """The gallery's, of a player or a group of negatives."""
        ...

    def lanes(self, first: int, last: int, bins: int) -> Tree: ...
    def honesty(self) -> Tree: ...
    def audit(self, n: int, seed: int) -> Tree: ...
    def audit_answer(self, i: int, yes: bool) -> Tree: ...
    def cards(self) -> Tree: ...

    def write(self) -> Tree:
        """Write the files of the run, whole, with the names of now."""
        ...

    def status(self) -> Tree: ...
