"""A picture file from anybody, read safely."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Picture = NDArray[np.uint8]
"""(H, W, 3) BGR."""

ENDINGS = (".jpg", ".jpeg", ".jfif", ".png", ".bmp", ".webp")
MAX_PIXELS = 64_000_000
MAX_BYTES = 256_000_000
_FORMATS = ("JPEG", "PNG", "BMP", "WEBP")


def is_picture(file: Path) -> bool:
    """Whether it is called as one."""
    return file.suffix.lower() in ENDINGS


def read_picture(path: Path) -> Picture | None:
    """The picture, turned upright as its EXIF says, or None.

    None: no such file, no picture, cut off, over 64 megapixels (seen from its header alone).
    """
    try:
        if not path.is_file() or path.stat().st_size > MAX_BYTES:
            return None
        raw = np.fromfile(path, np.uint8)
    except OSError:
        return None
    if not _is_whole(raw.tobytes()):
        return None
    try:
        picture = cv2.imdecode(raw, cv2.IMREAD_COLOR)
    except cv2.error:
        return None
    return None if picture is None else picture.astype(np.uint8, copy=False)


def _is_whole(raw: bytes) -> bool:
    """Whether Pillow reads it to its end: OpenCV fills what is missing with grey."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(raw), formats=_FORMATS) as image:
                if image.width * image.height > MAX_PIXELS:
                    return False
                image.load()
    except Exception:  # a hostile file makes Pillow raise more kinds than can be listed
        return False
    return True
