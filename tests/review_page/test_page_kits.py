"""The question about kits in a real browser: what it shows, and what a key and a click say."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.review_page.pages import READY, TEXT, TITLE, said
from tests.review_page.scripted import Served, asked, item, served
from tests.worlds.browser import CHROMIUM, Browser

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no chromium on PATH")
KITS = [
    {"name": "red", "color": "#c03030", "items": 2},
    {"name": "blue", "color": "#3030c0", "items": 1},
]
CHOICES = ["Ajax", "PSV", "goalkeeper", "referee", "other"]


@pytest.fixture
def site() -> Iterator[Served]:
    with served() as one:
        items = [item(track, 10, 10) for track in (1, 2, 4)]
        question = asked("kit", "Which team wears this?", items, {})
        one.review.questions.insert(0, question | {"kits": KITS, "choices": CHOICES, "worth_s": 0})
        yield one


@pytest.fixture
def page(chromium: Browser, site: Served) -> Browser:
    chromium.troubles.clear()
    chromium.open(site.url)
    chromium.wait(READY)
    chromium.wait(f"{TITLE} === 'Which team wears this?'")
    return chromium


def test_both_kits_are_shown_with_a_button_for_each_answer(page: Browser) -> None:
    assert page.run("document.querySelectorAll('.kit-shown:not(.other) img').length") == 2
    assert page.run("document.querySelectorAll('.kit-shown.other img').length") == 1
    words = "[...document.querySelectorAll('.kit-choices .name')].map(e => e.textContent)"
    assert page.run(words) == ["Ajax", "PSV", "A goalkeeper", "A referee", "Somebody else"]
    assert "red" in page.run(TEXT.format(".kit-name"))
    assert not page.troubles


@pytest.mark.parametrize(("key", "wears"), [("2", "PSV"), ("4", "referee")])
def test_a_digit_says_who_wears_it(page: Browser, site: Served, key: str, wears: str) -> None:
    page.press(key)
    page.wait(f"{TITLE} === 'Who is this?'")
    (body,) = said(page, site)
    assert body == {
        "question": "kit-Which team wears this?", "verdict": "kit", "wears": wears,
    }  # fmt: skip
    assert not page.troubles


def test_a_click_says_the_same(page: Browser, site: Served) -> None:
    page.click(".kit-choices button")
    page.wait(f"{TITLE} === 'Who is this?'")
    assert said(page, site)[0]["wears"] == "Ajax"


def test_a_digit_without_an_answer_says_nothing(page: Browser, site: Served) -> None:
    page.press("9")
    page.press("x")
    assert not said(page, site, 0)
    assert page.run(TITLE) == "Which team wears this?"


def test_it_fits_a_phone(chromium: Browser, site: Served) -> None:
    chromium.open(site.url, 390, 800)
    chromium.wait(f"{TITLE} === 'Which team wears this?'")
    assert chromium.run("document.documentElement.scrollWidth <= innerWidth")
