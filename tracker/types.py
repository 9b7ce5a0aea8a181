"""What passes between the rooms. Imports nothing of ours.

Every record is a frozen dataclass that checks its shapes where it is built; the error names the
shape it got. Boxes are `x1 y1 x2 y2` in pixels everywhere inside the program.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
Index = Ints | Mask

UNKNOWN = -1
"""Index that stands for "no name" wherever players are given as integers."""
NO_NUMBER = -1
"""Stands for "not read" or "not known" wherever shirt numbers are given as integers."""
DOUBLE_ZERO = 100
"""Stands for 00, which is another number than 0, wherever shirt numbers are given as integers."""
SHIRT_NUMBERS = 101
"""So many there are: 0 to 99, and 00."""
COLORS_WIDTH = 58
"""Numbers that describe the colours of a shirt and shorts, see `Observation.colors`."""
GROUND_WIDTH = 29
"""Numbers that describe the colours of the ground under somebody, see `Observation.ground`."""
DIGITS = 22
"""Columns of what a reader says of a shirt, see `Readings.digits`."""


def number_text(number: int) -> str:
    """As it stands on the shirt; "" for NO_NUMBER."""
    if number == NO_NUMBER:
        return ""
    return "00" if number == DOUBLE_ZERO else str(number)


class Visibility(IntEnum):
    """How a player is present in a frame (PermaTrack, ICCV 2021, with names for the two unseen)."""

    VISIBLE = 0
    OCCLUDED = 1
    ABSENT = 2

    @property
    def label(self) -> str:
        return self.name.lower()


class Evidence(IntEnum):
    """Why a name stands in a row.

    `ANCHOR`: the track's own clean pictures say so; `CARRIED`: an earlier anchor of the track does;
    `SOLVED`: the joint assignment of names to tracks does; `TOLD`: a person has said so.
    """

    NONE = 0
    ANCHOR = 1
    CARRIED = 2
    SOLVED = 3
    TOLD = 4

    @property
    def label(self) -> str:
        return "" if self is Evidence.NONE else self.name.lower()


ANCHORED_BY = max(Evidence) + 1
"""The first of the codes behind those of Evidence: an anchor of source 0, 1, ... spoke."""


def _check(what: str, array: NDArray[Any], *expected: tuple[int | None, ...]) -> None:
    """Raise ValueError unless the shape fits one of `expected`, where None means any length."""
    got = array.shape
    for shape in expected:
        if shape == got or _fits(got, shape):
            return
    wanted = " or ".join(str(tuple("N" if n is None else n for n in s)) for s in expected)
    raise ValueError(f"{what} must have shape {wanted}, got {array.shape}")


def _fits(got: tuple[int, ...], shape: tuple[int | None, ...]) -> bool:
    if len(got) != len(shape):
        return False
    pairs = zip(got, shape)  # noqa: B905, asked of every frame
    return not [1 for length, wanted in pairs if wanted is not None and length != wanted]


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture of the source.

    index: 0-based place in the source (files and messages say `index + 1`).
    time_s: presentation time in seconds, from the container where there is one.
    image: (H, W, 3) uint8 BGR, or None where the sequence is known by its text files alone.
    cut: True where the source itself knows that a new shot begins: a camera that was lost is back.
    """

    index: int
    time_s: float
    image: Image | None
    cut: bool = False

    def __post_init__(self) -> None:
        if self.image is not None:
            _check("Frame.image", self.image, (None, None, 3))

    def __repr__(self) -> str:
        shape = None if self.image is None else self.image.shape
        return f"Frame(index={self.index}, time_s={self.time_s:.3f}, image={shape})"


