"""Frames that show two shots at once, as a dissolve or a wipe does: a shot of their own, nameless.

That they do is known when the new shot stands alone (`Observation.mixed`). Until then tracks ran
on, from the people of one shot to those of the other, under the names of the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from tracker.tracking.traces import Trace
from tracker.types import UNKNOWN, Evidence, TrackedFrame, Visibility


def parted_back(backwards: Iterable[TrackedFrame]) -> Iterator[TrackedFrame]:
    """Frames from the last to the first, each mixture as a shot of its own in which nobody who is
    anywhere has a name. Shots are numbered anew."""
    since = np.inf
    for frame in backwards:
        mixed = bool(frame.index >= since)
        if frame.mixed:
            since = frame.index - frame.mixed
        elif not mixed:
            since = np.inf
        done = replace(frame, shot=2 * frame.shot + mixed, in_transition=mixed)
        yield _nameless(done) if mixed else done


def _nameless(frame: TrackedFrame) -> TrackedFrame:
    """Who waits, absent, keeps their name: of them nothing is said."""
    here = frame.visibility != Visibility.ABSENT
    return replace(
        frame,
        players=np.where(here, UNKNOWN, frame.players),
        player_confidence=np.where(here, 0.0, frame.player_confidence),
        evidence=np.where(here, int(Evidence.NONE), frame.evidence),
    )


def parted(
    frames: Sequence[TrackedFrame], traces: Sequence[Trace]
) -> tuple[list[TrackedFrame], list[Trace]]:
    """The same for a second pass: no picture in a mixture says who anybody is."""
    done = list(parted_back(reversed(frames)))[::-1]
    kept = [
        _without_votes(trace) if frame.in_transition else trace
        for frame, trace in zip(done, traces, strict=True)
    ]
    return done, kept


def _without_votes(trace: Trace) -> Trace:
    none_clean = np.zeros(len(trace.tracks), bool)
    return replace(trace, clean=none_clean, shown=none_clean)
