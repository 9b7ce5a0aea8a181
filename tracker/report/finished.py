"""A finished run, read and gone through: what the page is made from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tracker.explain.run import TRACKS
from tracker.output.evidence import EVIDENCE, EvidenceTables, check_known
from tracker.output.run_files import OBSERVATIONS
from tracker.report.camera import views_of
from tracker.report.encounters import Meetings, meetings_of
from tracker.report.honesty import Honesty, honesty_of
from tracker.report.moment import Inquiry, Moment
from tracker.report.people import Nameless, Person, people_of
from tracker.report.review_list import moments_of
from tracker.report.rows import Rows, read_rows
from tracker.report.run_facts import Receipt
from tracker.report.swaps import traded_s
from tracker.report.tracks import Paths
from tracker.report.votes import Ballots
from tracker.types import NO_PLAYER, Ints


@dataclass(frozen=True, eq=False)
class Finished:
    """told, meetings: None for a run without evidence. notes: what the page cannot have, and why.

    met: (meetings, 2) whose names the two bear. honesty: how long each player was in view, and how
    much of what is shown is likely to be wrong. moments: the worst first.
    """

    out: Path
    receipt: Receipt
    rows: Rows
    paths: Paths
    told: EvidenceTables | None
    meetings: Meetings | None
    met: Ints
    people: list[Person]
    nameless: Nameless
    honesty: Honesty
    moments: list[Moment]
    notes: list[str]

    def meetings_of(self, person: Person) -> Ints:
        """The meetings that a person was in under the name; of a path without one, all."""
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


def open_finished(out: Path, receipt: Receipt) -> Finished:
    """Read OUT. Raises TableError or EvidenceError, which name the file."""
    rows = read_rows(out / TRACKS, receipt.fps)
    paths = Paths(rows)
    told, notes = _evidence(out, receipt)
    if told is not None:
        check_known(told, [*rows.names, *receipt.players], out)
    people, nameless = people_of(rows, paths, receipt.players)
    meetings = meetings_of(told.doubts, rows.rate) if told is not None else None
    ballots = Ballots(told) if told is not None else None
    case = Inquiry(rows, paths, told, meetings, ballots, receipt.anchor_nats)
    moments = moments_of(case, receipt.players)
    traded = traded_s(case, meetings, ballots) if meetings is not None and ballots else {}
    views = views_of(out / OBSERVATIONS, rows)
    honesty = honesty_of(rows, receipt.size, views, traded)
    met = _met(paths, meetings)
    return Finished(
        out, receipt, rows, paths, told, meetings, met, people, nameless, honesty, moments, notes
    )


def _met(paths: Paths, meetings: Meetings | None) -> Ints:
    if meetings is None:
        return np.zeros((0, 2), np.int64)
    sides = [paths.players_at(meetings.pairs[:, n], meetings.worst) for n in (0, 1)]
    return np.stack(sides, axis=1)


def _evidence(out: Path, receipt: Receipt) -> tuple[EvidenceTables | None, list[str]]:
    if (out / EVIDENCE).is_dir():
        return EvidenceTables.read(out / EVIDENCE), []
    if not receipt.tree.get("gallery"):
        return None, ["Tracked without a gallery: nobody could be named; paths are shown instead."]
    return None, [
        f"An older run without {EVIDENCE}/: meetings and votes cannot be shown; "
        "run `teamsheet track` again for them."
    ]
