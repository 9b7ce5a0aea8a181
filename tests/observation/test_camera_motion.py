"""Camera motion and cuts on drawn worlds whose true motion is known, and on real clips."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from itertools import pairwise

import cv2
import numpy as np
import pytest

from tracker.observation.camera_motion import CameraEstimator
from tracker.settings import CameraSettings
from tracker.types import Detections, Doubles, Frame, Image

WIDTH, HEIGHT = 1280, 720
CORNERS = np.array([[0, 0], [WIDTH, 0], [0, HEIGHT], [WIDTH, HEIGHT]], float)
NOBODY = Detections.empty()


@cache
@lru_cache(maxsize=12)
def world(seed: int = 0, tint: tuple[int, int, int] = (60, 140, 60)) -> Image:
    """A large plane with structure at every scale, to be copied and not drawn into."""
    rng = np.random.default_rng(seed)
    plane = np.zeros((1440, 2560, 3), np.float32)
    for size in (8, 32, 128):
        noise = rng.normal(0, 25, (1440 // size + 1, 2560 // size + 1, 3)).astype(np.float32)
        plane += cv2.resize(noise, (2560, 1440), interpolation=cv2.INTER_CUBIC)
    plane = np.clip(plane + np.array(tint, np.float32), 0, 255).astype(np.uint8)
    plane.setflags(write=False)
    return plane


def camera(shift: Sequence[float] = (0, 0), zoom: float = 1.0, turn_deg: float = 0.0) -> Doubles:
    """(2, 3) from the world to the picture: looks at the world's middle, moved by `shift`."""
    matrix = np.asarray(cv2.getRotationMatrix2D((1280, 720), turn_deg, zoom))
    matrix[:, 2] -= np.array([1280, 720]) - np.array([WIDTH, HEIGHT]) / 2 + np.array(shift)
    return matrix


