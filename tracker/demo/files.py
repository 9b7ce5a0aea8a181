"""Writes a world: video, truth, names, anchors, gallery. All of it or nothing."""

from __future__ import annotations

import csv
import multiprocessing
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from tracker.errors import TeamsheetError
from tracker.text import guarded

from .anchors import pretended_anchors
from .people import Person
from .scene import Painter
from .truth import TruthRow
from .video import write_video
from .warmup import WarmUp
from .world import World

Image = NDArray[np.uint8]
Painted = tuple[Image, list[TruthRow]]


class DemoError(TeamsheetError):
    """The demo cannot be written; the message says what to do."""


def write_world(world: World, out: Path, overwrite: bool = False, jobs: int = 1) -> None:
    """Write match.mp4, gt/gt.txt, seqinfo.ini, names.csv, anchors.csv and gallery/ into `out`.

    jobs: processes that draw; the files do not depend on it. Raises DemoError where `out` exists
    and `overwrite` is not set.
    """
    if out.exists() and not overwrite:
        raise DemoError(f"{out} exists; give another folder or --overwrite")
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as folder:
        whole = Path(folder) / "world"
        whole.mkdir()
        rows = _write_match(world, whole, jobs)
        _write_truth(whole, rows)
        _write_seqinfo(world, out.resolve().name, whole)
        _write_names(world.squad.people, whole)
        _write_anchors(world, rows, whole)
        _write_gallery(world, whole / "gallery")
        if out.exists():
            shutil.move(out, Path(folder) / "old")
        whole.rename(out)


def _write_match(world: World, out: Path, jobs: int) -> list[list[TruthRow]]:
    rows: list[list[TruthRow]] = []

    def pictures() -> Iterator[Image]:
        for picture, truth in _painted(world, jobs):
            rows.append(truth)
            yield picture

    write_video(out / "match.mp4", pictures(), world.size, round(world.fps))
    return rows


def _painted(world: World, jobs: int) -> Iterator[Painted]:
    """Frames in order, drawn by `jobs` processes."""
    if jobs == 1:
        yield from map(Painter(world).paint, range(world.frames))
        return
    start = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, start, initializer=_begin, initargs=(world,)) as pool:
        ahead = 4 * jobs  # pictures waiting for the encoder, so that memory stays small
        waiting = [pool.submit(_paint, i) for i in range(min(ahead, world.frames))]
        for i in range(world.frames):
            yield waiting.pop(0).result()
            if i + ahead < world.frames:
                waiting.append(pool.submit(_paint, i + ahead))


_painter: Painter | None = None  # one per drawing process


def _begin(world: World) -> None:
    global _painter
    cv2.setNumThreads(1)
    _painter = Painter(world)


def _paint(index: int) -> Painted:
    assert _painter is not None
    return _painter.paint(index)


def _write_truth(out: Path, frames: list[list[TruthRow]]) -> None:
    """MOTChallenge rows: frame, id, x, y, w, h, 1, 1, visibility."""
    (out / "gt").mkdir()
    lines = [
        ",".join(map(str, (frame, row.person.id, *row.box, 1, 1, f"{row.visibility:.3f}")))
        for frame, rows in enumerate(frames, start=1)
        for row in rows
    ]
    (out / "gt" / "gt.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _write_seqinfo(world: World, name: str, out: Path) -> None:
    w, h = world.size
    text = (
        f"[Sequence]\nname={name}\nimDir=img1\nframeRate={world.fps:g}\n"
        f"seqLength={world.frames}\nimWidth={w}\nimHeight={h}\nimExt=.jpg\n"
    )
    (out / "seqinfo.ini").write_text(text, encoding="utf-8")


def _write_names(people: tuple[Person, ...], out: Path) -> None:
    with (out / "names.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(("id", "name", "number", "team", "role"))
        for p in people:
            table.writerow((p.id, guarded(p.name), "" if p.number is None else p.number, p.team, p.role))


def _write_anchors(world: World, frames: list[list[TruthRow]], out: Path) -> None:
    """What a model that knows the players would find, mistakes included."""
    with (out / "anchors.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(("frame", "x1", "y1", "x2", "y2", "player", "confidence"))
        for anchor in pretended_anchors(frames, world.squad.people, world.seed):
            corners = (f"{side:.1f}" for side in anchor.box)
            name, sure = guarded(anchor.player.name), f"{anchor.confidence:.3f}"
            table.writerow((anchor.frame, *corners, name, sure))


def _write_gallery(world: World, out: Path) -> None:
    """A folder of pictures per person, and roster.yaml, which lists the players only."""
    warm_up, roster = WarmUp(world.seed), []
    for person in world.squad.people:
        folder = out / person.name
        folder.mkdir(parents=True)
        for k, picture in enumerate(warm_up.pictures(person), start=1):
            if not cv2.imwrite(str(folder / f"{k:02d}.png"), picture):
                raise DemoError(f"{folder}: a picture cannot be written; is the disk full?")
        if person.number is not None:
            detail = f"number: {person.number}, team: {person.team}, role: {person.role}"
            roster.append(f"{person.name}: {{{detail}}}")
    (out / "roster.yaml").write_text("\n".join(roster) + "\n", encoding="utf-8")
