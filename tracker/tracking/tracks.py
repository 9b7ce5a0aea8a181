"""The state of all tracks as arrays, one entry per track."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from tracker import boxes as bx
from tracker.identity.posterior import Beliefs
from tracker.settings import FollowSettings
from tracker.tracking import kalman
from tracker.tracking.history import History
from tracker.tracking.kalman import Motion
from tracker.types import Doubles, Floats, Index, Ints, Mask, Observation, Visibility

VISIBLE, OCCLUDED, ABSENT = (int(state) for state in Visibility)
"""As plain numbers, which NumPy compares several times faster than members of an enum."""
_BUNDLES = (Motion, History, Beliefs)
_PAIRS = ("cannot_link", "apart_s")


@dataclass(slots=True, eq=False)
class Tracks:
    """T tracks. Times in seconds, boxes in pixels of the current frame.

    last_box: (T, 4) as last detected, since carried along by the camera; NaN: that was in another
    shot. score: (T,) of the detection matched in this frame, else NaN. existence: (T,) probability
    of being there. left: (T,) last seen going out of the picture, or expected outside. template:
    (T, D) unit mean look, NaN before the first clean crop. cannot_link: (T, T) True where two
    tracks were once seen in one frame, and so are two people. own_s: (T,) seconds seen as a body of
    its own, apart_s: (T, T) seconds that two were seen apart, see `separate_bodies.py`. sighted:
    the motion as it was at the last sighting, history: where they were in the last seconds. ids
    rise.
    """

    ids: Ints
    motion: Motion
    sighted: Motion
    history: History
    last_box: Doubles
    score: Doubles
    first_s: Doubles
    seen_s: Doubles
    confirmed: Mask
    existence: Doubles
    visibility: Ints
    left: Mask
    template: Floats
    beliefs: Beliefs
    cannot_link: Mask
    own_s: Doubles
    apart_s: Doubles

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def in_shot(self) -> Mask:
        """(T,) who was seen since the last cut, so that their place says something."""
        return np.isfinite(self.last_box[:, 0])

    def pick(self, index: Index) -> Tracks:
        """The tracks of an index or mask array, as copies."""
        parts = {f.name: _pick(getattr(self, f.name), index) for f in fields(self)}
        for name in _PAIRS:
            parts[name] = parts[name][:, index]
        return Tracks(**parts)

    def join(self, other: Tracks) -> Tracks:
        """These tracks, then those of `other`."""
        if not len(other):
            return self
        parts = {
            f.name: _join(getattr(self, f.name), getattr(other, f.name))
            for f in fields(self)
            if f.name not in _PAIRS
        }
        pairs = {name: _paired(getattr(self, name), getattr(other, name)) for name in _PAIRS}
        return Tracks(**parts, **pairs)


def born(
    ids: Ints,
    seen: Observation,
    detections: Ints,
    players: int,
    settings: FollowSettings,
    sources: int = 0,
) -> Tracks:
    """New tracks of these detections, not yet learned from. players: how many names there are.
    sources: of anchors."""
    n = len(ids)
    boxes = seen.boxes[detections].astype(np.float64)
    begun = kalman.initiate(bx.to_states(boxes), settings.motion)
    return Tracks(
        ids=ids,
        motion=begun,
        sighted=begun,
        history=History.fresh(n),
        last_box=boxes,
        score=np.full(n, np.nan),
        first_s=np.full(n, seen.time_s),
        seen_s=np.full(n, seen.time_s),
        confirmed=np.full(n, settings.confirm_s == 0),
        existence=np.zeros(n),
        visibility=np.full(n, VISIBLE, np.int64),
        left=np.zeros(n, bool),
        template=np.full((n, seen.embeddings.shape[1]), np.nan, np.float32),
        beliefs=Beliefs.fresh(n, players, settings.identity, sources),
        cannot_link=np.zeros((n, n), bool),
        own_s=np.zeros(n),
        apart_s=np.zeros((n, n)),
    )


def _paired(first: Any, second: Any) -> Any:
    count = len(first)
    both = np.zeros((count + len(second),) * 2, first.dtype)
    both[:count, :count], both[count:, count:] = first, second
    return both


def _pick(part: Any, index: Index) -> Any:
    return part.pick(index) if isinstance(part, _BUNDLES) else part[index]


def _join(first: Any, second: Any) -> Any:
    if isinstance(first, _BUNDLES):
        return first.join(second)
    return np.concatenate([first, second])
