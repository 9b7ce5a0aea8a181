"""The one loop: observe -> follow -> publish; and the receipt that names all that went into it."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

import tracker
from tracker.config import FollowSettings, RosterSettings, Settings
from tracker.follow.hindsight import lagged
from tracker.publish.evidence import EVIDENCE, EvidenceTables
from tracker.publish.table import TrackTable
from tracker.publish.writers import RECEIPT, WRITERS, check_output, staged, write_receipt
from tracker.records import Floats, Ints, Observation, Proceedings, TrackedFrame, Visibility

if TYPE_CHECKING:
    from gallery.classifier import GalleryClassifier
    from gallery.encoder import Encoder
    from gallery.roster import Roster
    from tracker.follow.occlusion import OffsetNet
    from tracker.follow.offline import Refit
    from tracker.follow.pieces import Trace
    from tracker.follow.rules import Rules
    from tracker.observe.detector import Detector
    from tracker.observe.shirts import NumberReader
    from tracker.observe.video import Source

Say = Callable[[str], None]
Progress = Callable[[str, int, int | None], None]
"""(stage, frames done, frames expected or None)"""

_PACKAGES = (
    "teamsheet", "torch", "ultralytics", "openvino", "numpy", "scipy", "lap", "opencv-python", "av",
)  # fmt: skip


class PipelineError(ValueError):
    """The run cannot give a result; one line that says why and what to do."""


@dataclass(frozen=True, slots=True)
class TrackRequest:
    """What the user asked for. frames: (first, last), 1-based and inclusive; None = open end."""

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


@dataclass(slots=True)
class Run:
    """What a run has opened and counted."""

    source: Source
    detector: Detector
    roster: Roster | None = None
    encoder: Encoder | None = None
    classifier: GalleryClassifier | None = None
    offsets: OffsetNet | None = None
    refit: Refit | None = None
    rules: Rules | None = None
    reader: NumberReader | None = None
    proceedings: Proceedings | None = None
    notes: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def players(self) -> list[str]:
        return [p.name for p in self.roster.players] if self.roster else []


def track(request: TrackRequest, say: Say, progress: Progress) -> TrackTable:
    """Track SOURCE and write OUT. Raises the rooms' named errors; then OUT is left as it was."""
    check_output(request.out, request.overwrite)
    run = open_run(request)
    for note in run.notes:
        say(note)
    said = len(run.source.warnings)
    frames = follow(request, run, observe(request, run), progress)
    table = TrackTable.from_frames(frames, run.players)
    for warning in run.source.warnings[said:]:
        say(warning)
    if not len(table):
        raise PipelineError(
            f"nobody was found in {len(frames)} frames of {request.source} by {run.detector.name}; "
            "try another --detector, --tiles 2x1 or --set detect.score_min=0.05"
        )
    _publish(request, run, table, len(frames), progress)
    return table


def open_run(request: TrackRequest) -> Run:
    """Open everything first, so that a mistake costs no waiting."""
    from tracker.observe.video import open_source

    source = open_source(request.source)
    detector, why = _detector(request, source)
    run = Run(source, detector, notes=[*source.warnings, *why])
    run.offsets = _offsets(request.settings.follow.offsets.weights)
    if request.gallery is not None:
        begun = perf_counter()
        _open_gallery(request.gallery, request, run)
        run.seconds["gallery"] = perf_counter() - begun
    run.reader = _reader(request.settings.encode.numbers, run)
    needs_pictures = detector.needs_images or run.encoder is not None or request.render
    if needs_pictures and not source.has_images:
        raise PipelineError(
            f"{request.source} has no pictures; without them only --detections can be followed, "
            "with neither --gallery nor --render"
        )
    return run


def _offsets(file: Path | None) -> OffsetNet | None:
    """The user's own offset net; None: the one that comes with the package."""
    from tracker.follow.occlusion import OffsetNet

    if file is None:
        return None
    try:
        return OffsetNet.from_bytes(file.read_bytes(), str(file))
    except OSError as error:
        raise PipelineError(f"{file}: cannot be read ({error.strerror or error})") from error


def _detector(request: TrackRequest, source: Source) -> tuple[Detector, list[str]]:
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


