"""Who is this, that has no name? Asked while a player is missing, who may be this one.

The chance is that of the trials of orders for a perfect analyst: by what the pictures of the track
say of the best missing player over unknown. A missing player is on one track at a time, so tracks
that are in view together and may be the same one share it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from tracker.explain.phrases import count, odds, who
from tracker.output.track_index import Stretch
from tracker.output.vote_table import VoteTable
from tracker.report.questions import SHORT_S, question, seen_rows
from tracker.report.review_item import ReviewInputs, ReviewItem, chance
from tracker.types import UNKNOWN, Doubles, Ints, Mask

_PLAYER = 0.55  # chance that a track that looks like a missing player is one
_MIDDLE_NATS, _WIDTH_NATS = -3.0, 0.4  # over unknown, where that chance is half, and how it falls
_NO_VOTE_NATS = -3.4  # stands for the pictures of a track that has none
_FREE = 0.5  # a player is missing who is not seen elsewhere for so much of the track
_ANSWERS = 3
_STEP_S = 1.0  # in which two tracks are seen or not


@dataclass(frozen=True, slots=True, eq=False)
class _NamelessTrack:
    """A stretch without a name. votes: its votes; by: whose anchors are among them. over:
    (players,) nats over unknown, mean of the votes, -inf of who is not missing. free: (players,)
    share of the track in which each is missing.
    """

    stretch: Stretch
    rows: Ints
    votes: int
    by: str
    over: Doubles
    free: Doubles


def nameless_questions(
    case: ReviewInputs, players: Sequence[str], vote_table: VoteTable
) -> Iterator[ReviewItem]:
    """players: of the gallery."""
    known = [p for p in players if p in vote_table.names]
    if not known:
        return
    seen = _seen(case, known)
    tracks = [
        _nameless_track(case, stretch, known, seen, vote_table)
        for stretch in case.track_index.stretches
        if stretch.player == UNKNOWN and stretch.seen_s >= SHORT_S
    ]
    tracks = [track for track in tracks if np.isfinite(track.over).any()]
    for track, alone in zip(tracks, _shares(case, tracks), strict=True):
        yield _question(case, track, known, alone)


def _seen(case: ReviewInputs, players: Sequence[str]) -> Mask:
    """(players, F) in which frames each is visible under the name."""
    rows = case.rows
    place = {name: n for n, name in enumerate(players)}
    mine = np.array([*(place.get(name, -1) for name in rows.names), -1])[rows.players]
    seen = np.zeros((len(players), len(rows.numbers)), bool)
    named = rows.visible & (mine >= 0)
    seen[mine[named], rows.place[named]] = True
    return seen


def _nameless_track(
    case: ReviewInputs, stretch: Stretch, players: Sequence[str], seen: Mask, vote_table: VoteTable
) -> _NamelessTrack:
    mine = seen_rows(case, stretch)
    free = 1 - seen[:, case.rows.place[mine]].mean(axis=1)
    votes = vote_table.rows(stretch.track, stretch.first_frame - 1, stretch.last_frame)
    vote_count = votes.stop - votes.start
    over = np.full(len(players), _NO_VOTE_NATS)
    if vote_count:
        over = vote_table.over_unknown(votes)[[vote_table.names.index(p) for p in players]]
    by = vote_table.by_anchors(votes)
    over = np.where(free > _FREE, over, -np.inf)
    return _NamelessTrack(stretch, mine, vote_count, by, over, free)


def _shares(case: ReviewInputs, tracks: Sequence[_NamelessTrack]) -> list[float]:
    """Of the chance that the best player of each track is on it, among those in view with it."""
    if not tracks:
        return []
    over = np.stack([track.over for track in tracks])
    step = max(round(_STEP_S * case.rows.rate), 1)
    seen = np.zeros((len(tracks), int(case.rows.place[-1]) // step + 1), np.float32)
    for n, track in enumerate(tracks):
        np.add.at(seen[n], case.rows.place[track.rows] // step, 1 / step)
    found = []
    for n in range(len(tracks)):
        best = int(over[n].argmax())
        when = seen[n].nonzero()[0]
        together = seen[:, when] @ seen[n, when] / (seen[n, when] ** 2).sum()
        rivals = float((together * np.exp(over[:, best] - over[n, best])).sum())
        found.append(1 / rivals)
    return found


def _question(
    case: ReviewInputs, track: _NamelessTrack, players: Sequence[str], alone: float
) -> ReviewItem:
    order = np.argsort(-track.over, kind="stable")[:_ANSWERS].tolist()
    names = [players[n] for n in order if np.isfinite(track.over[n])]
    best, stretch = float(track.over[order[0]]), track.stretch
    likely = _PLAYER * chance((best - _MIDDLE_NATS) / _WIDTH_NATS) * alone
    if track.votes:
        title = f"track {stretch.track} has no name and may be {names[0]}"
        ahead, behind = (names[0], "") if best >= 0 else ("", names[0])
        reasons = [
            f"{count(track.votes, 'vote')}{track.by}, on average {who(ahead)} ahead of "
            f"{who(behind)} by {odds(abs(best))}"
        ]
    else:
        title = f"track {stretch.track} has no name: who is it?"
        reasons, names = ["not one clean picture of this track"], names[:1]
    away = float(track.free[order[0]])
    reasons.append(
        f"in view for {stretch.seen_s:.1f} s; {names[0]} is not seen elsewhere for {away:.0%} of it"
    )
    middle = int(case.rows.frames[track.rows[len(track.rows) // 2]])
    return question(stretch, title, reasons, likely * stretch.seen_s, "", middle, names)
