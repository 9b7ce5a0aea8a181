"""Opens all that a run needs before any waiting begins, or no more than its store asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import TYPE_CHECKING

from gallery.io.files import read_bytes
from tracker.detection.class_names import ClassKinds, PlayerNames
from tracker.limits import MAX_NET_BYTES
from tracker.observation.metadata import (
    ANEW,
    Metadata,
    ModelId,
    SourceFacts,
    check_classes,
    check_models,
    check_settings,
    check_source,
    shaping,
)
from tracker.observation.store import Store
from tracker.runs.anchor_sources import AnchorSources
from tracker.runs.fitted_tiles import as_observed, fitted
from tracker.runs.given_field import open_field
from tracker.runs.name_model import NameModel, names_without_pictures, open_names
from tracker.runs.number_reading import check_numbers, open_number_reader
from tracker.runs.request import PipelineError, TrackRequest
from tracker.runs.run_players import (
    described_by_classes,
    given_anchors,
    names_of_classes,
    players_of,
    roster_of,
)
from tracker.runs.session import Inputs, RunLog, Session
from tracker.runs.sheet_alone import check_sheet_alone
from tracker.text import hidden

if TYPE_CHECKING:
    from gallery.reid.base import Encoder
    from gallery.roster import Roster
    from tracker.detection.class_words import ClassKind
    from tracker.detection.detector import Detector
    from tracker.observation.jersey_protocol import NumberReader
    from tracker.tracking.occlusion_net import OffsetNet
    from tracker.video.source import Source

_TOGETHER_ON_GPU = 8
_FPS_FOR_MOTION = 5.0  # below, names fall: at 5 a second .93, at 2.5 .90, at 1 .6 (SNMOT-116)


def open_session(
    request: TrackRequest, store: Store | None = None, source: Source | None = None
) -> Session:
    """Open everything first, so that a mistake costs no waiting.

    store: what is observed already; where that is all, no video and no detector is opened. source:
    the video of the request, where it is open already. Raises the rooms' named errors, StoreError
    where the store is of another run.
    """
    if store is not None:
        request = as_observed(request, store.metadata)
        check_settings(store.folder, store.metadata, request.settings, request.frames)
    if store is not None and store.finished:
        session = _open_observed(request, store)
    else:
        session = _open_source(request, store, source)
    about = session.about.source
    session.log.notes += _too_slow(about.fps / request.settings.detect.every_n)
    if request.render and not about.has_images:
        raise PipelineError(f"{request.source} has no pictures to --render; leave it out")
    if request.render and about.live:
        raise PipelineError(
            f"{request.source}: a camera's pictures are not kept; leave out --render"
        )
    return session


def _open_source(request: TrackRequest, store: Store | None, opened: Source | None) -> Session:
    """All that observing takes; checked against what is in the store."""
    from tracker.video.open import open_source

    source = open_source(request.source) if opened is None else opened
    field = open_field(request, source)
    roster, given = roster_of(request), given_anchors(request, source)
    detector, why = open_detector(request, source, names_of_classes(request, roster, given))
    if store is None:
        request, detector, chosen = fitted(request, source, detector)
        why = [*why, *chosen]
    about = _about(request, source, detector, why)
    log = RunLog(list(about.notes), source.warnings)
    players = players_of(request, about, roster, given)
    names, encoder = _open_names(request, log, store, roster, players.anchors, observing=True)
    describes = request.describes or described_by_classes(players.anchors, source, store)
    if encoder is None and describes:
        from gallery.reid.encoder import load_encoder

        encoder = load_encoder(request.encoder, request.device)
    number_reader = open_number_reader(request, names, store, log, source.has_images)
    if players.anchors is None:
        check_sheet_alone(request, names, number_reader is not None, source.has_images)
    needs_pictures = detector.needs_images or encoder is not None or request.render
    if needs_pictures and not source.has_images:
        raise PipelineError(
            f"{request.source} has no pictures; without them only --detections can be followed, "
            "with neither --gallery nor --render"
        )
    inputs = Inputs(source, detector, encoder, number_reader)
    models = {
        "detector": _model_id(detector),
        "encoder": _model_id(encoder),
        "numbers": _model_id(number_reader),
    }
    about = about.model_copy(update=models | {"runtimes": inputs.runtimes})
    if store is not None:
        check_begun(store, about, models, request.source)
    offsets, anchors, classes = _offsets(request), players.anchors, players.classes
    return Session(about, inputs, names, offsets, log, anchors, classes, field=field)


def _open_observed(request: TrackRequest, store: Store) -> Session:
    """What following takes where all is observed: no video, no detector, seldom an encoder. What is
    asked for must be what is there."""
    from tracker.video.open import known_fingerprint
    from tracker.video.source import VideoError

    before = store.metadata
    log = RunLog(list(before.notes), list(store.warnings))
    fingerprint = known_fingerprint(request.source)
    if fingerprint is not None:
        check_source(store.folder, before.source, request.source, fingerprint)
    elif hidden(request.source) != before.source.spec:
        raise VideoError(
            f"{request.source}: no such file or folder, and {store.folder} was observed from "
            f"{before.source.spec}; check the path"
        )
    elif not before.source.live:
        log.notes.append(f"{request.source} is not there; its stored observations are used")
    models = {"detector": named_detector(request), "encoder": named_encoder(request)}
    check_models(store.folder, before, models, whole=True)
    field = open_field(request, before.source)
    roster, given = roster_of(request), given_anchors(request, before.source)
    players = players_of(request, before, roster, given)
    names, _ = _open_names(request, log, store, roster, players.anchors, observing=False)
    check_numbers(request, names, store, log)
    if players.anchors is None:
        check_sheet_alone(request, names, before.numbers is not None, before.source.has_images)
    offsets, anchors, classes = _offsets(request), players.anchors, players.classes
    return Session(before, None, names, offsets, log, anchors, classes, field=field)


def _open_names(
    request: TrackRequest,
    log: RunLog,
    store: Store | None,
    roster: Roster | None,
    anchors: AnchorSources | None,
    *,
    observing: bool,
) -> tuple[NameModel | None, Encoder | None]:
    if anchors is not None:
        log.notes += anchors.warnings
    if roster is None:
        if anchors is None:
            return None, None
        return names_without_pictures(request, None, anchors.players), None
    begun, new = perf_counter(), anchors.new if anchors is not None else ()
    folder = store.folder if store else None
    names, encoder = open_names(request, folder, observing, roster, new)
    log.notes += roster.warnings
    log.seconds["gallery"] = perf_counter() - begun
    return names, encoder


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


def _model_id(by: Detector | Encoder | NumberReader | None) -> ModelId | None:
    return None if by is None else ModelId(name=by.name, fingerprint=by.fingerprint)


def check_begun(
    store: Store, now: Metadata, models: Mapping[str, ModelId | None], spec: str
) -> None:
    check_source(store.folder, store.metadata.source, spec, now.source.fingerprint)
    check_models(store.folder, store.metadata, models, whole=False)
    check_classes(store.folder, store.metadata, now)
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
        classes=getattr(detector, "class_names", ()),
        class_kinds=_class_kinds(detector),
        together=_TOGETHER_ON_GPU if on_gpu and not source.live else 1,
        device=request.device,
        notes=tuple(hidden(note) for note in (*source.warnings, *why)),
    )


def _class_kinds(detector: Detector) -> tuple[ClassKind, ...]:
    """Of its columns; one that does not say is told by the names."""
    kinds: ClassKinds | None = getattr(detector, "class_kinds", None)
    names = getattr(detector, "class_names", ())
    if kinds is None and names:
        kinds = ClassKinds.of(dict(enumerate(names)))
    return kinds.kinds if kinds is not None else ()


def _too_slow(fps: float) -> list[str]:
    """What a user must know of so few frames a second, if anything."""
    if not 0 < fps < _FPS_FOR_MOTION:
        return []
    return [
        f"{fps:g} frames a second are looked at, too few to follow people by their motion: names "
        "come from single pictures and many are missing; 10 a second or more do better"
    ]


def _offsets(request: TrackRequest) -> OffsetNet | None:
    """The user's own offset net; None: the one that comes with the package."""
    from tracker.tracking.occlusion_net import OffsetNet

    file = request.settings.follow.offsets.weights
    if file is None:
        return None
    try:
        return OffsetNet.from_bytes(read_bytes(file, MAX_NET_BYTES), str(file))
    except OSError as error:
        raise PipelineError(f"{file}: cannot be read ({error.strerror or error})") from error


def open_detector(
    request: TrackRequest, source: Source, names: PlayerNames
) -> tuple[Detector, list[str]]:
    """The detector asked for, and what is to be said of it. names: who its classes may be."""
    from tracker.detection.detector import choose_detector, load_detector
    from tracker.detection.mot_file import MotFileDetector

    file = request.detections
    if request.detector == "auto" and not source.has_images:
        file = file or source.detections_file
    if file is not None:
        if names.all_players:
            raise PipelineError(f"{file}: it knows no players; leave out --players-from-detector")
        boxes = MotFileDetector(file)
        return boxes, list(boxes.warnings)
    settings, device, spec = request.settings.detect, request.device, request.detector
    if spec == "auto":
        detector, why = choose_detector(settings, device, names.players, names.all_players)
        return detector, [why, *getattr(detector, "notes", ())]
    detector = load_detector(spec, settings, device, names.players, names.all_players)
    return detector, list(getattr(detector, "notes", ()))
