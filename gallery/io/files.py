"""Small files of strangers, read whole: only regular ones, and no more of them than is believed."""

from __future__ import annotations

import errno
import io
import json
import os
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_JSON_BYTES = 16_000_000
"""Of a receipt, a meta.json; as Python's objects that is up to 0.5 GB."""
_AT_ONCE = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def check_regular(path: Path) -> None:
    """Raise OSError where reading could wait for ever or never end: a pipe, a device, a socket."""
    _check(path, path.stat())


def read_bytes(path: Path, limit: int) -> bytes:
    """All of a regular file of `limit` bytes at most. Raises OSError."""
    descriptor = os.open(path, _AT_ONCE)  # of a pipe that nobody writes to, this does not wait
    with os.fdopen(descriptor, "rb") as file:
        _check(path, os.fstat(descriptor))
        raw = file.read(limit + 1)
    if len(raw) > limit:
        raise OSError(errno.EFBIG, f"larger than {limit} bytes", str(path))
    return raw


def read_json(path: Path, limit: int = MAX_JSON_BYTES) -> Any:
    """What a JSON file holds. Raises OSError, and ValueError where it is none."""
    try:
        return json.loads(read_bytes(path, limit).decode("utf-8-sig"))
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def read_arrays(path: Path, limit: int) -> dict[str, NDArray[Any]]:
    """The arrays of an .npz that `np.savez` wrote, together `limit` bytes at most.

    Raises OSError, and ValueError where it is none.
    """
    import numpy as np

    raw = io.BytesIO(read_bytes(path, limit))
    try:
        with zipfile.ZipFile(raw) as archive:
            members = archive.infolist()
        if any(member.compress_type != zipfile.ZIP_STORED for member in members):
            raise ValueError("packed, which unpacks to any size")
        if sum(member.file_size for member in members) > limit:
            raise ValueError(f"more than {limit} bytes")
        with np.load(raw, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except Exception as error:  # NumPy and zipfile raise more kinds than can be listed
        raise ValueError(f"no arrays ({type(error).__name__})") from error


def write_arrays(
    path: Path, arrays: Mapping[str, NDArray[Any]], notes: Mapping[str, str] | None = None
) -> None:
    """An .npz for `read_arrays`, in one step; the same arrays give the same bytes, which `np.savez`
    with its times of day does not. notes: files of text that lie in it too."""
    import numpy as np

    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
            for name, text in (notes or {}).items():
                archive.writestr(zipfile.ZipInfo(name), text)
            for name, array in arrays.items():
                with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as file:
                    np.lib.format.write_array(file, array, version=(1, 0), allow_pickle=False)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def _check(path: Path, found: os.stat_result) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "a pipe or a device, not a file", str(path))
