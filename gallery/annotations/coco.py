"""Boxes in COCO's JSON: of CVAT, Roboflow, mmtracking (CocoVID), or of teamsheet's own `convert`.

COCO numbers its pictures as it likes. The frame of a picture is its `frame_id`, else the last
number of its file name; where one of them is 0 they count from 0, else from 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from gallery.annotations.boxes import MAX_BOXES, TruthBoxes, check_box, scale_of
from gallery.annotations.names import EnrollError, Name, labelled

FILE = "annotations/*.json"
"""Where it lies in a zip of CVAT."""
_PARTS = ("images", "annotations", "categories")
_NUMBER = re.compile(r"(\d+)(?:[_-](?:jpe?g|png|bmp|webp))?(?:\.rf\.\w+)?$", re.IGNORECASE)
_MAX_FRAME = 100_000_000
_TRACKS, _OURS = ("instance_id", "track_id"), "player"


@dataclass(frozen=True, slots=True)
class _Box:
    """One annotation. frame: from 1. track: None where it has none. corners: x1 y1 x2 y2. score:
    of a detector's, NaN where there is none."""

    where: str
    frame: int
    track: int | None
    name: str
    corners: tuple[float, float, float, float]
    hidden: bool
    score: float


def is_coco(tree: object) -> bool:
    """Whether what a JSON file holds is COCO's."""
    return isinstance(tree, dict) and all(isinstance(tree.get(part), list) for part in _PARTS)


def parse(
    tree: object, source: str, size: tuple[int, int], attribute: str = "", by_track: bool = False
) -> tuple[TruthBoxes, dict[int, Name]]:
    """The boxes and who they are, an id per name; by_track: the ids of their tracks instead.

    size: width and height of the video, to which boxes of another size are scaled. attribute: what
    holds a player's name; without it that is `player`, where `convert` has written it, or the
    category. Boxes of hidden people (`occluded`) are nobody's: they may cover somebody, and show
    nobody well. Raises EnrollError.
    """
    if not isinstance(tree, dict) or not is_coco(tree):
        raise EnrollError(f"{source}: no COCO file; it needs {', '.join(_PARTS)}")
    if len(tree["annotations"]) > MAX_BOXES:
        raise EnrollError(f"{source}: more than {MAX_BOXES} boxes; cut from a shorter clip")
    boxes = sorted(_boxes(tree, source, size, attribute), key=lambda box: box.frame)
    if not boxes:
        raise EnrollError(f"{source}: no box in it; expected annotations with a bbox")
    names: dict[str, int] = {}
    ids = [_id_of(box, names, by_track) for box in boxes]
    frames, corners = np.array([b.frame for b in boxes]), np.array([b.corners for b in boxes])
    _check_once(boxes, ids)
    if by_track and max(ids) < 0:
        raise EnrollError(f"{source}: its boxes have no track_id that --names could speak of")
    scores = np.array([box.score for box in boxes])
    found = TruthBoxes(
        source, frames, np.array(ids, np.int64), corners.astype(np.float64),
        None if np.isnan(scores).all() else scores,
    )  # fmt: skip
    return found, {number: labelled(source, name) for name, number in names.items()}


def _id_of(box: _Box, names: dict[str, int], by_track: bool) -> int:
    if box.hidden or (box.track is None if by_track else not box.name):
        return -1
    if by_track:
        return box.track if box.track is not None else -1
    return names.setdefault(box.name, len(names) + 1)


def _check_once(boxes: list[_Box], ids: list[int]) -> None:
    seen: set[tuple[int, int]] = set()
    for box, number in zip(boxes, ids, strict=True):
        if number >= 0 and (box.frame, number) in seen:
            raise EnrollError(
                f"{box.where}: {box.name or 'its track'} is twice in frame {box.frame}; call each "
                "box by its player, give --attribute, or --names with the ids of tracks"
            )
        seen.add((box.frame, number))


