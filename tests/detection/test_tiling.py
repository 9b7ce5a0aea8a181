"""Seams: on drawn worlds every person comes out once and whole, wherever they stand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from tracker.detection.detector import TiledDetector
from tracker.detection.tiling import Tile, join_tiles, tidy, tile_boxes
from tracker.settings import DetectSettings
from tracker.types import Detections, Floats, Frame, Image

WIDTH, HEIGHT = 320, 180


class Painted:
    """A perfect network for drawn worlds: every colour but black is a person.

    It is surer of a small piece than of a whole person, as a real one may be.
    """

    name, tiles, fingerprint, runtime = "painted", "1x1", "0", "paint"

    def find(self, pictures: Sequence[Image]) -> list[Detections]:
        return [self._one(picture) for picture in pictures]

    def _one(self, picture: Image) -> Detections:
        boxes, scores = [], []
        for colour in np.unique(picture[picture > 0]):
            rows, columns = np.nonzero(picture[..., 0] == colour)
            box = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
            boxes.append(box)
            scores.append(1 / (1 + len(rows) / 1000))
        return Detections(np.array(boxes, np.float32).reshape(-1, 4), np.array(scores, np.float32))


def draw(people: Sequence[Tile]) -> Image:
    picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    for colour, (x1, y1, x2, y2) in enumerate(people, 1):
        picture[y1:y2, x1:x2] = colour
    return picture


def found(people: Sequence[Tile], tiles: str, overlap: float = 0.15) -> list[Tile]:
    detector = TiledDetector(Painted(), DetectSettings(tiles=tiles, tile_overlap=overlap))
    [detections] = detector.detect([Frame(0, 0.0, draw(people))])
    return sorted(tuple(box) for box in detections.boxes.astype(int).tolist())


@pytest.mark.parametrize(("columns", "rows"), [(1, 1), (2, 1), (3, 2), (9, 9)])
@pytest.mark.parametrize("overlap", [0.0, 0.15, 0.5])
def test_tiles_are_equal_overlap_and_cover_the_picture(columns, rows, overlap):
    tiles = np.array(tile_boxes(1920, 1080, columns, rows, overlap))
    sides = tiles[:, 2:] - tiles[:, :2]
    assert len(tiles) == columns * rows
    assert (sides == sides[0]).all()
    seen = np.zeros((1080, 1920), bool)
    for x1, y1, x2, y2 in tiles:
        seen[y1:y2, x1:x2] = True
    assert seen.all()
    if columns > 1:
        shared = tiles[0, 2] - tiles[1, 0]
        assert shared == pytest.approx(overlap * sides[0, 0], abs=2)


def test_a_person_on_a_seam_is_found_in_pieces_by_the_tiles_alone():
    """The trouble that joining mends: without it one person is two."""
    left, right = tile_boxes(WIDTH, HEIGHT, 2, 1, 0.15)
    person = (130, 60, 180, 140)
    picture = draw([person])
    pieces = Painted().find([picture[:, left[0] : left[2]], picture[:, right[0] : right[2]]])
    assert [len(p) for p in pieces] == [1, 1]
    assert not any((p.boxes[0, 2] - p.boxes[0, 0]) == 50 for p in pieces)
    joined = join_tiles([(left, pieces[0]), (right, pieces[1])], WIDTH, HEIGHT)
    assert joined.boxes.tolist() == [list(person)]


@pytest.mark.parametrize("tiles", ["2x1", "1x2", "3x2", "3x2+1x1", "4x3"])
@pytest.mark.parametrize("size", [(8, 20), (16, 40), (40, 100)])
def test_one_person_anywhere_is_one_whole_box(tiles, size):
    """Smaller and larger than the overlap, on seams, on corners of four tiles, at the border."""
    width, height = size
    for x in range(0, WIDTH - width + 1, 13):
        for y in range(0, HEIGHT - height + 1, 16):
            person = (x, y, x + width, y + height)
            assert found([person], tiles) == [person]


@pytest.mark.parametrize("tiles", ["2x1", "3x2", "3x2+1x1"])
def test_a_crowd_is_counted_right(tiles):
    for seed in range(15):
        rng = np.random.default_rng(seed)
        people = [
            (x, y, x + 12, y + 30)
            for x in range(int(rng.integers(1, 20)), WIDTH - 12, 17)
            for y in range(int(rng.integers(1, 20)), HEIGHT - 30, 36)
            if rng.random() < 0.6
        ]
        assert found(people, tiles) == sorted(people)


def test_neighbours_across_a_seam_stay_two_people():
    left, _ = tile_boxes(WIDTH, HEIGHT, 2, 1, 0.15)
    people = [(left[2] - 20, 50, left[2] - 2, 90), (left[2], 50, left[2] + 18, 90)]
    assert found(people, "2x1") == people


@pytest.mark.parametrize(
    ("tiles", "upright", "sides"),
    [
        ("auto", False, {(119, 98), (320, 180)}),
        ("auto", True, {(98, 119), (180, 320)}),
        ("3x2", True, {(67, 173)}),
    ],
)
def test_the_detectors_own_tiling_is_turned_for_upright_pictures(tiles, upright, sides):
    class Wide(Painted):
        tiles = "3x2+1x1"

        def find(self, pictures: Sequence[Image]) -> list[Detections]:
            seen.update((p.shape[1], p.shape[0]) for p in pictures)
            return super().find(pictures)

    seen: set[tuple[int, int]] = set()
    shape = (WIDTH, HEIGHT, 3) if upright else (HEIGHT, WIDTH, 3)
    TiledDetector(Wide(), DetectSettings(tiles=tiles)).detect(
        [Frame(0, 0.0, np.zeros(shape, np.uint8))]
    )
    assert seen == sides


def test_a_piece_hidden_by_somebody_beside_the_seam_is_not_lost():
    """The other covers most of it but does not cross the seam: they are not the whole of it."""
    left, right = tile_boxes(WIDTH, HEIGHT, 2, 1, 0.15)
    seam = left[2]
    both = np.array([[seam - 30, 60, seam, 120], [seam - 70, 40, seam - 8, 140]], np.float32)
    pieces = Detections(both, np.array([0.9, 0.8], np.float32))
    joined = join_tiles([(left, pieces), (right, Detections.empty())], WIDTH, HEIGHT)
    assert joined.boxes.tolist() == both.tolist()


def test_two_overlapping_people_of_one_tile_both_stay():
    """Inside a tile the network has had its own suppression; joining adds none."""
    boxes = np.array([[10, 10, 30, 60], [16, 10, 36, 60]], np.float32)
    pair = Detections(boxes, np.array([0.9, 0.8], np.float32))
    [left, right] = tile_boxes(WIDTH, HEIGHT, 2, 1, 0.15)
    joined = join_tiles([(left, pair), (right, Detections.empty())], WIDTH, HEIGHT)
    assert len(joined) == 2


def test_the_order_of_tiles_and_boxes_never_matters():
    rng = np.random.default_rng(1)
    corners = rng.uniform(0, [250, 130], (40, 2))
    boxes = np.concatenate([corners, corners + rng.uniform(5, 60, (40, 2))], axis=1)
    scores = rng.choice([0.3, 0.6, 0.9], 40)
    tiles = [*tile_boxes(WIDTH, HEIGHT, 2, 1, 0.15), (0, 0, WIDTH, HEIGHT)]

    def inside(tile: Tile, order: slice) -> Detections:
        local = (boxes - np.tile(tile[:2], 2)).clip(0, np.subtract(tile[2:], tile[:2]).tolist() * 2)
        kept = ((local[:, 2:] - local[:, :2]) > 2).all(axis=1)
        return Detections(
            local[kept][order].astype(np.float32), scores[kept][order].astype(np.float32)
        )

    ahead = join_tiles([(t, inside(t, slice(None))) for t in tiles], WIDTH, HEIGHT)
    back = join_tiles([(t, inside(t, slice(None, None, -1))) for t in tiles[::-1]], WIDTH, HEIGHT)
    assert ahead.boxes.tolist() == back.boxes.tolist()
    assert ahead.scores.tolist() == back.scores.tolist()


def test_boxes_are_clipped_to_the_picture_and_empty_ones_dropped():
    boxes: Floats = np.array(
        [[-9, -9, 20, 20], [310, 100, 400, 300], [400, 10, 420, 30], [5, 5, 5, 9]], np.float32
    )
    scores = np.array([0.2, 0.9, 0.8, 0.7], np.float32)
    kept = tidy(boxes, scores, WIDTH, HEIGHT)
    assert kept.boxes.tolist() == [[310, 100, 320, 180], [0, 0, 20, 20]]
    assert kept.scores.tolist() == pytest.approx([0.9, 0.2])


def test_classes_are_those_of_the_box_that_is_kept():
    """One person whole in the middle tile and cut at its seam; one in both tiles, seen twice."""
    left, right = (0, 0, 180, 180), (140, 0, 320, 180)
    parts = [
        (left, Detections(np.array([[150, 20, 170, 80]], np.float32), np.float32([0.9]),
                          np.float32([[0.9, 0.2]]))),
        (right, Detections(np.array([[10, 20, 30, 80], [90, 90, 120, 150]], np.float32),
                           np.float32([0.6, 0.95]), np.float32([[0.3, 0.6], [0.1, 0.7]]))),
    ]  # fmt: skip
    joined = join_tiles(parts, WIDTH, HEIGHT)
    assert joined.classes is not None
    assert joined.classes.tolist() == np.float32([[0.1, 0.7], [0.9, 0.2]]).tolist()


def test_united_halves_have_of_each_class_the_better_score():
    left, right = tile_boxes(WIDTH, HEIGHT, 2, 1, 0.0)
    upper = Detections(
        np.array([[130, 20, 160, 80]], np.float32), np.float32([0.5]), np.float32([[0.5, 0.2, 0.0]])
    )
    lower = Detections(
        np.array([[0, 20, 30, 80]], np.float32), np.float32([0.6]), np.float32([[0.1, 0.6, 0.0]])
    )
    joined = join_tiles([(left, upper), (right, lower)], WIDTH, HEIGHT)
    assert joined.boxes.tolist() == [[130, 20, 190, 80]]
    assert joined.classes is not None
    assert joined.classes.tolist() == np.float32([[0.5, 0.6, 0.0]]).tolist()
