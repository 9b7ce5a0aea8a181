"""Anchors in track-v1 and det-v1 JSON, as gallery-track-lib and detect-lib write them.

Frames count from 0, boxes are x1 y1 x2 y2. In track-v1 a person's name is `gallery_id`; the score
beside it is of the detection, so that no confidence is stated. In det-v1 it is `class_name`, and
the score is of that class. Sources: the READMEs of VisionPipeline-gallery-track (its
core/pipeline.py and core/normalize.py too) and VideoPipeline-detection.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gallery.annotations.boxes import scale_of
from tracker.anchors.file import AnchorFile, AnchorVideo
from tracker.anchors.names import is_kind
from tracker.anchors.objects import Collected, ObjectError, number_of, numbers_of
from tracker.anchors.rows import AnchorError, AnchorRows

_SCHEMA = ("schema_version", "schema")
_SCHEMAS = ("track-v1", "det-v1")
_LISTS = ("detections", "tracks")
_NAMES = ("gallery_id", "identity", "player", "name")
_CLASSES = ("class_name", "class")
_BOXES = ("bbox", "xyxy", "box")
_LENGTHS = 0.02  # share by which two lengths of one video may differ


def is_pipeline(tree: object) -> bool:
    """Whether what a JSON file holds is track-v1 or det-v1, perhaps of an older release."""
    if not isinstance(tree, dict) or not isinstance(tree.get("frames"), list):
        return False
    stated = _schema(tree)
    return stated in _SCHEMAS or any(
        isinstance(frame, dict) and any(key in frame for key in _LISTS) for frame in tree["frames"]
    )


def read_pipeline(tree: Mapping[str, Any], given: AnchorFile) -> AnchorRows:
    """Scaled to the size of the video, and where its frames were counted at another rate, by their
    times. Raises AnchorError."""
    given.no_names()
    video = tree.get("video")
    video = video if isinstance(video, dict) else {}
    size = (given.video.width, given.video.height)
    across, down = scale_of(video.get("width"), video.get("height"), size, str(given.path))
    rate, note = _rate(video, given)
    is_size = str(tree.get("bbox_format") or tree.get("box_format") or "").lower() == "xywh"
    collected, kinds = Collected(), set[str]()

    def where(number: int) -> str:
        return f"{given.path}, frame {number - 1}" if number else str(given.path)

    keys = _NAMES if _has_names(tree) else _CLASSES
    for frame, detection in _detections(tree, given):
        try:
            name, confidence = _name(detection, keys)
            if is_kind(name):
                kinds.add(name)
                name = ""
            box = _box(detection, is_size)
        except ObjectError as error:
            raise AnchorError(f"{where(frame + 1)}: {error}") from error
        corners = [side * scale for side, scale in zip(box, (across, down) * 2, strict=True)]
        at, time_s = (math.nan, frame / rate) if rate else (frame + 1, math.nan)
        collected.add(
            at, time_s, corners, (math.nan,) * 2, name, confidence, False, frame + 1
        )  # fmt: skip
    if collected.lines and not collected.names:
        raise AnchorError(
            f"{given.path}: names no player, neither by gallery_id nor by class_name"
            + (f" (only {', '.join(sorted(kinds)[:5])})" if kinds else "")
        )
    rows = collected.rows(given.source, given.video.fps, where)
    return rows.with_warning(note) if note else rows


def _schema(tree: Mapping[str, Any]) -> str:
    return next((str(tree[key]) for key in _SCHEMA if tree.get(key)), "")


def _detections(
    tree: Mapping[str, Any], given: AnchorFile
) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Frame, from 0, and what is in it. Raises AnchorError."""
    for place, frame in enumerate(tree["frames"]):
        if not isinstance(frame, dict):
            raise AnchorError(f"{given.path}: frames[{place}] is no object; write it again")
        number = frame.get("frame", frame.get("frame_index", place))
        if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < 2**53:
            raise AnchorError(
                f"{given.path}: frames[{place}] is frame {str(number)[:40]!r}; frames are whole "
                "numbers from 0 here"
            )
        found: object = next((frame[key] for key in _LISTS if key in frame), [])
        for detection in found if isinstance(found, list) else []:
            if not isinstance(detection, dict):
                raise AnchorError(f"{given.path}, frame {number}: a detection is no object")
            yield number, detection


def _has_names(tree: Mapping[str, Any]) -> bool:
    """Whether anybody in it was named beside their class."""
    lists = (
        frame.get(key) for frame in tree["frames"] if isinstance(frame, dict) for key in _LISTS
    )
    every = (each for found in lists if isinstance(found, list) for each in found)
    return any(isinstance(each, dict) and any(each.get(key) for key in _NAMES) for each in every)


def _name(detection: Mapping[str, Any], keys: Sequence[str]) -> tuple[str, float]:
    """Who it is, "" where nobody is named, and how sure that is. Raises ObjectError."""
    for key in keys:
        found = detection.get(key)
        if isinstance(found, str) and found.strip():
            # beside a gallery_id, score is of the detection
            scores = ("confidence",) if key == "gallery_id" else ("confidence", "score", "conf")
            stated = (detection[name] for name in scores if detection.get(name) is not None)
            return found.strip(), number_of(next(stated, None), "score")
    return "", math.nan


def _box(detection: Mapping[str, Any], is_size: bool) -> tuple[float, ...]:
    for key in (*_BOXES, "xywh"):
        if detection.get(key) is not None:
            box = numbers_of(detection[key], 4, key)
            if key == "xywh" or (is_size and key != "xyxy"):
                return (*box[:2], box[0] + box[2], box[1] + box[3])
            return box
    raise ObjectError("a detection without bbox")


def _rate(video: Mapping[str, Any], given: AnchorFile) -> tuple[float, str]:
    """The rate at which its frames become times, 0 where they are the video's own; a line about
    that. Raises AnchorError where they are of another video."""
    now: AnchorVideo = given.video
    fps, frames = (_positive(video.get(key)) for key in ("fps", "frame_count"))
    if not fps or now.fps <= 0 or _alike(fps, now.fps):
        return 0.0, ""
    if frames and now.frames and _alike(frames, now.frames, 1.5):
        return 0.0, ""
    what = f"{given.path}: of a video of {fps:g} frames a second, {now.name} has {now.fps:g}"
    if frames and now.frames and not _alike(frames / fps, now.frames / now.fps):
        raise AnchorError(
            f"{what}, and of {frames / fps:.1f} s where it has {now.frames / now.fps:.1f} s; "
            "give the video that it was made of"
        )
    return fps, f"{what}; its frames are converted by their times"


def _positive(value: object) -> float:
    ok = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e9
    return float(value) if ok else 0.0  # type: ignore[arg-type]


def _alike(a: float, b: float, spare: float = 0.0) -> bool:
    return abs(a - b) <= max(_LENGTHS * b, spare)
