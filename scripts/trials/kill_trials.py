"""Kill commands at random moments, and run two at once: `kill_trials.py --json f.json`.

Every trial is a copy of the drawn world of tests/worlds/kills.py. Kills are SIGKILL, TERM, HUP and
INT at a moment of the command's own length; then a reader looks, and the command is given once
more (a run goes on by --resume). Counted: what somebody has lost, results that are mixed, an OUT
that is missing, other bytes in the end, hidden things that stay. `teamsheet batch` on Ray is killed
as a process of its own (tests/worlds/ray_kills.py), where Ray is installed.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from itertools import cycle, islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from gallery.atomic.lock import BusyError
from tests.worlds import kills as kills
from tracker.output.run_folder import working
from tracker.runs import correct as correcting
from tracker.runs.endings import as_ctrl_c

Command = Callable[[Path], None]
_SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
_TARGETS = {"track": "second", "gallery cut": "players", "gallery add": "players",
            "eval": "scores", "convert": "boxes.txt", "tubelets": "clips"}  # fmt: skip
_BUSY = 3
_BEGUN_S = 1.0  # so long Python itself may take to begin, in which a signal does what it does


def says(text: str) -> Command:
    def correct(root: Path) -> None:
        correcting.correct(root / "out", correcting.CorrectionRequest([text]), kills.quiet)

    return correct


_FIRST, _SECOND = says("track 1 is nobody"), says("track 3 is nobody from frame 5")
PAIRS: dict[str, tuple[Command, Command]] = {
    "correct + correct": (_FIRST, _SECOND),
    "track --overwrite + correct": (kills.overwrite, _FIRST),
    "track --resume + correct": (kills.resume, _FIRST),
    "track --resume + track --resume": (kills.resume, kills.resume),
    "track --overwrite + track --overwrite": (kills.overwrite, kills.overwrite),
    "correct + gallery people": (_FIRST, kills.people),
    "correct + report": (_FIRST, kills.report),
    "gallery add + gallery add": (kills.add, kills.add),
    "gallery cut + gallery add": (kills.cut, kills.add),
    "eval + eval": (kills.score, kills.score),
}


def started(command: Command, root: Path) -> int:
    child = os.fork()
    if child:
        return child
    code = 0
    try:
        as_ctrl_c()
        kills.hushed(command, root)
    except BusyError:
        code = _BUSY
    except BaseException:
        code = 1
    os._exit(code)


def ended(child: int) -> int:
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def again(name: str, root: Path) -> None:
    """The command once more: a run goes on with what it has observed."""
    over = name.startswith("track --overwrite")
    begun = (working(root / "out") / "observations").is_dir()
    if over and (begun or _count(root) == kills.NEW):
        kills.track(root, resume=True, render="--render" in name)
    else:
        kills.COMMANDS[name](root)


def _count(root: Path) -> int:
    receipt = json.loads((root / "out" / "run.json").read_text())
    return int(receipt["source"]["frames"]["count"])


def kill_trials(
    world: Path, scratch: Path, count: int, draw: random.Random
) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {}
    whole: dict[str, tuple[float, list[tuple[str, ...]], dict[str, str]]] = {}
    for number, name in enumerate(islice(cycle(kills.COMMANDS), count)):
        target = _TARGETS.get(name, "out")
        if name not in whole:
            root = kills.copied(world, scratch / "root")
            begun = time.monotonic()
            ended(started(kills.COMMANDS[name], root))
            spent = time.monotonic() - begun
            ways = [kills.results(world / "out"), kills.results(root / "out")]
            whole[name] = spent, ways, kills.files(root / target)
        spent, ways, new = whole[name]
        root = kills.copied(world, scratch / "root")
        child = started(kills.COMMANDS[name], root)
        time.sleep(draw.uniform(0, spent))
        how = _SIGNALS[number // len(kills.COMMANDS) % len(_SIGNALS)]
        os.kill(child, how)
        ended(child)
        tally = found.setdefault(name, Counter())
        tally["trials"] += 1
        for moment in ("left", "looked at"):
            tally["lost"] += bool(kills.mine(root))
            tally["OUT missing"] += not (root / "out").is_dir()
            tally["mixed"] += kills.results(root / "out") not in ways
            kills.look(root)
            del moment
        kills.hushed(lambda place: again(name, place), root)  # noqa: B023
        tally["other bytes"] += kills.files(root / target) != new
        tally["hidden"] += bool(kills.hidden(root))
    return found


def ray_trials(
    world: Path, scratch: Path, count: int, draw: random.Random
) -> dict[str, Counter[str]]:
    """`teamsheet batch`; it takes seconds for Ray to begin, so fewer moments are tried."""
    from tests.worlds import ray_kills as ray_worlds

    found = {way: Counter[str]() for way in ray_worlds.WAYS}
    with tempfile.TemporaryDirectory(prefix="kt") as ray:  # short: sockets lie in it
        ray_worlds.build(world)
        spent, new = ray_worlds.whole(world, scratch / "root", Path(ray))
        for number in range(count):
            way = ray_worlds.WAYS[number % 2]
            how, after_s = _SIGNALS[number // 2 % len(_SIGNALS)], draw.uniform(_BEGUN_S, spent)
            ray_worlds.trial(world, scratch / "root", Path(ray), way, after_s, how, new, found[way])
    return found


def pair_trials(
    world: Path, scratch: Path, count: int, draw: random.Random
) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {}
    for name, both in PAIRS.items():
        tally = found[name] = Counter()
        for _ in range(count):
            root = kills.copied(world, scratch / "root")
            children = []
            for command in both:
                children.append(started(command, root))
                time.sleep(draw.uniform(0, 0.2))
            codes = [ended(child) for child in children]
            tally["trials"] += 1
            tally["refused"] += codes.count(_BUSY)
            tally["failed"] += sum(code not in (0, _BUSY) for code in codes)
            kept = len(correcting.corrections(root / "out"))
            said = sum(
                command in (_FIRST, _SECOND) and not code
                for command, code in zip(both, codes, strict=True)
            )
            tally["lost"] += bool(kills.mine(root)) or kept < said
            tally["OUT missing"] += not kills.results(root / "out")
            tally["hidden"] += bool(kills.hidden(root))
    return found


def table(found: dict[str, Counter[str]]) -> str:
    columns = list(dict.fromkeys(c for tally in found.values() for c in tally))
    total = sum(found.values(), Counter())
    width = max(map(len, found))
    lines = [f"{'':<{width}}  " + "  ".join(columns)]
    for name, tally in {**found, "all": total}.items():
        cells = "  ".join(f"{tally[c]:>{len(c)}}" for c in columns)
        lines.append(f"{name:<{width}}  {cells}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=300, help="Kills at random moments.")
    parser.add_argument("--pairs", type=int, default=50, help="Trials of each pair of commands.")
    parser.add_argument("--ray", type=int, default=60, help="Kills of batch on Ray.")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="Write the figures here, too.")
    args = parser.parse_args()
    draw = random.Random(args.seed)
    with tempfile.TemporaryDirectory() as folder:
        world = kills.build(Path(folder) / "world")
        killed = kill_trials(world, Path(folder), args.kills, draw) if args.kills else {}
        paired = pair_trials(world, Path(folder), args.pairs, draw) if args.pairs else {}
        with_ray = args.ray and importlib.util.find_spec("ray") is not None
        season = Path(folder) / "season"
        batched = ray_trials(season, Path(folder), args.ray, draw) if with_ray else {}
    if args.ray and not with_ray:
        print('batch was not killed: it needs pip install "teamsheet[cluster]"')
    if args.json:
        told = {"kills": killed, "pairs": paired, "ray": batched}
        args.json.write_text(json.dumps(told, indent=2) + "\n")
    for found in filter(None, (killed, paired, batched)):
        print(table(found), end="\n\n")


if __name__ == "__main__":
    main()
