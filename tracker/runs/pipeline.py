"""The one loop: observe -> follow -> publish."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from gallery.atomic.lock import hold
from tracker.kits.facts import unbound_line
from tracker.observation.store import Recorder, Store
from tracker.output.run_files import OBSERVATIONS, OutputError, write_results
from tracker.output.run_folder import (
    check_apart,
    check_output,
    check_place,
    put_right_run,
    replaced,
    working,
)
from tracker.output.run_record import RECEIPT, RunRecord, write_run_record
from tracker.output.stale import freshened, stale_in
from tracker.output.table import TrackTable
from tracker.runs.fitted_tiles import as_observed
from tracker.runs.following import Followed, follow
from tracker.runs.given_field import field_lines, with_field_of_before
from tracker.runs.grown_gallery import check_growing
from tracker.runs.live import Emit, listening, outlet
from tracker.runs.number_reading import unread
from tracker.runs.observing import observe, resumed
from tracker.runs.online_pass import Progress, rules_of
from tracker.runs.open_session import open_session
from tracker.runs.receipt import receipt
from tracker.runs.request import PipelineError, TrackRequest, decided
from tracker.runs.session import Session
from tracker.runs.source_checks import describing, explain_nothing_found, suited
from tracker.settings import as_offline, by_anchors

if TYPE_CHECKING:
    from tracker.corrections.reapply import Applied, Apply
    from tracker.video.source import Source

Say = Callable[[str], None]
_VIDEO = "video.mp4"

__all__ = [
    "PipelineError", "Progress", "Say", "Session", "Stopped", "TrackRequest", "follow", "observe",
    "open_session", "track",
]  # fmt: skip


class Stopped(Exception):
    """The user pressed Ctrl-C; one line that says what is kept and how to go on."""


def track(
    request: TrackRequest,
    say: Say,
    progress: Progress,
    emit: Emit | None = None,
    *,
    locked: bool = False,
) -> TrackTable:
    """Track SOURCE and write OUT; with `resume`, go on with what OUT/observations holds.

    emit: given the rows of each frame, and the players' names, as soon as they are known. The first
    Ctrl-C ends a camera as if it had ended by itself. locked: whoever calls holds the lock on OUT.
    Raises the rooms' named errors, BusyError where somebody else is writing into OUT, and Stopped
    on Ctrl-C; results that were there before stay as they were, and what was observed is kept.
    """
    request = decided(request, streamed=emit is not None)
    if emit is not None and request.settings.mode == "offline":
        raise PipelineError(
            "--stream gives rows as they come, mode offline sees all first; leave one of them away"
        )
    if request.hears and request.settings.mode == "offline":
        raise PipelineError(
            "live --anchors are heard as they come, mode offline sees all first; leave it away, or "
            "give them as a file"
        )
    check_place(request.out)
    with nullcontext() if locked else hold(request.out, "track", long=True):
        return _track(request, say, progress, emit)


def _track(request: TrackRequest, say: Say, progress: Progress, emit: Emit | None) -> TrackTable:
    """As `track`, where the lock is held."""
    put_right_run(request.out)
    check_output(request.out, request.overwrite, request.resume)
    _check_inputs(request)
    request = with_field_of_before(request)
    folder, stale = place(request)
    store = Store.open(folder) if request.resume else None
    request, session = opened(request, store)
    check_growing(request, session.about.source.live, session.names is not None)
    for note in session.log.notes:
        say(note)
    plan = _corrections(request, session, say)
    recorder = Recorder(folder, session.about, store, stale)
    try:
        return _follow_and_publish(plan, session, store, recorder, say, progress, emit)
    except OSError as error:
        if error.errno and not error.filename:  # as Arrow's
            error.filename = str(request.out)
        raise
    except KeyboardInterrupt:
        raise Stopped(_how_to_go_on(request, recorder)) from None


def _follow_and_publish(
    plan: _Corrections,
    session: Session,
    store: Store | None,
    recorder: Recorder,
    say: Say,
    progress: Progress,
    emit: Emit | None,
) -> TrackTable:
    """All that takes long, everything being open."""
    request, log = plan.request, session.log
    known_warnings = len(log.warnings)
    with (
        listening(session, say) as session,
        outlet(session, say, emit) as out,
        closing(resumed(request, session, store, recorder)) as seen,
    ):
        followed = follow(request, session, seen, progress, out.emit, plan.correct)
    log.seconds["follow"] = followed.seconds
    followed = followed.kept(recorder.folder, request, session)
    table = followed.table(session)
    applied = followed.corrections or plan.otherwise
    for note in applied.notes if applied is not None else ():
        say(note)
    for warning in log.warnings[known_warnings:] if out.facts is None else ():
        say(warning)
    anchored = followed.anchors.lines() if followed.anchors is not None else []
    drawn = field_lines(session.field, followed.field_shot, followed.count)
    for line in (*anchored, *drawn, *unread(request, session, table, followed.looked_at)):
        say(line)
        log.warnings.append(line)
    rules = rules_of(session)
    if line := unbound_line(log.kits, rules.teams if rules is not None else ()):
        say(line)
    _check_somebody(request, session, table, followed, recorder)
    kept = None if applied is None else applied.tree
    tell = partial(receipt, request, session, table, followed, out.facts, kept)
    _publish(request, session, table, followed, recorder, tell)
    if request.grow_gallery is not None:
        for line in _grown(request, session, table).splitlines():
            say(line)
    if request.render:
        _render(request, session, table, followed.count, progress, tell)
    if marked := stale_in(request.out):
        say(f"{', '.join(marked)} in {request.out} show results from before; make them again")
    if request.render and (boxes := _undrawn(session)):
        say(boxes)
    return table


def opened(request: TrackRequest, store: Store | None) -> tuple[TrackRequest, Session]:
    """The request with what its files ask for, and all of it opened; the video once.

    Raises the rooms' named errors.
    """
    from tracker.video.open import open_source

    source = open_source(request.source) if store is None else None
    known = store.metadata.source if store is not None else source
    assert known is not None
    request, notes = suited(request, known)
    request = describing(request, store.metadata if store is not None else known)
    session = open_session(request, store, source)
    request = as_observed(request, session.about)
    session.log.notes += notes
    if session.anchors is not None and session.names and session.names.classifier is None:
        request = replace(request, settings=by_anchors(request.settings))
    return request, session


@dataclass(frozen=True, slots=True)
class _Corrections:
    """How what OUT keeps of its user's words is followed.

    request: followed in a way in which they hold. otherwise: what becomes of them where nobody is
    named; None where there are none.
    """

    request: TrackRequest
    correct: Apply | None = None
    otherwise: Applied | None = None


def _corrections(request: TrackRequest, session: Session, say: Say) -> _Corrections:
    record = RunRecord.find(request.out)
    if record is None or not record.corrections:
        return _Corrections(request)
    from tracker.corrections.reapply import Applied, KeptCorrections  # needs pandas: half a second

    kept = KeptCorrections.of(record, session.about.source.fingerprint)
    if session.names is None:
        reason = "without --gallery, --roster or --anchors nobody is named"
        return _Corrections(request, None, kept.set_aside(reason))
    if session.about.source.live and session.inputs is not None:
        return _Corrections(request, None, kept.set_aside("a camera shows something else"))
    if request.hears:
        return _Corrections(request, None, kept.set_aside("live anchors are heard online alone"))
    if request.settings.mode != "offline":
        say("what was said of this run holds for all frames at once: it is followed --mode offline")
        request = replace(request, settings=as_offline(request.settings))
    players = session.players
    return _Corrections(request, lambda frames: kept.on(frames, players), Applied(kept.corrections))


def _check_inputs(request: TrackRequest) -> None:
    """What is read may lie in OUT, but be none of the files that are replaced there."""
    anchors = [("--anchors", given.path) for given in request.anchors if not given.live]
    for what, path in (
        ("--detections", request.detections), ("--gallery", request.gallery),
        ("--roster", request.roster), *anchors,
    ):  # fmt: skip
        if path is not None:
            check_apart(request.out, what, path)
    source = Path(request.source)
    if source.exists():
        check_apart(request.out, "SOURCE", source)
        if request.render and source.resolve() == (request.out / _VIDEO).resolve():
            raise OutputError(f"{source} is where --render writes; give it another name first")


def place(request: TrackRequest) -> tuple[Path, list[Path]]:
    """Where this run's observations lie, and which folders it replaces if it begins anew.

    A new run over a finished one observes beside it, so that the old results stay until the new
    ones are there.
    """
    inside, beside = request.out / OBSERVATIONS, working(request.out)
    if request.resume:
        begun = (beside / OBSERVATIONS).is_dir()
        return (beside / OBSERVATIONS if begun else inside), []
    if (request.out / RECEIPT).is_file():
        return beside / OBSERVATIONS, [beside]
    return inside, [beside, inside]


def _how_to_go_on(request: TrackRequest, recorder: Recorder) -> str:
    if not recorder.kept:
        return "stopped; nothing was observed yet, nothing is written"
    again = "the same command with --resume" + " instead of --overwrite" * request.overwrite
    return f"stopped; what was observed is kept, go on by {again}"


def _check_somebody(
    request: TrackRequest,
    session: Session,
    table: TrackTable,
    followed: Followed,
    recorder: Recorder,
) -> None:
    if len(table):
        return
    if not request.resume:
        recorder.discard()
    raise PipelineError(
        f"nobody was found in {followed.count} frames of {request.source} by "
        f"{session.about.detector.name}; " + explain_nothing_found(request, followed.looked_at)
    )


def _publish(
    request: TrackRequest,
    session: Session,
    table: TrackTable,
    followed: Followed,
    recorder: Recorder,
    tell: Callable[[], dict[str, Any]],
) -> None:
    """The tables first and whole; a video that fails must not cost what an hour has found."""
    if session.names is not None and session.names.cache is not None:
        session.names.cache.write(recorder.folder)
    mode = request.settings.mode
    with replaced(request.out, recorder.folder) as folder:
        write_results(table, folder, followed.evidence_log, session.players, mode, session.sources)
        write_run_record(tell(), folder / RECEIPT)


def _undrawn(session: Session) -> str:
    from tracker.render.lettering import undrawn

    return undrawn(session.players)


def _grown(request: TrackRequest, session: Session, table: TrackTable) -> str:
    """Make the gallery that was asked for."""
    from tracker.runs.grown_gallery import grow

    begun = perf_counter()
    players = session.names.rostered if session.names else ()
    lines = grow(request, _video_of(request, session), table, players)
    session.log.seconds["grow"] = perf_counter() - begun
    return lines


def _video_of(request: TrackRequest, session: Session) -> Source:
    """Once more; where all was observed before, no video is open yet."""
    from tracker.video.open import open_source

    return session.inputs.source if session.inputs is not None else open_source(request.source)


def _render(
    request: TrackRequest,
    session: Session,
    table: TrackTable,
    count: int,
    progress: Progress,
    tell: Callable[[], dict[str, Any]],
) -> None:
    """Draw the video, and tell how long it took."""
    from tracker.render.video import render_video
    from tracker.runs.kit_colours import kits_of

    source = _video_of(request, session)
    begun, (first, last) = perf_counter(), request.frames
    players = session.names.rostered if session.names else ()
    render_video(
        source,
        table,
        request.out / _VIDEO,
        request.settings.render,
        teams={p.name: p.team for p in players if p.team},
        kits=kits_of(request.out),
        frames=(first - 1, last),
        progress=lambda done: progress("render", done, count),
    )
    session.log.seconds["render"] = perf_counter() - begun
    write_run_record(tell(), request.out / RECEIPT)
    freshened(request.out, _VIDEO)
