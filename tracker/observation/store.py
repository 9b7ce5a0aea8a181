"""OUT/observations: what was seen, in chunks of some 20 s, so that nothing is observed twice.

`meta.json` says of what and by what; `chunk-000001.parquet` and so on hold the frames. Every file
is written under a temporary name and renamed: a run that is killed loses one chunk at most.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from gallery.io.files import MAX_JSON_BYTES, read_bytes
from tracker.observation.chunk import (
    READABLE,
    VERSION,
    Carry,
    Chunk,
    StoreError,
    read_chunk,
    write_chunk,
)
from tracker.observation.metadata import ANEW, Metadata
from tracker.types import Observation

_METADATA = "meta.json"


@dataclass(frozen=True)
class Store:
    """The observations in a folder. Iterating gives them in order; it raises StoreError."""

    folder: Path
    metadata: Metadata
    files: tuple[Path, ...]

    @classmethod
    def open(cls, folder: Path) -> Store | None:
        """None where there is none. Raises StoreError where it cannot be read."""
        path = folder / _METADATA
        if not path.is_file():
            return None
        try:
            metadata = Metadata.model_validate_json(read_bytes(path, MAX_JSON_BYTES))
        except (OSError, ValueError) as error:
            first = error.errors()[0]["msg"] if isinstance(error, ValidationError) else error
            raise StoreError(f"{path}: damaged ({first}); {ANEW}") from error
        if metadata.version not in READABLE:
            raise StoreError(
                f"{path}: written by another teamsheet (schema {metadata.version}, this one reads "
                f"{VERSION}); {ANEW}"
            )
        return cls(folder, metadata, _files_in_a_row(folder))

    @property
    def finished(self) -> bool:
        """Whether nothing is left to observe. A live source cannot be gone on with."""
        return self.metadata.source.live or self.metadata.chunks == len(self.files)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Of the source, while it was read."""
        if self.metadata.chunks is not None or not self.files:
            return self.metadata.warnings
        return read_chunk(self.files[-1])[1].warnings

    def __iter__(self) -> Iterator[Observation]:
        for file in self.files:
            yield from read_chunk(file)[0]

    def cuts(self) -> list[int]:
        """Frame.index of the frames with which new shots begin. Raises StoreError."""
        chunks = (read_chunk(file)[0] for file in self.files)
        return [int(i) for chunk in chunks for i in chunk.indices[chunk.cuts]]


def _files_in_a_row(folder: Path) -> tuple[Path, ...]:
    """The chunks from the first on, up to one that is not there."""
    found: list[Path] = []
    while (file := _chunk_file(folder, len(found))).is_file():
        found.append(file)
    return tuple(found)


def _chunk_file(folder: Path, number: int) -> Path:
    return folder / f"chunk-{number + 1:06d}.parquet"


class Recorder:
    """Writes observations as they come. Nothing is made on disk before the first chunk is whole.

    Raises StoreError where the folder is a link and something is left to observe.

    store: what is there already, and is gone on with. stale: folders that are removed first,
    because this run replaces them.
    """

    def __init__(
        self,
        folder: Path,
        metadata: Metadata,
        store: Store | None = None,
        stale: Sequence[Path] = (),
    ) -> None:
        if folder.is_symlink() and not (store is not None and store.finished):
            raise StoreError(
                f"{folder} is a link; nothing is written or removed where it leads: put a folder "
                "in its place"
            )
        self.folder, self.metadata = folder, metadata
        self._stale = (folder, *stale) if store is None else ()
        self._store = store
        self._begun = False
        self._pending: list[Observation] = []  # of the chunk begun
        self._written = 0  # of those
        self._carry = Carry()
        self._number = 0
        if store is not None and store.files and not store.finished:
            chunk, self._carry = read_chunk(store.files[-1])
            self._number = len(store.files) - 1
            self._pending = list(chunk)
            self._written = len(chunk)

    @property
    def kept(self) -> bool:
        """Whether anything is on disk."""
        return self._begun or self._store is not None

    @property
    def in_chunk(self) -> Sequence[Observation]:
        """What is there of the chunk begun last."""
        return self._pending

    def behind(self, count: int) -> tuple[list[Observation], Carry]:
        """The last observations that are stored, `count` at most, and what goes on behind them."""
        found, number = list(self._pending), self._number
        while len(found) < count and number:
            number -= 1
            found = [*read_chunk(_chunk_file(self.folder, number))[0], *found]
        return found[-count:], self._carry

    def add(self, group: Sequence[Observation], carry: Carry) -> None:
        """Take in the next frames, all of one chunk."""
        number = self.metadata.chunk_of(group[0].index)
        if self._pending and number != self.metadata.chunk_of(self._pending[-1].index):
            self.keep()
            self._number += 1
            self._pending, self._written = [], 0
        self._pending += group
        self._carry = carry

    def keep(self) -> None:
        """Write what was seen of the chunk begun."""
        if len(self._pending) == self._written:
            return
        self._begin()
        path = _chunk_file(self.folder, self._number)
        write_chunk(Chunk.of(self._pending), self._carry, path)
        self._written = len(self._pending)

    def finish(self, warnings: Sequence[str]) -> None:
        """All is observed. warnings: of the source."""
        self.keep()
        if self.kept:
            chunks = self._number + bool(self._pending)
            self._write_metadata({"chunks": chunks, "warnings": tuple(warnings)})

    def discard(self) -> None:
        """It is of no use: remove its folder, and the one around it where nothing else is in it."""
        shutil.rmtree(self.folder, ignore_errors=True)
        with contextlib.suppress(OSError):
            self.folder.parent.rmdir()

    def _begin(self) -> None:
        """Before the first chunk: take away what this run replaces, say that it is not finished."""
        if self._begun:
            return
        for folder in self._stale:
            shutil.rmtree(folder, ignore_errors=True)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._write_metadata({})
        for file in self.folder.glob("chunk-*.parquet"):  # behind a gap
            if self._store is None or file not in self._store.files:
                file.unlink()
        self._begun = True

    def _write_metadata(self, changed: Mapping[str, Any]) -> None:
        path = self.folder / _METADATA
        part = path.with_name(f".{_METADATA}.part")
        with part.open("w", encoding="utf-8") as file:
            file.write(
                self.metadata.model_copy(update=dict(changed)).model_dump_json(indent=2) + "\n"
            )
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
