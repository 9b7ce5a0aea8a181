"""Who is where, and when: a small simulation of a match, the same for the same seed.

Attackers run to places of their own choice, defenders mark them and swap, which gives the
crossings; the referee keeps their distance. The script's exits and entries override that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .broadcast import Operator, Rig
from .camera import Camera
from .errands import Errands, border
from .people import Squad
from .possession import Possession
from .screens import Screens
from .script import Script

Doubles = NDArray[np.float64]

_PACE, _ACCELERATION, _ELBOW_ROOM_M = 4.6, 5.0, 1.0
_TURN_PER_S = 7.0
_ANTICIPATION_S = 0.3
_DEPTH_M = (2.5, 18.5)
"""Nearest and farthest depth line of the play."""
_INSIDE_M = 1.0
"""Goals lie at least so far inside the picture."""


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """positions: (T, N, 2) metres; headings, phases, efforts: (T, N); ball: (T, 2) metres;
    cameras: T; shots: T indices of rigs. Headings: radians from +x towards +y."""

    positions: Doubles
    headings: Doubles
    phases: Doubles
    efforts: Doubles
    ball: Doubles
    cameras: tuple[Camera, ...]
    shots: tuple[int, ...]


def simulate(
    squad: Squad,
    script: Script,
    rigs: tuple[Rig, ...],
    size: tuple[int, int],
    game_time: tuple[int, float],
    seed: int,
) -> Motion:
    """Play the match for clock = (frames, frames per second).

    The rigs share the time equally, with a hard cut from one to the next.
    """
    frames, fps = game_time
    match = _Match(squad, script, 1.0 / fps, seed)
    operators = [Operator(rig, size) for rig in rigs]
    shots = tuple(i * len(rigs) // frames for i in range(frames))
    cameras: list[Camera] = []
    rows: list[tuple[Doubles, ...]] = []
    for shot in shots:
        cameras.append(operators[shot].follow(match.in_play, match.breath, match.dt_s))
        match.step(cameras[-1])
        now = (match.at, match.heading, match.phase, match.effort, match.possession.ball)
        rows.append(tuple(a.copy() for a in now))
    at, heading, phase, effort, ball = (np.array(c) for c in zip(*rows, strict=True))
    return Motion(at, heading, phase, effort, ball, tuple(cameras), shots)


class _Match:
    """Everybody at one moment; `step` moves on by one frame. Arrays are (N, ...) over people."""

    def __init__(self, squad: Squad, script: Script, dt_s: float, seed: int) -> None:
        # Seed 0 is a match in which people are hidden for short and for long.
        self.rng = np.random.default_rng([seed + 3, 3])
        self.dt_s, self.time_s = dt_s, 0.0
        people = squad.people
        self.attackers = list(range(len(squad.attackers)))
        self.defenders = [
            i for i, p in enumerate(people) if i not in self.attackers and p.role == "player"
        ]
        self.referee = people.index(squad.referee)
        n = len(people)
        self.errands, self.screens = Errands(script), Screens(script.screens)
        self.possession = Possession(self.attackers, self.rng)
        self.goal, self.choose_at_s = np.zeros((n, 2)), np.zeros(n)
        self.mark = {i: k % len(self.attackers) for k, i in enumerate(self.defenders)}
        self.mark_gap = np.zeros((n, 2))
        depth = self.rng.uniform(*_DEPTH_M, n)
        self.at = np.stack(
            [self.focus_m + np.linspace(-9, 9, n)[self.rng.permutation(n)], depth], axis=1
        )
        self.velocity, self.effort = np.zeros((n, 2)), np.zeros(n)
        self.heading, self.phase = self.rng.uniform(0, 2 * np.pi, (2, n))

    @property
    def focus_m(self) -> float:
        """Where along the pitch the play is."""
        t = self.time_s
        return float(6.0 * np.sin(2 * np.pi * t / 18 - 0.6) + np.sin(0.9 * t))

    @property
    def breath(self) -> float:
        """How close the operator likes to be, -1 to 1."""
        return float(np.sin(2 * np.pi * self.time_s / 13 - 1.2))

    @property
    def in_play(self) -> Doubles:
        """(K, 2): those whom the camera should not lose."""
        busy = self.errands.busy
        return self.at[[i for i in range(len(self.at)) if i not in busy]]

    def step(self, camera: Camera) -> None:
        """One frame on, as seen by this frame's camera."""
        self.time_s += self.dt_s
        for person in self.errands.advance(self.time_s, self.at, camera):
            self.choose_at_s[person] = 0.0
            if person in self.mark:
                del self.mark[person]
                self.mark[person] = self._unmarked()
        self._choose(camera)
        free = [i for i in [*self.attackers, *self.mark] if i not in self.errands.busy]
        screens = self.screens.goals(self.time_s, self.at, camera.position[:2], free)
        for person, place in screens.items():
            self.goal[person] = place
        pace = np.full(len(self.at), _PACE)
        for person, goal in self.errands.goals(camera).items():
            self.goal[person] = goal
            pace[person] = self.errands.leaving[person].pace
        self._move(pace)
        self.errands.hold(self.at, self.velocity, camera)
        self._turn()
        self.possession.step(self.time_s, self.at, self.heading, self.errands.busy)

    def _choose(self, camera: Camera) -> None:
        """Goals: attackers roam, defenders mark, the referee keeps behind the play."""
        for i in self.attackers:
            if self.time_s >= self.choose_at_s[i]:
                self.goal[i] = self._free_space(i)
                self.choose_at_s[i] = self.time_s + self.rng.uniform(2.5, 5.0)
        for i in self.defenders:
            if self.time_s >= self.choose_at_s[i]:
                other = self.defenders[int(self.rng.integers(len(self.defenders)))]
                if not {i, other} & self.errands.busy:
                    self.mark[i], self.mark[other] = self.mark[other], self.mark[i]
                self.mark_gap[i] = self.rng.uniform(1.2, 3.0, 2) * self.rng.choice([-1, 1], 2)
                self.choose_at_s[i] = self.time_s + self.rng.uniform(5.0, 9.0)
            self.goal[i] = self._marking(i)
        sway = 3 * np.sin(0.33 * self.time_s)
        self.goal[self.referee] = self.focus_m - 3.2 + 0.5 * sway, 13.0 + sway
        self.goal[:, 1] = self.goal[:, 1].clip(*_DEPTH_M)
        for goal in self.goal:
            left, right = (border(camera, side, goal[1]) for side in (-1, 1))
            goal[0] = np.clip(goal[0], left + _INSIDE_M, right - _INSIDE_M)

    def _free_space(self, i: int) -> Doubles:
        """Of a few places, the one farthest from where the other attackers are going."""
        y = self.rng.uniform(*_DEPTH_M, 5)
        x = self.focus_m + self.rng.uniform(-1, 1, 5) * (5.5 + 0.3 * y)
        places = np.stack([x, y], axis=1)
        others = self.goal[[j for j in self.attackers if j != i]]
        room = np.linalg.norm(places[:, None] - others[None], axis=2).min(axis=1)
        return np.asarray(places[int(room.argmax())])

    def _unmarked(self) -> int:
        """An attacker whom no defender on the pitch marks."""
        marked = {man for i, man in self.mark.items() if i not in self.errands.busy}
        return next((i for i in self.attackers if i not in marked), self.attackers[0])

    def _marking(self, i: int) -> Doubles:
        """Where a defender should be now: by their man."""
        man = self.mark[i]
        if man in self.errands.busy:
            return np.asarray((self.focus_m, 9.0) + 2 * self.mark_gap[i])
        return np.asarray(self.at[man] + _ANTICIPATION_S * self.velocity[man] + self.mark_gap[i])

    def _move(self, pace: Doubles) -> None:
        """Steer to the goals with bounded speed and acceleration; nobody runs through another."""
        way = self.goal - self.at
        distance = np.linalg.norm(way, axis=1)
        brake = np.sqrt(1.4 * _ACCELERATION * distance)  # so that one stops where one wants to
        speed = np.minimum(pace, np.minimum(brake, 3.0 * distance))
        wish = way / np.maximum(distance, 1e-9)[:, None] * speed[:, None]
        gap = self.at[:, None] - self.at[None]
        apart = np.linalg.norm(gap, axis=2) + 1e3 * np.eye(len(self.at)) + 1e-6
        push = np.clip(_ELBOW_ROOM_M / apart - 0.7, 0, 1.0)[..., None] * gap / apart[..., None]
        change = wish + 9.0 * push.sum(axis=1) - self.velocity
        most = _ACCELERATION * self.dt_s
        size = np.linalg.norm(change, axis=1)
        self.velocity += change * np.minimum(1.0, most / np.maximum(size, 1e-9))[:, None]
        self.at += self.velocity * self.dt_s

    def _turn(self) -> None:
        """Face where one runs, or the ball when standing; the stride goes by the distance run."""
        speed = np.linalg.norm(self.velocity, axis=1)
        gaze = np.where((speed > 0.9)[:, None], self.velocity, self.possession.ball - self.at)
        wish = np.arctan2(gaze[:, 1], gaze[:, 0])
        off = np.mod(wish - self.heading + np.pi, 2 * np.pi) - np.pi
        most = _TURN_PER_S * self.dt_s
        self.heading += np.clip(off, -most, most)
        self.phase += 2 * np.pi * speed * self.dt_s / (0.9 + 0.38 * speed)
        self.effort += (np.clip(speed / 6.2, 0, 1) - self.effort) * 0.25
