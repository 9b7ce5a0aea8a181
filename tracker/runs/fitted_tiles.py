"""`tiles: auto`: a look at a few frames of a recording, by which the grid is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from tracker.detection.auto_tiles import (
    LOOKED,
    calls_of,
    fitting_grid,
    height_of_people,
)
from tracker.runs.request import TrackRequest
from tracker.video.open import is_live
from tracker.video.source import Source, VideoError

if TYPE_CHECKING:
    from tracker.detection.detector import Detector
    from tracker.observation.metadata import Metadata
    from tracker.types import Frame

FRAMES = 6
_TO_ONE = 10  # frames that are tracked to one that is looked at, in seven tiles
_READ_ON = 1500  # frames at most that are decoded where a file cannot be entered in its middle


def fitted(
    request: TrackRequest, source: Source, detector: Detector
) -> tuple[TrackRequest, Detector, list[str]]:
    """The request with the grid that fits its people, the detector that looks so, and a line of
    what was chosen and why.

    All as they were where a grid was asked for, the source cannot be looked at in several places,
    the detector has no tiles, or nobody was found: there it looks as it does best by itself.
    """
    from tracker.detection.detector import TiledDetector

    eye = detector.eye if isinstance(detector, TiledDetector) else None
    given = request.settings.detect.tiles != "auto"
    if given or eye is None or source.live or not source.has_images or is_live(request.source):
        return request, detector, []
    assert isinstance(detector, TiledDetector)
    looked = detector.in_tiles(LOOKED[source.height > source.width])
    height_px = height_of_people(
        [d for frame in sampled_frames(request) for d in looked.detect([frame])]
    )
    if height_px is None:
        return request, detector, []
    size = source.width, source.height
    grid = fitting_grid(height_px, size, eye, request.settings.detect.tile_overlap)
    return _with_tiles(request, grid), detector.in_tiles(grid), [_words(grid, height_px)]


def as_observed(request: TrackRequest, about: Metadata) -> TrackRequest:
    """The request with the grid in which the observations were made, where it asks for none."""
    tiles = about.settings.get("detect", {}).get("tiles", "auto")
    if request.settings.detect.tiles != "auto" or tiles == "auto":
        return request
    return _with_tiles(request, str(tiles))


def _words(grid: str, height_px: float) -> str:
    words = f"tiles: {grid}, for people are about {height_px:.0f} px tall"
    calls = calls_of(grid)
    return words if calls == 1 else f"{words} (--tiles 1x1 is {calls} times as fast)"


def _with_tiles(request: TrackRequest, grid: str) -> TrackRequest:
    settings = request.settings
    detect = settings.detect.model_copy(update={"tiles": grid})
    return replace(request, settings=settings.model_copy(update={"detect": detect}))


def sampled_frames(request: TrackRequest) -> Sequence[Frame]:
    """Some of those that are tracked, evenly spread; none where they cannot be read.

    Of a source of its own, whose warnings nobody hears: the run reads all again, and says it.
    """
    from tracker.report.pictures import read_frames
    from tracker.types import Frame
    from tracker.video.open import open_source

    try:
        source = open_source(request.source)
        numbers = _numbers(source, *request.frames)
        return [Frame(n - 1, 0.0, image) for n, image in read_frames(source, numbers)]
    except VideoError:
        return []


def _numbers(source: Source, first: int, last: int | None) -> list[int]:
    """Of frames from 1, in the middles of equal parts of what is tracked."""
    from tracker.video.file import VideoFile

    numbers = getattr(source, "numbers", None)  # a folder's, where pictures are missing
    end = source.frame_count or first
    end = min(end, last or end)
    if isinstance(source, VideoFile) and end > _READ_ON and not source.seeks(end - 1):
        end = min(end, first + _READ_ON)
    if numbers:
        there = [n + 1 for n in numbers if first <= n + 1 <= (last or n + 1)]
    else:
        there = list(range(first, end + 1))
    count = min(FRAMES, max(1, len(there) // _TO_ONE))
    places = ((np.arange(count) + 0.5) * len(there) / count).astype(int)
    return [there[place] for place in places.tolist() if place < len(there)]
