"""When what following found out may be used again."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from tracker.version import __version__

if TYPE_CHECKING:
    from tracker.runs.request import TrackRequest
    from tracker.runs.run import Run

_FOLLOWING = [Path(__file__).parents[1] / room for room in ("identity", "tracking", "offline")]
"""Where the code lies by which people are followed and named."""


def key_of(request: TrackRequest, run: Run, folder: Path) -> str:
    """Changes when following would find something else. folder: of the observations."""
    digest = hashlib.sha256(__version__.encode())
    for file in sorted(file for room in _FOLLOWING for file in room.iterdir()):
        if file.is_file():
            digest.update(file.read_bytes())
    settings = request.settings.follow
    digest.update(settings.model_dump_json().encode())
    digest.update(run.gallery_cache.key.encode() if run.gallery_cache else b"")
    if settings.offsets.weights is not None:
        digest.update(settings.offsets.weights.read_bytes())
    digest.update((folder / "meta.json").read_bytes())
    for file in sorted(folder.glob("chunk-*.parquet")):
        with file.open("rb") as opened:  # its end says where and how large everything in it is
            opened.seek(-min(file.stat().st_size, 20_000), os.SEEK_END)
            digest.update(f"{file.name} {file.stat().st_size}".encode() + opened.read())
    return digest.hexdigest()
