"""A drawn match of two teams in kits of their own, and a referee; nobody's number can be read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from tests.worlds.bad_inputs import Ended, command
from tracker.output.table import TrackTable

Color = tuple[int, int, int]
RED, BLUE, YELLOW = (40, 40, 200), (200, 60, 40), (40, 210, 230)
"""BGR."""
SHIRTS = [RED, RED, RED, BLUE, BLUE, BLUE, YELLOW]
SHORTS = [(235, 235, 235)] * 3 + [(30, 30, 30)] * 3 + [(20, 20, 20)]
FRAMES, FPS, WIDTH, HEIGHT = 75, 25, 720, 300
SHEET = (
    "No,Name,Team,Pos\n1,Kai,Ajax,GK\n7,Ann,Ajax,\n8,Bea,Ajax,\n9,Cid,Ajax,\n"
    "4,Dan,PSV,\n5,Eve,PSV,\n6,Fay,PSV,\n,Ref,,Referee\n"
)


def box(frame: int, person: int) -> tuple[int, int, int, int]:
    """x, y, width, height; frame from 0."""
    return 30 + 98 * person + frame // 6, 60 + 30 * (person % 3), 48, 130


def draw(
    root: Path,
    shirts: Sequence[Color] = SHIRTS,
    sheet: str = SHEET,
    shorts: Sequence[Color] = SHORTS,
) -> Path:
    """seq/ with pictures, det.txt, sheet.csv."""
    rng = np.random.default_rng(3)
    (root / "seq" / "img1").mkdir(parents=True)
    grass = np.clip(rng.normal((50, 130, 60), 9, (HEIGHT, WIDTH, 3)), 0, 255).astype(np.uint8)
    rows = []
    for frame in range(FRAMES):
        image = grass.copy()
        for person, shirt in enumerate(shirts):
            x, y, width, height = box(frame, person)
            _person(image[y : y + height, x : x + width], rng, shirt, shorts[person])
            rows.append(f"{frame + 1},-1,{x},{y},{width},{height},0.9,-1,-1,-1\n")
        cv2.imwrite(str(root / "seq" / "img1" / f"{frame + 1:06d}.png"), image)
    (root / "seq" / "seqinfo.ini").write_text(
        f"[Sequence]\nname=kits\nimDir=img1\nframeRate={FPS}\nseqLength={FRAMES}\n"
        f"imWidth={WIDTH}\nimHeight={HEIGHT}\nimExt=.png\n"
    )
    (root / "det.txt").write_text("".join(rows))
    (root / "sheet.csv").write_text(sheet)
    return root


def _person(
    place: np.ndarray,
    rng: np.random.Generator,
    shirt: tuple[int, int, int],
    shorts: tuple[int, ...],
) -> None:
    skin = (120, 150, 200)
    for color, ys, xs in (
        (skin, (2, 18), (17, 31)), (shirt, (18, 62), (8, 40)), (shorts, (62, 86), (11, 37)),
        (skin, (86, 128), (14, 34)),
    ):  # fmt: skip
        part = place[ys[0] : ys[1], xs[0] : xs[1]]
        part[:] = np.clip(rng.normal(color, 8, part.shape), 0, 255).astype(np.uint8)


def track(world: Path, out: str, *words: object) -> Ended:
    given = [
        "track", world / "seq", "--detections", world / "det.txt", "--roster",
        world / "sheet.csv", "--encoder", "stripes", "--set", "camera.min_inliers=8", *words,
        "-o", world / out,
    ]  # fmt: skip
    return command([str(word) for word in given])


def kit_of(out: Path) -> dict[int, str]:
    """The kit of each person, by place, in the first frame."""
    rows = TrackTable.read_csv(out / "tracks.csv").rows
    first = rows[(rows["frame"] == 1) & (rows["visibility"] == "visible")].sort_values("x1")
    return dict(enumerate(first["kit"].tolist()))
