"""Draws the frames of a world."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from .body import View
from .camera import Camera, enclosing
from .figure import Sprite, draw, paste
from .pose import Pose, world_joints
from .shadow import cast_shadows
from .stadium import panorama
from .truth import TruthRow, truth
from .world import World

Image = NDArray[np.uint8]
Doubles = NDArray[np.float64]

_SHUTTER_S = 1 / 120
_NOISE = 1.3
_BALL_M = 0.11


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
        cast_shadows(picture, [self._joints(index, i) for _, i, _ in sprites], camera)
        ball, ball_depth = camera.project([*self.world.motion.ball[index], _BALL_M])
        for before_ball in (False, True):
            for depth, _, sprite in sprites:
                if (depth < ball_depth) == before_ball:
                    paste(picture, sprite)
            if not before_ball:
                self._ball(picture, ball, camera.focal_px / float(ball_depth))
        return self._expose(picture, index), self._truth(sprites)

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
        before, blur = max(index - 1, 0), 0.0
        if motion.shots[before] == motion.shots[index]:
            was = motion.cameras[before].project([*motion.positions[before, i], 0.0])[0]
            blur = abs(float(was[0] - foot[0])) * self.world.fps * _SHUTTER_S
        turn = float(sight - motion.headings[index, i])
        return View((float(foot[0]), float(foot[1])), scale_px, turn, float(tilt), min(blur, 6.0))

    def _joints(self, index: int, i: int) -> dict[str, Doubles]:
        motion, person = self.world.motion, self.world.squad.people[i]
        place, heading = motion.positions[index, i], float(motion.headings[index, i])
        return world_joints(self._pose(index, i), person.height_m, place, heading)

    def _stadium(self, index: int) -> Image:
        motion = self.world.motion
        shot, camera = motion.shots[index], motion.cameras[index]
        if shot not in self._stadiums:
            pairs = zip(motion.cameras, motion.shots, strict=True)
            wide = enclosing([c for c, s in pairs if s == shot])
            self._stadiums[shot] = wide, panorama(wide, self.world.seed)
        wide, picture = self._stadiums[shot]
        move = camera.homography_from(wide)
        return np.asarray(cv2.warpPerspective(picture, move, camera.size), np.uint8)

    def _expose(self, picture: Image, index: int) -> Image:
        """A lens that is not quite sharp and a sensor that is not quite still."""
        soft = cv2.GaussianBlur(picture, (3, 3), 0.45)
        dx, dy = np.random.default_rng([self.world.seed, 6, index]).integers(0, 64, 2)
        noise = self._noise[dy : dy + picture.shape[0], dx : dx + picture.shape[1]]
        return np.asarray(cv2.addWeighted(soft, 1.0, noise, 1.0, -128.0), np.uint8)

    @staticmethod
    def _ball(picture: Image, at: Doubles, scale_px: float) -> None:
        bits = 4
        for share, shift, colour in ((1.0, 0.0, (150, 150, 150)), (0.8, 0.2, (240, 242, 242))):
            centre = (at - shift * _BALL_M * scale_px) * (1 << bits)
            middle = (round(float(centre[0])), round(float(centre[1])))
            radius = round(share * _BALL_M * scale_px * (1 << bits))
            cv2.circle(picture, middle, radius, colour, -1, cv2.LINE_AA, bits)
