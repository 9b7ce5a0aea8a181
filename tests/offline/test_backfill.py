"""A file may know what a live stream cannot: the name of a path from its first sighting on.

Frames are drawn in lanes, one text per track, one character per frame: a letter is a visible row
under that name, `?` a visible row without one, the small letter an absent row that waits under
the name, `-` an absent row without one, `.` no row.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tracker.identity import continuity
from tracker.offline import backfill
from tracker.types import UNKNOWN, Evidence, TrackedFrame, Visibility

PLAYERS = "ABC"
LEAST = 0.5


def name_back(frames: list[TrackedFrame]) -> list[TrackedFrame]:
    return backfill.backfill(frames, LEAST)


def drawn(*lanes: str) -> list[TrackedFrame]:
    return [_frame(t, [lane[t] for lane in lanes]) for t in range(len(lanes[0]))]


def _frame(t: int, marks: list[str]) -> TrackedFrame:
    rows = [(track + 1, mark) for track, mark in enumerate(marks) if mark != "."]
    players = [PLAYERS.find(mark.upper()) for _, mark in rows]
    absent = np.array([mark == "-" or mark.islower() for _, mark in rows], dtype=bool)
    boxes = np.tile([0.0, 0.0, 10.0, 20.0], (len(rows), 1))
    boxes[absent] = np.nan
    return TrackedFrame(
        index=t,
        time_s=t / 25,
        track_ids=np.array([track for track, _ in rows], np.int64),
        players=np.array(players, np.int64),
        player_confidence=np.where(np.array(players, int) == UNKNOWN, 0.2, 0.9),
        visibility=np.where(absent, Visibility.ABSENT, Visibility.VISIBLE).astype(np.int64),
        boxes=boxes,
        scores=np.where(absent, np.nan, 0.9),
        predicted=np.tile([5.0, 10.0], (len(rows), 1)),
        std=np.ones((len(rows), 2)),
        evidence=np.where(np.array(players, int) == UNKNOWN, 0, Evidence.ANCHOR).astype(np.int64),
        confirmed=np.ones(len(rows), bool),
    )


def lanes_of(frames: list[TrackedFrame], count: int) -> list[str]:
    """The drawing of frames, the inverse of `drawn`."""
    lanes = [["."] * len(frames) for _ in range(count)]
    for t, frame in enumerate(frames):
        for row, track in enumerate(frame.track_ids.tolist()):
            absent = frame.visibility[row] == Visibility.ABSENT
            player = int(frame.players[row])
            mark = ("-" if absent else "?") if player == UNKNOWN else PLAYERS[player]
            lanes[track - 1][t] = mark.lower() if absent else mark
    return ["".join(lane) for lane in lanes]


@pytest.mark.parametrize(
    ("live", "file"),
    [
        (["??AAA"], ["AAAAA"]),  # the first frames
        (["AA?BB"], ["AABBB"]),  # a row takes the name that it bears next
        (["AA???"], ["AA???"]),  # no name is carried forward by this
        (["?????"], ["?????"]),
        (["?A??", "BBBB"], ["AA??", "BBBB"]),
        (["??AAA", "AA..."], ["??AAA", "AA..."]),  # two people: another one bore it then
        (["..??A", "Aaaa."], ["..AAA", "Aa..."]),  # who waits under the name gives way
        (["?-?AA"], ["A-AAA"]),  # absent rows have nobody to name
        (["..???", "??A.."], ["..???", "AAA.."]),
    ],
)
def test_names_are_written_back(live: list[str], file: list[str]) -> None:
    assert lanes_of(name_back(drawn(*live)), len(live)) == file


def test_a_name_written_back_is_carried_and_as_sure_as_where_it_came_from() -> None:
    first = name_back(drawn("?AA"))[0]
    assert first.evidence.tolist() == [Evidence.CARRIED]
    assert first.player_confidence[0] == pytest.approx(0.9)


def test_over_a_gap_a_name_written_back_is_less_sure_and_may_end() -> None:
    short, long = "." * 14, "." * 40
    first = name_back(drawn(f"?{short}A"))[0]
    same = 1 / (1 + np.exp(-continuity.gap_log_odds(15 / 25)))
    assert first.player_confidence[0] == pytest.approx(0.9 * same)
    assert lanes_of(name_back(drawn(f"??{long}A")), 1) == [f"??{long}A"]
    assert lanes_of(name_back(drawn(f"??{'-' * 40}A")), 1) == [f"??{'-' * 40}A"]


@pytest.mark.parametrize("unseen", ["", "...", "---"])
def test_over_a_cut_a_name_is_not_written_back(unseen: str) -> None:
    """Who is found again by appearance in another shot need not be the one who was lost."""
    lane = f"??{unseen}?A"
    shots = [0, 0, *[1] * len(unseen), 1, 1]
    live = [replace(f, shot=shot) for f, shot in zip(drawn(lane), shots, strict=True)]
    assert lanes_of(name_back(live), 1) == [f"??{unseen}AA"]
    hidden = replace(live[1], visibility=np.array([int(Visibility.OCCLUDED)]))
    assert lanes_of(name_back([live[0], hidden, *live[2:]]), 1) == [f"??{unseen}AA"]


def test_the_frames_given_are_left_alone() -> None:
    live = drawn("??A", "Bb.")
    before = lanes_of(live, 2)
    name_back(live)
    assert lanes_of(live, 2) == before


def test_nothing_comes_of_nothing() -> None:
    assert name_back([]) == []
    assert len(name_back(drawn("..."))) == 3


def test_a_lag_knows_no_more_than_its_seconds() -> None:
    live = drawn("????A?BB")
    for lag, file in ((0, "????A?BB"), (2, "??AAABBB"), (4, "AAAAABBB"), (99, "AAAAABBB")):
        assert lanes_of(list(backfill.lagged(live, lag / 25, LEAST)), 1) == [file]


def test_a_lag_holds_back_no_more_than_its_seconds() -> None:
    came: list[int] = []

    def feed():
        for frame in drawn("AAAAAA"):
            came.append(frame.index)
            yield frame

    for frame in backfill.lagged(feed(), 2 / 25, LEAST):
        assert came[-1] - frame.index <= 2


lane = st.text("ABC?abc-.", min_size=6, max_size=6)


@given(lanes=st.lists(lane, min_size=1, max_size=3))
def test_only_gaps_are_filled_and_only_by_names_the_path_earned(lanes: list[str]) -> None:
    for t in range(6):
        names = [lane[t].upper() for lane in lanes if lane[t] in "ABCabc"]
        assume(len(set(names)) == len(names))
    file = lanes_of(name_back(drawn(*lanes)), len(lanes))
    for before, after in zip(lanes, file, strict=True):
        for old, new in zip(before, after, strict=True):
            assert new == old or old == "?" or (old in "abc" and new == ".")
        assert set(after) & set("ABC") <= set(before.upper()) & set("ABC")
    assert lanes_of(name_back(drawn(*file)), len(file)) == file
