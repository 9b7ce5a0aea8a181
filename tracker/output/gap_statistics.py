"""How a run carried its names over the gaps between gallery IDs: `gaps` of run.json."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.output.gallery_ids import SilentVotes, id_rows
from tracker.output.id_gaps import ENDS_S, LENGTHS, gaps_at
from tracker.output.table import VISIBILITIES, TrackTable
from tracker.types import Doubles, Ints, Mask

NOT_CARRIED = "not_carried"
SHARES = (*VISIBILITIES, NOT_CARRIED)
"""What becomes of a name in the frames of a gap: the state of the row that bears it, or no row."""


@dataclass(frozen=True, slots=True, eq=False)
class PlayerGaps:
    """The gaps of one player: G, each with a frame at least between two IDs.

    ids: (M,) frames, rising. seconds: (G,) from ID to ID. carried: (G, 4) frames inside by SHARES.
    changed: IDs whose track bore another name at its ID before.
    """

    ids: Ints
    seconds: Doubles
    carried: Ints
    changed: int

    @classmethod
    def of(
        cls, ids: Ints, times_s: Doubles, frames: Ints, states: NDArray[np.integer], changed: int
    ) -> PlayerGaps:
        """times_s: (M,) of the IDs. frames, states: (N,) of the rows that bear the name; frames
        rising, states in the order of VISIBILITIES."""
        inside = np.diff(ids) - 1
        where = gaps_at(frames, ids)
        kept = (where > 0) & (where < len(ids))
        carried = np.zeros((len(inside), len(SHARES)), np.int64)
        np.add.at(carried, (where[kept] - 1, states[kept]), 1)
        carried[:, -1] = inside - carried.sum(axis=1)
        real = inside > 0
        return cls(ids, np.diff(times_s)[real], carried[real], changed)

    def tree(self) -> dict[str, Any]:
        return {
            "anchors": len(self.ids),
            **_lengths(self.seconds),
            **_shares(self.carried),
            "names_changed": self.changed,
        }


def gaps_of(table: TrackTable, votes: SilentVotes | None = None) -> dict[str, PlayerGaps]:
    """The gaps of everybody who is named, by name."""
    player, frames = table.words["player"], table.numbers["frame"]
    said = id_rows(table, votes)
    changed = _changed(table, said)
    visibility = table.words["visibility"]
    states = np.array([VISIBILITIES.index(word) for word in visibility.words] or [0])
    states = states[visibility.codes]
    found = {}
    for code in np.unique(player.codes[~player.are("")]).tolist():
        rows = player.codes == code
        ids, first = np.unique(frames[rows & said], return_index=True)
        times_s = table.numbers["time_s"][rows & said][first]
        found[player.words[code]] = PlayerGaps.of(
            ids, times_s, frames[rows], states[rows], int((rows & changed).sum())
        )
    return {name: found[name] for name in sorted(found)}


def gap_tree(table: TrackTable, votes: SilentVotes | None = None) -> dict[str, Any]:
    """For run.json: of each player, and of all gaps by their length."""
    every = gaps_of(table, votes)
    seconds = np.concatenate([np.zeros(0), *(one.seconds for one in every.values())])
    none = np.zeros((0, len(SHARES)), np.int64)
    carried = np.concatenate([none, *(one.carried for one in every.values())])
    bins = np.searchsorted(ENDS_S, seconds)
    by_length = {
        label: {"gaps": int((bins == n).sum()), **_shares(carried[bins == n])}
        for n, label in enumerate(LENGTHS)
    }
    return {
        "anchors": sum(len(one.ids) for one in every.values()),
        **_lengths(seconds),
        "players": {name: one.tree() for name, one in every.items()},
        "by_length": by_length,
    }


def _changed(table: TrackTable, said: Mask) -> Mask:
    """(N,) IDs whose track bore another name at its ID before."""
    tracks, player = table.numbers["track_id"], table.words["player"].codes
    rows = np.flatnonzero(said)
    rows = rows[np.argsort(tracks[rows], kind="stable")]  # by frame in each track
    same = np.diff(tracks[rows], prepend=-1) == 0
    other = np.diff(player[rows].astype(np.int64), prepend=0) != 0
    found = np.zeros(len(said), bool)
    found[rows[same & other]] = True
    return found


def _lengths(seconds: Doubles) -> Mapping[str, float | None]:
    if not len(seconds):
        return {"longest_s": None, "median_s": None}
    longest, median = float(seconds.max()), float(np.median(seconds))
    return {"longest_s": round(longest, 3), "median_s": round(median, 3)}


def _shares(carried: Ints) -> Mapping[str, float | None]:
    """Of all frames in some gaps; of none None."""
    frames: Sequence[int] = carried.sum(axis=0).tolist()
    total = sum(frames)
    return {
        name: round(part / total, 4) if total else None
        for name, part in zip(SHARES, frames, strict=True)
    }
