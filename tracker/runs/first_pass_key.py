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
    said = hashlib.sha256(__version__.encode())
    for file in sorted(file for room in _FOLLOWING for file in room.iterdir()):
        if file.is_file():
            said.update(file.read_bytes())
    limits = request.settings.follow
    said.update(limits.model_dump_json().encode())
    said.update(run.gallery_cache.key.encode() if run.gallery_cache else b"")
    if limits.offsets.weights is not None:
        said.update(limits.offsets.weights.read_bytes())
    said.update((folder / "meta.json").read_bytes())
    for file in sorted(folder.glob("chunk-*.parquet")):
        with file.open("rb") as opened:  # its end says where and how large everything in it is
            opened.seek(-min(file.stat().st_size, 20_000), os.SEEK_END)
            said.update(f"{file.name} {file.stat().st_size}".encode() + opened.read())
    return said.hexdigest()
