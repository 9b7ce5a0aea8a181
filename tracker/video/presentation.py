"""What a player would show of a file: which of its videos, and which way up."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from av.container import InputContainer
from av.sidedata.sidedata import Type
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

_COVERS = Disposition.attached_pic | Disposition.timed_thumbnails
"""Pictures of a record sleeve, and of the moments in a film: no videos."""
_CORNERS = 9  # numbers of a display matrix


def shown(container: InputContainer) -> list[VideoStream]:
    """The videos of a file, the one to show first: moving before still, then what is marked as the
    default, then the first."""
    streams = [s for s in container.streams.video if not s.disposition & _COVERS]

    def rank(stream: VideoStream) -> tuple[bool, bool]:
        still = stream.frames == 1 or bool(stream.disposition & Disposition.still_image)
        return still, not stream.disposition & Disposition.default

    ranked = sorted(streams, key=rank)  # in the file's order where they are alike
    moving = [s for s in ranked if not rank(s)[0]]
    return moving or ranked


def upright(picture: VideoFrame) -> tuple[bool, int]:
    """(mirrored, turns): what makes a picture stand as its display matrix says: mirrored left to
    right first, then turned counter-clockwise by so many right angles."""
    matrix = _matrix(picture)
    if matrix is None:
        return False, round(picture.rotation / 90) % 4
    (a, b), (c, d) = matrix
    if a * d - b * c >= 0:
        return False, round(picture.rotation / 90) % 4
    return True, round(-math.degrees(math.atan2(-b, -a)) / 90) % 4


def _matrix(picture: VideoFrame) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """a, b, c, d of a display matrix (ISO 14496-12, 8.3.2), None where there is none."""
    try:
        beside: Any = picture.side_data  # its keys are kinds, though it is typed otherwise
        found = beside.get(Type.DISPLAYMATRIX)
    except ValueError:  # PyAV does not know all kinds of data that FFmpeg puts beside a picture
        return None
    if found is None:
        return None
    numbers = np.frombuffer(bytes(found), np.int32)
    if len(numbers) < _CORNERS:
        return None
    a, b, _, c, d = numbers[:5].tolist()
    return (a, b), (c, d)
