"""The people of a run: how long each is seen, where they come in, where the name is sure.

A track that never has a name is shown like a person of its own, the longest ones only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tracker.output.row_arrays import RowArrays
from tracker.output.track_index import TrackIndex
from tracker.types import UNKNOWN, Ints, Visibility

ENTRY_S = 1.0
"""Who was out of sight for longer than this comes in anew."""
_NAMELESS = 20
_NAMELESS_ALONE = 60  # where the run has no names at all


@dataclass(frozen=True, slots=True, eq=False)
class ReportPerson:
    """A player, or a track without a name.

    track: of a track without a name, else None. slug: unique, fit for a link. rows: theirs in
    order of time. seconds: by visibility. tracks: how many tracks bear the name. entries: rows in
    which the person comes into sight; away_s: how long out of it before each. anchors: rows.
    """

    label: str
    track: int | None
    slug: str
    rows: Ints
    seconds: dict[Visibility, float]
    tracks: int
    entries: Ints
    away_s: list[float]
    anchors: Ints


@dataclass(frozen=True, slots=True)
class Nameless:
    """Tracks that have no name: how many, how long they are seen together, how many are shown."""

    tracks: int
    seen_s: float
    shown: int


def people_of(
    rows: RowArrays, track_index: TrackIndex, players: Sequence[str]
) -> tuple[list[ReportPerson], Nameless]:
    """All players in the order given, those of the file that are not among them after them."""
    order = np.argsort(rows.players, kind="stable")
    ends = np.searchsorted(rows.players[order], np.arange(UNKNOWN, len(rows.names) + 1))
    slices = {name: order[ends[i + 1] : ends[i + 2]] for i, name in enumerate(rows.names)}
    names = list(dict.fromkeys([*players, *rows.names]))
    slugs = _slugs([f"player-{name}" for name in names])
    found = [
        _person(rows, name, None, slug, slices.get(name, order[:0]))
        for name, slug in zip(names, slugs, strict=True)
    ]
    lonely = [s for s in track_index.stretches if s.player == UNKNOWN and s.seen_s > 0]
    whole = {s.track for s in lonely} - {
        s.track for s in track_index.stretches if s.player != UNKNOWN
    }
    longest = sorted((s for s in lonely if s.track in whole), key=lambda s: (-s.seen_s, s.track))
    shown = longest[: _NAMELESS if names else _NAMELESS_ALONE]
    found += [
        _person(
            rows, f"track {s.track}", s.track, f"track-{s.track}",
            track_index.rows_of(s.track, s.first_frame, s.last_frame),
        )
        for s in shown
    ]  # fmt: skip
    return found, Nameless(len(whole), sum(s.seen_s for s in lonely), len(shown))


def _person(rows: RowArrays, label: str, track: int | None, slug: str, mine: Ints) -> ReportPerson:
    states = rows.visibility[mine]
    spent = rows.steps_s[rows.place[mine]]
    seen = mine[states == Visibility.VISIBLE]
    times = rows.times_s[rows.place[seen]]
    away = np.diff(times, prepend=-np.inf)
    comes = away > ENTRY_S
    return ReportPerson(
        label=label,
        track=track,
        slug=slug,
        rows=mine,
        seconds={v: float(spent[states == v].sum()) for v in Visibility},
        tracks=len(np.unique(rows.tracks[mine])),
        entries=seen[comes],
        away_s=away[comes].tolist(),
        anchors=mine[rows.anchors[mine]] if track is None else mine[:0],
    )


def _slugs(texts: Sequence[str]) -> list[str]:
    """Unique links: letters, digits and hyphens."""
    slugs: list[str] = []
    for text in texts:
        plain = re.sub(r"\W+", "-", text.casefold()).strip("-")
        slug, n = plain, 1
        while slug in slugs:
            n += 1
            slug = f"{plain}-{n}"
        slugs.append(slug)
    return slugs
