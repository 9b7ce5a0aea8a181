"""What one frame comes to: the rows that are given away, the trace that a second pass reads."""

from __future__ import annotations

import numpy as np

from tracker import boxes as bx
from tracker.identity import online_naming
from tracker.tracking.matching import Matches
from tracker.tracking.traces import Trace
from tracker.tracking.tracks import ABSENT, VISIBLE, Tracks
from tracker.types import UNKNOWN, Doubles, Ints, Mask, Observation, TrackedFrame


def rows_of(
    tracks: Tracks,
    seen: Observation,
    size: tuple[int, int],
    confidence: Doubles,
    voted: Ints,
    shot: int,
) -> TrackedFrame:
    """The rows of a frame. confidence: (T,) of the names; voted: (T,) who just spoke, as in
    `online_naming.evidence`.

    shot: see TrackedFrame.
    """
    beliefs, motion = tracks.beliefs, tracks.motion
    # a waiting track whose player is now seen on another one has nothing to say
    show = (beliefs.player != UNKNOWN) | (beliefs.last_player == UNKNOWN)
    rows = slice(None) if show.all() else show.nonzero()[0]  # most often everybody
    visibility = tracks.visibility[rows].copy()
    boxes = tracks.last_box[rows].copy()
    unseen = (visibility != VISIBLE).nonzero()[0]
    if len(unseen):
        expected = bx.from_states(motion.mean[rows][unseen])
        expected[visibility[unseen] == ABSENT] = np.nan
        boxes[unseen] = expected
    return TrackedFrame(
        index=seen.index,
        time_s=seen.time_s,
        track_ids=tracks.ids[rows],
        players=beliefs.player[rows].copy(),
        player_confidence=confidence[rows],
        visibility=visibility,
        boxes=boxes,
        scores=tracks.score[rows].copy(),
        predicted=motion.mean[rows, :2].copy(),
        std=np.minimum(motion.position_std[rows], size),
        evidence=online_naming.evidence(beliefs, voted)[rows],
        confirmed=tracks.confirmed[rows].copy(),
        shot=shot,
        mixed=seen.mixed,
    )


def trace_of(
    tracks: Tracks, matches: Matches, rows: Ints, detections: Ints, clean: Mask, shown: Mask
) -> Trace:
    """(M,) tracks `rows` were seen as `detections`, first those of `matches`, then newcomers."""
    newcomers = len(rows) - len(matches.tracks)
    margins, rivals = matches.margins, matches.rivals.copy()
    known = (rivals >= 0).nonzero()[0]
    rivals[known] = tracks.ids[rivals[known]]
    if newcomers:  # nobody disputes a newcomer's first sighting
        margins = np.append(margins, np.full(newcomers, np.inf))
        rivals = np.append(rivals, np.full(newcomers, -1))
    return Trace(tracks.ids[rows], detections, clean, shown, margins, rivals)
