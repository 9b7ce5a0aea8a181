"""Boxes annotated in Label Studio: the JSON export of video object tracking.

Regions have key frames, places in percent of the picture; between two key frames the box moves in
a straight line. A key frame with `enabled` false is the last of a stretch, as in Label Studio's own
converter. After the last key frame nothing is known, so there nothing is cut.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gallery.lda import Doubles
from gallery.names import BALL, EnrollError, Name, name_at, read_text
from gallery.truth import TruthBoxes

MAX_BOXES = 5_000_000
_MAX_FRAME = 100_000_000
_SIDES = ("x", "y", "width", "height")
_REGION = "videorectangle"
_KeyFrame = tuple[int, bool, list[float]]
"""Frame from 1, enabled, and x, y, width, height in percent."""


@dataclass(frozen=True, slots=True)
class _Region:
    """key: its id in the file. name: who it is. sequence: its key frames as they stand there."""

    key: str
    name: str
    sequence: list[Any]


def read_label_studio(
    path: Path, size: tuple[int, int], video: str = "", attribute: str = ""
) -> tuple[TruthBoxes, dict[int, Name]]:
    """The boxes of all regions, a number per region, and who they are.

    size: width and height of the video in pixels. video: its file name, to find its task in an
    export of several. attribute: the control tag that holds a player's name (a TextArea or Choices
    with perRegion="true"); without it the name is the label. Raises EnrollError.
    """
    try:
        tasks = json.loads(read_text(path))
    except (ValueError, RecursionError) as error:
        if isinstance(error, EnrollError):
            raise
        raise EnrollError(f"{path}: not readable as JSON; export it again as JSON") from error
    task = _task(tasks if isinstance(tasks, list) else [tasks], path, video)
    parts: list[Doubles] = []
    names: dict[int, Name] = {}
    span = 0
    for number, region in enumerate(_regions(task, path, attribute), 1):
        role = BALL if region.name.lower() == BALL else ""
        names[number] = name_at(f"{path}: region {region.key}", region.name, role=role)
        where = f"{path}: region {region.key} ({region.name})"
        keys = _key_frames(region.sequence, where)
        span += keys[-1][0] - keys[0][0] + 1 if keys else 0
        if span > MAX_BOXES:
            raise EnrollError(f"{where}: more than {MAX_BOXES} boxes; are its frames right?")
        parts += [np.insert(rows, 1, number, axis=1) for rows in _boxes(keys)]
    if not parts:
        raise EnrollError(f"{path}: no box in it; expected video regions with labels")
    table = np.concatenate(parts)
    table = table[np.lexsort((table[:, 1], table[:, 0]))]
    places = table[:, 2:] * np.array([*size, *size]) / 100
    corners = np.hstack([places[:, :2], places[:, :2] + places[:, 2:]])
    frames, ids = table[:, :2].astype(np.int64).T
    return TruthBoxes(str(path), frames, ids, corners), names


def _task(tasks: list[Any], path: Path, video: str) -> Mapping[str, Any]:
    """The task of the video. Uploaded files have a few signs and a dash before their name."""
    if not tasks or not all(isinstance(task, dict) for task in tasks):
        raise EnrollError(f"{path}: not an export of Label Studio; expected a list of tasks")
    if len(tasks) == 1:
        only: Mapping[str, Any] = tasks[0]
        return only
    wanted = Path(video).name
    mine = [task for task in tasks if wanted and any(t.endswith(wanted) for t in _texts(task))]
    if len(mine) != 1:
        raise EnrollError(
            f"{path}: {len(mine)} of its {len(tasks)} tasks are of {wanted or 'this video'}; "
            "export that task alone"
        )
    found: Mapping[str, Any] = mine[0]
    return found


def _texts(task: Mapping[str, Any]) -> list[str]:
    data = task.get("data")
    values = data.values() if isinstance(data, dict) else task.values()
    return [value for value in values if isinstance(value, str)]


def _regions(task: Mapping[str, Any], path: Path, attribute: str) -> Iterator[_Region]:
    """The regions of the first annotation that was not cancelled."""
    annotations = task.get("annotations") or task.get("completions") or []
    done = [a for a in annotations if isinstance(a, dict) and not a.get("was_cancelled")]
    results = done[0].get("result") if done else None
    if not isinstance(results, list):
        raise EnrollError(f"{path}: no annotation in it; export as JSON (not JSON-MIN)")
    results = [r for r in results if isinstance(r, dict) and isinstance(r.get("value"), dict)]
    told = {str(r.get("id")): _said(r["value"]) for r in results if r.get("from_name") == attribute}
    for result in results:
        if result.get("type") != _REGION:
            continue
        key, value = str(result.get("id")), result["value"]
        name = told.get(key, "") if attribute else _said({"labels": value.get("labels")})
        if not name:
            what = f"says nothing for {attribute}" if attribute else "has no label"
            raise EnrollError(f"{path}: region {key} {what}; who is it?")
        sequence = value.get("sequence")
        yield _Region(key, name, sequence if isinstance(sequence, list) else [])


def _said(value: Mapping[str, Any]) -> str:
    """The first text of what was chosen or typed for a region."""
    for key in ("text", "choices", "labels"):
        found = value.get(key)
        first = found[0] if isinstance(found, list) and found else found
        if isinstance(first, str) and first.strip():
            return first.strip()
    return ""


def _key_frames(sequence: list[Any], where: str) -> list[_KeyFrame]:
    """By frame, each frame once."""
    found: dict[int, _KeyFrame] = {}
    for entry in sequence:
        try:
            frame, box = int(entry["frame"]), [float(entry[side]) for side in _SIDES]
            turned = float(entry.get("rotation") or 0)
            sound = all(math.isfinite(v) and abs(v) < 1e4 for v in (*box, turned))
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise EnrollError(f"{where}: a key frame without frame, x, y, width, height") from error
        if not sound or not 1 <= frame <= _MAX_FRAME or min(box[2:]) <= 0:
            raise EnrollError(f"{where}: frame {frame} has a number that cannot be; mend it")
        if abs(turned) > 0.5:
            raise EnrollError(f"{where}: frame {frame}: the box is turned; draw it upright")
        found[frame] = (frame, entry.get("enabled", True) is not False, box)
    return [found[frame] for frame in sorted(found)]


def _boxes(keys: list[_KeyFrame]) -> Iterator[Doubles]:
    """(N, 5) frame and box of each frame of the enabled stretches, in straight lines."""
    for n, (frame, enabled, box) in enumerate(keys):
        if not enabled:
            continue
        if n + 1 == len(keys):
            yield np.array([[frame, *box]])
            continue
        following, goes_on, goal = keys[n + 1]
        last = following - goes_on  # if it goes on, that key frame gives its own box
        frames = np.arange(frame, last + 1)[:, None]
        share = (frames - frame) / (following - frame)
        yield np.hstack([frames, np.array(box) * (1 - share) + np.array(goal) * share])
