"""Draw a match of two teams with full truth and a gallery: `python scripts/demo/make_demo.py OUT`."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

from tracker.demo.files import DemoError, write_world
from tracker.demo.world import demo_world


def main(arguments: list[str] | None = None) -> int:
    """Exit code: 0 written, 2 a mistake in the arguments."""
    args = _parser().parse_args(arguments)
    start = time.monotonic()
    try:
        world = demo_world(args.seconds, args.seed, args.size, args.cut)
        write_world(world, args.out, args.overwrite, args.jobs)
    except DemoError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    people = len(world.squad.people)
    took = time.monotonic() - start
    print(f"{args.out}: {world.frames} frames, {people} people, drawn in {took:.0f} s")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path, metavar="OUT", help="folder to write")
    parser.add_argument("--seconds", type=_seconds, default=20.0, help="length (20)")
    parser.add_argument("--seed", type=int, default=0, help="another seed, another match (0)")
    parser.add_argument("--size", type=_size, default=(1280, 720), help="WxH (1280x720)")
    parser.add_argument("--cut", action="store_true", help="a second camera takes over halfway")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="drawing processes")
    parser.add_argument("--overwrite", action="store_true", help="replace OUT")
    return parser


def _seconds(text: str) -> float:
    value = float(text)
    if not 0.04 <= value <= 3600:
        raise argparse.ArgumentTypeError("between 0.04 and 3600")
    return value


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise argparse.ArgumentTypeError("write WxH, for example 1280x720")
    size = int(width), int(height)
    if min(size) < 64 or max(size) > 4096 or size[0] % 2 or size[1] % 2:
        raise argparse.ArgumentTypeError("even numbers from 64 to 4096")
    return size


if __name__ == "__main__":
    sys.exit(main())
