"""Arrow arrays out of NumPy arrays; `pyarrow.array` would import pandas, for half a second."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.types import Mask


def numbers(values: NDArray[Any], kind: Any = None, there: Mask | None = None) -> Any:
    """One number after the other. kind: an Arrow type that has these bytes, else that of the array.

    there: (N,) False where there is none.
    """
    import pyarrow as pa

    kind = pa.from_numpy_dtype(values.dtype) if kind is None else kind
    valid = None if there is None else pa.py_buffer(np.packbits(there, bitorder="little"))
    data = pa.py_buffer(np.ascontiguousarray(values))
    return pa.Array.from_buffers(kind, len(values), [valid, data])


def strings(texts: Iterable[str]) -> Any:
    """Texts as Arrow keeps them: all in one, and where each begins."""
    import pyarrow as pa

    parts = [text.encode() for text in texts]
    begins = np.cumsum([0, *map(len, parts)], dtype=np.int32)
    data = pa.py_buffer(b"".join(parts))
    return pa.StringArray.from_buffers(len(parts), pa.py_buffer(begins), data)
