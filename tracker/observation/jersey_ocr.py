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
from tracker.identity.number_evidence import LEGIBLE, TENS, UNITS, nothing_read
from tracker.observation.jersey_protocol import NumberError
from tracker.observation.number_windows import ABOVE, SPAN
from tracker.types import DIGITS, Floats, Image

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
_PART, _DIGIT, _ANY = 0.3, 0.5, 0.2
"""Shares of the wrong readings of one digit that are half of a number, of all that have one digit
wrong, and that could be anything: of 19 on SNMOT-116 six, ten and three."""
_HALVES = 9 * _PART / 2  # nine numbers end in a digit, and it is one of their two halves
_SILENT = 0.01  # p(legible) where no text was found: seen from the front, most shirts have none


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
        digits = nothing_read(len(crops))
        for row, image in enumerate(crops):
            body = len(image) / SPAN
            aside = round((SPAN - _WIDE) / 2 * body)
            shirt = image[round((_HEAD + ABOVE) * body) :, aside : len(image) - aside]
            if min(shirt.shape[:2]) >= _MIN_PX:
                digits[row] = spread(*(self._text(shirt) or ("", 0.0)))
        return digits

    def read_numbers(self, crops: Sequence[Image]) -> Floats:
        """(N, 22) of numbers that were cut out of their pictures by their edges."""
        large = [min(image.shape[:2]) >= _MIN_PX for image in crops]
        found = [self._text(image) if ok else None for image, ok in zip(crops, large, strict=True)]
        return np.array([spread(*(text or ("", 0.0))) for text in found]).reshape(-1, DIGITS)

    def _text(self, image: Image) -> tuple[str, float] | None:
        large = cv2.resize(image, None, fx=_ENLARGE, fy=_ENLARGE, interpolation=cv2.INTER_CUBIC)
        found = self._engine(large)
        if not found.txts:
            return None
        numbers = [
            (score, text)
            for text, score, corners in zip(found.txts, found.scores, found.boxes, strict=True)
            if _NUMBER.fullmatch(text) and _in_the_middle(corners, large.shape)
        ]
        score, text = max(numbers, default=(0.0, ""))
        if score < _MIN_SCORE:
            return None
        return text, _SUREST * min(float(score), 1.0) ** _SURE_POWER


def spread(text: str, sure: float) -> Floats:
    """(22,) digits of what is a text to a reader, and right with probability `sure`; "" is none.

    What is left is shared out over the ways in which readings go wrong.
    """
    digits = np.zeros(DIGITS, np.float32)
    tens, units = digits[TENS], digits[UNITS]
    if not text:
        tens[:], units[:], digits[LEGIBLE] = 1 / len(tens), 1 / len(units), _SILENT
        return digits
    text = text if text == "00" else str(int(text))
    digits[LEGIBLE] = 1 - _ANY * (1 - sure)
    right = sure / digits[LEGIBLE]
    if len(text) == 2:
        first, wrong_tens = int(text[0]) + 1, 1 - np.sqrt(right)
    else:  # there may be a digit in front that was not found
        first, wrong_tens = 0, (1 - right) * _HALVES / (_HALVES + _DIGIT)
    wrong_units = 1 - right / (1 - wrong_tens)
    others = np.ones(len(tens), bool)
    others[[first, 1]] = False  # no number begins with 0 but 00
    tens[others], tens[first] = wrong_tens / others.sum(), 1 - wrong_tens
    units[:], units[int(text[-1])] = wrong_units / 9, 1 - wrong_units
    return digits


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
