"""Two names of a disk change places in one step, where the system can do that."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from functools import cache
from pathlib import Path
from typing import Any

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2  # linux/fs.h
_RENAME_SWAP = 2  # sys/stdio.h of macOS
_CANNOT = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP}


def exchange(path: Path, other: Path) -> bool:
    """Both exist, and each is the other afterwards; there is no moment in which one is missing.

    False where this system or this disk cannot (FAT, many network shares): then nothing was done.
    Raises OSError. Source: renameat2(2) of Linux, renamex_np(2) of macOS.
    """
    swap = _swap()
    if swap is None:
        return False
    sys.audit("os.rename", str(path), str(other), -1, -1)  # as os.replace says it
    if swap(os.fsencode(path), os.fsencode(other)) == 0:
        return True
    code = ctypes.get_errno()
    if code in _CANNOT:
        return False
    raise OSError(code, os.strerror(code), str(path), None, str(other))


@cache
def _swap() -> Any:
    """A function of two names, 0 where it went well; None where the system has none."""
    try:
        system = ctypes.CDLL(None, use_errno=True)
        if sys.platform == "linux":
            rename = system.renameat2
            rename.argtypes = [
                ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint
            ]  # fmt: skip
            return lambda a, b: rename(_AT_FDCWD, a, _AT_FDCWD, b, _RENAME_EXCHANGE)
        if sys.platform == "darwin":
            rename = system.renamex_np
            rename.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_uint]
            return lambda a, b: rename(a, b, _RENAME_SWAP)
    except (OSError, AttributeError, TypeError):
        pass
    return None
