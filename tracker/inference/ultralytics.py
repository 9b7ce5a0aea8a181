"""What runs networks shares: their error, Ultralytics imported quietly, digests of files."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib
import io
import logging
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import cv2
from PIL import Image as PictureFile

from tracker.errors import TeamsheetError


class DetectorError(TeamsheetError):
    """A detector cannot be had or used; the message is one line and says what to do."""


def digest(files: Iterable[Path]) -> str:
    """Short hex sha256 of the contents of files, in the order of their names."""
    total = hashlib.sha256()
    for file in sorted(files):
        total.update(file.read_bytes())
    return total.hexdigest()[:16]


def first_line(error: BaseException) -> str:
    """What a library's error says, on one line."""
    lines = str(error).strip().splitlines()
    text = lines[0] if lines else type(error).__name__
    return text.encode("ascii", "ignore").decode().strip()[:160]


@functools.cache
def import_ultralytics(module: str) -> Any:
    """A module of Ultralytics, imported so that it asks no server and installs nothing.

    Ultralytics takes these wishes from the environment, once, when it is imported. It turns
    OpenCV's threads off for the whole process, which is put back, and talks on stdout, which is
    for results.
    """
    talk = io.StringIO()
    threads = cv2.getNumThreads()
    open_picture = PictureFile.open  # Ultralytics' own would install software for a broken picture
    wishes = {"YOLO_OFFLINE": "1", "YOLO_AUTOINSTALL": "0"}
    with _environment(wishes), contextlib.redirect_stdout(talk):
        imported = importlib.import_module(module)
    cv2.setNumThreads(threads)
    PictureFile.open = open_picture
    logger = logging.getLogger("ultralytics")
    logger.setLevel(logging.WARNING)
    for handler in logger.handlers:
        if isinstance(handler, logging.StreamHandler) and handler.stream is talk:
            handler.setStream(sys.stderr)
    return imported


@contextlib.contextmanager
def _environment(wishes: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in wishes}
    os.environ.update(wishes)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
