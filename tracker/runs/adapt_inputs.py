"""Whether a detector can be adapted to the video of a request; found out before any waiting."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tracker.detection.class_names import ClassKinds, PlayerNames
from tracker.detection.detector import identify, is_named
from tracker.detection.weights import find_weights
from tracker.inference.ultralytics import DetectorError
from tracker.runs.batch import files_of
from tracker.runs.request import PipelineError, TrackRequest
from tracker.runs.run_players import given_anchors, names_of_classes, roster_of
from tracker.video.open import is_live, open_source

ADAPTED_WEIGHTS = "adapted.pt"
"""In OUT: the detector as this video has taught it."""


def weights_to_adapt(request: TrackRequest, streamed: bool = False) -> Path:
    """The .pt file of the request's detector. streamed: rows are wanted as they come.

    Raises PipelineError where `--adapt` and something else exclude each other, DetectorError where
    the detector is no such file.
    """
    for given, other, why in (
        (streamed, "--stream", "gives rows as they come, a second pass would give them again"),
        (request.resume, "--resume", "goes on with what one detector saw"),
        (request.detections is not None, "--detections", "has boxes of no detector"),
        (request.hears, "live --anchors", "come once"),
        (is_live(request.source), "a camera", "cannot be looked at twice"),
    ):
        if given:
            raise PipelineError(f"--adapt looks at the video twice, and {other} {why}; {_DROP}")
    path = _weights(request.detector)
    if path.suffix.lower() != ".pt":
        raise DetectorError(
            f"{request.detector}: only an Ultralytics .pt file can be adapted; give one by "
            "--detector, or leave out --adapt"
        )
    if path.resolve() == (request.out / ADAPTED_WEIGHTS).resolve():
        raise PipelineError(f"{path} would be replaced by --adapt; copy it to another place first")
    return path


def check_alone(sources: Sequence[str]) -> None:
    """Raises PipelineError where they are several files: each would need its own --detector."""
    if files_of(sources):
        raise PipelineError("--adapt teaches a detector one video; give one file")


_DROP = "leave one of them away"


def _weights(spec: str) -> Path:
    if spec == "auto":
        from tracker.detection.detector import PREFERRED

        try:
            return find_weights(PREFERRED)
        except DetectorError as error:
            why = str(error).partition(";")[0]
            raise DetectorError(
                f"--adapt needs an Ultralytics .pt file ({why}); give one by --detector"
            ) from error
    if is_named(spec):
        return Path(spec)
    identify(spec)  # raises where it is not there
    path = Path(spec)
    return path if path.exists() else find_weights(spec)


def class_numbers(request: TrackRequest, names: dict[int, str]) -> tuple[int, ...]:
    """Numbers in the network of the columns of `Observation.classes`; of the one class that is
    taught where there are none. names: of all its classes. Raises DetectorError."""
    called = class_names(request)
    kinds = ClassKinds.of(names, called.players, called.all_players)
    return kinds.columns.numbers or (kinds.numbers[kinds.kept[0]],)


def class_names(request: TrackRequest) -> PlayerNames:
    """Who the classes of the request's detector may be."""
    source = open_source(request.source)
    return names_of_classes(request, roster_of(request), given_anchors(request, source))
