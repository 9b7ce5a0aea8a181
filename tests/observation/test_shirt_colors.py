"""What is said of the colours of somebody's clothes, on drawn people."""

from __future__ import annotations

import numpy as np
import pytest

from tracker.kits.words import kit_words
from tracker.observation.shirt_colors import rounded_colors, shirt_colors
from tracker.observation.shirt_palette import COLORS
from tracker.types import COLORS_WIDTH, Floats, Image

GRASS, SKIN = (60, 140, 70), (110, 150, 200)
RED, WHITE, BLUE, BLACK = (40, 30, 200), (235, 235, 235), (160, 60, 30), (25, 25, 25)
BOX = (100, 40, 140, 140)


def pitch(size: tuple[int, int] = (200, 300)) -> Image:
    return np.full((*size, 3), GRASS, np.uint8)


def draw(
    image: Image, box: tuple[int, int, int, int], shirt: tuple[int, ...], shorts: tuple[int, ...]
) -> None:
    """A head, a shirt and shorts, each the middle half of the box."""
    x1, y1, x2, y2 = box
    width, height = x2 - x1, y2 - y1
    for colour, top, bottom in ((SKIN, 0, 0.14), (shirt, 0.14, 0.46), (shorts, 0.46, 0.66)):
        rows = slice(y1 + round(top * height), y1 + round(bottom * height))
        image[rows, x1 + width // 4 : x2 - width // 4] = colour


def looked(image: Image, *boxes: tuple[int, int, int, int], row: int = 0) -> Floats:
    """(PARTS, COLORS) of one of the people."""
    return shirt_colors(image, np.array(boxes, np.float32), [row]).reshape(2, COLORS)


def word(colors: Floats) -> str:
    return kit_words(colors[None].astype(float))[0]


@pytest.mark.parametrize(
    ("colour", "name"), [(RED, "red"), (WHITE, "white"), (BLUE, "blue"), (BLACK, "black")]
)
def test_a_shirt_has_the_word_of_its_colour(colour: tuple[int, ...], name: str) -> None:
    image = pitch()
    draw(image, BOX, colour, WHITE)
    assert word(looked(image, BOX)) == name


def test_shirt_and_shorts_are_told_apart() -> None:
    image = pitch()
    draw(image, BOX, RED, BLUE)
    shirt, shorts = looked(image, BOX)
    assert word(np.stack([shirt, shorts])) == "red"
    assert word(np.stack([shorts, shirt])) == "blue"


def test_the_grass_beside_somebody_is_no_shirt() -> None:
    image = pitch()
    draw(image, BOX, WHITE, WHITE)
    red = pitch()
    red[:] = RED
    draw(red, BOX, WHITE, WHITE)
    assert word(looked(image, BOX)) == word(looked(red, BOX)) == "white"


def test_a_shirt_like_its_surroundings_counts_less_than_one_that_stands_out() -> None:
    plain, hidden = pitch(), pitch()
    draw(plain, BOX, RED, RED)
    draw(hidden, BOX, GRASS, GRASS)
    assert looked(hidden, BOX).sum() < looked(plain, BOX).sum() / 2


def test_who_stands_nearer_to_the_camera_is_left_out() -> None:
    image, near = pitch(), (112, 60, 152, 170)
    draw(image, BOX, WHITE, WHITE)
    draw(image, near, RED, RED)
    seen = looked(image, BOX, near)
    assert seen[0].sum() == 0 or word(seen) == "white"
    assert word(looked(image, near, row=0)) == "red"


@pytest.mark.parametrize(
    "box",
    [(400, 40, 440, 140), (100, 40, 101, 140), (100, 40, 140, 42), (-60, -200, -20, -100)],
    ids=["outside", "no width", "no height", "before the first pixel"],
)
def test_nothing_is_said_of_whom_no_picture_shows(box: tuple[int, int, int, int]) -> None:
    assert not looked(pitch(), box).any()


def test_only_those_asked_for_are_looked_at() -> None:
    image = pitch()
    draw(image, BOX, RED, RED)
    assert shirt_colors(image, np.array([BOX], np.float32), []).shape == (0, COLORS_WIDTH)


def test_the_store_loses_nothing_of_what_is_said() -> None:
    image = pitch()
    draw(image, BOX, RED, WHITE)
    said = shirt_colors(image, np.array([BOX], np.float32), [0])
    stored = np.round(said * 255).astype(np.uint8).astype(np.float32) / np.float32(255)
    assert np.array_equal(said, stored)
    assert np.array_equal(rounded_colors(said), said)
