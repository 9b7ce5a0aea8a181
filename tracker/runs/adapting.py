"""`track --adapt`: a first pass, a detector that learns from it, a second pass if that helps."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from gallery.atomic.lock import hold
from gallery.atomic.write import whole
from tracker.observation.store import Store
from tracker.output.run_files import OBSERVATIONS
from tracker.output.run_folder import check_place
from tracker.output.run_record import ADAPTED, RECEIPT, RunRecord, write_run_record
from tracker.output.table import TrackTable
from tracker.runs import pipeline
from tracker.runs.adapt_inputs import ADAPTED_WEIGHTS, weights_to_adapt
from tracker.runs.adapt_record import Taught, line_of, tree_of
from tracker.runs.adapt_teacher import teach
from tracker.runs.fitted_tiles import as_observed
from tracker.runs.pipeline import Progress, Say, Stopped
from tracker.runs.request import TrackRequest
from tracker.training.fine_tune import trainable


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
        first, request = (_in_its_tiles(each) for each in (first, request))
        with tempfile.TemporaryDirectory() as folder:
            try:
                found = teach(first, table, path, Path(folder), say, progress)
            except KeyboardInterrupt:
                raise Stopped(f"stopped; {request.out} holds the first pass") from None
            if found is None or not found.better:
                return _first_stays(request, path, found, table, say, progress)
            say(line_of(found) + "; all frames are looked at again")
            kept = request.out / ADAPTED_WEIGHTS
            with whole(kept) as part:
                part.write_bytes(found.weights.read_bytes())
        again = replace(request, detector=str(kept), overwrite=True)
        table = pipeline.track(again, say, progress, locked=True)
        _record(request.out, tree_of(path, found))
        return table


def _in_its_tiles(request: TrackRequest) -> TrackRequest:
    """What is learned, judged and looked at again is so in the tiles of the first pass."""
    store = Store.open(request.out / OBSERVATIONS)
    return request if store is None else as_observed(request, store.metadata)


def _first_stays(
    request: TrackRequest, path: Path, found: Taught | None, table: TrackTable, say: Say,
    progress: Progress,
) -> TrackTable:  # fmt: skip
    if found is not None:
        say(line_of(found) + "; the first pass stays")
    if request.render or request.grow_gallery is not None:
        again = replace(request, detector=str(path), resume=True, overwrite=False)
        table = pipeline.track(again, say, progress, locked=True)
    _record(request.out, tree_of(path, found))
    return table


def _record(out: Path, tree: dict[str, Any]) -> None:
    """Beside what run.json says already."""
    write_run_record({**RunRecord.read(out).tree, ADAPTED: tree}, out / RECEIPT)
