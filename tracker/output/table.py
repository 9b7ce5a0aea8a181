"""The product: one row per live track and frame, in declared columns, checked.

A `TrackTable` holds arrays, a column each, which is all that writing a run takes. Whoever wants a
DataFrame asks for `rows`: importing pandas takes half a second.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gallery.io.files import check_regular
from tracker.court.roles import DO_NOT_PLAY, ROLE_WORDS
from tracker.errors import TeamsheetError
from tracker.limits import MAX_FRAMES, MAX_PX, MAX_TRACK
from tracker.output.csv import Words, lines
from tracker.output.evidence_words import kind_of, words_of
from tracker.output.table_text import parsed, read_rows
from tracker.rows import Rows
from tracker.text import bare
from tracker.tracking.row_facts import RowFacts, TrackFacts
from tracker.types import UNKNOWN, Ints, Mask, TrackedFrame, Visibility

if TYPE_CHECKING:
    import pandas as pd

COLUMNS: dict[str, str] = {
    "frame": "int64",  # 1-based, as in MOT
    "time_s": "float64",
    "track_id": "int64",
    "player": "str",  # "" when unknown
    "player_confidence": "float64",
    "visibility": "str",  # visible | occluded | absent
    "x1": "float64",  # the box, pixels; empty when absent
    "y1": "float64",
    "x2": "float64",
    "y2": "float64",
    "confidence": "float64",  # the detection's; empty unless visible
    "predicted_x": "float64",  # expected centre, pixels, in every row
    "predicted_y": "float64",
    "std_x": "float64",  # its standard deviation, pixels
    "std_y": "float64",
    "evidence": "str",  # anchor | anchor:SOURCE | carried | solved | told | ""
    "role": "str",  # player | goalkeeper | referee | staff | crowd | ""
    "kit": "str",  # a colour or a team; "" when unknown
    "kit_probability": "float64",  # empty where there is none
    "plays": "float64",  # empty where it is not known
}
LATER = ("role", "kit", "kit_probability", "plays")
"""Columns that runs of before have not; they are read as empty."""
BOX = ["x1", "y1", "x2", "y2"]
VISIBILITIES = tuple(v.label for v in Visibility)
_EXPECTED = ["predicted_x", "predicted_y", "std_x", "std_y"]
_DECIMALS = dict.fromkeys(
    ("time_s", "player_confidence", "confidence", "kit_probability", "plays"), 4
)
_BLOCK = 1000  # frames whose rows are joined at once
_NONE = np.zeros(0, np.int64)


class TableError(TeamsheetError):
    """A file or frame of rows is no track table; the message names the file, row and column."""


@dataclass(frozen=True, eq=False)
class TrackTable:
    """A whole run: N rows by frame, then track id. Raises TableError where a key stands twice:
    (frame, track_id) is unique, and so is (frame, player) where somebody is named.

    numbers, words: the columns of COLUMNS, (N,) each. given: the DataFrame that it was made of.
    """

    numbers: dict[str, NDArray[Any]]
    words: dict[str, Words]
    given: pd.DataFrame | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        for name, allowed in (
            ("visibility", VISIBILITIES), ("evidence", words_of(())), ("role", ROLE_WORDS),
        ):  # fmt: skip
            column = self.words[name]
            known = {*allowed, *(filter(kind_of, column.words) if name == "evidence" else ())}
            wrong = [place for place, word in enumerate(column.words) if word not in known]
            odd = np.isin(column.codes, wrong)
            if odd.any():
                row = int(odd.argmax())
                raise TableError(
                    f"frame {self.numbers['frame'][row]}: {name} "
                    f"{column.words[column.codes[row]]!r} is none of "
                    f"{', '.join(a or 'empty' for a in allowed)}"
                )
        self._check_twice("track_id", self.numbers["track_id"], np.arange(len(self)))
        named = np.flatnonzero(~self.words["player"].are(""))
        self._check_twice("player", self.words["player"].codes, named)

    def _check_twice(self, key: str, codes: NDArray[np.integer], rows: Ints) -> None:
        pairs = self.numbers["frame"][rows] * (int(codes.max(initial=0)) + 1) + codes[rows]
        if (np.diff(np.sort(pairs)) == 0).any():
            _, first = np.unique(pairs, return_index=True)
            row = int(np.delete(rows, first)[0])
            value = codes[row] if key in self.numbers else self.words[key].words[codes[row]]
            raise TableError(f"frame {self.numbers['frame'][row]}: {key} {value} stands twice")

    def __len__(self) -> int:
        return len(self.numbers["frame"])

    @property
    def columns(self) -> dict[str, NDArray[Any] | Words]:
        """All of them in the order of COLUMNS."""
        both: dict[str, NDArray[Any] | Words] = {**self.numbers, **self.words}
        return {name: both[name] for name in COLUMNS}

    @cached_property
    def rows(self) -> pd.DataFrame:
        """The rows as a DataFrame; of a run's own, text is categories."""
        if self.given is not None:
            return self.given
        import pandas as pd

        every = {
            name: pd.Categorical.from_codes(column.codes, categories=pd.Index(column.words))
            if isinstance(column, Words)
            else column
            for name, column in self.columns.items()
        }
        return pd.DataFrame(every, copy=False)

    @property
    def playing(self) -> Mask:
        """(N,) who plays or may play: not a referee, staff or crowd by the column `role`."""
        idle = [self.words["role"].are(role) for role in DO_NOT_PLAY]
        return np.asarray(~np.any(idle, axis=0))

    @property
    def visible(self) -> pd.DataFrame:
        return self.rows[self.rows["visibility"] == Visibility.VISIBLE.label]

    @classmethod
    def of(cls, rows: pd.DataFrame) -> TrackTable:
        """Of a DataFrame with exactly COLUMNS, sorted by frame, then track id.

        Raises TableError where a column is missing.
        """
        import pandas as pd

        rows = with_later(rows)
        _check_columns(rows)
        numbers, words = {}, {}
        for name, kind in COLUMNS.items():
            if kind == "str":
                codes, found = pd.factorize(rows[name], use_na_sentinel=False)
                words[name] = Words(codes, tuple(str(word) for word in found))
            else:
                numbers[name] = rows[name].to_numpy(kind)
        return cls(numbers, words, rows)

    @classmethod
    def from_frames(
        cls,
        frames: Iterable[TrackedFrame],
        players: Sequence[str],
        sources: Sequence[str] = (),
        facts: TrackFacts | None = None,
    ) -> TrackTable:
        """Collect the rows of every track that is ever confirmed, its first frames included.

        frames: read once, in any order. sources: of anchors, by number. facts: of the tracks beside
        their names; None: nothing is known.
        """
        facts = facts or TrackFacts()
        iterator = iter(frames)
        batches = iter(lambda: list(islice(iterator, _BLOCK)), [])
        blocks = [(b.confirmed, _cells(b, facts)) for b in map(Rows.of, batches)]
        return cls._joined(blocks, players, sources, facts.kits.names)

    @classmethod
    def from_rows(
        cls,
        rows: Rows,
        players: Sequence[str],
        sources: Sequence[str] = (),
        facts: TrackFacts | None = None,
    ) -> TrackTable:
        """The same of rows that are columns already."""
        facts = facts or TrackFacts()
        blocks = [(rows.confirmed, _cells(rows, facts))]
        return cls._joined(blocks, players, sources, facts.kits.names)

    @classmethod
    def _joined(
        cls,
        blocks: Sequence[tuple[Mask, dict[str, NDArray[Any]]]],
        players: Sequence[str],
        sources: Sequence[str],
        kits: Sequence[str],
    ) -> TrackTable:
        """blocks: of some frames each, whose rows are confirmed by then, and their cells."""
        confirmed = np.unique(np.concatenate([_NONE, *(c["track_id"][y] for y, c in blocks)]))
        keep = [np.isin(cells["track_id"], confirmed) for _, cells in blocks]

        def column(name: str) -> NDArray[Any]:
            """One column of all blocks, which let go of it: a match's are large."""
            parts = [cells.pop(name)[rows] for (_, cells), rows in zip(blocks, keep, strict=True)]
            return np.concatenate(parts) if parts else np.zeros(0)

        words = {
            "player": (*players, ""), "visibility": VISIBILITIES, "evidence": words_of(sources),
            "role": ROLE_WORDS, "kit": (*kits, ""),
        }  # fmt: skip
        assert UNKNOWN == -1  # stands for the last, no name
        every = {name: column(name) for name in COLUMNS}
        order = by_frame(every["frame"], every["track_id"])
        spelt = {
            name: Words(every.pop(name)[order].astype(np.int16) % len(those), those)
            for name, those in words.items()
        }
        kinds = {name: COLUMNS[name] for name in every}
        return cls({n: every[n][order].astype(k, copy=False) for n, k in kinds.items()}, spelt)

    @classmethod
    def read_csv(cls, path: Path) -> TrackTable:
        """Read a tracks.csv, also as a spreadsheet of any country has saved it again.

        Raises TableError that names the file when it is none.
        """
        try:
            check_regular(path)
            return cls.of(_put_right(read_rows(path, COLUMNS, LATER)))
        except (ValueError, OSError, OverflowError) as error:
            raise _no_table(str(path), error) from error

    @classmethod
    def parse_csv(cls, text: str, source: str) -> TrackTable:
        """As `read_csv`, of its text. source: the name for messages."""
        try:
            return cls.of(_put_right(parsed(text, COLUMNS)))
        except (ValueError, OverflowError) as error:
            raise _no_table(source, error) from error

    def to_csv(self, path: Path) -> None:
        """Write with a fixed number of decimals, so that the same run gives the same bytes."""
        decimals = {n: _DECIMALS.get(n, 2) for n, kind in COLUMNS.items() if kind == "float64"}
        with path.open("wb") as file:
            file.write((",".join(COLUMNS) + "\n").encode())
            for part in lines(self.columns, decimals, names=("player", "kit")):
                file.write(part)


