"""The second pass: split where people may have been mixed up, then name everybody at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.worlds.following import Person, World, classifier, play, second_pass, tracker_for
from tracker.identity import continuity
from tracker.offline.crops import Crops
from tracker.offline.ilp import AssignmentProblem, solve
from tracker.offline.marginals import candidates, forward_backward
from tracker.offline.refit import refitted_log_odds
from tracker.offline.tracklets import cut_tracklets
from tracker.settings import FollowSettings, IdentitySettings
from tracker.tracking.traces import Trace
from tracker.types import UNKNOWN, Floats, Ints, Observation, TrackedFrame, Visibility

SURE = np.inf
CUT_NATS = IdentitySettings().cut_nats
MARGIN = CUT_NATS / 2
DOUBT = float(continuity.no_swap_log_odds(np.array(MARGIN)))


def traces(*lanes: str) -> tuple[list[Trace], np.ndarray]:
    """A text per track, a character per frame at 25 a second: x seen, ? in doubt, . not seen."""
    found = []
    for t in range(len(lanes[0])):
        rows = [i for i, lane in enumerate(lanes) if lane[t] != "."]
        margins = [MARGIN if lanes[i][t] == "?" else SURE for i in rows]
        ids, every = np.array(rows, np.int64) + 1, np.arange(len(rows))
        everybody, nobody = np.ones(len(rows), bool), np.full(len(rows), -1)
        found.append(Trace(ids, every, everybody, everybody, np.array(margins), nobody))
    return found, np.arange(len(lanes[0])) / 25


def drawn(*lanes: str, cuts: Sequence[int] = ()) -> list[tuple[int, int, int, float]]:
    """(track, first, last, link) of every piece. cuts: frames that begin a shot."""
    found, times_s = traces(*lanes)
    shots = np.isin(np.arange(len(times_s)), cuts).cumsum()
    return [
        (p.track, p.first, p.last, p.link) for p in cut_tracklets(found, times_s, shots, CUT_NATS)
    ]


def test_a_path_is_cut_after_a_doubt_and_over_a_gap() -> None:
    assert drawn("xxxxxx") == [(1, 0, 5, SURE)]
    assert drawn("xx??xx") == [(1, 0, 3, SURE), (1, 4, 5, DOUBT)]
    assert drawn("xx..xx") == [(1, 0, 5, SURE)]  # a short miss is none
    gap = "." * 12  # .52 s from sighting to sighting
    assert drawn(f"xx{gap}xx") == [(1, 0, 1, SURE), (1, 14, 15, continuity.gap_log_odds(0.52))]
    assert drawn("xx??", "xxxx") == [(1, 0, 3, SURE), (2, 0, 3, SURE)]  # no end of the doubt


def test_a_path_is_cut_where_a_shot_ends_and_little_binds_its_parts() -> None:
    """Who is found again in another shot is known by appearance alone, however soon it is."""
    little = continuity.same_identity_log_odds(np.array(0.04), np.array(True))
    assert little < continuity.same_identity_log_odds(np.array(0.8), np.array(False))
    assert drawn("xxxxx", cuts=[3]) == [(1, 0, 2, SURE), (1, 3, 4, little)]
    assert drawn("x?xxx", cuts=[2]) == [(1, 0, 1, SURE), (1, 2, 4, little)]
    gap = "." * 40
    assert drawn(f"xx{gap}xx", cuts=[20]) == [(1, 0, 1, SURE), (1, 42, 43, little)]
    assert drawn("xxxxx", cuts=[0]) == [(1, 0, 4, SURE)]


def test_pieces_come_in_the_order_of_their_first_frames() -> None:
    starts = [first for _, first, _, _ in drawn("..xx?x", "xx?xxx")]
    assert starts == [0, 2, 3, 5]


EVEN = np.log(np.full(3, 1 / 3))  # two players and nobody


def task(
    worth: list[list[float]], spans: list[tuple[int, int]], links=(), apart=()
) -> AssignmentProblem:
    every = np.ones(np.shape(worth), bool)
    return AssignmentProblem(
        np.array(worth, float), every, EVEN, np.array(spans), list(links), list(apart)
    )


TOGETHER, AFTER = [(0, 9), (0, 9)], [(0, 4), (5, 9)]


@pytest.mark.parametrize(
    ("given_", "names"),
    [
        (task([[5, 1]], [(0, 9)]), [0]),
        (task([[-1, -2]], [(0, 9)]), [UNKNOWN]),
        # both are most like player 0, but one is in two places never
        (task([[5, 1], [4, 3]], TOGETHER), [0, 1]),
        (task([[5, -1], [4, -1]], TOGETHER), [0, UNKNOWN]),
        (task([[5, 1], [4, 3]], AFTER), [0, 0]),
        # a link carries a name to where nothing is known, and does not beat what is
        (task([[5, 0], [-1, -1]], AFTER, [(0, 1, 2.0)]), [0, 0]),
        (task([[5, 0], [-3, 4]], AFTER, [(0, 1, 2.0)]), [0, 1]),
        # and carries it back
        (task([[-1, -1], [5, 0]], AFTER, [(0, 1, 2.0)]), [0, 0]),
        (task([[-1, -1], [5, 0]], AFTER, [(0, 1, -2.0)]), [UNKNOWN, 0]),
        (task([[5, 0], [4, -1]], AFTER, (), [(0, 1)]), [0, UNKNOWN]),
    ],
)
def test_names_are_the_best_that_exclusion_allows(
    given_: AssignmentProblem, names: list[int]
) -> None:
    assert solve(given_).tolist() == names


def test_three_of_whom_any_two_are_two_people_take_a_name_once() -> None:
    """Halves of a name for each would be worth more: the relaxation alone does not do."""
    one_after_another = [(0, 4), (5, 9), (10, 14)]
    given_ = task([[5, -9], [4, -9], [4.5, -9]], one_after_another, (), [(0, 1), (1, 2), (0, 2)])
    assert solve(given_).tolist() == [0, UNKNOWN, UNKNOWN]


class Unread:
    """Embeddings of five pictures, which may only be read where some of them are wanted."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []

    def __len__(self) -> int:
        return 5

    def __getitem__(self, rows: Any) -> Any:
        self.asked.append(rows.tolist())
        return np.ones((len(rows), 3))


