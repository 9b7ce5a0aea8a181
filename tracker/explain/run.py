"""A finished run, opened to be asked about: its rows, its evidence, its settings."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from tracker.errors import TeamsheetError
from tracker.limits import MAX_FRAMES
from tracker.numbers.stored import read_numbers
from tracker.numbers.track_numbers import TrackNumbers
from tracker.output.evidence import EVIDENCE, EvidenceTables, check_known
from tracker.output.row_arrays import rows_of
from tracker.output.run_files import OBSERVATIONS
from tracker.output.run_folder import recover
from tracker.output.run_record import RunRecord, RunRecordError
from tracker.output.table import TrackTable
from tracker.settings import FollowSettings

TRACKS = "tracks.csv"


class ExplainError(TeamsheetError):
    """The question cannot be answered from this folder; the message says what to do."""


@dataclass(frozen=True, eq=False)
class RunEvidence:
    """rows: of tracks.csv. frames: (first, last) of the run, from 1. fps: frames a second. files:
    of anchors, by the source that evidence calls them. numbers: read on shirts, None where nobody
    looked; worn: by player, as the roster had them."""

    rows: pd.DataFrame
    evidence: EvidenceTables
    settings: FollowSettings
    frames: tuple[int, int]
    fps: float
    files: Mapping[str, str] = field(default_factory=dict)
    numbers: TrackNumbers | None = None
    worn: Mapping[str, int] = field(default_factory=dict)

    @property
    def players(self) -> list[str]:
        return self.evidence.players

    @property
    def offline(self) -> bool:
        return self.evidence.mode == "offline"

    def player(self, name: str) -> str:
        """The name as the gallery spells it. Raises ExplainError where nobody is called so."""
        if name in self.players:
            return name
        plain = {p.casefold(): p for p in self.players}
        if name.casefold() in plain:
            return plain[name.casefold()]
        near = difflib.get_close_matches(name.casefold(), plain, n=1, cutoff=0.3)
        hint = f"did you mean {plain[near[0]]}?" if near else f"known: {', '.join(self.players)}"
        raise ExplainError(f"no player {name!r} in the gallery of this run; {hint}")

    def track(self, number: int) -> int:
        """The id itself. Raises ExplainError where no track has it."""
        known = self.rows["track_id"]
        if not (known == number).any():
            raise ExplainError(
                f"no track {number} in {TRACKS}; its tracks lie between "
                f"{known.min()} and {known.max()}"
            )
        return number

    def frame(self, number: int) -> int:
        """The number itself. Raises ExplainError outside the run."""
        first, last = self.frames
        if not first <= number <= last:
            raise ExplainError(
                f"frame {number} is not in this run, which has frames {first}-{last}"
            )
        return number

    def time_s(self, frame: int) -> float | None:
        """When a frame was, where the files say it."""
        times = self.rows.loc[self.rows["frame"] == frame, "time_s"]
        return float(times.iloc[0]) if len(times) else None


def open_case(out: Path) -> RunEvidence:
    """Read OUT. Raises ExplainError, TableError or EvidenceError, which name the file."""
    record = read_record(out)
    if not record.named:
        raise ExplainError(
            f"{out} was tracked without --gallery, --roster or --anchors: nobody could be named"
        )
    if not (out / EVIDENCE).is_dir():
        raise ExplainError(f"{out} has no {EVIDENCE}/: an older run; run `teamsheet track` again")
    try:
        settings, fps, (first, count) = record.settings, record.fps, record.frames
        if not 1 <= first <= first + count <= MAX_FRAMES + 1:
            raise record.unusable()
        files = {given.source: given.file.name for given in record.anchors}
    except RunRecordError as error:
        raise ExplainError(str(error)) from error
    tables = EvidenceTables.read(out / EVIDENCE)
    table = TrackTable.read_csv(out / TRACKS)
    check_known(tables, table.rows["player"].unique(), out)
    frames = first, first + count - 1
    numbers = _numbers(out, table, fps) if record.reads_numbers else None
    return RunEvidence(
        table.rows, tables, settings.follow, frames, fps, files, numbers, record.worn
    )


def _numbers(out: Path, table: TrackTable, fps: float) -> TrackNumbers | None:
    return read_numbers(out / OBSERVATIONS, rows_of(table, fps)) if len(table) else None


def read_record(out: Path) -> RunRecord:
    """run.json of OUT, which a killed command may have left aside. Raises ExplainError."""
    recover(out)
    try:
        return RunRecord.read(out)
    except RunRecordError as error:
        raise ExplainError(str(error)) from error
