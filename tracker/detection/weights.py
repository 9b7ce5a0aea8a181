"""Where the weights of a detector named by Ultralytics' own names are, or come from."""

from __future__ import annotations

import json
import os
import re
import shutil
import urllib.error
import urllib.request
from pathlib import Path

from gallery.reid.model_cache import cache_folder
from tracker.inference.ultralytics import DetectorError

__all__ = ["cache_folder", "find_weights"]

_HUB = "https://github.com/ultralytics/assets/releases/download/v8.4.0"
_NAME = re.compile(r"(yolo(v8|11|12|26)[nsmlx]|yolov10[nsmblx]|rtdetr-[lx])\.pt")
_TIMEOUT_S = 5.0


def find_weights(name: str, fetch: bool = True) -> Path:
    """The file of that name. fetch: False where only a file that is at hand will do.

    Looked for in the working directory, our cache and Ultralytics' folder of weights; then
    fetched from Ultralytics' hub into the cache. The hub is asked once, with a short time-out,
    and not at all where YOLO_OFFLINE is set.
    Raises DetectorError that names the file and the flags.
    """
    for folder in (Path(), cache_folder(), _ultralytics_folder()):
        if folder is not None and (folder / name).is_file():
            return folder / name
    if not _NAME.fullmatch(name):
        raise _missing(name, "no such file, and no name of an Ultralytics detection model")
    if not fetch:
        raise _missing(name, "not at hand")
    if os.environ.get("YOLO_OFFLINE", "").lower() in ("1", "true"):
        raise _missing(name, "not at hand, and YOLO_OFFLINE forbids to fetch it")
    return download(name)


def _ultralytics_folder() -> Path | None:
    """`weights_dir` of Ultralytics' settings; read here, for its import takes seconds."""
    config = Path(os.environ.get("YOLO_CONFIG_DIR") or Path.home() / ".config")
    try:
        settings = json.loads((config / "Ultralytics" / "settings.json").read_text("utf-8"))
        return Path(settings["weights_dir"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def download(name: str) -> Path:
    target = cache_folder() / name
    part = target.with_name(f".{name}.{os.getpid()}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with urllib.request.urlopen(f"{_HUB}/{name}", timeout=_TIMEOUT_S) as answer:
            with part.open("wb") as file:
                shutil.copyfileobj(answer, file)
            if part.stat().st_size != int(answer.headers.get("Content-Length") or -1):
                raise _missing(name, "not at hand, and its download broke off")
        part.replace(target)
    except OSError as error:
        why = getattr(error, "reason", None) or error
        raise _missing(name, f"not at hand, and cannot be fetched ({why})") from error
    finally:
        part.unlink(missing_ok=True)
    return target


def _missing(name: str, why: str) -> DetectorError:
    return DetectorError(
        f"weights {name}: {why}; use --detector PATH with a file you have, "
        "or --detector efficientdet-lite0"
    )
