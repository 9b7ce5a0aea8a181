"""Meetings after which a name may be on the wrong one of two."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tracker.explain.phrases import count, nats, share, who
from tracker.report.encounters import Meetings
from tracker.report.moment import WORTH_S, Answer, Inquiry, Moment, chance, sentence
from tracker.report.votes import Ballots
from tracker.report.wrong import TRADED
from tracker.types import NO_PLAYER, Ints


def trades(case: Inquiry, meetings: Meetings, ballots: Ballots) -> Iterator[Moment]:
    """Meetings after which a name may be on the wrong one of two."""
    next_first = _next_meetings(meetings)
    sides = [case.paths.players_at(meetings.pairs[:, n], meetings.last).tolist() for n in (0, 1)]
    for m in range(len(meetings)):
        pair, last = meetings.pairs[m].tolist(), int(meetings.last[m])
        names = [case.rows.names[p] if p != NO_PLAYER else "" for p in (s[m] for s in sides)]
        told = [
            _side(case, ballots, pair[n], names[n], last, float(meetings.margins[m]),
                  int(next_first[m, n]))
            for n in (0, 1)
            if names[n]
        ]  # fmt: skip
        wrong = TRADED * sum(seconds for seconds, _ in told)
        if wrong < WORTH_S:
            continue
        if not names[0]:
            pair, names = pair[::-1], names[::-1]
        margin = float(meetings.margins[m])
        yield Moment(
            kind="trade",
            title=f"{names[0]} may have traded places with {_whom(names[1], pair[1])}",
            reasons=[
                f"margin {nats(margin)}: from the meeting alone a trade has a chance of "
                f"{share(chance(-margin))}",
                *(reason for _, reason in told),
            ],
            wrong_s=wrong,
            track=pair[0],
            player=names[0],
            first_frame=int(meetings.first[m]),
            focus_frame=int(meetings.worst[m]),
            last_frame=last,
            rival=pair[1],
            rival_player=names[1],
            answers=[_traded(case, pair, names, last)],
        )


def traded_s(case: Inquiry, meetings: Meetings, ballots: Ballots) -> dict[str, float]:
    """Of every player the seconds that trades put in doubt, times the chance of each."""
    next_first = _next_meetings(meetings)
    sides = [case.paths.players_at(meetings.pairs[:, n], meetings.last).tolist() for n in (0, 1)]
    found: dict[str, float] = {}
    for m in range(len(meetings)):
        for n in (0, 1):
            if sides[n][m] == NO_PLAYER:
                continue
            name = case.rows.names[sides[n][m]]
            wrong, _ = _side(
                case, ballots, int(meetings.pairs[m, n]), name, int(meetings.last[m]),
                float(meetings.margins[m]), int(next_first[m, n]),
            )  # fmt: skip
            found[name] = found.get(name, 0.0) + wrong
    return found


def _traded(case: Inquiry, pair: list[int], names: list[str], last: int) -> Answer:
    """If the two have traded: each has the name of the other, to the end of its own."""
    ends = [case.paths.stretch_at(track, last) for track in pair]
    said = tuple(
        sentence(pair[n], names[1 - n], last + 1, stretch.last_frame)
        for n, stretch in enumerate(ends)
        if stretch is not None and stretch.last_frame > last
    )
    return Answer("they have traded", said)


def _whom(name: str, track: int) -> str:
    return name or f"track {track} (no name)"


def _next_meetings(meetings: Meetings) -> Ints:
    """(M, 2) for either track the first frame of its next meeting; a huge one after the last."""
    following: dict[int, int] = {}
    found = np.empty((len(meetings), 2), np.int64)
    for m in range(len(meetings) - 1, -1, -1):
        for n, track in enumerate(meetings.pairs[m].tolist()):
            later = following.get(track, np.iinfo(np.int32).max)
            found[m, n] = later if later > meetings.last[m] else meetings.last[m]
        for track in meetings.pairs[m].tolist():
            following[track] = int(meetings.first[m])
    return found


def _side(
    case: Inquiry, ballots: Ballots, track: int, name: str, last: int, margin: float,
    following: int,
) -> tuple[float, str]:  # fmt: skip
    """Seconds likely to be wrong on one side of a meeting, and why: until the next one."""
    stretch = case.paths.stretch_at(track, last)
    assert stretch is not None  # it bears the name there
    end = min(stretch.last_frame, following)
    votes = ballots.rows(track, last, end)
    over = float(ballots.over(votes, name).sum()) if name in ballots.names else 0.0
    wrong = chance(-margin - over)
    seconds = case.paths.seen_s(track, last + 1, end)
    n = votes.stop - votes.start
    if not n:
        said = f"no clear picture says so or not in the {seconds:.1f} s that follow"
    elif over >= 0:
        said = (
            f"{count(n, 'vote')} in the {seconds:.1f} s that follow: for the name, by {nats(over)}"
        )
    else:
        other = who(ballots.best_other(votes, name))
        said = f"{count(n, 'vote')} in the {seconds:.1f} s that follow: {other}, by {nats(-over)}"
    return wrong * seconds, f"{name} (track {track}): {said}"
