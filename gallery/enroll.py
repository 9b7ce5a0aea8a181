"""Cut a gallery out of a clip whose people are known.

Which boxes show a person well is decided from the boxes alone; the pictures then stream by once,
and of a few candidates per stretch of time the sharpest stays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from gallery.names import BALL, EnrollError, Name, read_names
from gallery.output import Crop, check_output, encode_jpeg, write_gallery
from gallery.pictures import Picture
from gallery.roster import natural
from gallery.truth import MIN_HEIGHT_PX, TruthBoxes, read_boxes

__all__ = ["CutReport", "EnrollError", "Name", "cut_gallery", "read_boxes", "read_names"]

TRIES = 3
"""Candidates that are cut for each picture wanted."""
_COMMON_SIZE = (64, 128)  # width, height at which sharpness is compared


@dataclass(frozen=True, slots=True)
class CutReport:
    """cut: (name, pictures) of each folder made. skipped: (name, why) of everybody else."""

    out: Path
    cut: tuple[tuple[str, int], ...]
    skipped: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        width = max(len(name) for name, _ in (*self.cut, *self.skipped))
        lines = [f"{len(self.cut)} people cut into {self.out}:"]
        lines += [f"  {name:<{width}}  {count} pictures" for name, count in self.cut]
        lines += ["left out:"] if self.skipped else []
        lines += [f"  {name:<{width}}  {why}" for name, why in self.skipped]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class _Wish:
    """A box worth cutting: the row of the truth, who it is, and for which of his pictures."""

    row: int
    name: str
    slot: int


def cut_gallery(
    pictures: Iterable[tuple[int, Picture | None]],
    boxes: TruthBoxes,
    names: Mapping[int, Name],
    out: Path,
    *,
    per_player: int = 12,
    min_pictures: int = 4,
    frames: tuple[int, int | None] = (1, None),
    source_name: str = "clip",
    overwrite: bool = False,
) -> CutReport:
    """Write `out/<player>/<source_name>_<frame>.jpg` and roster.yaml, all of it or nothing.

    pictures: (frame number from 1, (H, W, 3) uint8 BGR), rising. frames: first and last frame to
    use, both included; None: to the end. A person of several ids is one. Referees and names with
    a leading `_` become negatives, the ball is left out. Nobody is cut who has fewer than
    `min_pictures` clean crops.

    Raises EnrollError: `out` exists (with `overwrite`: and is no gallery), no picture, somebody
    twice in one frame, no clean crop of anybody.
    """
    check_output(out, overwrite)
    stream = iter(pictures)
    head = next(stream, None)
    if head is None or head[1] is None or not head[1].size:
        raise EnrollError("no pictures to cut from; give a video or a folder with pictures")
    height, width = head[1].shape[:2]
    balls = [id_ for id_, name in names.items() if name.role == BALL]
    truth = boxes.within(*frames).without(balls)
    people = _people(names)
    rows = _clean_rows(truth, names, width, height)
    many = {name: rows[name] for name in rows if len(rows[name]) >= min_pictures}
    wishes = [w for name, clean in many.items() for w in _wishes(name, clean, truth, per_player)]
    crops = _cut(chain([head], stream), truth, wishes)
    enough = min(min_pictures, per_player)
    kept = {name: crops[name] for name in people if len(crops.get(name, ())) >= enough}
    if not any(not people[name].is_negative for name in kept):
        raise EnrollError(_nobody(rows, truth, min_pictures))
    write_gallery(out, {people[name]: found for name, found in kept.items()}, source_name)
    cut = tuple((name, len(found)) for name, found in kept.items())
    left = {name: person for name, person in people.items() if name not in kept}
    seen = Counter(names[i].shown for i in truth.ids.tolist() if i in names)
    return CutReport(out, cut, tuple(_skipped(left, seen, rows, crops, min_pictures)))


def _people(names: Mapping[int, Name]) -> dict[str, Name]:
    """Everybody but the ball by the name in the gallery, players first."""
    people: dict[str, Name] = {}
    for name in names.values():
        if name.role != BALL:
            people.setdefault(name.shown, name)
    return dict(sorted(people.items(), key=lambda p: (p[1].is_negative, natural(p[0]))))


def _clean_rows(
    truth: TruthBoxes, names: Mapping[int, Name], width: int, height: int
) -> dict[str, list[int]]:
    """Rows of the clean boxes of each person, in order of time."""
    clean = truth.clean(width, height)
    rows: dict[str, list[int]] = {}
    seen: dict[tuple[int, str], int] = {}
    for row, (frame, id_) in enumerate(zip(truth.frames.tolist(), truth.ids.tolist(), strict=True)):
        if id_ not in names:
            continue
        person = names[id_]
        other = seen.setdefault((frame, person.shown), id_)
        if other != id_ and not person.is_negative:
            raise EnrollError(
                f"{truth.source}: frame {frame} shows {person.name} twice (ids {other} and {id_}); "
                "give one of them another name"
            )
        if clean[row]:
            rows.setdefault(person.shown, []).append(row)
    return rows


def _wishes(name: str, clean: list[int], truth: TruthBoxes, per_player: int) -> Iterator[_Wish]:
    """Candidates as far from one another in time as can be: each moment the farthest from the
    earlier ones (Gonzalez 1985), with the clean boxes nearest to it."""
    times = truth.frames[clean].astype(np.float64)
    moments = [0]
    distance = np.abs(times - times[0])
    while len(moments) < min(per_player, len(times)):
        moments.append(int(distance.argmax()))
        distance = np.minimum(distance, np.abs(times - times[moments[-1]]))
    centres = np.unique(times[moments])
    owner = np.searchsorted((centres[1:] + centres[:-1]) / 2, times)
    for slot, centre in enumerate(centres):
        mine = np.flatnonzero(owner == slot)
        nearest = mine[np.argsort(np.abs(times[mine] - centre), kind="stable")[:TRIES]]
        yield from (_Wish(clean[i], name, slot) for i in nearest)


def _cut(
    stream: Iterable[tuple[int, Picture | None]], truth: TruthBoxes, wishes: list[_Wish]
) -> dict[str, list[Crop]]:
    """The sharpest crop of each slot, in order of time. Holds one picture and the crops."""
    by_frame: dict[int, list[_Wish]] = {}
    for wish in wishes:
        by_frame.setdefault(int(truth.frames[wish.row]), []).append(wish)
    last = max(by_frame, default=0)
    best: dict[tuple[str, int], Crop] = {}
    for frame, picture in stream:
        if frame > last:
            break
        if picture is None:
            continue
        for wish in by_frame.get(frame, []):
            crop = _crop(picture, truth.boxes[wish.row])
            sharpness = _sharpness(crop) if crop.size else -1.0
            kept = best.get((wish.name, wish.slot))
            if crop.size and (kept is None or sharpness > kept.sharpness):
                id_ = int(truth.ids[wish.row])
                best[wish.name, wish.slot] = Crop(sharpness, frame, id_, encode_jpeg(crop))
    crops: dict[str, list[Crop]] = {}
    for name, slot in sorted(best):
        crops.setdefault(name, []).append(best[name, slot])
    return crops


def _crop(picture: Picture, box: np.ndarray[Any, np.dtype[np.float64]]) -> Picture:
    height, width = picture.shape[:2]
    x1, y1, x2, y2 = np.clip(np.round(box), 0, [width, height, width, height]).astype(int)
    return picture[y1:y2, x1:x2]


def _sharpness(crop: Picture) -> float:
    """Variance of the Laplacian at one size for all, so that a near player is not the sharper."""
    grey = cv2.cvtColor(cv2.resize(crop, _COMMON_SIZE), cv2.COLOR_BGR2GRAY)
    return float(cv2.Laplacian(grey, cv2.CV_64F).var())


def _nobody(rows: Mapping[str, list[int]], truth: TruthBoxes, min_pictures: int) -> str:
    if not any(rows.values()):
        return (
            f"{truth.source}: no clean crop of anybody ({MIN_HEIGHT_PX} px tall, uncovered, inside "
            "the picture); check that boxes, names and frames belong to this clip"
        )
    name = max(rows, key=lambda name: len(rows[name]))
    return (
        f"{truth.source}: no player has {min_pictures} clean crops within the pictures "
        f"(most: {name}, {len(rows[name])}); take more frames or a smaller --min-pictures"
    )


def _skipped(
    people: Mapping[str, Name],
    seen: Counter[str],
    rows: Mapping[str, list[int]],
    crops: Mapping[str, list[Crop]],
    needed: int,
) -> Iterator[tuple[str, str]]:
    for name in people:
        clean, cut = len(rows.get(name, ())), len(crops.get(name, ()))
        if not seen[name]:
            yield name, "not in these frames"
        elif clean < needed:
            yield name, f"{clean} of {seen[name]} boxes are clean, {needed} needed"
        else:
            yield name, f"{cut} pictures could be cut before the clip ended, {needed} needed"
