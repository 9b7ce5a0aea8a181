"""The `review` command. No logic."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from tracker.text import say, show


def review_command(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="OUT of a run.")],
    video: Annotated[
        str | None, typer.Option(help="The video that was tracked, where it has moved.")
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="Of 127.0.0.1, to serve the page on [8765, or the next].")
    ] = None,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Only print the address of the page.")
    ] = False,
    questions: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Only print the N best questions, as JSON."),
    ] = None,
) -> None:
    """Make a run right in minutes: a page on this machine asks the one question that matters.

    Every answer is kept at once. Example: teamsheet review out/ --video match.mp4
    """
    from tracker.review_page.extra import check_extra
    from tracker.runs.review_desk import Desk

    if questions is None:
        check_extra()
    desk = Desk.open(out, video, say)
    try:
        if questions is not None:
            show(json.dumps(desk.questions(questions), indent=2, ensure_ascii=False))
            return
        from tracker.review_page.review import review

        review(out, desk, video, port, not no_browser, say, show)
    finally:
        desk.close()
