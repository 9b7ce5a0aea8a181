"""Which tracks of the second pass a correction speaks of, found by their boxes.

A correction is said of the rows of tracks.csv. Where that was written online, or by a run with
other corrections, the ids of the second pass may be others; boxes of visible rows are the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from tracker.corrections.record import Place, Span, StoredCorrection
from tracker.corrections.statements import Correction, CorrectionError
from tracker.output.table import BOX
from tracker.rows import Rows
from tracker.types import Ints, Mask, TrackedFrame, Visibility

_PLACES = 120  # of a correction, that are kept to find it again
_FEWEST = 3  # of each stretch
_PLACES_AT_ONCE = 6_000  # of all corrections that are said in one answer
_NEAR_PX = 0.02  # the files keep two decimals


Columns = pd.DataFrame | Mapping[str, np.ndarray]
"""Rows of tracks.csv: frame, track_id, player and the sides of the box."""


class Places:
    """The visible rows of a table, each with the track that has its box now.

    visible: of tracks.csv. now: (N,) tracks, -1 where none has the box; None: the same as in the
    table.
    """

    def __init__(self, visible: Columns, now: Ints | None = None) -> None:
        self._frame = np.asarray(visible["frame"])
        self._was = np.asarray(visible["track_id"])
        self._player = np.asarray(visible["player"], object)
        self._boxes = _boxes(visible)
        self._now = self._was if now is None else now

    @classmethod
    def among(cls, visible: pd.DataFrame, frames: Sequence[TrackedFrame] | Rows) -> Places:
        """frames: of the second pass, before names are given."""
        rows = frames if isinstance(frames, Rows) else Rows.of(frames)
        boxes = visible[BOX].to_numpy(np.float64)
        return cls(visible, _tracks_now(visible["frame"].to_numpy(), boxes, rows))

    @property
    def found(self) -> Mask:
        """(N,) bool: some track of the run has the box of this visible row."""
        return self._now >= 0

    def keep(self, stated: Correction, most: int = _PLACES) -> StoredCorrection:
        """The tracks of a correction that `check_seen` has let pass. most: places, but for a few of
        each stretch. Raises CorrectionError."""
        meant = self._player == stated.player if stated.track is None else self._was == stated.track
        during = _during(self._frame, stated)
        spans = self._spans(meant, during)
        if not spans:
            raise CorrectionError(
                f'"{stated.text}": no detection of them in those frames; with detect.every_n only '
                "every n-th frame counts, say more of them"
            )
        if stated.negated:
            return StoredCorrection(
                text=stated.text, is_=stated.is_, spans=(), instead=tuple(spans),
                not_at=self._sampled_of(spans, most),
            )  # fmt: skip
        instead: list[Span] = []
        if stated.is_:
            bears = (self._player == stated.is_) & ~meant
            meanwhile = np.zeros(len(bears), bool)
            for _, first, last in spans:
                meanwhile |= (self._frame >= first) & (self._frame <= last)
            instead = self._spans(bears, during & meanwhile)
        return StoredCorrection(
            text=stated.text, is_=stated.is_, spans=tuple(spans), instead=tuple(instead),
            at=self._sampled_of(spans, most), not_at=self._sampled_of(instead, most),
        )  # fmt: skip

    def _sampled_of(self, spans: Sequence[Span], most: int) -> tuple[Place, ...]:
        return _sampled(self._frame, self._now, self._boxes, spans, most)

    def _spans(self, meant: Mask, during: Mask) -> list[Span]:
        """Stretches of tracks in which every visible row is meant."""
        found: list[Span] = []
        for track in np.unique(self._now[meant & during & (self._now >= 0)]).tolist():
            rows = np.flatnonzero((self._now == track) & during)
            edges = np.flatnonzero(np.diff(meant[rows])) + 1
            parts = [part[[0, -1]] for part in np.split(rows, edges) if meant[part[0]]]
            found += [(track, *self._frame[ends].tolist()) for ends in parts]
        return sorted(found, key=lambda span: (span[1], span[0]))


def places_each(count: int) -> int:
    """How many places a correction keeps where so many are said in one answer."""
    return max(_FEWEST, min(_PLACES, _PLACES_AT_ONCE // max(1, count)))


def sampled(visible: Columns, spans: Sequence[Span]) -> tuple[Place, ...]:
    """Some places of these spans, in order of time, the first and last of each among them.

    visible: rows of tracks.csv with the tracks that spans speak of.
    """
    frames, tracks = np.asarray(visible["frame"]), np.asarray(visible["track_id"])
    return _sampled(frames, tracks, _boxes(visible), spans, _PLACES)


def _sampled(
    frames: Ints, tracks: Ints, boxes: np.ndarray, spans: Sequence[Span], most: int
) -> tuple[Place, ...]:
    each = max(_FEWEST, most // max(1, len(spans)))
    chosen: set[int] = set()
    for track, first, last in spans[:most]:
        rows = np.flatnonzero((tracks == track) & (frames >= first) & (frames <= last))
        if len(rows):
            at = np.linspace(0, len(rows) - 1, min(each, len(rows))).round().astype(int)
            chosen |= set(rows[at].tolist())
    order = sorted(chosen, key=lambda row: (frames[row], row))
    return tuple((int(frames[row]), *boxes[row].round(2).tolist()) for row in order)


def _boxes(visible: Columns) -> np.ndarray:
    """(N, 4) x1 y1 x2 y2."""
    return np.stack([np.asarray(visible[side], np.float64) for side in BOX], axis=1)


def check_seen(stated: Correction, visible: Columns) -> None:
    """Raise CorrectionError where a correction speaks of nobody. visible: as in `Places`."""
    by_name = stated.track is None
    column, who = ("player", stated.player) if by_name else ("track_id", stated.track)
    frames = np.asarray(visible["frame"])[np.asarray(visible[column] == who)]
    if _during(frames, stated).any():
        return
    who = f"{'player' if by_name else 'track'} {who}"
    where = "in this run; see tracks.csv"
    if len(frames):
        where = f"then, but between frames {frames.min()} and {frames.max()}"
    raise CorrectionError(f'"{stated.text}": {who} is not seen {where}')


def _during(frame: Ints, stated: Correction) -> Mask:
    last = stated.last if stated.last is not None else np.inf
    return np.asarray((frame >= (stated.first or 1)) & (frame <= last))


def _tracks_now(frame: Ints, boxes: np.ndarray, frames: Rows) -> Ints:
    """(N,) ids of the tracks that have these boxes in these frames, -1 where none has."""
    now = np.full(len(frame), -1, np.int64)
    seen = np.flatnonzero(frames.visibility == Visibility.VISIBLE)
    numbers = frames.indices[frames.place[seen]] + 1
    there = frames.indices + 1
    starts, ends = (np.searchsorted(frame, there, side) for side in ("left", "right"))
    lows, highs = (np.searchsorted(numbers, there, side) for side in ("left", "right"))
    found, tracks = frames.boxes[seen], frames.track_ids[seen]
    spans = np.array([starts, ends, lows, highs]).T
    same = _in_order(boxes, found, spans)
    for start, end, low, high in spans[~same].tolist():
        if start == end or low == high:
            continue
        away = np.abs(boxes[start:end, None] - found[None, low:high]).max(axis=2)
        nearest = away.argmin(axis=1)
        fits = away[np.arange(end - start), nearest] < _NEAR_PX
        now[start:end][fits] = tracks[low + nearest[fits]]
    rows, others = (_within(spans[same, k : k + 2]) for k in (0, 2))
    now[rows] = tracks[others]
    return now


def _in_order(boxes: np.ndarray, found: np.ndarray, spans: Ints) -> Mask:
    """(F,) frames whose boxes are the same in the same order, and no two so near to each other that
    they could be taken for one. spans: (F, 4) first and last row of each in boxes and found."""
    alike = spans[:, 1] - spans[:, 0] == spans[:, 3] - spans[:, 2]
    rows, others = (_within(spans[alike, k : k + 2]) for k in (0, 2))
    place = np.repeat(np.flatnonzero(alike), (spans[:, 1] - spans[:, 0])[alike])
    alike[place[np.abs(boxes[rows] - found[others]).max(axis=1, initial=0) >= _NEAR_PX]] = False
    order = np.lexsort((found[others, 0], place))
    near = np.diff(found[others, 0][order]) < 2 * _NEAR_PX
    alike[place[order][1:][near & (np.diff(place[order]) == 0)]] = False
    return np.asarray(alike)


def _within(spans: Ints) -> Ints:
    """All rows from the first (F, 0) to before the last (F, 1) of each."""
    counts = spans[:, 1] - spans[:, 0]
    return np.repeat(spans[:, 0] - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
