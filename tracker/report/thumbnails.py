"""Which pictures a report wants: what to cut from which frame, so that few places are read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tracker.observation.number_windows import ABOVE, SPAN
from tracker.output.row_arrays import RowArrays
from tracker.output.track_index import TrackIndex
from tracker.report.people import ReportPerson
from tracker.report.review_item import STRIPS, ReviewItem
from tracker.report.shirt_numbers import ShirtPicture
from tracker.types import Floats, Ints, Visibility

_TILES = 8
_TILES_OF_MOMENT = 5  # in a long run
_AROUND_S = 1.0
_ENTRIES, _ANCHORS = 6, 6  # thumbnails of a person
_ENTRY_WITHIN_S = 1.0
NUMBER, OTHER_NUMBER = "number", "other number"
"""Thumbnails of shirts: with the number that was read, with one that it should not be."""
KIT = "kit"
_SURE = 0.95
SHORT_S = 600.0
"""A shorter run is read through; in a longer one only so many places (seconds) are."""
PLACES = 120


@dataclass(frozen=True, slots=True)
class Thumb:
    """A person cut out of a frame. what: "entry", "anchor", NUMBER, OTHER_NUMBER or KIT, and then
    `person` is the kit. frame: from 1.
    box: pixels, of a number that of the upper body. note: what was read there."""

    person: int
    what: str
    frame: int
    box: tuple[float, float, float, float]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Tile:
    """A part of a frame with the box of a question drawn, pixels. side_px: of the square around
    centre.
    """

    item: int
    frame: int
    centre: tuple[float, float]
    side_px: float
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class ThumbnailPlan:
    """left_out: thumbnails that would have taken too many places of a long video."""

    tiles: list[Tile]
    thumbs: list[Thumb]
    left_out: int


def plan_thumbnails(
    rows: RowArrays,
    track_index: TrackIndex,
    people: Sequence[ReportPerson],
    items: Sequence[ReviewItem],
    shirts: Sequence[Sequence[ShirtPicture]] = (),
) -> ThumbnailPlan:
    """The strips first, then the thumbnails, where possible in seconds that are read anyway.

    shirts: of each of the people; empty where no numbers were read."""
    tiles = [
        tile for n, item in enumerate(items[:STRIPS]) for tile in _strip(rows, track_index, n, item)
    ]
    wants = [
        want
        for n, person in enumerate(people)
        for what, want in _wants(rows, person, n)
        if len(want.rows)
    ]
    long = _long(rows)
    wants += [_shirt(n, shirt, long) for n, mine in enumerate(shirts) for shirt in mine]
    seconds = [np.unique(_second(rows, want.rows)) for want in wants]
    read = {int(s) for s in np.floor([rows.time_s(t.frame) for t in tiles])}
    chosen = choose_places(seconds, read, max(PLACES - len(read), 0) if long else None)
    thumbs = [
        _thumb(rows, want, second)
        for want, second in zip(wants, chosen, strict=True)
        if second is not None
    ]
    # one a second: entries stand before anchors, and shirts for themselves
    once = {(t.person, t.note, int(rows.time_s(t.frame))): t for t in reversed(thumbs)}
    ordered = sorted(once.values(), key=lambda t: (t.person, t.frame))
    return ThumbnailPlan(tiles, ordered, chosen.count(None))


@dataclass(frozen=True, slots=True, eq=False)
class _Want:
    """One of these rows of a person is to be shown. notes: what stands under each of them, where
    they are shirts, the clearest first."""

    person: int
    what: str
    rows: Ints
    notes: tuple[str, ...] = ()


def _shirt(person: int, shirt: ShirtPicture, long: bool) -> _Want:
    """The clearest; in a long run one of the clear ones, in a second that is read anyway."""
    what, count = OTHER_NUMBER if shirt.wrong else NUMBER, len(shirt.rows) if long else 1
    return _Want(person, what, np.array(shirt.rows[:count], np.int64), shirt.reads[:count])


def _wants(rows: RowArrays, person: ReportPerson, n: int) -> list[tuple[str, _Want]]:
    longest = np.argsort(-np.array(person.away_s), kind="stable")[:_ENTRIES]
    seen = person.rows[rows.visibility[person.rows] == Visibility.VISIBLE]
    times = rows.times_s[rows.place[seen]]
    found = []
    for entry in np.sort(person.entries[longest]).tolist():
        begin = rows.times_s[rows.place[entry]]
        low, high = np.searchsorted(times, [begin, begin + _ENTRY_WITHIN_S]).tolist()
        found.append(("entry", _Want(n, "entry", seen[low:high])))
    sure = person.anchors[rows.visibility[person.anchors] == Visibility.VISIBLE]
    if not len(sure) and person.track is None:  # the offline pass marks no anchors
        sure = seen[rows.sure[seen] >= _SURE]
    found += [("anchor", _Want(n, "anchor", part)) for part in np.array_split(sure, _ANCHORS)]
    return found


def _second(rows: RowArrays, which: Ints) -> Ints:
    seconds: Ints = np.floor(rows.times_s[rows.place[which]]).astype(np.int64)
    return seconds


def choose_places(seconds: list[Ints], read: set[int], most: int | None) -> list[int | None]:
    """For every want one of its seconds, so that all together are few; None: one too many."""
    chosen: list[int | None] = [
        next((s for s in own.tolist() if s in read), None) for own in seconds
    ]
    askers: dict[int, set[int]] = defaultdict(set)
    for n, own in enumerate(seconds):
        if chosen[n] is None:
            for second in own.tolist():
                askers[second].add(n)
    taken = 0
    while askers and (most is None or taken < most):
        best = min(askers, key=lambda s: (-len(askers[s]), s))
        served = askers.pop(best)
        if not served:
            break
        taken += 1
        for n in sorted(served):
            chosen[n] = best
            for second in seconds[n].tolist():
                if second in askers:
                    askers[second].discard(n)
    return chosen


def _thumb(rows: RowArrays, want: _Want, second: int) -> Thumb:
    """The largest box of that second: the clearest picture. Of shirts the one read best."""
    places = np.flatnonzero(_second(rows, want.rows) == second)
    here = want.rows[places]
    if want.notes:
        upper = shirt_box(_box(rows.boxes[here[0]]))
        note = want.notes[int(places[0])]
        return Thumb(want.person, want.what, int(rows.frames[here[0]]), upper, note)
    row = int(here[(rows.boxes[here, 3] - rows.boxes[here, 1]).argmax()])
    return Thumb(want.person, want.what, int(rows.frames[row]), _box(rows.boxes[row]))


def shirt_box(box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """The square around the upper body of who is in a box that is looked at to read it, pixels."""
    x1, y1, x2, y2 = box
    side, middle, top = SPAN * (y2 - y1), (x1 + x2) / 2, y1 - ABOVE * (y2 - y1)
    return middle - side / 2, top, middle + side / 2, top + side


def _strip(rows: RowArrays, track_index: TrackIndex, n: int, review_item: ReviewItem) -> list[Tile]:
    """Frames that show who the question is about, over all of it.

    In a long run they lie around one moment: each place is dear to read.
    """
    item = review_item.item
    if _long(rows):
        around = round(_AROUND_S * rows.rate)
        mine = track_index.rows_of(item.track, item.focus - around, item.focus + around)
        shown = _spread(mine[rows.visible[mine]], _TILES_OF_MOMENT)
    else:
        frames = np.array(item.shown)
        mine = track_index.rows_at(np.full(len(frames), item.track), frames)
        shown = _spread(mine, _TILES)
    boxes = rows.boxes[shown]
    side = 2.2 * float((boxes[:, 3] - boxes[:, 1]).max())
    return [
        Tile(
            n,
            int(rows.frames[row]),
            (float(box[0] + box[2]) / 2, float(box[1] + box[3]) / 2),
            side,
            _box(box),
        )
        for row, box in zip(shown.tolist(), boxes, strict=True)
    ]


def _spread(mine: Ints, most: int) -> Ints:
    """Of these, so many at most, evenly."""
    places = np.linspace(0, len(mine) - 1, min(most, len(mine))).round().astype(np.int64)
    spread: Ints = mine[places]
    return spread


def _long(rows: RowArrays) -> bool:
    return bool(rows.times_s[-1] - rows.times_s[0] > SHORT_S)


def _box(values: Floats) -> tuple[float, float, float, float]:
    x1, y1, x2, y2 = values.tolist()
    return x1, y1, x2, y2
