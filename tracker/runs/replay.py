"""Names given again to a run that was followed before: nothing is followed once more.

What a correction needs lies beside the observations (`first_pass_cache.py`). The same functions
name and bridge as when everything is followed, so that the results are the same to the last byte.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from time import perf_counter

import numpy as np

from tracker.observation.chunk import read_chunk, read_embeddings
from tracker.observation.store import Store
from tracker.offline.crops import Crops, Looks
from tracker.offline.relabel import renamed
from tracker.offline.second_pass import Ground, settle
from tracker.rows import Rows
from tracker.runs.first_pass_cache import Followed
from tracker.runs.first_pass_key import key_of
from tracker.runs.following import heard_of
from tracker.runs.request import TrackRequest
from tracker.runs.run import Run
from tracker.types import Doubles, Ints, Readings


class _Later:
    """Embeddings of a chunk, read when they are asked for: what is said of who is nobody teaches
    nothing of how a player looks, and needs none."""

    def __init__(self, file: Path, count: int) -> None:
        self._file, self._count = file, count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, rows: Ints) -> Looks:
        return np.asarray(self._every[rows])

    @cached_property
    def _every(self) -> Looks:
        return read_embeddings(self._file, self._count)


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What of the observations naming needs, of F frames. cameras: (F, 2, 3)."""

    crops: Crops
    cameras: Doubles
    read: Sequence[Readings | None]

    @classmethod
    def of(cls, store: Store) -> Seen | None:
        """None where frames were left out, for then rows were put between."""
        counts, encoded, parts, cameras = [], [], [], []
        read: list[Readings | None] = []
        for file in store.files:
            chunk, _ = read_chunk(file, embeddings=False)
            if not chunk.looked.all():
                return None
            counts.append(chunk.counts)
            encoded.append(chunk.encoded)
            parts.append(_Later(file, int(np.count_nonzero(chunk.encoded))))
            cameras.append(chunk.cameras)
            if chunk.read.any():
                read += [one.readings for one in chunk]
            else:
                read += [None] * len(chunk)
        if not counts:
            return None
        crops = Crops(np.concatenate(counts), np.concatenate(encoded), parts)
        return cls(crops, np.concatenate(cameras), read)


def again(request: TrackRequest, run: Run, store: Store) -> Rows | None:
    """The rows of all frames, with what is said; None where all has to be followed first."""
    begun_s = perf_counter()
    key = key_of(request, run, store.folder)
    known = Followed.read(store.folder, key)
    seen = None if known is None else Seen.of(store)
    if known is None or seen is None or len(seen.cameras) != len(known.rows):
        return None
    limits, rows = request.settings.follow, known.rows
    ground = Ground(
        rows, rows.time_s, rows.indices, seen.crops, known.first, seen.read, len(run.players),
        limits, run.rules,
    )  # fmt: skip
    done = settle(
        ground, known.begun, run.user_constraints(rows) if run.user_constraints else (), run.refit
    )
    run.evidence_log = heard_of(ground, done, known.doubts)
    named = renamed(rows, done.tracklets, done.result, limits.identity)
    bridges = known.bridges.among(named, list(seen.cameras), limits.motion)
    run.offset_test = known.told["offset_test"]
    run.seen.update(known.told["looked_at"])
    run.seconds["follow"] = perf_counter() - begun_s
    return bridges.written(named)
