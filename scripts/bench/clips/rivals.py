"""Other people's trackers on the same boxes, and names for their tracks from the same looks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from peers import Roboflow, Tracks, arcsort_class, arcsort_tracks, boxes_of, vote_per_track

from tracker.evaluation.boxes import Boxes
from tracker.runs.session import Session
from tracker.types import Observation

Peer = Callable[[Sequence[Observation], float], Tracks]
"""(observations, frames a second) -> tracks."""
PEERS = ("ByteTrack", "BoT-SORT", "C-BIoU", "ARC-SORT")
_HINT = "pip install -c constraints.txt trackers==2.6.1"


def installed(say: Callable[[str], None]) -> dict[str, Peer]:
    """The peers that are there; says which are not, and how to get them."""
    found: dict[str, Peer] = {}
    try:
        from trackers import BoTSORTTracker, ByteTrackTracker, CBIoUTracker
    except ImportError:
        say(f"ByteTrack, BoT-SORT and C-BIoU left out: {_HINT}")
    else:
        # BoT-SORT's camera motion wants the pictures, which are not opened again: without it
        still = partial(BoTSORTTracker, enable_cmc=False)
        makers = (ByteTrackTracker, still, CBIoUTracker)
        found |= {n: partial(_roboflow, m) for n, m in zip(PEERS, makers, strict=False)}
    arcsort = arcsort_class(say)
    return found | ({"ARC-SORT": partial(arcsort_tracks, arcsort)} if arcsort else {})


def named_tracks(peer: Peer, seen: Sequence[Observation], fps: float, run: Session) -> Boxes:
    """A peer's boxes with a name per track: a vote of its described crops, each name to one track.

    Boxes of nobody but those in a track; names "" without a gallery.
    """
    tracks = peer(seen, fps)
    boxes = boxes_of(tracks)
    if run.names is None or not len(boxes):
        return boxes
    described = [_described(one) for one in seen]  # who is not described has no vote
    named = vote_per_track(tracks, described, run, exclusive=True)
    names = [named.get(track, "") for track in boxes.ids.tolist()]
    return replace(boxes, names=np.array(names, object))


def _described(one: Observation) -> Observation:
    kept = one.described
    return replace(one.take(kept), readings=None)


def _roboflow(make: Any, seen: Sequence[Observation], fps: float) -> Tracks:
    return Roboflow(make, fps).track(seen)
