"""What is half read counts against how often anybody's shirt of the same video looks like that."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from tests.worlds.numbers import digits_of, silent
from tracker.identity.guessed_numbers import Guesses
from tracker.identity.number_evidence import readings_of
from tracker.identity.roster_rules import RosterRules
from tracker.offline.votes import guess_votes
from tracker.settings import IdentitySettings, RosterSettings
from tracker.tracking.traces import Tracklet
from tracker.types import Doubles, Floats, Readings

NUMBERS = ("8", "11", "33", "7")


def rules(numbers: Sequence[str] = NUMBERS) -> RosterRules:
    count = len(numbers)
    found = RosterRules.of(
        ["red"] * count, [None] * count, numbers, [(None, None)] * count, RosterSettings()
    )
    assert found is not None
    return found


def guess(number: int, legible: float = 0.4) -> Floats:
    return digits_of(number, 0.9, legible)


def video(*shirts: Floats) -> list[Readings | None]:
    """A frame for each shirt, and one in which nothing was tried."""
    return [*(readings_of(shirt[None]) for shirt in shirts), None]


def nats(shirt: Floats, *others: Floats) -> Doubles:
    return np.asarray(Guesses.of(video(shirt, *others), rules()).log_likelihood(shirt[None])[0])


def test_a_guess_that_any_shirt_looks_like_speaks_for_nobody() -> None:
    assert nats(guess(8), *[guess(8)] * 60)[0] == pytest.approx(0, abs=0.15)


def test_the_same_guess_on_one_shirt_alone_speaks_for_its_number() -> None:
    found = nats(guess(11), *[guess(8)] * 60)
    assert found.argmax() == 1
    assert found[1] > 1
    assert found[[0, 2, 3]].max() < 0
    assert found[-1] == 0, "of whom the sheet does not know nothing is said"


def test_half_of_a_number_speaks_for_it_more_than_for_another() -> None:
    found = nats(guess(3), *[guess(8)] * 60)
    assert found[2] > max(found[0], found[1], found[3])


def test_what_is_surely_read_or_never_looked_at_is_no_guess() -> None:
    for shirt in (digits_of(8), np.zeros(22, np.float32)):
        assert not nats(shirt, guess(8)).any()


def test_a_player_without_a_number_is_never_guessed() -> None:
    found = Guesses.of(video(guess(8)), rules(["8", ""])).log_likelihood(guess(8)[None])
    assert found.shape == (1, 3)
    assert found[0, 1] == 0


def test_guesses_at_one_track_err_alike_also_where_it_is_cut() -> None:
    def voted(tracklets: Sequence[Tracklet]) -> float:
        times_s = np.arange(41) * 0.4
        found = guess_votes(tracklets, video(*shirts), times_s, rules(), IdentitySettings())
        return float(found[:, 1].sum())

    def tracklet(first: int, last: int) -> Tracklet:
        frames = np.arange(first, last)
        zeros = np.zeros(len(frames), np.int64)
        return Tracklet(1, frames, zeros, np.ones(len(frames), bool), np.inf)

    shirts = [*[guess(11)] * 20, *[guess(8)] * 20]
    once, often = voted([tracklet(0, 1)]), voted([tracklet(0, 20)])
    assert once < often < 9 * once
    assert voted([tracklet(0, 10), tracklet(10, 20)]) == pytest.approx(often)


def test_nothing_read_is_no_evidence() -> None:
    found = Guesses.of([None], rules()).log_likelihood(silent()[None])
    assert np.abs(found).max() < 0.05
