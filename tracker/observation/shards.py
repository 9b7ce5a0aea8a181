"""Chunks observed out of order, on many machines, and joined as if one had observed them all.

A part is a chunk that was observed without the one before it. What it needs to know of that one is
guessed, from a few frames before the border and from the time stamps of the file; beside the chunk
lies what was guessed (`ShardBoundary`). The chunk before says what is true: where the guess was
right the part is what a single run would have seen, to the last bit; where not it is observed
again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from gallery.io.files import MAX_JSON_BYTES, read_bytes, read_json
from tracker.observation.chunk import Carry, Chunk, StoreError, read_chunk, write_chunk
from tracker.observation.metadata import Metadata
from tracker.types import Doubles, Observation


@dataclass(frozen=True, slots=True)
class ShardBoundary:
    """What a part was begun with. before: (Frame.index, time_s) of the frames looked at before its
    first one. carry: what is guessed to be carried on behind them."""

    before: tuple[tuple[int, float], ...]
    carry: Carry


def shards_of(store: Path) -> Path:
    """Beside the store, which holds nothing but what is known to be right."""
    return store.with_name(f"{store.name}.parts")


def shard_file(store: Path, number: int) -> Path:
    return shards_of(store) / f"part-{number + 1:06d}.parquet"


def write_shard(
    store: Path, number: int, chunk: Chunk, carry: Carry, boundary: ShardBoundary
) -> None:
    """The joint first: where the chunk is, all of the part is."""
    file = shard_file(store, number)
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".{file.name}.json.part")
    part.write_text(
        json.dumps({"before": boundary.before, "carry": boundary.carry.tree()}), encoding="utf-8"
    )
    part.replace(file.with_suffix(".json"))
    write_chunk(chunk, carry, file)


def read_shard(store: Path, number: int) -> tuple[Chunk, Carry, ShardBoundary] | None:
    """None where there is none, or where it is damaged: it will be observed anew."""
    file = shard_file(store, number)
    try:
        chunk, carry = read_chunk(file)
        written = read_json(file.with_suffix(".json"))
        before = tuple((int(index), float(time_s)) for index, time_s in written["before"])
        return chunk, carry, ShardBoundary(before, Carry.read(written["carry"]))
    except (StoreError, OSError, ValueError, KeyError, TypeError):
        return None


def joined(
    shard: tuple[Chunk, Carry, ShardBoundary], seen: Sequence[Observation], true: Carry
) -> Carry | None:
    """What is carried on behind the part where it fits to what was seen before it; else None.

    seen: the last observations before it. true: what is carried on behind them.
    """
    chunk, carry, boundary = shard
    guess, first = boundary.carry, len(seen) - len(boundary.before)
    looked_at = tuple(
        (observation.index, observation.time_s) for observation in seen[max(first, 0) :]
    )
    if looked_at != boundary.before or bool(looked_at) != bool(seen):
        return None
    if (guess.picture, guess.hidden, guess.recent) != (true.picture, true.hidden, true.recent):
        return None
    was, is_ = guess.next_encode_s, true.next_encode_s
    if _first_due(chunk.times_s, was) != _first_due(chunk.times_s, is_):
        return None
    if carry.next_encode_s == was:  # nothing was due in all of it
        carry = replace(carry, next_encode_s=is_)
    warnings = tuple(dict.fromkeys([*true.warnings, *carry.warnings]))
    return replace(carry, warnings=warnings)


def _first_due(times_s: Doubles, due_s: float) -> int:
    return int(np.argmax(times_s >= due_s)) if (times_s >= due_s).any() else len(times_s)


def next_due(times_s: Sequence[float], every_s: float) -> float:
    """When it is time again behind frames of these times, as the observer reckons."""
    due_s = -np.inf
    for time_s in times_s:
        if time_s >= due_s:
            due_s = time_s + every_s - 5e-4
    return due_s


def begun_with(store: Path, about: Metadata) -> None:
    """Say what the parts are of, or check it. Raises StoreError where they are of another run."""
    file = shards_of(store) / "meta.json"
    text = about.model_copy(update={"notes": (), "warnings": ()}).model_dump_json()
    if file.is_file():
        if read_bytes(file, MAX_JSON_BYTES).decode(errors="replace") != text:
            raise StoreError(
                f"{file.parent} was observed from another file or with other settings; say the "
                "same as before, or begin anew by --overwrite"
            )
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".{file.name}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(file)
