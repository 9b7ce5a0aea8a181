"""A match before anything is drawn."""

from __future__ import annotations

from dataclasses import dataclass

from .broadcast import MAIN, SECOND
from .choreography import Motion, simulate
from .people import Squad, demo_squad
from .script import demo_script


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
