"""Colours of shirts packed as columns, of the people who were looked at alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.types import COLORS_WIDTH, Floats, Ints, Mask, Observation

COLORS: dict[str, type[np.generic]] = {"colored": np.bool_, "colors": np.uint8}
"""Columns of a file; runs of before have not got them."""
_STEPS = 255  # of a share, as `shirt_colors.rounded_colors`


@dataclass(frozen=True, slots=True, eq=False)
class PackedColors:
    """Of R boxes. seen: (R,) whose colours are known. values: (S, 58) of these, in 255ths."""

    seen: Mask
    values: NDArray[np.uint8]

    @classmethod
    def of(cls, seen: Sequence[Observation]) -> PackedColors:
        """Of at least one observation."""
        every = np.concatenate([
            np.zeros((len(observation.boxes), COLORS_WIDTH), np.float32)
            if observation.colors is None
            else observation.colors
            for observation in seen
        ])  # fmt: skip
        known = np.asarray(every.any(axis=1))
        return cls(known, np.round(every[known] * _STEPS).astype(np.uint8))

    @classmethod
    def from_columns(cls, columns: Mapping[str, NDArray[Any]], count: int) -> PackedColors:
        """count: of boxes. Raises ValueError where the columns do not fit."""
        if len(columns) < len(COLORS):
            return cls(np.zeros(count, bool), np.zeros((0, COLORS_WIDTH), np.uint8))
        known, values = columns["colored"], columns["colors"]
        if len(known) != count:
            raise ValueError("columns of different lengths")
        return cls(known, values.reshape(np.count_nonzero(known), COLORS_WIDTH))

    def starts(self) -> Ints:
        """(R + 1,) coloured boxes before each box."""
        return np.append(np.zeros(1, np.int64), np.cumsum(self.seen, dtype=np.int64))

    def at(self, row: int, start: int, count: int) -> Floats | None:
        """(count, 58) of the boxes from `row` on, `start` coloured ones before; None of nobody."""
        known = self.seen[row : row + count]
        if not known.any():
            return None
        found = np.zeros((count, COLORS_WIDTH), np.float32)
        values = self.values[start : start + np.count_nonzero(known)]
        found[known] = values.astype(np.float32) / np.float32(_STEPS)
        return found
