"""A gallery out of a run: pictures of whom it has surely named, by their numbers or otherwise, so
that the next run knows how they look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from gallery.annotations.boxes import TruthBoxes
from gallery.annotations.names import EnrollError, Name
from tracker.output.table import BOX
from tracker.runs.request import PipelineError, TrackRequest
from tracker.types import Visibility

if TYPE_CHECKING:
    from gallery.create import CutReport
    from gallery.roster import Player
    from tracker.output.table import TrackTable
    from tracker.video.source import Source

SURE = 0.95
"""Boxes whose player_confidence is lower are no pictures of anybody."""


def check_growing(request: TrackRequest, live: bool, named: bool) -> None:
    """Raise PipelineError where no gallery can be grown, before any waiting begins.

    live: of a camera. named: players can be named.
    """
    folder = request.grow_gallery
    if folder is None:
        return
    if folder.exists():
        raise PipelineError(f"--grow-gallery {folder} exists; give a folder that is not there yet")
    if live:
        raise PipelineError(
            f"{request.source}: a camera's pictures are not kept; leave out --grow-gallery"
        )
    if not named:
        raise PipelineError(
            "--grow-gallery takes pictures of whom the run names; give --roster, --gallery or "
            "--anchors"
        )


def grow(request: TrackRequest, source: Source, table: TrackTable, known: Sequence[Player]) -> str:
    """Write request.grow_gallery, whole or not at all; the lines that say what came of it.

    source: the video once more. table: the run's. known: what the roster says of its players, whose
    roster.yaml is written too. Raises VideoError, BusyError, OSError.
    """
    from gallery.create import cut_gallery

    folder = request.grow_gallery
    assert folder is not None
    boxes, names = sure_boxes(table, {player.name: player for player in known})
    first, last = request.frames
    try:
        report: CutReport = cut_gallery(
            ((frame.index + 1, frame.image) for frame in source.frames(first - 1, last)),
            boxes,
            names,
            folder,
            frames=request.frames,
            source_name=source.name.rpartition(".")[0] or source.name,
        )
    except EnrollError as error:
        return f"no gallery was made: nobody was named surely and seen well ({error})"
    return str(report)


def sure_boxes(
    table: TrackTable, known: Mapping[str, Player]
) -> tuple[TruthBoxes, dict[int, Name]]:
    """All boxes of a run, those of nobody and of the hidden with id -1, for they cover others; and
    who the ids are."""
    rows = table.rows
    rows = rows[rows["visibility"] != Visibility.ABSENT.label]
    sure = (rows["visibility"] == Visibility.VISIBLE.label) & rows["confidence"].notna()
    sure &= (rows["player"] != "") & (rows["player_confidence"] >= SURE)
    every = sorted(set(rows.loc[sure, "player"]))
    numbers = {name: n for n, name in enumerate(every, 1)}
    ids = rows["player"].map(numbers).where(sure, -1).to_numpy(np.int64)
    boxes = TruthBoxes("this run", rows["frame"].to_numpy(), ids, rows[BOX].to_numpy())
    return boxes, {n: _name(name, known.get(name)) for name, n in numbers.items()}


def _name(name: str, player: Player | None) -> Name:
    if player is None:
        return Name(name)
    number, team, role = player.number or "", player.team or "", player.role or ""
    return Name(name, number, team, role, "/".join(player.color))
