"""The field of a run: as its user gives it, or as the run before had it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from tracker.court.field import Field
from tracker.court.field_corners import FieldError
from tracker.output.run_record import RECEIPT, RunRecord, RunRecordError
from tracker.runs.request import FieldInput, TrackRequest

if TYPE_CHECKING:
    from tracker.observation.metadata import SourceFacts
    from tracker.video.source import Source

_NONE = "none"
"""Instead of corners: without a field, also where the run before had one."""


def field_input(corners: str | None, frame: int | None) -> FieldInput | None:
    """What was asked for; None where nothing was. Raises FieldError."""
    if corners is None:
        if frame is not None:
            raise FieldError(f"--field-frame {frame}: there is no --field that could be of it")
        return None
    return FieldInput(corners, frame)


def with_field_of_before(request: TrackRequest) -> TrackRequest:
    """A run that goes on without `--field` has that of the run before. Raises FieldError."""
    record = RunRecord.find(request.out) if request.resume and request.field is None else None
    try:
        before = record and record.field
    except RunRecordError as error:
        raise FieldError(
            f"{request.out / RECEIPT}: its field cannot be read; give it again by --field"
        ) from error
    return replace(request, field=FieldInput(*before)) if before else request


def settled(request: TrackRequest) -> TrackRequest:
    """With a field or surely without one, whatever OUT holds."""
    return replace(request, field=request.field or FieldInput(_NONE))


def open_field(request: TrackRequest, known: Source | SourceFacts) -> Field | None:
    """Raises FieldError. known: what is tracked."""
    given = request.field
    if given is None or given.corners.strip().lower() == _NONE:
        return None
    first, last = request.frames
    ends = [end for end in (last, known.frame_count) if end is not None]
    frame = first if given.frame is None else given.frame
    if frame < first or (ends and frame > min(ends)):
        until = f"{first} to {min(ends)}" if ends else f"{first} on"
        raise FieldError(f"--field-frame {frame}: none of the frames that are tracked, {until}")
    return Field.of(given.corners, frame, (known.width, known.height))


def held(field: Field, cuts: Sequence[int], frames: tuple[int, int]) -> tuple[int, int]:
    """First and last frame, from 0, of the shot in which it is. cuts: frames with which a shot
    begins, in order. frames: the first and last that were tracked."""
    before = [cut for cut in cuts if cut <= field.index]
    behind = [cut for cut in cuts if cut > field.index]
    first, last = frames
    return max([first, *before]), min([last, *(cut - 1 for cut in behind)])


def field_lines(field: Field | None, shot: tuple[int, int] | None, count: int) -> list[str]:
    """What is to be said of it. shot: as `held`; None where not even its frame was reached. count:
    of frames that were tracked."""
    if field is None:
        return []
    if shot is None:
        return [f"--field is of frame {field.index + 1}, which was not reached: it says nothing"]
    first, last = shot
    if last - first + 1 >= count:
        return []
    return [
        f"--field holds in frames {first + 1} to {last + 1} of {count}, its shot; beyond a cut "
        "nobody is judged by it"
    ]
