"""Opens all that a run needs before any waiting begins, or no more than its store asks for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from gallery.files import read_bytes
from tracker.errors import TeamsheetError
from tracker.limits import MAX_NET_BYTES
from tracker.naming import open_gallery, wants_numbers
from tracker.observe.meta import (
    ANEW,
    Made,
    Meta,
    SourceFacts,
    check_asked,
    check_made,
    check_source,
    shaping,
)
from tracker.observe.store import Store
from tracker.records import Proceedings, TrackedFrame
from tracker.settings import Settings
from tracker.text import hidden

if TYPE_CHECKING:
    from gallery.classifier import GalleryClassifier
    from gallery.encoding import Encoder
    from gallery.roster import Roster
    from tracker.follow.occlusion import OffsetNet
    from tracker.follow.offline import Refit
    from tracker.follow.rules import Rules
    from tracker.follow.rulings import Ruling
    from tracker.naming import Shown
    from tracker.observe.detector import Detector
    from tracker.observe.number_reader import NumberReader
    from tracker.observe.video import Source
    from tracker.remembered import Followed

_TOGETHER_ON_GPU = 8
_FPS_FOR_MOTION = 5.0  # below, names fall: at 5 a second .93, at 2.5 .90, at 1 .6 (SNMOT-116)


class PipelineError(TeamsheetError):
    """The run cannot give a result; one line that says why and what to do."""


@dataclass(frozen=True, slots=True)
class TrackRequest:
    """What the user asked for. frames: (first, last), 1-based and inclusive; None = open end.

    describe: people are described without a gallery too, so that naming them later needs no second
    look at the video.
    """

    source: str
    out: Path
    settings: Settings
    gallery: Path | None = None
    detections: Path | None = None
    detector: str = "auto"
    encoder: str = "stripes"
    frames: tuple[int, int | None] = (1, None)
    device: str = "cpu"
    render: bool = False
    overwrite: bool = False
    resume: bool = False
    describe: bool = False

    @property
    def describes(self) -> bool:
        """Whether an encoder is needed: `stripes` is the default, another one was asked for."""
        return self.gallery is not None or self.describe or self.encoder != "stripes"


@dataclass(slots=True)
class Run:
    """What a run has opened and counted.

    about: of what and by what its observations are. source, detector: None where all is observed
    already, for then neither is opened. encoder: None then too, unless the gallery is new.
    offset_test: what `follow.probing` found. followed: what a correction will go by.
    rulings: gives what the user has said of the paths of these frames, names not yet given. live:
    what a camera has to say for the receipt. seen: how many frames were looked at, boxes found in
    them, and of those described.
    """

    about: Meta
    source: Source | None = None
    detector: Detector | None = None
    roster: Roster | None = None
    encoder: Encoder | None = None
    classifier: GalleryClassifier | None = None
    shown: Shown | None = None
    offsets: OffsetNet | None = None
    refit: Refit | None = None
    rules: Rules | None = None
    reader: NumberReader | None = None
    rulings: Callable[[Sequence[TrackedFrame]], Sequence[Ruling]] | None = None
    proceedings: Proceedings | None = None
    offset_test: Sequence[Mapping[str, float | int]] | None = None
    followed: Followed | None = None
    live: Mapping[str, Any] | None = None
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    seen: Counter[str] = field(default_factory=Counter)
    speeds: Mapping[str, float] = field(default_factory=dict)

    @property
    def players(self) -> list[str]:
        return [p.name for p in self.roster.players] if self.roster else []


def decided(request: TrackRequest, streamed: bool = False) -> TrackRequest:
    """The request with its mode: offline for what has an end, unless its rows are wanted before."""
    from tracker.observe.opened import is_live

    settings = request.settings
    if settings.mode != "auto":
        return request
    at_once = streamed or settings.lag_s is not None or is_live(request.source)
    mode = "online" if at_once else "offline"
    return replace(request, settings=settings.model_copy(update={"mode": mode}))


def open_run(request: TrackRequest, store: Store | None = None) -> Run:
    """Open everything first, so that a mistake costs no waiting.

    store: what is observed already; where that is all, no video and no detector is opened. Raises
    the rooms' named errors, StoreError where the store is of another run.
    """
    if store is not None:
        check_asked(store.folder, store.meta, request.settings, request.frames)
    if store is not None and store.finished:
        from tracker.reopening import open_observed

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
    from tracker.observe.opened import open_source

    source = open_source(request.source)
    detector, why = open_detector(request, source)
    begun = perf_counter()
    run = Run(_about(request, source, detector, why), source, detector)
    run.notes, run.warnings = list(run.about.notes), source.warnings
    if request.gallery is not None:
        open_gallery(request, run, None if store is None else store.folder)
        run.seconds["gallery"] = perf_counter() - begun
    elif request.describes:
        from gallery.encoder import load_encoder

        run.encoder = load_encoder(request.encoder, request.device)
    if wants_numbers(request, run):
        from tracker.observe.shirts import open_reader

        run.reader = open_reader(request.settings.encode.numbers)
    needs_pictures = detector.needs_images or run.encoder is not None or request.render
    if needs_pictures and not source.has_images:
        raise PipelineError(
            f"{request.source} has no pictures; without them only --detections can be followed, "
            "with neither --gallery nor --render"
        )
    made = {
        "detector": _made(detector),
        "encoder": _made(run.encoder),
        "numbers": _made(run.reader),
    }
    run.about = run.about.model_copy(update=made | {"runtimes": runtimes_of(run)})
    if store is not None:
        _check_begun(store, run.about, made, request.source)
    return run


def _made(by: Detector | Encoder | NumberReader | None) -> Made | None:
    return None if by is None else Made(name=by.name, fingerprint=by.fingerprint)


def runtimes_of(run: Run) -> dict[str, str]:
    """What runs the networks; a detector or encoder need not say so."""
    networks = {"detector": run.detector, "encoder": run.encoder}
    said = {what: getattr(by, "runtime", "") for what, by in networks.items()}
    return {what: runtime for what, runtime in said.items() if runtime}


def _check_begun(store: Store, now: Meta, made: Mapping[str, Made | None], spec: str) -> None:
    check_source(store.folder, store.meta.source, spec, now.source.fingerprint)
    check_made(store.folder, store.meta, made, whole=False)
    if now.together != store.meta.together:
        raise PipelineError(
            f"{store.folder} was begun with --device {store.meta.device}; go on with that"
        )
    for what, was in store.meta.runtimes.items():
        if was != now.runtimes.get(what):
            raise PipelineError(
                f"{store.folder} was begun with its {what} run by {was}, which is not so on this "
                f"machine now; {ANEW}"
            )


def _about(request: TrackRequest, source: Source, detector: Detector, why: Sequence[str]) -> Meta:
    on_gpu = request.device.startswith("cuda")
    return Meta(
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
        detector=Made(name=detector.name, fingerprint=detector.fingerprint),
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
    from tracker.follow.occlusion import OffsetNet

    if file is None:
        return None
    try:
        return OffsetNet.from_bytes(read_bytes(file, MAX_NET_BYTES), str(file))
    except OSError as error:
        raise PipelineError(f"{file}: cannot be read ({error.strerror or error})") from error


def open_detector(request: TrackRequest, source: Source) -> tuple[Detector, list[str]]:
    from tracker.observe.detector import choose_detector, load_detector
    from tracker.observe.mot_file import MotFileDetector

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
