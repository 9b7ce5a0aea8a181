"""What part somebody has: by place, size, speed and kit."""

from __future__ import annotations

import numpy as np
import pytest

from tracker.court.roles import ROLE_WORDS, roles_of_plays
from tracker.court.track_plays import TrackPlays

PLAYS, DOES_NOT, UNKNOWN = 2.0, -2.0, np.nan
ON, BESIDE, FAR = 1.5, -1.5, -6.0
FITS, GIANT = 1.0, -8.0
RUNS, STANDS = 0.9, 0.05


def role(
    plays: float, place: float = ON, size: float = FITS, speed: float = RUNS, kit: str = ""
) -> str:
    """Of one track."""
    found = TrackPlays(*(np.array([value]) for value in (plays, place, size, speed)))
    return ROLE_WORDS[roles_of_plays(found, np.array([0]), [kit])[0]]


def test_who_plays_is_a_player_wherever_they_stand_now() -> None:
    assert role(PLAYS) == "player"
    assert role(PLAYS, BESIDE, FITS, STANDS) == "player"


def test_the_kit_tells_the_goalkeeper_and_the_referee() -> None:
    assert role(PLAYS, kit="goalkeeper") == "goalkeeper"
    assert role(PLAYS, kit="referee") == "referee"
    assert role(DOES_NOT, BESIDE, kit="referee") == "referee"
    assert role(PLAYS, kit="team") == role(PLAYS, kit="other") == "player"


@pytest.mark.parametrize(
    ("place", "size", "speed", "part"),
    [
        (ON, FITS, RUNS, "referee"),
        (ON, FITS, STANDS, "staff"),
        (BESIDE, FITS, RUNS, "staff"),
        (BESIDE, FITS, STANDS, "staff"),
        (FAR, FITS, STANDS, "crowd"),
        (ON, GIANT, RUNS, "crowd"),
        (np.nan, np.nan, np.nan, "staff"),
    ],
)
def test_who_does_not_play_has_a_part_by_place_size_and_speed(
    place: float, size: float, speed: float, part: str
) -> None:
    assert role(DOES_NOT, place, size, speed) == part


def test_of_whom_nothing_is_known_there_is_no_part() -> None:
    assert role(UNKNOWN) == role(UNKNOWN, kit="referee") == ""
    beyond = roles_of_plays(TrackPlays.none(), np.array([0, 7]), ["referee", ""])
    assert [ROLE_WORDS[code] for code in beyond] == ["", ""]


def test_each_track_has_its_own() -> None:
    nats = np.array([UNKNOWN, PLAYS, DOES_NOT])
    even = np.ones(3)
    found = roles_of_plays(TrackPlays(nats, even, even, even), np.array([2, 1, 0, 9, 1]), [""] * 5)
    assert [ROLE_WORDS[code] for code in found] == ["referee", "player", "", "", "player"]
