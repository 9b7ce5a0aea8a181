"""Opens all that a run needs before any waiting begins, or no more than its store asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from gallery.io.files import read_bytes
from tracker.limits import MAX_NET_BYTES
from tracker.observation.metadata import (
    ANEW,
    Metadata,
    ModelId,
    SourceFacts,
    check_models,
    check_settings,
    check_source,
    shaping,
)
from tracker.observation.store import Store
from tracker.runs.gallery_cache import open_gallery, wants_numbers
from tracker.runs.request import PipelineError, TrackRequest
from tracker.runs.run import Run
from tracker.text import hidden

if TYPE_CHECKING:
    from gallery.reid.base import Encoder
    from tracker.detection.detector import Detector
    from tracker.observation.jersey_reader import NumberReader
    from tracker.tracking.occlusion_net import OffsetNet
    from tracker.video.source import Source

_TOGETHER_ON_GPU = 8
_FPS_FOR_MOTION = 5.0  # below, names fall: at 5 a second .93, at 2.5 .90, at 1 .6 (SNMOT-116)


def open_run(request: TrackRequest, store: Store | None = None) -> Run:
    """Open everything first, so that a mistake costs no waiting.

    store: what is observed already; where that is all, no video and no detector is opened. Raises
    the rooms' named errors, StoreError where the store is of another run.
    """
    if store is not None:
        check_settings(store.folder, store.metadata, request.settings, request.frames)
    if store is not None and store.finished:
        from tracker.runs.stored_session import open_observed

        run = open_observed(request, store)
    else:
        run = _open_source(request, store)
    run.offsets = _offsets(request.settings.follow.offsets.weights)
    run.notes += _too_slow(run.about.source.fps / request.settings.detect.every_n)
    if request.render and not run.about.source.has_images:
        raise PipelineError(f"{request.source} has no pictures to --render; leave it out")
    if request.render and run.about.source.live:
        raise PipelineError(
            f"{request.source}: a camera's pictures are not kept; leave out --render"
        )
    return run


def _open_source(request: TrackRequest, store: Store | None) -> Run:
    """All that observing takes; checked against what is in the store."""
    from tracker.video.open import open_source

    source = open_source(request.source)
    detector, why = open_detector(request, source)
    begun = perf_counter()
    run = Run(_about(request, source, detector, why), source, detector)
    run.notes, run.warnings = list(run.about.notes), source.warnings
    if request.gallery is not None:
        open_gallery(request, run, None if store is None else store.folder)
        run.seconds["gallery"] = perf_counter() - begun
    elif request.describes:
        from gallery.reid.encoder import load_encoder

        run.encoder = load_encoder(request.encoder, request.device)
    if wants_numbers(request, run):
        from tracker.observation.jersey_numbers import open_reader

        run.reader = open_reader(request.settings.encode.numbers)
    needs_pictures = detector.needs_images or run.encoder is not None or request.render
    if needs_pictures and not source.has_images:
        raise PipelineError(
            f"{request.source} has no pictures; without them only --detections can be followed, "
            "with neither --gallery nor --render"
        )
    models = {
        "detector": _model_id(detector),
        "encoder": _model_id(run.encoder),
        "numbers": _model_id(run.reader),
    }
    run.about = run.about.model_copy(update=models | {"runtimes": runtimes_of(run)})
    if store is not None:
        _check_begun(store, run.about, models, request.source)
    return run


def _model_id(by: Detector | Encoder | NumberReader | None) -> ModelId | None:
    return None if by is None else ModelId(name=by.name, fingerprint=by.fingerprint)


def runtimes_of(run: Run) -> dict[str, str]:
    """What runs the networks; a detector or encoder need not say so."""
    networks = {"detector": run.detector, "encoder": run.encoder}
    found = {what: getattr(by, "runtime", "") for what, by in networks.items()}
    return {what: runtime for what, runtime in found.items() if runtime}


def _check_begun(
    store: Store, now: Metadata, models: Mapping[str, ModelId | None], spec: str
) -> None:
    check_source(store.folder, store.metadata.source, spec, now.source.fingerprint)
    check_models(store.folder, store.metadata, models, whole=False)
    if now.together != store.metadata.together:
        raise PipelineError(
            f"{store.folder} was begun with --device {store.metadata.device}; go on with that"
        )
    for what, was in store.metadata.runtimes.items():
        if was != now.runtimes.get(what):
            raise PipelineError(
                f"{store.folder} was begun with its {what} run by {was}, which is not so on this "
                f"machine now; {ANEW}"
            )


def _about(
    request: TrackRequest, source: Source, detector: Detector, why: Sequence[str]
) -> Metadata:
    on_gpu = request.device.startswith("cuda")
    return Metadata(
        source=SourceFacts(
            spec=hidden(request.source),
            name=source.name,
            fingerprint=source.fingerprint(),
            width=source.width,
            height=source.height,
            fps=source.fps,
            frame_count=source.frame_count,
            has_images=source.has_images,
            live=source.live,
        ),
        detector=ModelId(name=detector.name, fingerprint=detector.fingerprint),
        encoder=None,
        numbers=None,
        settings=shaping(request.settings),
        first=request.frames[0],
        last=request.frames[1],
        together=_TOGETHER_ON_GPU if on_gpu and not source.live else 1,
        device=request.device,
        notes=tuple(hidden(note) for note in (*source.warnings, *why)),
    )


def _too_slow(fps: float) -> list[str]:
    """What a user must know of so few frames a second, if anything."""
    if not 0 < fps < _FPS_FOR_MOTION:
        return []
    return [
        f"{fps:g} frames a second are looked at, too few to follow people by their motion: names "
        "come from single pictures and many are missing; 10 a second or more do better"
    ]


def _offsets(file: Path | None) -> OffsetNet | None:
    """The user's own offset net; None: the one that comes with the package."""
    from tracker.tracking.occlusion_net import OffsetNet

    if file is None:
        return None
    try:
        return OffsetNet.from_bytes(read_bytes(file, MAX_NET_BYTES), str(file))
    except OSError as error:
        raise PipelineError(f"{file}: cannot be read ({error.strerror or error})") from error


def open_detector(request: TrackRequest, source: Source) -> tuple[Detector, list[str]]:
    from tracker.detection.detector import choose_detector, load_detector
    from tracker.detection.mot_file import MotFileDetector

    if request.detections is not None:
        file = MotFileDetector(request.detections)
        return file, list(file.warnings)
    if request.detector == "auto" and not source.has_images and source.detections_file:
        file = MotFileDetector(source.detections_file)
        return file, list(file.warnings)
    if request.detector == "auto":
        chosen, why = choose_detector(request.settings.detect, request.device)
        return chosen, [why]
    return load_detector(request.detector, request.settings.detect, request.device), []
