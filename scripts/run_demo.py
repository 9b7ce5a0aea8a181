"""`make demo`: draw a match, track it, name the players, render it, count the right names."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def run(*command: str | Path) -> None:
    """Show a command and run it; stop at the first that fails."""
    words = [str(c) for c in command]
    print("$", " ".join(words), flush=True)
    done = subprocess.run(words, check=False)
    if done.returncode:
        sys.exit(done.returncode)


def main(folder: Path) -> None:
    teamsheet = Path(sys.executable).with_name("teamsheet")
    world, out = folder / "world", folder / "out"
    if not world.exists():
        run(sys.executable, ROOT / "scripts" / "make_demo.py", world)
    run(
        teamsheet, "track", world / "match.mp4", "--gallery", world / "gallery", "-o", out,
        "--detector", "efficientdet-lite0", "--encoder", "stripes", "--render", "--overwrite",
    )  # fmt: skip
    run(
        teamsheet, "eval", world / "gt" / "gt.txt", out,
        "--names", world / "names.csv", "--gallery", world / "gallery",
    )  # fmt: skip
    print(f"\nthe table:  {out / 'tracks.csv'}\nthe video:  {out / 'video.mp4'}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "demo")
