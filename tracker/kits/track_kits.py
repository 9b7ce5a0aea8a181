"""What kit each track wears, as files have it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tracker.kits.kits import NO_KIT, Kits, likeliest
from tracker.kits.track_colors import TrackColors
from tracker.kits.words import kit_words
from tracker.types import Doubles, Ints

_WRITTEN_AT = 0.5
"""Probability from which a kit is written; how right it is then: docs/roster.md."""


@dataclass(frozen=True, slots=True, eq=False)
class TrackKits:
    """names: (K,) of the kits. kit: (T,) place among them by track id, NO_KIT where it is not
    known; probability: (T,) of it."""

    names: tuple[str, ...]
    kit: Ints
    probability: Doubles

    @classmethod
    def none(cls) -> TrackKits:
        return cls((), np.zeros(0, np.int64), np.zeros(0))

    @classmethod
    def of(
        cls, kits: Kits | None, colors: TrackColors, names: Sequence[str] | None = None
    ) -> TrackKits:
        """names: (K,) None for words of their colours."""
        if kits is None:
            return cls.none()
        kit, sure = likeliest(kits.probabilities(colors.counts()))
        written = sure >= _WRITTEN_AT
        words = kit_words(kits.counts) if names is None else names
        return cls(tuple(words), np.where(written, kit, NO_KIT), np.where(written, sure, 0.0))

    def of_rows(self, tracks: Ints) -> tuple[Ints, Doubles]:
        """(M,) kits and (M,) probabilities, NaN where none is known, of rows with these ids."""
        kit, sure = np.full(len(tracks), NO_KIT), np.full(len(tracks), np.nan)
        known = np.flatnonzero(tracks < len(self.kit))
        kit[known] = self.kit[tracks[known]]
        sure[known] = np.where(kit[known] == NO_KIT, np.nan, self.probability[tracks[known]])
        return kit, sure
