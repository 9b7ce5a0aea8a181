"""Why a box does not wear the right name: every box of a player or a stranger, by cause.

A path is judged by the people it lay on and the crops it bore, which only the simulation knows.
A path *moves over* when it lies on another person than when it was last seen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tracker.evaluate.boxes import Boxes
from tracker.records import Ints

from .detector import NOT_TRUE, Found
from .followers import Named
from .looks import NO_CROP, Looks
from .truth import Clip

TOUCH_S = 0.2
"""A path that moves over within this was stolen in contact; otherwise after a gap."""
NOBODY = -1

RIGHT = "right"
OVERLOOKED = "overlooked by the detector"
DROPPED = "found, but on no confirmed path"
NO_CROPS = "unnamed: the path has no crop"
ONE_CROP = "unnamed: one crop, never named"
MORE_CROPS = "unnamed: two or more crops, never named"
GIVEN_UP = "unnamed: the name was given up"
TAKEN = "unnamed: another path bears the name it gets later"
WRONG_CROPS = "wrong name: by wrong crops alone"
NO_SUPPORT = "wrong name: no crop of the path looks like it"
CARRIED = "wrong name: carried over in contact"
CARRIED_GAP = "wrong name: carried over after a gap"
CONTRADICTED = ", against later crops"
BEFORE = "wrong name: written back over a change of person"
RIGHT_UNNAMED = "rightly unnamed"
FALSE_NAMED = "false box with a name"


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """One path: its boxes in time. frames, people (NOBODY: a false box), names (index, -1), shows
    (crops, NO_CROP: none): (N,) each."""

    frames: Ints
    people: Ints
    names: Ints
    shows: Ints


def causes(clip: Clip, found: Found, looks: Looks, named: Named) -> dict[str, Counter[str]]:
    """Boxes by cause, for players, strangers and false boxes."""
    place = {person: i for i, person in enumerate(clip.players)}
    at = source_rows(found, named.boxes, clip.frames)
    rows = np.where(at >= 0, np.append(found.rows, NOT_TRUE)[at], NOT_TRUE)
    people = np.where(rows != NOT_TRUE, clip.truth.ids[rows], NOBODY)
    shows = np.append(looks.shows, NO_CROP)[at]
    roster = {name: i for i, name in enumerate(clip.roster)}
    names = np.array([roster.get(n, NOBODY) for n in named.boxes.names], np.int64)
    counts: dict[str, Counter[str]] = {k: Counter() for k in ("players", "strangers", "false")}
    for track in np.unique(named.tracks).tolist():
        mine = np.flatnonzero(named.tracks == track)
        path = Path(named.boxes.frames[mine], people[mine], names[mine], shows[mine])
        for i, person in enumerate(path.people.tolist()):
            if person == NOBODY:
                counts["false"][FALSE_NAMED] += int(path.names[i] != NOBODY)
            else:
                group = "players" if person in place else "strangers"
                counts[group][_cause(path, i, place, clip.fps)] += 1
    _add_missing(counts, clip, found, at)
    return counts


def source_rows(found: Found, boxes: Boxes, frames: int) -> Ints:
    """(M,) the found box that each box of a result is, or -1."""
    source = np.full(len(boxes), -1)
    for f, r in zip(found.by_frame(frames), boxes.by_frame(1, frames), strict=True):
        if f.stop > f.start and r.stop > r.start:
            away = np.abs(boxes.corners[r][:, None] - found.boxes[f][None]).max(axis=2)
            near = away.argmin(axis=1)
            source[r] = np.where(away.min(axis=1) < 0.5, f.start + near, -1)
    return source


def _add_missing(counts: dict[str, Counter[str]], clip: Clip, found: Found, at: Ints) -> None:
    """The boxes that no path bears."""
    shown = np.zeros(len(found) + 1, bool)
    shown[at] = True
    true = found.rows != NOT_TRUE
    dropped = found.rows[true & ~shown[:-1]]
    overlooked = np.setdiff1d(np.flatnonzero(~clip.hidden), found.rows)
    for why, rows in ((DROPPED, dropped), (OVERLOOKED, overlooked)):
        player = clip.truth.names[rows] != ""
        counts["players"][why] += int(player.sum())
        counts["strangers"][why] += int((~player).sum())


def _cause(path: Path, i: int, place: Mapping[int, int], fps: float) -> str:
    own = place.get(int(path.people[i]), NOBODY)
    name = int(path.names[i])
    if name == own:
        return RIGHT if name != NOBODY else RIGHT_UNNAMED
    return _why_unnamed(path, i) if name == NOBODY else _why_wrong(path, i, name, place, fps)


def _why_unnamed(path: Path, i: int) -> str:
    if (path.names[i:] != NOBODY).any():
        return TAKEN
    if (path.names[:i] != NOBODY).any():
        return GIVEN_UP
    crops = int((path.shows != NO_CROP).sum())
    return (NO_CROPS, ONE_CROP, MORE_CROPS)[min(crops, 2)]


def _why_wrong(path: Path, i: int, name: int, place: Mapping[int, int], fps: float) -> str:
    """The name is somebody's own if the path once lay on him and had a crop of him then."""
    true = np.array([place.get(p, NOBODY) for p in path.people.tolist()])
    support = path.shows == name
    if not support.any():
        return NO_SUPPORT
    real = np.flatnonzero(support & (true == name))
    if not len(real):
        return WRONG_CROPS
    if real[0] > i:
        return BEFORE
    left = int(np.flatnonzero(true[:i] == name)[-1])
    gap_s = (path.frames[left + 1] - path.frames[left]) / fps
    since = path.shows[left + 1 : i + 1]
    against = ((since != NO_CROP) & (since != name)).any()
    return (CARRIED if gap_s <= TOUCH_S else CARRIED_GAP) + CONTRADICTED * bool(against)
