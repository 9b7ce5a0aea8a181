"""`track --adapt`: a first pass, a detector that learns from it, a second pass if that helps."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from gallery.atomic.lock import hold
from gallery.atomic.write import whole
from tracker.detection.detector import Detector, load_detector
from tracker.detection.tiling import grids, tile_boxes
from tracker.inference.ultralytics import digest
from tracker.observation.store import Store
from tracker.output.run_files import OBSERVATIONS
from tracker.output.run_folder import check_place
from tracker.output.run_record import ADAPTED, RECEIPT, RunRecord, write_run_record
from tracker.output.table import TrackTable
from tracker.runs import pipeline
from tracker.runs.adapt_inputs import ADAPTED_WEIGHTS, class_numbers, weights_to_adapt
from tracker.runs.pipeline import Progress, Say, Stopped
from tracker.runs.request import TrackRequest
from tracker.training.agreement import Agreement, agreement
from tracker.training.fine_tune import FineTuning, fine_tune, save_model, taught, trainable
from tracker.training.held_out import Shares, shares_of
from tracker.training.labelled_pictures import Labelled
from tracker.training.pseudo_labels import FrameLabels, labels_of
from tracker.types import Detections, Frame
from tracker.video.open import open_source

_LEARN, _ASK = 160, 80
"""Frames to learn from and to be asked about, at most."""
_LEAST_LEARN, _LEAST_ASK, _LEAST_PEOPLE = 20, 8, 50
"""Fewer frames of each kind, or boxes in those that are asked about, say nothing."""
_GAIN = 0.005
"""By so much the agreement must rise: below, another choice of frames could turn it round."""
_LOST = 0.02
"""Share of the people that it may lose at the lowest score: those scores are on no common scale."""
_NEAR = 250
"""Frames between two pictures that are read through rather than jumped over."""


@dataclass(frozen=True, slots=True)
class Taught:
    """A detector that has learned, and what it is worth. before, after: on the frames kept apart.

    boxes: that it learned from, in `frames` frames."""

    weights: Path
    fingerprint: str
    frames: int
    boxes: int
    asked: int
    steps: int
    before: Agreement
    after: Agreement
    minutes: float

    @property
    def better(self) -> bool:
        """Whether the second pass is worth it: it agrees better, and hardly anybody is lost."""
        gained = self.after.ap50 - self.before.ap50 >= _GAIN
        return gained and self.after.found >= self.before.found - _LOST


def track_adapted(
    request: TrackRequest, say: Say, progress: Progress, streamed: bool = False
) -> TrackTable:
    """As `pipeline.track`, twice where the detector learns something; the last line says so.

    The results of the first pass are written before anything is learned, and stay where a second
    one does not come about. Raises what `pipeline.track` does, and DetectorError for a detector
    that cannot learn.
    """
    path = weights_to_adapt(request, streamed)
    trainable(path)  # so that a mistake costs no waiting
    check_place(request.out)
    first = replace(request, detector=str(path), render=False, grow_gallery=None)
    with hold(request.out, "track", long=True):
        table = pipeline.track(first, say, progress, locked=True)
        with tempfile.TemporaryDirectory() as folder:
            try:
                found = teach(first, table, path, Path(folder), say, progress)
            except KeyboardInterrupt:
                raise Stopped(f"stopped; {request.out} holds the first pass") from None
            if found is None or not found.better:
                return _first_stays(request, path, found, table, say, progress)
            say(_line(found) + "; all frames are looked at again")
            kept = request.out / ADAPTED_WEIGHTS
            with whole(kept) as part:
                part.write_bytes(found.weights.read_bytes())
        again = replace(request, detector=str(kept), overwrite=True)
        table = pipeline.track(again, say, progress, locked=True)
        _record(request.out, _tree(path, found))
        return table


def teach(
    request: TrackRequest, table: TrackTable, path: Path, folder: Path, say: Say, progress: Progress
) -> Taught | None:
    """Let the network of `path` learn what the tracks of the first pass say.

    folder: where it is written. None where too little is known to learn from, which is said.
    """
    store = Store.open(request.out / OBSERVATIONS)
    assert store is not None  # the first pass has just written it
    seen, fps = list(store), store.metadata.source.fps
    shares = shares_of(
        labels_of(table, seen, fps), fps / request.settings.detect.every_n, _LEARN, _ASK
    )
    if _too_few(shares):
        say("not adapted: too little was surely seen to learn from; the first pass stays")
        return None
    begun, plan = perf_counter(), FineTuning(long_side=request.settings.detect.image_size_px)
    model = trainable(path)
    pictures = pictures_of(
        request, shares.learn, class_numbers(request, model.names), plan.long_side
    )
    frames = len(shares.learn)
    new = fine_tune(
        model, pictures, plan, request.device, lambda done, of: progress("adapt", done, of),
        lambda minutes: say(
            f"adapting {path.name}: {plan.steps} steps on {frames} frames, {_long(minutes)}"
        ),
    )  # fmt: skip
    weights = folder / ADAPTED_WEIGHTS
    save_model(new, weights)
    before = {one.index: Detections(one.boxes, one.scores, one.classes) for one in seen}
    after = _found_by(
        load_detector(str(weights), request.settings.detect, request.device), request, shares.ask
    )
    return Taught(
        weights, digest([weights]), frames, sum(map(len, (one.boxes for one in shares.learn))), len(shares.ask),
        plan.steps, agreement(shares.ask, [before[one.index] for one in shares.ask]),
        agreement(shares.ask, after), (perf_counter() - begun) / 60,
    )  # fmt: skip


def _too_few(shares: Shares) -> bool:
    people = sum(len(one.boxes) for one in shares.ask)
    return (
        len(shares.learn) < _LEAST_LEARN or len(shares.ask) < _LEAST_ASK or people < _LEAST_PEOPLE
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
    for index in [*(one.index for one in labels), None]:
        if group and (index is None or index - group[-1] > _NEAR):
            wanted = set(group)
            for frame in source.frames(group[0], group[-1] + 1):
                if frame.index in wanted:
                    yield frame
            group = []
        if index is not None:
            group.append(index)


def _found_by(
    detector: Detector, request: TrackRequest, labels: Sequence[FrameLabels]
) -> list[Detections]:
    return [detector.detect([frame])[0] for frame in _frames(request, labels)]


def _first_stays(
    request: TrackRequest, path: Path, found: Taught | None, table: TrackTable, say: Say,
    progress: Progress,
) -> TrackTable:  # fmt: skip
    if found is not None:
        say(_line(found) + "; the first pass stays")
    if request.render or request.grow_gallery is not None:
        again = replace(request, detector=str(path), resume=True, overwrite=False)
        table = pipeline.track(again, say, progress, locked=True)
    _record(request.out, _tree(path, found))
    return table


def _line(found: Taught) -> str:
    return (
        f"adapted in {_long(found.minutes)}: on {found.asked} frames kept apart it agrees with the "
        f"tracks by {found.after.ap50:.3f}, before {found.before.ap50:.3f} (AP50)"
    )


def _long(minutes: float) -> str:
    return f"{minutes:.0f} minutes" if minutes >= 2 else f"{60 * minutes:.0f} seconds"


def _tree(path: Path, found: Taught | None) -> dict[str, Any]:
    """Of run.json."""
    tree: dict[str, Any] = {
        "from": {"name": path.name, "fingerprint": digest([path])},
        "kept": found is not None and found.better,
    }
    if found is None:
        return tree
    if found.better:
        tree["weights"] = {"name": ADAPTED_WEIGHTS, "fingerprint": found.fingerprint}
    return tree | {
        "learned": {"frames": found.frames, "boxes": found.boxes, "steps": found.steps},
        "held_out": {
            "frames": found.asked,
            "boxes": found.before.people,
            "missed": found.before.missed,
            "before": _scores(found.before),
            "after": _scores(found.after),
        },
    }


def _scores(found: Agreement) -> dict[str, float]:
    return {
        "ap50": round(found.ap50, 4),
        "recall": round(found.found, 4),
        "recall_of_missed": round(found.found_missed, 4),
    }


def _record(out: Path, tree: dict[str, Any]) -> None:
    """Beside what run.json says already."""
    write_run_record({**RunRecord.read(out).tree, ADAPTED: tree}, out / RECEIPT)
