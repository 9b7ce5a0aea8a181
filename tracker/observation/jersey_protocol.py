"""What reads a number on a shirt: the protocol and its error."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from tracker.errors import TeamsheetError
from tracker.types import Image


class NumberError(TeamsheetError):
    """Numbers cannot be read; one line that says what is missing and how to get it."""


class NumberReader(Protocol):
    """What reads the number on a shirt. The same crops give the same answers."""

    @property
    def name(self) -> str: ...
    @property
    def fingerprint(self) -> str: ...

    def read(self, crops: Sequence[Image]) -> list[tuple[str, float] | None]:
        """Text and the probability that it is right, or None, per crop.

        crops: BGR pictures of upper bodies, of any size, also of zero area.
        """
        ...
