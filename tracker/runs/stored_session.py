"""What following takes where all is observed: no video, no detector, seldom an encoder."""

from __future__ import annotations

from time import perf_counter

from tracker.observation.metadata import ModelId, check_models, check_source
from tracker.observation.store import Store
from tracker.runs.gallery_cache import open_gallery, wants_numbers
from tracker.runs.request import TrackRequest
from tracker.runs.run import Run
from tracker.text import hidden


def open_observed(request: TrackRequest, store: Store) -> Run:
    """What following takes, all being observed. What is asked for must be what is there."""
    from tracker.video.open import known_fingerprint
    from tracker.video.source import VideoError

    before = store.metadata
    run = Run(before, notes=list(before.notes), warnings=list(store.warnings))
    fingerprint = known_fingerprint(request.source)
    if fingerprint is not None:
        check_source(store.folder, before.source, request.source, fingerprint)
    elif hidden(request.source) != before.source.spec:
        raise VideoError(
            f"{request.source}: no such file or folder, and {store.folder} was observed from "
            f"{before.source.spec}; check the path"
        )
    elif not before.source.live:
        run.notes.append(f"{request.source} is not there; what was observed of it is followed")
    models = {"detector": named_detector(request), "encoder": named_encoder(request)}
    check_models(store.folder, before, models, whole=True)
    if request.gallery is not None:
        begun = perf_counter()
        open_gallery(request, run, store.folder)
        run.seconds["gallery"] = perf_counter() - begun
    if wants_numbers(request, run):
        wanted = before.numbers or ModelId(name=request.settings.encode.numbers, fingerprint="")
        check_models(store.folder, before, {"numbers": wanted}, whole=True)
    return run


def named_detector(request: TrackRequest) -> ModelId | None:
    """The detector asked for; None where any will do."""
    if request.detections is not None:
        from tracker.detection.mot_file import identify as identify_file

        name, fingerprint = identify_file(request.detections)
    elif request.detector == "auto":
        return None
    else:
        from tracker.detection.detector import identify

        name, fingerprint = identify(request.detector)
    return ModelId(name=name, fingerprint=fingerprint)


def named_encoder(request: TrackRequest) -> ModelId | None:
    from gallery.reid.encoder import identify

    if not request.describes:
        return None
    name, fingerprint = identify(request.encoder)
    return ModelId(name=name, fingerprint=fingerprint)
