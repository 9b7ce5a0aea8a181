"""Encounters after which a name may be on the wrong one of two."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tracker.explain.phrases import count, odds, share, who
from tracker.output.vote_table import VoteTable
from tracker.report.encounters import Encounters
from tracker.report.review_item import WORTH_S, Answer, ReviewInputs, ReviewItem, chance, sentence
from tracker.report.wrong import SWAPPED
from tracker.types import UNKNOWN, Ints


def swaps(
    case: ReviewInputs, encounters: Encounters, vote_table: VoteTable
) -> Iterator[ReviewItem]:
    """Encounters after which a name may be on the wrong one of two."""
    next_first = _next_encounters(encounters)
    sides = _players(case, encounters)
    for m in range(len(encounters)):
        pair, last = encounters.pairs[m].tolist(), int(encounters.last[m])
        names = [case.rows.names[p] if p != UNKNOWN else "" for p in (s[m] for s in sides)]
        sides_wrong = [
            _side(case, vote_table, pair[n], names[n], last, float(encounters.margins[m]),
                  int(next_first[m, n]))
            for n in (0, 1)
            if names[n]
        ]  # fmt: skip
        wrong = SWAPPED * sum(seconds for seconds, _ in sides_wrong)
        if wrong < WORTH_S:
            continue
        if not names[0]:
            pair, names = pair[::-1], names[::-1]
        margin = float(encounters.margins[m])
        yield ReviewItem(
            kind="trade",
            title=f"{names[0]} may have swapped with {_label(names[1], pair[1])}",
            reasons=[
                f"from the encounter alone a swap has a chance of {share(chance(-margin))}",
                *(reason for _, reason in sides_wrong),
            ],
            wrong_s=wrong,
            track=pair[0],
            player=names[0],
            first_frame=int(encounters.first[m]),
            focus_frame=int(encounters.worst[m]),
            last_frame=last,
            rival=pair[1],
            rival_player=names[1],
            answers=[_swapped(case, pair, names, last)],
        )


def swap_seconds(
    case: ReviewInputs, encounters: Encounters, vote_table: VoteTable
) -> dict[str, float]:
    """Of every player the seconds that swaps make unsure, times the chance of each."""
    next_first = _next_encounters(encounters)
    sides = _players(case, encounters)
    found: dict[str, float] = {}
    for m in range(len(encounters)):
        for n in (0, 1):
            if sides[n][m] == UNKNOWN:
                continue
            name = case.rows.names[sides[n][m]]
            wrong, _ = _side(
                case, vote_table, int(encounters.pairs[m, n]), name, int(encounters.last[m]),
                float(encounters.margins[m]), int(next_first[m, n]),
            )  # fmt: skip
            found[name] = found.get(name, 0.0) + wrong
    return found


def _players(case: ReviewInputs, encounters: Encounters) -> list[list[int]]:
    """Of both tracks of every encounter the player that they bear there."""
    last = encounters.last
    return [case.track_index.players_at(encounters.pairs[:, n], last).tolist() for n in (0, 1)]


def _swapped(case: ReviewInputs, pair: list[int], names: list[str], last: int) -> Answer:
    """If the two have swapped: each has the name of the other, to the end of its own."""
    ends = [case.track_index.stretch_at(track, last) for track in pair]
    correcting = tuple(
        sentence(pair[n], names[1 - n], last + 1, stretch.last_frame)
        for n, stretch in enumerate(ends)
        if stretch is not None and stretch.last_frame > last
    )
    return Answer("they have swapped", correcting)


def _label(name: str, track: int) -> str:
    return name or f"track {track} (no name)"


def _next_encounters(encounters: Encounters) -> Ints:
    """(M, 2) for either track the first frame of its next encounter; a huge one after the last."""
    following: dict[int, int] = {}
    found = np.empty((len(encounters), 2), np.int64)
    for m in range(len(encounters) - 1, -1, -1):
        for n, track in enumerate(encounters.pairs[m].tolist()):
            later = following.get(track, np.iinfo(np.int32).max)
            found[m, n] = later if later > encounters.last[m] else encounters.last[m]
        for track in encounters.pairs[m].tolist():
            following[track] = int(encounters.first[m])
    return found


def _side(
    case: ReviewInputs, vote_table: VoteTable, track: int, name: str, last: int, margin: float,
    following: int,
) -> tuple[float, str]:  # fmt: skip
    """Seconds likely to be wrong on one side of an encounter, and why: until the next one."""
    stretch = case.track_index.stretch_at(track, last)
    assert stretch is not None  # it bears the name there
    end = min(stretch.last_frame, following)
    votes = vote_table.rows(track, last, end)
    over = float(vote_table.over(votes, name).sum()) if name in vote_table.names else 0.0
    wrong = chance(-margin - over)
    seconds = case.track_index.seen_s(track, last + 1, end)
    n, by = votes.stop - votes.start, vote_table.by_anchors(votes)
    votes_in = f"{count(n, 'vote')}{by} in the {seconds:.1f} s that follow"
    if not n:
        text = f"no clean picture in the {seconds:.1f} s that follow"
    elif over >= 0:
        text = f"{votes_in}: {name} by {odds(over)}"
    else:
        other = who(vote_table.best_other(votes, name))
        text = (
            f"{count(n, 'vote')}{by} in the {seconds:.1f} s that follow: {other} by {odds(-over)}"
        )
    return wrong * seconds, f"{name} (track {track}): {text}"
