"""Where shots begin, on drawn pictures: cuts that colours alone do not show, dissolves, wipes; and
what looks like one and is none."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import cache, lru_cache

import cv2
import numpy as np
import pytest

from tests.observation.test_camera_motion import HEIGHT, WIDTH, camera, crowd, look, world
from tracker.observation.camera_motion import CameraEstimator
from tracker.observation.chunk import Carry
from tracker.observation.shot_cuts import SPAN
from tracker.settings import CameraSettings
from tracker.types import Detections, Doubles, Frame, Image

BEFORE, AFTER = 25, 25
"""Frames of each shot beside what happens between them: a second."""
NOISE = 3.0

Shot = Callable[[int], Image]
"""Frame number to picture."""


def shot(seed: int = 0, pan: float = 0.0, zoom: float = 1.0, tint=(60, 140, 60)) -> Shot:
    """A drawn ground under a camera that pans by so many pixels a frame; every picture has noise of
    its own."""
    plane = world(seed, tint)

    @lru_cache(maxsize=1)
    def view(moved: float) -> Image:
        return look(plane, camera((moved, 0), zoom=zoom))

    def at(i: int) -> Image:
        picture = view(pan * (i - 25))
        cv2.setRNGSeed(1000 * seed + i)
        noise = cv2.randn(np.zeros(picture.shape, np.int16), (0, 0, 0), (NOISE, NOISE, NOISE))
        return np.asarray(cv2.add(picture, noise, dtype=cv2.CV_8U), np.uint8)

    return at


def seen(
    pictures: Sequence[Image], people: Sequence[Detections] | None = None, fps: float = 25.0
) -> list[tuple[int, int]]:
    """(frame, frames before it that show both shots) of every cut that is found."""
    estimator, found = CameraEstimator(CameraSettings()), []
    for i, picture in enumerate(pictures):
        who = people[i] if people else Detections.empty()
        if estimator.estimate(Frame(i, i / fps, picture), who)[1]:
            found.append((i, estimator.mixed))
    return found


def joined(first: Shot, second: Shot, between: Sequence[float | Image] = ()) -> list[Image]:
    """The one shot, then the other. between: weights (or masks of weights) of the second."""
    count = len(between)
    pictures = [first(i) for i in range(BEFORE)]
    for n, share in enumerate(between):
        i = BEFORE + n
        share = np.asarray(share, np.float32)
        mixed = (1 - share) * first(i) + share * second(i)
        pictures.append(np.clip(mixed.round(), 0, 255).astype(np.uint8))
    return pictures + [second(BEFORE + count + i) for i in range(AFTER)]


SHOTS = {
    "same colours": (shot(0), shot(1)),
    "same colours, panning": (shot(0, pan=3), shot(1, pan=-3)),
    "the same place, nearer": (shot(0), shot(0, zoom=2.5)),
    "other colours": (shot(0), shot(1, tint=(90, 90, 150))),
}
pairs = pytest.mark.parametrize("pair", SHOTS.values(), ids=SHOTS)


@pairs
def test_a_hard_cut_is_seen_in_its_first_frame(pair: tuple[Shot, Shot]) -> None:
    assert seen(joined(*pair)) == [(BEFORE, 0)]


def test_a_cut_is_seen_though_the_video_has_hardly_begun() -> None:
    pictures = joined(*SHOTS["same colours"])[BEFORE - 5 : BEFORE + 10]
    assert seen(pictures) == [(5, 0)]


def test_two_cuts_soon_after_each_other_are_two() -> None:
    one, other = SHOTS["same colours"]
    pictures = [(one if i < 25 or i >= 33 else other)(i) for i in range(60)]
    assert [i for i, _ in seen(pictures)] == [25, 33]


@pairs
@pytest.mark.parametrize("length", [3, 6, 12])
def test_a_dissolve_ends_in_a_cut(pair: tuple[Shot, Shot], length: int) -> None:
    shares = np.linspace(0, 1, length + 2)[1:-1]
    covered(seen(joined(*pair, shares)), length)


def wipe(length: int, side: str) -> list[Image]:
    ramp = np.linspace(0, 1, WIDTH if side == "left" else HEIGHT, endpoint=False)
    ramp = ramp[None, :, None] if side == "left" else ramp[:, None, None]
    return [(ramp < n / (length + 1)).astype(np.float32) for n in range(1, length + 1)]


@pytest.mark.parametrize(
    ("pair", "length"),
    [
        ("same colours", 8),
        ("same colours", 15),
        ("same colours, panning", 8),
        ("other colours", 15),
        ("the same place, nearer", 8),
    ],
)
@pytest.mark.parametrize("side", ["left", "top"])
def test_a_wipe_ends_in_a_cut(pair: str, length: int, side: str) -> None:
    covered(seen(joined(*SHOTS[pair], wipe(length, side))), length)


def covered(found: Sequence[tuple[int, int]], length: int) -> None:
    """All pictures in which the second shot has half the say are behind a cut or known as mixed."""
    assert found, "no cut was seen"
    last, _ = found[-1]
    assert found[0][0] >= BEFORE
    assert last <= BEFORE + length + 3
    mixed = {i - k for i, many in found for k in range(1, many + 1)} | {i for i, _ in found}
    late = range(BEFORE + (length + 1) // 2, last)
    assert set(late) <= mixed, f"{found} do not speak of {sorted(set(late) - mixed)}"


@pytest.mark.parametrize("struck", [0, 1])
def test_a_cut_in_a_flash_is_seen(struck: int) -> None:
    """The last picture of the one shot, or the first of the other, is over-exposed."""
    pictures = joined(*SHOTS["same colours"])
    at = BEFORE - 1 + struck
    pictures[at] = cv2.add(pictures[at], np.full_like(pictures[at], 130))
    found = [i for i, _ in seen(pictures)]
    assert len(found) == 1
    assert found[0] in (BEFORE, BEFORE + 1)


# ----------------------------------------------------------------------------- and what is none


@pytest.mark.parametrize("length", [1, 3])
def test_a_flash_is_no_cut(length: int) -> None:
    ground = shot()
    pictures = [ground(i) for i in range(50)]
    for i in range(25, 25 + length):
        pictures[i] = cv2.add(pictures[i], np.full_like(pictures[i], 130))
    assert seen(pictures) == []


@pytest.mark.parametrize("to", [0.5, 1.6])
def test_light_that_changes_is_no_cut(to: float) -> None:
    ground = shot()
    """A cloud, a camera that adapts: within half a second."""
    levels = np.concatenate([np.ones(25), np.linspace(1, to, 12), np.full(25, to)])
    pictures = [
        np.clip(ground(i) * level, 0, 255).astype(np.uint8) for i, level in enumerate(levels)
    ]
    assert seen(pictures) == []


@pytest.mark.parametrize("step", [1.01, 1.03])
def test_a_zoom_is_no_cut(step: float) -> None:
    plane, zooms = world(), [1.0] * 20 + [step**i for i in range(25)] + [step**24] * 20
    assert seen([look(plane, camera(zoom=zoom)) for zoom in zooms]) == []


def panned(places: Sequence[float], blurred: bool) -> list[Image]:
    """A camera at these places; blurred: as far as it moves while a picture is taken."""
    plane, pictures = world(), []
    for i, x in enumerate(places):
        picture = look(plane, camera((x, 0)))
        way = int(abs(x - places[max(i - 1, 0)]) / 2)
        pictures.append(
            np.asarray(cv2.blur(picture, (max(way, 1), 1)), np.uint8) if blurred else picture
        )
    return pictures


@pytest.mark.parametrize("blurred", [False, True], ids=["sharp", "blurred"])
@pytest.mark.parametrize("speed", [10, 40, 90, 200])
def test_a_pan_is_no_cut(speed: int, blurred: bool) -> None:
    """It begins and ends within a few frames, and goes over most of the ground."""
    count = min(30, 1200 // speed)
    speeds = np.concatenate(
        [np.zeros(20), [speed / 2], np.full(count, speed), [speed / 2], np.zeros(20)]
    )
    assert seen(panned((np.cumsum(speeds) - 600).tolist(), blurred)) == []


def passing(width: int, frames: int, detected: bool) -> tuple[list[Image], list[Detections]]:
    """Somebody runs past the camera, as high as the picture and so wide."""
    ground = shot()
    patch = world(seed=9, tint=(150, 60, 60))[:HEIGHT, : max(width, 1)]
    pictures, people = [], []
    for i in range(25 + frames + 25):
        picture, boxes = ground(i), np.zeros((0, 4), np.float32)
        x1 = round(-width + (WIDTH + width) * (i - 25) / frames)
        a, b = max(x1, 0), min(x1 + width, WIDTH)
        if b > a:
            picture[:, a:b] = patch[:, a - x1 : b - x1]
            boxes = np.array([[a, 0, b, HEIGHT]], np.float32)
        pictures.append(picture)
        people.append(
            Detections(boxes, np.ones(len(boxes), np.float32)) if detected else Detections.empty()
        )
    return pictures, people


@pytest.mark.parametrize("detected", [False, True])
@pytest.mark.parametrize("frames", [8, 16])
@pytest.mark.parametrize("width", [300, 500, 700])
def test_somebody_who_runs_past_the_camera_is_no_cut(
    width: int, frames: int, detected: bool
) -> None:
    assert seen(*passing(width, frames, detected)) == []


def test_a_crowd_that_runs_is_no_cut() -> None:
    told = [crowd(world(), camera((2 * i, 0)), i % 8) for i in range(40)]
    assert seen([p for p, _ in told], [d for _, d in told]) == []


@pytest.mark.parametrize("rows", [(0, 90), (560, 720)], ids=["score board", "banner"])
def test_a_score_board_that_moves_is_no_cut(rows: tuple[int, int]) -> None:
    """It slides in, shows something else, and goes."""
    ground, pictures = shot(pan=3), []
    for i in range(70):
        picture = ground(i)
        if 25 <= i < 45:
            board = world(seed=5 + (i > 35), tint=(200, 200, 200))
            width = min(WIDTH, 160 * (i - 24))
            picture[rows[0] : rows[1], :width] = board[rows[0] : rows[1], :width]
        pictures.append(picture)
    assert seen(pictures) == []


def test_boards_along_the_pitch_that_change_are_no_cut() -> None:
    ground, pictures = shot(), []
    for i in range(60):
        picture = ground(i)
        picture[200:330] = world(seed=30 + i // 12, tint=(160, 120, 90))[200:330, :WIDTH]
        pictures.append(picture)
    assert seen(pictures) == []


# ----------------------------------------------------------------------------------- and going on


@cache
def dark_and_dissolving() -> tuple[list[Frame], list[tuple[Doubles, bool, int, Carry]]]:
    """Frames, and of each its camera motion, whether it is a cut, how many frames are mixed, and
    what is carried on."""
    pictures = joined(*SHOTS["same colours"], np.linspace(0, 1, 8)[1:-1])
    pictures[18:20] = [np.zeros_like(pictures[0])] * 2  # dark: nothing to be seen
    frames = [Frame(i, i / 25, picture) for i, picture in enumerate(pictures)]
    plain, told = CameraEstimator(CameraSettings()), []
    for frame in frames:
        motion, cut = plain.estimate(frame, Detections.empty())
        told.append(
            (motion, cut, plain.mixed, Carry(plain.hidden, recent=plain.recent(frame.index)))
        )
    return frames, told


@pytest.mark.parametrize("stop", [4, 20, 26, 28, 31, 33, 45])
def test_who_goes_on_after_any_frame_sees_the_same(stop: int) -> None:
    """As from a store: `SPAN` frames are looked at again, and what was carried on is read."""
    (frames, told), nobody = dark_and_dissolving(), Detections.empty()
    carry = Carry.read(json.loads(json.dumps(asdict(told[stop][3]))))
    again = CameraEstimator(CameraSettings())
    before = range(max(stop + 1 - SPAN, 0), stop + 1)
    again.recall(carry.recent, carry.hidden, [(frames[i], nobody, told[i][0]) for i in before])
    for frame, (motion, cut, mixed, behind) in zip(
        frames[stop + 1 :], told[stop + 1 :], strict=True
    ):
        now = again.estimate(frame, nobody)
        assert now[0].tobytes() == motion.tobytes()
        assert (now[1], again.mixed) == (cut, mixed)
        assert (again.hidden, again.recent(frame.index)) == (behind.hidden, behind.recent)


def test_a_clip_of_cuts_only_and_one_frame_a_second() -> None:
    """Nothing is known of such a video; what is said of it is a matter of taste, not of luck."""
    pictures = [look(world(seed, (60 + 20 * seed, 140, 60)), camera()) for seed in range(4)] * 2
    for fps in (25.0, 1.0):
        assert all(mixed == 0 for _, mixed in seen(pictures, fps=fps))
    assert seen(pictures[:1]) == []
