"""A run without a gallery, named by what is said of it alone, as a review writes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gallery.io.spelling import alike
from tracker.corrections.found_again import tried
from tracker.corrections.in_force import in_force
from tracker.corrections.record import StoredCorrection
from tracker.corrections.statements import NOT
from tracker.runs.review_facts import RunVideo
from tracker.runs.review_order import Spoken
from tracker.runs.review_publish import after_writing, write_stated
from tracker.runs.review_table import OpenRun, Table


def name_by_words(
    run: OpenRun, stated: Sequence[StoredCorrection]
) -> tuple[list[StoredCorrection], list[str]]:
    """Write the files of a run with the names of these sentences; those that are kept, and what is
    to be said of them.

    stated: the oldest first; what finds nobody is looked for by its places. One name in two
    spellings takes the older. The lock on OUT is the caller's. Raises the rooms' named errors.
    """
    known = {stored.text for each in run.spoken for stored in each.kept}
    notes: list[str] = []
    placed = [tried(stored, run.base.boxes_now, run.video) for stored in stated]
    again = dict.fromkeys(reversed(_one_spelling(placed, notes)))
    kept = list(again)[::-1]
    spoken = tuple(Spoken(None, (stored,), run.base.run if stored.found else "") for stored in kept)
    table = Table.of(replace(run, spoken=spoken))
    write_stated(table.run, table.base, table.engine.ledger, spoken, {})
    overruled = in_force(kept).overruled
    notes += [each.line(kept) for each in overruled if kept[each.newer].text not in known]
    lost = [stored for stored in kept if not stored.found and stored.text not in known]
    notes += [f'kept, but "{stored.text}" finds nobody in this run' for stored in lost]
    video = RunVideo.of(run.record, None)
    notes += after_writing(table.run, table.base, spoken, video)
    return kept, list(dict.fromkeys(notes))


def _one_spelling(stated: Sequence[StoredCorrection], notes: list[str]) -> list[StoredCorrection]:
    spelled: dict[str, str] = {}
    found = []
    for stored in stated:
        name = spelled.setdefault(alike(stored.is_), stored.is_)
        if name != stored.is_:
            notes.append(f'"{stored.is_}" is written "{name}", as before')
            text = stored.text
            for is_ in ("is", f"is {NOT}"):
                text = text.replace(f" {is_} {stored.is_}", f" {is_} {name}", 1)
            stored = stored.model_copy(update={"is_": name, "text": text})
        found.append(stored)
    return found
