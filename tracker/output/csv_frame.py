"""Tables of pandas as CSV files, the one way they are written: no cell is a formula."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tracker.text import guarded

if TYPE_CHECKING:
    import pandas as pd


def write_csv(rows: pd.DataFrame, path: Path) -> None:
    """Cells of text are guarded as `tracker.text.guarded` says; numbers are as pandas has them."""
    safe = rows.copy()
    for name in safe.columns:
        if not _is_numeric(safe[name]):
            safe[name] = [guarded(v) if isinstance(v, str) else v for v in safe[name]]
    safe.to_csv(path, index=False, lineterminator="\n")


def _is_numeric(column: pd.Series[Any]) -> bool:
    from pandas.api import types

    return bool(types.is_numeric_dtype(column))
