"""Others who might have been the player, or players whom the track might have been; and why not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracker.explain import evidence, tracks
from tracker.explain.evidence import Tally, TrackBelief
from tracker.explain.phrases import count, odds, share, span, who
from tracker.explain.run import RunEvidence
from tracker.output.evidence import BEST
from tracker.types import Visibility

_WORTH_A_WORD = 0.1
_MOST = 3


@dataclass(frozen=True, slots=True)
class Rejected:
    """A track that might have been a player in this frame, and what spoke against it.

    bears: the name it has there, "" none. chance: what was believed of it, exclusion left out
    online. votes, over: its votes, nats for the player over `second`; None without votes.
    """

    track: int
    player: str
    bears: str
    chance: float
    votes: int
    over: float | None
    second: str | None
    reasons: list[str]


@dataclass(frozen=True, slots=True)
class Closest:
    """The track of the whole run that was ever most believed to be a player, and when."""

    track: int
    first_frame: int
    last_frame: int
    chance: float


def closest(case: RunEvidence, player: str) -> Closest | None:
    """None where they were never among the likeliest names of any track."""
    rows = case.evidence.beliefs
    chance = np.zeros(len(rows))
    for n in range(1, BEST + 1):
        matches = (rows[f"player_{n}"] == player).to_numpy()
        chance = np.where(matches, rows[f"chance_{n}"], chance)
    if not chance.any():
        return None
    row = rows.iloc[int(chance.argmax())]
    track, first, last = (int(row[c]) for c in ("track_id", "first_frame", "last_frame"))
    return Closest(track, first, last, float(chance.max()))


def for_player(case: RunEvidence, player: str, frame: int, own: int | None) -> list[Rejected]:
    """Tracks of a frame that looked like a player who is another one, or nobody there."""
    here = case.rows[case.rows["frame"] == frame]
    live = here[here["visibility"] != Visibility.ABSENT.label]
    found = [
        _rejected(case, int(row["track_id"]), player, frame)
        for row in live.to_dict("records")
        if row["track_id"] != own
    ]
    return _worst_first([r for r in found if r.chance >= _WORTH_A_WORD or (r.over or 0) > 0])


def for_track(case: RunEvidence, track: int, frame: int) -> list[Rejected]:
    """Players whom a track without a name looked like."""
    first, last = tracks.scope(case, track, frame)
    belief = evidence.belief_of(case, track, last)
    likely = [p for p, chance in belief.chances if chance >= _WORTH_A_WORD] if belief else []
    votes = evidence.tally(case, evidence.votes_of(case, track, first, last))
    names = dict.fromkeys([*likely, *([votes.player] if votes else [])])
    return _worst_first([_rejected(case, track, name, frame) for name in names if name])


def _worst_first(found: list[Rejected]) -> list[Rejected]:
    return sorted(found, key=lambda r: (-r.chance, -(r.over or 0), r.track))[:_MOST]


def _rejected(case: RunEvidence, track: int, player: str, frame: int) -> Rejected:
    first, last = tracks.scope(case, track, frame)
    belief = evidence.belief_of(case, track, last)
    votes = evidence.tally(case, evidence.votes_of(case, track, first, last), player)
    row = tracks.row_at(case.rows[case.rows["track_id"] == track], frame)
    bears = "" if row is None else str(row["player"])
    sure = 0.0 if row is None else float(row["player_confidence"])
    reasons = [f"it is named {bears}, {share(sure)} sure"] if bears else []
    reasons += _votes_against(votes, belief, player, bears, case.settings.identity.name_at)
    reasons += _elsewhere(case, track, player, frame)
    reasons += [] if bears else _claimed(case, track, player, frame)
    return Rejected(
        track=track,
        player=player,
        bears=bears,
        chance=belief.of(player) if belief else 0.0,
        votes=votes.votes if votes else 0,
        over=votes.over if votes else None,
        second=votes.second if votes else None,
        reasons=reasons or ["nothing in the files speaks against it by itself"],
    )


def _votes_against(
    votes: Tally | None, belief: TrackBelief | None, player: str, bears: str, name_at: float
) -> list[str]:
    chance = belief.of(player) if belief else 0.0
    if votes is None:
        return ["no clean picture of it so far"]
    if chance >= name_at and not bears:
        return []
    found = [] if bears else [f"{share(chance)} is less than the {share(name_at)} a name takes"]
    if votes.over < 0:
        found.append(f"its votes say {who(votes.second)}, by {odds(-votes.over)}")
    return found


def _elsewhere(case: RunEvidence, track: int, player: str, frame: int) -> list[str]:
    """The player is another track just now, or was seen beside this one."""
    until = case.frames[1] if case.offline else frame
    named = (case.rows["player"] == player) & (case.rows["track_id"] != track)
    theirs = case.rows[named & (case.rows["frame"] <= until)]
    mine = tracks.visible(case.rows[case.rows["track_id"] == track])["frame"]
    both = tracks.visible(theirs)
    both = both[both["frame"].isin(mine)]
    now = theirs[(theirs["frame"] == frame) & (theirs["visibility"] != Visibility.ABSENT.label)]
    found = [
        f"{player} is track {row['track_id']} in this frame, {row['visibility']}"
        for row in now.to_dict("records")
    ]
    if len(both):
        ids = both["track_id"].drop_duplicates()
        which = "" if list(ids) == list(now["track_id"]) else f" (track {', '.join(map(str, ids))})"
        times = count(len(both), "frame"), span(int(both["frame"].min()), int(both["frame"].max()))
        found.append(f"seen beside {player}{which} in {times[0]} ({times[1]}): somebody else")
    return found


def _claimed(case: RunEvidence, track: int, player: str, frame: int) -> list[str]:
    """Other tracks of the frame without a name that look like the player as well."""
    here = case.rows[(case.rows["frame"] == frame) & (case.rows["player"] == "")]
    live = here[here["visibility"] != Visibility.ABSENT.label]
    found = []
    for other in live["track_id"].tolist():
        belief = evidence.belief_of(case, other, tracks.scope(case, other, frame)[1])
        chance = belief.of(player) if belief else 0.0
        if other != track and chance >= _WORTH_A_WORD:
            found.append(f"track {other} is likely too ({share(chance)}), and only one can be")
    return found
