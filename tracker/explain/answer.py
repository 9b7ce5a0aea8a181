"""Why a name stands in a frame, or why it does not: gathered from the files of a run.

Everything said is in the files or counted from them.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from tracker.explain import evidence, rivals, tracks
from tracker.explain.evidence import AnchorVotes, Encounter, Pictures, Tally, TrackBelief, Vote
from tracker.explain.numbers import ReadNumbers, numbers_of
from tracker.explain.rivals import Closest, Rejected
from tracker.explain.run import RunEvidence
from tracker.explain.tracks import Row, Sighting, TrackSpan
from tracker.output.evidence_words import kind_of
from tracker.types import Evidence

_RECENT = 4


@dataclass(frozen=True, slots=True)
class Anchors:
    """Frames in which clean pictures of the track made this name sure, up to the frame."""

    frames: int
    first_frame: int
    last_frame: int


@dataclass(frozen=True, slots=True)
class Swap:
    """An ambiguous match after which the rival's votes say the name and the track's own do not.

    rival_votes, own_votes: of the whole run after it, each for its best name.
    """

    frame: int
    rival: int
    rival_votes: Tally
    own_votes: Tally | None


@dataclass(frozen=True, slots=True)
class Grounds:
    """The evidence about a track in the frames that count for its name, see `tracks.scope`.

    votes, strongest, against: for the name, or for the best where there is none. recent: the last
    few votes, since: those after the last ambiguous match or gap, later: those after the frame,
    each for its best name. gaps: (first, last) frames up to then in which the track was not seen.
    trade: what would explain a wrong name. by_anchors: of those votes.
    """

    first_frame: int
    last_frame: int
    pictures: Pictures
    votes: Tally | None
    strongest: Vote | None
    against: Vote | None
    recent: Tally | None
    since: Tally | None
    later: Tally | None
    belief: TrackBelief | None
    anchors: Anchors | None
    doubts: list[Encounter]
    gaps: list[tuple[int, int]]
    trade: Swap | None
    by_anchors: list[AnchorVotes]


@dataclass(frozen=True, slots=True)
class Explanation:
    """player: asked about, or the name of the track asked about; None: it has none.

    track, path, grounds: None where the player has no row in the frame. last_seen, next_seen:
    of the player, else of the track. rejected: others who might have been the player, or players
    whom the track might have been; closest: of the whole run, where a player is not in the frame
    and nobody there looked like them. thresholds: the settings of the run that decided. numbers:
    read on the shirt in the frames of grounds; None where none were looked for.
    """

    frame: int
    time_s: float | None
    mode: str
    player: str | None
    track: int | None
    row: Row | None
    path: TrackSpan | None
    grounds: Grounds | None
    last_seen: Sighting | None
    next_seen: Sighting | None
    rejected: list[Rejected]
    closest: Closest | None
    thresholds: dict[str, float]
    numbers: ReadNumbers | None = None


def explain_player(case: RunEvidence, player: str, frame: int) -> Explanation:
    """Why this player is where they are in a frame, or nowhere."""
    rows = case.rows[case.rows["player"] == player]
    row = tracks.row_at(rows, frame)
    track = None if row is None else int(row["track_id"])
    others = rivals.for_player(case, player, frame, track)
    return _explanation(case, frame, player, track, row, rows, others)


def explain_track(case: RunEvidence, track: int, frame: int) -> Explanation:
    """Why this track bears the name that it bears in a frame, or none."""
    rows = case.rows[case.rows["track_id"] == track]
    row = tracks.row_at(rows, frame)
    if row is not None and row["player"]:
        return explain_player(case, str(row["player"]), frame)
    others = [] if row is None else rivals.for_track(case, track, frame)
    return _explanation(case, frame, None, track, row, rows, others)


def _explanation(
    case: RunEvidence,
    frame: int,
    player: str | None,
    track: int | None,
    row: pd.Series | None,
    rows: pd.DataFrame,
    others: list[Rejected],
) -> Explanation:
    last_seen, next_seen = tracks.sightings(rows, frame)
    grounds = None if track is None or row is None else _grounds(case, track, player, frame)
    numbers = None
    if track is not None and grounds is not None:
        numbers = numbers_of(case, track, player, grounds.first_frame, grounds.last_frame)
    return Explanation(
        frame=frame,
        time_s=case.time_s(frame),
        mode=case.evidence.mode,
        player=player,
        track=track,
        row=None if row is None else tracks.row_of(row),
        path=None if track is None else tracks.track_span(case, track, frame),
        grounds=grounds,
        last_seen=last_seen,
        next_seen=next_seen,
        rejected=others,
        closest=rivals.closest(case, player) if player and row is None and not others else None,
        thresholds=_thresholds(case),
        numbers=numbers,
    )


def _grounds(case: RunEvidence, track: int, player: str | None, frame: int) -> Grounds:
    first, last = tracks.scope(case, track, frame)
    track_votes = evidence.votes_of(case, track, first, last)
    votes = evidence.tally(case, track_votes, player)
    name = player if player is not None else votes.player if votes else ""
    strongest, against = evidence.strongest_and_against(case, track_votes, name)
    encounters = evidence.encounters_of(case, track, last)
    gaps = tracks.gaps_of(case, track, last)
    open_at = max([d.last_frame for d in encounters] + [end for _, end in gaps], default=last)
    return Grounds(
        first_frame=first,
        last_frame=last,
        pictures=evidence.pictures_of(case, track, first, last),
        votes=votes,
        strongest=strongest,
        against=against,
        recent=evidence.tally(case, track_votes.tail(_RECENT)),
        since=evidence.tally(case, track_votes[track_votes["first_frame"] > open_at]),
        later=evidence.tally(case, evidence.votes_after(case, track, last, track_votes)),
        belief=evidence.belief_of(case, track, last),
        anchors=None if player is None else _anchors(case, player, track, last),
        doubts=encounters,
        gaps=gaps,
        trade=None if player is None else _swap(case, player, track, encounters),
        by_anchors=evidence.anchor_votes(case, track_votes),
    )


def _swap(case: RunEvidence, player: str, track: int, encounters: list[Encounter]) -> Swap | None:
    """The most telling one."""
    found, end = [], case.frames[1]
    for encounter in encounters:
        theirs, own = (
            evidence.tally(case, evidence.votes_of(case, either, encounter.last_frame + 1, end))
            for either in (encounter.rival, track)
        )
        if theirs and theirs.player == player and (own is None or own.player != player):
            found.append(Swap(encounter.worst_frame, encounter.rival, theirs, own))
    return max(found, key=lambda swap: swap.rival_votes.over, default=None)


def _anchors(case: RunEvidence, player: str, track: int, last: int) -> Anchors | None:
    rows = case.rows[(case.rows["track_id"] == track) & (case.rows["player"] == player)]
    words = [w for w in rows["evidence"].unique() if kind_of(w) is Evidence.ANCHOR]
    sure = rows.loc[rows["evidence"].isin(words) & (rows["frame"] <= last), "frame"]
    return Anchors(len(sure), int(sure.iloc[0]), int(sure.iloc[-1])) if len(sure) else None


def _thresholds(case: RunEvidence) -> dict[str, float]:
    identity = case.settings.identity
    names = ("name_at", "keep_at", "anchor_votes", "anchor_nats", "crop_height_min_px",
             "crop_score_min", "belief_nats_max")  # fmt: skip
    found = {name: float(getattr(identity, name)) for name in names}
    prior = {
        "prior_nobody": identity.unknown_prior,
        "prior_player": (1 - identity.unknown_prior) / len(case.players),
    }
    return found | prior | {"ambiguous_nats": case.settings.association.ambiguous_nats}
