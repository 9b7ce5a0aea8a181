"""The one loop: observe -> follow -> publish."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from time import perf_counter

from tracker.following import Progress, drained, follow
from tracker.live import Emit, outlet
from tracker.observe.store import Recorder, Store
from tracker.observing import observe, resumed
from tracker.opening import PipelineError, Run, TrackRequest, decided, open_run
from tracker.publish.table import TrackTable
from tracker.publish.writers import (
    OBSERVATIONS,
    PEOPLE,
    RECEIPT,
    check_output,
    recover,
    staged,
    take_along,
    working,
    write_receipt,
    write_results,
)
from tracker.receipt import corrections_in, receipt
from tracker.remembered import key_of

Say = Callable[[str], None]

__all__ = [
    "PipelineError", "Progress", "Run", "Say", "Stopped", "TrackRequest", "follow", "observe",
    "open_run", "track",
]  # fmt: skip


class Stopped(Exception):
    """The user pressed Ctrl-C; one line that says what is kept and how to go on."""


def track(
    request: TrackRequest, say: Say, progress: Progress, emit: Emit | None = None
) -> TrackTable:
    """Track SOURCE and write OUT; with `resume`, go on with what OUT/observations holds.

    emit: given the rows of each frame, and the players' names, as soon as they are known. The first
    Ctrl-C ends a camera as if it had ended by itself. Raises the rooms' named errors, and Stopped
    on Ctrl-C; results that were there before stay as they were, and what was observed is kept.
    """
    request = decided(request, streamed=emit is not None)
    if emit is not None and request.settings.mode == "offline":
        raise PipelineError(
            "--stream gives rows as they come, mode offline sees all first; leave one of them away"
        )
    recover(request.out)
    check_output(request.out, request.overwrite, request.resume)
    folder, stale = place(request)
    store = Store.open(folder) if request.resume else None
    run = open_run(request, store)
    for note in run.notes:
        say(note)
    if lost := corrections_in(request.out):
        say(f"the {lost} corrections of {request.out} will be dropped; say them again afterwards")
    said = len(run.warnings)
    recorder = Recorder(folder, run.about, store, stale)
    try:
        with outlet(run, say, emit) as out, closing(resumed(request, run, store, recorder)) as seen:
            frames = follow(request, run, seen, progress, out)
        if run.followed is not None:
            run.followed.write(recorder.folder, key_of(request, run, recorder.folder))
            run.followed = None  # it is large
        count = len(frames)
        table = TrackTable.from_frames(drained(frames), run.players)
        for warning in run.warnings[said if run.live is None else len(run.warnings) :]:
            say(warning)
        _check_somebody(request, run, table, count, recorder)
        _publish(request, run, table, count, recorder, progress)
    except KeyboardInterrupt:
        raise Stopped(_how_to_go_on(request, recorder)) from None
    return table


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
        "try another --detector, --tiles 2x1 or --set detect.score_min=0.05"
    )


def _publish(
    request: TrackRequest,
    run: Run,
    table: TrackTable,
    frames: int,
    recorder: Recorder,
    progress: Progress,
) -> None:
    """The tables first and whole; a video that fails must not cost what an hour has found."""
    if run.shown is not None:
        run.shown.write(recorder.folder)
    with staged(request.out, recorder.folder) as folder:
        write_results(table, folder, run.proceedings, run.players, request.settings.mode)
        write_receipt(receipt(request, run, table, frames), folder / RECEIPT)
        if (request.out / PEOPLE).is_dir():
            take_along(request.out / PEOPLE, folder / PEOPLE)
    if request.render:
        begun = perf_counter()
        _render(request, run, table, request.out / "video.mp4", frames, progress)
        run.seconds["render"] = perf_counter() - begun
        write_receipt(receipt(request, run, table, frames), request.out / RECEIPT)


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
