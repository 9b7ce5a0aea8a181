"""Shares of colours packed as columns, of the people who were looked at alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.types import COLORS_WIDTH, GROUND_WIDTH, Floats, Ints, Mask

COLORS: dict[str, type[np.generic]] = {"colored": np.bool_, "colors": np.uint8}
GROUND: dict[str, type[np.generic]] = {"grounded": np.bool_, "ground": np.uint8}
"""Columns of a file; runs of before have not got them."""
_STEPS = {COLORS_WIDTH: 255, GROUND_WIDTH: 15}
"""Of a share, as `shirt_colors.rounded_colors` and `ground_colors.rounded_ground` have it."""


@dataclass(frozen=True, slots=True, eq=False)
class PackedColors:
    """Of R boxes. seen: (R,) whose colours are known. values: (S, width) of these, in steps."""

    seen: Mask
    values: NDArray[np.uint8]

    @classmethod
    def of(cls, parts: Sequence[tuple[Floats | None, int]], width: int) -> PackedColors:
        """parts: of at least one frame, (N, width) colours of its boxes or None, and N."""
        every = np.concatenate([
            np.zeros((count, width), np.float32) if colors is None else colors
            for colors, count in parts
        ])  # fmt: skip
        known = np.asarray(every.any(axis=1))
        return cls(known, np.round(every[known] * _STEPS[width]).astype(np.uint8))

    @classmethod
    def from_columns(
        cls, columns: Mapping[str, NDArray[Any]], count: int, width: int
    ) -> PackedColors:
        """columns: none, or of those seen and their values. count: of boxes. Raises ValueError
        where the columns do not fit."""
        if len(columns) < len(COLORS):
            return cls(np.zeros(count, bool), np.zeros((0, width), np.uint8))
        known, values = columns.values()
        if len(known) != count:
            raise ValueError("columns of different lengths")
        return cls(known, values.reshape(np.count_nonzero(known), width))

    def starts(self) -> Ints:
        """(R + 1,) coloured boxes before each box."""
        return np.append(np.zeros(1, np.int64), np.cumsum(self.seen, dtype=np.int64))

    def at(self, row: int, start: int, count: int) -> Floats | None:
        """(count, width) of boxes from `row` on, `start` coloured ones before; None of nobody."""
        known = self.seen[row : row + count]
        if not known.any():
            return None
        width = self.values.shape[1]
        found = np.zeros((count, width), np.float32)
        values = self.values[start : start + np.count_nonzero(known)]
        found[known] = values.astype(np.float32) / np.float32(_STEPS[width])
        return found
