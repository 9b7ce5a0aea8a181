"""Why a box does not wear the right name: every box of a player or a stranger, by cause.

A path is judged by the people it lay on and the crops it bore, which only the simulation knows.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from tracker.evaluation.boxes import Boxes
from tracker.types import Ints

from .detector import NOT_TRUE, Found
from .followers import Named
from .looks import NO_CROP, Embeddings
from .truth import Clip

TOUCH_S = 0.2
"""A path that lies on another person this soon after the first was taken over in contact."""
NOBODY = -1
SAME_BOX_PX = 0.5
GROUPS = ("players", "strangers", "false boxes")

RIGHT = "right"
OVERLOOKED = "overlooked by the detector"
DROPPED = "found, but on no confirmed path"
NO_CROPS = "unnamed: the path has no crop"
ONE_CROP = "unnamed: the path has one crop"
AGREED = "unnamed: several crops, all alike"
DISAGREED = "unnamed: several crops that disagree"
LATER = "unnamed: the path gets a name later"
TAKEN = "unnamed: the path's later name is on another box"
GIVEN_UP = "unnamed: the path had a name before"
WRONG_CROPS = "wrong name: by wrong crops alone"
NO_SUPPORT = "wrong name: no crop of the path looks like it"
CARRIED = "wrong name: carried over in contact"
CARRIED_GAP = "wrong name: carried over after a gap"
CONTRADICTED = ", against later crops"
BEFORE = "wrong name: the path comes to that player later"
RIGHTLY_UNNAMED = "rightly unnamed"


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """The boxes of one path in time, (N,) each, players as indices into the roster.

    true: who is there, NOBODY for strangers and false boxes. names: the name given, or NOBODY.
    shows: as `Looks.shows`. elsewhere: per box, the names on the other boxes of its frame.
    """

    frames: Ints
    true: Ints
    names: Ints
    shows: Ints
    elsewhere: list[set[int]]


def causes(clip: Clip, found: Found, looks: Embeddings, named: Named) -> dict[str, Counter[str]]:
    """Boxes by cause, for each of GROUPS."""
    at = source_rows(found, named.boxes, clip.frames)
    rows = np.append(found.rows, NOT_TRUE)[at]
    roster = {name: i for i, name in enumerate(clip.roster)} | {"": NOBODY}
    true = np.array([roster[n] for n in clip.truth.names], np.int64)
    true = np.where(rows != NOT_TRUE, true[rows], NOBODY)
    group = np.where(rows == NOT_TRUE, 2, np.where(true == NOBODY, 1, 0))
    names = np.array([roster[n] for n in named.boxes.names], np.int64)
    shows = np.append(looks.shows, NO_CROP)[at]
    elsewhere = _elsewhere(named.boxes, names, clip.frames)
    counts: dict[str, Counter[str]] = {g: Counter() for g in GROUPS}
    for track in np.unique(named.tracks).tolist():
        mine = np.flatnonzero(named.tracks == track)
        others = [elsewhere[i] for i in mine.tolist()]
        path = Path(named.boxes.frames[mine], true[mine], names[mine], shows[mine], others)
        for i, which in enumerate(group[mine].tolist()):
            counts[GROUPS[which]][cause(path, i, clip.fps)] += 1
    _add_missing(counts, clip, found, at)
    return counts


def source_rows(found: Found, boxes: Boxes, frames: int) -> Ints:
    """(M,) the found box that each box of a result is, or -1."""
    source = np.full(len(boxes), -1)
    for f, r in zip(found.by_frame(frames), boxes.by_frame(1, frames), strict=True):
        if f.stop > f.start and r.stop > r.start:
            away = np.abs(boxes.corners[r][:, None] - found.boxes[f][None]).max(axis=2)
            near = f.start + away.argmin(axis=1)
            source[r] = np.where(away.min(axis=1) < SAME_BOX_PX, near, -1)
    return source


def _elsewhere(boxes: Boxes, names: Ints, frames: int) -> list[set[int]]:
    """For each box the names on the other boxes of its frame."""
    found: list[set[int]] = []
    for rows in boxes.by_frame(1, frames):
        here = names[rows].tolist()
        found += [set(here[:i] + here[i + 1 :]) for i in range(len(here))]
    return found


def _add_missing(counts: dict[str, Counter[str]], clip: Clip, found: Found, at: Ints) -> None:
    """The boxes that no path bears."""
    shown = np.zeros(len(found) + 1, bool)
    shown[at] = True
    dropped = found.rows[(found.rows != NOT_TRUE) & ~shown[:-1]]
    overlooked = np.setdiff1d(np.flatnonzero(~clip.hidden), found.rows)
    for why, rows in ((DROPPED, dropped), (OVERLOOKED, overlooked)):
        player = clip.truth.names[rows] != ""
        counts["players"][why] += int(player.sum())
        counts["strangers"][why] += int((~player).sum())


def cause(path: Path, i: int, fps: float) -> str:
    """Of box i of a path."""
    name = int(path.names[i])
    if name == path.true[i]:
        return RIGHT if name != NOBODY else RIGHTLY_UNNAMED
    return _why_unnamed(path, i) if name == NOBODY else _why_wrong(path, i, name, fps)


def _why_unnamed(path: Path, i: int) -> str:
    later = path.names[i:][path.names[i:] != NOBODY]
    if len(later):
        return TAKEN if int(later[0]) in path.elsewhere[i] else LATER
    if (path.names[:i] != NOBODY).any():
        return GIVEN_UP
    crops = path.shows[path.shows != NO_CROP]
    if len(crops) < 2:
        return (NO_CROPS, ONE_CROP)[len(crops)]
    return AGREED if (crops == crops[0]).all() else DISAGREED


def _why_wrong(path: Path, i: int, name: int, fps: float) -> str:
    """A name was the track's own once if it lay on that player and had a crop of them."""
    support = path.shows == name
    if not support.any():
        return NO_SUPPORT
    own = np.flatnonzero(support & (path.true == name))
    if not len(own):
        return WRONG_CROPS
    if own[0] > i:
        return BEFORE
    left = int(np.flatnonzero(path.true[:i] == name)[-1])
    gap_s = (path.frames[left + 1] - path.frames[left]) / fps
    since = path.shows[left + 1 : i + 1]
    against = bool(((since != NO_CROP) & (since != name)).any())
    return (CARRIED if gap_s <= TOUCH_S else CARRIED_GAP) + CONTRADICTED * against
