"""The second pass over a whole run: names for all paths at once, knowing how everything ends.

Paths are cut wherever two players may have been mixed up, every piece is heard, and all names are
given together by an integer programme. Then the classifier learns from the pieces that are sure
and all is done once more.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tracker.config import FollowSettings
from tracker.follow import boxes as bx
from tracker.follow import identity, numbers
from tracker.follow.pieces import Classify, Piece, Trace, cut, pictures, votes
from tracker.follow.programme import WINDOW, Task, solve
from tracker.follow.rules import Rules
from tracker.records import (
    NO_PLAYER,
    Doubles,
    Evidence,
    Floats,
    Ints,
    Mask,
    Observation,
    TrackedFrame,
    Visibility,
)

Refit = Callable[[Floats, Ints], Classify]
"""Embeddings (N, D) of this very video and their players (N,) to a better classifier."""

_APART_S = 3.0  # how far back it is asked whether a runner could be both
_SURE = 0.95  # pieces from which the classifier learns
_TAUGHT = 12  # pictures of each person that it learns, evenly over his pieces


@dataclass(frozen=True, slots=True, eq=False)
class _Evidence:
    """log: (N, P + 1) votes with the prior, votes: (N,) how many, links and apart as in Task."""

    log: Doubles
    votes: Ints
    links: list[tuple[int, int, float]]
    apart: list[tuple[int, int]]
    spans: Ints


def second_pass(
    frames: Sequence[TrackedFrame],
    traces: Sequence[Trace],
    seen: Sequence[Observation],
    players: int,
    classify: Classify,
    settings: FollowSettings,
    refit: Refit | None = None,
    rules: Rules | None = None,
) -> list[TrackedFrame]:
    """The frames with all names given anew. frames, traces, seen: of an OnlineTracker, in order.

    rules: what the roster says.
    """
    times_s = np.array([frame.time_s for frame in frames])
    pieces = cut(traces, times_s)
    if not pieces or players == 0:
        return list(frames)
    names, sure, evidence = _name(pieces, frames, seen, classify, settings, times_s, rules)
    if refit is not None:
        shown, labels = _lessons(pieces, names, sure, seen)
        if len(labels):
            again = refit(shown, labels)
            names, sure, evidence = _name(pieces, frames, seen, again, settings, times_s, rules)
    return _written(frames, pieces, names, sure, evidence, settings)


def _name(
    pieces: Sequence[Piece],
    frames: Sequence[TrackedFrame],
    seen: Sequence[Observation],
    classify: Classify,
    settings: FollowSettings,
    times_s: Doubles,
    rules: Rules | None,
) -> tuple[Ints, Doubles, _Evidence]:
    likelihoods = [classify(one.embeddings) for one in seen]
    total, count = votes(pieces, likelihoods, times_s, settings.identity)
    prior = identity.prior_log(total.shape[1] - 1, settings.identity)
    spans = np.array([(p.first, p.last) for p in pieces])
    if rules is not None:
        read, readings = numbers.votes(pieces, seen, rules)
        total += read + rules.during(times_s[spans[:, 0]], times_s[spans[:, 1]])
        count += readings
    facts = _Evidence(total + prior, count, _links(pieces),
                      _too_far(pieces, frames, times_s, settings), spans)  # fmt: skip
    worth = facts.log[:, :-1] - facts.log[:, -1:]
    names = solve(Task(worth, spans, facts.links, facts.apart, rules))
    sure = _confidence(facts)[np.arange(len(pieces)), names]
    names = np.where(sure >= settings.identity.name_at, names, NO_PLAYER)
    return names, sure, facts


def _links(pieces: Sequence[Piece]) -> list[tuple[int, int, float]]:
    """Each piece with the next one of its track."""
    latest: dict[int, int] = {}
    links = []
    for row, piece in enumerate(pieces):
        if piece.track in latest:
            links.append((latest[piece.track], row, piece.link))
        latest[piece.track] = row
    return links


def _too_far(
    pieces: Sequence[Piece],
    frames: Sequence[TrackedFrame],
    times_s: Doubles,
    settings: FollowSettings,
) -> list[tuple[int, int]]:
    """Pairs, the earlier first, between whose end and beginning nobody could have run."""
    ends = np.array([_place(frames[p.last], p.track) for p in pieces])
    begins = np.array([_place(frames[p.first], p.track) for p in pieces])
    end_s = times_s[[p.last for p in pieces]]
    found = []
    for row, piece in enumerate(pieces):
        gap_s = times_s[piece.first] - end_s[:row]
        near = np.flatnonzero((gap_s > 0) & (gap_s <= _APART_S))
        away = np.linalg.norm(ends[near, :2] - begins[row, :2], axis=1)
        # twice the fastest runner, because the camera moves too
        reach = (2 * settings.association.reach * gap_s[near] + 1) * ends[near, 2]
        found += [(int(other), row) for other in near[away > reach]]
    return found


def _place(frame: TrackedFrame, track: int) -> Doubles:
    box = frame.boxes[np.flatnonzero(frame.track_ids == track)]
    return np.append(bx.centres(box)[0], bx.heights(box)[0])


def _confidence(facts: _Evidence) -> Doubles:
    """(N, P + 1) probabilities: what the whole path says, then exclusion among rivals.

    Sum-product along each track's chain of pieces; then, in windows, belief propagation between
    pieces that are seen at the same time.
    """
    forward, back = np.zeros(facts.log.shape), np.zeros(facts.log.shape)
    for a, b, nats in facts.links:
        forward[b] = _message(facts.log[a] + forward[a], nats)
    for a, b, nats in facts.links[::-1]:
        back[a] = _message(facts.log[b] + back[b], nats)
    log = facts.log + forward + back
    log -= np.logaddexp.reduce(log, axis=1)[:, None]
    chances = np.exp(log)
    for start in range(0, len(log), WINDOW // 2):
        rows = np.arange(start, min(start + WINDOW, len(log)))
        first, last = facts.spans[rows].T
        rivals = (first[:, None] <= last[None]) & (first[None] <= last[:, None])
        np.fill_diagonal(rivals, False)
        chances[rows] = identity.exclusive(log[rows], rivals)
    return chances


def _message(log: Doubles, nats: float) -> Doubles:
    """What the next piece hears: the same name, or with 1 in 1 + e^nats anybody."""
    chance = np.exp(log - np.logaddexp.reduce(log))
    stay = 1 / (1 + np.exp(-nats))
    return np.asarray(np.log(stay * chance + (1 - stay) / len(chance)))


def _lessons(
    pieces: Sequence[Piece], names: Ints, sure: Doubles, seen: Sequence[Observation]
) -> tuple[Floats, Ints]:
    """Pictures of the surest pieces and whose they are."""
    whose: dict[int, list[int]] = {}
    for row, (name, chance) in enumerate(zip(names.tolist(), sure.tolist(), strict=True)):
        if name != NO_PLAYER and chance >= _SURE:
            whose.setdefault(name, []).append(row)
    shown, labels = [], []
    for person, rows in whose.items():
        every = np.concatenate([pictures(pieces[row], seen) for row in rows])
        some = np.unique(np.linspace(0, max(len(every) - 1, 0), _TAUGHT).round().astype(int))
        shown.append(every[some] if len(every) else every)
        labels.append(np.full(len(shown[-1]), person))
    if not shown:
        return np.zeros((0, 0), np.float32), np.zeros(0, np.int64)
    return np.concatenate(shown), np.concatenate(labels)


def _written(
    frames: Sequence[TrackedFrame],
    pieces: Sequence[Piece],
    names: Ints,
    sure: Doubles,
    facts: _Evidence,
    settings: FollowSettings,
) -> list[TrackedFrame]:
    """Every row with the name of its piece; between pieces, of the one before."""
    at: dict[int, list[int]] = {}
    for row, piece in enumerate(pieces):
        at.setdefault(piece.track, []).append(row)
    starts = {track: [pieces[r].first for r in rows] for track, rows in at.items()}
    anchored = facts.votes >= settings.identity.anchor_votes
    done = []
    for i, frame in enumerate(frames):
        tracks = frame.track_ids.tolist()
        piece_of = [_current(at[t], starts[t], i) if t in at else -1 for t in tracks]
        done.append(_renamed(frame, np.array(piece_of, np.int64), names, sure, anchored))
    return done


def _current(rows: Sequence[int], starts: Sequence[int], i: int) -> int:
    return rows[max(bisect_right(starts, i) - 1, 0)]


def _renamed(
    frame: TrackedFrame, piece: Ints, names: Ints, sure: Doubles, anchored: Mask
) -> TrackedFrame:
    """One frame. Where two rows want one name, the one that is seen has it."""
    players = np.where(piece >= 0, names[piece], NO_PLAYER)
    taken = {NO_PLAYER}
    for row in np.lexsort((frame.track_ids, frame.visibility)).tolist():
        if int(players[row]) in taken:
            players[row] = NO_PLAYER
        taken.add(int(players[row]))
    named = players != NO_PLAYER
    why = np.where(anchored[piece], Evidence.CARRIED, Evidence.SOLVED)
    changed = replace(
        frame,
        players=players,
        player_confidence=np.where(named, sure[piece], 0.0),
        evidence=np.where(named, why, Evidence.NONE).astype(np.int64),
    )
    # somebody who only waited for a name that he has not got says nothing
    kept = named | (frame.visibility != Visibility.ABSENT) | (frame.players == NO_PLAYER)
    return changed.take(kept)
