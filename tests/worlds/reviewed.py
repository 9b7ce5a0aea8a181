"""A drawn run to be reviewed: three people, of whom the gallery takes two for each other."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.worlds.gallery import draw_clip, draw_gallery
from tracker import config
from tracker.output.table import TrackTable
from tracker.runs import pipeline
from tracker.runs.review_desk import Desk

FRAMES = 25
WRONG, RIGHT = {0: "Bea", 1: "Ann", 2: "Cat"}, {0: "Ann", 1: "Bea", 2: "Cat"}


def quiet(*_: object, **__: object) -> None:
    return None


def draw(folder: Path) -> Path:
    """clip/, players/ in which Ann's and Bea's pictures are in each other's folders, det.txt."""
    draw_clip(folder / "clip", FRAMES)
    gallery = draw_gallery(folder / "players", 5)
    (gallery / "Ann").rename(gallery / "x")
    (gallery / "Bea").rename(gallery / "Ann")
    (gallery / "x").rename(gallery / "Bea")
    boxes(folder / "det.txt")
    return folder


def boxes(file: Path, order: tuple[int, ...] = (0, 1, 2), shift: int = 0) -> Path:
    """A det.txt. order: of the people in each frame. shift: of their boxes, pixels."""
    rows = [f"{f},-1,{50 + 150 * k + shift},100,40,100,0.9,-1,-1,-1\n"
            for f in range(1, FRAMES + 1) for k in order]  # fmt: skip
    file.write_text("".join(rows))
    return file


def track(world: Path, out: Path, *sets: str, **changed: Any) -> list[str]:
    given = {"gallery": world / "players", "detections": world / "det.txt", **changed}
    lines: list[str] = []
    request = pipeline.TrackRequest(
        source=str(world / "clip"), out=out,
        settings=config.load(None, list(sets or ["mode=offline"])), **given,
    )  # fmt: skip
    pipeline.track(request, lines.append, quiet)
    return lines


def opened(out: Path, **given: Any) -> Desk:
    return Desk.open(out, None, quiet, **given)


def is_(track_id: int, player: str, first: int = 1, last: int = FRAMES) -> dict[str, Any]:
    """What a page sends for a click on a box."""
    part = {"track": track_id, "first": first, "last": last, "player": player}
    return {"verdict": "said", "parts": [part]}


def shown(desk: Desk, frame: int) -> dict[int, str]:
    """The place of every person, from the left, to the name that a page shows."""
    names = [player["name"] for player in desk.facts()["players"]]
    rows = desk.boxes(frame, frame)["frames"][0]
    return {round((row[2] - 50) / 150): names[row[1]] if row[1] >= 0 else "" for row in rows}


def written(out: Path, frame: int) -> dict[int, str]:
    """The same of tracks.csv."""
    rows = TrackTable.read_csv(out / "tracks.csv").rows
    here = rows[(rows["frame"] == frame) & (rows["visibility"] == "visible")]
    return {round((x - 50) / 150): p for x, p in zip(here["x1"], here["player"], strict=True)}


def settled(desk: Desk, within_s: float = 30.0) -> dict[str, Any]:
    """The status once no solution is made any more."""
    end = time.monotonic() + within_s
    while (status := desk.status())["resolving"]:
        assert time.monotonic() < end
        time.sleep(0.02)
    return status


def files(out: Path) -> dict[str, bytes]:
    """Everything that a run writes, but for its times."""
    found = {
        str(file.relative_to(out)): file.read_bytes()
        for file in [*out.glob("*.csv"), *out.glob("*.txt"), *(out / "evidence").glob("*")]
    }
    receipt: dict[str, Any] = json.loads((out / "run.json").read_text())
    for key in ("seconds", "review", "audit"):
        receipt.pop(key, None)
    return found | {"run.json": json.dumps(receipt).encode()}


def elsewhere(code: str, *words: str) -> subprocess.Popen[str]:
    """Another process that runs this code; its lines can be read as they come."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, cwd=Path(__file__).resolve().parents[2],
    )  # fmt: skip