@dataclass(frozen=True, slots=True, eq=False)
class Detections:
    """People found in one frame. boxes: (N, 4) float32 pixels; scores: (N,) float32 in [0, 1].

    classes: (N, C) float32 in [0, 1], the network's score of every class of people; None where it
    tells people from nothing else.
    """

    boxes: Floats
    scores: Floats
    classes: Floats | None = None

    def __post_init__(self) -> None:
        _check("Detections.boxes", self.boxes, (None, 4))
        _check("Detections.scores", self.scores, (len(self.boxes),))
        if self.classes is not None:
            _check("Detections.classes", self.classes, (len(self.boxes), None))

    def __len__(self) -> int:
        return len(self.boxes)

    def __repr__(self) -> str:
        return f"Detections({len(self)} boxes)"

    @classmethod
    def empty(cls) -> Detections:
        return cls(np.zeros((0, 4), np.float32), np.zeros(0, np.float32))


@dataclass(frozen=True, slots=True, eq=False)
class Readings:
    """Shirt numbers read in one frame, a row per detection.

    numbers: (N,) what was read, 0 to 99 or DOUBLE_ZERO, NO_NUMBER where nothing was. confidence:
    (N,) how likely it is right, in [0, 1]. digits: (N, 22) probabilities: columns 0 to 10 of the
    tens (none, 0 to 9), 11 to 20 of the units, both if the number can be read at all, and 21 that
    it can; rows of zeros where nobody tried.
    """

    numbers: Ints
    confidence: Floats
    digits: Floats

    def __post_init__(self) -> None:
        _check("Readings.numbers", self.numbers, (None,))
        _check("Readings.confidence", self.confidence, (len(self.numbers),))
        _check("Readings.digits", self.digits, (len(self.numbers), DIGITS))

    def __len__(self) -> int:
        return len(self.numbers)

    def take(self, rows: Index) -> Readings:
        """Those of an index or mask array."""
        return Readings(self.numbers[rows], self.confidence[rows], self.digits[rows])


