"""Names that go from one person to another, and names that are lost and found: what a viewer sees.

A name at a loose box flickers for a frame or two; nobody who watches calls that a trade. So a name
*holds* a person where it stands on them for half a second without another name, or none, on a box
of theirs in between; frames without a box of theirs neither count nor break it. What is shorter is
left out, and the holds around it are joined where they are the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tracker.evaluation.boxes import Boxes
from tracker.types import Ints

HOLDS_S = 0.5
"""A name that stands for less is a flicker."""
NEAR_S = 1.0
"""Who is seen this long before or after is in view; so near are the two halves of one trade."""


@dataclass(frozen=True, slots=True)
class NameChanges:
    """trades: of names between two people. lost, found: holds that end, begin, in no name."""

    trades: int
    lost: int
    found: int


@dataclass(frozen=True, slots=True)
class _Hold:
    """A name, or "" for none, on a person from the first frame to the last in which it stood."""

    person: str
    name: str
    first: int
    last: int


def count_changes(truth: Boxes, result: Boxes, pair: Ints, fps: float) -> NameChanges:
    """pair: (N,) the result's box on each box of the truth, -1 where there is none."""
    people = np.array(
        [name or f"id {i}" for i, name in zip(truth.ids.tolist(), truth.names, strict=True)], object
    )
    worn = np.full(len(truth), None, object)
    worn[pair >= 0] = result.names[pair[pair >= 0]]
    fewest = max(round(HOLDS_S * fps), 1)
    holds: dict[str, list[_Hold]] = {}
    seen: dict[str, Ints] = {}
    for person in sorted(set(people)):
        mine = np.flatnonzero(people == person)
        mine = mine[np.argsort(truth.frames[mine], kind="stable")]
        seen[person] = truth.frames[mine]
        there = mine[np.array([w is not None for w in worn[mine]], bool)]
        holds[person] = list(_holds(person, truth.frames[there], worn[there], fewest))
    changes = [(a, b) for own in holds.values() for a, b in pairwise(own)]
    return NameChanges(
        trades=_count_swaps([h for own in holds.values() for h in own], seen, NEAR_S * fps),
        lost=sum(b.name == "" for _, b in changes),
        found=sum(a.name == "" for a, _ in changes),
    )


def _holds(person: str, frames: Ints, names: NDArray[np.object_], fewest: int) -> Iterator[_Hold]:
    """fewest: frames that a name must stand."""
    if not len(frames):
        return
    starts = np.flatnonzero(np.append(True, names[1:] != names[:-1]))
    ends = np.append(starts[1:], len(frames))
    last: _Hold | None = None
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        if end - start < fewest:
            continue
        name, first, final = names[start], int(frames[start]), int(frames[end - 1])
        if last is not None and last.name == name:
            last = _Hold(person, name, last.first, final)
            continue
        if last is not None:
            yield last
        last = _Hold(person, name, first, final)
    if last is not None:
        yield last


def _count_swaps(holds: list[_Hold], seen: dict[str, Ints], near: float) -> int:
    """A name comes to hold somebody else, and whom it held is still in view.

    That it goes one way and another comes back, within `near` frames, is one trade.
    """
    by_name: dict[str, list[_Hold]] = defaultdict(list)
    for hold in sorted(holds, key=lambda h: (h.first, h.person)):
        if hold.name:
            by_name[hold.name].append(hold)
    moves: dict[tuple[str, str], list[tuple[int, str]]] = defaultdict(list)
    for own in by_name.values():
        for before, after in pairwise(own):
            if before.person == after.person or not _in_view(
                seen[before.person], after.first, near
            ):
                continue
            both = sorted((before.person, after.person))
            moves[both[0], both[1]].append((after.first, after.person))
    return sum(_joined(sorted(moves_of), near) for moves_of in moves.values())


def _in_view(frames: Ints, at: int, near: float) -> bool:
    return bool((np.abs(frames - at) <= near).any())


def _joined(moves: list[tuple[int, str]], near: float) -> int:
    """Moves between two people, (frame, to whom), in order of time: there and back is one."""
    unpaired: list[tuple[int, str]] = []
    swaps = 0
    for frame, to in moves:
        match = next((m for m in unpaired if m[1] != to and frame - m[0] <= near), None)
        if match is not None:
            unpaired.remove(match)
            continue
        swaps += 1
        unpaired.append((frame, to))
    return swaps
