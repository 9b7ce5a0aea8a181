"""Names that stand on little, names that the pictures speak against, and people without one."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from tracker.explain.phrases import count, nats, share, who
from tracker.publish.evidence import BEST, EvidenceTables
from tracker.records import NO_PLAYER, Doubles, Ints, Mask, Visibility
from tracker.report.ballots import Ballots
from tracker.report.moment import Inquiry, Moment, chance
from tracker.report.paths import Stretch
from tracker.report.people import Person

UNSURE = 0.8
"""A name that is less sure than this is worth a look."""
_NAMELESS_S = 1.0
_LIKELY = 0.1


def unsure(case: Inquiry, person: Person) -> Iterator[Moment]:
    """Stretches of a path in which a name stands on little."""
    rows = case.rows
    seen = person.rows[rows.visibility[person.rows] == Visibility.VISIBLE]
    weak = seen[rows.sure[seen] < UNSURE]
    if not len(weak):
        return
    new = (np.diff(rows.frames[weak], prepend=-np.inf) > rows.rate) | (
        np.diff(rows.tracks[weak], prepend=-1) != 0
    )
    for part in np.split(weak, np.flatnonzero(new)[1:]):
        steps = rows.steps_s[rows.place[part]]
        least = part[int(rows.sure[part].argmin())]
        wrong = float(((1 - rows.sure[part]) * steps).sum())
        yield Moment(
            kind="unsure",
            title=f"{person.label} is not sure",
            reasons=[
                f"the name is worth {share(float(rows.sure[least]))} at its lowest, below "
                f"{share(UNSURE)} for {steps.sum():.1f} s in view"
            ],
            wrong_s=wrong,
            track=int(rows.tracks[least]),
            player=person.label,
            first_frame=int(rows.frames[part[0]]),
            focus_frame=int(rows.frames[least]),
            last_frame=int(rows.frames[part[-1]]),
        )


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
    return Moment(
        kind="against",
        title=f"{name} here looks like {other or 'nobody of the gallery'}",
        reasons=[
            f"{count(n, 'vote')} in a row for {who(other)}, by {nats(-total)}; they stand for "
            f"{seconds:.1f} s in view"
        ],
        wrong_s=chance(-total - case.anchor_nats * (1 + again)) * seconds,
        track=track,
        player=name,
        first_frame=first,
        focus_frame=int(ballots.last[votes.stop - 1]),
        last_frame=end,
    )


def _over_name(names: list[str], ballots: Ballots, players: Ints) -> Doubles:
    """(V,) nats by which each vote says the name that stands there; 0 where none does."""
    over = np.zeros(len(players))
    for p, name in enumerate(names):
        mine = np.flatnonzero(players == p)
        if len(mine) and name in ballots.names:
            over[mine] = ballots.over(mine, name)
    return over


def nameless(case: Inquiry, told: EvidenceTables) -> Iterator[Moment]:
    """Paths without a name that may be a player who is not seen elsewhere meanwhile."""
    beliefs = told.beliefs.sort_values(["track_id", "first_frame"], kind="stable")
    tracks = beliefs["track_id"].to_numpy(np.int64)
    last = beliefs["last_frame"].to_numpy(np.int64)
    seen = _seen(case)
    for stretch in case.paths.stretches:
        if stretch.player != NO_PLAYER or stretch.seen_s < _NAMELESS_S:
            continue
        low, high = np.searchsorted(tracks, [stretch.track, stretch.track + 1]).tolist()
        mine = low + np.flatnonzero(
            (last[low:high] >= stretch.first_frame) & (last[low:high] <= stretch.last_frame)
        )
        if len(mine):
            yield from _likely(case, stretch, beliefs.iloc[mine].to_dict("records"), seen)


def _seen(case: Inquiry) -> Mask:
    """(names, F) in which frames each player is visible under his name."""
    rows = case.rows
    seen = np.zeros((len(rows.names), len(rows.numbers)), bool)
    named = rows.visible & (rows.players != NO_PLAYER)
    seen[rows.players[named], rows.place[named]] = True
    return seen


def _likely(
    case: Inquiry, stretch: Stretch, beliefs: list[dict[str, object]], seen: Mask
) -> Iterator[Moment]:
    """The player whom a path without a name was most believed to be, where he was free."""
    rows = case.rows
    mine = case.paths.rows_of(stretch.track, stretch.first_frame, stretch.last_frame)
    places = rows.place[mine[rows.visibility[mine] == Visibility.VISIBLE]]
    best: dict[str, tuple[float, int]] = {}
    for row in beliefs:
        for n in range(1, BEST + 1):
            name, odds = str(row[f"player_{n}"]), float(str(row[f"chance_{n}"]))
            if name and odds > best.get(name, (_LIKELY, 0))[0]:
                best[name] = odds, int(str(row["last_frame"]))
    found: list[tuple[float, float, str, int]] = []
    for name, (odds, frame) in best.items():
        free = 1.0
        if name in rows.names:
            free = float(1 - seen[rows.names.index(name)][places].mean())
        found.append((odds * free, odds, name, frame))
    if not found:
        return
    weight, odds, name, frame = max(found, key=lambda f: (f[0], f[2]))
    yield Moment(
        kind="nameless",
        title=f"track {stretch.track} has no name and may be {name}",
        reasons=[
            f"believed {share(odds)} to be {name} in frame {frame}; in view for "
            f"{stretch.seen_s:.1f} s, {name} is not seen elsewhere for {weight / odds:.0%} of it"
        ],
        wrong_s=weight * stretch.seen_s,
        track=stretch.track,
        player="",
        first_frame=stretch.first_frame,
        focus_frame=frame,
        last_frame=stretch.last_frame,
    )
