"""A drawn match in which people wear numbers, and a reader that reads them.

A number is a white square on the back of who turns it to the camera: `reader` tells whose by the
colour of the shirt. Behind CUT nobody shows a back any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from tests.worlds.bad_inputs import Ended, command
from tracker.output.table import TrackTable
from tracker.types import DIGITS, Floats, Image

SHIRTS = {"Ann": (30, 30, 200), "Bea": (200, 40, 40), "Cid": (40, 170, 40), "Eve": (150, 150, 150)}
"""BGR; Eve is on no sheet."""
WORN = {"Ann": 7, "Bea": 33, "Cid": 10, "Eve": 5}
FRAMES, CUT, FPS = 120, 70, 25
WIDTH, HEIGHT = 480, 260
SHEET = "No,Name,Team\n7,Ann,red\n33,Bea,blue\n10,Cid,green\n99,Dan,red\n"


def box(frame: int, name: str) -> tuple[int, int, int, int]:
    """x, y, width, height; frame from 0. Behind the cut they stand elsewhere."""
    place = list(SHIRTS).index(name)
    if frame >= CUT:
        place = 3 - place
    return 40 + 110 * place + frame % CUT // 3, 40 + 20 * (place % 2), 50, 120


def draw(root: Path) -> Path:
    """seq/ with pictures, det.txt, sheet.csv."""
    rng = np.random.default_rng(7)
    (root / "seq" / "img1").mkdir(parents=True)
    walls = [rng.integers(0, 255, (HEIGHT, WIDTH, 3)).astype(np.uint8) // k for k in (1, 3)]
    rows = []
    for frame in range(FRAMES):
        image = walls[frame >= CUT].copy()
        for name in SHIRTS:
            x, y, width, height = box(frame, name)
            image[y : y + height, x : x + width] = person(rng, name, back=frame < CUT)
            rows.append(f"{frame + 1},-1,{x},{y},{width},{height},0.9,-1,-1,-1\n")
        cv2.imwrite(str(root / "seq" / "img1" / f"{frame + 1:06d}.png"), image)
    (root / "seq" / "seqinfo.ini").write_text(
        f"[Sequence]\nname=numbered\nimDir=img1\nframeRate={FPS}\nseqLength={FRAMES}\n"
        f"imWidth={WIDTH}\nimHeight={HEIGHT}\nimExt=.png\n"
    )
    (root / "det.txt").write_text("".join(rows))
    (root / "sheet.csv").write_text(SHEET)
    return root


def person(rng: np.random.Generator, name: str, back: bool) -> Image:
    picture = np.clip(rng.normal(SHIRTS[name], 10, (120, 50, 3)), 0, 255).astype(np.uint8)
    picture[80:] //= 3
    if back:
        picture[25:45, 15:35] = 255
    return picture


class BackReader:
    """Reads the drawn backs."""

    name, fingerprint = "net", "0" * 16

    def read(self, crops: Sequence[Image]) -> Floats:
        return np.array([_digits(crop) for crop in crops], np.float32).reshape(-1, DIGITS)


def _digits(crop: Image) -> Floats:
    if not crop.size:
        return np.zeros(DIGITS, np.float32)
    white = (crop > 250).all(axis=2)
    shirt = np.median(crop[~white].reshape(-1, 3), axis=0)
    off = {name: float(np.abs(shirt - colour).sum()) for name, colour in SHIRTS.items()}
    number = WORN[min(off, key=off.__getitem__)]
    tens, units = np.full(11, 0.002), np.full(10, 0.002)
    tens[number // 10 + 1 if number >= 10 else 0], units[number % 10] = 0.98, 0.982
    return np.array([*tens, *units, 0.99 if white.mean() > 0.02 else 0.01], np.float32)


def track(world: Path, out: str, *words: object) -> Ended:
    given = [
        "track", world / "seq", "--detections", world / "det.txt", "--set",
        "camera.min_inliers=8", *words, "-o", world / out,
    ]  # fmt: skip
    return command([str(word) for word in given])


def named(out: Path, behind_cut: bool | None = None) -> dict[str, set[str]]:
    """The names that each person's visible boxes bear; in the first or second shot, or in both."""
    rows = visible(out)
    if behind_cut is not None:
        rows = rows[(rows["frame"] > CUT) == behind_cut]
    found: dict[str, set[str]] = {name: set() for name in SHIRTS}
    for frame, x, player in zip(rows["frame"], rows["x1"], rows["player"], strict=True):
        person = min(SHIRTS, key=lambda name: abs(box(frame - 1, name)[0] - x))
        found[person].add(player)
    return found


def visible(out: Path) -> pd.DataFrame:
    rows = TrackTable.read_csv(out / "tracks.csv").rows
    return rows[rows["visibility"] == "visible"]
