"""One file of a batch, observed in parts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tracker.observation.metadata import Metadata
from tracker.observation.shards import shard_file
from tracker.runs.request import TrackRequest


@dataclass(frozen=True, slots=True)
class Match:
    """A file that is observed in parts. store: folder of its observations. parts: how many parts
    there are; 0 where one worker does it all."""

    request: TrackRequest
    about: Metadata
    store: Path
    parts: int

    def missing(self) -> list[int]:
        return [n for n in range(self.parts) if not shard_file(self.store, n).is_file()]
