"""A second, closer look at a few frames of a finished run: would smaller tiles find more people?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from tracker.boxes import iou
from tracker.detection.detector import (
    Detector,
    DetectorError,
    identify,
    is_named,
    load_detector,
)
from tracker.detection.weights import find_weights
from tracker.errors import TeamsheetError
from tracker.output.row_arrays import RowArrays
from tracker.output.run_record import RunRecord
from tracker.report.pictures import read_frames
from tracker.report.run_facts import RunFacts
from tracker.settings import DetectSettings
from tracker.types import UNKNOWN, Floats, Frame, Mask
from tracker.video.source import Source

FRAMES = 8
_NEXT = {"1x1": "2x1", "2x1": "3x2", "2x2": "3x2", "1x2": "2x3"}
_CLEAR = 0.4  # a box of a lower score is no sure find
_SAME = 0.4  # IoU with a box that the run has
_AROUND_S = 1.0  # named boxes this near in time say how tall players are where they stand
_TALL = 0.6, 1.6  # of that height
_FEW = 4
_RUNS_CODE = {".pt", ".pth", ".engine"}


class FinerTilesError(TeamsheetError):
    """It cannot be measured; the message says why."""


def measure_finer_tiles(receipt: RunFacts, rows: RowArrays, source: Source) -> str:
    """A sentence for the report: how many people more the detector of the run finds in tiles.

    source: an opened file or folder. Raises CloserError, and what the readers of pictures raise.
    """
    if source.live or not source.has_images or source.fingerprint() != receipt.fingerprint:
        raise FinerTilesError("not the very video that was tracked")
    spec = recorded_spec(receipt.tree)
    try:
        plain = _detector(receipt.tree, spec, None)
        finer = _NEXT.get(str(getattr(plain, "tiles", "")))
        if finer is None:
            raise FinerTilesError("the detector of this run has no tiles, or small ones already")
        tiled = _detector(receipt.tree, spec, finer)
    except DetectorError as error:
        raise FinerTilesError(str(error)) from error
    places = np.linspace(0, len(rows.numbers) - 1, FRAMES + 2)[1:-1].round().astype(int)
    wanted = np.unique(rows.numbers[places]).tolist()
    frames = [
        Frame(number - 1, rows.time_s(number), image)
        for number, image in read_frames(source, wanted)
    ]
    if not frames:
        raise FinerTilesError("its frames cannot be read")
    shown, more = _counts(frames, tiled, rows)
    return _words(shown / len(frames), more / len(frames), len(frames), finer)


def _words(shown: float, more: float, frames: int, tiles: str) -> str:
    looked = f"Looked closer at {frames} frames"
    if more < 0.1:
        return f"{looked}: with --tiles {tiles} the detector finds nobody more."
    return (
        f"{looked}: with --tiles {tiles} the detector finds {more:.1f} people more in each, beside "
        f"the {shown:.1f} that have a box (of the players' size, where players are)."
    )


def recorded_spec(tree: Mapping[str, Any]) -> str:
    """The detector as the run was told it: a file that runs no code, or a known name."""
    detector = tree.get("detector")
    command = [str(word) for word in tree.get("command") or []]
    given = [b for a, b in pairwise(command) if a == "--detector"]
    given += [word.partition("=")[2] for word in command if word.startswith("--detector=")]
    if not isinstance(detector, dict) or "--detections" in command:
        raise FinerTilesError("the run had no detector of its own")
    spec = given[-1] if given and given[-1] != "auto" else str(detector.get("name"))
    path = Path(spec)
    there = is_named(spec) or path.exists()
    if not there and path.name != spec:
        raise FinerTilesError(f"its detector {spec} is not there")
    if path.name != spec and path.suffix in _RUNS_CODE:
        raise FinerTilesError(
            f"{spec} could run code; only ONNX and OpenVINO are opened from a receipt"
        )
    try:
        if not there:
            spec = str(find_weights(spec, fetch=False))  # no server is asked for a stranger's word
        fingerprint = identify(spec)[1]
    except (DetectorError, OSError) as error:
        raise FinerTilesError(str(error)) from error
    if fingerprint != detector.get("fingerprint"):
        raise FinerTilesError(f"{spec} is not the detector of the run")
    return spec


def _detector(tree: Mapping[str, Any], spec: str, tiles: str | None) -> Detector:
    """With the settings of the run. tiles: instead of its own."""
    settings = tree.get("settings")
    detect = settings.get("detect") if isinstance(settings, dict) else None
    try:
        given = DetectSettings.model_validate(detect or {})
    except ValueError as error:
        raise FinerTilesError("its settings are of another teamsheet") from error
    given = given.model_copy(update={"tiles": tiles}) if tiles else given
    return load_detector(spec, given, "cpu", *_called(tree))


def _called(tree: Mapping[str, Any]) -> tuple[list[str] | None, bool]:
    """Who the classes of the run's detector could be; all of them, where its user said so."""
    record = RunRecord(Path(), tree)
    command = tree.get("command")
    all_players = isinstance(command, list) and "--players-from-detector" in command
    return (record.players if tree.get("gallery") else None), all_players


def _counts(frames: Sequence[Frame], tiled: Detector, rows: RowArrays) -> tuple[int, int]:
    """People of the players' kind in all frames: whom the run shows, and whom it has no box for."""
    shown = more = 0
    for frame in frames:
        (found,) = tiled.detect([frame])
        seen = rows.boxes[rows.visible & (rows.frames == frame.index + 1)]
        shown += int(_like_players(rows, frame.index + 1, seen).sum())
        new = _like_players(rows, frame.index + 1, found.boxes) & (found.scores >= _CLEAR)
        if len(seen):
            overlap = iou(found.boxes.astype(np.float64), seen.astype(np.float64))
            new &= overlap.max(axis=1) < _SAME
        more += int(new.sum())
    return shown, more


def _like_players(rows: RowArrays, frame: int, found: Floats) -> Mask:
    """(N,) boxes about as tall as players who stand there, on the ground where players are."""
    near = np.abs(rows.frames - frame) <= _AROUND_S * rows.rate
    boxes = rows.boxes[rows.visible & near & (rows.players != UNKNOWN)].astype(np.float64)
    if len(boxes) < _FEW:
        boxes = rows.boxes[rows.visible & near].astype(np.float64)
    if len(boxes) < _FEW or not len(found):
        return np.zeros(len(found), bool)
    feet, tall = boxes[:, 3], boxes[:, 3] - boxes[:, 1]
    slope, intercept = np.polyfit(feet, tall, 1) if np.ptp(feet) > 1 else (0.0, float(tall.mean()))
    x1, y1, x2, y2 = found.astype(np.float64).T
    usual = np.maximum(slope * y2 + intercept, 1.0)
    fits = (y2 - y1 > _TALL[0] * usual) & (y2 - y1 < _TALL[1] * usual)
    middle = (x1 + x2) / 2
    fits &= (middle > boxes[:, 0].min() - usual) & (middle < boxes[:, 2].max() + usual)
    inside: Mask = fits & (y2 > feet.min() - usual / 4) & (y2 < feet.max() + usual / 4)
    return inside
