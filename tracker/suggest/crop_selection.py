"""Which crops of ambiguous matches to show: clean, varied, a few of each track and player."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gallery.annotations.boxes import TruthBoxes
from gallery.crop_selection import CropWish, choose, cut, wishes
from tracker.output.table import BOX
from tracker.suggest.ambiguity import AmbiguousStretch
from tracker.types import Ints, Visibility

if TYPE_CHECKING:
    from tracker.types import Image
    from tracker.video.source import Source

PER_TRACK = 3
"""So many crops of one uncertain stretch at most."""
_APART_S = 0.6
"""Crops of one uncertain stretch are so far apart, or they would be the same picture."""
_NEAR_FRAMES = 250
"""Frames farther apart than this are sought anew instead of being read through."""


@dataclass(frozen=True, slots=True)
class SuggestedCrop:
    """A crop and why it is worth looking at. frame: from 1. jpeg: the file's content."""

    stretch: AmbiguousStretch
    frame: int
    jpeg: bytes


def pick(
    stretches: Sequence[AmbiguousStretch],
    rows: pd.DataFrame,
    source: Source,
    count: int,
    per_player: int,
) -> list[SuggestedCrop]:
    """At most `count` crops, of the first ambiguous matches first; a third of them at most of
    nobody.

    rows: of tracks.csv. Boxes of all others say who is covered.
    """
    truth, place = boxes_of(rows)
    clean = truth.clean(source.width, source.height)
    wanted: dict[str, list[CropWish]] = {}
    for number, stretch in enumerate(stretches):
        good = [place[row] for row in stretch.rows.tolist() if clean[place[row]]]
        if good:
            share = picture_count(good, truth, source.fps, PER_TRACK)
            wanted[str(number)] = list(wishes(str(number), good, truth, share))
    chosen_numbers = _fair(stretches, [int(key) for key in wanted], count, per_player)
    chosen = [wish for number in chosen_numbers for wish in wanted[str(number)]]
    frames = sorted({int(truth.frames[wish.row]) for wish in chosen})
    found = cut(pictures_at(source, frames), truth, chosen)
    result: list[SuggestedCrop] = []
    for number in chosen_numbers:
        crops, _ = choose(found.get(str(number), []), 1)
        result += [SuggestedCrop(stretches[number], crop.frame, crop.jpeg) for crop in crops]
    return result[:count]


def _fair(
    stretches: Sequence[AmbiguousStretch], able: list[int], count: int, per_player: int
) -> list[int]:
    """Ambiguous matches to show: `per_player` crops of a player at most, a third for unknown."""
    nameless = sum(not stretches[number].player for number in able)
    for_unknown = min(count // 3, PER_TRACK * nameless)
    room = {True: count - for_unknown, False: for_unknown}
    taken: dict[str, int] = {}
    chosen = []
    for number in able:
        player = stretches[number].player
        if room[bool(player)] > 0 and (not player or taken.get(player, 0) < per_player):
            taken[player] = taken.get(player, 0) + PER_TRACK
            room[bool(player)] -= PER_TRACK
            chosen.append(number)
    return chosen


def picture_count(good: Sequence[int] | Ints, truth: TruthBoxes, fps: float, most: int) -> int:
    """How many different pictures the clean boxes `good` of one track are worth."""
    span = int(truth.frames[good[-1]] - truth.frames[good[0]])
    return min(most, 1 + int(span / (_APART_S * fps)))


def boxes_of(rows: pd.DataFrame) -> tuple[TruthBoxes, dict[int, int]]:
    """All boxes, those of the hidden too; and the place in them of each row of the table."""
    boxed = rows[rows["visibility"] != Visibility.ABSENT.label]
    boxed = boxed.sort_values(["frame", "track_id"], kind="stable")
    truth = TruthBoxes(
        "tracks.csv",
        boxed["frame"].to_numpy(np.int64),
        boxed["track_id"].to_numpy(np.int64),
        boxed[BOX].to_numpy(np.float64),
    )
    return truth, {int(row): n for n, row in enumerate(boxed.index)}


def pictures_at(source: Source, frames: Sequence[int]) -> Iterator[tuple[int, Image | None]]:
    """(frame from 1, picture) of these frames and of some between them."""
    for first, last in _stretches(frames):
        yield from ((f.index + 1, f.image) for f in source.frames(first - 1, last))


def _stretches(frames: Iterable[int]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for frame in frames:
        if found and frame - found[-1][1] <= _NEAR_FRAMES:
            found[-1] = (found[-1][0], frame)
        else:
            found.append((frame, frame))
    return found
