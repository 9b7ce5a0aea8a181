"""What every command writes on a small drawn match, digested.

`python -m tests.integration.golden_world` writes golden.json anew. A change that is meant to change
nothing leaves all digests equal. Numbers count to two decimals, so that a processor of another make
gives the same; pictures and films count by name and size only.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from tests.worlds.bad_inputs import command
from tracker.version import __version__

GOLDEN = Path(__file__).with_name("golden.json")
SHIRTS = {"Ann": (0, 0, 200), "Bea": (200, 0, 0), "Cid": (0, 180, 0), "Dan": (0, 200, 220)}
STRANGER = (150, 150, 150)
FRAMES, CUT, WIDTH, HEIGHT = 110, 70, 400, 200
_SETS = ["--set", "follow.confirm_s=0.12", "--set", "camera.min_inliers=8"]
FIRST = "0.1.0"
"""The version that the digests were made with; a newer one writes its own number, and no more."""
_UNSTEADY = ("seconds", "versions", "command")
"""Of run.json: what differs from run to run."""


def box(frame: int, who: int) -> tuple[int, int, int, int]:
    """x, y, width, height; frame from 0. Two run through each other, one leaves and comes back."""
    t = frame if frame < CUT else 2 * CUT - frame
    x = (20 + 4 * t, 340 - 4 * t, 180 + round(30 * np.sin(t / 9)), 300 + 3 * t, 60 + t)[who]
    y = (60, 64, 90, 50, 120)[who] if frame < CUT else (90, 60, 50, 80, 110)[who]
    return x, y, 26, 66


def _seen(frame: int, who: int) -> bool:
    x, _, width, _ = box(frame, who)
    return x >= 0 and x + width <= WIDTH and not (who == 2 and 25 <= frame < 40)


def _shirt(rng: np.random.Generator, colour: tuple[int, int, int]) -> np.ndarray:
    return np.clip(rng.normal(colour, 22, (66, 26, 3)), 0, 255).astype(np.uint8)


def draw(root: Path) -> None:
    """seq/ with pictures, det.txt, gt.txt, names.csv and gallery/ with a negative and numbers."""
    rng = np.random.default_rng(5)
    (root / "seq" / "img1").mkdir(parents=True)
    walls = [rng.integers(0, 255, (HEIGHT, 700, 3)).astype(np.uint8) for _ in range(2)]
    walls = [cv2.GaussianBlur(wall, (5, 5), 0) for wall in (walls[0], walls[1] // 3)]
    colours = [*SHIRTS.values(), STRANGER]
    detected, true = [], []
    for frame in range(FRAMES):
        image = walls[frame >= CUT][:, frame : frame + WIDTH].copy()
        for who in sorted(range(5), key=lambda who: box(frame, who)[1]):
            x, y, width, height = box(frame, who)
            if not _seen(frame, who):
                continue
            image[y : y + height, x : x + width] = _shirt(rng, colours[who])
            true.append(f"{frame + 1},{who + 1},{x},{y},{width},{height},1,1,1\n")
            moved = rng.normal(0, 1, 2).round(1)
            detected.append(
                f"{frame + 1},-1,{x + moved[0]},{y + moved[1]},{width},{height},0.9,-1,-1,-1\n"
            )
        cv2.imwrite(str(root / "seq" / "img1" / f"{frame + 1:06d}.png"), image)
    seqinfo = f"[Sequence]\nname=golden\nimDir=img1\nframeRate=25\nseqLength={FRAMES}\nimExt=.png\n"
    (root / "seq" / "seqinfo.ini").write_text(seqinfo + f"imWidth={WIDTH}\nimHeight={HEIGHT}\n")
    (root / "det.txt").write_text("".join(detected))
    (root / "gt.txt").write_text("".join(true))
    names = "".join(f"{n},{name}\n" for n, name in enumerate([*SHIRTS, "_other"], 1))
    (root / "names.csv").write_text("id,name\n" + names)
    for name, colour in SHIRTS.items():
        (root / "gallery" / name).mkdir(parents=True)
        for n in range(5):
            cv2.imwrite(str(root / "gallery" / name / f"{n}.png"), _shirt(rng, colour))


def digests(root: Path, keep_going: Callable[[str], None] = lambda name: None) -> dict[str, str]:
    """Every command run in `root`, a fresh folder: {command / file: digest}."""
    draw(root)
    found: dict[str, str] = {}
    for name, words in _commands(root).items():
        keep_going(name)
        if name == "report":
            _forget_times(root / "offline" / "run.json")
        ended = command(words)
        assert ended.code == 0, (name, ended.lines)
        found[f"{name}/stdout"] = _digest(_plain(ended.out, root))
        if "-o" in words:
            found |= _of(Path(words[words.index("-o") + 1]), name, root)
    killed = _killed_and_resumed(root)
    return found | _of(killed, "resumed after a kill", root)


def _forget_times(receipt: Path) -> None:
    told = json.loads(receipt.read_text(encoding="utf-8"))
    receipt.write_text(json.dumps(told | {key: {} for key in _UNSTEADY[:2]}), encoding="utf-8")


def _track(root: Path, out: str, *more: str) -> list[str]:
    return ["track", str(root / "seq"), "--detections", str(root / "det.txt"), *_SETS, *more,
            "-o", str(root / out)]  # fmt: skip


def _commands(root: Path) -> dict[str, list[str]]:
    gallery = ["--gallery", str(root / "gallery")]
    online, offline, other = str(root / "online"), str(root / "offline"), str(root / "said")
    told = ["player Ann is Bea from frame 5 to 15", "player Dan is nobody"]
    return {
        "cut": ["gallery", "cut", str(root / "seq"), "--boxes", str(root / "gt.txt"), "--names",
                str(root / "names.csv"), "--frames", "1:60", "-o", str(root / "cut")],
        "check": ["gallery", "check", str(root / "gallery")],
        "boxes alone": _track(root, "alone", "--mode", "online"),
        "online": _track(root, "online", "--mode", "online", *gallery),
        "lag": _track(root, "lag", "--mode", "online", "--lag", "0.4", "--stream", *gallery),
        "offline": _track(root, "offline", "--mode", "offline", *gallery),
        "every third": _track(root, "third", "--mode", "offline", "--set", "detect.every_n=3",
                              *gallery),
        "corrected": [*_track(root, "said", "--mode", "offline", *gallery)],
        "correct": ["correct", other, *(w for t in told for w in ("--set", t))],
        "corrections": ["correct", other, "--list"],
        "explain": ["explain", offline, "--frame", "60", "--track", "1", "--json"],
        "explain in words": ["explain", online, "--frame", "30", "--player", "Bea"],
        **{f"convert {to}": ["convert", f"{offline}/tracks.csv", "--to", to, "-o",
                             str(root / f"table.{ending}")]
           for to, ending in (("mot", "txt"), ("coco-vid", "json"), ("kloppy", "csv"))},
        "eval": ["eval", str(root / "gt.txt"), online, offline, "--names", str(root / "names.csv"),
                 "-o", str(root / "scores")],
        "report": ["report", offline, "-o", str(root / "match.html")],
        "suggest": ["gallery", "suggest", online],
        "people": ["gallery", "people", str(root / "alone")],
        "tubelets": ["tubelets", str(root / "seq"), offline, "--frames", "8", "--size", "32", "-o",
                     str(root / "clips")],
    }  # fmt: skip


def _killed_and_resumed(root: Path) -> Path:
    """OUT of a run that is killed once something is stored, and gone on with."""
    out = root / "killed"
    words = _track(root, "killed", "--mode", "offline", "--gallery", str(root / "gallery"))
    begin = "import sys; from tracker.cli.app import main; sys.argv[0] = 'teamsheet'; main()"
    run = subprocess.Popen(
        [sys.executable, "-c", begin, *words],
        stderr=subprocess.DEVNULL,
        cwd=Path(__file__).resolve().parents[2],
    )
    try:
        run.wait(timeout=1.5)  # seldom done by then; where it is, --resume follows again
    except subprocess.TimeoutExpired:
        run.send_signal(signal.SIGKILL)
        run.wait()
    ended = command([*words, "--resume" if run.returncode else "--overwrite"])
    if ended.code:  # killed before anything was stored
        ended = command([*words, "--overwrite"])
    assert ended.code == 0, ended.lines
    return out


def _of(place: Path, name: str, root: Path) -> dict[str, str]:
    files = sorted(f for f in place.rglob("*") if f.is_file()) if place.is_dir() else [place]
    found: dict[str, list[str]] = {}
    for file in files:
        inside = file.relative_to(place) if place.is_dir() else Path(file.name)
        if inside.parts[0] == "observations":
            continue  # what was seen is behind everything else
        found.setdefault(str(inside), []).append(_content(file, root))
    return {f"{name}/{inside}": _digest("".join(texts)) for inside, texts in found.items()}


def _content(file: Path, root: Path) -> str:
    if file.suffix == ".parquet":
        table: pd.DataFrame = pq.read_table(file).to_pandas()
        text = io.StringIO()
        table.to_csv(text, index=False)
        return _plain(text.getvalue(), root)
    if file.suffix in (".jpg", ".png"):
        return "x".join(map(str, cv2.imread(str(file)).shape))
    if file.suffix not in (".csv", ".txt", ".json", ".html", ".yaml"):
        return ""
    text = file.read_text(encoding="utf-8")
    if file.name == "run.json":
        receipt = {k: v for k, v in json.loads(text).items() if k not in _UNSTEADY}
        text = json.dumps(receipt, indent=1, ensure_ascii=False)
    return _plain(text, root)


def _plain(text: str, root: Path) -> str:
    """Without what differs from machine to machine: places, pictures, last digits."""
    text = text.replace(str(root), "ROOT")
    text = re.sub(rf"(?<![\d.]){re.escape(__version__)}(?![\d.])", FIRST, text)
    text = re.sub(r"data:[a-z]+/[a-z0-9+-]+;base64,[A-Za-z0-9+/=]*", "PICTURE", text)
    return re.sub(r"-?\d+\.\d+(?:e[-+]?\d+)?", lambda n: f"{round(float(n[0]), 2) + 0.0:.2f}", text)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        world = Path(folder) / "golden"
        world.mkdir()
        made = digests(world, lambda name: print(name, file=sys.stderr))
    GOLDEN.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    print(f"{len(made)} digests in {GOLDEN}")
