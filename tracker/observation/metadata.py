"""What observations were made of and by, and whether that is still so."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from tracker.detection.class_words import ClassKind
from tracker.observation.chunk import FIRST_WITH_CLASSES, MAX_CHUNK, VERSION, StoreError
from tracker.settings import Settings

ANEW = "observe anew by --overwrite, or choose another folder with -o"
CHUNK_S = 20.0


Frames = tuple[int, int | None]
"""--frames: (first, last) from 1, None is the end."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True)


class SourceFacts(_Record):
    """What is known of a source when it is not there. frame_count: an estimate, or None."""

    spec: str
    name: str
    fingerprint: str
    width: int
    height: int
    fps: float
    frame_count: int | None
    has_images: bool
    live: bool


class ModelId(_Record):
    """A detector, an encoder or a reader of numbers: what observations were made by."""

    name: str
    fingerprint: str


class Metadata(_Record):
    """What the observations of a store are of, and all that shapes them.

    settings: sections `detect`, `encode`, `camera`. first, last: as in --frames, from 1. together:
    frames that went through a network at once, on `device`. classes: names of the columns of
    `Observation.classes`, none where the detector tells people from nothing else; class_kinds: what
    each was taken for (`ClassKind`). chunks: how many there are once all is observed, None before.
    notes: said when the source and the detector were opened; warnings: of the source, once all is
    observed.
    """

    version: int = VERSION
    source: SourceFacts
    detector: ModelId
    encoder: ModelId | None
    numbers: ModelId | None
    runtimes: dict[str, str] = {}
    classes: tuple[str, ...] = ()
    class_kinds: tuple[ClassKind, ...] = ()
    settings: dict[str, dict[str, Any]]
    first: int
    last: int | None
    together: int
    device: str
    chunks: int | None = None
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def chunk_frames(self) -> int:
        """Frame numbers to a chunk; the last may hold fewer, and so may one with damage."""
        return min(max(1, round(CHUNK_S * self.source.fps)), MAX_CHUNK)

    def chunk_of(self, index: int) -> int:
        """The number of the chunk, from 0, of a Frame.index."""
        return (index + 1 - self.first) // self.chunk_frames


def shaping(settings: Settings) -> dict[str, dict[str, Any]]:
    """The settings that shape observations."""
    every = settings.model_dump(mode="json")
    return {section: every[section] for section in ("detect", "encode", "camera")}


def check_source(folder: Path, before: SourceFacts, spec: str, fingerprint: str) -> None:
    """Raise StoreError where the source is not the one that was observed into `folder`."""
    if fingerprint != before.fingerprint:
        raise StoreError(
            f"{spec} is not what {folder} was observed from ({before.spec}), or it has changed "
            f"since; {ANEW}"
        )


def check_models(
    folder: Path, before: Metadata, now: Mapping[str, ModelId | None], whole: bool
) -> None:
    """Raise StoreError where a detector, an encoder or a reader of numbers is another one.

    now: by the names of Meta's fields; None where none is asked for. whole: all is observed, so
    that what is not asked for is not missed.
    """
    for what, model in now.items():
        was: ModelId | None = getattr(before, what)
        if model == was or (model is None and whole):
            continue
        if was is None and model is not None:
            change = f"without {_WORDS[what]}, and {model.name} is asked for now"
        elif was is not None and model is None:
            change = f"with {_WORDS[what]} ({was.name}), and without one now"
        elif was is not None and model is not None:
            other = "a changed one of that name" if model.name == was.name else model.name
            change = f"with {_WORDS[what]} {was.name}, and it is {other} now"
        raise StoreError(f"{folder} was observed {change}; say the same as before, or {ANEW}")


_WORDS = {"detector": "detector", "encoder": "encoder", "numbers": "reader of numbers"}


def check_classes(folder: Path, before: Metadata, now: Metadata) -> None:
    """Raise StoreError where other classes of the detector are people now, as with another gallery.

    Where the version knew of none yet, what is seen from now on has them.
    """
    if before.version >= FIRST_WITH_CLASSES and before.classes != now.classes:
        was, are = (", ".join(names[:3]) or "none" for names in (before.classes, now.classes))
        raise StoreError(
            f"{folder} was begun with {len(before.classes)} classes of people ({was}), and "
            f"there are {len(now.classes)} now ({are}); say the same as before, or {ANEW}"
        )


def _reads_on(before: Metadata, key: str) -> bool:
    """Whether a setting of numbers shapes what is left to observe. The reader itself is checked as
    a model."""
    begun = before.chunks is None and not before.source.live
    return begun and before.numbers is not None and key != "numbers"


def check_settings(folder: Path, before: Metadata, settings: Settings, frames: Frames) -> None:
    """Raise StoreError where a setting that shapes observations, or --frames, has changed."""
    now = shaping(settings)
    for section, keys in before.settings.items():
        for key, was in keys.items():
            if section == "encode" and key.startswith("numbers") and not _reads_on(before, key):
                continue
            if now[section].get(key) != was:
                raise StoreError(
                    f"{folder} was observed with {section}.{key}={was}, and it is "
                    f"{now[section].get(key)} now; say the same as before, or {ANEW}"
                )
    if frames != (before.first, before.last):
        raise StoreError(
            f"{folder} was observed with --frames {before.first}:{before.last or ''}; say the "
            f"same, or {ANEW}"
        )
