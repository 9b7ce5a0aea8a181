"""One tracker with the anchors of some models on one clip, scored; many of them in processes."""

from __future__ import annotations

import multiprocessing
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from clips.judge import Judge, Row, boxes_seen, judge_of, judged
from clips.observed import Case, quiet, reopened
from clips.rivals import installed
from peers import Tracks

from tracker.evaluation.boxes import Boxes
from tracker.evaluation.readers import boxes_of_table
from tracker.output.id_gaps import BINS
from tracker.output.mot import visible_ids
from tracker.runs.following import Followed, follow
from tracker.runs.open_session import open_session
from tracker.runs.request import AnchorInput, TrackRequest
from tracker.runs.session import Session
from tracker.settings import by_anchors
from tracker.types import Observation

from .draw import Drawn, Model, draw
from .kept import kept
from .rivals import named_by_anchors

MODES = ("online", "offline")
MOTION, LOOKS, PICTURES, BOTH = "motion", "looks", "pictures alone", "pictures and anchors"
MEANS = (MOTION, LOOKS, PICTURES, BOTH)
"""What ours goes by: anchors and boxes; anchors and how boxes look; a gallery's pictures; both."""


@dataclass(frozen=True, slots=True)
class Job:
    """tracker: a mode of ours, or a peer, which goes by MOTION. models: of which it has anchors;
    of a peer they are told. by_gap: scored by gap lengths too."""

    case: Case
    tracker: str
    means: str
    models: tuple[Model, ...]
    seed: int = 0
    sets: tuple[str, ...] = ()
    by_gap: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """row: as bench_clips has it. learned: of each model what the run takes its accuracy for;
    drawn: what it was. by_gap: Name-F1 and truth boxes by BINS, empty unless asked for."""

    row: Row
    learned: tuple[float | None, ...] = ()
    drawn: tuple[float | None, ...] = ()
    by_gap: tuple[tuple[float | None, int], ...] = ()


def run_all(jobs: Sequence[Job], processes: int) -> Iterator[Outcome]:
    """What came of the jobs, in their order."""
    if processes <= 1 or len(jobs) <= 1:
        yield from map(outcome_of, jobs)
        return
    context = multiprocessing.get_context("spawn")  # as clips.jobs, for the same reason
    with ProcessPoolExecutor(min(processes, len(jobs)), mp_context=context) as pool:
        yield from pool.map(outcome_of, jobs)


def outcome_of(job: Job) -> Outcome:
    """Draw, follow and score. Raises StoreError where the observations are of other settings."""
    mode = job.tracker if job.tracker in MODES else "online"
    request, session, seen, fps = _reopened(job.case, job.sets, mode)
    judge = _judge(job.case, fps)
    truth = judge.reference.counted.between(*job.case.frames)
    clip = job.case.clip.name
    drawn = [
        draw(truth, session.players, model, fps, (clip, job.seed, n))
        for n, model in enumerate(job.models)
    ]
    if drawn:
        with tempfile.TemporaryDirectory() as folder:
            request, session = _with_anchors(request, session, job, drawn, Path(folder))
    if job.tracker not in MODES:
        return _scored(judge, job, drawn, _peer(job, session, seen, fps), boxes_seen(seen))
    found = follow(request, session, _blind(seen) if job.means == MOTION else seen, quiet)
    table = found.table(session)
    boxes = boxes_of_table(table, mode)
    boxes = replace(boxes, ids=visible_ids(table)[boxes.lines - 2])  # line 1 is the header
    outcome = _scored(judge, job, drawn, boxes, boxes_seen(seen))
    return replace(outcome, learned=_learned(found))


def _reopened(
    case: Case, sets: tuple[str, ...], mode: str
) -> tuple[TrackRequest, Session, list[Observation], float]:
    def opened() -> tuple[TrackRequest, Session, list[Observation], float]:
        request, session, store = reopened(case, sets, mode)
        seen = kept((case.out, "seen"), lambda: list(store))
        return request, session, seen, store.metadata.source.fps

    return kept((case.out, sets, mode), opened)


def _judge(case: Case, fps: float) -> Judge:
    def made() -> Judge:
        return judge_of(case.clip, case.players, case.frames, fps)

    return kept((case.out, case.frames, "judge"), made)


def _with_anchors(
    request: TrackRequest, session: Session, job: Job, drawn: Sequence[Drawn], folder: Path
) -> tuple[TrackRequest, Session]:
    """As `track --anchors FILE... --anchor-accuracy ...`, and without --gallery unless BOTH."""
    from tracker.observation.store import Store

    inputs = []
    for n, (model, one) in enumerate(zip(job.models, drawn, strict=True)):
        file = one.write(folder / f"model-{n + 1}.csv")
        inputs.append(AnchorInput(file, model.stated))
    gallery = request.gallery if job.means == BOTH else None
    settings = request.settings if gallery else by_anchors(request.settings)  # as a run does
    request = replace(request, anchors=tuple(inputs), gallery=gallery, settings=settings)
    return request, open_session(request, Store.open(job.case.out / "observations"))


def _blind(seen: Sequence[Observation]) -> Iterator[Observation]:
    """As where nobody is described."""
    for one in seen:
        yield replace(one, embeddings=np.zeros((len(one.boxes), 0), np.float32))


def _peer(job: Job, session: Session, seen: Sequence[Observation], fps: float) -> Boxes:
    files = session.anchors
    assert files is not None  # a peer gives no names without
    attached = list(files.attacher().attached(seen))
    key = job.case.out, job.tracker  # of the boxes as they were observed: anchors come later
    tracks: Tracks = kept(key, lambda: installed(quiet)[job.tracker](seen, fps))
    return named_by_anchors(tracks, attached, session.players, len(job.models))


def _learned(found: Followed) -> tuple[float | None, ...]:
    return found.anchors.learned if found.anchors is not None else ()


def _scored(
    judge: Judge, job: Job, drawn: Sequence[Drawn], boxes: Boxes, detections: Boxes
) -> Outcome:
    right = tuple(float(one.right.mean()) if len(one.rows) else None for one in drawn)
    by_gap: tuple[tuple[float | None, int], ...] = ()
    if job.by_gap and drawn:
        names = judge.names(boxes, drawn[0].ids)
        assert names is not None  # somebody is in the gallery
        f1, wanted = names.f1_by_gap.tolist(), names.by_gap[:, 2].astype(int).tolist()
        by_gap = tuple((None if np.isnan(v) else v, n) for v, n in zip(f1, wanted, strict=True))
        assert len(by_gap) == len(BINS)
    return Outcome(judged(judge, boxes, detections), (), right, by_gap)
