"""Names that the pictures speak against."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from tracker.explain.phrases import count, nats, who
from tracker.report.moment import Answer, Inquiry, Moment, chance, sentence
from tracker.report.tracks import Stretch
from tracker.report.votes import Ballots
from tracker.types import Doubles, Ints

AGAINST = 0.15
"""Of the seconds that votes in a row speak against, so many are truly wrong (docs/report.md)."""


def against(case: Inquiry, ballots: Ballots) -> Iterator[Moment]:
    """Votes in a row that say somebody else than the name that stands there."""
    players = case.paths.players_at(ballots.tracks, ballots.first)
    over = _over_name(case.rows.names, ballots, players)
    key = np.where(over < 0, ballots.tracks * (len(case.rows.names) + 1) + players + 1, -1)
    starts = np.flatnonzero(np.diff(key, prepend=-2))
    for start, end in pairwise([*starts.tolist(), len(key)]):
        if key[start] < 0:
            continue
        track, first = int(ballots.tracks[start]), int(ballots.first[start])
        stretch = case.paths.stretch_at(track, first)
        total = float(over[start:end].sum())
        if stretch is not None:
            yield _contradiction(case, ballots, stretch, slice(start, end), total)


def _contradiction(
    case: Inquiry, ballots: Ballots, stretch: Stretch, votes: slice, total: float
) -> Moment:
    """A name that stands has earned a lead of anchor_nats; these votes eat it up.

    Twice that where later votes say the name again: two trades would have gone unnoticed.
    """
    name, track = case.rows.names[stretch.player], stretch.track
    first = int(ballots.first[votes.start])
    end = stretch.last_frame
    later = ballots.rows(track, int(ballots.first[votes.stop - 1]), end)
    again = float(ballots.over(later, name).sum()) > 0
    if votes.stop < len(ballots.tracks) and ballots.tracks[votes.stop] == track:
        end = min(end, int(ballots.first[votes.stop]))
    seconds = case.paths.seen_s(track, first, end)
    other, n = ballots.best_other(votes, name), votes.stop - votes.start
    said = [other, ""] if other else [""]
    answers = [Answer(who(p), (sentence(track, p, first, end),)) for p in said]
    return Moment(
        kind="against",
        title=f"{name} here looks like {other or 'nobody of the gallery'}",
        reasons=[
            f"{count(n, 'vote')} in a row for {who(other)}, by {nats(-total)}; they stand for "
            f"{seconds:.1f} s in view"
        ],
        wrong_s=AGAINST * chance(-total - case.anchor_nats * (1 + again)) * seconds,
        track=track,
        player=name,
        first_frame=first,
        focus_frame=int(ballots.last[votes.stop - 1]),
        last_frame=end,
        answers=answers,
    )


def _over_name(names: list[str], ballots: Ballots, players: Ints) -> Doubles:
    """(V,) nats by which each vote says the name that stands there; 0 where none does."""
    over = np.zeros(len(players))
    for p, name in enumerate(names):
        mine = np.flatnonzero(players == p)
        if len(mine) and name in ballots.names:
            over[mine] = ballots.over(mine, name)
    return over