def _open_gallery(folder: Path, request: TrackRequest, run: Run) -> None:
    from gallery.classifier import GalleryClassifier
    from gallery.encoder import load_encoder
    from gallery.roster import encode_gallery, read_roster

    limits = request.settings.gallery
    run.roster = read_roster(folder)
    run.notes += run.roster.warnings
    run.encoder = load_encoder(request.encoder, request.device)
    embeddings, labels, pictures = encode_gallery(run.roster, run.encoder, mirror=limits.mirror)
    players = len(run.roster.players)

    def fit(shown: Floats, whose: Ints) -> GalleryClassifier:
        """A classifier of the gallery and of what this video has shown of its players since."""
        keys = [*pictures, *(("video", i) for i in range(len(whose)))]
        every, names = np.concatenate([embeddings, shown]), np.concatenate([labels, whose])
        return GalleryClassifier.fit(every, names, players, limits.shrinkage, keys)

    run.classifier = fit(embeddings[:0], labels[:0])
    run.rules = _rules(run.roster, request.settings.follow.roster)
    run.refit = lambda shown, whose: fit(shown, whose).log_likelihood


def _rules(roster: Roster, settings: RosterSettings) -> Rules | None:
    from tracker.follow.rules import Rules

    people = roster.players
    return Rules.of(
        [p.team for p in people],
        [p.role for p in people],
        [p.number for p in people],
        [(p.on_s, p.off_s) for p in people],
        settings,
    )


def _reader(name: str, run: Run) -> NumberReader | None:
    """What reads shirt numbers, where that was asked for and can help."""
    if name == "off":
        return None
    if run.rules is None or not run.rules.numbered:
        run.notes.append("numbers are not read: no player of a gallery has one in its roster.yaml")
        return None
    from tracker.observe.shirts import open_reader

    return open_reader(name)


def observe(request: TrackRequest, run: Run) -> Iterator[Observation]:
    """What is seen in the frames asked for, one observation at a time."""
    from tracker.observe.observer import Observer

    settings = request.settings
    first, last = request.frames
    observer = Observer(run.detector, run.encoder, settings.encode, settings.camera, run.reader)
    yield from observer.observe(run.source.frames(first - 1, last))
    run.seconds |= observer.seconds


def follow(
    request: TrackRequest, run: Run, seen: Iterable[Observation], progress: Progress
) -> list[TrackedFrame]:
    """The rows of every frame, names written back to each path's beginning."""
    from tracker.follow.online import OnlineTracker
    from tracker.follow.testimony import Witness

    first, last = request.frames
    limits, offline = request.settings.follow, request.settings.mode == "offline"
    doubt_nats = limits.association.ambiguous_nats
    online = OnlineTracker(
        limits,
        (run.source.width, run.source.height),
        len(run.players),
        run.classifier.log_likelihood if run.classifier else None,
        run.offsets,
        None if offline else Witness(len(run.players), limits.identity, doubt_nats),
        run.rules,
    )
    expected = last if last is not None else run.source.frame_count
    frames: list[TrackedFrame] = []
    kept: list[tuple[Observation, Trace]] = []
    spent = 0.0
    for one in seen:
        begun = perf_counter()
        frames.append(online.update(one))
        if offline:
            kept.append((one, online.trace))
        spent += perf_counter() - begun
        progress("track", len(frames), None if expected is None else expected - first + 1)
    begun = perf_counter()
    run.proceedings = online.finish()
    if offline:
        frames = _second_pass(limits, run, frames, kept, online.offsets)
    else:
        lag_s = np.inf if request.settings.lag_s is None else request.settings.lag_s
        frames = list(lagged(frames, lag_s, limits.identity.name_at, run.rules))
    run.seconds["follow"] = spent + perf_counter() - begun
    return frames


