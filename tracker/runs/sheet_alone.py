"""Whether a run can name anybody by a team sheet, where that is all that it has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracker.runs.request import PipelineError, TrackRequest

if TYPE_CHECKING:
    from tracker.runs.name_model import NameModel


def check_sheet_alone(
    request: TrackRequest, names: NameModel | None, reads_numbers: bool, has_images: bool
) -> None:
    """Raise PipelineError where it cannot: without pictures of players and anchors, numbers must
    be on the sheet, and be read on the shirts."""
    if names is None or names.classifier is not None:
        return
    sheet, off = request.roster, request.settings.encode.numbers == "off"
    if not names.numbered and not off:
        raise PipelineError(
            f"{sheet} has no numbers, so that it alone names nobody; write them into it, or add "
            "--gallery or --anchors"
        )
    if not has_images:
        raise PipelineError(
            f"{request.source} has no pictures to read shirt numbers in, and {sheet} alone names "
            "nobody without them; give the video"
        )
    if off or not reads_numbers:
        raise PipelineError(
            f"shirt numbers are not read (encode.numbers is "
            f"{request.settings.encode.numbers}), and {sheet} alone names nobody without them; ask "
            "for them by --numbers, or add --gallery or --anchors"
        )
