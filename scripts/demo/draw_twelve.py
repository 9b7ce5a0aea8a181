"""Draw the match of docs/twelve.md, six a side: `python scripts/demo/draw_twelve.py OUT`.

It is the demo's match with one player more, so that twelve are to be named. Its gallery is left
out, because the page shows how one is made.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path

from tracker.demo.broadcast import MAIN
from tracker.demo.choreography import simulate
from tracker.demo.files import DemoError, write_world
from tracker.demo.people import HAIRS, HARBOUR, SKINS, Appearance, Person, Squad, demo_squad
from tracker.demo.script import demo_script
from tracker.demo.world import World

SIZE, FPS, SEED = (1280, 720), 25.0, 1
LOOK = Appearance(SKINS["tan"], HAIRS["grey"], (250, 60, 140), "long", 0.55, tights=(26, 26, 30))


def twelve_a_match() -> Squad:
    """The demo's squad and a sixth player for Harbour."""
    squad = demo_squad()
    sixth = Person(13, "Ibsen", 5, "Harbour", "player", HARBOUR, LOOK, 1.86)
    return replace(squad, attackers=(*squad.attackers, sixth))


def main(arguments: list[str] | None = None) -> int:
    """Exit code: 0 written, 2 a mistake in the arguments."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path, metavar="OUT", help="folder to write")
    parser.add_argument("--seconds", type=float, default=20.0, help="length (20)")
    args = parser.parse_args(arguments)
    squad, frames = twelve_a_match(), round(args.seconds * FPS)
    script = demo_script(squad, args.seconds)
    motion = simulate(squad, script, (MAIN,), SIZE, (frames, FPS), SEED)
    try:
        write_world(World(squad, motion, SIZE, FPS, SEED), args.out, jobs=os.cpu_count() or 1)
    except DemoError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    shutil.rmtree(args.out / "gallery")
    print(f"{args.out}: {frames} frames, {len(squad.people) - 1} players and a referee")
    return 0


if __name__ == "__main__":
    sys.exit(main())
