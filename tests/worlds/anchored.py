"""A drawn match: boxes of everybody, files that name some of them, and runs by those.

Three people walk on lines of their own, one behind a wall for a while. No two shirts are alike.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd

from tests.worlds.bad_inputs import Ended, command
from tracker.output.table import TrackTable

WIDTH, HEIGHT, FRAMES, FPS = 480, 270, 120, 25
PLAYERS = {"Ada 7": (0, 0, 200), "Bea": (200, 0, 0), "Cid": (0, 180, 0)}
HIDDEN = range(50, 66)
"""Frames, from 1, in which nobody detects Bea."""
RESULTS = ("tracks.csv", "mot.txt", "mot_full.txt", "mot_players.txt", "evidence/votes.parquet",
           "evidence/beliefs.parquet")  # fmt: skip
Row = tuple[int, str, tuple[float, float, float, float]]


def box(frame: int, who: int) -> tuple[float, float, float, float]:
    """x1 y1 x2 y2 in a frame from 1."""
    x = (20 + 3 * frame, 440 - 3 * frame, 200 + 10 * np.sin(frame / 12))[who]
    y = (20, 90, 180)[who]
    return float(x), float(y), float(x + 28), float(y + 70)


def draw(root: Path) -> Path:
    """seq/ with pictures, bare/ without, each with its seqinfo.ini; det.txt; gallery/ of two."""
    rng = np.random.default_rng(4)
    grass = rng.integers(60, 190, (HEIGHT, WIDTH, 3)).astype(np.uint8)
    info = (
        f"[Sequence]\nname=drawn\nimDir=img1\nframeRate={FPS}\nseqLength={FRAMES}\n"
        f"imWidth={WIDTH}\nimHeight={HEIGHT}\nimExt=.png\n"
    )
    for name in ("seq/img1", "bare/det"):
        (root / name).mkdir(parents=True)
    rows = []
    for frame in range(1, FRAMES + 1):
        image = grass.copy()
        for who, colour in enumerate(PLAYERS.values()):
            x1, y1, x2, y2 = map(int, box(frame, who))
            if who == 1 and frame in HIDDEN:
                continue
            image[y1:y2, x1:x2] = _shirt(rng, colour, y2 - y1, x2 - x1)
            rows.append(f"{frame},-1,{x1},{y1},{x2 - x1},{y2 - y1},0.9,-1,-1,-1\n")
        cv2.imwrite(str(root / "seq" / "img1" / f"{frame:06d}.png"), image)
    for name in ("seq", "bare"):
        (root / name / "seqinfo.ini").write_text(info)
    (root / "det.txt").write_text("".join(rows))
    (root / "bare" / "det" / "det.txt").write_text("".join(rows))
    for name in ("Ada 7", "Bea"):
        (root / "gallery" / name).mkdir(parents=True)
        for n in range(4):
            picture = _shirt(rng, PLAYERS[name], 70, 28)
            cv2.imwrite(str(root / "gallery" / name / f"{n}.png"), picture)
    return root


def _shirt(
    rng: np.random.Generator, colour: tuple[int, int, int], height: int, width: int
) -> np.ndarray:
    return np.clip(rng.normal(colour, 22, (height, width, 3)), 0, 255).astype(np.uint8)


def said(
    frames: Iterable[int] = range(4, FRAMES, 9), wrong: Sequence[int] = (), shift: int = 0
) -> list[Row]:
    """Who is where in these frames; in those `wrong` everybody is taken for the next one, and in
    all for the one that is `shift` further."""
    names = list(PLAYERS)
    return [
        (frame, names[(who + shift + (frame in wrong)) % 3], box(frame, who))
        for frame in frames
        for who in range(3)
        if not (who == 1 and frame in HIDDEN)
    ]


def write(path: Path, rows: Iterable[Row], confidence: float | None = None) -> Path:
    """A CSV of anchors."""
    head = "frame,player,x1,y1,x2,y2" + ",confidence" * (confidence is not None)
    tail = "" if confidence is None else f",{confidence}"
    lines = [f"{f},{name},{','.join(f'{v:.1f}' for v in b)}{tail}\n" for f, name, b in rows]
    path.write_text(head + "\n" + "".join(lines))
    return path


def track(world: Path, out: Path, *words: object, source: str = "bare") -> Ended:
    given = ["track", world / source, "--detections", world / "det.txt", *words, "-o", out]
    return command([str(word) for word in given])


def rows_of(out: Path) -> pd.DataFrame:
    return TrackTable.read_csv(out / "tracks.csv").rows


def true_names(rows: pd.DataFrame) -> list[str]:
    """Whose box each row is."""
    names = list(PLAYERS)
    boxes = np.array([[box(frame, who) for who in range(3)] for frame in rows["frame"]])
    away = np.abs(boxes - rows[["x1", "y1", "x2", "y2"]].to_numpy()[:, None]).max(axis=2)
    return [names[who] for who in away.argmin(axis=1)]


def right(out: Path) -> float:
    """Share of the visible boxes that bear the name of whom they show."""
    rows = rows_of(out)
    rows = rows[rows["visibility"] == "visible"]
    return float((rows["player"] == true_names(rows)).mean())


def results(out: Path) -> dict[str, bytes]:
    return {name: (out / name).read_bytes() for name in RESULTS}


def told(out: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((out / "run.json").read_text())["anchors"]
    return found
