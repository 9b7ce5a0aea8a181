"""The video in a real browser: boxes clicked, names dragged, ground panned, by mouse and finger."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.review_page.pages import READY, TITLE, ZOOMED, go_to, on_screen, said
from tests.review_page.scripted import FRAMES, NAMES, Served, served
from tests.worlds.browser import CHROMIUM, Browser

CENTRE = "import('/static/player.js').then(({ view }) => view.center)"

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no chromium on PATH")


@pytest.fixture
def site() -> Iterator[Served]:
    with served() as one:
        yield one


@pytest.fixture
def page(chromium: Browser, site: Served) -> Browser:
    chromium.troubles.clear()
    chromium.open(site.url)
    chromium.wait(READY)
    chromium.wait(ZOOMED)
    chromium.wait("document.getElementById('video').dataset.frame === '45'")
    return chromium


def test_a_box_clicked_anywhere_is_named_from_here_on(page: Browser, site: Served) -> None:
    frame = page.run("Number(document.getElementById('video').dataset.frame)")
    page.mouse(on_screen(page, 6))
    page.wait("document.querySelector('dialog[open] input')")
    page.type("дина")
    page.press("Enter")
    page.wait("!document.querySelector('dialog')")
    part = {"track": 6, "first": frame, "last": FRAMES, "player": NAMES[3]}
    assert said(page, site) == [{"verdict": "said", "parts": [part]}]


def test_a_box_is_named_in_a_window_only(page: Browser, site: Served) -> None:
    page.mouse(on_screen(page, 6))
    page.wait("document.querySelector('dialog[open] input')")
    page.click("dialog input[value=window]")
    page.click("dialog [aria-label='first: half a second earlier']")
    page.click("dialog .combo input")
    page.type("ada")
    page.press("Enter")
    page.wait("!document.querySelector('dialog')")
    (part,) = said(page, site)[0]["parts"]
    assert (part["first"], part["last"]) == (1, 95)


def label_of(page: Browser, track: int) -> tuple[float, float]:
    """The middle of a track's name as it is drawn, in the window."""
    point = (
        "(import('/static/player.js').then(({ now }) => { "
        f"const one = now.labels.find(label => label.track === {track}); "
        "const r = document.getElementById('video').getBoundingClientRect(); "
        "window.label = one ? [r.x + (one.rect.x1 + one.rect.x2) / 2, "
        "r.y + (one.rect.y1 + one.rect.y2) / 2] : null; }), window.label)"
    )
    page.run("window.label = null, 1")
    page.wait(point)
    x, y = page.run("window.label")
    return x, y


def between(start: tuple[float, float], end: tuple[float, float]) -> tuple[float, float]:
    return (start[0] + end[0]) / 2, (start[1] + end[1]) / 2


def at_rest(page: Browser, measured: Callable[[], Any]) -> Any:
    """What is measured when it has not moved for a while: labels make way for one another."""
    before, same = measured(), 0
    while same < 3:
        page.run("new Promise(done => setTimeout(() => requestAnimationFrame(done), 100))")
        now = measured()
        before, same = now, same + 1 if now == before else 0
    return before


def drag(page: Browser, ends: Callable[[], tuple[tuple[float, float], ...]]) -> Any:
    """From one end to the other until the page asks; returns the centre of the view before.

    A page that a busy machine lays out once more between the look and the press has its names
    elsewhere: the hand that missed tries again.
    """
    for _ in range(5):
        start, end = at_rest(page, ends)
        before = page.run(CENTRE)
        page.mouse(start, between(start, end), end)
        with contextlib.suppress(AssertionError):
            page.wait("document.querySelector('dialog[open] .main')", 3)
            return before
    raise AssertionError("a name dropped on another asks nothing")


@pytest.mark.parametrize("zoom", [1.0, 2.0])
@pytest.mark.parametrize("part", ["label", "box"])
def test_a_name_dropped_on_another_swaps_the_two(
    page: Browser, site: Served, part: str, zoom: float
) -> None:
    page.press("x")  # out
    page.run(
        "import('/static/player.js').then(({ view, viewChanged }) => "
        f"{{ view.zoomAt({zoom}, 0, 0); viewChanged(); }})"
    )
    where = label_of if part == "label" else on_screen
    before = drag(page, lambda: (where(page, 1), where(page, 2)))
    assert page.run(CENTRE) == before
    page.press("Enter")
    page.wait("!document.querySelector('dialog')")
    assert said(page, site) == [{"verdict": "swap", "tracks": [1, 2], "from": 45}]


