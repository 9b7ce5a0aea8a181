"""Threads that work ahead: whoever looks at the page comes first."""

from __future__ import annotations

import os
import threading
from contextlib import suppress


def step_back(niceness: int) -> None:
    """Have this thread, and those that it begins, wait for others; where the system can."""
    with suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), niceness)
