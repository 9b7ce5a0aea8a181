"""Whether a run reads shirt numbers, by what, and how many it has read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from tracker.identity.number_evidence import settled_number
from tracker.observation.metadata import ANEW, ModelId, check_models
from tracker.types import NO_NUMBER, Floats, Observation, Visibility

if TYPE_CHECKING:
    from tracker.observation.jersey_protocol import NumberReader
    from tracker.observation.store import Store
    from tracker.output.table import TrackTable
    from tracker.runs.name_model import NameModel
    from tracker.runs.request import TrackRequest
    from tracker.runs.session import RunLog, Session
    from tracker.tracking.traces import Trace


_TALL = 0.9  # of the people, nine in ten are no taller
_HELP = "give the video as it was taken, or pictures of the players by --gallery"


@dataclass(slots=True, eq=False)
class NumberCounts:
    """How many shirts were read, and on how many tracks the readings agree."""

    _read: int = 0
    _legible: int = 0
    _of_tracks: dict[int, tuple[list[float], list[Floats]]] = field(default_factory=dict)

    def add(self, trace: Trace, seen: Observation) -> None:
        """The next frame. trace: its tracks."""
        readings = seen.readings
        if readings is None:
            return
        tried = np.asarray(readings.digits.any(axis=1))
        self._read += int(np.count_nonzero(tried))
        self._legible += int(np.count_nonzero(readings.numbers != NO_NUMBER))
        for track, row in zip(trace.tracks.tolist(), trace.detections.tolist(), strict=True):
            if tried[row]:
                times_s, digits = self._of_tracks.setdefault(track, ([], []))
                times_s.append(seen.time_s)
                digits.append(readings.digits[row])

    def tree(self) -> dict[str, int]:
        """read: shirts; legible: those with a number; settled: tracks whose readings agree on one.
        Empty where none were read."""
        if not self._read:
            return {}
        found = (
            settled_number(np.array(digits), np.array(times_s))
            for times_s, digits in self._of_tracks.values()
        )
        settled = sum(number != NO_NUMBER for number in found)
        return {"read": self._read, "legible": self._legible, "settled": settled}


def unread(
    request: TrackRequest, session: Session, table: TrackTable, counts: Mapping[str, int]
) -> list[str]:
    """A line on why no number was read, where nothing else names anybody; empty else.

    counts: as `NumberCounts.tree`.
    """
    names = session.names
    if names is None or names.classifier is not None or session.anchors is not None:
        return []
    visible = table.words["visibility"].are(Visibility.VISIBLE.label)
    if session.about.numbers is None or counts.get("legible") or not visible.any():
        return []
    height = (table.numbers["y2"] - table.numbers["y1"])[visible]
    tall_px = float(np.quantile(height, _TALL))
    min_px = request.settings.encode.numbers_height_min_px
    if looked := counts.get("read", 0):
        why = f"none is legible on {looked} shirts that were looked at"
    elif tall_px < min_px:
        why = (
            f"people are {tall_px:.0f} pixels tall, and are looked at from {min_px:.0f} "
            "(encode.numbers_height_min_px)"
        )
    else:
        why = "nobody is seen who is uncovered and inside the picture"
    return [f"no shirt number was read, so that nobody is named: {why}; {_HELP}"]


def open_number_reader(
    request: TrackRequest,
    names: NameModel | None,
    store: Store | None,
    log: RunLog,
    has_images: bool,
) -> NumberReader | None:
    """The reader asked for; by `auto` that of observations which are gone on with, else the net
    where there is a number to read. Raises NumberError."""
    wanted = request.settings.encode.numbers
    if wanted == "off":
        return None
    from tracker.observation.jersey_reader import AUTO, open_reader

    if wanted != "auto":
        if not _numbered(names):
            log.notes.append(
                "numbers are read and name nobody: no player has one in the gallery's roster.yaml"
            )
        return open_reader(wanted)
    if store is not None:
        begun = store.metadata.numbers
        return None if begun is None else open_reader(begun.name)
    return open_reader(AUTO) if _of_use(names, has_images) else None


def check_numbers(
    request: TrackRequest, names: NameModel | None, store: Store, log: RunLog
) -> None:
    """Where all is observed: what is asked for must be what is there. Raises StoreError."""
    wanted, before = request.settings.encode.numbers, store.metadata
    if wanted not in ("auto", "off"):
        known = before.numbers is not None and before.numbers.name == wanted
        model = before.numbers if known else ModelId(name=wanted, fingerprint="")
        check_models(store.folder, before, {"numbers": model}, whole=True)
    elif wanted == "auto" and before.numbers is None and _of_use(names, before.source.has_images):
        log.notes.append(f"shirt numbers were not read when this was observed; {ANEW}")


def _of_use(names: NameModel | None, has_images: bool) -> bool:
    """Whether `auto` reads."""
    from tracker.observation.jersey_reader import AUTO, READERS

    return _numbered(names) and has_images and AUTO in READERS


def _numbered(names: NameModel | None) -> bool:
    return names is not None and names.numbered
