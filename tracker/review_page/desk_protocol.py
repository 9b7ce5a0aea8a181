"""What the server needs of a review: every answer and every question goes through it."""

from __future__ import annotations

from collections.abc import Mapping
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

    def question(self) -> Tree:
        """The question to answer next, and places of those after it, to fetch pictures ahead."""
        ...

    def questions(self, count: int) -> Tree:
        """The best `count` questions."""
        ...

    def answer(self, body: Mapping[str, Any]) -> Tree:
        """Take an answer; it is on the disk when this returns."""
        ...

    def undo(self) -> Tree: ...
    def redo(self) -> Tree: ...

    def boxes(self, first: int, last: int) -> Tree:
        """Boxes with the names of now. A row is [track, player, x1, y1, x2, y2, ...]."""
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

    def close(self) -> None:
        """Give the run free for others."""
        ...
