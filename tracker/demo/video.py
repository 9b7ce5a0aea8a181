"""Frames to H.264 that every browser plays; the same frames give the same bytes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

_OPTIONS = {"crf": "20", "preset": "superfast"}


def write_video(
    path: Path, frames: Iterable[NDArray[np.uint8]], size: tuple[int, int], fps: int
) -> None:
    """Encode (H, W, 3) uint8 BGR pictures. size: width and height, both even."""
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=fps, options=_OPTIONS)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        # The split of the work over threads shows in the bytes, so it does not follow the machine.
        stream.codec_context.thread_count = 2
        for picture in frames:
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
