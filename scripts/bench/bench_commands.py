"""How long the small commands take on a large run: `bench_commands.py FOLDER [--json f.json]`.

FOLDER is filled once with a drawn run (20,000 frames, 22 people on paths that cross, described
every 5th frame, 3 of them in the gallery; no pictures) and a gallery of 200 players, 5 pictures
each. Then each command is run as a process of its own: seconds of the clock and of the processor,
and its peak of memory. `correct` is the second one of a run, which follows nothing again; `one more
answer` is what a review waits for in the background, its run being open. A look has 1,152 numbers
(stripes), where a network has 256 to 512.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from multiprocessing import Process
from pathlib import Path
from time import perf_counter
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import cv2
import numpy as np

from gallery.reid.encoder import load_encoder
from tests.worlds.gallery import draw_gallery, person
from tracker import config
from tracker.observation.chunk import Carry
from tracker.observation.metadata import ModelId
from tracker.observation.store import Recorder
from tracker.output.run_files import OBSERVATIONS
from tracker.runs import pipeline
from tracker.runs.open_session import open_session
from tracker.runs.request import TrackRequest
from tracker.types import Doubles, Floats, Observation

FRAMES, PEOPLE, EVERY, FPS = 20_000, 22, 5, 25.0
SIZE, BOX = (1280, 720), np.array([40.0, 100.0])
PLAYERS, PICTURES = 200, 5
_CORRECT = (
    "import sys; from tracker.cli.app import main; sys.argv = ['teamsheet', *sys.argv[1:]]; main()"
)
_OPEN = """
import sys
from pathlib import Path
from tracker import config
from tracker.runs.name_model import open_names
from tracker.runs.run_players import roster_of
from tracker.runs.request import TrackRequest
request = TrackRequest("", Path("unused"), config.load(), Path(sys.argv[1]))
open_names(request, None, False, roster_of(request))
"""
_MORE = """
import json, sys, time
from pathlib import Path
from tracker.corrections.record import StoredCorrection
from tracker.explain.run import read_record
from tracker.runs.resolver import Resolver
begun = time.perf_counter()
resolver, kept, found = Resolver.open(read_record(Path(sys.argv[1])), often=True), [], {}
assert resolver.rows is not None
found["open"] = [(time.perf_counter() - begun, time.process_time())]
for is_ in ("", resolver.session.players[0]):
    for n in range(int(sys.argv[2])):
        span = (4 + n + 8 * bool(is_), 100 * n + 100, 100 * n + 150)
        kept.append(StoredCorrection(text=str(len(kept)), is_=is_, spans=(span,)))
        begun, used = time.perf_counter(), time.process_time()
        resolver.names(kept, lambda *_, **__: None)
        spent = time.perf_counter() - begun, time.process_time() - used
        found.setdefault(f"one more answer, {is_ or 'nobody'}", []).append(spent)
print(json.dumps(found))
"""


def quiet(*_: object) -> None:
    return None


def places(frame: int) -> Doubles:
    """(PEOPLE, 4) corners: everybody runs to and fro in a lane that others cross."""
    who, time_s = np.arange(PEOPLE), frame / FPS
    x = 640 + 560 * np.sin(time_s * (0.11 + 0.013 * who) + who)
    y = 120 + 500 * (0.5 + 0.45 * np.sin(time_s * 0.07 * (1 + who % 3) + 2 * who))
    low = np.stack([x, y], axis=1)
    return np.hstack([low, low + BOX])


def draw(root: Path, frames: int) -> None:
    """text/ (a sequence without pictures), players/ of three, out/ with a run, large/."""
    rng = np.random.default_rng(0)
    every = [places(frame) + rng.normal(0, 1, (PEOPLE, 4)) for frame in range(frames)]
    det = root / "text" / "det" / "det.txt"
    det.parent.mkdir(parents=True)
    rows = np.concatenate(
        [np.column_stack([np.full(PEOPLE, f), b[:, :2], b[:, 2:] - b[:, :2]])
         for f, b in enumerate(every, 1)]
    )  # fmt: skip
    np.savetxt(det, np.insert(rows, 1, -1, axis=1), "%d,%d,%.2f,%.2f,%.2f,%.2f,0.9,-1,-1,-1")
    (root / "text" / "seqinfo.ini").write_text(
        f"[Sequence]\nframeRate={FPS:g}\nseqLength={frames}\nimWidth={SIZE[0]}\nimHeight={SIZE[1]}\n"
    )
    draw_gallery(root / "players", PICTURES)
    settings = config.load(None, ["mode=offline"])
    plain = TrackRequest(str(root / "text"), root / "out", settings, detections=det)
    encoder = load_encoder("stripes", "cpu")
    about = open_session(plain).about
    about = about.model_copy(
        update={"encoder": ModelId(name=encoder.name, fingerprint=encoder.fingerprint)}
    )
    recorder = Recorder(root / "out" / OBSERVATIONS, about)
    for seen in observations(every, looks(root / "players", encoder), rng):
        recorder.add([seen], Carry())
    recorder.finish(())
    request = TrackRequest(str(root / "text"), root / "out", settings, root / "players",
                           detections=det, resume=True)  # fmt: skip
    pipeline.track(request, quiet, quiet)
    _large(root / "large")


def looks(gallery: Path, encoder: Any) -> Floats:
    """(PEOPLE, D) unit vectors: of the gallery's people, and of strangers between them."""
    pictures = [cv2.imread(str(next(f.iterdir()))) for f in sorted(gallery.iterdir())]
    own = encoder.encode(pictures)
    rng = np.random.default_rng(1)
    others = rng.dirichlet(np.ones(len(own)), PEOPLE - len(own)) @ own
    found = np.concatenate([own, others])
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), np.float32)


