"""A request against its source, before long work begins: do file and video fit?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from tracker.observation.metadata import Metadata, SourceFacts
from tracker.runs.request import PipelineError, TrackRequest
from tracker.source_match import Film, Step, misfits, step_of
from tracker.types import Ints
from tracker.video.source import Source

_MOST = 25  # of detect.every_n


def suited(request: TrackRequest, known: Source | SourceFacts) -> tuple[TrackRequest, list[str]]:
    """The request with settings that its files ask for, and a line for each thing to know.

    A file with boxes in every n-th frame sets `detect.every_n`, a video shorter than
    `follow.confirm_s` sets that to 0. known: the video, opened, or what is known of one that was
    observed already. Raises PipelineError where the boxes are not of this video, and the readers'
    errors.
    """
    file = request.detections
    if not isinstance(known, SourceFacts):
        if known.live:
            return request, []
        file = file or (None if known.has_images else known.detections_file)
    film = Film(
        known.name, known.width, known.height, known.frame_count, known.fps, *request.frames
    )
    request, notes = _short(request, film)
    if file is None or (request.detections is None and request.detector != "auto"):
        return request, notes
    return _by_file(request, film, file, known.has_images, notes)


def describing(request: TrackRequest, known: Source | SourceFacts | Metadata) -> TrackRequest:
    """With anchors, or a team sheet alone, people are described where there are pictures, to be
    known again between the moments in which they are named.

    known: the video, opened, or what it was observed as. What is begun goes on as it was begun, and
    where all is observed nobody is described any more.
    """
    if not (request.anchors or request.roster) or request.describes:
        return request
    if isinstance(known, Metadata):
        described = known.encoder is not None and known.chunks is None
    else:
        described = known.has_images
    return replace(request, describe=described)


def explain_nothing_found(request: TrackRequest, seen: Mapping[str, int]) -> str:
    """What to try where nobody was found. seen: how many boxes were, by `boxes`."""
    if request.detections is None:
        return "try another --detector, --tiles 2x1 or --set detect.score_min=0.05"
    follow = request.settings.follow
    if not seen.get("boxes"):
        score_min = request.settings.detect.score_min
        return f"none of its boxes there has detect.score_min={score_min:g}"
    return (
        f"of its {seen['boxes']} boxes there nobody keeps a score of "
        f"follow.association.high_score={follow.association.high_score:g} for "
        f"follow.confirm_s={follow.confirm_s:g}; try smaller ones by --set"
    )


def _short(request: TrackRequest, film: Film) -> tuple[TrackRequest, list[str]]:
    """A video in which nobody can be seen for confirm_s."""
    confirm_s = request.settings.follow.confirm_s
    if film.end is None or film.fps <= 0:
        return request, []
    frames = film.end - film.first + 1
    if frames < 1 or (frames - 1) / film.fps >= confirm_s:
        return request, []
    length = "1 frame" if frames == 1 else f"{frames} frames"
    note = (
        f"{film.name}: {length}, too short for follow.confirm_s={confirm_s:g}; everybody detected "
        "is taken for a person at once"
    )
    return _with(request, "follow", confirm_s=0.0), [note]


def _by_file(
    request: TrackRequest, film: Film, file: Path, has_images: bool, notes: list[str]
) -> tuple[TrackRequest, list[str]]:
    from tracker.detection.mot_file import read_mot_detections

    given = read_mot_detections(file)
    found = misfits(file.name, given.frames, given.boxes, film)
    for misfit in found:
        if misfit.sure and (
            misfit.of_frames or has_images
        ):  # else its size is a word of seqinfo.ini
            raise PipelineError(str(misfit))
    beyond = "; those beyond are left out: do they belong together?"
    notes = [*notes, *(f"{misfit}{beyond if misfit.of_frames else ''}" for misfit in found)]
    end = film.end or int(given.frames.max())
    inside = given.frames[(given.frames >= film.first) & (given.frames <= end)]
    step = step_of(inside)
    if step is None:
        return request, notes
    return _sparse(request, film, file.name, step, inside, notes)


def _sparse(
    request: TrackRequest, film: Film, name: str, step: Step, frames: Ints, notes: list[str]
) -> tuple[TrackRequest, list[str]]:
    count, stated = len(np.unique(frames)), request.settings.detect.every_n
    if not step.even or step.every > _MOST:
        note = (
            f"{name} has boxes in {count} of {int(frames.max() - frames.min()) + 1} frames, about "
            f"every {step.every}th; people are lost between them, detect in every frame or at "
            f"even steps of at most {_MOST}"
        )
        return request, [*notes, note]
    if stated != 1:
        return request, notes
    note = (
        f"{name} has boxes in every {_nth(step.every)} frame of {film.name} from frame "
        f"{step.first}: detect.every_n={step.every} is taken"
    )
    return _with(request, "detect", every_n=step.every), [*notes, note]


def _nth(number: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10 if number % 100 // 10 != 1 else 0, "th")
    return f"{number}{ending}"


def _with(request: TrackRequest, section: str, **values: float) -> TrackRequest:
    settings = request.settings
    part = getattr(settings, section).model_copy(update=values)
    return replace(request, settings=settings.model_copy(update={section: part}))
