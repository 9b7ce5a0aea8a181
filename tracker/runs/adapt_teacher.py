"""A detector learns what the tracks of a first pass say, and is asked about frames kept apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from tracker.detection.tiling import grids, tile_boxes
from tracker.inference.ultralytics import digest
from tracker.observation.store import Store
from tracker.output.run_files import OBSERVATIONS
from tracker.output.table import TrackTable
from tracker.runs.adapt_inputs import ADAPTED_WEIGHTS, class_names, class_numbers
from tracker.runs.adapt_record import Taught, spoken
from tracker.runs.open_session import open_detector
from tracker.runs.pipeline import Progress, Say
from tracker.runs.request import TrackRequest
from tracker.training.agreement import agreement
from tracker.training.fine_tune import FineTuning, fine_tune, save_model, taught, trainable
from tracker.training.held_out import Shares, shares_of
from tracker.training.labelled_pictures import Labelled
from tracker.training.pseudo_labels import FrameLabels, labels_of
from tracker.types import Detections, Frame
from tracker.video.open import open_source

_TRAINING, _HELD_OUT = 160, 80
"""Frames to learn from and to be asked about, at most."""
_MIN_TRAINING, _MIN_HELD_OUT, _MIN_PEOPLE = 20, 8, 50
"""Fewer frames of each kind, or boxes in those that are asked about, say nothing."""
_NEAR = 250
"""Frames between two pictures that are read through rather than jumped over."""


def teach(
    request: TrackRequest, table: TrackTable, path: Path, folder: Path, say: Say, progress: Progress
) -> Taught | None:
    """Let the network of `path` learn what the tracks of the first pass say.

    folder: where it is written. None where too little is known to learn from, which is said.
    Raises DetectorError where it learns nothing.
    """
    store = Store.open(request.out / OBSERVATIONS)
    assert store is not None  # the first pass has just written it
    seen, fps = list(store), store.metadata.source.fps
    labels = labels_of(table, seen, fps)
    shares = shares_of(labels, fps / request.settings.detect.every_n, _TRAINING, _HELD_OUT)
    if _too_few(shares):
        say("not adapted: too little was surely seen to learn from; the first pass stays")
        return None
    begun, weights = perf_counter(), folder / ADAPTED_WEIGHTS
    plan = FineTuning(long_side=request.settings.detect.image_size_px)
    save_model(_learned(request, path, shares.training, plan, say, progress), weights)
    before = {frame.index: Detections(frame.boxes, frame.scores, frame.classes) for frame in seen}
    return Taught(
        weights,
        digest([weights]),
        len(shares.training),
        sum(len(frame.boxes) for frame in shares.training),
        plan.steps,
        len(shares.held_out),
        agreement(shares.held_out, [before[frame.index] for frame in shares.held_out]),
        agreement(shares.held_out, _found_by(weights, request, shares.held_out)),
        (perf_counter() - begun) / 60,
    )


def _learned(
    request: TrackRequest, path: Path, training: Sequence[FrameLabels], plan: FineTuning, say: Say,
    progress: Progress,
) -> Any:  # fmt: skip
    model = trainable(path)
    pictures = pictures_of(request, training, class_numbers(request, model.names), plan.long_side)

    def how_long(minutes: float) -> None:
        on = f"{plan.steps} steps on {len(training)} frames"
        say(f"adapting {path.name}: {on}, about {spoken(minutes)}")

    return fine_tune(
        model,
        pictures,
        plan,
        request.device,
        lambda done, of: progress("adapt", done, of),
        how_long,
    )


def _too_few(shares: Shares) -> bool:
    people = sum(len(frame.boxes) for frame in shares.held_out)
    return (
        len(shares.training) < _MIN_TRAINING
        or len(shares.held_out) < _MIN_HELD_OUT
        or people < _MIN_PEOPLE
    )


def pictures_of(
    request: TrackRequest, labels: Sequence[FrameLabels], numbers: Sequence[int], side: int
) -> list[Labelled]:
    """What is learned from: a tile of each frame, the next one of the grid each time.

    numbers: of classes in the network, by column.
    """
    detect, pictures = request.settings.detect, []
    passes = grids("1x1" if detect.tiles == "auto" else detect.tiles)
    for place, (frame, known) in enumerate(zip(_frames(request, labels), labels, strict=True)):
        assert frame.image is not None
        rows, columns = frame.image.shape[:2]
        tiles = [
            t for grid in passes for t in tile_boxes(columns, rows, *grid, detect.tile_overlap)
        ]
        picture = taught(frame.image, known, tiles[place % len(tiles)], side)
        classes = np.array(numbers, np.int64)[picture.classes]
        pictures.append(replace(picture, classes=classes))
    return pictures


def _frames(request: TrackRequest, labels: Sequence[FrameLabels]) -> Iterator[Frame]:
    """The frames of these labels, one at a time; near ones are read in one go."""
    source, group = open_source(request.source), list[int]()
    for index in [*(known.index for known in labels), None]:
        if group and (index is None or index - group[-1] > _NEAR):
            wanted = set(group)
            for frame in source.frames(group[0], group[-1] + 1):
                if frame.index in wanted:
                    yield frame
            group = []
        if index is not None:
            group.append(index)


def _found_by(
    weights: Path, request: TrackRequest, labels: Sequence[FrameLabels]
) -> list[Detections]:
    """What a new detector finds in frames, opened as the one of the first pass was."""
    request = replace(request, detector=str(weights))
    detector, _ = open_detector(request, open_source(request.source), class_names(request))
    return [detector.detect([frame])[0] for frame in _frames(request, labels)]
