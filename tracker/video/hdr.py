"""HDR video as a screen without HDR shows it: BT.2020 with HLG or PQ to BT.709.

HLG is scene light, as SDR is, so it is converted scene-referred (ITU-R BT.2408, annex 5): inverse
OETF of BT.2100, primaries, OETF of BT.709; PQ is light of a display and is taken back by its EOTF.
Reference white, 75 % HLG and 203 cd/m2, becomes white; what is brighter is cut off.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from av.video.frame import VideoFrame

from tracker.types import Doubles, Floats, Image

PQ, HLG = 16, 18
"""Transfer characteristics, as in ITU-T H.273."""
NAMES = {PQ: "PQ", HLG: "HLG"}
_BT2020, _P3 = 9, 12
STEPS = 4096  # of light; a step is .3 of a level in the darkest part
_WHITE_HLG, _WHITE_NITS = 0.75, 203.0  # ITU-R BT.2408
TO_709 = {  # ITU-R BT.2087, SMPTE EG 432-1; rows and columns red, green, blue
    _BT2020: ((1.6605, -0.5876, -0.0728), (-0.1246, 1.1329, -0.0083), (-0.0182, -0.1006, 1.1187)),
    _P3: ((1.2249, -0.2247, 0.0), (-0.0420, 1.0419, 0.0), (-0.0197, -0.0786, 1.0979)),
}


def is_hdr(picture: VideoFrame) -> bool:
    return int(picture.color_trc) in NAMES


def to_sdr(picture: VideoFrame, width: int, height: int) -> Image:
    """(height, width, 3) BGR of a picture with HLG or PQ."""
    codes = np.asarray(picture.to_ndarray(format="rgb48le", width=width, height=height), np.uint16)
    light = light_of(int(picture.color_trc))[codes >> 4]
    matrix = np.array(TO_709.get(int(picture.color_primaries), np.eye(3)), np.float32)[::-1]
    steps = np.clip(cv2.transform(light, matrix), 0.0, 1.0) * np.float32(STEPS - 1)
    return np.asarray(_levels()[np.rint(steps).astype(np.uint16)], np.uint8)


@lru_cache(maxsize=2)
def light_of(transfer: int) -> Floats:
    """(4096,) light of each code, 1 is white."""
    code = np.arange(STEPS) / (STEPS - 1)
    if transfer == HLG:
        return (_scene(code) / _scene(np.array([_WHITE_HLG]))).astype(np.float32)
    return (_nits(code) / _WHITE_NITS).astype(np.float32)


def _scene(code: Doubles) -> Doubles:
    """ITU-R BT.2100, table 5: inverse OETF of HLG."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    return np.where(code <= 0.5, code**2 / 3, (np.exp((code - c) / a) + b) / 12)


def _nits(code: Doubles) -> Doubles:
    """ITU-R BT.2100, table 4: EOTF of PQ (SMPTE ST 2084), cd/m2."""
    m1, m2 = 2610 / 16384, 2523 / 4096 * 128
    c1, c2, c3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32
    root = code ** (1 / m2)
    return np.asarray(10_000 * (np.maximum(root - c1, 0) / (c2 - c3 * root)) ** (1 / m1))


@lru_cache(maxsize=1)
def _levels() -> Image:
    """(4096,) level of each step of light, by the OETF of BT.709."""
    light = np.arange(STEPS) / (STEPS - 1)
    signal = np.where(light < 0.018, 4.5 * light, 1.099 * light**0.45 - 0.099)
    return np.asarray(np.rint(255 * signal), np.uint8)