def _cells(rows: Rows, facts: TrackFacts) -> dict[str, NDArray[Any]]:
    """COLUMNS of these rows, names and states still as numbers."""
    times_s = np.repeat(rows.time_s, rows.counts)
    known = RowFacts.of(rows.track_ids, rows.players, times_s, facts)
    return {
        "frame": np.repeat(rows.indices + 1, rows.counts),
        "time_s": times_s,
        "track_id": rows.track_ids,
        "player": rows.players.astype(np.int16),
        "player_confidence": rows.player_confidence,
        "visibility": rows.visibility.astype(np.int8),
        **{name: rows.boxes[:, i].copy() for i, name in enumerate(BOX)},
        "confidence": rows.scores,
        "predicted_x": rows.predicted[:, 0].copy(),
        "predicted_y": rows.predicted[:, 1].copy(),
        "std_x": rows.std[:, 0].copy(),
        "std_y": rows.std[:, 1].copy(),
        "evidence": rows.evidence.astype(np.int8),
        "role": known.roles.astype(np.int8),
        "kit": known.kits.astype(np.int16),
        "kit_probability": known.kit_probability,
        "plays": known.plays,
    }


def by_frame(frame: NDArray[Any], track: NDArray[Any]) -> Ints | slice:
    """What puts rows in order: by frame, then track."""
    later = (np.diff(frame) > 0) | ((np.diff(frame) == 0) & (np.diff(track) >= 0))
    if later.all():  # as they come from a tracker; sorting would copy all
        return slice(None)
    return np.lexsort((track, frame))


