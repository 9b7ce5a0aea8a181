"""Stages of work that overlap: a thread each, short queues between them, everything in order."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import Any, Generic, TypeVar

T = TypeVar("T")
_POLL_S = 0.1  # how often a thread that waits looks whether all is over
_JOIN_S = 5.0  # no longer: a camera may never answer again


@dataclass(frozen=True, slots=True)
class _Failure:
    """What went wrong in a thread, on its way to whoever reads the results."""

    error: BaseException


_END = object()


class StageThreads(Generic[T]):
    """Items of a source, each passed through all stages, one thread to a stage.

    source: gives the items; the first stage is named by `first`. stages: (name, work) in order;
    work returns the item for the next. depth: items that may wait before each stage, so that
    memory stays flat. in_flight: so many are between the source and the reader at most, however
    slow a stage is; a camera's picture is then never old. seconds: time each stage has worked so
    far, waiting not counted.

    What is raised in a thread is raised by the iterator, after all items before it were given.
    """

    def __init__(
        self,
        first: str,
        source: Iterator[T],
        stages: Sequence[tuple[str, Callable[[T], T]]],
        depth: int,
        in_flight: int | None = None,
    ) -> None:
        self.seconds = dict.fromkeys((first, *(name for name, _ in stages)), 0.0)
        self._over = threading.Event()
        self._free = threading.Semaphore(in_flight) if in_flight else None
        self._queues: list[queue.Queue[Any]] = [queue.Queue(depth) for _ in range(len(stages) + 1)]
        self._threads = [self._thread(first, self._read, source)]
        for i, (name, work) in enumerate(stages):
            self._threads.append(self._thread(name, self._work, work, i))
        for thread in self._threads:
            thread.start()

    def __iter__(self) -> Iterator[T]:
        while (item := self._take(self._queues[-1])) is not _END:
            if isinstance(item, _Failure):
                raise item.error
            yield item
            if self._free is not None:
                self._free.release()

    def close(self) -> None:
        """Stop all threads; what is under way is dropped."""
        self._over.set()
        for thread in self._threads:
            thread.join(_JOIN_S)

    def _thread(self, name: str, target: Callable[..., None], *rest: Any) -> threading.Thread:
        return threading.Thread(target=target, args=(name, *rest), name=name, daemon=True)

    def _read(self, name: str, source: Iterator[T]) -> None:
        def step() -> Any:
            return next(source, _END)

        last: Any = None
        while last is not _END and not isinstance(last, _Failure) and not self._over.is_set():
            if self._free is not None and not self._free.acquire(timeout=_POLL_S):
                continue
            last = self._timed(name, step)
            self._put(self._queues[0], last)
        if hasattr(source, "close"):
            source.close()

    def _work(self, name: str, work: Callable[[T], T], place: int) -> None:
        done: Any = None
        while done is not _END and not isinstance(done, _Failure):
            item = self._take(self._queues[place])
            if item is _END or isinstance(item, _Failure):
                done = item
            else:
                done = self._timed(name, partial(work, item))
            self._put(self._queues[place + 1], done)

    def _timed(self, name: str, step: Callable[[], Any]) -> Any:
        begun = perf_counter()
        try:
            return step()
        except BaseException as error:  # a thread cannot raise it where anybody would see
            return _Failure(error)
        finally:
            self.seconds[name] += perf_counter() - begun

    def _put(self, place: queue.Queue[Any], item: Any) -> None:
        while not self._over.is_set():
            try:
                place.put(item, timeout=_POLL_S)
            except queue.Full:
                continue
            break

    def _take(self, place: queue.Queue[Any]) -> Any:
        while not self._over.is_set():
            try:
                return place.get(timeout=_POLL_S)
            except queue.Empty:
                continue
        return _END
