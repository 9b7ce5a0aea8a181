"""Peers' tracks, named by the same anchors: a vote per track, and each name once in a frame."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from identity.followers import UNNAMED, once_each
from peers import Tracks, boxes_of

from tracker import boxes as bx
from tracker.evaluation.boxes import Boxes
from tracker.identity.anchor_likelihood import AnchorChannel
from tracker.types import Doubles, Observation

MIN_IOU = 0.5
"""Of a track's box and the box that has an anchor."""


def named_by_anchors(
    tracks: Tracks, attached: Sequence[Observation], players: Sequence[str], sources: int
) -> Boxes:
    """attached: what the tracks are of, with the anchors of so many sources. A track's vote is the
    sum of what the anchors on its boxes say, as likely right as their source says."""
    boxes = boxes_of(tracks)
    votes = _votes(tracks, attached, AnchorChannel.begun(sources, len(players)), len(players))
    names, spelt = np.full(len(boxes), "", object), np.array([*players, ""], object)
    first, last = attached[0].index + 1, attached[-1].index + 1
    for rows in boxes.by_frame(first, last):
        score = np.array([votes[track] for track in boxes.ids[rows].tolist()])
        if len(score):
            player = once_each(score)
            assert UNNAMED == -1  # stands for the last, no name
            names[rows] = spelt[player]
    return replace(boxes, names=names)


def _votes(
    tracks: Tracks, attached: Sequence[Observation], channel: AnchorChannel, players: int
) -> dict[int, Doubles]:
    """Track to (P + 1,) nats."""
    votes: dict[int, Doubles] = defaultdict(lambda: np.zeros(players + 1))
    for (_, ids, boxes), one in zip(tracks, attached, strict=True):
        if one.anchors is None or not len(ids):
            continue
        shown = one.boxes[one.anchors.detections].astype(np.float64)
        overlap = bx.iou(shown, boxes.astype(np.float64))
        nats = channel.log_likelihoods(one.anchors)
        for said, track in enumerate(overlap.argmax(axis=1).tolist()):
            if overlap[said, track] >= MIN_IOU:
                votes[int(ids[track])] += nats[said]
    return votes
