"""Whether those who are born beside others turn out to be people, told by the video itself.

Beside a walker of PETS a detector finds legs, doubles and boxes of two people, one birth in eight
is a person's; of true boxes nearly every one is. Each such birth is watched until it was seen as a
body of its own for as long as `separate_bodies.py` asks where nothing is known yet, or until it is
too late.
"""

from __future__ import annotations

from dataclasses import dataclass

from tracker.tracking.separate_bodies import BESIDE_S
from tracker.tracking.tracks import Tracks
from tracker.types import Doubles, Ints

_WATCHED_S = 3.0
"""1 s loses .0055 HOTA on true boxes with gaps (11 sequences of SportsMOT), PETS is the same."""
_PRIOR_REAL, _PRIOR_ALL = 2.0, 3.0  # births: few a minute come, and most videos are not like PETS
_TRUSTED = 0.5
"""Share of people: 1/12, 8/64 and 1/27 in PETS with two detectors and the demo; 5/10, 4/6, 7/11 and
3/4 with YOLO on basketball, volleyball and soccer."""


@dataclass(slots=True)
class _Watched:
    """Born beside others at `since_s`, and shown as a body of its own for `own_s` since: judged by
    this alone, for who is trusted would else prove the trust right."""

    since_s: float
    own_s: float = 0.0


class Births:
    """Counts, over a run, the births beside others."""

    def __init__(self) -> None:
        self._real, self._all = _PRIOR_REAL, _PRIOR_ALL
        self._watched: dict[int, _Watched] = {}

    @property
    def trusted(self) -> bool:
        """Most turned out to be people so far."""
        return self._real > _TRUSTED * self._all

    def watch(
        self,
        tracks: Tracks,
        beside: Ints,
        rows: Ints,
        shown_s: Doubles,
        time_s: float,
        min_own_s: float,
    ) -> None:
        """After `update_existence`, which gave `beside`, (n,) rows born in this frame beside
        others, and `shown_s`, (M,) seconds for which `rows` were shown as bodies of their own.
        min_own_s: shown for so long, and the time asked of such births, is a body."""
        for track in tracks.ids[beside].tolist():
            self._watched[track] = _Watched(time_s)
        if not self._watched:
            return
        shown = dict(zip(tracks.ids[rows].tolist(), shown_s.tolist(), strict=True))
        alive = set(tracks.ids.tolist())
        for track, watched in list(self._watched.items()):
            watched.own_s += shown.get(track, 0.0)
            real = watched.own_s >= min_own_s + BESIDE_S - 1e-9
            if real or track not in alive or time_s - watched.since_s >= _WATCHED_S:
                del self._watched[track]
                self._real, self._all = self._real + real, self._all + 1
