"""Where the weights of a detector that is given by a name are, or come from."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from gallery.atomic.lock import BusyError
from gallery.reid.model_cache import cache_folder
from gallery.weights.cached import WeightsError, find, get
from gallery.weights.table import known, of_ultralytics
from tracker.inference.ultralytics import DetectorError

__all__ = ["cache_folder", "find_weights"]

_OTHERS = "use --detector PATH with a file you have, or --detector efficientdet-lite0"


def find_weights(name: str, fetch: bool = True) -> Path:
    """The file of that name. fetch: False where only a file that is at hand will do.

    name: of `teamsheet weights list`, or Ultralytics' own with its .pt. Ultralytics' files are
    looked for in the working directory and in Ultralytics' folder of weights too. What is not at
    hand is fetched into the cache: asked for once, with a short time-out, and not at all where
    YOLO_OFFLINE is set.
    Raises DetectorError that names the file and the flags.
    """
    weights = known(name)
    if weights is None or weights.purpose != "detector":
        return _of_user(name)
    file = weights.files[0].name
    elsewhere = (Path(), _ultralytics_folder()) if of_ultralytics(name) else (None, None)
    try:
        found = _in_folder(elsewhere[0], file) or find(weights) or _in_folder(elsewhere[1], file)
        if found is None and not fetch:
            raise _missing(file, "not at hand")
        return found or get(weights, _unwatched)
    except (WeightsError, BusyError) as error:
        raise DetectorError(f"{error}; or {_OTHERS}") from error


def _of_user(name: str) -> Path:
    """A file of a name that we do not know."""
    for folder in (Path(), cache_folder(), _ultralytics_folder()):
        if (found := _in_folder(folder, name)) is not None:
            return found
    raise _missing(name, "no such file, and no name of a detector's weights")


def _in_folder(folder: Path | None, file: str) -> Path | None:
    return folder / file if folder is not None and (folder / file).is_file() else None


def _ultralytics_folder() -> Path | None:
    """`weights_dir` of Ultralytics' settings; read here, for its import takes seconds."""
    config = Path(os.environ.get("YOLO_CONFIG_DIR") or Path.home() / ".config")
    try:
        settings = json.loads((config / "Ultralytics" / "settings.json").read_text("utf-8"))
        return Path(settings["weights_dir"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


@contextmanager
def _unwatched(_file: str) -> Iterator[Callable[[int, int | None], None]]:
    yield lambda _done, _total: None


def _missing(name: str, why: str) -> DetectorError:
    return DetectorError(f"weights {name}: {why}; {_OTHERS}")