def observations(
    every: list[Doubles], own: Floats, rng: np.random.Generator
) -> Iterator[Observation]:
    for index, boxes in enumerate(every):
        rows = np.full((PEOPLE, own.shape[1]), np.nan, np.float32)
        if index % EVERY == 0:
            rows = own + rng.normal(0, 0.02, own.shape).astype(np.float32)
            rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        scores = np.full(PEOPLE, 0.9, np.float32)
        yield Observation(
            index, index / FPS, boxes.astype(np.float32), scores, rows, np.eye(2, 3), False
        )


def _large(folder: Path) -> None:
    rng = np.random.default_rng(2)
    for n in range(PLAYERS):
        (folder / f"Player {n:03d}").mkdir(parents=True)
        shirt = tuple(int(v) for v in rng.integers(0, 255, 3))
        for k in range(PICTURES):
            cv2.imwrite(
                str(folder / f"Player {n:03d}" / f"{k}.png"), person(shirt, PICTURES * n + k)
            )


def measured(*words: str) -> dict[str, float]:
    """Seconds of the clock and of the processor, and peak of memory, of a process."""
    begun = perf_counter()
    process = subprocess.Popen([sys.executable, "-c", *words], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{words[1:]} failed")
    spent = perf_counter() - begun
    return {"s": spent, "cpu_s": used.ru_utime + used.ru_stime, "peak_gb": used.ru_maxrss / 1e6}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, metavar="FOLDER", help="Filled where it is not there.")
    parser.add_argument("--frames", type=int, default=FRAMES)
    parser.add_argument("--rounds", type=int, default=3, help="Of each command; the median counts.")
    parser.add_argument("--json", type=Path, help="Write the figures here, too.")
    args = parser.parse_args()
    os.environ["PYTHONPATH"] = os.pathsep.join(sys.path)
    if not (args.data / "large").is_dir():  # by another process: its memory is not to be counted
        drawn = Process(target=draw, args=(args.data, args.frames))
        drawn.start()
        drawn.join()
    out, large = args.data / "scratch", str(args.data / "large")
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(args.data / "out", out)
    told: dict[str, list[dict[str, float]]] = {}
    for first, who in ((4, "nobody"), (10, "Ann")):  # a name is learned from, and all named twice
        for n in range(args.rounds + 1):
            when = f"from frame {100 * n + 100} to {100 * n + 150}"
            said = f"track {first + n} is {who} {when}"
            once = measured(_CORRECT, "correct", str(out), "--set", said)
            if n:  # the first one may follow
                told.setdefault(f"correct, {args.frames} frames, {who}", []).append(once)
    for _ in range(args.rounds):
        told.setdefault(f"a gallery of {PLAYERS}", []).append(measured(_OPEN, large))
    asked = [sys.executable, "-c", _MORE, str(out), str(args.rounds)]
    for what, spent in json.loads(subprocess.check_output(asked)).items():
        told[what] = [{"s": wall, "cpu_s": cpu} for wall, cpu in spent]
    found = {
        what: {key: float(np.median([one[key] for one in every])) for key in every[0]}
        for what, every in told.items()
    }
    for what, row in found.items():
        print(f"{what:<28}" + "".join(f"  {key} {value:6.2f}" for key, value in row.items()))
    if args.json:
        args.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
