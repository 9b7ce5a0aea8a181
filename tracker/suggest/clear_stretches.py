"""Stretches of a track that show one person to whoever looks at them, out of tracks.csv alone.

They are no tracklets (`tracker.offline.tracklets`), which are cut inside a run, by how nearly each
match was another: tracks.csv does not say that, and may be of a run without names or of another
tracker. A tracklet is heard by a program that weighs a doubtful link; a stretch is given a name by
a user who looks at its pictures. So it ends wherever somebody covers the person, where a tracklet
goes on as long as the match was clear.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from gallery.annotations.boxes import TruthBoxes
from tracker.output.table import BOX
from tracker.suggest.crop_selection import boxes_of
from tracker.types import Doubles, Ints, Mask, Visibility

_SURE = 0.5
"""Weaker detections are often half a person, or none."""
_WEAK = 0.25
"""Of a track with a smaller share of sure detections the better half of all counts: small or far
people are detected weakly all along, and would never be seen."""
_WEAK_S = 2.0
"""Shorter tracks of weak detections are mostly nobody."""
_BORDER_PX = 2
_GAP_S = 0.5
"""Somebody unseen for longer may be somebody else when they are back."""


@dataclass(frozen=True, slots=True, eq=False)
class ClearStretch:
    """A stretch of a track, in one shot, in which nobody came near.

    good: rows of the boxes worth cutting.
    player: who bears it longest in the run; empty: nobody. frames: first and last, from 1.
    """

    track: int
    player: str
    frames: tuple[int, int]
    seconds: float
    good: Ints


def find_stretches(
    rows: pd.DataFrame, size: tuple[int, int], fps: float, cuts: Sequence[int] = ()
) -> tuple[TruthBoxes, list[ClearStretch]]:
    """All boxes of tracks.csv, and the stretches that have a clean one, the longest first.

    size: width and height of the picture. cuts: frames, from 1, with which shots begin. Clean:
    40 px tall, uncovered, a detection of .5 or more that does not touch the picture's border; of
    tracks that are weakly detected all along, the better half of the detections.
    Seconds count the clean boxes only.
    """
    truth, place = boxes_of(rows)
    fault, covered = truth.faults(*size), truth.covered()
    seen = rows[rows["visibility"] == Visibility.VISIBLE.label]
    at = np.array([place[row] for row in seen.index], np.int64)
    shots = np.searchsorted(np.array(cuts), seen["frame"].to_numpy(), side="right")
    clean = (fault[at] == "") & _whole(seen, size) & sure_detections(seen, fps)
    stretches = []
    for track, where in seen.reset_index(drop=True).groupby("track_id").indices.items():
        frames = seen["frame"].to_numpy()[where]
        parted = np.diff(frames, prepend=frames[0]) > _GAP_S * fps
        parted |= np.diff(shots[where], prepend=shots[where[0]]) > 0
        part = np.cumsum(parted | covered[at[where]])
        for number in np.unique(part[clean[where]]):
            mine = where[(part == number) & clean[where]]
            names = seen["player"].iloc[mine]
            named = names[names != ""].mode()
            stretches.append(
                ClearStretch(
                    int(str(track)), str(named.iloc[0]) if len(named) else "",
                    (int(seen["frame"].iloc[mine[0]]), int(seen["frame"].iloc[mine[-1]])),
                    _seconds(seen["time_s"].to_numpy()[mine], fps), at[mine],
                )
            )  # fmt: skip
    return truth, sorted(stretches, key=lambda p: (-p.seconds, p.frames, p.track))


def sure_detections(seen: pd.DataFrame, fps: float) -> Mask:
    """Which detections show somebody, as far as their scores say."""
    scores = seen["confidence"].to_numpy()
    sure: Mask = scores >= _SURE
    for where in seen.reset_index(drop=True).groupby("track_id").indices.values():
        if len(where) >= _WEAK_S * fps and sure[where].mean() < _WEAK:
            sure[where] = scores[where] >= np.median(scores[where])
    return sure


def _seconds(times_s: Doubles, fps: float) -> float:
    """For how long they are seen well, also where not every frame was looked at."""
    return float(np.minimum(np.diff(times_s), _GAP_S).sum() + 1 / fps)


def _whole(seen: pd.DataFrame, size: tuple[int, int]) -> Mask:
    """Which boxes keep away from the picture's border, where detectors cut people off."""
    boxes = seen[BOX].to_numpy(np.float64)
    space = np.concatenate([boxes[:, :2], np.array(size) - boxes[:, 2:]], axis=1)
    whole: Mask = space.min(axis=1) > _BORDER_PX
    return whole
