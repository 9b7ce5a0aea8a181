"""Boxes and looks of a clip, observed once: DIR/CLIP/BOXES is an OUT folder of `track`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tracker import config
from tracker.detection.mot_file import identify
from tracker.evaluation.options import read_gallery
from tracker.observation.store import Store
from tracker.output.run_files import OBSERVATIONS
from tracker.runs import gallery_commands, pipeline
from tracker.runs.open_session import open_session
from tracker.runs.request import TrackRequest
from tracker.runs.session import Session
from tracker.video.open import open_source

from .folder import Clip, ClipError

REID = "reid-omz/person-reidentification-retail-0277.xml"
YOLO, YOLO_MODEL = "yolo11n", "yolo11n_int8_openvino_model"
PER_PLAYER, MIN_PICTURES, GALLERY_SHARE = 12, 1, 1 / 3
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Case:
    """One clip with one kind of boxes. out: where it is observed. gallery: None where nobody says
    who is who; then nobody is described. frames: (first, last) scored, 1-based and inclusive."""

    clip: Clip
    boxes: str
    out: Path
    gallery: Path | None
    encoder: Path
    frames: tuple[int, int]

    @property
    def players(self) -> frozenset[str] | None:
        return read_gallery(self.gallery) if self.gallery else None


def quiet(*_: Any, **__: Any) -> None:
    """No progress, no notes."""


def cut(
    clip: Clip, frames: tuple[int, int] | None, pictures: int, say: Say
) -> tuple[Path | None, tuple[int, int]]:
    """(gallery, frames after it). The gallery is cut where it is not there yet.

    frames: those it is cut from, 1-based and inclusive; None: the first third. Where nobody says
    who is who there is no gallery, and all frames are "after" it. Raises EnrollError, ClipError.
    """
    length = open_source(str(clip.video)).frame_count or 0
    if clip.names is None:
        return None, (1, length)
    first, last = frames or (1, int(length * GALLERY_SHARE))
    if not 1 <= first <= last < length:
        raise ClipError(
            f"{clip.name}: frames {first} to {last} for the gallery leave none of {length} behind "
            "them to score; give others by --gallery-frames A:B"
        )
    usual = frames is None and pictures == PER_PLAYER
    out = clip.work / ("gallery" if usual else f"gallery-{first}-{last}-{pictures}")
    if not out.is_dir():
        done = gallery_commands.cut_gallery(
            str(clip.video), clip.truth, clip.names, out, (first, last), pictures,
            min(MIN_PICTURES, pictures), False, quiet,
        )  # fmt: skip
        say(f"{clip.name}: {done.splitlines()[0]}")
    return out, (last + 1, length)


def labels_of(clip: Clip, wanted: tuple[str, ...]) -> list[str]:
    """The kinds of boxes of a clip, those asked for (empty: all)."""
    known = [*clip.detections, YOLO]
    return [label for label in known if not wanted or label in wanted]


def observe(case: Case, weights: Path, sets: tuple[str, ...], say: Say) -> None:
    """Observe what is not observed yet, and encode the gallery if it is another than before.

    Raises the named errors of the rooms that work here, StoreError where DIR holds another run.
    """
    store = Store.open(case.out / OBSERVATIONS)
    file = case.clip.detections.get(case.boxes)
    if store is None or not store.finished:
        say(f"{case.clip.name}, {case.boxes}: observing")
        request = _request(case, sets, "online")
        detector = "auto" if file else str(weights / YOLO_MODEL)
        pipeline.track(
            replace(request, resume=True, detections=file, detector=detector), quiet, quiet
        )
        return
    by = store.metadata.detector
    if file is not None and by.fingerprint != identify(file)[1]:
        say(f"{case.clip.name}, {case.boxes}: as observed from {by.name}, not read again")
    run = open_session(_request(case, sets, "online"), store)
    if run.names is not None:
        run.names.cache.write(store.folder)


def reopened(case: Case, sets: tuple[str, ...], mode: str) -> tuple[TrackRequest, Session, Store]:
    """What following takes. Raises StoreError where nothing is observed."""
    store = Store.open(case.out / OBSERVATIONS)
    if store is None:
        raise ClipError(f"{case.out}: nothing is observed there")
    request = _request(case, sets, mode)
    return request, open_session(request, store), store


def _request(case: Case, sets: tuple[str, ...], mode: str) -> TrackRequest:
    return TrackRequest(
        source=str(case.clip.video),
        out=case.out,
        settings=config.load(None, [*sets, f"mode={mode}"]),
        gallery=case.gallery,
        encoder=str(case.encoder) if case.gallery else "stripes",
    )
