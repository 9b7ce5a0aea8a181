"""The answer of `explain` as a page, with the shirts that were read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tracker.explain.answer import Explanation
from tracker.explain.numbers import ReadNumbers, ReadPicture
from tracker.explain.phrases import share
from tracker.explain.wording import lines
from tracker.report.context import text
from tracker.report.html_file import check_page, write_page
from tracker.report.page import environment
from tracker.report.pictures import Jpeg, Progress, cut_thumb, open_video, read_frames
from tracker.report.run_facts import RunFacts
from tracker.report.thumbnails import shirt_box
from tracker.video.source import Source, VideoError

PAGE = "why.html"
"""How the file may be called, in messages."""
_SHIRT_PX = 180  # high


def write_explanation(
    out: Path,
    explanation: Explanation,
    file: Path,
    video: str | None,
    overwrite: bool,
    progress: Progress,
) -> None:
    """Write the page. out: of the run. video: where it is now, by default where run.json says.

    Where the video is gone the page has words only, and says so. Raises OutputError where the file
    is in the way, VideoError where the video that was given cannot be used.
    """
    check_page(file, PAGE, overwrite)
    source, notes = open_video(RunFacts.read(out), video)
    shirts: list[dict[str, Any]] = []
    if source is not None and explanation.numbers is not None:
        try:
            shirts = _shirts(source, explanation.numbers, progress)
        except VideoError as error:
            notes = [*notes, f"pictures are missing: {error}"]
    headline, *rest = lines(explanation)
    values = {"headline": headline, "lines": rest, "notes": notes, "shirts": shirts}
    page = environment().get_template("explained.html").render(run=out.name, **values)
    write_page(file, page, PAGE, overwrite, "explain")


def _shirts(source: Source, read: ReadNumbers, progress: Progress) -> list[dict[str, Any]]:
    """The clearest of those that were read, in order of time."""
    wanted = {picture.frame: picture for picture in read.pictures}
    found: dict[int, Jpeg] = {}
    for frame, image in read_frames(source, sorted(wanted)):
        found[frame] = cut_thumb(image, shirt_box(wanted[frame].box), _SHIRT_PX)
        progress(len(found), len(wanted))
    expected = read.worn or (read.numbers[0][0] if read.numbers else "")
    return [_block(wanted[frame], found[frame], expected) for frame in sorted(found)]


def _block(picture: ReadPicture, jpeg: Jpeg, expected: str) -> dict[str, Any]:
    """As the template has a picture. expected: the number that it should show."""
    reading = f"reads {picture.number} ({share(picture.confidence)})"
    return {
        "data": text(jpeg.data),
        "size": jpeg.size,
        "alt": f"frame {picture.frame}: {reading}",
        "caption": f"frame {picture.frame} {reading}",
        "wrong": picture.number != expected,
    }
