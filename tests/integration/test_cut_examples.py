"""Videos of shots as a user gives them: what every box is called, in both modes."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from tracker import config
from tracker.output.table import TrackTable
from tracker.runs import pipeline
from tracker.runs.request import PipelineError, TrackRequest
from tracker.types import Visibility

NAMES = {0: "Bea", 1: "Cid", 2: "Ann"}
"""Who wears which colour: blue, green, red, the channels of a picture."""

both_modes = pytest.mark.parametrize("mode", ["online", "offline"])


def tracked(video: Path, boxes: Path, gallery: Path, out: Path, mode: str) -> tuple[int, int, int]:
    """Boxes of the file, and how many are named right and wrong."""
    request = TrackRequest(
        source=str(video),
        out=out,
        settings=config.load(None, [f"mode={mode}"]),
        gallery=gallery,
        detections=boxes,
    )
    pipeline.track(request, lambda line: None, lambda *_: None)
    rows = TrackTable.read_csv(out / "tracks.csv").rows
    rows = rows[(rows["visibility"] == Visibility.VISIBLE.label) & (rows["player"] != "")]
    worn = _worn(video, boxes)
    said = zip(rows["frame"], rows["x1"].round(), rows["y1"].round(), rows["player"], strict=True)
    right = sum(worn[int(f), int(x), int(y)] == name for f, x, y, name in said)
    return len(worn), right, len(rows) - right


def _worn(video: Path, boxes: Path) -> dict[tuple[int, int, int], str]:
    """Frame and corner of every box to the name of who wears its colour."""
    film, found = cv2.VideoCapture(str(video)), {}
    pictures = []
    while (read := film.read())[0]:
        pictures.append(read[1])
    for line in boxes.read_text().splitlines():
        frame, _, x, y, w, h = (round(float(v)) for v in line.split(",")[:6])
        if frame <= len(pictures):
            shown = pictures[frame - 1][y + 10 : y + h - 10, x + 6 : x + w - 6]
            found[frame, x, y] = NAMES[int(shown.reshape(-1, 3).mean(axis=0).argmax())]
    return found


@pytest.mark.shared
@both_modes
@pytest.mark.parametrize(
    ("case", "name", "wrong", "share"),
    [
        ("00-offline-across-cuts", "multi", 0, 1.0),
        ("00-offline-across-cuts", "long", 0, 1.0),
        ("00-offline-across-cuts", "f_hard", 0, 1.0),
        ("01-jump-cut", "cutA", 0, 1.0),
        ("01c-dissolve", "f_fade6", 4, 0.95),
        ("01c-dissolve", "f_wipe", 4, 0.8),
    ],
)
def test_the_examples(
    shared: Path, tmp_path: Path, mode: str, case: str, name: str, wrong: int, share: float
) -> None:
    folder = shared / "cases" / case
    files = folder / f"{name}.mp4", folder / f"{name}.txt"
    count, right, mistaken = tracked(*files, folder / "gal", tmp_path / "out", mode)
    assert mistaken <= wrong
    assert right >= share * count


COLOURS = ((0, 0, 200), (200, 0, 0), (0, 200, 0))
PLACES = ((30, 80), (150, 140), (270, 90))


def filmed(folder: Path, orders: list[tuple[int, ...]], fps: float = 25.0) -> tuple[Path, Path]:
    """Three people before another wall in every picture; orders: who stands where."""
    video, boxes = folder / "v.mp4", folder / "v.txt"
    film = cv2.VideoWriter(str(video), cv2.VideoWriter.fourcc(*"mp4v"), fps, (320, 240))
    rows = []
    for i, order in enumerate(orders):
        rng = np.random.default_rng(sum(10**n * k for n, k in enumerate(order)))
        wall = rng.integers(60, 190, (30, 40, 3)).astype(np.uint8)
        picture = np.asarray(
            cv2.resize(wall, (320, 240), interpolation=cv2.INTER_NEAREST), np.uint8
        )
        for who, (x, y) in zip(order, PLACES, strict=False):
            picture[y : y + 70, x : x + 24] = COLOURS[who]
            rows.append(f"{i + 1},-1,{x},{y},24,70,0.9,-1,-1,-1\n")
        film.write(picture)
    film.release()
    boxes.write_text("".join(rows))
    return video, boxes


def gallery(folder: Path) -> Path:
    for channel, name in NAMES.items():
        (folder / "gal" / name).mkdir(parents=True)
        picture = np.zeros((70, 24, 3), np.uint8)
        picture[..., channel] = 200
        for n in range(3):
            cv2.imwrite(str(folder / "gal" / name / f"{n}.png"), picture + np.uint8(n))
    return folder / "gal"


A, B = (0, 1, 2), (1, 2, 0)
WORLDS = {
    "there and back": ([A] * 30 + [B] * 30 + [A] * 30 + [B] * 30, 25.0),
    "one frame": ([A], 25.0),
    "one frame a second": ([A] * 8 + [B] * 8, 1.0),
}


@both_modes
@pytest.mark.parametrize("world", WORLDS)
def test_nobody_is_given_a_wrong_name(tmp_path: Path, mode: str, world: str) -> None:
    orders, fps = WORLDS[world]
    files = filmed(tmp_path, orders, fps)
    count, right, wrong = tracked(*files, gallery(tmp_path), tmp_path / "out", mode)
    assert wrong == 0
    assert world != "there and back" or right == count


@both_modes
@pytest.mark.parametrize(
    "orders",
    [[A] + [()] * 10, [A, B] * 20],
    ids=["then nobody", "cuts only"],
)
def test_where_nobody_is_seen_for_long_that_is_said(
    tmp_path: Path, mode: str, orders: list[tuple[int, ...]]
) -> None:
    with pytest.raises(PipelineError, match="nobody was found"):
        tracked(*filmed(tmp_path, orders), gallery(tmp_path), tmp_path / "out", mode)
