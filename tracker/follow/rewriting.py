"""Names of pieces written into the rows of all frames."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tracker.follow.confidence import of_boxes
from tracker.follow.pieces import Piece
from tracker.records import NO_PLAYER, Doubles, Evidence, Ints, Mask, TrackedFrame, Visibility
from tracker.settings import IdentitySettings


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
    """Every row with the name of its piece; between pieces, of the one before."""
    at: dict[int, list[int]] = {}
    for row, piece in enumerate(pieces):
        at.setdefault(piece.track, []).append(row)
    starts = {track: [pieces[r].first for r in rows] for track, rows in at.items()}
    anchored = result.votes >= settings.anchor_votes
    done = []
    for i, frame in enumerate(frames):
        tracks = frame.track_ids.tolist()
        piece_of = [_current(at[t], starts[t], i) if t in at else -1 for t in tracks]
        done.append(_renamed(frame, np.array(piece_of, np.int64), result, anchored))
    return done


def _current(rows: Sequence[int], starts: Sequence[int], i: int) -> int:
    return rows[max(bisect_right(starts, i) - 1, 0)]


def _renamed(frame: TrackedFrame, piece: Ints, result: Naming, anchored: Mask) -> TrackedFrame:
    """One frame. Where two rows want one name, the one that is seen has it."""
    players = np.where(piece >= 0, result.names[piece], NO_PLAYER)
    taken = {NO_PLAYER}
    for row in np.lexsort((frame.track_ids, -result.sure[piece], frame.visibility)).tolist():
        if int(players[row]) in taken:
            players[row] = NO_PLAYER
        taken.add(int(players[row]))
    named = players != NO_PLAYER
    sure = np.where(result.told[piece], 1.0, of_boxes(frame.scores)) * result.sure[piece]
    why = np.where(anchored[piece], Evidence.CARRIED, Evidence.SOLVED)
    why = np.where(result.told[piece], Evidence.TOLD, why)
    changed = replace(
        frame,
        players=players,
        player_confidence=np.where(named, sure, 0.0),
        evidence=np.where(named, why, Evidence.NONE).astype(np.int64),
    )
    # somebody who only waited for a name that he has not got says nothing
    kept = named | (frame.visibility != Visibility.ABSENT) | (frame.players == NO_PLAYER)
    return changed.take(kept)
