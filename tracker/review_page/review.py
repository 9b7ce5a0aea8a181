"""A run served for review, from its folder to the last answer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tracker.report.pictures import open_video
from tracker.report.run_facts import RunFacts
from tracker.review_page.app import Served, make_app
from tracker.review_page.desk_protocol import ReviewDesk
from tracker.review_page.exports import Exports
from tracker.review_page.guard import Door
from tracker.review_page.jobs import Jobs
from tracker.review_page.pictures import Pictures
from tracker.review_page.serving import listen, serve, show_in_browser
from tracker.video.source import Source, VideoError

REVIEW = "review"
"""The folder in OUT of what a review keeps."""


def review(
    out: Path,
    desk: ReviewDesk,
    video: str | None,
    port: int | None,
    browser: bool,
    say: Callable[[str], None],
    show: Callable[[str], None],
) -> None:
    """Serve the page until the process is interrupted.

    video: None where it is what run.json says; where it cannot be used, boxes are shown alone.
    browser: whether to open the page in it. Raises PortError, and what reading the run raises.
    """
    facts = RunFacts.read(out)
    source, notes = _opened(facts, video)
    for note in notes:
        say(note)
    listener = listen(port)
    door = Door(listener.getsockname()[1])
    served = open_served(out, desk, source, video or facts.spec, "; ".join(notes))

    def begun() -> None:
        opened = browser and show_in_browser(door.address)
        show(f"review of {out}: {door.address}")
        how = "the page is open in your browser" if opened else "open that in a browser"
        show(f"{how}; end with Ctrl-C")

    try:
        serve(make_app(served, door), listener, begun)
    finally:
        served.pictures.close()
    show(_ending(desk, served.jobs))


def _ending(desk: ReviewDesk, jobs: Jobs) -> str:
    """What is to be said when the page is closed."""
    parts = ["ended"]
    if job := jobs.running:
        parts.append(f"{job.kind} was not finished")
    if unwritten := desk.status()["unwritten"]:
        are = "1 answer is" if unwritten == 1 else f"{unwritten} answers are"
        parts.append(f"{are} kept, and not in the files of the run yet: open it again and write")
    return "; ".join(parts)


def open_served(
    out: Path, desk: ReviewDesk, source: Source | None, spec: str, note: str = ""
) -> Served:
    """All that the application gives out. source, spec: the video, and how to open it again."""
    folder = out / REVIEW
    first, last = desk.facts()["frames"]
    pictures = Pictures(source, folder, range(first - 1, last), note)
    jobs = Jobs()
    video = None if source is None else (source, spec)
    return Served(desk, pictures, Exports(out, folder, desk, jobs, video), jobs)


def _opened(facts: RunFacts, video: str | None) -> tuple[Source | None, list[str]]:
    try:
        source, notes = open_video(facts, video)
    except VideoError as error:
        return None, [f"no pictures: {error}"]
    if source is not None and source.live:
        return None, [f"no pictures: {source.name} is live; give a recording with --video"]
    return source, notes
