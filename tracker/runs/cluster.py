"""Many matches on many machines, with Ray: chunks are observed anywhere, in any order.

Every machine must see the videos, the gallery, the models and OUT under the same paths.
"""

from __future__ import annotations

import difflib
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gallery.atomic.lock import hold
from tracker.observation.metadata import Metadata
from tracker.observation.shards import begun_with, shards_of
from tracker.observation.store import Store
from tracker.runs import endings, faults
from tracker.runs.batch import BatchError, Outcome, is_finished, outcome
from tracker.runs.cluster_match import Match
from tracker.runs.request import TrackRequest

if TYPE_CHECKING:
    from tracker.video.source import Source

_COLUMNS = ("video", "gallery", "roster")
_RESTARTS = 2  # of a worker that died


def read_list(file: Path, request: TrackRequest) -> list[TrackRequest]:
    """A video path per line, or a CSV file with the columns `video` and, if wanted, `gallery` and
    `roster`.

    Paths are from the folder of the list. Empty lines and those that begin with # are left out.
    Raises BatchError.
    """
    import csv

    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BatchError(f"{file}: cannot be read as a list of videos ({error})") from error
    kept = [(n, line) for n, line in enumerate(lines, 1) if line.strip() and line[0] != "#"]
    header = next(csv.reader([kept[0][1]]), []) if kept else []
    header = [name.strip().lower() for name in header]
    if "video" not in header:
        header = []
    _check_columns(file, header)
    found: list[tuple[str, Path | None, Path | None]] = []
    for number, line in kept[bool(header) :]:
        row = dict(zip(header, next(csv.reader([line])), strict=False)) if header else {}
        video = row.get("video", "").strip() if header else line.strip()
        if not video:
            raise BatchError(f"{file}, line {number}: no video in it; write a path, or delete it")
        named = (row.get(column, "").strip() for column in _COLUMNS[1:])
        gallery, roster = (file.parent / path if path else None for path in named)
        found.append((str(file.parent / video), gallery, roster))
    if not found:
        raise BatchError(f"{file}: lists no video; write a path per line")
    from tracker.runs.batch import requests_of

    plain = requests_of([video for video, *_ in found], request)
    return [
        replace(of_video, gallery=gallery or of_video.gallery, roster=roster or of_video.roster)
        for of_video, (_, gallery, roster) in zip(plain, found, strict=True)
    ]


def _check_columns(file: Path, header: Sequence[str]) -> None:
    """Raise BatchError where one is likely misspelt; others are their user's."""
    for name in set(header).difference(_COLUMNS):
        if near := difflib.get_close_matches(name, _COLUMNS, 1):
            raise BatchError(f"{file}: column {name!r} is not known; did you mean {near[0]!r}?")


def planned(request: TrackRequest) -> Match:
    """Look at all that a match needs, and say in which parts it is observed.

    Raises the rooms' named errors.
    """
    import shutil

    from tracker.observation.metadata import check_settings
    from tracker.output.run_folder import check_output, put_right_run
    from tracker.runs.fitted_tiles import as_observed
    from tracker.runs.given_field import settled, with_field_of_before
    from tracker.runs.pipeline import opened, place
    from tracker.runs.source_checks import suited

    put_right_run(request.out)
    check_output(request.out, request.overwrite, request.resume)
    request = settled(with_field_of_before(request))  # each part goes on what OUT holds then
    folder, stale = place(request)
    store = Store.open(folder) if request.resume else None
    if store is not None and store.finished:
        request, _ = suited(as_observed(request, store.metadata), store.metadata.source)
        check_settings(store.folder, store.metadata, request.settings, request.frames)
        return Match(request, store.metadata, folder, 0)
    request, session = opened(request, store)
    assert session.inputs is not None
    for old in (*stale, shards_of(folder)) if not request.resume else ():
        shutil.rmtree(old, ignore_errors=True)
    begun_with(folder, session.about)
    folder.mkdir(parents=True, exist_ok=True)
    parts = _parts(session.about, session.inputs.source)
    return Match(request, session.about, folder, parts)


def _parts(about: Metadata, source: Source) -> int:
    from tracker.video.file import VideoFile

    count = source.frame_count or 0
    if isinstance(source, VideoFile):
        count = len(source.times_s())
        middle = min(count, about.last or count) - 1
        if count and about.chunk_of(middle) and not source.seeks(middle):
            return 0  # each part would decode all before it
    end = min(count, about.last or count)
    return 0 if end < about.first else about.chunk_of(end - 1) + 1


class _Worker:
    """A process of the cluster and what it is at. Only here Ray is spoken to."""

    def __init__(self, request: TrackRequest) -> None:
        import ray

        from tracker.runs.cluster_worker import ClusterWorker

        gpus = int(request.device.startswith("cuda"))
        options = {"num_cpus": 1, "num_gpus": gpus, "max_restarts": _RESTARTS}
        self.actor = ray.remote(**options, max_task_retries=_RESTARTS)(ClusterWorker).remote()


