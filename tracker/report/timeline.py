"""What a person did when, as paths of an SVG: one unit wide for every step of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tracker.output.row_arrays import RowArrays
from tracker.report.people import ReportPerson
from tracker.types import Ints, Visibility

_STEPS_S = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
MOST_SPANS = 100_000
_MOST_TICKS = 500  # marks of one person: more than pixels are no use
_CONFIDENCE_POINTS = 1500
_UNSEEN = -1

_SHORT_S = 600.0  # shorter runs have times with tenths


@dataclass(frozen=True, slots=True)
class Scale:
    """Steps of `step_s` from `start_s` on; `length` of them hold the whole run."""

    start_s: float
    step_s: float
    length: int

    @property
    def length_s(self) -> float:
        return self.step_s * self.length

    def at(self, time_s: float) -> float:
        """Where a time is, as a share of the whole."""
        return (time_s - self.start_s) / self.length_s


@dataclass(frozen=True, slots=True)
class Timeline:
    """SVG path data. bars: by visibility, horizontal lines; the rest are ticks and a line.

    confidence: of the name, 0 at y = 100, certain at y = 0.
    """

    bars: dict[Visibility, str]
    anchors: str
    ambiguous: str
    confidence: str


def scale_of(rows: RowArrays, people: Sequence[ReportPerson]) -> Scale:
    """The finest steps at which the spans of all together stay few."""
    start, end = float(rows.times_s[0]), float(rows.times_s[-1] + rows.steps_s[-1])
    frame_s = 1 / rows.rate
    for step in (frame_s, *(s for s in _STEPS_S if s > frame_s)):
        scale = Scale(start, step, max(int(np.ceil((end - start) / step - 1e-6)), 1))
        spans = sum(len(_spans(_states(rows, person, scale))[0]) for person in people)
        if spans <= MOST_SPANS:
            break
    return scale


def timeline_of(rows: RowArrays, person: ReportPerson, ambiguous: Ints, scale: Scale) -> Timeline:
    """ambiguous: frames in which a swap was considered."""
    starts, ends, states = _spans(_states(rows, person, scale))
    bars = {
        v: "".join(
            f"M{a} 0h{b - a}"
            for a, b in zip(starts[states == v].tolist(), ends[states == v].tolist(), strict=True)
        )
        for v in Visibility
    }
    times = rows.times_s[rows.place[person.anchors]]
    return Timeline(
        bars,
        _ticks(_steps(times, scale), scale),
        _ticks(_steps(np.interp(ambiguous, rows.numbers, rows.times_s), scale), scale),
        _confidence(rows, person, scale) if person.track is None else "",
    )


def _steps(times: np.ndarray, scale: Scale) -> Ints:
    steps = ((times - scale.start_s) / scale.step_s + 0.25).astype(np.int64)
    found: Ints = np.clip(steps, 0, scale.length - 1)
    return found


def _states(rows: RowArrays, person: ReportPerson, scale: Scale) -> Ints:
    """(length,) what the person mostly was in each step, _UNSEEN without a row."""
    steps = _steps(rows.times_s[rows.place[person.rows]], scale)
    kinds = len(Visibility)
    counts = np.bincount(
        steps * kinds + rows.visibility[person.rows], minlength=kinds * scale.length
    ).reshape(-1, kinds)
    states: Ints = np.where(counts.any(axis=1), counts.argmax(axis=1), _UNSEEN)
    return states


def _spans(states: Ints) -> tuple[Ints, Ints, Ints]:
    """First step, the one after the last, and the value of every run of equal ones."""
    first = np.flatnonzero(np.diff(states, prepend=states[0] - 1))
    return first, np.append(first[1:], len(states)), states[first]


def _ticks(steps: Ints, scale: Scale) -> str:
    coarse = max(scale.length // _MOST_TICKS, 1)
    return "".join(f"M{x} 0v1" for x in (np.unique(steps // coarse) * coarse).tolist())


def _confidence(rows: RowArrays, person: ReportPerson, scale: Scale) -> str:
    """The lowest of every few steps: a short dip must not vanish between two sure moments."""
    seen = person.rows[rows.visibility[person.rows] != Visibility.ABSENT]
    coarse = max(scale.length // _CONFIDENCE_POINTS, 1)
    steps = _steps(rows.times_s[rows.place[seen]], scale) // coarse
    lowest = np.full(scale.length // coarse + 1, np.inf)
    np.minimum.at(lowest, steps, rows.sure[seen])
    heights = np.where(np.isinf(lowest), -1, np.round(100 * (1 - np.clip(lowest, 0, 1))))
    first, end, values = _spans(heights.astype(np.int64))
    parts, joined = [], False
    for a, b, y in zip(first.tolist(), end.tolist(), values.tolist(), strict=True):
        if y >= 0:
            parts.append(f"{'V' if joined else f'M{a * coarse} '}{y}h{(b - a) * coarse}")
        joined = y >= 0
    return "".join(parts)


class TimeFormat:
    """1:02:05 for a long run, 0:08.6 for one of a few minutes."""

    def __init__(self, length_s: float) -> None:
        self._fine = length_s < _SHORT_S

    def __call__(self, time_s: float) -> str:
        return self.fine(time_s) if self._fine else _words(round(time_s), 0)

    def fine(self, time_s: float) -> str:
        """With tenths, whatever the length."""
        tenths = round(10 * time_s)
        return _words(tenths // 10, 1, tenths % 10)


def _words(seconds: int, digits: int, tenths: int = 0) -> str:
    hours, rest = divmod(seconds, 3600)
    minutes, rest = divmod(rest, 60)
    head = f"{hours}:{minutes:02d}" if hours else f"{minutes}"
    return f"{head}:{rest:02d}" + (f".{tenths}" if digits else "")
