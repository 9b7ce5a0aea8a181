"""Small runs as a review sees them: tracks with names, votes, and boxes side by side."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.worlds.report import FPS, Life, write_run
from tracker.corrections.statements import Correction
from tracker.output.evidence import EVIDENCE, EvidenceTables
from tracker.output.row_arrays import read_rows
from tracker.review.case import ReviewCase
from tracker.review.ledger import Ledger
from tracker.types import UNKNOWN

__all__ = ["Life", "case_of", "is_", "names_at"]


def case_of(
    lives: Sequence[Life],
    players: Sequence[str],
    votes: Sequence[tuple[int, int, Mapping[str, float]]] = (),
    doubts: Sequence[tuple[int, int, int, float]] = (),
) -> ReviewCase:
    """votes, doubts: as `write_run` takes them."""
    with tempfile.TemporaryDirectory() as folder:
        out = write_run(Path(folder) / "out", lives, players, votes=votes, doubts=doubts)
        evidence = EvidenceTables.read(out / EVIDENCE)
        return ReviewCase.of(read_rows(out / "tracks.csv", FPS), evidence, players)


def is_(track: int, player: str, first: int, last: int, negated: bool = False) -> Correction:
    return Correction("", track, player, first, last, negated=negated)


def names_at(case: ReviewCase, ledger: Ledger, frame: int) -> dict[int, str]:
    """Track to name, of those who are in this frame."""
    rows = (case.rows.frames == frame).nonzero()[0]
    return {
        int(case.rows.tracks[r]): ""
        if (p := int(ledger.players[r])) == UNKNOWN
        else ledger.names[p]
        for r in rows
    }
