"""The beginning of a run that is still being observed: whole chunks, followed without names.

Nothing says yet by which gallery `track` will name it, so that nobody has a name here. What a
person states is found again, by its boxes, on the tracks that the finished run has.
"""

from __future__ import annotations

from pathlib import Path

from tracker.config import load
from tracker.observation.metadata import Metadata
from tracker.observation.store import Store
from tracker.output.row_arrays import rows_of
from tracker.output.run_files import OBSERVATIONS
from tracker.output.run_record import RECEIPT, RunRecord
from tracker.runs.following import follow
from tracker.runs.request import TrackRequest
from tracker.runs.review_base import Base
from tracker.runs.review_journal import ReviewError
from tracker.runs.session import Session
from tracker.settings import Settings

PART = "part"
"""Whether a record is of the beginning of a run."""


def begun(out: Path) -> Store | None:
    """What is observed so far of a run that has no results; None where it has, or has not begun.

    Raises ReviewError where no chunk is whole yet, and StoreError.
    """
    if (out / RECEIPT).is_file():
        return None
    store = Store.open(out / OBSERVATIONS)
    if store is None or store.finished:
        return None
    if not store.files:
        raise ReviewError(
            f"{out}: nothing is observed yet that could be reviewed; wait for the first "
            f"{store.metadata.chunk_frames} frames"
        )
    return store


def read_part(out: Path, store: Store) -> tuple[RunRecord, Base]:
    """What run.json would say so far, and the rows of all whole chunks.

    Raises ReviewError where nobody is seen in them, and StoreError.
    """
    about = store.metadata
    settings = _settings(about)
    request = TrackRequest(about.source.spec, out, settings, frames=(about.first, about.last))
    session = Session(about)
    followed = follow(request, session, store, _quiet)
    table = followed.table(session)
    if not len(table):
        raise ReviewError(f"{out}: nobody is seen yet in {followed.count} frames")
    rows = rows_of(table, about.source.fps)
    record = RunRecord(out / RECEIPT, _tree(about, settings, followed.count))
    return record, Base(f"{PART} of {len(store.files)} chunks", rows, None)


def _settings(about: Metadata) -> Settings:
    """Those by which it is observed, and the usual ones to follow."""
    plain = load(None, ["mode=online"])
    tree = {**plain.model_dump(mode="json"), **about.settings}
    return Settings.model_validate(tree)


def _tree(about: Metadata, settings: Settings, count: int) -> dict[str, object]:
    source = about.source
    return {
        "source": {
            "spec": source.spec,
            "fingerprint": source.fingerprint,
            "size": [source.width, source.height],
            "fps": source.fps,
            "frames": {"first": about.first, "count": count},
        },
        "settings": settings.model_dump(mode="json"),
        PART: True,
    }


def _quiet(*_: object, **__: object) -> None:
    return None