def test_only_parts_of_which_pictures_are_wanted_are_read() -> None:
    parts = [Unread(), Unread(), Unread()]
    crops = Crops(np.array([15]), np.ones(15, bool), parts)
    assert crops.embeddings(np.array([6, 9, 11])).shape == (3, 3)
    assert [part.asked for part in parts] == [[], [[1, 4]], [[1]]]


@given(seed=st.integers(0, 10_000), window=st.sampled_from([6, 400]))
@settings(max_examples=30, deadline=None)
def test_no_player_is_ever_in_two_places(seed: int, window: int) -> None:
    rng = np.random.default_rng(seed)
    n, p = 20, 4
    first = np.sort(rng.integers(0, 60, n))
    spans = np.stack([first, first + rng.integers(0, 25, n)], axis=1)
    ties = [(i, i + 1, 1.0) for i in range(0, n - 1, 3)]
    prior = np.log(np.full(p + 1, 1 / (p + 1)))
    names = solve(
        AssignmentProblem(
            rng.normal(0, 3, (n, p)), np.ones((n, p), bool), prior, spans, ties, [(0, 5)]
        ),
        window,
    )
    for a in range(n):
        for b in range(a + 1, n):
            if names[a] == names[b] != UNKNOWN:
                assert spans[a, 1] < spans[b, 0] or spans[b, 1] < spans[a, 0]
    assert names[0] != names[5] or names[0] == UNKNOWN


def paths(seed: int) -> tuple[np.ndarray, np.ndarray, list[tuple[int, int, float]], np.ndarray]:
    """Votes (5, 3), prior, links and spans: a path of three pieces and one of two."""
    rng = np.random.default_rng(seed)
    prior = np.log(rng.dirichlet([2, 2, 2]))
    ties = [(0, 1, rng.normal(1, 1)), (1, 2, rng.normal(1, 1)), (3, 4, rng.normal(1, 1))]
    spans = np.array([(0, 4), (5, 9), (10, 14), (20, 24), (25, 29)])
    return rng.normal(0, 2, (5, 3)), prior, ties, spans


