"""OUT/evidence: the votes, doubts and beliefs behind the names, as three small parquet tables.

Only runs with a gallery have it. Nats are kept to three digits (float16): 30 MB for two hours of
25 people and 30 players.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tracker.records import Ints, Proceedings

EVIDENCE = "evidence"
"""The folder in OUT."""
VERSION = 1
NATS = "nats:"
"""Column of a player in the votes: this and his name. Alone it stands for nobody of the gallery."""
BEST = 3
"""So many names of a belief are kept."""
_SPAN = {"track_id": "int32", "first_frame": "int32", "last_frame": "int32"}
_BEST = {
    column: kind
    for n in range(1, BEST + 1)
    for column, kind in ((f"player_{n}", "string"), (f"chance_{n}", "float"))
}
COLUMNS: dict[str, dict[str, str]] = {
    "votes": {**_SPAN, "crops": "int32"},  # and a `nats:` column per player, then nobody's
    "doubts": {"frame": "int32", "track_id": "int32", "rival_id": "int32", "margin": "float"},
    "beliefs": {**_SPAN, **_BEST},
}
"""Table to its columns and their arrow types. Frames count from 1, both ends included."""


class EvidenceError(ValueError):
    """A file of OUT/evidence is missing or is none of ours; the message says what to do."""


@dataclass(frozen=True, eq=False)
class EvidenceTables:
    """Why the names of a run stand. Sorted by track and frame; see COLUMNS.

    votes: one row per vote, the mean log-likelihood of a few neighbouring clean crops, relative to
    the best name and bounded, as it was added to the belief. doubts: one row per match that a trade
    with `rival_id` would nearly have beaten (by `margin` nats). beliefs: online one row per vote,
    the path's own belief once it was counted in; offline one row per piece of a path, with the
    other pieces and exclusion counted in. `player_1` is the likeliest, "" is nobody.
    mode: online or offline. Raises EvidenceError where a column is missing.
    """

    votes: pd.DataFrame
    doubts: pd.DataFrame
    beliefs: pd.DataFrame
    mode: str

    def __post_init__(self) -> None:
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
        cls, told: Proceedings, players: Sequence[str], tracks: Sequence[int] | Ints, mode: str
    ) -> EvidenceTables:
        """The tables of a run. tracks: the ids that are in its tracks.csv; others are left out."""
        names = [*players, ""]
        votes = _spans(told.vote_spans) | {"crops": told.crops}
        votes |= {NATS + name: told.nats[:, n] for n, name in enumerate(names)}
        frame, track, rival = told.doubts.T
        doubts = {"frame": frame + 1, "track_id": track, "rival_id": rival, "margin": told.margins}
        beliefs = _spans(told.belief_spans) | _best(told.chances, names)
        return cls(_kept(votes, tracks), _kept(doubts, tracks), _kept(beliefs, tracks), mode)

    def write(self, folder: Path) -> None:
        """Make the folder and write the tables. The same run gives the same bytes."""
        import pyarrow as pa
        from pyarrow import parquet

        folder.mkdir()
        note = json.dumps({"version": VERSION, "mode": self.mode}).encode()
        for name in COLUMNS:
            rows = getattr(self, name)
            kinds = COLUMNS[name] | {c: "halffloat" for c in rows.columns if c.startswith(NATS)}
            schema = pa.schema([(c, kind) for c, kind in kinds.items()], {b"teamsheet": note})
            columns = [pa.array(rows[c].to_numpy(), kind) for c, kind in kinds.items()]
            table = pa.Table.from_arrays(columns, schema=schema)
            parquet.write_table(table, folder / f"{name}.parquet", compression="zstd")

    @classmethod
    def read(cls, folder: Path) -> EvidenceTables:
        """Read what `write` wrote. Raises EvidenceError that names the file when it is none."""
        votes, doubts, beliefs = (_read(folder / f"{name}.parquet") for name in COLUMNS)
        try:
            return cls(votes, doubts, beliefs, votes.attrs["mode"])
        except EvidenceError as error:
            raise EvidenceError(f"{folder}: {error}; run `teamsheet track` again") from error


def _spans(spans: Ints) -> dict[str, Any]:
    track, first, last = spans.T
    return {"track_id": track, "first_frame": first + 1, "last_frame": last + 1}


def _best(chances: np.ndarray, names: Sequence[str]) -> dict[str, Any]:
    """The likeliest names and their chances, four decimals; NaN where there are fewer names."""
    order = np.argsort(-chances, axis=1, kind="stable")[:, :BEST]
    sorted_ = np.take_along_axis(chances, order, axis=1).astype(np.float64).round(4)
    whose = np.array(names, dtype=object)[order]
    columns: dict[str, Any] = {}
    for n in range(BEST):
        there = n < order.shape[1]
        columns[f"player_{n + 1}"] = whose[:, n] if there else np.full(len(order), "", object)
        columns[f"chance_{n + 1}"] = sorted_[:, n] if there else np.full(len(order), np.nan)
    return columns


def _kept(columns: dict[str, Any], tracks: Sequence[int] | Ints) -> pd.DataFrame:
    rows = pd.DataFrame(columns)
    rows = rows[rows["track_id"].isin(list(tracks))]
    keys = [c for c in ("track_id", "frame", "first_frame", "rival_id") if c in rows.columns]
    return rows.sort_values(keys, kind="stable", ignore_index=True)


def _read(path: Path) -> pd.DataFrame:
    from pyarrow import ArrowException, parquet

    again = "run `teamsheet track` again"
    if not path.is_file():
        raise EvidenceError(f"{path} is missing; {again}")
    try:
        table = parquet.read_table(path)
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
    rows.attrs["mode"] = mode
    return rows