def test_a_name_on_its_way_says_what_it_will_do(page: Browser) -> None:
    page.press("x")
    start, end = at_rest(page, lambda: (label_of(page, 1), on_screen(page, 2)))
    ghost = "import('/static/player.js').then(({ now }) => now.dragged?.text ?? '')"
    button = {"button": "left", "clickCount": 1}
    mouse = "Input.dispatchMouseEvent"
    page.call(mouse, type="mousePressed", x=start[0], y=start[1], **button)
    page.call(mouse, type="mouseMoved", x=start[0] + 8, y=start[1], button="left", buttons=1)
    assert page.run(ghost) == f"{NAMES[0]}: drop it on another box to swap"
    page.call(mouse, type="mouseMoved", x=end[0], y=end[1], button="left", buttons=1)
    assert page.run(ghost) == f"{NAMES[0]} ⇄ {NAMES[1]} from 0:01.7"
    page.call(mouse, type="mouseReleased", x=start[0], y=start[1], **button)
    assert page.run(ghost) == ""


def test_empty_ground_and_the_middle_button_pan(page: Browser, site: Served) -> None:
    centre = "import('/static/player.js').then(({ view }) => view.center.x)"
    page.run(
        "import('/static/player.js').then(({ view, viewChanged }) => "
        "{ view.reset(); view.zoomAt(2, 0, 0); viewChanged(); })"
    )
    page.run("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    x, y = on_screen(page, 1)
    before = page.run(centre)
    page.mouse((x - 40, y + 150), (x - 80, y + 150), (x - 120, y + 150))
    ground = page.run(centre)
    assert ground > before
    x, y = on_screen(page, 2)
    for kind, at in (("mousePressed", x), ("mouseMoved", x - 60), ("mouseReleased", x - 60)):
        page.call(
            "Input.dispatchMouseEvent", type=kind, x=at, y=y, button="middle", buttons=4,
            clickCount=1,
        )  # fmt: skip
    assert page.run(centre) > ground
    assert not page.run("document.querySelector('dialog')")


def tap(page: Browser, selector: str, done: str) -> None:
    """Until it is done: a finger that a busy machine holds down for half a second is no tap."""
    for _ in range(5):
        page.touch(page.middle(selector))
        with contextlib.suppress(AssertionError):
            return page.wait(done, 3)
    raise AssertionError(f"never true: {done}")


def test_everything_goes_by_touch_on_a_small_screen(chromium: Browser, site: Served) -> None:
    chromium.call("Emulation.setTouchEmulationEnabled", enabled=True)
    chromium.open(site.url, 400, 800)
    chromium.wait(READY)
    chromium.wait(ZOOMED)
    chromium.wait("document.getElementById('video').dataset.frame === '45'")
    tap(chromium, "#zoom", ZOOMED.replace("> 1", "=== 1"))
    start, end = at_rest(chromium, lambda: (on_screen(chromium, 1), on_screen(chromium, 2)))
    chromium.touch(start, ((start[0] + end[0]) / 2, start[1]), end)
    chromium.wait("document.querySelector('dialog[open] .main')")
    tap(chromium, "dialog .main", "!document.querySelector('dialog')")
    said(chromium, site)
    tap(chromium, ".candidate", f"{TITLE} === 'Is this Bea all the time?'")
    chromium.call("Emulation.setTouchEmulationEnabled", enabled=False)
    assert [body["verdict"] for body in said(chromium, site, 2)] == ["swap", "is"]


def test_all_names_are_listed_and_escape_leaves_at_once(page: Browser, site: Served) -> None:
    site.review.players = [f"Player {i}" for i in range(1, 15)]
    page.open(site.url)
    page.wait(READY)
    page.wait("document.getElementById('video').dataset.frame === '45'")
    page.press("e")
    page.press("1")
    page.wait("document.querySelectorAll('dialog .options li').length === 15")  # and the coach
    for _ in range(13):
        page.press("ArrowDown")
    shown = """(() => { const list = document.querySelector(".options").getBoundingClientRect();
        const one = document.querySelector("[aria-selected=true]").getBoundingClientRect();
        return [one.top >= list.top - 1, one.bottom <= list.bottom + 1, list.bottom <= innerHeight];
    })()"""
    assert page.run(shown) == [True, True, True]
    page.press("Escape")
    page.wait("!document.querySelector('dialog')", 2)


def test_the_other_of_a_trade_is_chosen_by_its_digit(page: Browser, site: Served) -> None:
    go_to(page, site, "Is this Bea all the time?")
    page.press("s")
    page.wait("!document.getElementById('pick').hidden")
    page.press("1")
    (body,) = said(page, site)
    assert (body["verdict"], body["tracks"][0]) == ("swap", 2)
    assert body["tracks"][1] in (1, 3)  # who is nearest


def test_a_missing_player_is_clicked_in_the_picture(page: Browser, site: Served) -> None:
    page.click(".missing-player")
    page.mouse(on_screen(page, 7))
    page.wait("document.querySelector('dialog .combo input')?.value === 'Finn'")
    page.press("Enter")
    page.wait("!document.querySelector('dialog')")
    assert said(page, site)[0]["parts"][0]["player"] == NAMES[5]
