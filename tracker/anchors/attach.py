"""Anchors put on the detections of each frame: by overlap, a point by the box that it lies in.

An anchor that no detection fits makes one, because whoever names a box has seen somebody there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from tracker import boxes as bx
from tracker.anchors.rows import AnchorRows
from tracker.assignment import assign
from tracker.types import NO_NUMBER, Anchors, Doubles, Floats, Ints, Observation, Readings

UNSTATED = 0.9
"""Chance that an anchor is right whose source says nothing of it; where learning it begins."""
MIN_IOU = 0.3
"""Of an anchor and the detection it belongs to: boxes of two programs differ."""
_SHARP = 4  # power of the IoU by which two detections share an anchor that fits both
_SCORE = 0.6  # of a detection that an anchor makes: it may start a track
_STEPS = 60  # of bisection
_LIMIT = 20.0  # nats


@dataclass(frozen=True, slots=True, eq=False)
class AnchorSource:
    """Anchors of one source, names as in the roster. accuracy: how many of them are right, as its
    user states; None: it is learned from the run (`anchor_accuracy.py`)."""

    rows: AnchorRows
    accuracy: float | None = None

    def confidence(self) -> Doubles:
        """(N,) chance that each is right, before the run has anything to say: as the source says,
        all moved alike, in log-odds, so that on average they are as right as its user states."""
        given = np.where(np.isnan(self.rows.confidence), UNSTATED, self.rows.confidence)
        if self.accuracy is None or not len(given):
            return given
        inside = np.clip(given, 1e-3, 1 - 1e-3)
        odds, low, high = np.log(inside / (1 - inside)), -_LIMIT, _LIMIT
        for _ in range(_STEPS):
            middle = (low + high) / 2
            below = (1 / (1 + np.exp(-(odds + middle)))).mean() < self.accuracy
            low, high = (middle, high) if below else (low, middle)
        return np.asarray(1 / (1 + np.exp(-(odds + low))))


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

    def __post_init__(self) -> None:
        self.counts = [Counter() for _ in self.sources]
        self._frames = [source.rows.nearest_frames(self.fps) for source in self.sources]
        self._confidence = [source.confidence() for source in self.sources]

    def attached(self, seen: Iterable[Observation]) -> Iterator[Observation]:
        """The observations with their anchors, and with the detections that these make."""
        return map(self.attach, seen)

    def attach(self, seen: Observation) -> Observation:
        """One frame."""
        parts = [] if seen.anchors is None else [seen.anchors]
        for number, source in enumerate(self.sources):
            first, last = np.searchsorted(self._frames[number], [seen.index + 1, seen.index + 2])
            if first == last:
                continue
            if not seen.looked:
                self.counts[number]["not looked at"] += int(last - first)
                continue
            rows, sure = (
                source.rows.take(np.arange(first, last)),
                self._confidence[number][first:last],
            )
            seen, anchors = self._put(number, rows, sure, seen)
            parts.append(anchors)
        if not parts:
            return seen
        return replace(seen, anchors=Anchors.joined(parts))

    def _put(
        self, number: int, rows: AnchorRows, sure: Doubles, seen: Observation
    ) -> tuple[Observation, Anchors]:
        fits = fit(rows, seen.boxes.astype(np.float64))
        which, detections = assign(np.where(fits >= MIN_IOU, fits, -np.inf), 0.0)
        own = fits[which, detections] ** _SHARP
        fits = fits.copy()
        fits[which, detections] = 0.0
        other = fits[which].max(axis=1, initial=0.0) ** _SHARP
        share = own / (own + other)
        alone = np.ones(len(rows), bool)
        alone[which] = False
        unmatched = (
            alone & np.isfinite(rows.boxes[:, 0]) & (fits.max(axis=1, initial=0.0) < MIN_IOU)
        )
        new = np.flatnonzero(unmatched)
        self.counts[number] += Counter(
            {"on a detection": len(which), "made one": len(new),
             "on nobody": len(rows) - len(which) - len(new)}
        )  # fmt: skip
        row = np.concatenate([which, new])
        where = np.concatenate([detections, len(seen.boxes) + np.arange(len(new))])
        share = np.concatenate([share, np.ones(len(new))])
        labels = np.zeros((len(row), self.players + 1), np.float32)
        labels[np.arange(len(row)), rows.players[row]] = 1
        anchors = Anchors(
            where.astype(np.int64), labels, sure[row] * share, np.full(len(row), number),
            rows.human[row],
        )  # fmt: skip
        return with_boxes(seen, rows.boxes[new]), anchors


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
    readings = seen.readings
    if readings is not None:
        readings = Readings(
            np.append(readings.numbers, np.full(more, NO_NUMBER)),
            np.append(readings.confidence, np.zeros(more, np.float32)),
        )
    return replace(
        seen,
        boxes=np.concatenate([seen.boxes, boxes]),
        scores=np.append(seen.scores, np.full(more, _SCORE, np.float32)),
        embeddings=np.concatenate([seen.embeddings, unknown]),
        readings=readings,
        classes=classes,
    )
