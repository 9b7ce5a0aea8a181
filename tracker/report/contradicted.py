"""Names that the pictures speak against."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from tracker.explain.phrases import ELSEWHERE, count, odds, who
from tracker.output.track_index import Stretch
from tracker.output.vote_table import VoteTable
from tracker.report.review_item import Answer, ReviewInputs, ReviewItem, chance, sentence
from tracker.types import Doubles, Ints

AGAINST = 0.15
"""Of the seconds that votes in a row speak against, so many are truly wrong (docs/report.md)."""


def against(case: ReviewInputs, vote_table: VoteTable) -> Iterator[ReviewItem]:
    """Votes in a row that say somebody else than the name that stands there."""
    players = case.track_index.players_at(vote_table.tracks, vote_table.first)
    over = _over_name(case.rows.names, vote_table, players)
    key = np.where(over < 0, vote_table.tracks * (len(case.rows.names) + 1) + players + 1, -1)
    starts = np.flatnonzero(np.diff(key, prepend=-2))
    for start, end in pairwise([*starts.tolist(), len(key)]):
        if key[start] < 0:
            continue
        track, first = int(vote_table.tracks[start]), int(vote_table.first[start])
        stretch = case.track_index.stretch_at(track, first)
        total = float(over[start:end].sum())
        if stretch is not None:
            yield _contradiction(case, vote_table, stretch, slice(start, end), total)


def _contradiction(
    case: ReviewInputs, vote_table: VoteTable, stretch: Stretch, votes: slice, total: float
) -> ReviewItem:
    """A name that stands has earned a lead of anchor_nats; these votes eat it up.

    Twice that where later votes say the name again: two swaps would have gone unnoticed.
    """
    name, track = case.rows.names[stretch.player], stretch.track
    first = int(vote_table.first[votes.start])
    end = stretch.last_frame
    later = vote_table.rows(track, int(vote_table.first[votes.stop - 1]), end)
    again = float(vote_table.over(later, name).sum()) > 0
    if votes.stop < len(vote_table.tracks) and vote_table.tracks[votes.stop] == track:
        end = min(end, int(vote_table.first[votes.stop]))
    seconds = case.track_index.seen_s(track, first, end)
    other, n = vote_table.best_other(votes, name), votes.stop - votes.start
    candidates = [other, ""] if other else [""]
    answers = [Answer(p or ELSEWHERE, (sentence(track, p, first, end),)) for p in candidates]
    return ReviewItem(
        kind="against",
        title=f"{name} here looks like {other or ELSEWHERE}",
        reasons=[
            f"{count(n, 'vote')}{vote_table.by_anchors(votes)} in a row: {who(other)} by "
            f"{odds(-total)}; {seconds:.1f} s in view until a vote says {name} again or the name "
            "ends"
        ],
        wrong_s=AGAINST * chance(-total - case.anchor_nats * (1 + again)) * seconds,
        track=track,
        player=name,
        first_frame=first,
        focus_frame=int(vote_table.last[votes.stop - 1]),
        last_frame=end,
        answers=answers,
    )


def _over_name(names: list[str], vote_table: VoteTable, players: Ints) -> Doubles:
    """(V,) nats by which each vote says the name that stands there; 0 where none does."""
    over = np.zeros(len(players))
    for p, name in enumerate(names):
        mine = np.flatnonzero(players == p)
        if len(mine) and name in vote_table.names:
            over[mine] = vote_table.over(mine, name)
    return over
