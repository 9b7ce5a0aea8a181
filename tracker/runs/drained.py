"""Frames that are gone once they were given: those of a match fill half a gigabyte."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tracker.types import TrackedFrame


def drained(frames: Sequence[TrackedFrame]) -> Iterator[TrackedFrame]:
    """The frames in order; of a list, each is gone once it was given."""
    if not isinstance(frames, list):
        yield from frames
        return
    frames.reverse()
    yield from popped(frames)


def popped(frames: list[TrackedFrame]) -> Iterator[TrackedFrame]:
    """From the last to the first, each gone once it was given."""
    while frames:
        yield frames.pop()
