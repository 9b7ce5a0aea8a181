"""One run reviewed by a perfect analyst, by ours and by other orders; many of them in processes."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from clips.judge import Judge, boxes_seen, judge_of
from clips.observed import Case, quiet, reopened

from tracker.evaluation.readers import boxes_of_table
from tracker.output.evidence import EvidenceTables
from tracker.output.row_arrays import RowArrays, rows_of
from tracker.output.table import TrackTable
from tracker.review.case import ReviewCase
from tracker.review.engine import Engine
from tracker.review.question import Entry, Question
from tracker.runs.following import follow
from tracker.types import Mask

from .analyst import Analyst
from .orders import BY_LOT, ORDERS, Order
from .truth import RunTruth, ceiling_cut, truth_of

AFTER = (0, 1, 2, 3, 5, 10, 20)
OURS, ERRS, UNSURE = "ours", "errs in 5 %", "does not know in 10 %"
_ERR, _UNSURE, _SEEDS = 0.05, 0.10, 3
Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Job:
    """mode: of ours. orders: beside ours, of ORDERS, ERRS and UNSURE."""

    case: Case
    mode: str
    orders: tuple[str, ...] = (*ORDERS, ERRS, UNSURE)


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
    request, session, store = reopened(job.case, (), job.mode)
    seen, fps = list(store), store.metadata.source.fps
    followed = follow(request, session, seen, quiet)
    table, players = followed.table(session), list(session.players)
    rows = rows_of(table, fps)
    log, tracks = followed.evidence_log, np.unique(rows.tracks).tolist()
    evidence = log and EvidenceTables.of(log, players, tracks, job.mode, session.sources)
    case = ReviewCase.of(rows, evidence, players)
    judge = judge_of(job.case.clip, job.case.players, job.case.frames, fps)
    truth = truth_of(judge, rows, players, _counted(judge, table, rows, job.mode))
    detections = judge.names(judge.perfect(boxes_seen(seen)))
    assert detections is not None
    record = reviewed(case, truth, players) | {
        "ceiling": detections.f1,
        "ceiling_cut": ceiling_cut(truth, rows),
    }
    record["orders"] = {name: _curve(name, case, truth, players) for name in job.orders}
    return record


def _counted(judge: Judge, table: TrackTable, rows: RowArrays, mode: str) -> Mask:
    """(N,) rows that lie on no distractor."""
    boxes = judge.counted(boxes_of_table(table, mode))
    counted = np.zeros(len(rows), bool)
    counted[boxes.lines - 2] = True  # line 1 is the header
    return counted


def reviewed(
    case: ReviewCase,
    truth: RunTruth,
    players: list[str],
    err: float = 0.0,
    unsure: float = 0.0,
    seed: int = 0,
) -> Record:
    """The engine's own questions. doubt, wrong: seconds that it holds for wrong, and that are."""
    engine, steps = Engine(case), max(AFTER)
    analyst = Analyst(case, truth, players, err, unsure, np.random.default_rng(seed))
    f1, doubt, wrong = [truth.f1(engine.ledger.players)], [], []
    kinds, sentences, rank = [], 0, list[int]()
    for _ in range(steps):
        doubt.append(engine.uncertain_s())
        wrong.append(truth.wrong(engine.ledger.players) / case.rate)
        question = next(iter(engine.ask()), None)
        if question is None:
            break
        entry = analyst.answer(question, engine.ledger.players)
        if (place := _rank(question, entry)) is not None:
            rank.append(place)
        engine.add(entry)
        kinds.append(question.kind)
        sentences += len(entry.statements)
        f1.append(truth.f1(engine.ledger.players))
    answers = len(f1) - 1
    f1 += [f1[-1]] * (steps - answers)
    return {
        "answers": list(AFTER),
        "name_f1": [f1[n] for n in AFTER],
        "worst_step": min(np.diff(f1), default=0.0),
        "asked": answers,
        "groups": kinds.count("which"),
        "sentences": sentences,
        "doubt_s": doubt,
        "wrong_s": wrong,
        "candidate_first": float(np.mean([r == 0 for r in rank])) if rank else None,
        "candidate_on_a_key": float(np.mean([r < 9 for r in rank])) if rank else None,
    }


def _rank(question: Question, entry: Entry) -> int | None:
    """Place of whom an answer names longest among the candidates; None where that is nobody, who
    has a key of their own."""
    if question.kind != "who" or not entry.statements:
        return None
    longest = max(entry.statements, key=lambda s: (s.last or 0) - (s.first or 0)).is_
    order = [candidate.player for candidate in question.candidates]
    return order.index(longest) if longest in order else len(order) if longest else None


def _curve(name: str, case: ReviewCase, truth: RunTruth, players: list[str]) -> list[float]:
    if name in (ERRS, UNSURE):
        err, unsure = (_ERR, 0.0) if name == ERRS else (0.0, _UNSURE)
        every = [
            reviewed(case, truth, players, err, unsure, seed)["name_f1"] for seed in range(_SEEDS)
        ]
        return [float(np.mean(column)) for column in zip(*every, strict=True)]
    seeds = range(_SEEDS if name == BY_LOT else 1)
    curves = [
        Order(case, Analyst(case, truth, players), name, seed).curve(max(AFTER)) for seed in seeds
    ]
    return [float(np.mean([curve[n] for curve in curves])) for n in AFTER]
