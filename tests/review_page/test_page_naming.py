"""Cards from nothing in a real browser: names typed, cards put together, taken apart, staying."""

from __future__ import annotations

import pytest

from tests.review_page.pages import TEXT, wait_for
from tests.review_page.scripted import Scripted, served
from tests.worlds.browser import CHROMIUM, Browser

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no chromium on PATH")


def test_names_are_given_from_nothing(chromium: Browser) -> None:
    review = Scripted(gallery=False, players=[], names={})
    with served(review) as site:
        chromium.open(site.url)
        chromium.wait("document.activeElement.closest?.('#card-c1')")
        assert chromium.run(TEXT.format("#doubt")) == "nobody is named yet"
        chromium.type("Zoë")
        chromium.press("Enter")
        chromium.wait("document.activeElement.closest?.('#card-c2')")
        chromium.press("Enter")  # nothing is typed: nobody is named
        chromium.type("zo")
        chromium.press("Enter")  # completed
        chromium.wait("document.activeElement.closest?.('#card-c3')")
        chromium.press("Enter", shift=True)
        chromium.wait("document.activeElement.closest?.('#card-c4')")
        wait_for(lambda: len(review.bodies) == 3)
    players = [[part["player"] for part in body["parts"]] for _, body in review.bodies]
    assert players == [["Zoë", "Zoë"], ["Zoë", "Zoë"], ["_others", "_others"]]
    assert review.bodies[0][1]["parts"][1] == {
        "track": 1, "first": 200, "last": 400, "player": "Zoë",
    }  # fmt: skip


def test_cards_of_one_person_are_put_together_and_taken_apart(chromium: Browser) -> None:
    review = Scripted(gallery=False, players=[], names={})
    with served(review) as site:
        chromium.open(site.url)
        chromium.wait("document.activeElement.closest?.('#card-c1')")
        chromium.run("""(() => {
            const data = new DataTransfer();
            const [from, onto] = ["card-c2", "card-c1"].map(id => document.getElementById(id));
            from.dispatchEvent(new DragEvent("dragstart", { dataTransfer: data }));
            onto.dispatchEvent(new DragEvent("drop", { dataTransfer: data, cancelable: true }));
        })()""")
        chromium.wait("!document.getElementById('card-c2')")
        chromium.click("#card-c1 summary")
        chromium.wait("document.querySelector('#card-c1 details').open")
        chromium.click("#card-c1 details li:nth-child(2) button")  # is somebody else
        chromium.wait("document.getElementById('card-c1-1-200')")
        chromium.click("#card-c3 input")
        chromium.type("Cyd")
        chromium.press("Enter")  # all cards are dealt anew
        chromium.wait("document.activeElement.closest?.('#card-c4')")  # the one after it
        wait_for(lambda: len(review.bodies) == 1)
        assert not chromium.run("document.getElementById('card-c2')")
        chromium.click("#card-c1 input")
        chromium.type("Ada")
        chromium.press("Enter")
        chromium.wait("document.querySelector('#card-c1.done')")
        wait_for(lambda: len(review.bodies) == 2)
    parts = [(p["track"], p["first"], p["last"]) for p in review.bodies[-1][1]["parts"]]
    assert parts == [(1, 1, 150), (2, 1, 150), (2, 200, 400)]


def test_cards_stay_as_they_are_while_others_are_named(chromium: Browser) -> None:
    review = Scripted(gallery=False, players=[], names={})
    with served(review) as site:
        chromium.open(site.url)
        chromium.wait("document.activeElement.closest?.('#card-c1')")
        loaded = "[...document.querySelectorAll('.person.done img, #naming > .people img')]"
        chromium.wait(f"{loaded}.every(image => image.complete && image.naturalWidth)")
        chromium.run(f"{loaded}.forEach(image => {{ image.kept = true; }})")
        chromium.run("""window.blank = 0; new MutationObserver(() => {
            window.blank += document.querySelectorAll(
                "#naming > .people img:not([src]), .person.done img:not([src])").length;
        }).observe(document.getElementById("naming"), { childList: true, subtree: true });""")
        review.backwards = True  # the server's order changes with every name
        chromium.type("Zoë")
        chromium.press("Enter")
        chromium.wait("document.activeElement.closest?.('#card-c2')")
        chromium.type("Ad")
        wait_for(lambda: len(review.bodies) == 1)
        chromium.wait("document.querySelectorAll('#lanes bdi').length === 1")
        chromium.wait("import('/static/state.js').then(m => window.many = m.state.facts.players"
                      ".length) && window.many === 1")  # fmt: skip
        ids = "[...document.querySelectorAll('#naming > .people .person')].map(e => e.id)"
        assert chromium.run(ids) == ["card-c2", "card-c3", "card-c4", "card-c5"]
        assert chromium.run(
            "[...document.querySelectorAll('#naming > .people img')].every(one => one.kept)"
        )
        assert chromium.run("window.blank") == 0
        assert chromium.run("document.activeElement.value") == "Ad"
        assert chromium.run("document.activeElement.closest('article').id") == "card-c2"
        assert chromium.run("document.getElementById('doubt').textContent").endswith("in doubt")


def test_pasted_names_complete_what_is_typed(chromium: Browser) -> None:
    review = Scripted(gallery=False, players=[], names={})
    with served(review) as site:
        chromium.open(site.url)
        chromium.wait("document.getElementById('card-c1')")
        chromium.click("#naming .verdicts button")
        chromium.wait("document.querySelector('dialog textarea')")
        chromium.type("Gudrun Æsir\nHö; Ibn Sina")
        chromium.click("dialog .main")
        chromium.wait("document.activeElement.closest?.('#card-c1')")
        chromium.type("ibn")
        chromium.press("Enter")
        chromium.wait("document.activeElement.closest?.('#card-c2')")
        wait_for(lambda: len(review.bodies) >= 1)
    assert review.bodies[0][1]["parts"][0]["player"] == "Ibn Sina"