def _second_pass(
    settings: FollowSettings,
    run: Run,
    frames: list[TrackedFrame],
    kept: Sequence[tuple[Observation, Trace]],
    offsets: OffsetNet | None,
) -> list[TrackedFrame]:
    """Paths untangled, names for all at once, gaps bridged from both their ends."""
    from tracker.follow.bridging import bridge
    from tracker.follow.offline import second_pass
    from tracker.follow.testimony import Hearing
    from tracker.follow.untangle import untangle

    seen, traces = [one for one, _ in kept], [trace for _, trace in kept]
    doubt_nats = settings.association.ambiguous_nats
    frames, traces = untangle(frames, traces, seen, doubt_nats)
    if run.classifier is not None:
        players, classify, hearing = len(run.players), run.classifier.log_likelihood, Hearing()
        named = second_pass(
            frames, traces, seen, players, classify, settings, run.refit, hearing, run.rules
        )
        limits = settings.identity
        run.proceedings = hearing.proceedings(frames, traces, players, limits, doubt_nats)
        frames = named
    cameras, cuts = [one.camera for one in seen], [one.cut for one in seen]
    return bridge(frames, cameras, cuts, offsets, settings.motion)


def _publish(
    request: TrackRequest, run: Run, table: TrackTable, frames: int, progress: Progress
) -> None:
    """The tables first and whole; a video that fails must not cost what an hour has found."""
    with staged(request.out) as folder:
        for name, write in WRITERS.items():
            write(table, folder / name)
        if run.proceedings is not None:
            mode = request.settings.mode
            tracks = table.rows["track_id"].unique()
            EvidenceTables.of(run.proceedings, run.players, tracks, mode).write(folder / EVIDENCE)
        write_receipt(_receipt(request, run, table, frames), folder / RECEIPT)
    if request.render:
        begun = perf_counter()
        _render(request, run, table, request.out / "video.mp4", frames, progress)
        run.seconds["render"] = perf_counter() - begun
        write_receipt(_receipt(request, run, table, frames), request.out / RECEIPT)


def _render(
    request: TrackRequest, run: Run, table: TrackTable, out: Path, frames: int, progress: Progress
) -> None:
    from tracker.observe.video import open_source
    from tracker.publish.render import render_video

    first, last = request.frames
    render_video(
        open_source(request.source),
        table,
        out,
        request.settings.render,
        teams={p.name: p.team for p in run.roster.players if p.team} if run.roster else {},
        frames=(first - 1, last),
        progress=lambda done: progress("render", done, frames),
    )


def _receipt(request: TrackRequest, run: Run, table: TrackTable, frames: int) -> dict[str, Any]:
    rows = table.rows
    named = rows[rows["player"] != ""]
    return {
        "teamsheet": tracker.__version__,
        "command": sys.argv[1:],
        "source": {
            "spec": request.source,
            "fingerprint": run.source.fingerprint(),
            "size": [run.source.width, run.source.height],
            "fps": run.source.fps,
            "frames": {"first": request.frames[0], "count": frames},
        },
        "detector": {"name": run.detector.name, "fingerprint": run.detector.fingerprint},
        "encoder": run.encoder
        and {"name": run.encoder.name, "fingerprint": run.encoder.fingerprint},
        "gallery": run.roster
        and {
            "folder": str(request.gallery),
            "fingerprint": run.roster.fingerprint(),
            "players": run.players,
            "calibration": run.classifier and _calibration(run.classifier),
        },
        "numbers": run.reader and {"name": run.reader.name, "fingerprint": run.reader.fingerprint},
        "notes": list(dict.fromkeys([*run.notes, *run.source.warnings])),
        "settings": request.settings.model_dump(mode="json"),
        "counts": {
            "tracks": int(rows["track_id"].nunique()),
            "players_named": int(named["player"].nunique()),
            "rows": {v.label: int((rows["visibility"] == v.label).sum()) for v in Visibility},
            "named_rows": len(named),
        },
        "seconds": {stage: round(spent, 3) for stage, spent in run.seconds.items()},
        "versions": {"python": platform.python_version(), **_versions(_PACKAGES)},
    }


def _calibration(classifier: GalleryClassifier) -> dict[str, Any]:
    """How sure the gallery was of its own left out pictures, and how often it was right."""
    found = classifier.calibration
    return {
        "nats_per_cosine": round(found.kappa, 4),
        "stranger_cosine": round(found.cosine, 4),
        "expected_error": None if np.isnan(found.error) else round(found.error, 4),
        "reliability": [
            {"crops": int(n), "confidence": round(sure / n, 4), "right": round(right / n, 4)}
            for n, sure, right in found.reliability.tolist()
            if n
        ],
    }


def _versions(packages: Sequence[str]) -> dict[str, str]:
    found = {}
    for name in packages:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found
