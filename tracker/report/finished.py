"""A finished run, read and gone through: what the page is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tracker.explain.case import TRACKS, read_receipt
from tracker.publish.evidence import EVIDENCE, EvidenceTables
from tracker.publish.writers import RECEIPT
from tracker.records import NO_PLAYER, Ints
from tracker.report.ballots import Ballots
from tracker.report.meetings import Meetings, meetings_of
from tracker.report.moment import Inquiry, Moment
from tracker.report.moments import moments_of
from tracker.report.paths import Paths
from tracker.report.people import Nameless, Person, people_of
from tracker.report.rows import Rows, read_rows

_ANCHOR_NATS = 3.0  # where an older receipt does not say


class ReportError(ValueError):
    """No report can be made of this folder; the message says what to do."""


@dataclass(frozen=True, eq=False)
class Finished:
    """told, meetings: None for a run without evidence. notes: what the page cannot have, and why.

    size: of the picture, pixels. met: (meetings, 2) whose names the two bear. moments: the worst
    first.
    """

    out: Path
    receipt: Mapping[str, Any]
    size: tuple[int, int]
    rows: Rows
    paths: Paths
    told: EvidenceTables | None
    meetings: Meetings | None
    met: Ints
    people: list[Person]
    nameless: Nameless
    moments: list[Moment]
    notes: list[str]

    @property
    def name(self) -> str:
        return Path(self.spec.rstrip("/")).name or self.spec

    @property
    def spec(self) -> str:
        """Where the pictures came from."""
        return str(self.receipt["source"]["spec"])

    @property
    def fingerprint(self) -> str:
        return str(self.receipt["source"].get("fingerprint", ""))

    @property
    def mode(self) -> str:
        settings = self.receipt.get("settings")
        return str(settings.get("mode", "online")) if isinstance(settings, dict) else "online"

    def meetings_of(self, person: Person) -> Ints:
        """The meetings that he was in under his name; of a path without one, all."""
        if self.meetings is None:
            return np.zeros(0, np.int64)
        if person.track is not None:
            return self.meetings.of(person.track)
        which = self.rows.names.index(person.label) if person.label in self.rows.names else -2
        found: Ints = np.flatnonzero((self.met == which).any(axis=1))
        return found

    def rival_of(self, person: Person, meeting: int) -> str:
        """Whom a person met: a name, or the track that has none."""
        assert self.meetings is not None
        pair = self.meetings.pairs[meeting].tolist()
        names = [self.rows.names[p] if p != NO_PLAYER else "" for p in self.met[meeting].tolist()]
        own = pair.index(person.track) if person.track is not None else names.index(person.label)
        return names[1 - own] or f"track {pair[1 - own]} (no name)"


def open_finished(out: Path) -> Finished:
    """Read OUT. Raises ReportError, ExplainError, TableError or EvidenceError, one line each."""
    receipt = read_receipt(out)
    try:
        source = receipt["source"]
        size, fps = (int(source["size"][0]), int(source["size"][1])), float(source["fps"])
        str(source["spec"])
        if min(size) < 1 or not fps > 0:
            raise ValueError(size, fps)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise ReportError(
            f"{out / RECEIPT}: written by another teamsheet; run `teamsheet track` again"
        ) from error
    rows = read_rows(out / TRACKS, fps)
    paths = Paths(rows)
    told, notes = _evidence(out, receipt)
    gallery = receipt.get("gallery")
    players = gallery.get("players", []) if isinstance(gallery, dict) else []
    people, nameless = people_of(rows, paths, [str(p) for p in players])
    meetings = meetings_of(told.doubts, rows.rate) if told is not None else None
    ballots = Ballots(told) if told is not None else None
    case = Inquiry(rows, paths, told, meetings, ballots, _anchor_nats(receipt))
    moments = moments_of(case, people)
    return Finished(
        out, receipt, size, rows, paths, told, meetings, _met(paths, meetings), people, nameless,
        moments, notes,
    )  # fmt: skip


def _met(paths: Paths, meetings: Meetings | None) -> Ints:
    if meetings is None:
        return np.zeros((0, 2), np.int64)
    sides = [paths.players_at(meetings.pairs[:, n], meetings.worst) for n in (0, 1)]
    return np.stack(sides, axis=1)


def _evidence(out: Path, receipt: Mapping[str, Any]) -> tuple[EvidenceTables | None, list[str]]:
    if (out / EVIDENCE).is_dir():
        return EvidenceTables.read(out / EVIDENCE), []
    if not receipt.get("gallery"):
        return None, ["Tracked without a gallery: nobody could be named; paths are shown instead."]
    return None, [
        f"An older run without {EVIDENCE}/: meetings and votes cannot be shown; "
        "run `teamsheet track` again for them."
    ]


def _anchor_nats(receipt: Mapping[str, Any]) -> float:
    try:
        return float(receipt["settings"]["follow"]["identity"]["anchor_nats"])
    except (KeyError, TypeError, ValueError):
        return _ANCHOR_NATS
