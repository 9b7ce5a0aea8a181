"""A drawn match for a detector whose classes are players: see `named_network.py`.

Everybody stands on a square of their own, which the network sees as a cell; Bea goes away and comes
back elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from tests.worlds.bad_inputs import Ended, command
from tests.worlds.named_network import CELL, COLOURS, PLAYERS, SIDE, write_network
from tracker.output.table import TrackTable

SCALE, FRAMES, FPS = 5, 60, 25
AWAY = range(20, 35)
"""Frames, from 1, in which Bea is nowhere."""
_SETS = ("--set", "detect.nms_iou=0.6", "--set", "detect.image_size_px=128")


def place(name: str, frame: int) -> tuple[int, int] | None:
    """(column, row) of the cell in which they stand."""
    if name == "Bea" and frame in AWAY:
        return None
    if name == "Bea" and frame >= AWAY.stop:
        return 6, 2
    return {"Ada Novak": (0, 1), "Bea": (2, 3), "Cid": (4, 1), "Dee": (6, 5), "Eve": (1, 6)}[name]


def draw(root: Path, people: Sequence[str] = PLAYERS) -> Path:
    """seq/ with pictures in which these people of COLOURS stand."""
    rng = np.random.default_rng(3)
    ground = np.full((SIDE * SCALE, SIDE * SCALE, 3), 77, np.uint8)
    (root / "seq" / "img1").mkdir(parents=True)
    for frame in range(1, FRAMES + 1):
        image = ground.copy()
        for name in people:
            cell = place(name, frame)
            if cell is not None:
                side = CELL * SCALE
                x, y = cell[0] * side, cell[1] * side
                image[y : y + side, x : x + side] = shirt(rng, name, side)
        cv2.imwrite(str(root / "seq" / "img1" / f"{frame:06d}.png"), image)
    (root / "seq" / "seqinfo.ini").write_text(
        f"[Sequence]\nname=named\nimDir=img1\nframeRate={FPS}\nseqLength={FRAMES}\n"
        f"imWidth={SIDE * SCALE}\nimHeight={SIDE * SCALE}\nimExt=.png\n"
    )
    return root


def shirt(rng: np.random.Generator, name: str, side: int) -> np.ndarray:
    colour = np.array(COLOURS[name][::-1]) * 255
    return np.clip(rng.normal(colour, 12, (side, side, 3)), 0, 255).astype(np.uint8)


def gallery(root: Path, looks: Mapping[str, str], roles: Mapping[str, str] | None = None) -> Path:
    """looks: player to the name in COLOURS that their shirt is like. roles: for roster.yaml."""
    rng = np.random.default_rng(8)
    for player, like in looks.items():
        (root / player).mkdir(parents=True)
        for n in range(4):
            cv2.imwrite(str(root / player / f"{n}.png"), shirt(rng, like, CELL * SCALE))
    stated = "".join(f"{player}: {{role: {role}}}\n" for player, role in (roles or {}).items())
    if stated:
        (root / "roster.yaml").write_text(stated)
    return root


def network(path: Path, names: Sequence[str] = PLAYERS) -> Path:
    """names: of the classes, by the colours of COLOURS in their order."""
    return write_network(path, "yolo", names)


def track(world: Path, out: Path, *words: object) -> Ended:
    given = ["track", world / "seq", *_SETS, *words, "-o", out]
    return command([str(word) for word in given])


def visible(out: Path) -> pd.DataFrame:
    rows = TrackTable.read_csv(out / "tracks.csv").rows
    return rows[rows["visibility"] == "visible"]


def shown(rows: pd.DataFrame) -> list[str]:
    """Whose box each row is, as in COLOURS."""
    cells = (rows[["x1", "y1"]].to_numpy() / (CELL * SCALE)).round().astype(int)
    by_cell = [{place(name, frame): name for name in COLOURS} for frame in rows["frame"]]
    return [names[tuple(cell)] for names, cell in zip(by_cell, cells.tolist(), strict=True)]


def named(out: Path) -> dict[str, set[str]]:
    """The names that each person's boxes bear."""
    rows = visible(out)
    found: dict[str, set[str]] = {}
    for person, player in zip(shown(rows), rows["player"], strict=True):
        found.setdefault(person, set()).add(player)
    return found


def roles(out: Path) -> dict[str, set[str]]:
    """The roles that each person's boxes bear."""
    rows = visible(out)
    found: dict[str, set[str]] = {}
    for person, role in zip(shown(rows), rows["role"], strict=True):
        found.setdefault(person, set()).add(role)
    return found


def receipt(out: Path) -> dict:  # type: ignore[type-arg]
    found: dict = json.loads((out / "run.json").read_text())  # type: ignore[type-arg]
    return found