def _no_table(source: str, error: Exception) -> TableError:
    return TableError(f"{source}: not a tracks.csv ({' '.join(str(error).split())})")


def _check_columns(rows: pd.DataFrame) -> None:
    """Raises TableError where a column is missing."""
    missing = [name for name in COLUMNS if name not in rows.columns]
    if missing:
        raise TableError(f"columns missing: {', '.join(missing)}")


def with_later(rows: pd.DataFrame) -> pd.DataFrame:
    """With the columns that came later, empty, as of a run of before."""
    missing = [name for name in LATER if name not in rows.columns]
    empty = {name: "" if COLUMNS[name] == "str" else np.nan for name in missing}
    return rows.assign(**empty) if missing else rows


def _put_right(raw: pd.DataFrame) -> pd.DataFrame:
    """The rows of a file, checked, in order and with their kinds."""
    raw = with_later(raw)
    _check_columns(raw)
    _check_bounds(raw)
    rows = raw.assign(player=_names(raw["player"]), kit=_names(raw["kit"]))
    kinds: dict[str, Any] = {n: object if kind == "str" else kind for n, kind in COLUMNS.items()}
    order = by_frame(rows["frame"].to_numpy(), rows["track_id"].to_numpy())
    return rows[list(COLUMNS)].astype(kinds).iloc[order].reset_index(drop=True)


def _check_bounds(rows: pd.DataFrame) -> None:
    """Raise TableError where a number of a file cannot be; line 2 is the first row."""
    numbers = rows[[*BOX, *_EXPECTED]].to_numpy(np.float64)
    boxed = rows["visibility"] != Visibility.ABSENT.label
    lacking = boxed.to_numpy() & np.isnan(numbers[:, :4]).any(axis=1)
    beyond = (np.abs(numbers) > MAX_PX).any(axis=1)
    for odd, what in (
        (~rows["frame"].between(1, MAX_FRAMES), f"frame is none of 1 to {MAX_FRAMES}"),
        (~rows["track_id"].between(0, MAX_TRACK), f"track_id is none of 0 to {MAX_TRACK}"),
        (np.isnan(numbers[:, 4:]).any(axis=1), f"no {' or '.join(_EXPECTED)}; is it cut off?"),
        (lacking, "a box without its four corners"),
        (beyond, f"a place beyond {MAX_PX:.0f} pixels"),
        (~(rows["time_s"].abs() < MAX_TRACK), "time_s is no time"),
    ):
        if np.any(odd):
            raise TableError(f"line {int(np.argmax(odd)) + 2}: {what}")


def _names(column: pd.Series[Any]) -> Any:
    """As they were before a cell was guarded against spreadsheets."""
    import pandas as pd

    codes, words = pd.factorize(column)
    return np.array([bare(str(word)) for word in words], object)[codes]
