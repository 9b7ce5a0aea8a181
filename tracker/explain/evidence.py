"""The evidence about one track: its votes added up, its ambiguous matches as encounters, its
beliefs.

Nats are natural logarithms of likelihood ratios: 2.3 nats are ten to one. "" is unknown, not of the
gallery.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tracker.explain.run import RunEvidence
from tracker.explain.tracks import tracklet_rows
from tracker.identity.vote_stream import vote_weight
from tracker.output.evidence import BEST, NATS
from tracker.output.evidence_words import VOTE_SOURCES
from tracker.types import Doubles, Visibility

ENCOUNTER_GAP_S = 0.5
"""Ambiguous matches of two tracks closer together are one encounter."""
_LISTED = 5


@dataclass(frozen=True, slots=True)
class Tally:
    """Votes added up for `player`: `over` nats over `second`, the best of the others.

    They err alike, so that together they count for less than one by one: `identity.vote_weight`.
    over_nobody: nats over unknown. nats: the best names, nats over unknown.
    """

    player: str
    votes: int
    crops: int
    first_frame: int
    last_frame: int
    second: str
    over: float
    over_nobody: float
    nats: dict[str, float]


@dataclass(frozen=True, slots=True)
class Vote:
    """One vote: `over` nats for the player asked about over `second`; negative is against them."""

    first_frame: int
    last_frame: int
    crops: int
    over: float
    second: str


@dataclass(frozen=True, slots=True)
class Encounter:
    """An encounter in which the track could have swapped with `rival`.

    bears: the rival's name at the worst frame, "" none, None: not in the files. margin: nats by
    which staying beat swapping at the worst frame.
    """

    rival: int
    bears: str | None
    first_frame: int
    last_frame: int
    worst_frame: int
    margin: float


@dataclass(frozen=True, slots=True)
class TrackBelief:
    """Who the track was believed to be over these frames: (player, chance), the likeliest first."""

    first_frame: int
    last_frame: int
    chances: list[tuple[str, float]]

    def of(self, player: str) -> float:
        """0 where the player is not among the likeliest."""
        return dict(self.chances).get(player, 0.0)


@dataclass(frozen=True, slots=True)
class Pictures:
    """Boxes of a track and why they did not vote: too small, too weak, ambiguous with a rival.

    rest: covered by somebody, or not encoded; the files do not tell which.
    """

    seen: int
    voted: int
    small: int
    weak: int
    doubtful: int
    rest: int


@dataclass(frozen=True, slots=True)
class AnchorVotes:
    """What the anchors of a source say: so many votes for each player, the most first. file: where
    they come from, or the source where that is none."""

    source: str
    file: str
    votes: dict[str, int]


def anchor_votes(case: RunEvidence, votes: pd.DataFrame) -> list[AnchorVotes]:
    """Of these votes those of anchors, source by source."""
    names = np.array([*case.players, ""], object)
    best = names[_log_likelihoods(votes, names.tolist()).argmax(axis=1)]
    found = []
    for source in sorted({*votes["source"]} - {*VOTE_SOURCES}):
        counts = Counter(best[(votes["source"] == source).to_numpy()].tolist())
        found.append(
            AnchorVotes(source, case.files.get(source, source), dict(counts.most_common()))
        )
    return found


def votes_of(case: RunEvidence, track: int, first: int, last: int) -> pd.DataFrame:
    """The votes of a track that began and ended in these frames, in order.

    One that was still open in the last frame counts only where there is no other.
    """
    votes = case.evidence.votes
    begun = votes["first_frame"]
    return _ended(votes[(votes["track_id"] == track) & (begun >= first) & (begun <= last)], last)


def votes_after(case: RunEvidence, track: int, last: int, counted: pd.DataFrame) -> pd.DataFrame:
    """The votes of a track that ended after a frame and are not among those counted."""
    votes = case.evidence.votes
    later = votes[(votes["track_id"] == track) & (votes["last_frame"] > last)]
    return later[~later.index.isin(counted.index)]


def _ended(rows: pd.DataFrame, frame: int) -> pd.DataFrame:
    ended = rows[rows["last_frame"] <= frame]
    return ended if len(ended) else rows


def tally(case: RunEvidence, votes: pd.DataFrame, player: str | None = None) -> Tally | None:
    """These votes added up for a player, or for whom they are; None where there are none."""
    if not len(votes):
        return None
    names = [*case.players, ""]
    total = vote_weight(np.array(len(votes)), case.settings.identity) * _log_likelihoods(
        votes, names
    ).sum(axis=0)
    ranked = np.argsort(-total, kind="stable")
    who = int(ranked[0]) if player is None else names.index(player)
    second = int(next(n for n in ranked if n != who))
    best = {names[n]: float(total[n] - total[-1]) for n in ranked[:_LISTED]}
    return Tally(
        player=names[who],
        votes=len(votes),
        crops=int(votes["crops"].sum()),
        first_frame=int(votes["first_frame"].min()),
        last_frame=int(votes["last_frame"].max()),
        second=names[second],
        over=float(total[who] - total[second]),
        over_nobody=float(total[who] - total[-1]),
        nats=best,
    )


def strongest_and_against(
    case: RunEvidence, votes: pd.DataFrame, player: str
) -> tuple[Vote | None, Vote | None]:
    """The vote that says most for a player, and the last one that says they are somebody else."""
    if not len(votes):
        return None, None
    names = [*case.players, ""]
    own_log_likelihoods = _log_likelihoods(votes, names)
    own = own_log_likelihoods[:, names.index(player)].copy()
    own_log_likelihoods[:, names.index(player)] = -np.inf
    over, second = own - own_log_likelihoods.max(axis=1), own_log_likelihoods.argmax(axis=1)

    def vote(row: int) -> Vote:
        first, last, crops = (
            int(votes[c].iloc[row]) for c in ("first_frame", "last_frame", "crops")
        )
        return Vote(first, last, crops, float(over[row]), names[int(second[row])])

    best, against = int(over.argmax()), np.flatnonzero(over < 0)
    return (
        vote(best) if over[best] > 0 else None,
        vote(int(against[-1])) if len(against) else None,
    )


def _log_likelihoods(votes: pd.DataFrame, names: list[str]) -> Doubles:
    return np.array(votes[[NATS + name for name in names]], np.float64)


def encounters_of(case: RunEvidence, track: int, last: int) -> list[Encounter]:
    """The encounters of a track up to a frame, in order of time."""
    rows = case.evidence.doubts
    rows = rows[
        (rows["frame"] <= last) & ((rows["track_id"] == track) | (rows["rival_id"] == track))
    ]
    other = rows["rival_id"].where(rows["track_id"] == track, rows["track_id"])
    found = []
    for rival, part in rows.groupby(other.to_numpy()):
        part = part.sort_values("frame", kind="stable")
        apart = part["frame"].diff() > ENCOUNTER_GAP_S * case.fps
        for _, encounter in part.groupby(apart.cumsum()):
            found.append(_encounter(case, int(str(rival)), encounter))
    return sorted(found, key=lambda d: (d.last_frame, d.rival))


def _encounter(case: RunEvidence, rival: int, encounter: pd.DataFrame) -> Encounter:
    frames, margins = encounter["frame"].to_numpy(), encounter["margin"].to_numpy()
    worst = int(margins.argmin())
    rows = case.rows
    there = rows[(rows["frame"] == frames[worst]) & (rows["track_id"] == rival)]
    return Encounter(
        rival=rival,
        bears=str(there["player"].iloc[0]) if len(there) else None,
        first_frame=int(frames.min()),
        last_frame=int(frames.max()),
        worst_frame=int(frames[worst]),
        margin=float(margins[worst]),
    )


def belief_of(case: RunEvidence, track: int, frame: int) -> TrackBelief | None:
    """What was last believed of a track by a frame; offline, of the tracklet the frame is in."""
    if case.offline:
        rows = tracklet_rows(case, track, frame)
    else:
        rows = case.evidence.beliefs
        rows = rows[(rows["track_id"] == track) & (rows["first_frame"] <= frame)]
        rows = _ended(rows, frame).tail(1)
    for row in rows.to_dict("records"):
        best = [(str(row[f"player_{n}"]), float(row[f"chance_{n}"])) for n in range(1, BEST + 1)]
        there = [(player, chance) for player, chance in best if not np.isnan(chance)]
        return TrackBelief(int(row["first_frame"]), int(row["last_frame"]), there)
    return None


def pictures_of(case: RunEvidence, track: int, first: int, last: int) -> Pictures:
    """How many boxes a track had in these frames, and why they did not vote."""
    rows, identity = case.rows, case.settings.identity
    seen = rows[
        (rows["track_id"] == track)
        & rows["frame"].between(first, last)
        & (rows["visibility"] == Visibility.VISIBLE.label)
        & rows["confidence"].notna()  # none in frames in which nobody looked
    ]
    small = (seen["y2"] - seen["y1"] < identity.crop_height_min_px).to_numpy()
    weak = (seen["confidence"] < identity.crop_score_min).to_numpy() & ~small
    ambiguous = case.evidence.doubts
    open_swap = ambiguous.loc[ambiguous["track_id"] == track, "frame"]
    is_ambiguous = seen["frame"].isin(open_swap).to_numpy() & ~small & ~weak
    spoken = votes_of(case, track, first, last)
    spoken = spoken[spoken["source"].isin(VOTE_SOURCES)]
    voted = min(int(spoken["crops"].sum()), len(seen))
    counts = {
        "small": int(small.sum()),
        "weak": int(weak.sum()),
        "doubtful": int(is_ambiguous.sum()),
    }
    rest = max(len(seen) - voted - sum(counts.values()), 0)
    return Pictures(seen=len(seen), voted=voted, rest=rest, **counts)
