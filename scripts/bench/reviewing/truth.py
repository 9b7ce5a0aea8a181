"""Who is truly in every box of a run, and what names are worth on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from clips.judge import Judge

from tracker.evaluation.boxes import Boxes, iou, match
from tracker.output.row_arrays import RowArrays
from tracker.types import UNKNOWN, Doubles, Ints, Mask

_FITS, _LOOSE = 0.5, 0.2  # IoU
_CUT_S = 0.2
"""Nobody says of less that it is somebody else."""


@dataclass(frozen=True, eq=False)
class RunTruth:
    """By row of a run: counts (N,), visible, scored and no distractor. fits: (N, P + 1) the box is
    that player's, the last column is never. person: (N,) who a person would say it is who follows
    the track, UNKNOWN somebody else. exact: (N,) the same of every box by itself, and of what fits
    nobody who was there last. wanted: boxes of players in the scored truth.
    """

    counts: Mask
    fits: Mask
    person: Ints
    exact: Ints
    wanted: int

    def f1(self, players: Ints) -> float:
        """Name-F1 at IoU 0.5 of these names, (N,) places in the roster; no name twice a frame."""
        named = self.counts & (players != UNKNOWN)
        right = named & self.fits[np.arange(len(players)), players]
        total = int(np.count_nonzero(named)) + self.wanted
        return 2 * int(np.count_nonzero(right)) / total if total else 0.0

    def wrong(self, players: Ints) -> int:
        """Visible boxes whose name is not the person's."""
        return int(np.count_nonzero(self.counts & (players != self.person)))


def truth_of(judge: Judge, rows: RowArrays, roster: list[str]) -> RunTruth:
    """roster: P players. Boxes that lie on a distractor, as a ball is, do not count."""
    counted = _counted(judge, rows)
    place = {name: n for n, name in enumerate(roster)}
    truth = judge.reference.counted
    who = np.array([place.get(name, UNKNOWN) for name in truth.names], np.int64)
    fits = np.zeros((len(rows), len(roster) + 1), bool)
    near, fit = np.full(len(rows), -9), np.full(len(rows), -9)
    of_frame = np.searchsorted(rows.frames, [rows.numbers, rows.numbers + 1]).T
    for number, (low, high) in zip(rows.numbers.tolist(), of_frame.tolist(), strict=True):
        mine = np.flatnonzero(counted[low:high] & rows.visible[low:high]) + low
        there = np.flatnonzero(truth.frames == number)
        if not len(mine) or not len(there):
            continue
        overlap = iou(truth.corners[there], rows.boxes[mine].astype(np.float64))
        for t, row in np.argwhere(overlap >= _FITS).tolist():
            fits[mine[row], who[there[t]]] = who[there[t]] != UNKNOWN
        best = overlap.argmax(axis=0)
        loose = overlap.max(axis=0) >= _LOOSE
        near[mine[loose]] = who[there[best[loose]]]
        pairs, columns = match(overlap, _FITS)
        near[mine[columns]] = fit[mine[columns]] = who[there[pairs]]
    fits[:, -1] = False
    first, last = judge.frames
    scored = (rows.frames >= first) & (rows.frames <= last)
    inside = (truth.frames >= first) & (truth.frames <= last)
    return RunTruth(
        counted & rows.visible & scored,
        fits,
        _followed(rows, np.where(near == -9, UNKNOWN, near), round(_CUT_S * rows.rate)),
        _filled(rows, fit),
        int(np.count_nonzero(who[inside] != UNKNOWN)),
    )


def _counted(judge: Judge, rows: RowArrays) -> Mask:
    seen = np.flatnonzero(rows.visible)
    boxes = Boxes.of("run", rows.frames[seen], rows.tracks[seen], rows.boxes[seen], lines=seen)
    counted = np.zeros(len(rows), bool)
    counted[judge.counted(boxes).lines] = True
    return counted


def _tracks(rows: RowArrays) -> list[Ints]:
    order = np.lexsort((rows.frames, rows.tracks))
    edges = np.flatnonzero(np.diff(rows.tracks[order])) + 1
    return np.split(order, edges)


def _followed(rows: RowArrays, near: Ints, shortest: int) -> Ints:
    """Along each track, runs shorter than a person would cut taken away; hidden rows as before."""
    person = np.full(len(rows), UNKNOWN, np.int64)
    for mine in _tracks(rows):
        seen = mine[rows.visible[mine]]
        if len(seen):
            names = without_short(near[seen], shortest)
            at = np.searchsorted(rows.frames[seen], rows.frames[mine], side="right") - 1
            person[mine] = names[np.maximum(at, 0)]
    return person


def _filled(rows: RowArrays, fit: Ints) -> Ints:
    exact = np.full(len(rows), UNKNOWN, np.int64)
    for mine in _tracks(rows):
        seen = mine[rows.visible[mine]]
        known = np.flatnonzero(fit[seen] != -9)
        if len(known):
            at = np.searchsorted(known, np.arange(len(seen)), side="right") - 1
            exact[seen] = fit[seen][known[np.maximum(at, 0)]]
    return exact


def without_short(names: Ints, shortest: int) -> Ints:
    """Runs shorter than this become part of the longer neighbour, the shortest first."""
    names = names.copy()
    while True:
        edges = np.flatnonzero(np.diff(names)) + 1
        begin, end = np.append(0, edges), np.append(edges, len(names))
        length = end - begin
        k = int(length.argmin())
        if len(length) < 2 or length[k] >= shortest:
            return names
        before = length[k - 1] if k else -1
        after = length[k + 1] if k + 1 < len(length) else -1
        names[begin[k] : end[k]] = names[begin[k] - 1] if before >= after else names[end[k]]


def ceiling_cut(truth: RunTruth, rows: RowArrays) -> float:
    """Name-F1 of right names on the run's own tracks, cut where the person changes. Where two boxes
    of a frame are one person's, the one that fits has the name."""
    names = truth.exact.copy()
    fits = truth.fits[np.arange(len(names)), names]
    order = np.lexsort((~fits, names, rows.frames))
    key = rows.frames[order].astype(np.int64) * (truth.fits.shape[1] + 1) + names[order]
    again = np.diff(key, prepend=-1) == 0
    names[order[again & (names[order] != UNKNOWN)]] = UNKNOWN
    return truth.f1(names)


def shares(values: Doubles, of: float) -> list[float]:
    """Rounded, as files have them."""
    return [round(float(value) / of, 4) if of else 0.0 for value in values]
