"""What tests of the page in a browser look at, where they click, and what it has said."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from tests.review_page.scripted import Served, box_of
from tests.worlds.browser import Browser

READY = "document.documentElement.classList.contains('ready')"
ZOOMED = "(import('/static/player.js').then(p => window.zoomed = p.view.zoom > 1), window.zoomed)"
TITLE = "document.querySelector('#question h2')?.textContent"
TEXT = "document.querySelector('{}').textContent"


def go_to(page: Browser, site: Served, text: str) -> None:
    """To the question of that text."""
    texts = [question["text"] for question in site.review.questions]
    site.review.at = texts.index(text)
    page.open(site.url)
    page.wait(f"{TITLE} === {text!r}")
    page.wait("document.getElementById('video').dataset.frame")


def said(page: Browser, site: Served, count: int = 1) -> list[dict[str, Any]]:
    """What the page has sent as answers, once there are so many."""
    page.wait("!document.body.classList.contains('busy')")

    def answers() -> list[dict[str, Any]]:
        return [body for path, body in site.review.bodies if path == "/api/answer"]

    wait_for(lambda: len(answers()) >= count)  # a key is pressed before it is heard
    assert len(answers()) == count, site.review.bodies
    return answers()


def on_screen(page: Browser, track: int) -> tuple[float, float]:
    """The middle of a track's box in the frame shown, in the window."""
    frame = page.run("Number(document.getElementById('video').dataset.frame)")
    x1, y1, x2, y2 = box_of(track, frame)
    x, y = page.run(
        "(async () => { const { view } = await import('/static/player.js'); "
        f"const p = view.toCanvas({(x1 + x2) / 2}, {(y1 + y2) / 2}); "
        "const r = document.getElementById('video').getBoundingClientRect(); "
        "return [r.x + p.x, r.y + p.y]; })()"
    )
    return x, y


def wait_for(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)
