"""Draws the frames of a world."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from .body import View
from .camera import Camera
from .choreography import Motion, simulate
from .figure import Sprite, draw
from .operator import MAIN, SECOND
from .people import Person, Squad, demo_squad
from .pose import Pose, joints
from .script import demo_script
from .shadow import cast_shadows
from .stadium import panorama
from .truth import TruthRow, truth

Image = NDArray[np.uint8]
Doubles = NDArray[np.float64]

_SHUTTER_S = 1 / 120
_NOISE = 1.5
_BALL_M = 0.11


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """A match before anything is drawn: who, where, seen by which camera."""

    squad: Squad
    motion: Motion
    size: tuple[int, int]
    fps: float
    seed: int

    @property
    def frames(self) -> int:
        return len(self.motion.cameras)


def demo_world(
    seconds: float = 20.0, seed: int = 0, size: tuple[int, int] = (1280, 720), cut: bool = False
) -> World:
    """The demo's match. cut: halfway, a second camera takes over."""
    fps, squad = 25.0, demo_squad()
    frames = max(1, round(seconds * fps))
    rigs = (MAIN, SECOND) if cut else (MAIN,)
    motion = simulate(squad, demo_script(squad, seconds), rigs, size, (frames, fps), seed)
    return World(squad, motion, size, fps, seed)


class Painter:
    """Draws any frame of a world, in any order: a frame depends on its index alone."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._stadiums: dict[int, tuple[Camera, Image]] = {}
        w, h = world.size
        rng = np.random.default_rng([world.seed, 5])
        noise = rng.normal(128, _NOISE, (h + 64, w + 64, 3))
        self._noise = np.clip(np.round(noise), 0, 255).astype(np.uint8)

    def paint(self, index: int) -> tuple[Image, list[TruthRow]]:
        """Picture (H, W, 3) uint8 BGR and truth of the frame with this 0-based index."""
        picture = self._stadium(index)
        camera = self.world.motion.cameras[index]
        sprites = self._sprites(index)
        cast_shadows(picture, [self._world_joints(index, i) for _, i, _ in sprites], camera)
        ball, ball_depth = camera.project([*self.world.motion.ball[index], _BALL_M])
        for depth, _, sprite in [s for s in sprites if s[0] > ball_depth]:
            _paste(picture, sprite)
        self._ball(picture, ball, camera.focal_px / float(ball_depth))
        for depth, _, sprite in [s for s in sprites if s[0] <= ball_depth]:
            _paste(picture, sprite)
        picture = np.asarray(cv2.GaussianBlur(picture, (3, 3), 0.45), np.uint8)
        dx, dy = np.random.default_rng([self.world.seed, 6, index]).integers(0, 64, 2)
        noise = self._noise[dy : dy + picture.shape[0], dx : dx + picture.shape[1]]
        picture = np.asarray(cv2.addWeighted(picture, 1.0, noise, 1.0, -128.0), np.uint8)
        return picture, self._truth(sprites)

    def truth(self, index: int) -> list[TruthRow]:
        """The truth alone, several times as fast as the picture."""
        return self._truth(self._sprites(index))

    def _truth(self, sprites: list[tuple[float, int, Sprite]]) -> list[TruthRow]:
        people = self.world.squad.people
        return truth([(people[i], sprite) for _, i, sprite in sprites], self.world.size)

    def _sprites(self, index: int) -> list[tuple[float, int, Sprite]]:
        """Depth, person and picture of everybody near the camera's view, far ones first."""
        motion, w = self.world.motion, self.world.size[0]
        camera, found = motion.cameras[index], []
        feet, depths = camera.project(np.pad(motion.positions[index], ((0, 0), (0, 1))))
        for i, person in enumerate(self.world.squad.people):
            scale = camera.focal_px / depths[i]
            if -1.2 * scale < feet[i, 0] < w + 1.2 * scale:
                view = self._view(index, i, feet[i], scale)
                found.append((float(depths[i]), i, draw(person, self._pose(index, i), view)))
        return sorted(found, key=lambda f: (-f[0], f[1]))

    def _pose(self, index: int, i: int) -> Pose:
        motion = self.world.motion
        return Pose(float(motion.phases[index, i]), float(motion.efforts[index, i]))

    def _view(self, index: int, i: int, foot: Doubles, scale_px: float) -> View:
        motion = self.world.motion
        x, y = motion.positions[index, i] - motion.cameras[index].position[:2]
        sight = np.arctan2(y, x)  # direction from the camera to the person
        tilt = np.arctan2(motion.cameras[index].position[2], np.hypot(x, y))
        before = max(index - 1, 0)
        camera_before = motion.cameras[before]
        blur = 0.0
        if motion.shots[before] == motion.shots[index]:
            was = camera_before.project([*motion.positions[before, i], 0.0])[0]
            blur = abs(float(was[0] - foot[0])) * self.world.fps * _SHUTTER_S
        turn = float(sight - motion.headings[index, i])
        return View((float(foot[0]), float(foot[1])), scale_px, turn, float(tilt), min(blur, 6.0))

    def _world_joints(self, index: int, i: int) -> dict[str, Doubles]:
        motion, person = self.world.motion, self.world.squad.people[i]
        heading = motion.headings[index, i]
        c, s = np.cos(heading), np.sin(heading)
        turn = np.array([[s, -c, 0], [c, s, 0], [0, 0, 1.0]])  # rows: right, forward, up
        foot = np.array([*motion.positions[index, i], 0.0])
        pose = self._pose(index, i)
        return {name: foot + at @ turn for name, at in joints(pose, person.height_m).items()}

    def _stadium(self, index: int) -> Image:
        motion = self.world.motion
        shot, camera = motion.shots[index], motion.cameras[index]
        if shot not in self._stadiums:
            wide = _wide([c for c, s in zip(motion.cameras, motion.shots, strict=True) if s == shot])
            self._stadiums[shot] = wide, panorama(wide, self.world.seed)
        wide, picture = self._stadiums[shot]
        move = camera.homography_from(wide)
        return np.asarray(cv2.warpPerspective(picture, move, camera.size), np.uint8)

    @staticmethod
    def _ball(picture: Image, at: Doubles, scale_px: float) -> None:
        bits = 4
        for share, shift, colour in ((1.0, 0.0, (150, 150, 150)), (0.8, 0.2, (240, 242, 242))):
            centre = (at - shift * _BALL_M * scale_px) * (1 << bits)
            middle = (round(float(centre[0])), round(float(centre[1])))
            radius = round(share * _BALL_M * scale_px * (1 << bits))
            cv2.circle(picture, middle, radius, colour, -1, cv2.LINE_AA, bits)


