"""Which moments of a clip are worth cutting, and which of the crops become pictures.

Moments are spread over time; near each a few boxes are cut and the sharpest stays. What is blurred
beside a person's other crops, or nearly a copy of a sharper one, goes, as long as enough is left.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gallery.annotations.boxes import TruthBoxes
from gallery.image_quality import ALIKE_LEVELS, Thumbnail, differences, sharpness, thumbnail
from gallery.images import Picture
from gallery.write import Crop, encode_jpeg

TRIES = 3
"""Candidates that are cut for each picture wanted."""
BLURRED_SHARE = 0.4
"""A crop is blurred with less than this share of the median sharpness of a person's crops."""
BLURRED, ALIKE = "blurred", "too similar"


@dataclass(frozen=True, slots=True)
class CropWish:
    """A box worth cutting: the row of the truth, who it is, and for which of their pictures."""

    row: int
    name: str
    slot: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A crop that may become a picture."""

    crop: Crop
    slot: int
    thumbnail: Thumbnail


def wishes(name: str, clean: list[int], truth: TruthBoxes, per_player: int) -> Iterator[CropWish]:
    """Candidates as far from one another in time as can be: each moment the farthest from the
    earlier ones (Gonzalez 1985), with the clean boxes nearest to it."""
    times = truth.frames[clean].astype(np.float64)
    slots = [0]
    distance = np.abs(times - times[0])
    while len(slots) < min(per_player, len(times)):
        slots.append(int(distance.argmax()))
        distance = np.minimum(distance, np.abs(times - times[slots[-1]]))
    centres = np.unique(times[slots])
    owner = np.searchsorted((centres[1:] + centres[:-1]) / 2, times)
    for slot, centre in enumerate(centres):
        mine = np.flatnonzero(owner == slot)
        nearest = mine[np.argsort(np.abs(times[mine] - centre), kind="stable")[:TRIES]]
        yield from (CropWish(clean[i], name, slot) for i in nearest)


def cut(
    stream: Iterable[tuple[int, Picture | None]], truth: TruthBoxes, wanted: Sequence[CropWish]
) -> dict[str, list[Candidate]]:
    """The crops by name. Holds one picture at a time, and the crops as files."""
    by_frame: dict[int, list[CropWish]] = {}
    for wish in wanted:
        by_frame.setdefault(int(truth.frames[wish.row]), []).append(wish)
    last = max(by_frame, default=0)
    found: dict[str, list[Candidate]] = {}
    for frame, picture in stream:
        if frame > last:
            break
        if picture is None:
            continue
        for wish in by_frame.get(frame, []):
            seen = crop_of(picture, truth.boxes[wish.row])
            if seen.size:
                new_crop = Crop(sharpness(seen), frame, int(truth.ids[wish.row]), encode_jpeg(seen))
                found.setdefault(wish.name, []).append(
                    Candidate(new_crop, wish.slot, thumbnail(seen))
                )
    return found


def crop_of(picture: Picture, box: NDArray[np.float64]) -> Picture:
    """The part of a picture inside a box `x1 y1 x2 y2`; of zero area where that is outside."""
    height, width = picture.shape[:2]
    x1, y1, x2, y2 = np.clip(np.round(box), 0, [width, height, width, height]).astype(int)
    return picture[y1:y2, x1:x2]


def choose(candidates: Sequence[Candidate], enough: int) -> tuple[list[Crop], Counter[str]]:
    """One crop per slot at most, in order of time, and how many were left out for which reason.

    enough: down to so many, blurred crops and near copies are dropped.
    """
    best: dict[int, Candidate] = {}
    for candidate in candidates:
        kept = best.get(candidate.slot)
        if kept is None or candidate.crop.sharpness > kept.crop.sharpness:
            best[candidate.slot] = candidate
    limit = BLURRED_SHARE * float(np.median([c.crop.sharpness for c in candidates] or [0]))
    chosen: list[Candidate] = []
    dropped: list[tuple[str, Candidate]] = []
    for best_of_slot in sorted(best.values(), key=lambda c: (-c.crop.sharpness, c.slot)):
        alike = differences(best_of_slot.thumbnail, [c.thumbnail for c in chosen]) < ALIKE_LEVELS
        why = BLURRED if best_of_slot.crop.sharpness < limit else ALIKE if alike.any() else ""
        if why:
            dropped.append((why, best_of_slot))
        else:
            chosen.append(best_of_slot)
    back = max(enough - len(chosen), 0)
    dropped.sort(key=lambda d: d[0] == BLURRED)  # copies are better than nothing, blur is worse
    chosen += [best_of_slot for _, best_of_slot in dropped[:back]]
    chosen.sort(key=lambda c: c.slot)
    return [c.crop for c in chosen], Counter(why for why, _ in dropped[back:])
