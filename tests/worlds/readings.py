"""Shirt numbers read in a finished run, as those of `tests.worlds.report` are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from tests.worlds.report import FPS, SIZE
from tracker.identity.misreadings import digits_of
from tracker.observation.chunk import Carry
from tracker.observation.metadata import Metadata, ModelId, SourceFacts, shaping
from tracker.observation.store import Recorder
from tracker.output.run_files import OBSERVATIONS
from tracker.output.run_record import NUMBERS, RECEIPT, WORN
from tracker.output.table import BOX, TrackTable
from tracker.settings import Settings
from tracker.types import NO_NUMBER, Observation, Readings

Told = Mapping[tuple[int, int], tuple[int, float]]
"""By (track, frame): what was read, and how sure."""
READER = ModelId(name="fake", fingerprint="0" * 16)


def write_readings(out: Path, told: Told, worn: Mapping[str, str] | None = None) -> Path:
    """OUT/observations of the run in `out`, and what its run.json says of numbers.

    Everybody who has a box is there, the hidden too: no visible row has theirs.
    """
    boxed = TrackTable.read_csv(out / "tracks.csv").rows.dropna(subset=BOX)
    last = int(boxed["frame"].max())
    recorder = Recorder(out / OBSERVATIONS, _metadata(last))
    for frame in range(1, last + 1):
        recorder.add([_seen(boxed[boxed["frame"] == frame], told, frame)], Carry())
    recorder.finish([])
    tree = json.loads((out / RECEIPT).read_text(encoding="utf-8"))
    stated = {NUMBERS: READER.model_dump(), WORN: dict(worn or {})}
    (out / RECEIPT).write_text(json.dumps(tree | stated), encoding="utf-8")
    return out


def _seen(rows: pd.DataFrame, told: Told, frame: int) -> Observation:
    """Read where `told` says so."""
    boxes = rows[BOX].to_numpy(np.float32).reshape(-1, 4)
    none = np.full((len(rows), 0), np.nan, np.float32)
    keys = [(track, frame) for track in rows["track_id"].tolist()]
    readings = None
    if any(key in told for key in keys):
        read = [told.get(key, (NO_NUMBER, 0.0)) for key in keys]
        numbers = np.array([number for number, _ in read], np.int64)
        sure = np.array([sure for _, sure in read], np.float32)
        digits = digits_of(numbers, sure)
        digits[numbers == NO_NUMBER] = 0
        readings = Readings(numbers, sure, digits)
    scores = np.full(len(rows), 0.9, np.float32)
    return Observation(
        frame - 1, (frame - 1) / FPS, boxes, scores, none, np.eye(2, 3), False, readings
    )


def _metadata(frames: int) -> Metadata:
    facts = SourceFacts(
        spec="gone.mp4", name="gone.mp4", fingerprint="", width=SIZE[0], height=SIZE[1], fps=FPS,
        frame_count=frames, has_images=True, live=False,
    )  # fmt: skip
    return Metadata(
        source=facts, detector=READER, encoder=None, numbers=READER, settings=shaping(Settings()),
        first=1, last=None, together=1, device="cpu",
    )  # fmt: skip
