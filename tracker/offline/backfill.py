"""What a file may know and a live stream cannot: a track's name from its first sighting on.

The first frames of a track are written once it is confirmed; in the same way a name that a track
earns is written back over its earlier unnamed rows. Nothing is renamed and nobody gets a name by
this that no track of their earned while it was followed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tracker.identity import continuity
from tracker.identity.roster_rules import RosterRules
from tracker.offline.mixed_shots import parted_back
from tracker.types import UNKNOWN, Evidence, TrackedFrame, Visibility

_VISIBLE, _ABSENT = int(Visibility.VISIBLE), int(Visibility.ABSENT)


@dataclass(slots=True)
class _NextName:
    """The name that a track bears next, how surely, and when and in which shot it is next seen."""

    player: int
    sure: float
    seen_s: float
    shot: int


def backfill(
    frames: Sequence[TrackedFrame], threshold: float, rules: RosterRules | None = None
) -> list[TrackedFrame]:
    """The frames with every track's unnamed rows named by the name that it bears next.

    A row stays unnamed where another track is there under that name. A track that only waits for
    the player, absent, gives way: its row of that frame is left out. Before a gap in the track, or
    a cut, it is less sure that they were it (`continuity.same_identity_log_odds`);
    below `threshold` they are not named any more. Where two shots are mixed nobody is named
    (`mixed_shots.py`). rules: what the roster says; a name that it speaks against is not written
    back.
    """
    return backfill_reversed(reversed(frames), threshold, rules)


def backfill_reversed(
    backwards: Iterable[TrackedFrame], threshold: float, rules: RosterRules | None = None
) -> list[TrackedFrame]:
    """`backfill` of frames that come from the last to the first; none is held on to."""
    upcoming: dict[int, _NextName] = {}
    done = [_backfill_frame(frame, upcoming, threshold, rules) for frame in parted_back(backwards)]
    return done[::-1]


def lagged(
    frames: Iterable[TrackedFrame],
    lag_s: float,
    threshold: float,
    rules: RosterRules | None = None,
    renamed: Callable[[TrackedFrame], TrackedFrame] | None = None,
) -> Iterator[TrackedFrame]:
    """The frames, each held back for `lag_s` seconds and named by what is known then.

    0: as a live stream has them. With a lag longer than the run: `backfill`. renamed: takes names
    away that have proved wrong since.
    """
    held = HeldBack(lag_s, threshold, rules, renamed)
    for frame in frames:
        yield from held.due(frame)
    yield from held.rest()


class HeldBack:
    """The frames that `lagged` holds back, for whoever has them one at a time."""

    def __init__(
        self,
        lag_s: float,
        threshold: float,
        rules: RosterRules | None = None,
        renamed: Callable[[TrackedFrame], TrackedFrame] | None = None,
    ) -> None:
        self._lag_s, self._threshold, self._rules = lag_s, threshold, rules
        self._renamed = renamed
        self._held: deque[TrackedFrame] = deque()

    def due(self, frame: TrackedFrame) -> Iterator[TrackedFrame]:
        """Those whose time has come with this frame, which is the newest."""
        held = self._held
        held.append(frame)
        while held and frame.time_s - held[0].time_s >= self._lag_s - 1e-9:
            yield self._named()[0] if len(held) > 1 else held[0]
            held.popleft()

    def rest(self) -> Iterator[TrackedFrame]:
        """All others: the run is over."""
        yield from self._named()
        self._held.clear()

    def _named(self) -> list[TrackedFrame]:
        known: Sequence[TrackedFrame] = self._held
        if self._renamed is not None:
            known = [self._renamed(frame) for frame in known]
        return backfill(known, self._threshold, self._rules)


def _backfill_frame(
    frame: TrackedFrame, upcoming: dict[int, _NextName], threshold: float, rules: RosterRules | None
) -> TrackedFrame:
    players, sure = frame.players.copy(), frame.player_confidence.copy()
    evidence = frame.evidence.copy()
    tracks, names = frame.track_ids.tolist(), players.tolist()
    here = frame.visibility != _ABSENT
    taken = set(players[here].tolist())
    for row, state in enumerate(frame.visibility.tolist()):
        if names[row] != UNKNOWN or tracks[row] not in upcoming:
            continue
        later = upcoming[tracks[row]]
        if state == _VISIBLE or (state != _ABSENT and frame.shot != later.shot):
            _decay(later, frame.time_s, frame.shot)
        if state != _ABSENT and later.player not in taken and later.sure >= threshold:
            if rules is not None and not rules.allows(later.player, frame.time_s, players[here]):
                continue
            players[row], sure[row] = later.player, later.sure
            evidence[row] = Evidence.CARRIED
            taken.add(later.player)
    kept = here | np.array([name == UNKNOWN or name not in taken for name in names], bool)
    for row in ((frame.players != UNKNOWN) & kept).nonzero()[0].tolist():
        upcoming[tracks[row]] = _NextName(names[row], float(sure[row]), frame.time_s, frame.shot)
    return replace(
        frame if kept.all() else frame.take(kept),
        players=players[kept],
        player_confidence=sure[kept],
        evidence=evidence[kept],
    )


def _decay(upcoming: _NextName, time_s: float, shot: int) -> None:
    gap_s, over_cut = upcoming.seen_s - time_s, upcoming.shot != shot
    upcoming.seen_s, upcoming.shot = time_s, shot
    if gap_s > continuity.GAP_S or over_cut:
        odds = continuity.same_identity_log_odds(np.array(gap_s), np.array(over_cut))
        upcoming.sure *= float(np.exp(continuity.link_log_probabilities(odds)[0]))
