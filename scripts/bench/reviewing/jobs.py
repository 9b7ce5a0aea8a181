"""One run reviewed by a perfect analyst, by ours and by other orders; many of them in processes."""

from __future__ import annotations

import multiprocessing
import os
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from clips.judge import boxes_seen, judge_of
from clips.observed import YOLO_MODEL, Case, quiet, reopened

from tracker.observation.store import Store
from tracker.output.evidence import EvidenceTables
from tracker.output.row_arrays import read_rows
from tracker.output.run_record import RunRecord
from tracker.review.case import ReviewCase
from tracker.review.engine import Engine
from tracker.runs import pipeline

from .analyst import Analyst
from .orders import BY_LOT, ORDERS, Order
from .page import AFTER, Record, by_the_page
from .truth import RunTruth, ceiling_cut, truth_of

ALONE, ERRS, UNSURE = "names alone", "errs in 5 %", "does not know in 10 %"
_ERR, _UNSURE, _SEEDS = 0.05, 0.10, 3


@dataclass(frozen=True, slots=True)
class Job:
    """mode: of ours. orders: beside ours, of ORDERS, ALONE, ERRS and UNSURE."""

    case: Case
    weights: Path
    mode: str
    orders: tuple[str, ...] = (ALONE, *ORDERS, ERRS, UNSURE)


def run_all(jobs: Sequence[Job], processes: int) -> Iterator[Record]:
    """The records of the jobs, in their order."""
    if processes <= 1 or len(jobs) <= 1:
        yield from map(record_of, jobs)
        return
    context = multiprocessing.get_context("spawn")  # as clips.jobs, for the same reason
    with ProcessPoolExecutor(min(processes, len(jobs)), mp_context=context) as pool:
        yield from pool.map(record_of, jobs)


def record_of(job: Job) -> Record:
    """answers, name_f1, ceiling, ceiling_cut, and the same curves of other orders."""
    with tempfile.TemporaryDirectory() as folder:
        out = _tracked(job, Path(folder) / "out")
        fps, players = RunRecord.read(out).fps, RunRecord.read(out).players
        rows, evidence = read_rows(out / "tracks.csv", fps), EvidenceTables.read(out / "evidence")
        store = Store.open(out / "observations")
        assert store is not None  # it was tracked
        judge = judge_of(job.case.clip, job.case.players, job.case.frames, fps)
        detections = judge.names(judge.perfect(boxes_seen(store)))
        assert detections is not None  # the players are known
        truth = truth_of(judge, rows, players)
        record = by_the_page(out, judge, players)
        record |= {"ceiling": detections.f1, "ceiling_cut": ceiling_cut(truth, rows)}
    case = ReviewCase.of(rows, evidence, players)
    record["orders"] = {name: _curve(name, case, truth, players) for name in job.orders}
    return record


def _tracked(job: Job, out: Path) -> Path:
    """An OUT of the case's observations, as `track` writes it."""
    case = job.case
    (out / "observations").mkdir(parents=True)
    for file in (case.out / "observations").iterdir():
        if file.name != "followed.npz":
            os.link(file, out / "observations" / file.name)
    request, _, _ = reopened(case, (), job.mode)
    given = case.clip.detections.get(case.boxes)
    detector = "auto" if given else str(job.weights / YOLO_MODEL)
    again = replace(request, out=out, resume=True, detections=given, detector=detector)
    pipeline.track(again, quiet, quiet)
    return out


def _curve(name: str, case: ReviewCase, truth: RunTruth, players: list[str]) -> list[float]:
    if name in (ALONE, ERRS, UNSURE):
        err, unsure = _ERR * (name == ERRS), _UNSURE * (name == UNSURE)
        seeds = range(1 if name == ALONE else _SEEDS)
        every = [_by_engine(case, truth, players, err, unsure, seed) for seed in seeds]
        return [float(np.mean(column)) for column in zip(*every, strict=True)]
    seeds = range(_SEEDS if name == BY_LOT else 1)
    curves = [
        Order(case, Analyst(case, truth, players), name, seed).curve(max(AFTER)) for seed in seeds
    ]
    return [float(np.mean([curve[n] for curve in curves])) for n in AFTER]


def _by_engine(
    case: ReviewCase, truth: RunTruth, players: list[str], err: float, unsure: float, seed: int
) -> list[float]:
    """The engine's questions, names as bookkeeping alone."""
    engine, steps = Engine(case), max(AFTER)
    analyst = Analyst(case, truth, players, err, unsure, np.random.default_rng(seed))
    f1 = [truth.f1(engine.ledger.players)]
    while len(f1) <= steps and (question := next(iter(engine.ask()), None)) is not None:
        engine.add(analyst.answer(question, engine.ledger.players))
        f1.append(truth.f1(engine.ledger.players))
    f1 += [f1[-1]] * (steps + 1 - len(f1))
    return [f1[n] for n in AFTER]