def every_naming(seed: int) -> dict[tuple[int, ...], float]:
    """All names of the five pieces, with the log-probability that the model gives them."""
    votes, prior, ties, _ = paths(seed)
    found = {}
    for names in product(range(3), repeat=5):
        total = sum(votes[i, name] for i, name in enumerate(names))
        total += sum(prior[names[i]] for i in (0, 3))
        for a, b, nats in ties:
            same = 1 / (1 + np.exp(-nats))
            total += np.log(same * (names[a] == names[b]) + (1 - same) * np.exp(prior[names[b]]))
        found[names] = float(total)
    return found


@given(seed=st.integers(0, 10_000), window=st.sampled_from([2, 400]))
@settings(max_examples=40, deadline=None)
def test_the_programme_finds_what_enumeration_finds(seed: int, window: int) -> None:
    votes, prior, ties, spans = paths(seed)
    every = every_naming(seed)
    worth = votes[:, :-1] - votes[:, -1:]
    names = solve(AssignmentProblem(worth, np.ones((5, 2), bool), prior, spans, ties, []), window)
    got = every[tuple(2 if name == UNKNOWN else int(name) for name in names)]
    best = max(every.values())
    assert got == pytest.approx(best) if window == 400 else got <= best + 1e-9


@given(seed=st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_how_sure_a_path_is_is_what_enumeration_says(seed: int) -> None:
    votes, prior, ties, _ = paths(seed)
    want = np.zeros((5, 3))
    for names, log in every_naming(seed).items():
        want[np.arange(5), list(names)] += np.exp(log)
    want /= want.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(np.exp(forward_backward(votes, prior, ties)), want, atol=1e-9)


def test_many_pieces_without_votes_do_not_wear_a_name_down() -> None:
    """Whoever is once known is known on all of the track: strangers are expected once a track."""
    votes, prior = np.zeros((30, 3)), np.log([0.1, 0.1, 0.8])
    votes[15, 0] = 9.0
    ties = [(i, i + 1, 6.0) for i in range(29)]
    spans = np.array([(10 * i, 10 * i + 9) for i in range(30)])
    log = forward_backward(votes, prior, ties)
    allowed = candidates(log, prior)
    assert (
        solve(AssignmentProblem(votes[:, :-1] - votes[:, -1:], allowed, prior, spans, ties, []))
        == 0
    ).all()
    assert (np.exp(log[:, 0]) > 0.9).all()
    assert not allowed[:, 1].any()


def test_small_windows_lose_little() -> None:
    rng = np.random.default_rng(1)
    first = np.sort(rng.integers(0, 400, 120))
    spans = np.stack([first, first + rng.integers(5, 40, 120)], axis=1)
    worth = rng.normal(0, 3, (120, 5))
    every = AssignmentProblem(
        worth, np.ones((120, 5), bool), np.log(np.full(6, 1 / 6)), spans, [], []
    )

    def gain(names: Ints) -> float:
        named = names != UNKNOWN
        return float(worth[named, names[named]].sum())

    assert gain(solve(every, 40)) >= 0.97 * gain(solve(every, 400))


# --------------------------------------------------------------------------- whole worlds


def passed(world: World, **extra: object) -> tuple[list[TrackedFrame], list[TrackedFrame]]:
    """The frames before and after the second pass."""
    shots, tracker = play(world), tracker_for(world)
    frames, seen_traces = [], []
    for shot in shots:
        frames.append(tracker.update(shot.seen))
        seen_traces.append(tracker.trace)
    seen = [shot.seen for shot in shots]
    done = second_pass(
        frames,
        seen_traces,
        seen,
        world.players,
        classifier(world.players),
        FollowSettings(),
        **extra,
    )
    return frames, done


def names_on(world: World, frames: list[TrackedFrame]) -> dict[int, set[int]]:
    """Person to the names on their detections."""
    found: dict[int, set[int]] = {}
    for shot, frame in zip(play(world), frames, strict=True):
        for person, box in zip(shot.who, shot.seen.boxes.astype(np.float64), strict=True):
            row = np.flatnonzero((frame.boxes == box).all(axis=1))
            if len(row):
                found.setdefault(person, set()).add(int(frame.players[row[0]]))
    return found


LATE = World(
    [
        # known only in the last second
        Person({0: (200, 300), 5: (600, 300)}, player=0),
        Person({0: (200, 500), 5: (600, 500)}, player=1),
        Person({0: (900, 200), 5: (900, 200)}, look={9: 1.0}),
    ],
    seconds=5,
    players=3,
)


def test_a_name_that_is_known_late_is_on_the_whole_path() -> None:
    _, frames = passed(LATE)
    assert names_on(LATE, frames) == {0: {0}, 1: {1}, 2: {UNKNOWN}}


def test_names_follow_the_people_when_the_paths_were_mixed_up() -> None:
    """They meet, are missed, and turn round: the paths run straight on, the names do not."""
    people = [
        Person({0: (300, 300), 3: (500, 300), 6: (300, 300)}, player=0, missed=[(2.8, 3.2)]),
        Person({0: (700, 300), 3: (500, 302), 6: (700, 300)}, player=1, missed=[(2.8, 3.2)]),
    ]
    world = World(people, seconds=6, players=2)
    _, frames = passed(world)
    assert names_on(world, frames) == {0: {0}, 1: {1}}


def test_places_are_left_as_they_were() -> None:
    before, after = passed(LATE)
    for old, new in zip(before, after, strict=True):
        rows = np.isin(old.track_ids, new.track_ids)
        np.testing.assert_array_equal(old.boxes[rows], new.boxes)
        np.testing.assert_array_equal(old.predicted[rows], new.predicted)
        assert (old.visibility[~rows] == Visibility.ABSENT).all()


def test_it_learns_from_what_is_sure_and_from_nothing_else() -> None:
    refitted_log_odds: list[tuple[Floats, Ints]] = []

    def refit(shown: Floats, whose: Ints):
        refitted_log_odds.append((shown, whose))
        return classifier(LATE.players)

    passed(LATE, refit=refit)
    ((shown, whose),) = refitted_log_odds
    assert set(whose.tolist()) == {0, 1}
    for player in (0, 1):
        assert (shown[whose == player].argmax(axis=1) == player).all()
        assert 0 < (whose == player).sum() <= 12


def test_who_was_not_shown_again_keeps_their_odds_against_unknown() -> None:
    """A refit that learned of player 0 only must not cost player 1 their name."""

    def refit(shown: Floats, whose: Ints):
        old = classifier(LATE.players)

        def again(crops: Floats) -> np.ndarray:
            likely = old(crops)
            likely[:, 1] -= 50.0
            return likely

        return again

    taught_both = names_on(LATE, passed(LATE, refit=refit)[1])
    assert taught_both[1] == {UNKNOWN}
    once = {4.65: (574, 500), 5: (600, 500)}  # one vote, and no sure one
    barely = replace(LATE.people[1], path=once, look={1: 1.0, 9: 1.0})
    world = replace(LATE, people=[LATE.people[0], barely, LATE.people[2]])
    assert names_on(world, passed(world, refit=refit)[1])[1] == {1}


def test_a_lesson_says_whom_it_is_like_rather_than_that_it_is_anybody() -> None:
    """In this light everybody is likelier by 9 nats, and one more nat is player 0's own."""
    base = np.array([[2.0, 0.0, -5.0, 0.0], [-6.0, -7.0, -5.0, 0.0]])
    again = base + np.array([10.0, 9.0, 9.0, 0.0])
    said = refitted_log_odds(base, again, np.array([True, True, False]))
    odds = said[:, :-1] - said[:, -1:]
    assert np.allclose(odds[:, 0] - odds[:, 1], base[:, 0] - base[:, 1] + 1)
    assert np.allclose(odds[:, 2], -5.0)  # they were not shown
    assert (odds[1] < 0).all()  # a stranger stays one
    assert odds[0, 0] > base[0, 0]
    assert not refitted_log_odds(0 * base, 0 * base, np.array([True, True, False])).any()


def test_without_players_or_paths_nothing_happens() -> None:
    frames, done = passed(replace(LATE, people=LATE.people[2:]))
    assert [f.players.tolist() for f in done] == [f.players.tolist() for f in frames]
    empty = Observation(0, 0.0, np.zeros((0, 4), np.float32), np.zeros(0, np.float32),
                        np.zeros((0, 16), np.float32), np.eye(2, 3), False)  # fmt: skip
    tracker = tracker_for(LATE)
    frame = tracker.update(empty)
    assert second_pass([frame], [tracker.trace], [empty], 3, classifier(3), FollowSettings()) == [
        frame
    ]
