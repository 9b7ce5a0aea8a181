"""Observations packed as columns: as they lie in memory for a second pass, and in a file.

A file holds one row per frame. Embeddings are kept to half precision (`rounded`), everything else
exactly, so that what is read is what was observed, to the last bit.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from tracker.errors import TeamsheetError
from tracker.limits import MAX_CLASSES, MAX_IN_FRAME
from tracker.observation.packed_colors import COLORS, GROUND, PackedColors
from tracker.observation.packed_readings import NUMBERS, PackedReadings
from tracker.parquet import Most, read_table
from tracker.types import (
    COLORS_WIDTH,
    GROUND_WIDTH,
    Doubles,
    Floats,
    Ints,
    Mask,
    Observation,
)

VERSION = 4
"""Of the files that are written."""
FIRST_WITH_CLASSES = 4
READABLE = (3, VERSION)
"""Another one is refused."""
MAX_CHUNK = 20_000
"""Frames of a file: 20 s of a thousand a second."""
MOST = Most(MAX_CHUNK, 512_000_000)
_MAX_DIM = 16_384  # of an embedding
_BESIDE = (
    "frame", "time_s", "cut", "mixed", "looked", "camera", "boxes", "scores", "encoded", *NUMBERS,
    "classes", *COLORS, *GROUND,
)  # fmt: skip
"""Columns of a file beside the embeddings."""
_CLASS_SCORE_MIN = 1e-3  # of a class: less is nothing, and nothing takes no room on disk
_Read = TypeVar("_Read")


class StoreError(TeamsheetError):
    """Stored observations cannot be read, or are of another run; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Recent:
    """What seeing where shots begin needs to know of the last second, beside its pictures.

    shown: how many frames ago each picture is that is remembered, the oldest first. steps: how many
    frames ago the colours changed, and by how much. unknown: frames since a motion was known.
    """

    shown: tuple[int, ...] = ()
    steps: tuple[tuple[int, float], ...] = ()
    unknown: int = 0


@dataclass(frozen=True, slots=True)
class Carry:
    """What observing the next frame needs to know of those before it.

    hidden: pictures since the one that the camera's motion is measured from. next_encode_s: when
    people are described again. picture: checksum of the last picture. warnings: of the source so
    far. recent: by which the next cut is judged. mirrored: shirts of the chunk that were read in
    the mirror; all else that reading numbers goes by is in the observations of the chunk.
    """

    hidden: int = 0
    next_encode_s: float = -np.inf
    picture: int | None = None
    warnings: tuple[str, ...] = ()
    recent: Recent = Recent()
    mirrored: int = 0

    def tree(self) -> dict[str, Any]:
        """For JSON; what older versions do not know is there only where it says something."""
        tree = asdict(self)
        return tree if self.mirrored else {k: v for k, v in tree.items() if k != "mirrored"}

    @classmethod
    def read(cls, written: dict[str, Any]) -> Carry:
        """From JSON. Raises KeyError, TypeError or ValueError where it is none."""
        recent = written.pop("recent")
        written.pop("next_number_s", None)  # of versions that read all shirts of a frame at once
        steps = tuple((int(ago), float(step)) for ago, step in recent["steps"])
        carry = cls(**written, recent=Recent(tuple(recent["shown"]), steps, int(recent["unknown"])))
        return replace(carry, warnings=tuple(carry.warnings))


def rounded(embeddings: Floats) -> Floats:
    """Embeddings as the store keeps them: every run follows these, whether it stores them or not.

    Half precision moves a cosine by less than 1e-3, the noise of a crop by far more.
    """
    return embeddings.astype(np.float16).astype(np.float32)


