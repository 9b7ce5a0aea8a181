"""What a camera and a codec make of a scene."""

from __future__ import annotations

import cv2
import numpy as np
from shirts.person import SCENE_PX, SPAN

from tracker.types import Image

_TALL = (45.0, 330.0)  # pixels of a body in the video


def filmed(rng: np.random.Generator, picture: Image, hard: float) -> tuple[Image, float]:
    """The scene in pixels of the video, and the blur in it as a share of a body height."""
    low = _TALL[0] * (1 + 1.5 * (1 - hard))
    body = float(np.exp(rng.uniform(np.log(low), np.log(_TALL[1]))))
    side = int(np.clip(round(body * SPAN), 26, 200))
    method = cv2.INTER_AREA if side < SCENE_PX else cv2.INTER_CUBIC
    image = cv2.resize(picture, (side, side), interpolation=method)
    soft = 0.0
    if rng.random() < 0.2:  # filmed smaller than it is shown
        small = max(20, int(side * rng.uniform(0.5, 0.95)))
        image = cv2.resize(image, (small, small), interpolation=cv2.INTER_AREA)
        image = cv2.resize(image, (side, side), interpolation=cv2.INTER_CUBIC)
        soft = 0.4 * side / small
    image, blur = _blurred(rng, image, hard)
    blur = float(np.hypot(blur, soft))
    image = _toned(rng, image, hard)
    if rng.random() < 0.8:
        quality = int(rng.integers(22 if rng.random() < hard else 60, 96))
        _, packed = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
        image = cv2.imdecode(packed, cv2.IMREAD_COLOR)
    return np.asarray(image, np.uint8), blur / (side / SPAN)


def _blurred(rng: np.random.Generator, image: Image, hard: float) -> tuple[Image, float]:
    """And how wide the blur is, pixels."""
    blur = 0.0
    if rng.random() < 0.6:
        blur = float(rng.gamma(1.5, 0.35 + 0.35 * hard))
        image = cv2.GaussianBlur(image, (0, 0), max(blur, 0.1))
    if rng.random() < 0.22 * hard:
        length, angle = rng.uniform(2, 0.06 * len(image) + 3), rng.uniform(0, np.pi)
        size = int(length) | 1
        kernel = np.zeros((size, size), np.float32)
        along = np.array([np.cos(angle), np.sin(angle)]) * size / 2
        ends = [tuple((size // 2 + s * along).astype(int).tolist()) for s in (-1, 1)]
        cv2.line(kernel, *ends, 1)
        image = cv2.filter2D(image, -1, kernel / max(kernel.sum(), 1))
        blur = float(np.hypot(blur, size / 3.5))
    if rng.random() < 0.42:  # sharpened, as broadcasts are: halos
        soft = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.8, 2.8))
        gain = rng.uniform(0.3, 2.5)
        image = cv2.addWeighted(image, 1 + gain, soft, -gain, 0)
    return np.asarray(image, np.uint8), blur


def _toned(rng: np.random.Generator, image: Image, hard: float) -> Image:
    gain = rng.uniform(1 - 0.45 * hard, 1.15)
    shift = rng.normal(0, 18, 3) + rng.normal(0, 14)
    table = (
        np.arange(256)[:, None] * gain * np.exp(rng.normal(0, 0.12, 3)) + shift + 60 * (1 - gain)
    )
    table = 255 * (np.clip(table, 0, 255) / 255) ** np.exp(rng.normal(0, 0.2))
    image = cv2.LUT(image, table.astype(np.uint8)[None])
    if rng.random() < 0.25:  # colours smeared, as chroma at half the resolution is
        luma = cv2.cvtColor(image, cv2.COLOR_BGR2YCrCb)
        luma[..., 1:] = cv2.blur(luma[..., 1:], (int(rng.integers(2, 7)), int(rng.integers(1, 4))))
        image = cv2.cvtColor(luma, cv2.COLOR_YCrCb2BGR)
    if rng.random() < 0.5:
        noise = rng.standard_normal((image.shape[0], image.shape[1], 1), np.float32)
        image = np.clip(image + noise * rng.uniform(1, 4 + 8 * hard), 0, 255)
    return np.asarray(image, np.uint8)