@dataclass(frozen=True, slots=True, eq=False)
class Anchors:
    """Boxes of one frame of which somebody says who they are, A of them.

    detections: (A,) rows of the Observation, each source at most once a row. players: (A, P + 1)
    how what is said is shared among the players, and nobody of them; rows sum to 1. confidence:
    (A,) chance that it is right, in (0, 1), as its source says. sources: (A,) which of the run's
    sources. human: (A,) a person has said so, which is certain.
    """

    detections: Ints
    players: Floats
    confidence: Doubles
    sources: Ints
    human: Mask

    def __post_init__(self) -> None:
        n = len(self.detections)
        _check("Anchors.players", self.players, (n, None))
        for what in ("detections", "confidence", "sources", "human"):
            _check(f"Anchors.{what}", getattr(self, what), (n,))

    def __len__(self) -> int:
        return len(self.detections)

    @classmethod
    def none(cls, players: int) -> Anchors:
        rows = np.zeros(0, np.int64)
        return cls(rows, np.zeros((0, players + 1), np.float32), np.zeros(0), rows, rows > 0)

    @classmethod
    def joined(cls, parts: Sequence[Anchors]) -> Anchors:
        """All of some parts, in order; at least one."""
        columns = ([getattr(part, f.name) for part in parts] for f in fields(cls))
        return cls(*(np.concatenate(column) for column in columns))

    def take(self, rows: Index) -> Anchors:
        """Those of an index or mask array."""
        return Anchors(*(getattr(self, f.name)[rows] for f in fields(self)))

    def among(self, rows: Ints) -> Anchors:
        """Those on these detections, (N,) rows of the Observation, of which they become rows."""
        order = np.argsort(rows, kind="stable")
        places = np.searchsorted(rows[order], self.detections)
        there = np.isin(self.detections, rows).nonzero()[0]
        kept = self.take(there)
        return replace(kept, detections=order[places[there]])


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """One frame as numbers: all that `follow` ever sees of it.

    embeddings: (N, D) unit rows, NaN where a box was not encoded; D = 0 without an encoder.
    camera: (2, 3) affine that takes pixels of the previous frame to pixels of this one.
    cut: True where a new shot begins, so that nothing of the previous frame's geometry holds.
    readings: shirt numbers, None in a frame in which none were looked for.
    looked: False where nobody looked for people, so that the empty frame says nothing of them.
    mixed: so many frames before this one, with which a shot begins, show both shots, as a dissolve
    or a wipe does. Who is seen in them may be anybody.
    anchors: who some of the boxes are said to be, None where nobody says anything.
    classes: (N, C) as in Detections.
    colors: (N, 58) what share of a shirt and of the shorts each colour of a palette covers
    (`observation/shirt_colors.py`), rows of zeros where nobody looked; None where nobody looked at
    anyone. ground: (N, 29) what share of the ground under their feet each colour of the palette
    covers (`observation/ground_colors.py`), rows of zeros where it is not seen; None likewise.
    """

    index: int
    time_s: float
    boxes: Floats
    scores: Floats
    embeddings: Floats
    camera: Doubles
    cut: bool
    readings: Readings | None = None
    looked: bool = True
    mixed: int = 0
    anchors: Anchors | None = None
    classes: Floats | None = None
    colors: Floats | None = None
    ground: Floats | None = None

    def __post_init__(self) -> None:
        _check("Observation.boxes", self.boxes, (None, 4) if self.looked else (0, 4))
        _check("Observation.scores", self.scores, (len(self.boxes),))
        _check("Observation.embeddings", self.embeddings, (len(self.boxes), None))
        _check("Observation.camera", self.camera, (2, 3))
        if self.readings is not None:
            _check("Observation.readings", self.readings.numbers, (len(self.boxes),))
        if self.classes is not None:
            _check("Observation.classes", self.classes, (len(self.boxes), None))
        if self.colors is not None:
            _check("Observation.colors", self.colors, (len(self.boxes), COLORS_WIDTH))
        if self.ground is not None:
            _check("Observation.ground", self.ground, (len(self.boxes), GROUND_WIDTH))

    @classmethod
    def unseen(cls, frame: Frame, looked: bool) -> Observation:
        """Of a frame of which nothing is known yet. looked: whether people are looked for in it."""
        empty, undescribed = Detections.empty(), np.zeros((0, 0), np.float32)
        return cls(
            frame.index, frame.time_s, empty.boxes, empty.scores, undescribed, np.eye(2, 3),
            cut=False, looked=looked,
        )  # fmt: skip

    @property
    def detections(self) -> Detections:
        """As the detector gave them."""
        return Detections(self.boxes, self.scores, self.classes)

    @property
    def described(self) -> Mask:
        """(N,) who has an embedding; a row is NaN as a whole or not at all."""
        return np.asarray(np.isfinite(self.embeddings[:, :1]).any(axis=1))

    def take(self, rows: Index) -> Observation:
        """The frame with these detections only, an index or mask array."""
        anchors = self.anchors
        if anchors is not None:
            anchors = anchors.among(np.arange(len(self.boxes))[rows])
        return Observation(
            self.index, self.time_s, self.boxes[rows], self.scores[rows], self.embeddings[rows],
            self.camera, self.cut, self.readings and self.readings.take(rows), self.looked,
            self.mixed, anchors, None if self.classes is None else self.classes[rows],
            None if self.colors is None else self.colors[rows],
            None if self.ground is None else self.ground[rows],
        )  # fmt: skip

    def __repr__(self) -> str:
        return (
            f"Observation(index={self.index}, {len(self.boxes)} boxes, "
            f"embeddings={self.embeddings.shape}, cut={self.cut})"
        )


_NUMBERS = ("players", "player_confidence", "visibility", "scores", "evidence", "confirmed")
_WIDTHS: tuple[tuple[str, tuple[int, ...]], ...] = (
    *((name, ()) for name in _NUMBERS),
    ("boxes", (4,)),
    ("predicted", (2,)),
    ("std", (2,)),
)
"""Of a TrackedFrame's arrays: what a row of each is."""


