"""What reads a number on a shirt: the protocol and its error."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from tracker.errors import TeamsheetError
from tracker.types import Floats, Image


class NumberError(TeamsheetError):
    """Numbers cannot be read; one line that says what is missing and how to get it."""


class NumberReader(Protocol):
    """What reads the number on a shirt. The same crops give the same answers, in any company.

    `reading_ms`, if it has one, is what a crop is taken to cost against `encode.numbers_budget_ms`:
    a fixed number of milliseconds, else `jersey_reader.READING_MS`.
    """

    @property
    def name(self) -> str: ...
    @property
    def fingerprint(self) -> str: ...

    def read(self, crops: Sequence[Image]) -> Floats:
        """(N, 22) probabilities of the digits on each crop, as `Readings.digits`; a row of zeros
        where there is nothing to look at.

        crops: square BGR pictures of upper bodies with heads, as `number_crops` cuts them, of any
        size, also of zero area.
        """
        ...

    def read_numbers(self, crops: Sequence[Image]) -> Floats:
        """(N, 22), the same of numbers that were cut out of their pictures by their edges, where
        nobody needs to look for them. crops: BGR, of any size, also of zero area."""
        ...
