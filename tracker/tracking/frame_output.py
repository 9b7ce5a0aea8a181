"""What one frame comes to: the rows that are given away, the trace that a second pass reads."""

from __future__ import annotations

import numpy as np

from tracker import boxes as bx
from tracker.identity import posterior
from tracker.tracking.matching import Matches
from tracker.tracking.traces import Trace
from tracker.tracking.tracks import ABSENT, VISIBLE, Tracks
from tracker.types import UNKNOWN, Doubles, Ints, Mask, Observation, TrackedFrame


def rows_of(
    tracks: Tracks,
    seen: Observation,
    size: tuple[int, int],
    confidence: Doubles,
    voted: Mask,
    shot: int,
) -> TrackedFrame:
    """The rows of a frame. confidence: (T,) of the names; voted: (T,) a clean crop just spoke.

    shot: see TrackedFrame.
    """
    beliefs = tracks.beliefs
    # a waiting path whose player is now seen on another one has nothing to say
    show = ((beliefs.player != UNKNOWN) | (beliefs.last_player == UNKNOWN)).nonzero()[0]
    visibility = tracks.visibility[show]
    visible = visibility == VISIBLE
    boxes = tracks.last_box[show]
    if not visible.all():
        expected = bx.from_states(tracks.motion.mean[show])
        expected[visibility == ABSENT] = np.nan
        boxes = np.where(visible[:, None], boxes, expected)
    std = tracks.motion.position_std[show]
    return TrackedFrame(
        index=seen.index,
        time_s=seen.time_s,
        track_ids=tracks.ids[show],
        players=beliefs.player[show],
        player_confidence=confidence[show],
        visibility=visibility,
        boxes=boxes,
        scores=tracks.score[show],
        predicted=tracks.motion.mean[show, :2],
        std=np.minimum(std, np.array(size, np.float64)),
        evidence=posterior.evidence(beliefs, voted)[show],
        confirmed=tracks.confirmed[show],
        shot=shot,
        mixed=seen.mixed,
    )


def trace_of(
    tracks: Tracks, matches: Matches, rows: Ints, detections: Ints, clean: Mask, shown: Mask
) -> Trace:
    """(M,) tracks `rows` were seen as `detections`, first those of `matches`, then newcomers."""
    margins, rivals = np.full(len(rows), np.inf), np.full(len(rows), -1)
    matched = len(matches.tracks)  # nobody disputes a newcomer's first sighting
    margins[:matched] = matches.margins
    rivals[:matched] = np.where(matches.rivals >= 0, tracks.ids[matches.rivals], -1)
    return Trace(tracks.ids[rows], detections, clean, shown, margins, rivals)
