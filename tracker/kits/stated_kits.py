"""What a user has said of kits: which team wears one, or who else does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tracker.types import Doubles

GOALKEEPER, REFEREE, OTHER = "goalkeeper", "referee", "other"
KIT_PARTS = (GOALKEEPER, REFEREE, OTHER)
"""What a kit may be said to be beside a team's."""


@dataclass(frozen=True, slots=True)
class StatedKit:
    """tracks: some who wear it. wears: a team of the roster, or one of KIT_PARTS."""

    tracks: tuple[int, ...]
    wears: str


def stated_by_kit(stated: Iterable[StatedKit], of_tracks: Doubles) -> dict[int, str]:
    """Who wears each kit of which something is said; what was said last holds.

    of_tracks: (T, K + 1) who wears which, by track id.
    """
    found: dict[int, str] = {}
    for each in stated:
        known = [track for track in each.tracks if track < len(of_tracks)]
        worn = of_tracks[known, :-1].sum(axis=0)
        if worn.size and worn.max() > 0:
            found[int(worn.argmax())] = each.wears
    return found