def _boxes(
    tree: Mapping[str, Any], source: str, size: tuple[int, int], attribute: str
) -> Iterator[_Box]:
    pictures = _pictures(tree["images"], source, size)
    labels = {
        item["id"]: str(item.get("name", "")).strip()
        for item in tree["categories"]
        if isinstance(item, dict) and isinstance(item.get("id"), int | str)
    }
    for item in tree["annotations"]:
        if not isinstance(item, dict):
            raise EnrollError(f"{source}: an annotation that is none; export it again")
        if item.get("iscrowd") in (1, True) or "bbox" not in item:
            continue
        where = f"{source}: annotation {str(item.get('id'))[:40]}"
        frame, across, down = _of(pictures, item.get("image_id"), f"{where}: image")
        x, y, width, height = _bbox(item["bbox"], where)
        label = _of(labels, item.get("category_id"), f"{where}: category")
        more = item.get("attributes")
        more = more if isinstance(more, dict) else {}
        corners = (x * across, y * down, (x + width) * across, (y + height) * down)
        name = _name(item, more, label, attribute, where)
        hidden = bool(item.get("occluded") or more.get("occluded"))
        yield _Box(where, frame, _track(item, more), name, corners, hidden, _score(item))


def _of(table: Mapping[Any, Any], key: object, what: str) -> Any:
    found = table.get(key) if isinstance(key, int | str) else None
    if found is None:
        raise EnrollError(f"{what} {str(key)[:40]} is not in the file; export it again")
    return found


def _name(
    item: Mapping[str, Any], more: Mapping[str, Any], label: str, attribute: str, where: str
) -> str:
    if attribute:
        name = str(more.get(attribute, item.get(attribute)) or "").strip()
        if not name:
            raise EnrollError(f"{where}: says nothing for {attribute}; who is it?")
        return name
    ours = item.get(_OURS)
    return ours.strip() if isinstance(ours, str) else label


def _track(item: Mapping[str, Any], more: Mapping[str, Any]) -> int | None:
    for found in (*(item.get(key) for key in _TRACKS), more.get("track_id")):
        if isinstance(found, int) and not isinstance(found, bool) and 0 <= found < 2**53:
            return found
    return None


def _score(item: Mapping[str, Any]) -> float:
    score = item.get("score")
    return float(score) if isinstance(score, float) or score in (0, 1) else np.nan


def _bbox(value: object, where: str) -> tuple[float, float, float, float]:
    try:
        x, y, width, height = (float(side) for side in value)  # type: ignore[attr-defined]
    except (TypeError, ValueError, OverflowError) as error:
        raise EnrollError(f"{where}: its bbox is not x, y, width, height") from error
    check_box((x, y), (width, height), where)
    return x, y, width, height


def _pictures(
    images: list[Any], source: str, size: tuple[int, int]
) -> dict[int | str, tuple[int, float, float]]:
    """Id of a picture to its frame, from 1, and what its places are multiplied by."""
    numbers: dict[int | str, int] = {}
    scales: dict[int | str, tuple[float, float]] = {}
    for item in images:
        if not isinstance(item, dict) or not isinstance(item.get("id"), int | str):
            raise EnrollError(f"{source}: an image without id; export it again")
        numbers[item["id"]] = _number(item, source)
        scales[item["id"]] = scale_of(item.get("width"), item.get("height"), size, source)
    if len(set(numbers.values())) < len(numbers):
        raise EnrollError(
            f"{source}: two images are of one frame by their frame_id or file names; is it of "
            "several videos? Export one of them"
        )
    first = 0 if numbers and min(numbers.values()) == 0 else 1
    return {key: (number - first + 1, *scales[key]) for key, number in numbers.items()}


def _number(image: Mapping[str, Any], source: str) -> int:
    stated = image.get("frame_id")
    if isinstance(stated, int) and 0 <= stated < _MAX_FRAME:
        return stated
    name = str(image.get("file_name", ""))
    found = _NUMBER.search(re.sub(r"\.\w{1,5}$", "", PurePosixPath(name).name))
    number = int(found[1][-12:]) if found else _MAX_FRAME
    if number >= _MAX_FRAME:
        raise EnrollError(
            f"{source}: image {name[:80]!r} has no frame number, neither as frame_id nor at the "
            "end of its name"
        )
    return number
