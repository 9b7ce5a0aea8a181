"""What a file may know and a live stream cannot: a path's name from its first sighting on.

The first frames of a path are written once it is confirmed; in the same way a name that a path
earns is written back over its earlier unnamed rows. Nothing is renamed and nobody gets a name by
this that no path of his earned while it was followed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tracker.identity import continuity
from tracker.identity.roster_rules import Rules
from tracker.offline.mixed_shots import parted_back
from tracker.types import NO_PLAYER, Evidence, TrackedFrame, Visibility

_VISIBLE, _ABSENT = int(Visibility.VISIBLE), int(Visibility.ABSENT)


@dataclass(slots=True)
class _Coming:
    """The name that a path bears next, how surely, and when and in which shot it is next seen."""

    player: int
    sure: float
    seen_s: float
    shot: int


def name_back(
    frames: Sequence[TrackedFrame], least: float, rules: Rules | None = None
) -> list[TrackedFrame]:
    """The frames with every path's unnamed rows named by the name that it bears next.

    A row stays unnamed where another path is there under that name. A path that only waits for
    the player, absent, gives way: its row of that frame is left out. Before a gap in the path, or a
    cut, it is less sure that he was it (`links.after_absence`); below `least` he is not named any
    more. Where two shots are mixed nobody is named (`mixtures`). rules: what the roster says; a
    name that it speaks against is not written back.
    """
    return name_back_from(reversed(frames), least, rules)


def name_back_from(
    backwards: Iterable[TrackedFrame], least: float, rules: Rules | None = None
) -> list[TrackedFrame]:
    """`name_back` of frames that come from the last to the first; none is held on to."""
    coming: dict[int, _Coming] = {}
    done = [_name_one(frame, coming, least, rules) for frame in parted_back(backwards)]
    return done[::-1]


def lagged(
    frames: Iterable[TrackedFrame], lag_s: float, least: float, rules: Rules | None = None
) -> Iterator[TrackedFrame]:
    """The frames, each held back for `lag_s` seconds and named by what is known then.

    0: as a live stream has them. With a lag longer than the run: `name_back`.
    """
    held: deque[TrackedFrame] = deque()
    for frame in frames:
        held.append(frame)
        while held and frame.time_s - held[0].time_s >= lag_s - 1e-9:
            yield name_back(held, least, rules)[0] if len(held) > 1 else held[0]
            held.popleft()
    yield from name_back(held, least, rules)


def _name_one(
    frame: TrackedFrame, coming: dict[int, _Coming], least: float, rules: Rules | None
) -> TrackedFrame:
    players, sure = frame.players.copy(), frame.player_confidence.copy()
    evidence = frame.evidence.copy()
    tracks, names = frame.track_ids.tolist(), players.tolist()
    here = frame.visibility != _ABSENT
    taken = set(players[here].tolist())
    for row, state in enumerate(frame.visibility.tolist()):
        if names[row] != NO_PLAYER or tracks[row] not in coming:
            continue
        next_ = coming[tracks[row]]
        if state == _VISIBLE or (state != _ABSENT and frame.shot != next_.shot):
            _go_back(next_, frame.time_s, frame.shot)
        if state != _ABSENT and next_.player not in taken and next_.sure >= least:
            if rules is not None and not rules.allow(next_.player, frame.time_s, players[here]):
                continue
            players[row], sure[row] = next_.player, next_.sure
            evidence[row] = Evidence.CARRIED
            taken.add(next_.player)
    kept = here | np.array([name == NO_PLAYER or name not in taken for name in names], bool)
    for row in ((frame.players != NO_PLAYER) & kept).nonzero()[0].tolist():
        coming[tracks[row]] = _Coming(names[row], float(sure[row]), frame.time_s, frame.shot)
    return replace(
        frame if kept.all() else frame.take(kept),
        players=players[kept],
        player_confidence=sure[kept],
        evidence=evidence[kept],
    )


def _go_back(coming: _Coming, time_s: float, shot: int) -> None:
    gap_s, over_cut = coming.seen_s - time_s, coming.shot != shot
    coming.seen_s, coming.shot = time_s, shot
    if gap_s > continuity.GAP_S or over_cut:
        odds = continuity.after_absence(np.array(gap_s), np.array(over_cut))
        coming.sure *= float(np.exp(continuity.stay(odds)[0]))
