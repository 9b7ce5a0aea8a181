"""Shirt numbers by RapidOCR: PP-OCR's text detector and recogniser, run by OpenVINO.

Both networks come inside the wheel (rapidocr 3.9: PP-OCRv6 small, Apache-2.0). They are named by
their paths, so that the package never looks for them on a network.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from importlib import util
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from gallery.reid.model_cache import import_openvino
from tracker.identity.misreadings import digits_of
from tracker.identity.number_evidence import nothing_read
from tracker.observation.jersey_protocol import NumberError
from tracker.observation.number_windows import ABOVE, SPAN
from tracker.types import DOUBLE_ZERO, NO_NUMBER, Floats, Image

_MODELS = {
    "Det": "PP-OCRv6_det_small.onnx",
    "Rec": "PP-OCRv6_rec_small.onnx",
    "Cls": "ch_ppocr_mobile_v2.0_cls_mobile.onnx",  # opened, never asked: shirts are upright
}
_ENLARGE = 3  # digits on a shirt of 60 pixels are smaller than the detector of text was taught
_SIDE_PX = 128  # the shorter side as the detector sees it; 96 to 256 read as many, for more time
_MIN_PX = 8
_HEAD = 0.1  # of a person's height: there is no number, and without it text is found sooner
_WIDE = 0.45  # body heights: as wide as somebody is; beside them there are others
_MIDDLE = (0.3, 0.6)  # of the width aside, of the height down; beyond them 3 of 11 were right
_MIN_SCORE = 0.7  # below it two readings in ten were right: weak evidence is dropped
_SURE_POWER, _SUREST = 4, 0.92  # turn its score into how often it is right, see `RapidOcrReader`
_PACKAGE = "'rapidocr>=3.9,<3.10'"  # as in pyproject.toml, extra `numbers`
_INSTALL = f"pip install {_PACKAGE}, or leave --numbers out"
_NUMBER = re.compile(r"[0-9]{1,2}")


class RapidOcrReader:
    """Reads shirts with rapidocr. Raises NumberError where it or its networks are missing.

    Confidence is .92 times the fourth power of the network's own score. On the clean crops of
    SNMOT-116 a score over .99 was right 47 times in 51, .9 to .99 12 in 15, .7 to .9 5 in 13, lower
    2 in 23.
    """

    name = "rapidocr"
    reading_ms = 40.0

    def __init__(self) -> None:
        models = _models()
        self.fingerprint = hashlib.sha256(
            b"".join(hashlib.sha256(path.read_bytes()).digest() for path in models.values())
        ).hexdigest()[:16]
        self._engine = _open(models)

    def read(self, crops: Sequence[Image]) -> Floats:
        """(N, 22), by the surest text of one or two digits on each crop."""
        return self._looked([_shirt(image) for image in crops])

    def read_numbers(self, crops: Sequence[Image]) -> Floats:
        """(N, 22) of numbers that were cut out of their pictures by their edges."""
        return self._looked(crops)

    def _looked(self, pictures: Sequence[Image]) -> Floats:
        digits = nothing_read(len(pictures))
        large = [n for n, picture in enumerate(pictures) if min(picture.shape[:2]) >= _MIN_PX]
        found = [self._number(pictures[n]) for n in large]
        numbers = np.array([number for number, _ in found], np.int64)
        digits[large] = digits_of(numbers, np.array([sure for _, sure in found], np.float32))
        return digits

    def _number(self, image: Image) -> tuple[int, float]:
        """What stands there, and how likely that is right."""
        large = cv2.resize(image, None, fx=_ENLARGE, fy=_ENLARGE, interpolation=cv2.INTER_CUBIC)
        found = self._engine(large)
        if not found.txts:
            return NO_NUMBER, 0.0
        numbers = [
            (score, text)
            for text, score, corners in zip(found.txts, found.scores, found.boxes, strict=True)
            if _NUMBER.fullmatch(text) and _in_the_middle(corners, large.shape)
        ]
        score, text = max(numbers, default=(0.0, ""))
        if score < _MIN_SCORE:
            return NO_NUMBER, 0.0
        number = DOUBLE_ZERO if text == "00" else int(text)
        return number, _SUREST * min(float(score), 1.0) ** _SURE_POWER


def _shirt(crop: Image) -> Image:
    """Of a picture of somebody's upper body, what is below the head and not beside them."""
    body = len(crop) / SPAN
    aside = round((SPAN - _WIDE) / 2 * body)
    return crop[round((_HEAD + ABOVE) * body) :, aside : len(crop) - aside]


def _in_the_middle(corners: Floats, shape: tuple[int, ...]) -> bool:
    """The text, (4, 2) corners, is in the middle of a picture of that shape (height, width, ...).

    Off it there is a neighbour's number, or half of one.
    """
    x, y = corners.mean(axis=0)
    aside, lowest = _MIDDLE
    return bool(abs(x / shape[1] - 0.5) <= aside and y / shape[0] <= lowest)


def _models() -> dict[str, Path]:
    """The network files of the installed package."""
    package = util.find_spec("rapidocr")
    if package is None or package.origin is None:
        raise NumberError(f"numbers: rapidocr is not installed; {_INSTALL}")
    folder = Path(package.origin).parent / "models"
    for file in _MODELS.values():
        if not (folder / file).is_file():
            raise NumberError(
                f"{folder / file}: this network of rapidocr is missing; "
                f"pip install --force-reinstall --no-deps {_PACKAGE}"
            )
    return {part: folder / file for part, file in _MODELS.items()}


def _open(models: dict[str, Path]) -> Any:
    import_openvino()  # before rapidocr does it in its way
    try:
        from rapidocr import RapidOCR
        from rapidocr.utils.typings import EngineType
    except ImportError as error:
        raise NumberError(f"numbers: rapidocr does not load ({error}); {_INSTALL}") from error
    params: dict[str, Any] = {
        "Global.log_level": "error",
        "Global.use_cls": False,
        "Global.text_score": 0.0,
        "Det.limit_side_len": _SIDE_PX,
        "Det.limit_type": "min",
    }
    for part, path in models.items():
        params |= {f"{part}.engine_type": EngineType.OPENVINO, f"{part}.model_path": str(path)}
    return RapidOCR(params=params)
