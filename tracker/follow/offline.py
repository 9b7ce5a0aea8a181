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

from tracker.follow import boxes as bx
from tracker.follow import identity, numbers
from tracker.follow.chain import along, candidates, chances
from tracker.follow.level import raised, stranger_level
from tracker.follow.pieces import Classify, Piece, Trace, cut, pictures, votes
from tracker.follow.programme import Task, solve
from tracker.follow.rules import Rules
from tracker.follow.rulings import Law, Ruling, enact
from tracker.follow.testimony import Hearing
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
from tracker.settings import FollowSettings, IdentitySettings

Refit = Callable[[Floats, Ints], Classify]
"""Embeddings (N, D) of this very video and their players (N,) to a better classifier."""

_APART_S = 3.0  # how far back it is asked whether a runner could be both
_SURE = 0.95  # pieces from which the classifier learns
_OVERLAP_S = 0.4  # pieces that overlap for no longer may be one person
_CHOICES = 6
_FORCED = 20.0  # nats a vote: better any name than none, to ask which is the best free one
_FEWEST_VOTES, _MOST_VOTES = 2, 5  # a piece speaks of the level, and no piece alone decides it
_TAUGHT = 12  # pictures of each person that it learns, evenly over his pieces


@dataclass(frozen=True, slots=True, eq=False)
class _Ties:
    """How pieces bear on one another, whatever they look like: see `programme.Task`."""

    prior: Doubles
    spans: Ints
    links: list[tuple[int, int, float]]
    apart: list[tuple[int, int]]
    law: Law


@dataclass(frozen=True, slots=True, eq=False)
class _Bound:
    """Pieces, how they bear on one another, and what the roster says: see `_by_roster`."""

    pieces: Sequence[Piece]
    ties: _Ties
    told: Doubles
    read: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Naming:
    """Of every piece: player (N,) or NO_PLAYER, how sure (N,), and by how many votes (N,).

    chances: (N, P + 1) of all names.
    """

    names: Ints
    sure: Doubles
    votes: Ints
    chances: Doubles


def second_pass(
    frames: Sequence[TrackedFrame],
    traces: Sequence[Trace],
    seen: Sequence[Observation],
    players: int,
    classify: Classify,
    settings: FollowSettings,
    refit: Refit | None = None,
    hearing: Hearing | None = None,
    rules: Rules | None = None,
    rulings: Sequence[Ruling] = (),
) -> list[TrackedFrame]:
    """The frames with all names given anew. frames, traces, seen: of an OnlineTracker, in order.

    hearing: is told what the names went by in the end. rules: what the roster says. rulings: what
    the user says.
    """
    times_s = np.array([frame.time_s for frame in frames])
    index = np.array([frame.index for frame in frames])
    pieces, law = enact(cut(traces, times_s), (), index, players)
    if not pieces or players == 0:
        return list(frames)

    def bound(pieces: Sequence[Piece], law: Law) -> _Bound:
        ties = _ties(pieces, law, frames, times_s, settings)
        return _Bound(pieces, ties, *_by_roster(rules, pieces, seen, times_s, players))

    whole = bound(pieces, law)

    def heard(classify: Classify) -> list[Doubles]:
        """Every crop by this classifier, "nobody" set to the level of this very video."""
        likelihoods = [classify(one.embeddings) for one in seen]
        total, count = votes(whole.pieces, likelihoods, times_s, settings.identity)
        return raised(likelihoods, _level(total, count, whole.ties, settings.identity))

    def named(likelihoods: Sequence[Doubles], of: _Bound) -> Naming:
        total, count = votes(of.pieces, likelihoods, times_s, settings.identity)
        return _name(total + of.told, count + of.read, of.ties, settings.identity, rules)

    def learned(
        likelihoods: list[Doubles], result: Naming, of: _Bound, whom: Mask
    ) -> tuple[list[Doubles], Naming]:
        """The same once more with a better classifier. whom: (P,) who may be learned of."""
        shown, labels = _lessons(of.pieces, result, seen)
        lessons = whom & np.isin(np.arange(players), labels)
        if refit is None or not lessons.any():
            return likelihoods, result
        likelihoods = _taught(likelihoods, heard(refit(shown, labels)), lessons)
        return likelihoods, named(likelihoods, of)

    likelihoods = heard(classify)
    now, result = whole, named(likelihoods, whole)
    likelihoods, result = learned(likelihoods, result, whole, np.ones(players, bool))
    if rulings:
        pieces, law = enact(pieces, rulings, index, players)
        now = bound(pieces, law.after(result.names, result.sure))
        result = named(likelihoods, now)
        likelihoods, result = learned(likelihoods, result, now, law.players)
    if hearing is not None:
        hearing.hear(now.pieces, likelihoods, result.chances)
    return _written(frames, now.pieces, result, settings.identity)


