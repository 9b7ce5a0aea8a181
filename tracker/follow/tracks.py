"""The state of all tracks as arrays, one entry per track."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from tracker.follow.identity import Beliefs
from tracker.follow.motion import Motion
from tracker.records import Doubles, Floats, Ints, Mask


@dataclass(slots=True, eq=False)
class Tracks:
    """T tracks. Times in seconds, boxes in pixels of the current frame.

    last_box: (T, 4) as last detected, since carried along by the camera. score: (T,) of the
    detection matched in this frame, else NaN. existence: (T,) probability of being there.
    template: (T, D) unit mean look, NaN before the first clean crop.
    """

    ids: Ints
    motion: Motion
    last_box: Doubles
    score: Doubles
    first_s: Doubles
    seen_s: Doubles
    confirmed: Mask
    existence: Doubles
    visibility: Ints
    template: Floats
    beliefs: Beliefs

    def __len__(self) -> int:
        return len(self.ids)

    def pick(self, index: NDArray[np.generic]) -> Tracks:
        """The tracks of an index or mask array, as copies."""
        parts = (getattr(self, f.name) for f in fields(self))
        return Tracks(
            *(p.pick(index) if isinstance(p, Motion | Beliefs) else p[index] for p in parts)
        )

    def join(self, other: Tracks) -> Tracks:
        """These tracks, then those of `other`."""
        pairs = [(getattr(self, f.name), getattr(other, f.name)) for f in fields(self)]
        return Tracks(
            *(
                a.join(b) if isinstance(a, Motion | Beliefs) else np.concatenate([a, b])
                for a, b in pairs
            )
        )