def look(plane: Image, at: Doubles) -> Image:
    """The picture; `at` speaks of borders of pixels, OpenCV of their centres."""
    centres = at.copy()
    centres[:, 2] += at[:, :2] @ [0.5, 0.5] - 0.5
    return np.asarray(cv2.warpAffine(plane, centres, (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC))


def between(first: Doubles, second: Doubles) -> Doubles:
    """(2, 3) true motion of pixels from the first camera's picture to the second's."""
    whole = [np.vstack([m, [0, 0, 1]]) for m in (first, second)]
    return (whole[1] @ np.linalg.inv(whole[0]))[:2]


def frames(pictures: Sequence[Image | None]) -> Iterator[Frame]:
    return (Frame(i, i / 25, picture) for i, picture in enumerate(pictures))


def run(
    pictures: Sequence[Image | None],
    people: Sequence[Detections] | None = None,
    settings: CameraSettings | None = None,
) -> list[tuple[Doubles, bool]]:
    estimator = CameraEstimator(settings or CameraSettings())
    people = people or [NOBODY] * len(pictures)
    return [estimator.estimate(f, d) for f, d in zip(frames(pictures), people, strict=True)]


def error_px(affine: Doubles, truth: Doubles) -> float:
    """How far the corners of the picture end up from where they belong."""
    parts = [CORNERS @ m[:, :2].T + m[:, 2] for m in (affine, truth)]
    return float(np.linalg.norm(parts[0] - parts[1], axis=1).max())


def cuts(results: Sequence[tuple[Doubles, bool]]) -> list[int]:
    return [i for i, (_, cut) in enumerate(results) if cut]


def is_identity(affine: Doubles) -> bool:
    return np.array_equal(affine, np.eye(2, 3))


@pytest.mark.parametrize(
    "moved",
    [
        camera(),
        camera((0.4, -0.3)),
        camera((14.6, 3.2)),
        camera((-90, 20)),
        camera((230, 0)),
        camera(zoom=1.015),
        camera((12, -7), zoom=0.98, turn_deg=0.4),
    ],
    ids=["still", "creep", "pan", "fast", "whip", "zoom", "all"],
)
def test_known_motion_is_recovered(moved):
    plane = world()
    (first, _), (affine, cut) = run([look(plane, camera()), look(plane, moved)])
    assert is_identity(first)
    assert not cut
    assert error_px(affine, between(camera(), moved)) < 0.3


def test_motion_goes_from_the_previous_frame_to_this_one():
    plane = world()
    path = [camera((x, 0)) for x in (0, 10, 30)]
    results = run([look(plane, at) for at in path])
    for (affine, _), (a, b) in zip(results[1:], pairwise(path), strict=True):
        assert error_px(affine, between(a, b)) < 0.3
        assert affine[0, 2] < 0  # what the camera turns towards moves the other way


def crowd(plane: Image, at: Doubles, step: int) -> tuple[Image, Detections]:
    """The picture with people over half of it, all running to the right."""
    picture = look(plane, at)
    boxes = [
        (x + 25 * step, y, x + 25 * step + 210, y + 330)
        for x in (20, 300, 600, 880)
        for y in (20, 370)
    ]
    patch = world(seed=9)[:330, :210]
    for x1, y1, x2, y2 in boxes:
        picture[y1:y2, x1:x2] = patch
    scores = np.ones(len(boxes), np.float32)
    return picture, Detections(np.array(boxes, np.float32), scores)


def test_running_people_are_no_camera_motion():
    plane, moved = world(), camera((6, 2))
    before, people_before = crowd(plane, camera(), 0)
    now, people_now = crowd(plane, moved, 1)
    truth = between(camera(), moved)
    _, (affine, _) = run([before, now], [people_before, people_now])
    assert error_px(affine, truth) < 0.3
    _, (fooled, _) = run([before, now])
    assert error_px(fooled, truth) > 3, "the world must be one where the mask is needed"


@pytest.mark.parametrize("shift", [1.2, 12.0])
def test_a_score_board_stands_still_and_the_camera_does_not(shift):
    plane, moved = world(), camera((shift, 0))
    board = world(seed=5, tint=(200, 200, 200))[:300]
    pictures = []
    for at in (camera(), moved):
        picture = look(plane, at)
        picture[:140] = board[:140, :WIDTH]
        picture[-140:] = board[140:280, :WIDTH]
        pictures.append(picture)
    _, (affine, cut) = run(pictures)
    assert not cut
    assert error_px(affine, between(camera(), moved)) < 0.15


@pytest.mark.parametrize(
    ("with_camera", "otherwise", "known"),
    [(60, 10, True), (20, 10, False), (36, 60, False)],
    ids=["most", "too few", "less than half"],
)
def test_motion_is_known_where_enough_of_the_background_agrees(with_camera, otherwise, known):
    """Marks on a grey wall, some of which move with the camera and the others as they like."""
    rng = np.random.default_rng(0)
    pictures = [np.full((HEIGHT, WIDTH, 3), 90, np.uint8) for _ in range(2)]
    marks = rng.integers(0, 255, (96, 24, 24, 3), dtype=np.uint8)
    for n, i in enumerate(rng.permutation(96)[: with_camera + otherwise]):
        x, y = 20 + 105 * (i % 12), 20 + 88 * (i // 12)
        dx, dy = (8, 0) if n < with_camera else rng.integers(-16, 17, 2)
        pictures[0][y : y + 24, x : x + 24] = marks[i]
        pictures[1][y + dy : y + dy + 24, x + dx : x + dx + 24] = marks[i]
    _, (affine, _) = run(pictures)
    assert is_identity(affine) != known


def test_without_pictures_there_is_no_motion_and_no_cut():
    assert all(is_identity(affine) and not cut for affine, cut in run([None, None]))


def test_what_shows_nothing_has_no_motion():
    grey = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    results = run([grey, grey, grey])
    assert all(is_identity(affine) for affine, _ in results)
    assert cuts(results) == []


def test_motion_few_agree_on_is_unknown():
    """Noise of the same colours: no cut, no motion."""
    rng = np.random.default_rng(0)
    noise = [rng.integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8) for _ in range(3)]
    results = run(noise)
    assert all(is_identity(affine) for affine, _ in results)
    assert cuts(results) == []


def test_a_hard_cut_is_a_cut_once_with_no_motion():
    here, there = world(), world(seed=1, tint=(90, 90, 150))
    shots = [look(here, camera((4 * i, 0))) for i in range(3)]
    shots += [look(there, camera((4 * i, 0), zoom=1.6)) for i in range(3)]
    results = run(shots)
    assert cuts(results) == [3]
    assert is_identity(results[3][0])
    assert error_px(results[4][0], between(camera(), camera((4, 0)))) < 0.3


def test_a_fast_pan_is_no_cut():
    plane = world()
    results = run([look(plane, camera((x, 0))) for x in (-600, -300, 0, 300, 600)])
    assert cuts(results) == []


def test_a_pan_too_fast_to_follow_is_no_cut_either():
    plane = world()
    blurred = [cv2.blur(look(plane, camera((x, 0))), (260, 3)) for x in (-250, 250)]
    results = run([np.asarray(b, np.uint8) for b in blurred])
    assert is_identity(results[1][0]), "the pan must be one that cannot be followed"
    assert cuts(results) == []


@pytest.mark.parametrize(
    "struck",
    [
        lambda p: np.full_like(p, 255),
        lambda p: np.zeros_like(p),
        lambda p: cv2.add(p, np.full_like(p, 130)),
        lambda p: cv2.convertScaleAbs(p, alpha=3.0),
        lambda p: cv2.convertScaleAbs(p, alpha=0.2),
    ],
    ids=["white", "black", "flash", "over-exposed", "dark"],
)
def test_one_flash_is_no_cut_and_motion_goes_on_after_it(struck):
    plane = world()
    path = [camera((5 * i, 0)) for i in range(5)]
    pictures = [look(plane, at) for at in path]
    pictures[2] = struck(pictures[2])
    results = run(pictures)
    assert cuts(results) == []
    over_the_flash = np.vstack([results[3][0], [0, 0, 1]]) @ np.vstack([results[2][0], [0, 0, 1]])
    assert error_px(over_the_flash[:2], between(path[1], path[3])) < 1.0
    assert error_px(results[4][0], between(path[3], path[4])) < 0.3


def test_a_dark_shot_is_a_shot_of_its_own():
    """Who waits for ever for the light to come back sees nothing of it."""
    plane = world()
    shot = [look(plane, camera((3 * i, 0))) for i in range(2)]
    night = [look(world(seed=1), camera((3 * i, 0))) for i in range(8)]
    for picture in night:
        picture[:, :800] = 0
    results = run([*shot, *night])
    assert len(cuts(results)) == 1
    assert cuts(results)[0] in range(2, 6)
    assert error_px(results[-1][0], between(camera(), camera((3, 0)))) < 0.5


def test_another_size_of_picture_is_another_shot():
    shot = look(world(), camera())
    small = np.ascontiguousarray(shot[:480, :640])
    results = run([shot, small])
    assert cuts(results) == [1]
    assert is_identity(results[1][0])


def test_the_same_pictures_give_the_same_bytes():
    plane = world()
    pictures = [look(plane, camera((7 * i, i), zoom=1 + i / 200)) for i in range(4)]
    first, second = run(pictures), run(pictures)
    assert all(a.tobytes() == b.tobytes() for (a, _), (b, _) in zip(first, second, strict=True))


def clip(path, start: int, stop: int) -> list[Image]:
    video = cv2.VideoCapture(str(path))
    video.set(cv2.CAP_PROP_POS_FRAMES, start)
    pictures = [np.asarray(video.read()[1], np.uint8) for _ in range(start, stop)]
    video.release()
    return pictures


@pytest.mark.shared
def test_a_broadcast_pan_is_followed(shared):
    """SNMOT-116: laid over the next one, the background fits; its steps add up without drift."""
    pictures = clip(shared / "data" / "soccer-snmot116" / "clip_f001-350.mp4", 178, 183)
    results = run(pictures)
    assert cuts(results) == []
    inner = np.s_[100:-100, 100:-100]
    for (before, now), (affine, _) in zip(pairwise(pictures), results[1:], strict=True):
        laid = np.asarray(cv2.warpAffine(before, affine, before.shape[1::-1]), np.uint8)
        left, right = (cv2.absdiff(p[inner], now[inner]).mean() for p in (before, laid))
        assert right < 0.6 * left
    total = np.eye(3)
    for affine, _ in results[1:]:
        total = np.vstack([affine, [0, 0, 1]]) @ total
    _, (direct, _) = run([pictures[0], pictures[-1]])
    middle = np.array([960, 400])
    apart = middle @ total[:2, :2].T + total[:2, 2] - (middle @ direct[:, :2].T + direct[:, 2])
    assert np.linalg.norm(middle @ direct[:, :2].T + direct[:, 2] - middle) > 20
    assert np.linalg.norm(apart) < 2


@pytest.mark.shared
def test_a_camera_on_a_tripod_stands_still(shared):
    results = run(clip(shared / "data" / "pets-s2l1" / "vtest.avi", 0, 60))
    assert cuts(results) == []
    corners = np.array([[0, 0], [768, 576]], float)
    for affine, _ in results:
        assert np.abs(corners @ affine[:, :2].T + affine[:, 2] - corners).max() < 0.3


@pytest.mark.shared
def test_joining_two_clips_is_a_cut(shared):
    data = shared / "data"
    soccer = clip(data / "soccer-snmot116" / "clip_f001-350.mp4", 0, 3)
    other = clip(data / "clips" / "soccer_tsukuba_left_3072x1728_250f.mp4", 0, 3)
    other = [np.asarray(cv2.resize(p, (1920, 1080)), np.uint8) for p in other]
    closer = [np.asarray(cv2.resize(p[400:800, 900:1600], (1920, 1080)), np.uint8) for p in soccer]
    assert cuts(run([*soccer, *other, *closer])) == [3, 6]
