"""Names given again to a run that was followed before: nothing is followed once more.

What a correction needs lies beside the observations (`first_pass_cache.py`). The same functions
name and bridge as when everything is followed, so that the results are the same to the last byte.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from time import perf_counter

import numpy as np

from tracker.corrections.reapply import Apply
from tracker.kits.run_kits import RunKits
from tracker.observation.chunk import read_chunk, read_embeddings
from tracker.observation.store import Store
from tracker.offline.anchor_votes import RunAnchors
from tracker.offline.crops import Crops, Embeddings
from tracker.offline.run_colors import RunColors
from tracker.offline.second_pass import Ground
from tracker.rows import Rows
from tracker.runs.anchor_sources import RunAttacher
from tracker.runs.anchor_summary import AnchorSummary
from tracker.runs.first_pass_cache import FirstPass, key_of
from tracker.runs.following import Followed, name_again
from tracker.runs.name_model import NameModel
from tracker.runs.online_pass import run_anchors
from tracker.runs.request import TrackRequest
from tracker.runs.session import Session
from tracker.tracking.online_anchors import Sources
from tracker.types import Anchors, Ints, Readings

_KEPT = 2  # chunks whose embeddings are kept: pictures that are asked about together lie in two
_MOST_BYTES = 1_000_000_000  # of embeddings, that are kept all where a run is named many times


@dataclass(frozen=True, slots=True)
class _Later:
    """Embeddings of a chunk, read when they are wanted: corrections that only say who is unknown
    teach nothing of how a player looks, and need none. A match has gigabytes of them."""

    file: Path
    count: int
    read: Callable[[Path, int], Embeddings]

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, rows: Ints) -> Embeddings:
        return np.asarray(self.read(self.file, self.count)[rows])


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What of the observations naming needs. read, anchors: of each frame."""

    crops: Crops
    shirts: RunColors
    read: Sequence[Readings | None]
    anchors: Sequence[Anchors | None]

    @classmethod
    def of(
        cls, store: Store, attacher: RunAttacher | None = None, kept: int | None = _KEPT
    ) -> Seen | None:
        """None where frames were left out, for then rows were put between. attacher: puts anchors
        on them, with the detections that those make. kept: chunks whose embeddings stay in memory,
        None is all of them."""
        counts, encoded, parts, colors = [], [], [], []
        read: list[Readings | None] = []
        anchors: list[Anchors | None] = []
        latest = lru_cache(kept)(read_embeddings)
        for file in store.files:
            chunk, _ = read_chunk(file, embeddings=False)
            if not chunk.looked.all():
                return None
            parts.append(_Later(file, int(np.count_nonzero(chunk.encoded)), latest))
            if attacher is None and not chunk.readings.read.any():
                counts.append(chunk.counts)
                encoded.append(chunk.encoded)
                colors.append(chunk.colors)
                read += [None] * len(chunk)
                anchors += [None] * len(chunk)
                continue
            seen = list(chunk if attacher is None else attacher.attached(chunk))
            more = np.array([len(observation.boxes) for observation in seen]) - chunk.counts
            counts.append(chunk.counts + more)
            ends = np.repeat(np.cumsum(chunk.counts), more)  # made detections come last
            encoded.append(np.insert(chunk.encoded, ends, False))
            known = np.insert(chunk.colors.seen, ends, False)
            colors.append(replace(chunk.colors, seen=known))
            read += [observation.readings for observation in seen]
            anchors += [observation.anchors for observation in seen]
        if not counts:
            return None
        every = np.concatenate(counts)
        crops = Crops(every, np.concatenate(encoded), parts)
        return cls(crops, RunColors.joined(every, colors), read, anchors)


@dataclass(frozen=True, slots=True, eq=False)
class Replay:
    """All that naming a run goes by, in memory. summary: what became of its anchors."""

    session: Session
    names: NameModel
    known: FirstPass
    ground: Ground
    summary: AnchorSummary | None

    @classmethod
    def open(
        cls, request: TrackRequest, session: Session, store: Store, often: bool = False
    ) -> Replay | None:
        """None where all has to be followed first. often: it will be named more than once."""
        names, key = session.names, key_of(request, session, store.folder)
        known = FirstPass.read(store.folder, key)
        files = session.anchors
        attacher = files.attacher() if files is not None else None
        small = sum(file.stat().st_size for file in store.files) < _MOST_BYTES
        kept = None if often and small else _KEPT
        seen = None if known is None else Seen.of(store, attacher, kept)
        if names is None or known is None or seen is None or len(seen.read) != len(known.rows):
            return None
        settings, rows, players = request.settings.follow, known.rows, len(session.players)
        anchors = run_anchors(files, seen.anchors, players) or RunAnchors.of((), Sources(), players)
        pictures = names.classifier is not None
        kits = None if pictures else RunKits.of(known.colors, names.rules)
        ground = Ground(
            rows, rows.time_s, rows.indices, seen.crops, known.first, seen.read, players, settings,
            names.rules, anchors, names.unseen if files is None else None,
            kits, seen.shirts, known.plays,
        )  # fmt: skip
        summary = None
        if files is not None and attacher is not None:
            counts, channel = attacher.counts, known.begun.channel
            summary = AnchorSummary.of(files, counts, seen.anchors, channel)
        return cls(session, names, known, ground, summary)

    @property
    def rows(self) -> Rows:
        """Of the first pass, swaps undone, names not yet given."""
        return self.known.rows

    def named(self, correct: Apply | None) -> Followed:
        """As `follow`, with what is said. Nothing of this object is altered."""
        begun_s, known, rows = perf_counter(), self.known, self.rows
        named, log, corrections = name_again(
            rows, self.ground, known.begun, self.names, known.ambiguous, correct
        )
        motion = self.ground.settings.motion
        smoothed = known.smoothed.among(named, list(known.cameras), motion)
        roles = replace(self.session.track_roles(), votes=known.roles)
        seconds = perf_counter() - begun_s
        return Followed(
            smoothed.written(named), len(rows), known.looked_at, seconds, log, known.offset_test,
            corrections, anchors=self.summary, roles=roles, colors=known.colors, plays=known.plays,
        )  # fmt: skip
