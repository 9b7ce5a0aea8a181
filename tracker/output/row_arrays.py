"""tracks.csv as plain arrays: two hours of forty people are seven million rows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.limits import MAX_FRAMES, MAX_TRACK
from tracker.output.evidence_words import kind_of
from tracker.output.table import BOX, VISIBILITIES, TableError, TrackTable
from tracker.text import bare
from tracker.types import UNKNOWN, Doubles, Evidence, Floats, Ints, Mask, Visibility

Small = NDArray[np.int32]
Codes = NDArray[np.int8]
_NEEDED = ("frame", "time_s", "track_id", "player", "player_confidence", "visibility", *BOX,
           "evidence")  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class RowArrays:
    """The rows of a run, sorted by frame, then track.

    names: the players in the file. frames, tracks: (N,). players: (N,) index into names,
    UNKNOWN = none. visibility: (N,) codes. anchors: (N,). sure: (N,) confidence of the name.
    boxes: (N, 4) pixels, NaN where absent. numbers: (F,) the frames that have rows; times_s: (F,)
    when they are; steps_s: (F,) how long each stands; place: (N,) index into those.
    """

    names: list[str]
    frames: Small
    tracks: Small
    players: Small
    visibility: Codes
    anchors: Mask
    sure: Floats
    boxes: Floats
    numbers: Small
    times_s: Doubles
    steps_s: Doubles
    place: Small

    def __len__(self) -> int:
        return len(self.frames)

    @property
    def visible(self) -> Mask:
        seen: Mask = self.visibility == Visibility.VISIBLE
        return seen

    @property
    def rate(self) -> float:
        """Frames a second."""
        return 1 / float(np.median(self.steps_s))

    def time_s(self, frame: int) -> float:
        """When a frame is; between frames that have rows, in proportion."""
        return float(np.interp(frame, self.numbers, self.times_s))


def read_rows(path: Path, fps: float) -> RowArrays:
    """Read the columns that a report needs. fps: what the last frame lasts.

    Raises TableError that names the file where it is none, or holds no row.
    """
    from pyarrow import ArrowException

    if not path.is_file():
        raise TableError(f"{path} is missing; run `teamsheet track` again")
    try:
        table = _table(path)
    except (ArrowException, OSError, KeyError) as error:
        raise TableError(f"{path}: not a tracks.csv ({' '.join(str(error).split())})") from error
    if not len(table):
        raise TableError(f"{path}: not one row; there is nothing to report")
    return _rows(table, path, fps)


def _table(path: Path) -> Any:
    import pyarrow as pa
    from pyarrow import csv

    words = pa.dictionary(pa.int32(), pa.string())
    kinds = {"frame": pa.int32(), "time_s": pa.float64(), "track_id": pa.int32()}
    kinds |= {name: pa.float32() for name in ("player_confidence", *BOX)}
    kinds |= dict.fromkeys(("player", "visibility", "evidence"), words)
    options = csv.ConvertOptions(column_types=kinds, include_columns=list(_NEEDED))
    return csv.read_csv(path, convert_options=options).combine_chunks()


def _rows(table: Any, path: Path, fps: float) -> RowArrays:
    frames, tracks = (_numbers(table, name, path, np.int32) for name in ("frame", "track_id"))
    for name, found, low, high in (
        ("frame", frames, 1, MAX_FRAMES), ("track_id", tracks, 0, MAX_TRACK)
    ):  # fmt: skip
        if len(odd := found[(found < low) | (found > high)]):
            why = f"{name} {odd[0]} is none of {low} to {high}"
            raise TableError(f"{path}: not a tracks.csv ({why})")
    times = _numbers(table, "time_s", path, np.float64)
    order = _order(frames, tracks)
    names, players = _words(table, "player", None, path)
    _, seen = _words(table, "visibility", {v: n for n, v in enumerate(VISIBILITIES)}, path)
    kinds = {word: kind_of(word) for word in _found(table, "evidence")}
    known = {word: int(kind) for word, kind in kinds.items() if kind is not None}
    _, evidence = _words(table, "evidence", known, path)
    sure = _numbers(table, "player_confidence", path, np.float32)
    boxes = np.stack([_numbers(table, name, path, np.float32) for name in BOX], axis=1)
    if order is not None:
        frames, tracks, times, players = (a[order] for a in (frames, tracks, times, players))
        seen, evidence, sure, boxes = (a[order] for a in (seen, evidence, sure, boxes))
    anchors = evidence == Evidence.ANCHOR
    return _arranged(names, players, frames, tracks, times, seen, anchors, sure, boxes, fps)


def rows_of(table: TrackTable, fps: float) -> RowArrays:
    """The same of a table that is in memory. fps: what the last frame lasts."""
    numbers, player, evidence = table.numbers, table.words["player"], table.words["evidence"]
    names = sorted({player.words[code] for code in np.unique(player.codes).tolist()} - {""})
    place = {name: n for n, name in enumerate(names)}
    players = np.array([place.get(word, UNKNOWN) for word in player.words], np.int32)
    states = [VISIBILITIES.index(word) for word in table.words["visibility"].words]
    anchors = np.array([kind_of(word) == Evidence.ANCHOR for word in evidence.words], bool)
    return _arranged(
        names, players[player.codes],
        numbers["frame"].astype(np.int32), numbers["track_id"].astype(np.int32),
        numbers["time_s"],
        np.array(states, np.int8)[table.words["visibility"].codes], anchors[evidence.codes],
        numbers["player_confidence"].astype(np.float32),
        np.stack([numbers[side] for side in BOX], axis=1).astype(np.float32), fps,
    )  # fmt: skip


def _arranged(
    names: list[str],
    players: Small,
    frames: Small,
    tracks: Small,
    times: Doubles,
    seen: NDArray[np.integer],
    anchors: Mask,
    sure: Floats,
    boxes: Floats,
    fps: float,
) -> RowArrays:
    """Of rows that are in order."""
    new = np.flatnonzero(np.diff(frames, prepend=frames[0] - 1))
    steps = np.diff(times[new]) / np.diff(frames[new])
    return RowArrays(
        names=names,
        frames=frames,
        tracks=tracks,
        players=players,
        visibility=seen.astype(np.int8),
        anchors=anchors,
        sure=sure,
        boxes=boxes,
        numbers=frames[new],
        times_s=times[new],
        steps_s=np.maximum(np.append(steps, 1 / fps), 1e-3),
        place=np.repeat(np.arange(len(new), dtype=np.int32), np.diff(new, append=len(frames))),
    )


def _order(frames: Small, tracks: Small) -> Ints | None:
    """None where the rows lie as they should."""
    later = np.diff(frames)
    if ((later > 0) | ((later == 0) & (np.diff(tracks) > 0))).all():
        return None
    return np.lexsort((tracks, frames))


def _numbers(table: Any, name: str, path: Path, kind: type) -> NDArray[Any]:
    column = table.column(name)
    if column.null_count and np.issubdtype(kind, np.integer):
        raise TableError(f"{path}: not a tracks.csv (an empty {name})")
    return np.asarray(column.to_numpy(), kind)


def _words(
    table: Any, name: str, index: dict[str, int] | None, path: Path
) -> tuple[list[str], Small]:
    """The words of a column and each row's index; without `index`, -1 stands for the empty."""
    column = table.column(name).unify_dictionaries().combine_chunks()
    found = _found(table, name)
    if name == "player":
        found = [bare(word) for word in found]
    words = sorted(word for word in found if word)
    if index is None:
        index = {word: i for i, word in enumerate(words)} | {"": UNKNOWN}
    odd = [word for word in found if word not in index]
    if odd:
        raise TableError(f"{path}: not a tracks.csv ({name} {odd[0]!r})")
    codes = np.array([index[word] for word in found], np.int32)
    return words, codes[column.indices.to_numpy()]


def _found(table: Any, name: str) -> list[str]:
    """The words that stand in a column."""
    column = table.column(name).unify_dictionaries().combine_chunks()
    return [str(word) for word in column.dictionary.to_pylist()]
