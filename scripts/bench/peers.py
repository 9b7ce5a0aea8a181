"""Other people's trackers behind one small interface, for the benches. Not part of teamsheet."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment
from scipy.special import log_softmax

from tracker.evaluation.boxes import Boxes
from tracker.types import Observation

Tracks = list[tuple[int, np.ndarray, np.ndarray]]
"""Per frame: (index, (N,) ids, (N, 4) boxes)."""


class Roboflow:
    """A tracker of roboflow `trackers`, at its defaults but for the frame rate."""

    def __init__(self, make: Callable[..., Any], fps: float = 25.0) -> None:
        self._make, self._fps = make, fps

    def track(self, seen: Sequence[Observation]) -> Tracks:
        import supervision as sv

        tracker = self._make(frame_rate=self._fps)
        rows: Tracks = []
        for one in seen:
            found = sv.Detections(
                xyxy=one.boxes.copy(),
                confidence=one.scores.copy(),
                class_id=np.zeros(len(one.boxes), int),
            )
            done = tracker.update(found)
            kept = done.tracker_id >= 0
            rows.append((one.index, done.tracker_id[kept], done.xyxy[kept]))
        return rows

    def seconds(self, seen: Sequence[Observation]) -> float:
        """Seconds for one pass over all frames."""
        begun = perf_counter()
        self.track(seen)
        return perf_counter() - begun


def peer_classes() -> dict[str, Callable[..., Any]]:
    """Those that are installed; says which are missing."""
    try:
        from trackers import ByteTrackTracker, OCSORTTracker, SORTTracker
    except ImportError:
        print("peers left out: pip install -c constraints.txt trackers==2.6.1")
        return {}
    return {"ByteTrack": ByteTrackTracker, "SORT": SORTTracker, "OC-SORT": OCSORTTracker}


def arcsort_class(say: Callable[[str], None]) -> Any:
    """ARC-SORT's tracker, or None; says how to get it."""
    try:
        from arcsort import ARCTracker
    except ImportError:
        hint = "pip install -c constraints.txt loguru && pip install --no-deps arcsort==0.1.1"
        say(f"ARC-SORT left out: {hint}")
        return None
    return ARCTracker


def arcsort_tracks(make: Any, seen: Sequence[Observation], fps: float) -> Tracks:
    """By motion alone, told the same camera motion as we are; a lost track is kept for 1.2 s, as
    its preset for SportsMOT (25 frames a second) does."""
    tracker = make.from_preset("sportsmot", track_buffer=max(1, round(1.2 * fps)))
    rows: Tracks = []
    for one in seen:
        found = np.column_stack([one.boxes, one.scores, np.zeros(len(one.boxes))])
        done = np.asarray(tracker.update(found.astype(np.float64), cmc_affine=one.camera))
        done = done.reshape(-1, 5)
        rows.append((one.index, done[:, 4].astype(np.int64), done[:, :4]))
    return rows


class Boxmot:
    """A tracker of `boxmot`, by motion alone: at its defaults, a lost track is kept for 1 s."""

    def __init__(self, make: Callable[..., Any], fps: float, size: tuple[int, int]) -> None:
        self._make, self._fps, self._size = make, fps, size

    def track(self, seen: Sequence[Observation]) -> Tracks:
        logging.getLogger("boxmot").setLevel(logging.WARNING)  # it lists its settings
        tracker = self._make(max_age=round(self._fps))
        width, height = self._size
        blank = np.zeros((height, width, 3), np.uint8)  # only its size is looked at
        rows: Tracks = []
        for one in seen:
            classes = np.zeros((len(one.boxes), 1))
            found = np.concatenate([one.boxes, one.scores[:, None], classes], axis=1)
            done = np.asarray(tracker.update(found, blank)).reshape(-1, 8)
            rows.append((one.index, done[:, 4].astype(np.int64), one.boxes[done[:, 7].astype(int)]))
        return rows