def batch(
    requests: Sequence[TrackRequest],
    workers: int | None,
    address: str | None,
    say: Callable[[str], None],
) -> list[Outcome]:
    """Track all on a Ray cluster: that at `address`, or this machine. workers: None, as many as
    there are processors. Raises BatchError where Ray is not installed.
    """
    with ExitStack() as locks, _ray(workers, address) as ray:
        return _batch(requests, workers, ray, say, locks)


def _batch(
    requests: Sequence[TrackRequest],
    workers: int | None,
    ray: Any,
    say: Callable[[str], None],
    locks: ExitStack,
) -> list[Outcome]:
    """As `batch`; locks: takes those on the folders of all matches, as the workers take none. They
    go when Ray has ended, for else a worker may still write."""
    ended: dict[int, Outcome] = {}
    matches: dict[int, Match] = {}
    for number, request in enumerate(requests):
        try:
            locks.enter_context(hold(request.out, "batch", long=True))
            if request.resume and is_finished(request):
                ended[number] = outcome(request, line="was finished before")
            else:
                matches[number] = planned(request)
        except Exception as error:
            ended[number] = outcome(request, *faults.exit_of(error, resume=True))
    count = int(ray.cluster_resources().get("CPU", 1)) if workers is None else workers
    todo = sum(max(1, len(m.missing())) for m in matches.values())
    idle = [_Worker(requests[0]) for _ in range(min(count, todo))]
    ended |= _Schedule(matches, say).run(ray, idle)
    return [outcome for _, outcome in sorted(ended.items())]


class _Schedule:
    """What is to be done, and what has become of it."""

    def __init__(self, matches: dict[int, Match], say: Callable[[str], None]) -> None:
        self._matches, self._say = matches, say
        self._left = {number: len(match.missing()) for number, match in matches.items()}
        self._todo: deque[tuple[int, int | None]] = deque()
        self._ended: dict[int, Outcome] = {}
        for number, match in matches.items():
            self._todo += [(number, part) for part in match.missing()] or [(number, None)]

    def run(self, ray: Any, idle: list[_Worker]) -> dict[int, Outcome]:
        at: dict[Any, tuple[_Worker, int, int | None]] = {}
        while self._todo or at:
            while idle and self._todo:
                worker, (number, part) = idle.pop(), self._todo.popleft()
                match = self._matches[number]
                watch, finish = worker.actor.watch, worker.actor.finish
                ref = finish.remote(match) if part is None else watch.remote(match, part)
                at[ref] = worker, number, part
            (ref, *_), _ = ray.wait(list(at))
            worker, number, part = at.pop(ref)
            idle.append(worker)
            try:
                self._take(number, part, ray.get(ref))
            except ray.exceptions.RayError as error:
                self._fail(
                    number,
                    Outcome(self._matches[number].request, *faults.exit_of(error, resume=True)),
                )
        return self._ended

    def _take(self, number: int, part: int | None, result: Outcome | None) -> None:
        if number in self._ended:
            return
        match = self._matches[number]
        if part is None and result is not None:
            self._ended[number] = result
            self._say(f"{match.request.source}: {result.line or 'done'}")
        elif result is not None:
            self._fail(number, result)
        else:
            self._left[number] -= 1
            self._say(f"{match.request.source}: parts left to observe: {self._left[number]}")
            if not self._left[number]:
                self._todo.appendleft((number, None))

    def _fail(self, number: int, why: Outcome) -> None:
        """The parts of it that are there stay; those not begun are not begun."""
        self._ended.setdefault(number, why)
        self._say(f"{why.request.source}: {why.line}")
        self._todo = deque(job for job in self._todo if job[0] != number)


def _begin(ray: Any, address: str | None, here: dict[str, Any]) -> None:
    """Raises BatchError where Ray cannot: on a busy machine it gives up after a minute."""
    try:
        ray.init(address=address, log_to_driver=False, logging_level="error", **here)
    except Exception as error:  # Ray has no class of its own for it
        why = " ".join(str(error).split()) or type(error).__name__
        raise BatchError(
            f"Ray did not begin ({why}); nothing was changed, try again, with --resume where a "
            "batch was stopped, or use teamsheet track --jobs"
        ) from error


@contextmanager
def _ray(workers: int | None, address: str | None) -> Iterator[Any]:
    """Ray, begun and ended here unless it runs already. Raises BatchError where it is not
    installed, or does not begin.

    Left to end with the interpreter, it may do so by a segmentation fault.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nobody is told
    os.environ.setdefault("RAY_DISABLE_FAILURE_SIGNAL_HANDLER", "1")  # it prints a stack on SIGTERM
    try:
        import ray
    except ImportError as error:
        raise BatchError(
            'batch needs Ray: pip install "teamsheet[cluster]"; or use teamsheet track --jobs'
        ) from error
    if ray.is_initialized():
        yield ray
        return
    here = {"num_cpus": workers, "include_dashboard": False} if address is None else {}
    try:
        _begin(ray, address, here)
        endings.as_ctrl_c()  # Ray has taken SIGTERM
        yield ray
    except SystemExit:  # Ray's own answer to SIGTERM, while it begins
        raise KeyboardInterrupt from None
    finally:
        ray.shutdown()
