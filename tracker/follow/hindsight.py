"""What a file may know and a live stream cannot: a path's name from its first sighting on.

The first frames of a path are written once it is confirmed; in the same way a name that a path
earns is written back over its earlier unnamed rows. Nothing is renamed and nobody gets a name by
this that no path of his earned while it was followed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tracker.follow.rules import Rules
from tracker.records import NO_PLAYER, Evidence, TrackedFrame, Visibility


def name_back(frames: Sequence[TrackedFrame], rules: Rules | None = None) -> list[TrackedFrame]:
    """The frames with every path's unnamed rows named by the name that it bears next.

    A row stays unnamed where another path is there under that name. A path that only waits for
    the player, absent, gives way: its row of that frame is left out. rules: what the roster says;
    a name that it speaks against is not written back.
    """
    coming: dict[int, tuple[int, float]] = {}  # track to the name it bears next, and how surely
    done = [_name_one(frame, coming, rules) for frame in reversed(frames)]
    return done[::-1]


def _name_one(
    frame: TrackedFrame, coming: dict[int, tuple[int, float]], rules: Rules | None
) -> TrackedFrame:
    players, sure = frame.players.copy(), frame.player_confidence.copy()
    evidence = frame.evidence.copy()
    here = frame.visibility != Visibility.ABSENT
    taken = set(players[here].tolist())
    for row, track in enumerate(frame.track_ids.tolist()):
        if players[row] != NO_PLAYER:
            coming[track] = (int(players[row]), float(sure[row]))
        elif here[row] and track in coming and coming[track][0] not in taken:
            name = coming[track][0]
            if rules is not None and not rules.allow(name, frame.time_s, players[here]):
                continue
            players[row], sure[row] = coming[track]
            evidence[row] = Evidence.CARRIED
            taken.add(int(players[row]))
    in_vain = ~here & np.isin(players, [p for p in taken if p != NO_PLAYER])
    kept = frame.take(~in_vain)
    return replace(
        kept,
        players=players[~in_vain],
        player_confidence=sure[~in_vain],
        evidence=evidence[~in_vain],
    )
