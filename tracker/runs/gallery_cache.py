"""The vectors of a gallery's pictures as they lie beside the observations."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from gallery.io.files import read_arrays, write_arrays
from tracker.types import Doubles, Floats, Ints

_FILE = "gallery.npz"


_MAX_BYTES = 256_000_000  # 200 players of 300 pictures have some 120 MB


@dataclass(frozen=True, slots=True, eq=False)
class GalleryCache:
    """A gallery as vectors, see `gallery.roster.encode_gallery`. key: changes when they would.

    calibration: (32,) kappa, cosine and reliability of their `Calibration`; empty where it is not
    known yet.
    """

    key: str
    embeddings: Floats
    labels: Ints
    pictures: list[str]
    calibration: Doubles = field(default_factory=lambda: np.zeros(0))

    @classmethod
    def read(cls, folder: Path, key: str) -> GalleryCache | None:
        """What a former run left in the store; None where that is of another gallery or encoder."""
        try:
            kept = read_arrays(folder / _FILE, _MAX_BYTES)
            if str(kept["key"]) != key:
                return None
            pictures = [str(p) for p in kept["pictures"]]
            found = cls(key, kept["embeddings"], kept["labels"], pictures, kept["calibration"])
            return found if found._fits() else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _fits(self) -> bool:
        """Whether the arrays are of the kinds and lengths that `write` gives them."""
        n = len(self.pictures)
        shaped = self.embeddings.ndim == 2 and len(self.embeddings) == n == len(self.labels)
        kinds = (self.embeddings.dtype.kind, self.labels.dtype.kind, self.calibration.dtype.kind)
        length = self.calibration.ndim == 1 and len(self.calibration) % 3 in (0, 2)
        return shaped and kinds == ("f", "i", "f") and self.labels.ndim == 1 and length

    def write(self, folder: Path) -> None:
        """Not through a link, which may lead to somebody else's."""
        if folder.is_symlink():
            return
        arrays = {
            "key": np.array(self.key),
            "embeddings": self.embeddings,
            "labels": self.labels,
            "pictures": np.array(self.pictures, dtype=np.str_),
            "calibration": self.calibration,
        }
        write_arrays(folder / _FILE, arrays)
