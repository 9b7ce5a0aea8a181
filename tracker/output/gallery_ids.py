"""Which frames of a run are gallery IDs: something in them says who it is, and they bear that name.

A row says so by its evidence: an anchor of pictures, of a file or a detector, or a person's word.
Offline pictures speak for a whole track, and its rows do not tell in which of them; there each vote
of pictures or numbers for the name that the track bears is an ID, in the last of its frames.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.output.csv import Words
from tracker.output.evidence import NATS, EvidenceTables
from tracker.output.evidence_words import VOTE_SOURCES, kind_of
from tracker.output.table import TrackTable
from tracker.types import FIRST_ANCHORS, Evidence, EvidenceLog, Ints, Mask

IDS = (Evidence.ANCHOR, Evidence.TOLD)
GalleryIds = Mapping[str, Ints]
"""Player to the frames of their IDs, rising, each once."""


@dataclass(frozen=True, slots=True, eq=False)
class SilentVotes:
    """Votes that no row shows: of pictures and numbers, offline.

    tracks, frames: (V,) the last frame of each, 1-based. names: (V,) its best, "" for nobody.
    """

    tracks: Ints
    frames: Ints
    names: NDArray[Any]

    @classmethod
    def of_log(
        cls, log: EvidenceLog | None, players: Sequence[str], mode: str
    ) -> SilentVotes | None:
        """Of a run that is at hand; None where its rows say all."""
        if log is None or mode != "offline":
            return None
        kept = log.sources < FIRST_ANCHORS
        names = np.array([*players, ""], object)[log.nats[kept].argmax(axis=1)]
        return cls(log.vote_spans[kept, 0], log.vote_spans[kept, 2] + 1, names)

    @classmethod
    def of_tables(cls, evidence: EvidenceTables) -> SilentVotes | None:
        """The same of OUT/evidence."""
        if evidence.mode != "offline":
            return None
        votes = evidence.votes[evidence.votes["source"].isin(VOTE_SOURCES)]
        columns = [column for column in votes.columns if column.startswith(NATS)]
        names = np.array([column.removeprefix(NATS) for column in columns], object)
        best = votes[columns].to_numpy(np.float32).argmax(axis=1)
        tracks, frames = (votes[c].to_numpy(np.int64) for c in ("track_id", "last_frame"))
        return cls(tracks, frames, names[best])


def id_rows(table: TrackTable, votes: SilentVotes | None = None) -> Mask:
    """(N,) rows of the table that are gallery IDs."""
    evidence = table.words["evidence"]
    kinds = [kind_of(word) for word in evidence.words]
    says = np.isin(evidence.codes, [n for n, kind in enumerate(kinds) if kind in IDS])
    player = table.words["player"]
    if votes is not None:
        says |= _voted(table, player, votes)
    return np.asarray(says & ~player.are(""))


def _voted(table: TrackTable, player: Words, votes: SilentVotes) -> Mask:
    """(N,) rows on which a vote ends that is for the very name they bear."""
    frames, tracks = table.numbers["frame"], table.numbers["track_id"]
    size = int(max(tracks.max(initial=0), votes.tracks.max(initial=0))) + 1
    keys, wanted = frames * size + tracks, votes.frames * size + votes.tracks
    found = np.zeros(len(table), bool)
    if not len(keys):
        return found
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    words = np.array(player.words, object)[player.codes[at]]
    found[at[(keys[at] == wanted) & (words == votes.names)]] = True
    return found


def ids_of(table: TrackTable, votes: SilentVotes | None = None) -> GalleryIds:
    """The IDs of every player who bears a name in the table."""
    player, frames = table.words["player"], table.numbers["frame"]
    rows = id_rows(table, votes)
    named = np.unique(player.codes[~player.are("")])
    return {
        player.words[code]: np.unique(frames[rows & (player.codes == code)])
        for code in named.tolist()
    }