def _ties(
    pieces: Sequence[Piece],
    law: Law,
    frames: Sequence[TrackedFrame],
    times_s: Doubles,
    settings: FollowSettings,
) -> _Ties:
    prior = identity.prior_log(law.never.shape[1], settings.identity)
    apart = law.apart(_too_far(pieces, frames, times_s, settings))
    spans = _spans(pieces, times_s)
    return _Ties(prior, spans, law.links(pieces), apart, law.beside(spans))


def _by_roster(
    rules: Rules | None,
    pieces: Sequence[Piece],
    seen: Sequence[Observation],
    times_s: Doubles,
    players: int,
) -> tuple[Doubles, Ints]:
    """(N, P + 1) nats of every piece by the times and numbers of the roster, and (N,) readings."""
    if rules is None:
        return np.zeros((len(pieces), players + 1)), np.zeros(len(pieces), np.int64)
    told, read = numbers.votes(pieces, seen, rules)
    first_s, last_s = (times_s[[getattr(p, end) for p in pieces]] for end in ("first", "last"))
    return told + rules.during(first_s, last_s), read


def _name(
    total: Doubles, count: Ints, ties: _Ties, settings: IdentitySettings, rules: Rules | None
) -> Naming:
    """total: (N, P + 1) summed votes of every piece, count: (N,) how many."""
    total = ties.law.votes(total)
    worth = total[:, :-1] - total[:, -1:]
    log = along(total, ties.prior, ties.links)
    worth, allowed = ties.law.prefer(worth, candidates(log, ties.prior))
    names = solve(Task(worth, allowed, ties.prior, ties.spans, ties.links, ties.apart, rules))
    names = ties.law.names_of(names)
    every = chances(log, ties.spans)
    sure = ties.law.sure(names, every[np.arange(len(total)), names])
    names = np.where(sure >= settings.name_at, names, NO_PLAYER)
    return Naming(names, sure, count, every)


def _level(total: Doubles, count: Ints, ties: _Ties, settings: IdentitySettings) -> float:
    """How much a vote for "nobody" is worth more or less in this video than the gallery said."""
    worth = total[:, :-1] - total[:, -1:]
    forced = worth + _FORCED * count[:, None]
    place = (-worth).argsort(axis=1, kind="stable").argsort(axis=1)
    allowed = (place < _CHOICES) & (count >= _FEWEST_VOTES)[:, None]
    names = solve(Task(forced, allowed, ties.prior, ties.spans, ties.links, ties.apart))
    rows = np.flatnonzero(names != NO_PLAYER)
    fits = worth[rows, names[rows]] / count[rows]
    return stranger_level(fits, np.minimum(count[rows], _MOST_VOTES), 1 - settings.unknown_prior)


def _taught(base: Sequence[Doubles], again: Sequence[Doubles], lessons: Mask) -> list[Doubles]:
    """The crops of all frames, before and after a classifier was shown more of some players.

    lessons: (P,) who was shown. The others keep their odds against nobody: beside players whose
    pictures are of this very light theirs would fall behind, and strangers take their names.
    """
    rest = np.flatnonzero(~lessons)
    mixed = [one.copy() for one in again]
    for one, old in zip(mixed, base, strict=True):
        one[:, rest] = one[:, -1:] + old[:, rest] - old[:, -1:]
    return mixed


def _spans(pieces: Sequence[Piece], times_s: Doubles) -> Ints:
    """(N, 2) first and last frame, the end taken off: a path that is about to be mixed up, or two
    boxes on one person for a moment, must not speak for ever against a name."""
    first, last = (np.array([getattr(p, end) for p in pieces]) for end in ("first", "last"))
    early = np.searchsorted(times_s, times_s[last] - _OVERLAP_S)
    return np.stack([first, np.maximum(first, early)], axis=1)


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


def _lessons(
    pieces: Sequence[Piece], result: Naming, seen: Sequence[Observation]
) -> tuple[Floats, Ints]:
    """Pictures of the surest pieces and whose they are."""
    whose: dict[int, list[int]] = {}
    for row, (name, chance) in enumerate(
        zip(result.names.tolist(), result.sure.tolist(), strict=True)
    ):
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
    why = np.where(anchored[piece], Evidence.CARRIED, Evidence.SOLVED)
    changed = replace(
        frame,
        players=players,
        player_confidence=np.where(named, result.sure[piece], 0.0),
        evidence=np.where(named, why, Evidence.NONE).astype(np.int64),
    )
    # somebody who only waited for a name that he has not got says nothing
    kept = named | (frame.visibility != Visibility.ABSENT) | (frame.players == NO_PLAYER)
    return changed.take(kept)
