"""The rows that a review begins from: those of tracks.csv, or of the newest joint solution."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from tracker.corrections.found_again import BoxesNow, found_again
from tracker.corrections.of_rows import kept_of_rows
from tracker.corrections.places import places_each
from tracker.corrections.record import StoredCorrection
from tracker.corrections.statements import NEGATIVE, Correction
from tracker.explain.run import TRACKS
from tracker.output.evidence import EVIDENCE, EvidenceError, EvidenceTables
from tracker.output.row_arrays import RowArrays, read_rows
from tracker.output.run_record import RunRecord
from tracker.output.track_index import TrackIndex
from tracker.types import UNKNOWN


@dataclass(frozen=True, eq=False)
class Base:
    """Rows, and what they are called by.

    run: names the table whose tracks they bear; `track` gives another number to the same person.
    evidence: why the names stand; None where the run kept nothing of it. fault: why it cannot be
    read, "" where it can.
    """

    run: str
    rows: RowArrays
    evidence: EvidenceTables | None
    fault: str = ""

    @cached_property
    def index(self) -> TrackIndex:
        return TrackIndex(self.rows)

    @cached_property
    def boxes_now(self) -> BoxesNow:
        return BoxesNow.of_rows(self.rows)

    def keep(self, every: Sequence[Correction], video: str) -> list[StoredCorrection]:
        """What is said in one answer, as run.json has it. Raises CorrectionError."""
        most = places_each(len(every))
        return [kept_of_rows(stated, self.rows, self.index, video, most) for stated in every]

    def statements(self, kept: StoredCorrection, run: str) -> list[Correction]:
        """What was said of the tracks of a table, of these tracks; empty where nobody is found, and
        of what was said of kits."""
        if kept.wears:
            return []
        here = kept if run == self.run else found_again(kept, self.boxes_now)
        spans = here.instead if kept.negated else here.spans
        return [
            Correction("", track, kept.is_, first, last, negative_of(kept), kept.negated)
            for track, first, last in spans
        ]

    def without(self, names: Collection[str]) -> Base:
        """The rows with these names taken off."""
        gone = [n for n, name in enumerate(self.rows.names) if name in names]
        players = np.where(np.isin(self.rows.players, gone), UNKNOWN, self.rows.players)
        rows = replace(self.rows, players=players.astype(np.int32))
        return replace(self, rows=rows)


def negative_of(kept: StoredCorrection) -> str:
    """Who of the negatives somebody was said to be, who are nobody to the rest; "" where none."""
    found = re.search(rf" is ({NEGATIVE}.+?)(?: from frame \d+)?(?: to \d+)?$", kept.text)
    return found[1] if found is not None and not kept.is_ else ""


def read_base(record: RunRecord) -> Base:
    """Of OUT. Raises TableError, RunRecordError."""
    out = record.path.parent
    run = table_of(out)
    return Base(run, read_rows(out / TRACKS, record.fps), *_evidence(out))


def table_of(out: Path) -> str:
    """Another one as soon as tracks.csv has been written again; empty where it is gone."""
    try:
        stat = (out / TRACKS).stat()
    except OSError:
        return ""
    return f"{stat.st_size}-{stat.st_mtime_ns}"


def _evidence(out: Path) -> tuple[EvidenceTables | None, str]:
    """And why there is none, "" where the run kept nothing."""
    if not (out / EVIDENCE).is_dir():
        return None, ""
    try:
        return EvidenceTables.read(out / EVIDENCE), ""
    except EvidenceError as error:  # of an older version, or torn
        return None, f"{error} with --resume; until then questions go without"
