"""A review as somebody at the page has it, to the last answer, by a perfect analyst."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from clips.judge import Judge
from clips.observed import quiet

from tracker.output.row_arrays import RowArrays
from tracker.review.case import ReviewCase
from tracker.review.question import Entry, Question
from tracker.runs.review_desk import Desk
from tracker.types import UNKNOWN, Ints

from .analyst import Analyst
from .truth import RunTruth, truth_of

AFTER = (0, 1, 2, 3, 5, 10, 20)
_POLL_S = 0.02
Record = dict[str, Any]


def by_the_page(out: Path, judge: Judge, players: list[str]) -> Record:
    """Names that a joint solution gives beneath the answers count as soon as it is there."""
    desk, tally, steps = Desk.open(out, None, quiet), Tally(), max(AFTER)
    try:
        rows = desk.rows()
        analyst = _analyst(rows, judge, players)
        while True:
            if not _same_rows(analyst.case.rows, rows):
                analyst = _analyst(rows, judge, players)
            names, now = codes_of(rows, players), desk.question()
            tally.state(analyst.truth, names, rows.rate, now["doubt_s"])
            if now["question"] is None or len(tally.f1) > steps:
                return tally.record(steps)
            question = Question.of_tree(now["question"])
            entry = analyst.answer(question, names)
            tally.answer(question, entry)
            desk.answer(body_of(entry))
            rows = _settled(desk)
    finally:
        desk.close()


def _analyst(rows: RowArrays, judge: Judge, players: list[str]) -> Analyst:
    case = ReviewCase.of(rows, None, players)
    return Analyst(case, truth_of(judge, rows, players), players)


def _settled(desk: Desk) -> RowArrays:
    """The rows when no solution is being made any more."""
    while desk.status()["resolving"]:
        time.sleep(_POLL_S)
    return desk.rows()


def _same_rows(a: RowArrays, b: RowArrays) -> bool:
    return np.array_equal(a.frames, b.frames) and np.array_equal(a.tracks, b.tracks)


def codes_of(rows: RowArrays, players: list[str]) -> Ints:
    """(N,) places in players."""
    places = [players.index(n) if n in players else UNKNOWN for n in rows.names]
    return np.array([*places, UNKNOWN], np.int64)[rows.players]


def body_of(entry: Entry) -> Record:
    """What the page sends."""
    assert entry.question is not None
    parts = [
        {"track": s.track, "first": s.first, "last": s.last, "player": s.is_}
        for s in entry.statements
    ]
    return {
        "question": entry.question.id,
        "verdict": entry.verdict,
        "parts": parts,
        "items": list(entry.ticked),
        "wrong": {n: list(pictures) for n, pictures in entry.wrong.items()},
    }


@dataclass
class Tally:
    """What came of a review, answer by answer. doubt_s, wrong_s: seconds that are held for wrong,
    and that are. rank: of whom answers name, among the candidates."""

    f1: list[float] = field(default_factory=list)
    doubt_s: list[float] = field(default_factory=list)
    wrong_s: list[float] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    sentences: int = 0
    rank: list[int] = field(default_factory=list)

    def state(self, truth: RunTruth, names: Ints, rate: float, doubt_s: float) -> None:
        self.f1.append(truth.f1(names))
        self.doubt_s.append(doubt_s)
        self.wrong_s.append(truth.wrong(names) / rate)

    def answer(self, question: Question, entry: Entry) -> None:
        self.kinds.append(question.kind)
        self.sentences += len(entry.statements)
        if (place := _rank(question, entry)) is not None:
            self.rank.append(place)

    def record(self, steps: int) -> Record:
        f1 = self.f1 + [self.f1[-1]] * (steps + 1 - len(self.f1))
        return {
            "answers": list(AFTER),
            "name_f1": [f1[n] for n in AFTER],
            "worst_step": float(np.diff(f1).min(initial=0.0)),
            "asked": len(self.kinds),
            "groups": self.kinds.count("which"),
            "sentences": self.sentences,
            "doubt_s": self.doubt_s,
            "wrong_s": self.wrong_s,
            "candidate_first": _share(self.rank, 1),
            "candidate_on_a_key": _share(self.rank, 9),
        }


def _share(rank: list[int], within: int) -> float | None:
    return float(np.mean([place < within for place in rank])) if rank else None


def _rank(question: Question, entry: Entry) -> int | None:
    """Place of whom an answer names longest among the candidates; None where that is nobody, who
    has a key of their own."""
    if question.kind != "who" or not entry.statements:
        return None
    longest = max(entry.statements, key=lambda s: (s.last or 0) - (s.first or 0)).is_
    order = [candidate.player for candidate in question.candidates]
    return order.index(longest) if longest in order else len(order) if longest else None
