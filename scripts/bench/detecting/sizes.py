"""The same pictures in other sizes: how tall people are, and how large the picture."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

HEIGHTS_PX = 240, 480, 720, 1080, 2160
CLOSER = 2, 4, 8
"""Parts of a picture, as that share of its sides, enlarged to 1080 px in height."""


def in_sizes(folder: Path, work: Path, every: int) -> Iterator[Path]:
    """Folders of each n-th picture with its CSV (`open_scene`), one a size, made in `work`."""
    pictures = sorted(p for p in folder.glob("*.jpg") if p.with_suffix(".csv").is_file())[::every]
    for height in HEIGHTS_PX:
        yield _made(pictures, work / f"{height}px", height, 1)
    for closer in CLOSER:
        yield _made(pictures, work / f"1080px-closer-{closer}", 1080, closer)


def _made(pictures: list[Path], out: Path, height: int, closer: int) -> Path:
    out.mkdir(parents=True, exist_ok=True)
    for picture in pictures:
        image = cv2.imread(str(picture))
        with picture.with_suffix(".csv").open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        places = np.array([[float(row[k]) for k in "xywh"] for row in rows]).reshape(-1, 4)
        left, top, wide, tall = _part(places, image.shape[1], image.shape[0], closer)
        scale = height / tall
        part = image[top : top + tall, left : left + wide]
        cv2.imwrite(str(out / picture.name), cv2.resize(part, (round(wide * scale), height)))
        with (out / picture.with_suffix(".csv").name).open("w", encoding="utf-8") as table:
            table.write("class,x,y,w,h\n")
            for row, place in zip(rows, places, strict=True):
                x1, y1 = np.clip(place[:2] - (left, top), 0, (wide, tall))
                x2, y2 = np.clip(place[:2] + place[2:] - (left, top), 0, (wide, tall))
                if (x2 - x1) * (y2 - y1) >= 0.5 * place[2] * place[3]:
                    x, y, w, h = np.array((x1, y1, x2 - x1, y2 - y1)) * scale
                    table.write(f"{row['class']},{x:.2f},{y:.2f},{w:.2f},{h:.2f}\n")
    return out


def _part(places: np.ndarray, width: int, height: int, closer: int) -> tuple[int, int, int, int]:
    """x, y, width, height: around the person in the middle of all people."""
    wide, tall = width // closer, height // closer
    middles = places[:, :2] + places[:, 2:] / 2
    x, y = middles[np.abs(middles - np.median(middles, axis=0)).sum(axis=1).argmin()]
    left, top = np.clip((x - wide / 2, y - tall / 2), 0, (width - wide, height - tall)).astype(int)
    return int(left), int(top), wide, tall
