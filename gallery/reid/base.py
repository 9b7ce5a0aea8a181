"""What every encoder is: crops of people in, unit vectors out.

A new one with a name is a line of `ENCODERS` in `encoder.py`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from gallery.errors import TeamsheetError

Pictures = NDArray[np.uint8]


Floats = NDArray[np.float32]


Forward = Callable[[Pictures], Floats]
"""(N, H, W, 3) uint8 BGR -> (N, D) float32, each row from its own picture alone."""


IMAGENET_MEAN = (123.675, 116.28, 103.53)  # RGB, 0-255


IMAGENET_STD = (58.395, 57.12, 57.375)


_TORCH = "torch"  # FILE.pth@torch


_CHUNK = 32  # crops held at network size at once


class EncoderError(TeamsheetError):
    """An encoder is unknown, or its file is missing, broken or of another kind of network."""


class Encoder(Protocol):
    """Anything that turns crops into vectors.

    name: for the receipt. dim: length of a vector. fingerprint: changes when the vectors would.
    """

    @property
    def name(self) -> str: ...
    @property
    def dim(self) -> int: ...
    @property
    def fingerprint(self) -> str: ...

    def encode(self, crops: Sequence[Pictures]) -> Floats:
        """N crops, (h, w, 3) uint8 BGR of any size -> (N, dim) unit rows; NaN for an empty crop.

        A crop's row does not depend on the crops beside it.
        """
        ...


@dataclass(frozen=True, eq=False)
class CropEncoder:
    """Resize, describe, normalise.

    size: (height, width) in pixels that `forward` expects. runtime: what runs the network.
    """

    name: str
    dim: int
    fingerprint: str
    size: tuple[int, int]
    forward: Forward
    runtime: str = ""

    def encode(self, crops: Sequence[Pictures]) -> Floats:
        rows = np.full((len(crops), self.dim), np.nan, np.float32)
        seen = [i for i, crop in enumerate(crops) if crop.size]
        for start in range(0, len(seen), _CHUNK):
            chunk = seen[start : start + _CHUNK]
            rows[chunk] = self.forward(np.stack([self._fit(crops[i]) for i in chunk]))
        length = np.sqrt((rows**2).sum(1, keepdims=True))
        length[length == 0] = np.nan
        unit: Floats = (rows / length).astype(np.float32, copy=False)
        return unit

    def _fit(self, crop: Pictures) -> Pictures:
        height, width = self.size
        shrinks = crop.shape[0] > height or crop.shape[1] > width
        how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        return cv2.resize(crop, (width, height), interpolation=how).astype(np.uint8, copy=False)


def fingerprint(path: Path, preprocessing: str, by_torch: bool = False) -> str:
    """Of a network file and of how it is run where the user says so, as 16 hex digits."""
    ir = path.suffix.lower() == ".xml"
    preprocess = preprocessing or ("raw" if ir else "imagenet")
    digest = hashlib.sha256(f"{preprocess}@{_TORCH}".encode() if by_torch else preprocess.encode())
    for file in (path, path.with_suffix(".bin")) if ir else (path,):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
