"""Whether those who are born beside others turn out to be people, told by the video itself.

Beside a walker of PETS a detector finds legs, doubles and boxes of two people, one birth in eight
is a person's; of true boxes nearly every one is. Each such birth is watched until it was seen as a
body of its own for as long as `existence.py` asks where nothing is known yet, or until it is too
late.
"""

from __future__ import annotations

from tracker.tracking.existence import BESIDE_S
from tracker.tracking.tracks import Tracks
from tracker.types import Ints

_WATCHED_S = 1.0
_PRIOR_REAL, _PRIOR_ALL = 2.0, 3.0  # births: few a minute come, and most videos are not like PETS
_TRUSTED = 0.5
"""Share of people: 1/12, 8/64 and 1/27 in PETS with two detectors and the demo; 5/10, 4/6, 7/11 and
3/4 with YOLO on basketball, volleyball and soccer."""


class Births:
    """Counts, over a run, the births beside others."""

    def __init__(self) -> None:
        self._real, self._all = _PRIOR_REAL, _PRIOR_ALL
        self._watched: dict[int, tuple[float, float]] = {}

    @property
    def trusted(self) -> bool:
        """Most turned out to be people so far."""
        return self._real > _TRUSTED * self._all

    def watch(self, tracks: Tracks, beside: Ints, time_s: float, min_own_s: float) -> None:
        """After `update_existence`, which gave `beside`, (n,) rows born in this frame beside
        others. min_own_s: seen for himself for so long, and the time asked of such births, is a
        body."""
        longer_s = BESIDE_S if self.trusted else 0.0  # else it was taken off at birth
        for track in tracks.ids[beside].tolist():
            self._watched[track] = time_s, min_own_s + longer_s
        if not self._watched:
            return
        own_s = dict(zip(tracks.ids.tolist(), tracks.own_s.tolist(), strict=True))
        for track, (since_s, needed_s) in list(self._watched.items()):
            real = own_s.get(track, -1.0) >= needed_s - 1e-9
            if real or track not in own_s or time_s - since_s >= _WATCHED_S:
                del self._watched[track]
                self._real, self._all = self._real + real, self._all + 1
