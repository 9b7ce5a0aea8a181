"""Weights in the user's cache: found and checked, or fetched into it."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from pathlib import Path

from gallery.atomic.lock import hold
from gallery.errors import TeamsheetError
from gallery.reid.model_cache import cache_folder
from gallery.weights.fetch import FetchError, Progress, beside, checksum_of, fetch, spelt
from gallery.weights.table import Weights, WeightsFile

Watch = Callable[[str], AbstractContextManager[Progress]]
"""A file's name to what shows how much of it has come."""


class WeightsError(TeamsheetError):
    """Weights are not at hand, cannot be had, or are not those that they should be."""


def find(weights: Weights) -> Path | None:
    """The file to open, all of them checked; None where one is missing.

    Raises WeightsError where one is not as it was published, or as it was when it was fetched.
    """
    folder = cache_folder()
    if not all((folder / file.name).is_file() for file in weights.files):
        return None
    for file in weights.files:
        _check(weights, file)
    return folder / weights.files[0].name


def get(weights: Weights, watch: Watch) -> Path:
    """The file to open, fetched where it is not at hand. Raises WeightsError, BusyError."""
    if (found := find(weights)) is not None:
        return found
    if weights.loader:
        raise WeightsError(
            f"weights {weights.name}: a pickle that only the package {weights.loader} may open; "
            "give what it finds by --detections"
        )
    if os.environ.get("YOLO_OFFLINE", "").lower() in ("1", "true"):
        raise WeightsError(
            f"weights {weights.name}: not at hand, and YOLO_OFFLINE forbids to fetch it; "
            f"{by_hand(weights)}"
        )
    with _locked(weights):
        for file in weights.files:
            if not (cache_folder() / file.name).is_file():  # else of an earlier try
                _fetch(weights, file, watch)
    found = find(weights)
    assert found is not None
    return found


def by_hand(weights: Weights) -> str:
    """What to do on a machine without a network, as the end of a message."""
    names = " and ".join(file.name for file in weights.files)
    return (
        f"without a network bring {names} to {cache_folder()} "
        f"(addresses, checksums: teamsheet weights list {weights.name})"
    )


def kept_checksum(file: WeightsFile) -> str:
    """The SHA-256 of the first download, of a file whose maker publishes none; "" without one.

    Raises WeightsError where it is none any more.
    """
    place = beside(cache_folder() / file.name)
    try:
        kept = place.read_text("ascii", "replace").split(" ")[0]
    except FileNotFoundError:
        return ""
    if not re.fullmatch("[0-9a-f]{64}", kept):
        raise WeightsError(f"{place}: holds no SHA-256; delete it and {file.name}, and try again")
    return kept


def _check(weights: Weights, file: WeightsFile) -> None:
    """One without a checksum, that its user has brought, is taken as it is."""
    path, expected = cache_folder() / file.name, file.checksum or kept_checksum(file)
    algorithm = file.algorithm or "sha256"
    if expected and checksum_of(path, algorithm) != expected:
        since = "was published" if file.checksum else "was when it was fetched"
        raise WeightsError(
            f"weights {weights.name}: {path} is not the file that {since} "
            f"({spelt(algorithm)} differs); delete it, then: teamsheet weights get {weights.name}"
        )


def _locked(weights: Weights) -> AbstractContextManager[object]:
    """The cache is there and can be written, and nobody else fetches these."""
    folder, held = cache_folder(), ExitStack()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        held.enter_context(hold(folder / weights.files[0].name, "weights get"))
    except OSError as error:
        raise WeightsError(
            f"weights {weights.name}: the cache {folder} cannot be written ({error.strerror}); get "
            "permission, or set XDG_CACHE_HOME to a folder of yours"
        ) from error
    return held


def _fetch(weights: Weights, file: WeightsFile, watch: Watch) -> None:
    held = replace(file, checksum=file.checksum or kept_checksum(file))
    try:
        with watch(file.name) as progress:
            fetch(held, cache_folder() / file.name, progress, not file.checksum)
    except FetchError as error:
        raise WeightsError(
            f"weights {weights.name}: not at hand, and {error}; {by_hand(weights)}"
        ) from error
