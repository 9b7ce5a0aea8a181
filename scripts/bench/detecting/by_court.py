"""Scores weighed by where the game is: what a detector's boxes are worth to who wants players."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tracker.court.court import WholeCourt, fit_court
from tracker.court.sightings import Sightings
from tracker.court.track_plays import KIT_NATS
from tracker.kits.run_kits import NamedTracks, kits_of_names
from tracker.log_odds import log_odds, probabilities
from tracker.settings import FollowSettings
from tracker.tracking.online import OnlineTracker
from tracker.types import Doubles, Observation

_MARGIN = 1e-4  # of scores from 0 and 1
_RUNS = 9.0  # body heights a second: nobody is known to stand still


def by_court(seen: Sequence[Observation], size: tuple[int, int], stills: bool) -> list[Observation]:
    """The same with scores by place, height and kit. stills: pictures that are no video: of each
    the court is found alone, and nobody's kit."""
    if stills:
        return [_still(picture, size[1]) for picture in seen]
    looked = [frame for frame in seen if frame.looked]
    tracker = OnlineTracker(FollowSettings(), size)
    traces = []
    for frame in looked:
        tracker.update(frame)
        traces.append(tracker.trace)
    court = tracker.court.whole
    nothing = np.zeros(0, np.int64)
    kits = kits_of_names(
        tracker.kits.colors, NamedTracks(nothing, nothing, np.zeros(0), "names"), None, ()
    )
    matches = [(trace.tracks, trace.detections) for trace in traces]
    plays = tracker.court.again(matches, looked).plays
    team, shot, found = plays.team_kits(kits, tracker.kits.colors), 0, []
    for frame, trace in zip(looked, traces, strict=True):
        shot += frame.cut
        kit = np.zeros(len(frame.boxes))
        known = trace.tracks < len(team)
        worn = team[trace.tracks[known]]
        kit[trace.detections[known]] = KIT_NATS * np.nan_to_num(worn - 1)
        found.append(_weighed(frame, court, shot, kit))
    return found


def _still(picture: Observation, height_px: float) -> Observation:
    people = Sightings.of(picture, 0, np.full(len(picture.boxes), _RUNS))
    return _weighed(picture, fit_court(people, height_px), 0, np.zeros(len(picture.boxes)))


def _weighed(frame: Observation, court: WholeCourt, shot: int, kit: Doubles) -> Observation:
    known, boxes = court.at(shot, frame.time_s), frame.boxes.astype(np.float64)
    nats = known.size_nats(boxes) + known.place_nats(boxes, frame.ground) + kit
    scores = probabilities(log_odds(frame.scores.astype(np.float64), _MARGIN) + nats)
    return replace(frame, scores=scores.astype(np.float32))
