"""A perfect analyst: answers questions from the truth. Also one who errs, or does not know."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from tracker.corrections.statements import Correction
from tracker.output.row_arrays import RowArrays
from tracker.review.case import ReviewCase
from tracker.review.question import Entry, Item, Question
from tracker.types import UNKNOWN, Ints

from .truth import RunTruth


@dataclass
class Analyst:
    """err: share of answers that are wrong. unsure: share that is "don't know".

    Sees of a group what its pictures show, and of a question about one track the video.
    """

    case: ReviewCase
    truth: RunTruth
    roster: list[str]
    err: float = 0.0
    unsure: float = 0.0
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0))

    def answer(self, question: Question, names: Ints) -> Entry:
        """names: (N,) as they are now, by row."""
        if question.kind == "who" and self.rng.random() < self.unsure:
            return Entry("unknown", (), question)
        if question.kind == "which":
            return self._ticked(question, names)
        item = question.items[0]
        span = self.case.within(item.track, item.first, item.last)
        rows = self.case.order[span]
        right = self.right(rows, names)
        if self.rng.random() < self.err:
            right = np.full(len(right), self.rng.integers(UNKNOWN, len(self.roster)))
        return Entry("is", tuple(self.statements(rows, right)), question)

    def _ticked(self, question: Question, names: Ints) -> Entry:
        wrong: dict[int, list[int]] = {}
        for n, item in enumerate(question.items):
            seen = self._wrong(item, names)
            if self.rng.random() < self.err:
                seen = [] if seen else list(range(len(item.shown)))
            if seen:
                wrong[n] = seen
        return Entry("ticked", (), question, tuple(wrong), wrong)

    def _wrong(self, item: Item, names: Ints) -> list[int]:
        """Which pictures show somebody else than their name says."""
        rows = self.case.order[self.case.within(item.track, item.first, item.last)]
        right = self.right(rows, names)
        place = np.searchsorted(self.case.rows.frames[rows], item.shown)
        found = names[rows[place]] != right[place]
        return np.flatnonzero(found).tolist()

    def right(self, rows: Ints, names: Ints) -> Ints:
        """(n,) who is on these rows of a track. A second box on somebody who has a better one is
        nobody's."""
        case, truth = self.case.rows, self.truth
        person = truth.person[rows].copy()
        for low, high in _runs(person):
            player = person[low]
            if player == UNKNOWN:
                continue
            mine = rows[low:high][case.visible[rows[low:high]]]
            others = _bearing(case, names, player, mine)
            others = others[truth.fits[others, player]]
            better = np.setdiff1d(case.frames[others], case.frames[mine[truth.fits[mine, player]]])
            own = np.setdiff1d(case.frames[mine[truth.fits[mine, player]]], case.frames[others])
            if len(better) > len(own):
                person[low:high] = UNKNOWN
        return person

    def statements(self, rows: Ints, right: Ints) -> Iterator[Correction]:
        """A sentence a run of one name; it reaches to where the next begins."""
        frames, track = self.case.rows.frames[rows], int(self.case.rows.tracks[rows[0]])
        for low, high in _runs(right):
            name = "" if right[low] == UNKNOWN else self.roster[right[low]]
            yield Correction("", track, name, int(frames[low]), int(frames[high - 1]))


def _runs(names: Ints) -> Iterator[tuple[int, int]]:
    edges = [0, *(np.flatnonzero(np.diff(names)) + 1).tolist(), len(names)]
    yield from pairwise(edges)


def _bearing(rows: RowArrays, names: Ints, player: int, mine: Ints) -> Ints:
    """Visible rows of others that bear the name in the frames of these."""
    if not len(mine):
        return mine
    low, high = np.searchsorted(rows.frames, [rows.frames[mine[0]], rows.frames[mine[-1]] + 1])
    others = np.flatnonzero((names[low:high] == player) & rows.visible[low:high]) + low
    others = others[rows.tracks[others] != rows.tracks[mine[0]]]
    return others[np.isin(rows.frames[others], rows.frames[mine])]