@dataclass(frozen=True, eq=False)
class RowColumns:
    """The columns of M rows, of one frame or of all.

    track_ids: (M,) int64. players: (M,) int64 index into the roster, UNKNOWN = unknown.
    player_confidence: (M,) in [0, 1]. visibility, evidence: (M,) codes of the enums above. boxes:
    (M, 4), NaN rows where absent. scores: (M,), NaN unless visible. predicted: (M, 2) expected
    centre; std: (M, 2) its standard deviation, pixels. confirmed: (M,) bool; rows of tracks that
    are never confirmed do not reach the files.
    """

    track_ids: Ints
    players: Ints
    player_confidence: Doubles
    visibility: Ints
    boxes: Doubles
    scores: Doubles
    predicted: Doubles
    std: Doubles
    evidence: Ints
    confirmed: Mask


@dataclass(frozen=True, eq=False)
class _FrameTime:
    """When a frame is: Frame.index and time."""

    index: int
    time_s: float


@dataclass(frozen=True, slots=True, eq=False)
class TrackedFrame(RowColumns, _FrameTime):
    """The rows of one frame, one entry per live track; no id and no player stands there twice.

    shot: how many shots ended before it. Of two frames with different shots the places say nothing
    of each other, nor does the time between them. mixed: as in Observation. in_transition: it is
    one of those that show two shots.
    """

    shot: int = 0
    mixed: int = 0
    in_transition: bool = False

    def __post_init__(self) -> None:
        n = len(self.track_ids)
        for name, width in _WIDTHS:
            array, shape = getattr(self, name), (n, *width)
            if array.shape != shape:
                _check(f"TrackedFrame.{name}", array, shape)
        named = [player for player in self.players.tolist() if player != UNKNOWN]
        for what, values in (("track id", self.track_ids.tolist()), ("player", named)):
            if len(set(values)) != len(values):
                raise ValueError(f"frame {self.index + 1}: a {what} stands twice in one frame")

    def __len__(self) -> int:
        return len(self.track_ids)

    def take(self, rows: Index) -> TrackedFrame:
        """The frame with these rows only, an index or mask array."""
        columns: dict[str, Any] = {f.name: getattr(self, f.name) for f in fields(self)}
        arrays = {k: v[rows] for k, v in columns.items() if isinstance(v, np.ndarray)}
        return TrackedFrame(**(columns | arrays))

    def __repr__(self) -> str:
        return f"TrackedFrame(index={self.index}, {len(self)} tracks)"


PICTURES, NUMBERS, FIRST_ANCHORS = range(3)
"""Where votes come from, see EvidenceLog.sources."""
A_PERSON = -2
"""Stands for a person's word among those."""


@dataclass(frozen=True, slots=True, eq=False)
class EvidenceLog:
    """Why names were given: the votes of a run, its ambiguous matches, and what was believed after
    them.

    Tracks are ids as in TrackedFrame, frames are Frame.index. vote_spans: (V, 3) track, first and
    last frame of each vote's crops; crops: (V,) how many. nats: (V, P + 1) the mean log-likelihood
    of those crops, as it was added to the belief. ambiguous_matches: (D, 3) frame, track, rival;
    margins: (D,) nats by which the match beat the swap. belief_spans: (B, 3) track, first and last
    frame; probabilities: (B, P + 1) probabilities. sources: (V,) whose vote it is: PICTURES,
    NUMBERS, or FIRST_ANCHORS + the number of the source of anchors.
    """

    vote_spans: Ints
    crops: Ints
    nats: Floats
    ambiguous_matches: Ints
    margins: Floats
    belief_spans: Ints
    probabilities: Floats
    sources: Ints

    def __post_init__(self) -> None:
        _check("EvidenceLog.sources", self.sources, (len(self.nats),))
        for what, rows in (("vote_spans", self.nats), ("belief_spans", self.probabilities)):
            _check(f"EvidenceLog.{what}", getattr(self, what), (len(rows), 3))
        _check("EvidenceLog.crops", self.crops, (len(self.nats),))
        _check("EvidenceLog.ambiguous_matches", self.ambiguous_matches, (len(self.margins), 3))
        _check("EvidenceLog.chances", self.probabilities, (None, self.nats.shape[1]))