def rounded_classes(classes: Floats | None) -> Floats | None:
    """(N, C) scores of classes as the store keeps them: to half precision, none below .001."""
    if classes is None:
        return None
    return rounded(np.where(classes < _CLASS_SCORE_MIN, np.float32(0), classes))


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """F frames in order with R boxes, of which E are described, and K in frames whose boxes have
    scores of C classes.

    indices: (F,) Frame.index. looked: (F,) whether people were looked for. mixed: (F,) as in
    Observation. counts: (F,) boxes of each. boxes (R, 4), scores (R,), encoded (R,) which are
    described. embeddings (E, D) float16. readings: of all F frames. classed: (F,) which frames have
    scores of classes, (K, C) float16 in `classes`. colors, ground: of all R boxes.
    """

    indices: Ints
    times_s: Doubles
    cameras: Doubles
    cuts: Mask
    mixed: Ints
    looked: Mask
    counts: Ints
    boxes: Floats
    scores: Floats
    encoded: Mask
    embeddings: NDArray[np.float16]
    readings: PackedReadings
    classed: Mask
    classes: NDArray[np.float16]
    colors: PackedColors
    ground: PackedColors

    def __len__(self) -> int:
        return len(self.indices)

    @classmethod
    def of(cls, seen: Sequence[Observation]) -> Chunk:
        """Pack at least one observation."""
        embeddings = np.concatenate([observation.embeddings for observation in seen])
        encoded = np.concatenate([observation.described for observation in seen])
        return cls(
            np.array([observation.index for observation in seen], np.int64),
            np.array([observation.time_s for observation in seen], np.float64),
            np.array([observation.camera for observation in seen], np.float64),
            np.array([observation.cut for observation in seen], bool),
            np.array([observation.mixed for observation in seen], np.int64),
            np.array([observation.looked for observation in seen], bool),
            np.array([len(observation.boxes) for observation in seen], np.int64),
            np.concatenate([observation.boxes for observation in seen]).astype(np.float32),
            np.concatenate([observation.scores for observation in seen]).astype(np.float32),
            encoded,
            embeddings[encoded].astype(np.float16),
            PackedReadings.of([observation.readings for observation in seen]),
            np.array([observation.classes is not None for observation in seen], bool),
            _half([observation.classes for observation in seen if observation.classes is not None]),
            PackedColors.of([(frame.colors, len(frame.boxes)) for frame in seen], COLORS_WIDTH),
            PackedColors.of([(frame.ground, len(frame.boxes)) for frame in seen], GROUND_WIDTH),
        )

    def __iter__(self) -> Iterator[Observation]:
        before = self.starts()
        return (self._observation(i, [int(n[i]) for n in before]) for i in range(len(self)))

    def at(self, i: int) -> Observation:
        """One observation, the i-th."""
        return self._observation(i, [int(n[i]) for n in self.starts()])

    def starts(self) -> tuple[Ints, ...]:
        """(F + 1,) boxes, described boxes, classed boxes, coloured boxes, boxes on known ground,
        read boxes and rows of digits before each frame."""
        zero = np.zeros(1, np.int64)
        rows = np.append(zero, np.cumsum(self.counts))
        crops = np.append(zero, np.cumsum(self.encoded, dtype=np.int64))[rows]
        classed = np.append(zero, np.cumsum(self.counts * self.classed))
        shirts, ground = self.colors.starts()[rows], self.ground.starts()[rows]
        return rows, crops, classed, shirts, ground, *self.readings.starts(self.counts)

    def _observation(self, i: int, before: Sequence[int]) -> Observation:
        row, crop, classed, shirt, ground, *reading = before
        n = int(self.counts[i])
        encoded = self.encoded[row : row + n]
        embeddings = np.full((n, self.embeddings.shape[1]), np.nan, np.float32)
        embeddings[encoded] = self.embeddings[crop : crop + np.count_nonzero(encoded)]
        return Observation(
            int(self.indices[i]),
            float(self.times_s[i]),
            self.boxes[row : row + n],
            self.scores[row : row + n],
            embeddings,
            self.cameras[i],
            bool(self.cuts[i]),
            self.readings.at(i, reading, n),
            bool(self.looked[i]),
            int(self.mixed[i]),
            classes=self.classes[classed : classed + n].astype(np.float32)
            if self.classed[i]
            else None,
            colors=self.colors.at(row, shirt, n),
            ground=self.ground.at(row, ground, n),
        )


def _half(parts: Sequence[Floats]) -> NDArray[np.float16]:
    """(K, C) float16 of all of them; (0, 0) of none."""
    return np.concatenate(parts).astype(np.float16) if parts else np.zeros((0, 0), np.float16)


def write_chunk(chunk: Chunk, carry: Carry, path: Path) -> None:
    """Write under a temporary name, then rename: the file is whole or not there."""
    import pyarrow as pa
    from pyarrow import parquet

    described = np.diff(chunk.starts()[1])
    dim, kinds = chunk.embeddings.shape[1], chunk.classes.shape[1]
    note = {"version": VERSION, "dim": dim, "classes": kinds, "carry": carry.tree()}
    columns = {
        "frame": pa.array(chunk.indices + 1, "int32"),
        "time_s": pa.array(chunk.times_s),
        "cut": pa.array(chunk.cuts),
        "mixed": pa.array(chunk.mixed, "int32"),
        "looked": pa.array(chunk.looked),
        "camera": _lists(chunk.cameras.ravel(), np.full(len(chunk), 6)),
        "boxes": _lists(chunk.boxes.ravel(), 4 * chunk.counts),
        "scores": _lists(chunk.scores, chunk.counts),
        "encoded": _lists(chunk.encoded, chunk.counts),
        "embeddings": _lists(chunk.embeddings.ravel(), described * dim),
        **{name: _lists(*of) for name, of in chunk.readings.columns(chunk.counts).items()},
        "classes": _lists(chunk.classes.ravel(), chunk.counts * kinds, chunk.classed),
        **_shares(COLORS, chunk.colors, chunk.counts, chunk.starts()[3]),
        **_shares(GROUND, chunk.ground, chunk.counts, chunk.starts()[4]),
    }
    table = pa.table(columns).replace_schema_metadata({"teamsheet": json.dumps(note)})
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as file:
        # looks never repeat: a dictionary of them would make reading four times as slow
        parquet.write_table(
            table, file, compression="zstd", use_dictionary=False, write_page_checksum=True
        )
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def _shares(
    names: Mapping[str, type[np.generic]], colors: PackedColors, counts: Ints, starts: Ints
) -> dict[str, Any]:
    """Arrow arrays of the two columns of these names."""
    lengths = np.diff(starts) * colors.values.shape[1]
    both = _lists(colors.seen, counts), _lists(colors.values.ravel(), lengths)
    return dict(zip(names, both, strict=True))


