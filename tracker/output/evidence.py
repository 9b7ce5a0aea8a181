"""OUT/evidence: the votes, ambiguous matches and beliefs behind the names, as three small parquet
tables.

Only runs with a gallery have it. Nats are kept to three digits (float16): 30 MB for two hours of
25 people and 30 players.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tracker.errors import TeamsheetError
from tracker.output import arrow
from tracker.output.evidence_words import VOTE_SOURCES, vote_words
from tracker.parquet import Most, read_table
from tracker.types import EvidenceLog, Ints

if TYPE_CHECKING:
    import pandas as pd

EVIDENCE = "evidence"
"""The folder in OUT."""
VERSION = 1
NATS = "nats:"
"""Column of a player in the votes: this and the name. Alone it stands for unknown."""
MOST = Most(4_000_000, 128_000_000)
"""A match of two hours, 25 people and 30 players has half a million votes in 30 MB."""
BEST = 3
"""So many names of a belief are kept."""
_SPAN = {"track_id": "int32", "first_frame": "int32", "last_frame": "int32"}
_BEST = {
    column: kind
    for n in range(1, BEST + 1)
    for column, kind in ((f"player_{n}", "string"), (f"chance_{n}", "float"))
}
COLUMNS: dict[str, dict[str, str]] = {
    "votes": {**_SPAN, "crops": "int32", "source": "string"},
    # and a `nats:` column per player, then that of unknown
    "doubts": {"frame": "int32", "track_id": "int32", "rival_id": "int32", "margin": "float"},
    "beliefs": {**_SPAN, **_BEST},
}
"""Table to its columns and their arrow types. Frames count from 1, both ends included."""


_KINDS = {"int32": np.int32, "float": np.float32, "halffloat": np.float16}


class EvidenceError(TeamsheetError):
    """A file of OUT/evidence is missing or is none of ours; the message says what to do."""


@dataclass(frozen=True, eq=False)
class EvidenceTables:
    """Why the names of a run stand. Sorted by track and frame; see COLUMNS.

    votes: one row per vote, the mean log-likelihood of a few neighbouring clean crops, relative to
    the best name and bounded, as it was added to the belief; source: `pictures`, `numbers`, or of
    anchors their source, where crops is how many of them. ambiguous matches: one row per match
    that a swap with `rival_id` would nearly have beaten (by `margin` nats). beliefs: online one row
    per vote, the track's own belief once it was counted in; offline one row per tracklet, with the
    other tracklets and exclusion counted in. `player_1` is the likeliest, "" is unknown.
    mode: online or offline. Raises EvidenceError where a column is missing; votes without source
    are of pictures.
    """

    votes: pd.DataFrame
    doubts: pd.DataFrame
    beliefs: pd.DataFrame
    mode: str

    def __post_init__(self) -> None:
        if "source" not in self.votes.columns:  # before there were others
            votes = self.votes.assign(source=VOTE_SOURCES[0])
            object.__setattr__(self, "votes", votes)
        for name, columns in COLUMNS.items():
            missing = [c for c in columns if c not in getattr(self, name).columns]
            if missing:
                raise EvidenceError(f"{name}: columns missing: {', '.join(missing)}")
        if NATS not in self.votes.columns:
            raise EvidenceError(f"votes: columns missing: {NATS}")

    @property
    def players(self) -> list[str]:
        """The names the votes were about, without nobody."""
        named = [c.removeprefix(NATS) for c in self.votes.columns if c.startswith(NATS)]
        return [name for name in named if name]

    @classmethod
    def of(
        cls,
        log: EvidenceLog,
        players: Sequence[str],
        tracks: Sequence[int] | Ints,
        mode: str,
        sources: Sequence[str] = (),
    ) -> EvidenceTables:
        """See `tables_of`."""
        import pandas as pd

        tables = tables_of(log, players, tracks, sources)
        votes, doubts, beliefs = map(pd.DataFrame, tables.values())
        return cls(votes, doubts, beliefs, mode)

    def write(self, folder: Path) -> None:
        """See `write_tables`."""
        write_tables({name: getattr(self, name) for name in COLUMNS}, self.mode, folder)

    @classmethod
    def read(cls, folder: Path) -> EvidenceTables:
        """Read what `write` wrote. Raises EvidenceError that names the file when it is none."""
        votes, doubts, beliefs = (_read(folder / f"{name}.parquet") for name in COLUMNS)
        try:
            return cls(votes, doubts, beliefs, votes.attrs["mode"])
        except EvidenceError as error:
            raise EvidenceError(f"{folder}: {error}; run `teamsheet track` again") from error


def check_known(log: EvidenceTables, names: Iterable[str], folder: Path) -> None:
    """Raise EvidenceError where a name ("" is none) is of nobody whom the votes were about."""
    for name in sorted({*names} - {*log.players, ""}):
        raise EvidenceError(
            f"{folder}: its files name {name!r}, whom {EVIDENCE}/ does not know: they are of two "
            "runs, or were changed; run `teamsheet track` again"
        )


def tables_of(
    log: EvidenceLog,
    players: Sequence[str],
    tracks: Sequence[int] | Ints,
    sources: Sequence[str] = (),
) -> dict[str, dict[str, NDArray[Any]]]:
    """The tables of a run, column by column, see EvidenceTables.

    As in COLUMNS. tracks: the ids that are in its tracks.csv; others are left out. sources: of
    anchors, by number.
    """
    names = [*players, ""]
    votes = _spans(log.vote_spans) | {"crops": log.crops}
    votes |= {"source": vote_words(log.sources, sources)}
    votes |= {NATS + name: log.nats[:, n] for n, name in enumerate(names)}
    frame, track, rival = log.ambiguous_matches.T
    doubts = {"frame": frame + 1, "track_id": track, "rival_id": rival, "margin": log.margins}
    beliefs = _spans(log.belief_spans) | _best(log.probabilities, names)
    every = {"votes": votes, "doubts": doubts, "beliefs": beliefs}
    return {name: _kept(table, tracks) for name, table in every.items()}


def write_tables(tables: Mapping[str, Mapping[str, Any]], mode: str, folder: Path) -> None:
    """Make the folder and write the tables. The same run gives the same bytes."""
    import pyarrow as pa
    from pyarrow import parquet

    folder.mkdir()
    note = json.dumps({"version": VERSION, "mode": mode}).encode()
    for name, rows in tables.items():
        kinds = COLUMNS[name] | {c: "halffloat" for c in rows if c.startswith(NATS)}
        schema = pa.schema([(c, kind) for c, kind in kinds.items()], {b"teamsheet": note})
        columns = [_arrow(np.asarray(rows[c]), kind) for c, kind in kinds.items()]
        table = pa.Table.from_arrays(columns, schema=schema)
        parquet.write_table(table, folder / f"{name}.parquet", compression="zstd")


def _arrow(values: NDArray[Any], kind: str) -> Any:
    return arrow.strings(values) if kind == "string" else arrow.numbers(values.astype(_KINDS[kind]))


def _spans(spans: Ints) -> dict[str, NDArray[Any]]:
    track, first, last = spans.T
    return {"track_id": track, "first_frame": first + 1, "last_frame": last + 1}


def _best(probabilities: np.ndarray, names: Sequence[str]) -> dict[str, NDArray[Any]]:
    """The likeliest names and their chances, four decimals; NaN where there are fewer names."""
    order = np.argsort(-probabilities, axis=1, kind="stable")[:, :BEST]
    falling = np.take_along_axis(probabilities, order, axis=1).astype(np.float64).round(4)
    players = np.array(names, dtype=object)[order]
    columns: dict[str, NDArray[Any]] = {}
    for n in range(BEST):
        there = n < order.shape[1]
        columns[f"player_{n + 1}"] = players[:, n] if there else np.full(len(order), "", object)
        columns[f"chance_{n + 1}"] = falling[:, n] if there else np.full(len(order), np.nan)
    return columns


def _kept(
    columns: dict[str, NDArray[Any]], tracks: Sequence[int] | Ints
) -> dict[str, NDArray[Any]]:
    rows = np.flatnonzero(np.isin(columns["track_id"], tracks))
    keys = [c for c in ("track_id", "frame", "first_frame", "rival_id") if c in columns]
    rows = rows[np.lexsort([columns[key][rows] for key in reversed(keys)])]
    return {name: column[rows] for name, column in columns.items()}


def _table(path: Path) -> Any:
    texts = [column for column, kind in COLUMNS[path.stem].items() if kind == "string"]
    try:
        return read_table(path, MOST, texts)
    except KeyError:  # before votes had a source
        return read_table(path, MOST, [column for column in texts if column != "source"])


def _read(path: Path) -> pd.DataFrame:
    from pyarrow import ArrowException

    again = "run `teamsheet track` again"
    if not path.is_file():
        raise EvidenceError(f"{path} is missing; {again}")
    try:
        table = _table(path)
        note = json.loads((table.schema.metadata or {})[b"teamsheet"])
        version, mode = int(note["version"]), str(note["mode"])
    except (ArrowException, OSError, ValueError, KeyError, TypeError) as error:
        raise EvidenceError(f"{path}: not written by teamsheet, or damaged; {again}") from error
    if version != VERSION:
        raise EvidenceError(
            f"{path}: written by another teamsheet (schema {version}, this one reads {VERSION}); "
            f"{again}"
        )
    rows: pd.DataFrame = table.to_pandas()
    words = rows.select_dtypes("category").columns
    rows = rows.astype(dict.fromkeys(words, object))  # each word is there once for all rows
    rows.attrs["mode"] = mode
    return rows
