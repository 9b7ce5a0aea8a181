"""A finished run, read and gone through: what the page is made from."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tracker.explain.run import TRACKS
from tracker.numbers.stored import read_numbers
from tracker.numbers.worn import ShirtNumber
from tracker.output.evidence import EVIDENCE, EvidenceError, EvidenceTables, check_known
from tracker.output.row_arrays import RowArrays, read_rows
from tracker.output.run_files import OBSERVATIONS
from tracker.output.run_record import ANCHORS, NUMBERS, ROSTER
from tracker.output.track_index import TrackIndex
from tracker.report.camera import views_of
from tracker.report.encounters import Encounters, encounters_of
from tracker.report.honesty import Honesty, honesty_of
from tracker.report.kits_worn import KitWorn, kits_worn
from tracker.report.people import Nameless, ReportPerson, people_of
from tracker.report.review_item import ReviewItem
from tracker.report.review_list import review_items
from tracker.report.run_facts import RunFacts
from tracker.report.shirt_numbers import shirts_of
from tracker.report.swaps import swap_seconds
from tracker.review.case import ReviewCase
from tracker.review.shirt_reasons import Shirts
from tracker.types import UNKNOWN, Ints


@dataclass(frozen=True, eq=False)
class Finished:
    """evidence, encounters: None for a run without evidence. notes: what the page cannot have, and
    why.

    players_met: (encounters, 2) whose names the two bear. honesty: how long each player was in
    view, and how much of what is shown is likely to be wrong. review_items: the best first. shirts:
    of each of the people; empty where no numbers were read. kits: that are worn.
    """

    out: Path
    receipt: RunFacts
    rows: RowArrays
    track_index: TrackIndex
    evidence: EvidenceTables | None
    encounters: Encounters | None
    players_met: Ints
    people: list[ReportPerson]
    nameless: Nameless
    honesty: Honesty
    review_items: list[ReviewItem]
    notes: list[str]
    shirts: list[ShirtNumber]
    kits: list[KitWorn] = field(default_factory=list)

    def encounters_of(self, person: ReportPerson) -> Ints:
        """The encounters that a person was in under the name; of a track without one, all."""
        if self.encounters is None:
            return np.zeros(0, np.int64)
        if person.track is not None:
            return self.encounters.of(person.track)
        which = self.rows.names.index(person.label) if person.label in self.rows.names else -2
        found: Ints = np.flatnonzero((self.players_met == which).any(axis=1))
        return found

    def rival_of(self, person: ReportPerson, encounter: int) -> str:
        """Whom a person met: a name, or the track that has none."""
        assert self.encounters is not None
        pair = self.encounters.pairs[encounter].tolist()
        names = [
            self.rows.names[p] if p != UNKNOWN else "" for p in self.players_met[encounter].tolist()
        ]
        own = pair.index(person.track) if person.track is not None else names.index(person.label)
        return names[1 - own] or f"track {pair[1 - own]} (no name)"


def open_finished(out: Path, facts: RunFacts) -> Finished:
    """Read OUT. Raises TableError or EvidenceError, which name the file."""
    rows = read_rows(out / TRACKS, facts.fps)
    track_index = TrackIndex(rows)
    evidence, notes = _evidence(out, facts, rows)
    if evidence is not None:
        check_known(evidence, [*rows.names, *facts.players], out)
    people, nameless = people_of(rows, track_index, facts.players)
    encounters = encounters_of(evidence.doubts, rows.rate) if evidence is not None else None
    found = read_numbers(out / OBSERVATIONS, rows) if facts.tree.get(NUMBERS) else None
    case = ReviewCase.of(rows, evidence, facts.players, Shirts(found, facts.worn))
    items = review_items(case, track_index, facts.corrections)
    swap_s = {}
    if encounters is not None and case.votes is not None:
        swap_s = swap_seconds(rows.names, track_index, encounters, case.votes)
    views = views_of(out / OBSERVATIONS, rows)
    honesty = honesty_of(rows, facts.size, views, swap_s)
    players_met = _players_met(track_index, encounters)
    return Finished(
        out,
        facts,
        rows,
        track_index,
        evidence,
        encounters,
        players_met,
        people,
        nameless,
        honesty,
        items,
        notes,
        shirts_of(people, rows, found, facts.worn),
        kits_worn(out / TRACKS, facts.tree),
    )


def _players_met(track_index: TrackIndex, encounters: Encounters | None) -> Ints:
    if encounters is None:
        return np.zeros((0, 2), np.int64)
    sides = [track_index.players_at(encounters.pairs[:, n], encounters.worst) for n in (0, 1)]
    return np.stack(sides, axis=1)


def _evidence(
    out: Path, facts: RunFacts, rows: RowArrays
) -> tuple[EvidenceTables | None, list[str]]:
    if (out / EVIDENCE).is_dir():
        try:
            return EvidenceTables.read(out / EVIDENCE), []
        except EvidenceError as error:
            raise EvidenceError(
                f"{error} with --resume, or move {out / EVIDENCE} away to do without"
            ) from error
    if not any(facts.tree.get(part) for part in ("gallery", ROSTER, ANCHORS)):
        return None, [_without_gallery(len(np.unique(rows.players[rows.players != UNKNOWN])))]
    return None, [
        f"An older run without {EVIDENCE}/: encounters and votes cannot be shown; "
        "run `teamsheet track` again for them."
    ]


def _without_gallery(named: int) -> str:
    """named: how many players have a name all the same, which somebody gave in a review."""
    if not named:
        return "Tracked without a gallery: nobody could be named; tracks are shown instead."
    who = "1 player has a name" if named == 1 else f"{named} players have names"
    return (
        f"Tracked without a gallery: {who} that somebody gave in a review; who has none is "
        "shown as a track, and there are no votes to show."
    )
