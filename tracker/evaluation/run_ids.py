"""The gallery IDs of a run that is scored: of its rows, and of the votes beside them."""

from __future__ import annotations

from tracker.evaluation.mistakes import Remark
from tracker.evaluation.text_files import TextSource
from tracker.output.evidence import EVIDENCE, EvidenceError, EvidenceTables
from tracker.output.gallery_ids import GalleryIds, SilentVotes, ids_of
from tracker.output.table import TrackTable


def run_ids(
    table: TrackTable | None, file: TextSource | None, remarks: list[Remark]
) -> GalleryIds | None:
    """file: the tracks.csv, if it lies in an OUT folder. None where nothing says who it is."""
    if table is None:
        return None
    found = ids_of(table, _votes(file, remarks))
    return found if any(map(len, found.values())) else None


def _votes(file: TextSource | None, remarks: list[Remark]) -> SilentVotes | None:
    if file is None or file.member:
        return None
    folder = file.path.with_name(EVIDENCE)
    if not folder.is_dir():
        return None
    try:
        return SilentVotes.of_tables(EvidenceTables.read(folder))
    except EvidenceError as error:
        remarks.append(Remark(str(folder), f"gaps are scored by the table alone: {error}"))
        return None