def boxmot_classes() -> dict[str, Callable[..., Any]]:
    """Those that need no looks; says so when they are missing."""
    try:
        from boxmot.trackers.box.boosttrack.tracker import BoostTrack
        from boxmot.trackers.box.bytetrack.tracker import ByteTrack
        from boxmot.trackers.box.ocsort.tracker import OcSort
        from boxmot.trackers.box.sfsort.tracker import SFSORT
    except ImportError:  # with its dependencies it brings torchvision, which these never load
        print("boxmot left out: pip install --no-deps boxmot==25.0.0")
        return {}
    return {
        "boxmot SFSORT": SFSORT,
        "boxmot ByteTrack": ByteTrack,
        "boxmot OcSort": OcSort,
        "boxmot BoostTrack": partial(BoostTrack, use_cmc=False),
    }


def boxes_of(tracks: Tracks) -> Boxes:
    """What a peer made of a clip, for scoring."""
    frames = np.repeat([index + 1 for index, _, _ in tracks], [len(ids) for _, ids, _ in tracks])
    ids, corners = (np.concatenate([t[i] for t in tracks]) for i in (1, 2))
    return Boxes.of("peer", frames, ids, corners)


def peer_trackers() -> dict[str, Roboflow]:
    """All of them, ready to run at 25 frames a second."""
    return {name: Roboflow(make) for name, make in peer_classes().items()}


def vote_per_track(
    tracks: Tracks, seen: Sequence[Observation], run: Any, exclusive: bool
) -> Mapping[int, str]:
    """What people do today: mean log-likelihood over a finished track, best name or "unknown".

    exclusive: names by a Hungarian assignment instead, so that each goes to one track.
    """
    votes: dict[int, list[np.ndarray]] = defaultdict(list)
    for (_, ids, boxes), one in zip(tracks, seen, strict=True):
        likelihoods = run.names.classifier.log_likelihood(one.embeddings)
        for track, box in zip(ids.tolist(), boxes, strict=True):
            same = np.abs(one.boxes - box).max(axis=1)
            if len(same) and same.min() < 1:
                votes[track].append(likelihoods[same.argmin()])
    order = sorted(votes)
    if not order:
        return {}
    score = np.array([log_softmax(np.mean(votes[t], axis=0)) for t in order])
    if not exclusive:
        best = score.argmax(axis=1)
    else:  # a column of "unknown" per track, so that any number may stay unnamed
        weight = np.array([len(votes[t]) for t in order])[:, None]
        cost = -(score[:, :-1] - score[:, -1:]) * weight
        rows, columns = linear_sum_assignment(
            np.concatenate([cost, np.zeros((len(order), len(order)))], axis=1)
        )
        best = np.full(len(order), score.shape[1] - 1)
        best[rows] = np.minimum(columns, score.shape[1] - 1)
    names = [*run.players, ""]
    return {track: names[k] for track, k in zip(order, best, strict=True)}


def write_tracks(tracks: Tracks, names: Mapping[int, str] | None, path: Path) -> Path:
    """A mot.txt, or with names a CSV with a header; returns what to score."""
    rows = [
        (index + 1, track, *box)
        for index, ids, boxes in tracks
        for track, box in zip(ids.tolist(), boxes.tolist(), strict=True)
    ]
    table = pd.DataFrame(rows, columns=["frame", "track_id", "x1", "y1", "x2", "y2"])
    path.parent.mkdir(parents=True, exist_ok=True)
    if names is None:
        size = table[["x2", "y2"]].to_numpy() - table[["x1", "y1"]].to_numpy()
        mot = table.assign(w=size[:, 0], h=size[:, 1], conf=1, x=-1, y=-1, z=-1)
        columns = ["frame", "track_id", "x1", "y1", "w", "h", "conf", "x", "y", "z"]
        mot.to_csv(path, columns=columns, header=False, index=False)
        return path
    named = table.assign(
        id=table["track_id"], x=table["x1"], y=table["y1"], w=table["x2"] - table["x1"],
        h=table["y2"] - table["y1"], name=table["track_id"].map(names).fillna(""),
    )  # fmt: skip
    named.to_csv(path, columns=["frame", "id", "x", "y", "w", "h", "name"], index=False)
    return path
