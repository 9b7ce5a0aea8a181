"""The one loop: observe -> follow -> publish."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing, nullcontext
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from gallery.atomic.lock import hold
from tracker.observation.store import Recorder, Store
from tracker.output.run_files import (
    CORRECTIONS,
    OBSERVATIONS,
    RECEIPT,
    OutputError,
    write_receipt,
    write_results,
)
from tracker.output.run_folder import (
    check_apart,
    check_output,
    check_place,
    put_right_run,
    replaced,
    working,
)
from tracker.output.stale import freshened, stale_in
from tracker.output.table import TrackTable
from tracker.runs.first_pass_key import key_of
from tracker.runs.following import Progress, drained, follow
from tracker.runs.live import Emit, outlet
from tracker.runs.request import PipelineError, TrackRequest, decided
from tracker.runs.run import Run
from tracker.runs.run_record import corrections_in, receipt
from tracker.runs.session import open_run
from tracker.runs.source_checks import explain_nothing_found, suited
from tracker.runs.stages import observe, resumed
from tracker.settings import as_offline

if TYPE_CHECKING:
    from tracker.corrections.reapply import Again

Say = Callable[[str], None]
_VIDEO = "video.mp4"

__all__ = [
    "PipelineError", "Progress", "Run", "Say", "Stopped", "TrackRequest", "follow", "observe",
    "open_run", "track",
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
    check_place(request.out)
    with nullcontext() if locked else hold(request.out, "track", long=True):
        return _track(request, say, progress, emit)


def _track(request: TrackRequest, say: Say, progress: Progress, emit: Emit | None) -> TrackTable:
    """As `track`, where the lock is held."""
    put_right_run(request.out)
    check_output(request.out, request.overwrite, request.resume)
    _check_inputs(request)
    folder, stale = place(request)
    store = Store.open(folder) if request.resume else None
    request, suits = suited(request, store)
    run = open_run(request, store)
    run.notes += suits
    for note in run.notes:
        say(note)
    again = _kept_corrections(request, run)
    if again is not None:
        request = _with_corrections(request, run, again, say)
    known_warnings = len(run.warnings)
    recorder = Recorder(folder, run.about, store, stale)
    try:
        with outlet(run, say, emit) as out, closing(resumed(request, run, store, recorder)) as seen:
            frames = follow(request, run, seen, progress, out)
        if run.followed is not None:
            run.followed.write(recorder.folder, key_of(request, run, recorder.folder))
            run.followed = None  # it is large
        count = len(frames)
        table = TrackTable.from_frames(drained(frames), run.players)
        for note in again.notes if again is not None else ():
            say(note)
        for warning in run.warnings[known_warnings if run.live is None else len(run.warnings) :]:
            say(warning)
        _check_somebody(request, run, table, count, recorder)
        _publish(request, run, table, count, recorder, progress, say, again)
        if request.render and (boxes := _undrawn(run)):
            say(boxes)
    except OSError as error:
        if error.errno and not error.filename:  # as Arrow's
            error.filename = str(request.out)
        raise
    except KeyboardInterrupt:
        raise Stopped(_how_to_go_on(request, recorder)) from None
    return table


def _kept_corrections(request: TrackRequest, run: Run) -> Again | None:
    """The corrections that OUT keeps, if any; they need pandas, which takes half a second."""
    if not corrections_in(request.out):
        return None
    from tracker.corrections.reapply import Again

    return Again.of(request.out, run.about.source.fingerprint)


def _with_corrections(request: TrackRequest, run: Run, again: Again, say: Say) -> TrackRequest:
    """The request, followed in a way in which what was said of its video holds."""
    if run.classifier is None:
        again.set_aside("without --gallery nobody is named")
        return request
    if run.about.source.live and run.source is not None:
        again.set_aside("a camera shows something else")
        return request
    run.user_constraints = lambda frames: again.user_constraints(frames, run.players)
    if request.settings.mode != "offline":
        say("what was said of this run holds for all frames at once: it is followed --mode offline")
        request = replace(request, settings=as_offline(request.settings))
    return request


def _check_inputs(request: TrackRequest) -> None:
    """What is read may lie in OUT, but be none of the files that are replaced there."""
    for what, path in (("--detections", request.detections), ("--gallery", request.gallery)):
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
    request: TrackRequest, run: Run, table: TrackTable, frames: int, recorder: Recorder
) -> None:
    if len(table):
        return
    if not request.resume:
        recorder.discard()
    raise PipelineError(
        f"nobody was found in {frames} frames of {request.source} by {run.about.detector.name}; "
        + explain_nothing_found(request, run.seen)
    )


def _publish(
    request: TrackRequest,
    run: Run,
    table: TrackTable,
    frames: int,
    recorder: Recorder,
    progress: Progress,
    say: Say,
    again: Again | None,
) -> None:
    """The tables first and whole; a video that fails must not cost what an hour has found."""
    if run.gallery_cache is not None:
        run.gallery_cache.write(recorder.folder)
    with replaced(request.out, recorder.folder) as folder:
        write_results(table, folder, run.evidence_log, run.players, request.settings.mode)
        write_receipt(_record(request, run, table, frames, again), folder / RECEIPT)
    if request.render:
        begun = perf_counter()
        _render(request, run, table, request.out / _VIDEO, frames, progress)
        run.seconds["render"] = perf_counter() - begun
        write_receipt(_record(request, run, table, frames, again), request.out / RECEIPT)
        freshened(request.out, _VIDEO)
    if stale := stale_in(request.out):
        say(f"{', '.join(stale)} in {request.out} show results from before; make them again")


def _record(
    request: TrackRequest, run: Run, table: TrackTable, frames: int, again: Again | None
) -> dict[str, Any]:
    return receipt(request, run, table, frames) | (
        {CORRECTIONS: again.texts} if again is not None else {}
    )


def _undrawn(run: Run) -> str:
    from tracker.render.lettering import undrawn

    return undrawn(run.players)


def _render(
    request: TrackRequest, run: Run, table: TrackTable, out: Path, frames: int, progress: Progress
) -> None:
    from tracker.render.video import render_video
    from tracker.video.open import open_source

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
