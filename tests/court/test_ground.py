"""What the ground is of the game: found without anybody saying so."""

from __future__ import annotations

import numpy as np
import pytest

from tracker.court.ground import Ground, fit_ground
from tracker.observation.ground_colors import ground_colors
from tracker.types import GROUND_WIDTH, Floats, Image

GRASS, STAND, LINE = 3, 11, 4


def shares(colour: int, count: int, seed: int = 0) -> Floats:
    """(count, GROUND_WIDTH) mostly of one colour."""
    rng = np.random.default_rng(seed)
    found = np.zeros((count, GROUND_WIDTH), np.float32)
    found[:, colour] = rng.uniform(0.7, 0.95, count)
    found[:, LINE] = 1 - found[:, colour]
    return found


def both(players: int, others: int) -> Floats:
    return np.concatenate([shares(GRASS, players), shares(STAND, others, 1)])


def fitted(players: int, others: int, moves: float = 1.0, sits: float = 0.1) -> Ground:
    scores = np.concatenate([np.full(players, 0.7), np.full(others, 0.5)])
    moving = np.concatenate([np.full(players, moves), np.full(others, sits)])
    found = fit_ground(both(players, others), scores, np.zeros(players + others), moving)
    assert found is not None
    return found


@pytest.mark.parametrize(("players", "others"), [(200, 40), (150, 150), (100, 250)])
def test_players_stand_on_the_court_the_others_do_not(players: int, others: int) -> None:
    found = fitted(players, others)
    assert found.nats(shares(GRASS, 5)).min() > 0.5
    assert found.nats(shares(STAND, 5)).max() < -0.5


def test_where_all_play_the_ground_says_little() -> None:
    found = fitted(200, 0)
    assert np.abs(found.nats(shares(GRASS, 5))).max() < 0.5


def test_nothing_seen_says_nothing() -> None:
    assert fitted(100, 100).nats(np.zeros((2, GROUND_WIDTH))).tolist() == [0, 0]
    none = np.zeros(0)
    assert fit_ground(np.zeros((0, GROUND_WIDTH), np.float32), none, none, none) is None
    few = np.full(4, 0.9)
    assert fit_ground(shares(GRASS, 4), few, np.zeros(4), few) is None


def test_shapes_are_checked() -> None:
    with pytest.raises(ValueError, match=r"\(29,\), got \(3,\)"):
        Ground(np.zeros(3), np.zeros(GROUND_WIDTH))


# --------------------------------------------------------------------- seen in a picture

GREEN, RED, BLUE = (40, 140, 40), (30, 30, 200), (200, 60, 20)


def picture() -> Image:
    """Green above, red below y = 100."""
    image = np.zeros((200, 300, 3), np.uint8)
    image[:100], image[100:] = GREEN, RED
    return image


def seen(*boxes: list[float], image: Image | None = None) -> Floats:
    given = np.array(boxes, np.float32).reshape(-1, 4)
    return ground_colors(picture() if image is None else image, given)


def test_what_is_under_the_feet_is_seen_and_no_more() -> None:
    on_green, on_red = seen([50, 20, 70, 80], [50, 80, 70, 150])
    assert on_green.sum() == pytest.approx(1, abs=0.2)
    assert (on_green * on_red).sum() < 0.05
    assert (seen([150, 110, 170, 180])[0] * on_red).sum() > 0.5


def test_feet_out_of_the_picture_and_nobody() -> None:
    assert not seen([50, 150, 70, 215]).any()
    assert seen().shape == (0, GROUND_WIDTH)


def test_who_stands_before_them_hides_their_ground() -> None:
    image = picture()
    image[70:160, 40:80] = BLUE  # somebody nearer, in blue
    alone = seen([50, 20, 70, 80])[0]
    hidden = seen([50, 20, 70, 80], [40, 70, 80, 160], image=image)[0]
    assert not (hidden * seen([150, 90, 170, 99], image=np.full_like(image, BLUE))[0]).any()
    assert not hidden.any() or (hidden * alone).sum() > 0.3


def test_turning_the_order_turns_the_rows() -> None:
    boxes = [[50, 20, 70, 80], [60, 60, 90, 150], [10, 5, 30, 90]]
    np.testing.assert_array_equal(seen(*boxes), seen(*boxes[::-1])[::-1])
