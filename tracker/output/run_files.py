"""What a run writes into OUT: the files of `OUTPUTS` that are its own, and evidence/.

Beside them lies `observations/`, which a run fills as it goes and which outlives its results. How
results get into OUT whole or not at all is in `run_folder`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from gallery.atomic.write import WriteError
from tracker.output.evidence import EVIDENCE, tables_of, write_tables
from tracker.output.outputs import OUTPUTS, Output
from tracker.output.table import TrackTable
from tracker.output.video_facts import About
from tracker.types import EvidenceLog

OBSERVATIONS = "observations"
"""The folder in OUT that is not written here, but kept."""
PEOPLE = "people"
"""The folder in OUT of `gallery people`, in which the user writes names: kept too."""


class OutputError(WriteError):
    """The output cannot be written where it was asked for; the message says what to do."""


def run_files() -> dict[str, Output]:
    """File name in OUT to what every run writes there."""
    return {output.file: output for output in OUTPUTS.values() if output.file}


def write_results(
    table: TrackTable,
    folder: Path,
    evidence_log: EvidenceLog | None = None,
    players: Sequence[str] = (),
    mode: str = "online",
    sources: Sequence[str] = (),
) -> None:
    """All of `run_files` and, where names went by something, evidence/. sources: of anchors."""
    for name, output in run_files().items():
        output.write(table, folder / name, About(folder.name))
    if evidence_log is not None:
        tracks = np.unique(table.numbers["track_id"])
        tables = tables_of(evidence_log, players, tracks, sources)
        write_tables(tables, mode, folder / EVIDENCE)
