"""What a crop is like as a picture: how sharp, and how like another one."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from gallery.images import Picture

Thumbnail = NDArray[np.float32]
"""(96 * 3,) BGR levels of a picture shrunk to 8 x 12."""

ALIKE_LEVELS = 5.0
"""Mean difference in grey levels below which two crops of one person show the same moment."""
_COMMON_SIZE = (64, 128)  # width, height at which sharpness is compared
_THUMBNAIL = (8, 12)


def sharpness(crop: Picture) -> float:
    """Variance of the Laplacian at one size for all, so that a near player is not the sharper."""
    grey = cv2.cvtColor(cv2.resize(crop, _COMMON_SIZE), cv2.COLOR_BGR2GRAY)
    return float(cv2.Laplacian(grey, cv2.CV_64F).var())


def thumbnail(crop: Picture) -> Thumbnail:
    """A crop so small that noise, compression and a pixel more or less do not count."""
    small = cv2.resize(crop, _THUMBNAIL, interpolation=cv2.INTER_AREA)
    return small.reshape(-1).astype(np.float32)


def differences(image: Thumbnail, others: list[Thumbnail]) -> NDArray[np.float32]:
    """(N,) mean difference to each of the others, in grey levels."""
    if not others:
        return np.zeros(0, np.float32)
    found: NDArray[np.float32] = np.abs(np.stack(others) - image).mean(axis=1)
    return found
