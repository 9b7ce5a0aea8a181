"""Anchors put on the detections of each frame: by overlap, a point by the box that it lies in.

An anchor that no detection fits makes one, because whoever names a box has seen somebody there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from tracker import boxes as bx
from tracker.anchors.rows import AnchorRows
from tracker.assignment import assign
from tracker.log_odds import log_odds, probabilities
from tracker.types import (
    DIGITS,
    NO_NUMBER,
    Anchors,
    Doubles,
    Floats,
    Ints,
    Mask,
    Observation,
    Readings,
)

UNSTATED = 0.9
"""Chance that an anchor is right whose source says nothing of it; where learning it begins."""
MIN_IOU = 0.3
"""Of an anchor and the detection it belongs to: boxes of two programs differ."""
_SHARP = 4  # power of the IoU by which two detections share an anchor that fits both
_SCORE = 0.6  # of a detection that an anchor makes: it may start a track
_SURE = 1e-3  # a source that says 1 may be moved all the same
_STEPS = 60  # of bisection
_LIMIT = 20.0  # nats
_RECENT = 1000  # anchors by which those of a live source are calibrated


@dataclass(frozen=True, slots=True, eq=False)
class AnchorSource:
    """Anchors of one source, names as in the roster. accuracy: how many of them are right, as its
    user states; None: it is learned from the run (`anchor_accuracy.py`)."""

    rows: AnchorRows
    accuracy: float | None = None

    def confidence(self) -> Doubles:
        """(N,) chance that each is right, before the run has anything to say: as the source says,
        all moved alike, in log-odds, so that on average they are as right as its user states."""
        given = _stated(self.rows)
        return given if self.accuracy is None else _moved(given, given, self.accuracy)


@dataclass(slots=True, eq=False)
class Attacher:
    """Puts the anchors of some sources on observations, frame by frame.

    players: how many names there are. fps: of the video; an anchor with a time belongs to the
    nearest frame. counts: by source, how many were on a detection, made one, lay on nobody, or were
    of a frame in which nobody looked for people.
    """

    sources: Sequence[AnchorSource]
    players: int
    fps: float
    counts: list[Counter[str]] = field(default_factory=list)
    _frames: list[Ints] = field(default_factory=list)
    _confidence: list[Doubles] = field(default_factory=list)
    _recent: list[Doubles] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.counts = [Counter() for _ in self.sources]
        self._frames = [source.rows.nearest_frames(self.fps) for source in self.sources]
        self._confidence = [source.confidence() for source in self.sources]
        self._recent = [np.zeros(0) for _ in self.sources]

    def attached(self, seen: Iterable[Observation]) -> Iterator[Observation]:
        """The observations with their anchors, and with the detections that these make."""
        return map(self.attach, seen)

    def attach(
        self, seen: Observation, live: Mapping[int, AnchorRows] | None = None
    ) -> Observation:
        """One frame. live: by number of their source, anchors of it that no source has in its
        rows."""
        parts = [] if seen.anchors is None else [seen.anchors]
        for number in range(len(self.sources)):
            rows, sure = self._of_frame(number, seen.index + 1, (live or {}).get(number))
            if not len(rows):
                continue
            if not seen.looked:
                self.counts[number]["not looked at"] += len(rows)
                continue
            seen, anchors = self._put(number, rows, sure, seen)
            parts.append(anchors)
        if not parts:
            return seen
        return replace(seen, anchors=Anchors.joined(parts))

    def attach_late(self, number: int, rows: AnchorRows, boxes: Doubles) -> Anchors:
        """Of a frame with these (N, 4) boxes that is over: those on somebody detected."""
        on = _Matched.of(rows, boxes)
        self.counts[number] += Counter(
            {"on a detection": len(on.rows), "on nobody": len(rows) - len(on.rows)}
        )
        confidence = self._calibrated(number, rows)[on.rows] * on.share
        return self._anchors(number, rows.take(on.rows), confidence, on.detections)

    def _of_frame(
        self, number: int, frame: int, live: AnchorRows | None
    ) -> tuple[AnchorRows, Doubles]:
        """The anchors of a source in a frame from 1, and the chance of each to be right."""
        if live is not None:
            return live, self._calibrated(number, live)
        first, last = np.searchsorted(self._frames[number], [frame, frame + 1])
        rows = self.sources[number].rows.take(np.arange(first, last))
        return rows, self._confidence[number][first:last]

    def _calibrated(self, number: int, rows: AnchorRows) -> Doubles:
        """(N,) as `AnchorSource.confidence`, by the anchors that came so far."""
        given, accuracy = _stated(rows), self.sources[number].accuracy
        if accuracy is None:
            return given
        self._recent[number] = np.append(self._recent[number], given)[-_RECENT:]
        return _moved(given, self._recent[number], accuracy)

    def _put(
        self, number: int, rows: AnchorRows, sure: Doubles, seen: Observation
    ) -> tuple[Observation, Anchors]:
        on = _Matched.of(rows, seen.boxes.astype(np.float64))
        new = np.flatnonzero(on.apart)
        self.counts[number] += Counter(
            {"on a detection": len(on.rows), "made one": len(new),
             "on nobody": len(rows) - len(on.rows) - len(new)}
        )  # fmt: skip
        row = np.concatenate([on.rows, new])
        where = np.concatenate([on.detections, len(seen.boxes) + np.arange(len(new))])
        share = np.concatenate([on.share, np.ones(len(new))])
        anchors = self._anchors(number, rows.take(row), sure[row] * share, where)
        return with_boxes(seen, rows.boxes[new]), anchors

    def _anchors(
        self, number: int, rows: AnchorRows, confidence: Doubles, detections: Ints
    ) -> Anchors:
        labels = np.zeros((len(rows), self.players + 1), np.float32)
        labels[np.arange(len(rows)), rows.players] = 1
        source = np.full(len(rows), number)
        return Anchors(detections.astype(np.int64), labels, confidence, source, rows.human)


@dataclass(frozen=True, slots=True, eq=False)
class _Matched:
    """rows, detections: (M,) anchors and what they are on. share: (M,) how far that is no other
    detection. apart: (A,) boxes that hardly touch any detection."""

    rows: Ints
    detections: Ints
    share: Doubles
    apart: Mask

    @classmethod
    def of(cls, rows: AnchorRows, boxes: Doubles) -> _Matched:
        fits = fit(rows, boxes)
        which, detections = assign(np.where(fits >= MIN_IOU, fits, -np.inf), 0.0)
        own = fits[which, detections] ** _SHARP
        fits = fits.copy()
        fits[which, detections] = 0.0
        other = fits[which].max(axis=1, initial=0.0) ** _SHARP
        apart = np.isfinite(rows.boxes[:, 0]) & (fits.max(axis=1, initial=0.0) < MIN_IOU)
        apart[which] = False
        return cls(which, detections, own / (own + other), apart)


def _stated(rows: AnchorRows) -> Doubles:
    """(N,) chance that each is right, as its source states."""
    return np.where(np.isnan(rows.confidence), UNSTATED, rows.confidence)


def _moved(given: Doubles, every: Doubles, accuracy: float) -> Doubles:
    """`given`, moved in log-odds as far as makes `every` right on average as often as stated."""
    if not len(every):
        return given
    odds, low, high = log_odds(every, _SURE), -_LIMIT, _LIMIT
    for _ in range(_STEPS):
        middle = (low + high) / 2
        below = probabilities(odds + middle).mean() < accuracy
        low, high = (middle, high) if below else (low, middle)
    return probabilities(log_odds(given, _SURE) + low)


def fit(rows: AnchorRows, boxes: Doubles) -> Doubles:
    """(A, N) how well anchors fit boxes: IoU; of a point in a box from 1, in its middle, to .5."""
    if not len(boxes) or not len(rows):
        return np.zeros((len(rows), len(boxes)))
    point = np.isfinite(rows.points[:, :1])
    overlap = bx.iou(np.nan_to_num(rows.boxes.astype(np.float64)), boxes)
    half = np.maximum((boxes[:, 2:] - boxes[:, :2]) / 2, 1e-9)
    off = np.abs(np.nan_to_num(rows.points)[:, None] - bx.centres(boxes)[None]) / half
    inside = np.asarray((off <= 1).all(axis=2))
    near = np.where(inside, 1 - 0.5 * off.max(axis=2), 0.0)
    return np.asarray(np.where(point, near, overlap))


def with_boxes(seen: Observation, boxes: Floats) -> Observation:
    """The frame with more detections, of which nothing is known but where they are."""
    if not len(boxes):
        return seen
    more = len(boxes)
    unknown = np.full((more, seen.embeddings.shape[1]), np.nan, np.float32)
    classes = seen.classes
    if classes is not None:  # no detector has scored them
        classes = np.concatenate([classes, np.zeros((more, classes.shape[1]), np.float32)])
    colors, ground = (
        # nobody has looked at their shirts, or under their feet
        None if shares is None else np.pad(shares, ((0, more), (0, 0)))
        for shares in (seen.colors, seen.ground)
    )
    readings = seen.readings
    if readings is not None:
        readings = Readings(
            np.append(readings.numbers, np.full(more, NO_NUMBER)),
            np.append(readings.confidence, np.zeros(more, np.float32)),
            np.concatenate([readings.digits, np.zeros((more, DIGITS), np.float32)]),
        )
    return replace(
        seen,
        boxes=np.concatenate([seen.boxes, boxes]),
        scores=np.append(seen.scores, np.full(more, _SCORE, np.float32)),
        embeddings=np.concatenate([seen.embeddings, unknown]),
        readings=readings,
        classes=classes,
        colors=colors,
        ground=ground,
    )