def _lists(values: NDArray[Any], lengths: Ints, there: Mask | None = None) -> Any:
    """An arrow array of lists of these lengths; null where `there` says that none is."""
    import pyarrow as pa

    lengths = lengths if there is None else lengths * there
    offsets = pa.array(np.concatenate([[0], np.cumsum(lengths)]), "int32")
    missing = None if there is None else pa.array(~there)
    return pa.ListArray.from_arrays(offsets, pa.array(values), mask=missing)


def read_chunk(path: Path, embeddings: bool = True) -> tuple[Chunk, Carry]:
    """Read what `write_chunk` wrote. Raises StoreError that names the file when it is none.

    embeddings: False leaves them out, which are most of a chunk, for who may not need them: then
    they are (E, 0), and `read_embeddings` reads them alone.
    """

    def read() -> tuple[Chunk, Carry]:
        table = read_table(path, MOST, columns=None if embeddings else _BESIDE)
        note = json.loads((table.schema.metadata or {})[b"teamsheet"])
        if note["version"] not in READABLE:
            raise StoreError(
                f"{path}: written by another teamsheet (schema {note['version']}, this one reads "
                f"{VERSION}); begin anew by --overwrite"
            )
        chunk = _unpacked(table, note["dim"], note.get("classes", 0), embeddings)
        return chunk, Carry.read(note["carry"])

    return _whole(path, read)


def read_embeddings(path: Path, count: int) -> NDArray[np.float16]:
    """(count, D) of the described boxes of a chunk. Raises StoreError."""

    def read() -> NDArray[np.float16]:
        values = read_table(path, MOST, columns=["embeddings"]).column("embeddings")
        return _array(values.combine_chunks().flatten()).reshape(count, -1)

    return _whole(path, read)


def _whole(path: Path, read: Callable[[], _Read]) -> _Read:
    """What is read. Whatever is wrong with the file is a StoreError that names it."""
    from pyarrow import ArrowException

    remedy = "delete it and add --resume to observe its frames again, or begin anew by --overwrite"
    try:
        return read()
    except StoreError:
        raise
    except (ArrowException, OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{path}: damaged, or not written by teamsheet; {remedy}") from error


def _unpacked(table: Any, dim: int, kinds: int, embeddings: bool) -> Chunk:
    def flat(name: str, kind: type[np.generic]) -> NDArray[Any]:
        values = table.column(name).combine_chunks()
        values = values.flatten() if "list" in str(values.type) else values
        return _array(values).astype(kind, copy=False)

    def there(name: str) -> Mask:
        return _array(table.column(name).combine_chunks().is_valid()).astype(np.bool_)

    scores = table.column("scores").combine_chunks()
    counts = _array(scores.value_lengths()).astype(np.int64)
    encoded = flat("encoded", np.bool_)
    has_classes = "classes" in table.column_names  # since version 4
    classed = there("classes") if has_classes else np.zeros(len(counts), bool)
    classes = flat("classes", np.float16) if has_classes else np.zeros(0, np.float16)
    kinds_read = {name: kind for name, kind in NUMBERS.items() if name in table.column_names}
    read = {name: (flat(name, kind), there(name)) for name, kind in kinds_read.items()}
    colors, ground = (
        {name: flat(name, kind) for name, kind in names.items() if name in table.column_names}
        for names in (COLORS, GROUND)
    )
    chunk = Chunk(
        flat("frame", np.int64) - 1,
        flat("time_s", np.float64),
        flat("camera", np.float64).reshape(-1, 2, 3),
        flat("cut", np.bool_),
        flat("mixed", np.int64),
        flat("looked", np.bool_),
        counts,
        flat("boxes", np.float32).reshape(-1, 4),
        flat("scores", np.float32),
        encoded,
        flat("embeddings", np.float16).reshape(np.count_nonzero(encoded), dim)
        if embeddings
        else np.zeros((np.count_nonzero(encoded), 0), np.float16),
        PackedReadings.from_columns(read, counts),
        classed,
        classes.reshape(int(counts[classed].sum()), kinds),
        PackedColors.from_columns(colors, len(encoded), COLORS_WIDTH),
        PackedColors.from_columns(ground, len(encoded), GROUND_WIDTH),
    )
    sizes = {len(chunk.boxes), len(chunk.encoded), int(counts.sum())}
    if not len(chunk) or len(sizes) > 1 or len(chunk.cameras) != len(chunk):
        raise ValueError("columns of different lengths")
    if not 0 <= dim <= _MAX_DIM or not 0 <= kinds <= MAX_CLASSES or counts.max() > MAX_IN_FRAME:
        raise ValueError("more people in a frame, or numbers to describe one, than can be")
    return chunk


def _array(values: Any) -> NDArray[Any]:
    """Without nulls, else TypeError; `to_numpy` would import pandas, for half a second."""
    return np.from_dlpack(values.cast("uint8") if str(values.type) == "bool" else values)
