"""Who plays, while a drawn match goes on: six run on green, four sit on grey, one is half a man."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from tracker.court.field import Field
from tracker.court.live_court import LiveCourt
from tracker.court.sightings import EVERY_S, SightingLog, Sightings
from tracker.court.track_plays import TrackPlays
from tracker.types import GROUND_WIDTH, Doubles, Ints, Observation

SIZE, FPS = (1280, 720), 25
PLAYERS, BENCH, LEGS = range(6), range(6, 10), 10
ALL = np.arange(11)
GRASS, STAND = 3, 11


def boxes(frame: int, pan: float = 0.0) -> Doubles:
    """(11, 4), whoever has the id of the row."""
    t = frame / FPS
    feet = np.array([350, 420, 480, 540, 600, 650, 250, 252, 254, 256, 500.0])
    x = np.array([200 + 130 * i + 90 * np.sin(t + i) for i in PLAYERS])
    x = np.concatenate([x, 300 + 60.0 * np.arange(4), [700.0]]) + pan * frame
    tall = 20 + 0.2 * feet
    tall[LEGS] *= 0.4
    return np.column_stack([x, feet - tall, x + tall / 3, feet])


def seen(frame: int, ground: bool = True, cut: bool = False, pan: float = 0.0) -> Observation:
    under = np.zeros((11, GROUND_WIDTH), np.float32)
    under[[*PLAYERS, LEGS], GRASS] = 1
    under[list(BENCH), STAND] = 1
    return Observation(
        frame, frame / FPS, boxes(frame, pan).astype(np.float32),
        np.where(ALL < 6, 0.7, 0.55).astype(np.float32), np.zeros((11, 0), np.float32),
        np.array([[1, 0, pan], [0, 1, 0]], np.float64), cut, ground=under if ground else None,
    )  # fmt: skip


def followed(frames: Iterator[Observation] | list[Observation], court: LiveCourt) -> LiveCourt:
    for frame in frames:
        court.add(frame, ALL, ALL)
    return court


def match(count: int = 250, **how: bool | float) -> list[Observation]:
    return [seen(frame, **how) for frame in range(count)]  # type: ignore[arg-type]


@pytest.mark.parametrize("pan", [0.0, 3.0])
def test_who_plays_is_known_after_some_seconds(pan: float) -> None:
    plays = followed(match(pan=pan), LiveCourt(SIZE[1])).plays.of(ALL)
    assert plays[list(PLAYERS)].min() > 0.6
    assert plays[list(BENCH)].max() < 0.4
    assert plays[LEGS] < plays[list(PLAYERS)].min()


def test_before_anything_is_known_nothing_is_said() -> None:
    court = followed(match(5), LiveCourt(SIZE[1]))
    assert np.isnan(court.plays.of(ALL)).all()
    assert court.idle(ALL, 0.5) is not None
    assert not court.idle(ALL, 0.5).any()  # type: ignore[union-attr]


def test_without_pictures_nothing_is_said() -> None:
    assert np.isnan(followed(match(ground=False), LiveCourt(SIZE[1])).plays.of(ALL)).all()


def test_switched_off_nothing_is_said() -> None:
    court = followed(match(), LiveCourt(SIZE[1], enabled=False))
    assert np.isnan(court.plays.of(ALL)).all()
    again = court.again([(ALL, ALL)] * 250, match())
    assert np.isnan(again.plays.of(ALL)).all()


def test_whoever_does_not_play_is_idle() -> None:
    idle = followed(match(), LiveCourt(SIZE[1])).idle(ALL, 0.4)
    assert idle is not None
    assert idle[list(BENCH)].all()
    assert not idle[list(PLAYERS)].any()
    assert followed(match(30), LiveCourt(SIZE[1])).idle(ALL, 0.0) is None


def test_in_the_end_more_is_known_than_on_the_way() -> None:
    frames, matches = match(), [(ALL, ALL)] * 250
    live = followed(frames, LiveCourt(SIZE[1]))
    again = live.again(matches, frames)
    assert again.plays.of(ALL)[LEGS] <= live.plays.of(ALL)[LEGS] + 1e-6
    assert again.plays.of(ALL)[list(PLAYERS)].min() > 0.6
    twice = again.again(matches, frames).plays.of(ALL)
    assert twice.shape == ALL.shape


def test_a_cut_to_a_close_up_does_not_spoil_it() -> None:
    frames = match(200)
    near = [
        replace(seen(frame, cut=frame == 200), boxes=np.array([[300, 50, 900, 719]] * 11, "f4"))
        for frame in range(200, 225)
    ]
    back = [seen(frame, cut=frame == 225) for frame in range(225, 300)]
    court = followed([*frames, *near, *back], LiveCourt(SIZE[1]))
    plays = court.again([(ALL, ALL)] * 300, [*frames, *near, *back]).plays.of(ALL)
    assert plays[list(PLAYERS)].min() > 0.5 > plays[list(BENCH)].max()


def test_a_field_says_it_where_the_ground_does_not() -> None:
    around = "0,335 1279,335 1279,719 0,719"
    field = Field.of(around, 100, SIZE)
    plain = match(ground=False)
    live = followed(plain, LiveCourt(SIZE[1], field))
    for court in (live, live.again([(ALL, ALL)] * 250, plain)):
        plays = court.plays.of(ALL)
        assert plays[list(PLAYERS)].min() > 0.6
        assert plays[list(BENCH)].max() < 0.4


def test_who_stands_at_the_line_is_not_lost() -> None:
    field = Field.of("0,345 1279,345 1279,719 0,719", 1, SIZE)  # the first player's feet are at 350
    assert followed(match(ground=False), LiveCourt(SIZE[1], field)).plays.of(ALL)[0] > 0.6


@pytest.mark.parametrize("how", ["nobody", "one", "all in a heap"])
def test_odd_frames_are_no_trouble(how: str) -> None:
    court, none = LiveCourt(SIZE[1]), np.zeros(0, np.int64)
    for frame in range(120):
        whole = seen(frame)
        some: Ints = {"nobody": none, "one": ALL[:1], "all in a heap": ALL}[how]
        part = whole.take(some)
        if how == "all in a heap":
            part = replace(part, boxes=np.tile(part.boxes[:1], (11, 1)))
        court.add(part, some, np.arange(len(some)))
    assert len(court.again([(none, none)] * 2, [seen(0).take(none)] * 2).plays.of(ALL)) == 11


def test_a_match_of_hours_is_kept_thinner_not_forgotten() -> None:
    log, frame = SightingLog(), Sightings.of(seen(0), 0, np.zeros(11))
    for n in range(9000):
        if log.due(n * EVERY_S):
            log.add(replace(frame, time_s=np.full(11, n * EVERY_S)), n * EVERY_S)
    kept = log.since(-np.inf)
    assert len(kept) <= 40_000
    assert kept.time_s[0] == 0
    assert kept.time_s[-1] > 0.99 * 9000 * EVERY_S


# ------------------------------------------------------------------------------ and kits


def test_the_kit_of_no_team_speaks_against_playing() -> None:
    nats = np.array([2.0, 0.5, 0.5, np.nan, np.nan])
    none = np.zeros(5)
    plays = TrackPlays(nats, none, none, none).wearing(np.array([0.0, 1.0, 0.0, 0.0, np.nan]))
    found = plays.of(np.arange(6))
    assert 0.4 < found[0] < 0.5  # on the court, of no team
    assert found[1] > 0.6
    assert found[2] < 0.2
    assert found[3] < 0.5
    assert np.isnan(found[4:]).all()