def _wide(cameras: list[Camera]) -> Camera:
    """A camera whose one picture holds everything that these (of one place) see."""
    w, h = cameras[0].size
    pans, tilts = np.array([c.pan for c in cameras]), np.array([c.tilt for c in cameras])
    focal = float(np.median([c.focal_px for c in cameras]))
    middle = replace(
        cameras[0],
        pan=float(pans.min() + pans.max()) / 2,
        tilt=float(tilts.min() + tilts.max()) / 2,
        focal_px=focal,
    )
    corners = np.array([[0, 0], [w, 0], [0, h], [w, h]], np.float64)
    reach = np.zeros(2)
    for camera in cameras:
        moved = cv2.perspectiveTransform(corners[None], middle.homography_from(camera))[0]
        reach = np.maximum(reach, np.abs(moved - (w / 2, h / 2)).max(axis=0))
    return replace(middle, size=(2 * int(reach[0] + 4), 2 * int(reach[1] + 4)))


def _paste(picture: Image, sprite: Sprite) -> None:
    h, w = picture.shape[:2]
    x0, y0 = max(0, -sprite.left), max(0, -sprite.top)
    left, top = sprite.left + x0, sprite.top + y0
    patch = sprite.pixels[y0 : y0 + max(0, h - top), x0 : x0 + max(0, w - left)]
    if patch.size:
        place = picture[top : top + patch.shape[0], left : left + patch.shape[1]]
        keep = cv2.merge([255 - patch[..., 3]] * 3)
        place[:] = cv2.add(cv2.multiply(place, keep, scale=1 / 255), patch[..., :3])
