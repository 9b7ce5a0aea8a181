"""The files of a run that nobody can solve again, with the names that a review has given.

Where there is no gallery, or its observations are gone, names are bookkeeping: they stand in the
rows of which somebody has said so, and nowhere else.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from tracker.corrections.record import StoredCorrection, thinned
from tracker.court.roles import DO_NOT_PLAY, PLAYER
from tracker.explain.run import TRACKS
from tracker.output.csv import Words
from tracker.output.evidence import EVIDENCE
from tracker.output.row_arrays import RowArrays
from tracker.output.run_files import write_results
from tracker.output.run_folder import replaced
from tracker.output.run_record import CORRECTIONS, RECEIPT, RunRecord, write_run_record
from tracker.output.table import TrackTable
from tracker.review.ledger import FREE, Ledger
from tracker.runs.receipt import counts_of
from tracker.runs.review_journal import ReviewError
from tracker.types import UNKNOWN, Evidence, Ints, Mask


def write_names(
    record: RunRecord,
    rows: RowArrays,
    ledger: Ledger,
    kept: Sequence[StoredCorrection],
    more: Mapping[str, Any],
) -> None:
    """rows: of tracks.csv. kept: what was said. more: parts of run.json beside the usual ones.

    Raises ReviewError where tracks.csv has other rows by now. The lock is the caller's.
    """
    out = record.path.parent
    table = named(TrackTable.read_csv(out / TRACKS), rows, ledger)
    corrections = [stored.model_dump(mode="json", by_alias=True) for stored in thinned(kept)]
    counts = {**record.part("counts"), **counts_of(table)}
    with replaced(out) as folder:
        write_results(table, folder)
        if (out / EVIDENCE).is_dir():
            shutil.copytree(out / EVIDENCE, folder / EVIDENCE)
        tree = {**record.tree, "counts": counts, CORRECTIONS: corrections, **more}
        write_run_record(tree, folder / RECEIPT)


def named(table: TrackTable, rows: RowArrays, ledger: Ledger) -> TrackTable:
    """The table with the names of a ledger. rows: the same rows, of which the ledger is."""
    numbers, player = table.numbers, table.words["player"]
    same = len(table) == len(rows) and np.array_equal(numbers["frame"], rows.frames)
    if not same or not np.array_equal(numbers["track_id"], rows.tracks):
        raise ReviewError(f"{TRACKS} has other rows than it had; open the review again")
    words = tuple(dict.fromkeys([*ledger.names, ""]))
    place = {word: n for n, word in enumerate(words)}
    codes = np.where(ledger.players == UNKNOWN, place[""], ledger.players)
    was: Ints = np.array([place.get(word, -1) for word in player.words], np.int64)[player.codes]
    nameless, stated = codes == place[""], ledger.pinned != FREE
    other = codes != was
    sure = np.where(other, np.where(nameless, 0.0, ledger.sure), numbers["player_confidence"])
    sure = np.where(stated & ~nameless, 1.0, sure)
    evidence, kinds = table.words["evidence"], [e.label for e in Evidence]
    known = tuple(dict.fromkeys([*evidence.words, *kinds]))
    why = np.where(other, known.index(Evidence.SOLVED.label), evidence.codes)
    why = np.where(stated, known.index(Evidence.TOLD.label), why)
    why = np.where(nameless & (other | stated), known.index(""), why)
    role = _playing(table.words["role"], other & ~nameless)
    return replace(
        table,
        numbers={**numbers, "player_confidence": sure},
        words={
            **table.words,
            "player": Words(codes, words),
            "evidence": Words(why, known),
            "role": role,
        },
        given=None,
    )


def _playing(role: Words, named: Mask) -> Words:
    """The column with those a player who got a name, as `TrackFacts.roles_of` has them."""
    words = role.words if PLAYER in role.words else (*role.words, PLAYER)
    idle = np.any([role.are(word) for word in DO_NOT_PLAY], axis=0)
    return Words(np.where(idle & named, words.index(PLAYER), role.codes), words)
