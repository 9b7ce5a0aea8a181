"""What is known of the people of rows beside their names: their part in the match, their kit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tracker.kits.kits import NO_KIT
from tracker.kits.track_kits import TrackKits
from tracker.tracking.track_roles import NO_ROLE, ROLE_WORDS, TrackRoles
from tracker.types import Doubles, Index, Ints


@dataclass(frozen=True, slots=True, eq=False)
class RowFacts:
    """Of M rows. roles: (M,) codes of `track_roles.py`. kits: (M,) places in `kit_names`, NO_KIT
    where it is not known; kit_probability: (M,), NaN there."""

    roles: Ints
    kits: Ints
    kit_probability: Doubles
    kit_names: Sequence[str]

    @classmethod
    def of(
        cls, tracks: Ints, players: Ints, times_s: Doubles, roles: TrackRoles, kits: TrackKits
    ) -> RowFacts:
        """tracks: (M,) ids. players: (M,) index into the roster or UNKNOWN. times_s: (M,)."""
        return cls(roles.of(tracks, players), *kits.of_rows(tracks, times_s), kits.names)

    @classmethod
    def none(cls, count: int) -> RowFacts:
        """Nothing is known."""
        nan = np.full(count, np.nan)
        return cls(np.full(count, NO_ROLE), np.full(count, NO_KIT), nan, ())

    def take(self, rows: Index) -> RowFacts:
        """Those of an index or mask array."""
        kits = self.kits[rows], self.kit_probability[rows]
        return RowFacts(self.roles[rows], *kits, self.kit_names)

    def words(self, row: int) -> dict[str, str | float | None]:
        """Columns of tracks.csv of one row; None where it is empty."""
        kit, sure = int(self.kits[row]), float(self.kit_probability[row])
        return {
            "role": ROLE_WORDS[self.roles[row]] or None,
            "kit": None if kit == NO_KIT else self.kit_names[kit],
            "kit_probability": None if kit == NO_KIT else round(sure, 4),
        }
