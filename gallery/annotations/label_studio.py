"""Boxes annotated in Label Studio: the JSON export of video object tracking.

Regions have key frames, places in percent of the picture; between two key frames the box moves in
a straight line. A key frame with `enabled` false is the last of a stretch, as in Label Studio's own
converter. After the last key frame nothing is known, so there nothing is cut.
"""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gallery.annotations.boxes import TruthBoxes, check_box
from gallery.annotations.names import EnrollError, Name, labelled, read_text
from gallery.classifier.lda import Doubles
from gallery.io.text_files import ReadingWarning

MAX_BOXES = 5_000_000
_MAX_FRAME = 100_000_000
_MAX_VALUES, _MAX_PARTS = 12_000_000, 3_000_000
"""Of a JSON text: commas, and brackets that open; as Python's objects up to 1 GB."""
_SIDES = ("x", "y", "width", "height")
_MAX_PERCENT = 1e4  # of the picture's width or height
_REGION = "videorectangle"
_WHOLE = 1e-6  # so close to a whole frame a key frame is on it
_LENGTHS = 0.02  # share by which two lengths of one video may differ
_KeyFrame = tuple[float, bool, list[float]]
"""Frame from 1, enabled, and x, y, width, height in percent."""


@dataclass(frozen=True, slots=True)
class Length:
    """Of a video: frames, and seconds (0 where nobody says)."""

    frames: int
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class _Region:
    """key: its id in the file. name: who it is. sequence: its key frames as they stand there.
    length: of the video as Label Studio saw it."""

    key: str
    name: str
    sequence: list[Any]
    length: Length | None = None


def read_tree(path: Path) -> Any:
    """What a JSON file holds. Raises EnrollError."""
    return parse_tree(read_text(path), str(path))


def parse_tree(text: str, source: str) -> Any:
    """What a JSON text holds. Raises EnrollError, too where it would take gigabytes of memory."""
    if text.count(",") > _MAX_VALUES or text.count("{") + text.count("[") > _MAX_PARTS:
        raise EnrollError(f"{source}: too much in it; export a shorter clip, and boxes only")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise EnrollError(f"{source}: not readable as JSON; export it again as JSON") from error


def parse_tasks(
    tasks: Any,
    path: Path,
    size: tuple[int, int],
    video: str = "",
    attribute: str = "",
    length: Length | None = None,
) -> tuple[TruthBoxes, dict[int, Name]]:
    """The boxes of all regions, a number per region, and who they are.

    size: width and height of the video in pixels. video: its file name, to find its task in an
    export of several. attribute: the control tag that holds a player's name (a TextArea or Choices
    with perRegion="true"); without it the name is the label. length: of the video, None where it is
    not known. Label Studio counts frames at a rate that its user sets; where it saw as many seconds
    in another number of frames, these are converted and a ReadingWarning says so.
    Raises EnrollError.
    """
    task = _task(tasks if isinstance(tasks, list) else [tasks], path, video)
    parts: list[Doubles] = []
    names: dict[int, Name] = {}
    span = 0
    for number, region in enumerate(_regions(task, path, attribute), 1):
        names[number] = labelled(f"{path}: region {region.key}", region.name)
        where = f"{path}: region {region.key} ({region.name})"
        keys = _in_time(_key_frames(region.sequence, where), region.length, length, path)
        span += math.ceil(keys[-1][0] - keys[0][0]) + 1 if keys else 0
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
    texts = {
        str(r.get("id")): _text(r["value"]) for r in results if r.get("from_name") == attribute
    }
    for result in results:
        if result.get("type") != _REGION:
            continue
        key, value = str(result.get("id")), result["value"]
        name = texts.get(key, "") if attribute else _text({"labels": value.get("labels")})
        if not name:
            what = f"says nothing for {attribute}" if attribute else "has no label"
            raise EnrollError(f"{path}: region {key} {what}; who is it?")
        sequence = value.get("sequence")
        yield _Region(
            key, name, sequence if isinstance(sequence, list) else [], _length_of(value)
        )  # fmt: skip


def _length_of(value: Mapping[str, Any]) -> Length | None:
    """As a region states it; None where it does not, or nonsense."""
    try:
        frames, seconds = float(value["framesCount"]), float(value.get("duration") or 0)
    except (KeyError, TypeError, ValueError):
        return None
    sound = math.isfinite(frames + seconds) and 1 <= frames <= _MAX_FRAME and 0 <= seconds < 1e7
    return Length(round(frames), seconds) if sound else None


def _in_time(
    keys: list[_KeyFrame], stated: Length | None, true: Length | None, path: Path
) -> list[_KeyFrame]:
    """The key frames at the frames of the true video. Raises EnrollError where it is another."""
    if stated is None or true is None:
        return keys
    spare = max(1, _LENGTHS * true.frames / 2)
    if abs(stated.frames - true.frames) <= spare:
        return keys
    difference = (
        f"{path}: annotated in a video of {stated.frames} frames, this one has {true.frames}"
    )
    both = stated.seconds > 0 and true.seconds > 0
    apart_s = abs(stated.seconds - true.seconds)
    if not both or apart_s > max(_LENGTHS * true.seconds, 1.5 * true.seconds / true.frames):
        seconds = f" ({stated.seconds:.1f} s and {true.seconds:.1f} s)" if both else ""
        raise EnrollError(
            f"{difference}{seconds}; give that video, or set its frame rate in Label Studio and "
            "annotate again"
        )
    warnings.warn(
        f"{difference}, both of {true.seconds:.1f} s; its frames are converted",
        ReadingWarning,
        stacklevel=2,
    )
    times = true.frames / stated.frames
    return [(1 + (frame - 1) * times, enabled, box) for frame, enabled, box in keys]


def _text(value: Mapping[str, Any]) -> str:
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
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise EnrollError(f"{where}: a key frame without frame, x, y, width, height") from error
        if not 1 <= frame <= _MAX_FRAME:
            raise EnrollError(f"{where}: frame {frame} has a number that cannot be; mend it")
        check_box(box[:2], box[2:], f"{where}: frame {frame}", turned, _MAX_PERCENT)
        found[frame] = (frame, entry.get("enabled", True) is not False, box)
    return [found[frame] for frame in sorted(found)]


def _boxes(keys: list[_KeyFrame]) -> Iterator[Doubles]:
    """(N, 5) frame and box of each frame of the enabled stretches, in straight lines."""
    for n, (frame, enabled, box) in enumerate(keys):
        if not enabled:
            continue
        if n + 1 == len(keys):
            if abs(frame - round(frame)) < _WHOLE:
                yield np.array([[round(frame), *box]])
            continue
        following, goes_on, goal = keys[n + 1]
        first = math.ceil(frame - _WHOLE)
        # if it goes on, that key frame gives its own box
        stop = math.ceil(following - _WHOLE) if goes_on else math.floor(following + _WHOLE) + 1
        frames = np.arange(first, stop)[:, None]
        share = (frames - frame) / (following - frame)
        yield np.hstack([frames, np.array(box) * (1 - share) + np.array(goal) * share])
