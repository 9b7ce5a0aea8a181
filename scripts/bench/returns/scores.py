"""Who a person is taken for when they are back, gap by gap.

They had an id in the last frame before the gap and have one in the last frame of their first second
in view after it: the same, a new one (nobody bore it before the gap began), an older one of their
own, another's, or none (no box). A box lies on a person by a one-to-one match at IoU 0.5. Who bore
no id before, is not the same afterwards. Names are asked of players only, in the same two frames.

A gap is anchored when a crop of the player falls into that first second, be it a wrong one. It is
anchored on both sides when all crops there look like them and one that did fell into the time
before the gap: only then can anybody know at that time that they are back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypedDict

import numpy as np
from gaps.scores import NOBODY, partners
from identity.detector import Found
from identity.looks import NO_CROP, Embeddings
from identity.truth import Clip, name_of

from tracker.evaluation.boxes import Boxes

from .worlds import Gap, view_frames

BINS_S = ((0.2, 0.6), (0.6, 1.8), (1.8, 3.6), (3.6, 10.0), (10.0, 20.0))
SAME, NEW, OLDER, ANOTHER, NONE = "same", "new", "older", "another", "none"
BECAME = (NEW, OLDER, ANOTHER, NONE)


@dataclass(frozen=True, slots=True)
class Return:
    """One gap. name: the player's, or "" for a stranger. became: SAME or one of BECAME.

    names: before and after; None of who gives no names. crops, right: crops in the second after it,
    and those that look like them. known: one before it did.
    """

    gap: Gap
    seconds: float
    name: str
    ids: tuple[int, int]
    became: str
    names: tuple[str, str] | None
    crops: int
    right: int
    known: bool

    @property
    def anchored(self) -> bool:
        return self.name != "" and self.crops > 0

    @property
    def both_sides(self) -> bool:
        return self.anchored and self.known and self.right == self.crops


def returns(
    clip: Clip, gaps: Sequence[Gap], found: Found, looks: Embeddings, result: Boxes, named: bool
) -> list[Return]:
    """Every gap of a clip, as `result` (which may be named) comes out of it."""
    seen = clip.seen
    partner = partners(seen, result, clip.frames)
    keys = zip(seen.ids.tolist(), seen.frames.tolist(), strict=True)
    at = dict(zip(keys, partner.tolist(), strict=True))
    begun, bore = first_frames(result), _first_borne(at, result)
    view = view_frames(clip.fps)
    done = []
    for gap in gaps:
        rows = [at.get((gap.person, f), NOBODY) for f in (gap.first - 1, gap.last + view)]
        before, after = (int(result.ids[row]) if row != NOBODY else NOBODY for row in rows)
        names = [str(result.names[row]) if row != NOBODY else "" for row in rows] if named else []
        one = Return(
            gap=gap,
            seconds=gap.seconds(clip.fps),
            name=name_of(gap.person) if gap.person in clip.players else "",
            ids=(before, after),
            became=_became(
                before,
                after,
                begun.get(after, 0) >= gap.first,
                bore.get((gap.person, after), gap.first) < gap.first,
            ),
            names=(names[0], names[1]) if named else None,
            **_crops(clip, gap, found, looks),
        )
        done.append(one)
    return done


class _Crops(TypedDict):
    crops: int
    right: int
    known: bool


def _crops(clip: Clip, gap: Gap, found: Found, looks: Embeddings) -> _Crops:
    own = clip.players.index(gap.person) if gap.person in clip.players else len(clip.players)
    theirs = (clip.truth.ids[found.rows] == gap.person) & (looks.shows != NO_CROP)
    soon = (found.frames > gap.last) & (found.frames <= gap.last + view_frames(clip.fps))
    shows = looks.shows[theirs & soon]
    earlier = looks.shows[theirs & (found.frames < gap.first)]
    return _Crops(
        crops=len(shows), right=int((shows == own).sum()), known=bool((earlier == own).any())
    )


def first_frames(result: Boxes) -> dict[int, int]:
    """Id to the first frame in which it is borne."""
    order = np.argsort(result.frames, kind="stable")
    ids, first = np.unique(result.ids[order], return_index=True)
    return dict(zip(ids.tolist(), result.frames[order][first].tolist(), strict=True))


def _first_borne(at: dict[tuple[int, int], int], result: Boxes) -> dict[tuple[int, int], int]:
    """(person, id) to the first frame in which they bear it. at: (person, frame) to row."""
    found: dict[tuple[int, int], int] = {}
    for (person, frame), row in at.items():
        if row != NOBODY:
            key = person, int(result.ids[row])
            found[key] = min(frame, found.get(key, frame))
    return found


def _became(before: int, after: int, is_new: bool, is_own: bool) -> str:
    if after == NOBODY:
        return NONE
    if after == before:
        return SAME
    if is_new:
        return NEW
    return OLDER if is_own else ANOTHER


def within(all_: Sequence[Return]) -> Iterator[tuple[str, list[Return]]]:
    """The gaps of every bin of lengths that has any, and of all."""
    for low, high in BINS_S:
        # a length is rounded to frames, so that the ends may be passed by half of one
        last, earliest = high == BINS_S[-1][1], low == BINS_S[0][0]
        here = [r for r in all_ if (earliest or r.seconds >= low) and (last or r.seconds < high)]
        if here:
            yield f"{low:g}-{high:g} s", here
    yield "all", list(all_)


def summary(some: Sequence[Return]) -> dict[str, float | int | None]:
    """The table's columns of some gaps. Shares in [0, 1]; None where nothing is counted."""
    players = [r for r in some if r.name]
    anchored = [r for r in some if r.anchored]
    both = [r for r in some if r.both_sides]
    row: dict[str, float | int | None] = {
        "gaps": len(some),
        "same id": _share([r.became == SAME for r in some]),
        "same name": _share([_same_name(r) for r in players if r.names]),
        "right name": _share([r.names[1] == r.name for r in players if r.names]),
    }
    for what, those in (("anchored", anchored), ("both sides", both)):
        row[what] = len(those)
        row[f"same id, {what}"] = _share([r.became == SAME for r in those])
        row[f"same name, {what}"] = _share([_same_name(r) for r in those if r.names])
        row[f"right name, {what}"] = _share([r.names[1] == r.name for r in those if r.names])
        for became in BECAME:
            row[f"{became} id, {what}"] = sum(r.became == became for r in those)
    return row


def _same_name(one: Return) -> bool:
    return one.names is not None and one.names[0] != "" and one.names[0] == one.names[1]


def _share(hits: Sequence[bool]) -> float | None:
    return sum(hits) / len(hits) if hits else None
