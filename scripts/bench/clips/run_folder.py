"""Where a bench keeps what it observes, and how it ends where somebody has made a mistake."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path


def measured_in(kept: Path | None, bench: str, measure: Callable[[Path], object]) -> None:
    """Call `measure` with the folder, else with one that is gone afterwards.

    A named error of a room ends the program in one line that begins with the bench's name.
    """
    folder = nullcontext(kept) if kept else tempfile.TemporaryDirectory()
    with folder as place:
        try:
            measure(Path(place))
        except ValueError as error:
            if type(error) is ValueError:  # not one of the rooms' named errors: a fault of ours
                raise
            sys.exit(f"{bench}: {error}")
