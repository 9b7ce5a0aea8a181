"""Names of pieces written into the rows of all frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tracker.identity.confidence import of_boxes
from tracker.rows import Rows
from tracker.settings import IdentitySettings
from tracker.tracking.traces import Piece
from tracker.types import NO_PLAYER, Doubles, Evidence, Ints, Mask, TrackedFrame, Visibility


@dataclass(frozen=True, slots=True, eq=False)
class Naming:
    """Of every piece: player (N,) or NO_PLAYER, how sure (N,), and by how many votes (N,).

    chances: (N, P + 1) of all names. told: (N,) a user has said so.
    """

    names: Ints
    sure: Doubles
    votes: Ints
    chances: Doubles
    told: Mask


def rewritten(
    frames: Sequence[TrackedFrame],
    pieces: Sequence[Piece],
    result: Naming,
    settings: IdentitySettings,
) -> list[TrackedFrame]:
    """See `renamed`."""
    return list(renamed(Rows.of(frames), pieces, result, settings))


def renamed(
    rows: Rows, pieces: Sequence[Piece], result: Naming, settings: IdentitySettings
) -> Rows:
    """Every row with the name of its piece; between pieces, of the one before.

    Where two rows of a frame want one name, the one that is seen has it. Who only waited, absent,
    for a name that he has not got is left out: he says nothing.
    """
    piece = _pieces_of(rows, pieces)
    players = np.where(piece >= 0, result.names[piece], NO_PLAYER)
    wants = np.flatnonzero(players != NO_PLAYER)
    sure = result.sure[piece]
    first = wants[np.lexsort((rows.track_ids[wants], -sure[wants], rows.visibility[wants]))]
    names = result.chances.shape[1]
    _, winners = np.unique(rows.place[first] * names + players[first], return_index=True)
    named = np.zeros(len(players), bool)
    named[first[winners]] = True
    sure = np.where(result.told[piece], 1.0, of_boxes(rows.scores)) * sure
    anchored = (result.votes >= settings.anchor_votes)[piece]
    why = np.where(anchored, int(Evidence.CARRIED), int(Evidence.SOLVED))
    why = np.where(result.told[piece], int(Evidence.TOLD), why)
    done = replace(
        rows,
        players=np.where(named, players, NO_PLAYER),
        player_confidence=np.where(named, sure, 0.0),
        evidence=np.where(named, why, int(Evidence.NONE)),
    )
    return done.take(named | (rows.visibility != Visibility.ABSENT) | (rows.players == NO_PLAYER))


def _pieces_of(rows: Rows, pieces: Sequence[Piece]) -> Ints:
    """(R,) piece of each row, -1 where its track has none."""
    begins = np.array([piece.track * len(rows) + piece.first for piece in pieces], np.int64)
    order = np.argsort(begins)
    tracks = np.append(np.array([pieces[k].track for k in order.tolist()], np.int64), -1)
    at = np.searchsorted(begins[order], rows.track_ids * len(rows) + rows.place, side="right")
    before, after = np.where(at > 0, at - 1, len(pieces)), at  # -1 is behind the last
    mine = np.where(tracks[before] == rows.track_ids, before, after)
    return np.where(tracks[mine] == rows.track_ids, np.append(order, -1)[mine], -1)
