"""One tracker on one clip with one kind of boxes, scored; many of them in processes."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace

from tracker.evaluation.boxes import Boxes
from tracker.evaluation.readers import boxes_of_table
from tracker.output.mot import visible_ids
from tracker.runs import pipeline
from tracker.runs.request import TrackRequest
from tracker.runs.session import Session
from tracker.types import Observation

from .judge import Row, boxes_seen, judge_of, judged
from .observed import Case, quiet, reopened
from .rivals import installed, named_tracks
from .thinned import doubled, every_nth

MODES = ("online", "offline")


@dataclass(frozen=True, slots=True)
class Job:
    """tracker: a mode of ours, or a peer. sets: settings of ours, `key=value`. every: only each
    n-th frame; double: every detection twice. players: of ours, the rows of mot_players.txt."""

    case: Case
    tracker: str
    sets: tuple[str, ...] = ()
    every: int = 1
    double: bool = False
    players: bool = False


def run_all(jobs: Sequence[Job], processes: int) -> Iterator[Row]:
    """The rows of the jobs, in their order."""
    if processes <= 1 or len(jobs) <= 1:
        yield from map(row_of, jobs)
        return
    # not forked: the parent may have threads of networks, and a fork of those can hang
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(processes, len(jobs)), mp_context=context) as pool:
        yield from pool.map(row_of, jobs)


def row_of(job: Job) -> Row:
    """Follow and score. Raises StoreError where the observations are of other settings."""
    mode = job.tracker if job.tracker in MODES else "online"
    request, run, store = reopened(job.case, job.sets, mode)
    fps = store.metadata.source.fps
    seen = list(made_harder(store, job.every, job.double))
    if job.tracker in MODES:
        result = ours(request, run, seen, job.players)
    else:
        peer = installed(quiet)[job.tracker]
        result = named_tracks(peer, seen, fps / job.every, run)
    judge = judge_of(job.case.clip, job.case.players, job.case.frames, fps, job.every)
    return judged(judge, result, boxes_seen(seen))


def made_harder(seen: Iterable[Observation], every: int, double: bool) -> Iterable[Observation]:
    thinned = every_nth(seen, every) if every > 1 else seen
    return doubled(thinned) if double else thinned


def ours(
    request: TrackRequest, run: Session, seen: Sequence[Observation], players: bool = False
) -> Boxes:
    """The visible boxes of teamsheet: names as in its tracks.csv, ids as in its mot.txt. players:
    of those who play alone."""
    table = pipeline.follow(request, run, seen, quiet).table(run)
    boxes = boxes_of_table(table, request.settings.mode)
    rows = boxes.lines - 2  # line 1 is the header
    boxes = replace(boxes, ids=visible_ids(table)[rows])
    return boxes.take(table.playing[rows]) if players else boxes
