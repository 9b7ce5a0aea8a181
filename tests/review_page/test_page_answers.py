"""The page in a real browser, before a scripted server: what a key, a click or a drag says."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.review_page.scripted import (
    FRAMES,
    NAMES,
    Scripted,
    Served,
    asked,
    box_of,
    item,
    served,
)
from tests.worlds.browser import CHROMIUM, Browser, browser

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no chromium on PATH")
READY = "document.documentElement.classList.contains('ready')"
ZOOMED = "(import('/static/player.js').then(p => window.zoomed = p.view.zoom > 1), window.zoomed)"
TITLE = "document.querySelector('#question h2')?.textContent"
TEXT = "document.querySelector('{}').textContent"


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("profile")) as one:
        yield one


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
    answers = [body for path, body in site.review.bodies if path == "/api/answer"]
    assert len(answers) == count, site.review.bodies
    return answers


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


def test_a_digit_names_the_candidate_and_the_next_question_follows(
    page: Browser, site: Served
) -> None:
    page.press("2")
    page.wait(f"{TITLE} === 'Is this Bea all the time?'")
    part = {"track": 7, "first": 40, "last": 240, "player": NAMES[0]}
    (body,) = said(page, site)
    assert body == {"question": "who-Who is this?", "verdict": "is", "parts": [part]}
    assert f"track 7 is {NAMES[0]}" in page.run(TEXT.format("#said"))
    assert page.run(TEXT.format("#doubt")) == "25 s of names in doubt"
    assert not page.troubles


def test_the_pictures_of_the_next_question_are_there_before_it_is_asked(
    page: Browser, site: Served
) -> None:
    fetched = (
        "performance.getEntriesByType('resource').map(e => new URL(e.name))"
        ".filter(u => u.pathname === '/api/crop.jpg' && u.searchParams.get('track') === '2').length"
    )
    page.wait(f"{fetched} === 6")
    page.press("1")
    page.wait(f"{TITLE} === 'Is this Bea all the time?'")
    page.wait("document.querySelectorAll('.pair img[src], .strip img[src]').length === 8")
    assert page.run(fetched) == 6
    assert page.run("performance.getEntriesByName('key to question painted').length") == 1


def test_names_in_the_picture_change_with_the_answer(page: Browser, site: Served) -> None:
    named = (
        "(import('/static/boxes.js').then(b => window.named = b.boxOf(50, 7)?.[1]), window.named)"
    )
    page.wait(f"{named} === -1")
    page.press("1")
    page.wait(f"{named} === 1")


@pytest.mark.parametrize(
    ("key", "verdict"), [("Enter", "right"), ("n", "not"), ("u", "unknown"), ("t", "two")]
)
def test_keys_of_verdicts(page: Browser, site: Served, key: str, verdict: str) -> None:
    go_to(page, site, "Is this Bea all the time?")
    page.press(key)
    page.wait(f"{TITLE} !== 'Is this Bea all the time?'")
    (body,) = said(page, site)
    assert body["verdict"] == verdict


@pytest.mark.parametrize(
    ("key", "code", "verdict"),
    [("т", "KeyN", "not"), ("г", "KeyU", "unknown"), ("é", "Digit2", "is")],
)
def test_keys_are_found_on_other_keyboards(
    page: Browser, site: Served, key: str, code: str, verdict: str
) -> None:
    go_to(page, site, "Is this Bea all the time?")
    page.run(
        f"document.dispatchEvent(new KeyboardEvent('keydown', {{ key: {key!r}, code: {code!r} }}))"
    )
    page.wait(f"{TITLE} !== 'Is this Bea all the time?'")
    assert said(page, site)[0]["verdict"] == verdict


def test_enter_takes_the_likeliest_where_there_is_no_name_yet(page: Browser, site: Served) -> None:
    page.press("Enter")
    page.wait(f"{TITLE} !== 'Who is this?'")
    assert said(page, site)[0]["parts"][0]["player"] == NAMES[1]


def test_a_stretch_is_cut_where_somebody_else_goes_on(page: Browser, site: Served) -> None:
    go_to(page, site, "Is this Bea all the time?")
    page.press("l")  # a second on
    page.wait("document.getElementById('video').dataset.frame === '130'")
    page.press("b")
    assert page.run("document.querySelectorAll('.piece').length") == 2
    assert page.run(
        "[...document.querySelectorAll('.piece .name, .answers kbd')].every(e => "
        "e.getClientRects().length === 1 && e.getBoundingClientRect().height < 24)"
    )
    low, high = page.run(
        "[document.querySelector('.candidate').getBoundingClientRect().bottom, "
        "document.querySelector('.who .verdicts').getBoundingClientRect().top]"
    )
    assert low < high
    page.press("Enter")  # not before each part has a name
    page.press("1")
    page.press("2")
    page.press("Enter")
    page.wait(f"{TITLE} !== 'Is this Bea all the time?'")
    assert said(page, site)[0]["parts"] == [
        {"track": 2, "first": 100, "last": 129, "player": NAMES[1]},
        {"track": 2, "first": 130, "last": 300, "player": NAMES[4]},
    ]


def test_a_group_is_ticked_by_digits_arrows_and_clicks(page: Browser, site: Served) -> None:
    go_to(page, site, "Which of these 3 are players?")
    page.press("3")
    page.click(".card")
    page.press("ArrowRight")
    page.press(" ")
    page.press("3")
    page.press("Enter")
    page.wait(f"{TITLE} !== 'Which of these 3 are players?'")
    (body,) = said(page, site)
    assert (body["verdict"], body["items"]) == ("ticked", [0, 1])


def test_of_a_ticked_card_the_wrong_pictures_may_be_told(page: Browser, site: Served) -> None:
    go_to(page, site, "Which of these 3 are not right?")
    page.press("2")
    page.wait("!document.querySelector('.which').hidden")
    page.click(".which .pick:nth-child(5)")
    page.click(".which .pick:nth-child(6)")
    page.press("Enter")
    page.wait(f"{TITLE} !== 'Which of these 3 are not right?'")
    (body,) = said(page, site)
    assert (body["items"], body["wrong"]) == ([1], {"1": [4, 5]})


def test_whether_the_gallery_is_whole_and_the_end(page: Browser, site: Served) -> None:
    go_to(page, site, "Is every player of the match in the gallery?")
    page.press("n")
    page.wait(f"{TITLE} === 'Nothing more to ask'")
    assert said(page, site)[0]["verdict"] == "no"
    assert "Only missing boxes" in page.run(TEXT.format("#question"))


def test_space_leaves_a_question_for_later(page: Browser, site: Served) -> None:
    page.press(" ")
    page.wait(f"{TITLE} === 'Is this Bea all the time?'")
    said(page, site, 0)


def test_answers_are_taken_back(page: Browser, site: Served) -> None:
    page.press("1")
    page.wait(f"{TITLE} !== 'Who is this?'")
    page.press("z")
    page.wait(f"{TITLE} === 'Who is this?'")
    assert page.run(TEXT.format("#said")).startswith("Taken back: track 7 is Bea")
    page.press("Z", shift=True)
    page.wait(f"{TEXT.format('#said')}.startsWith('Said again: track 7 is Bea')")
    assert [path for path, _ in site.review.bodies] == ["/api/answer", "/api/undo", "/api/redo"]


def test_everything_goes_by_mouse_too(page: Browser, site: Served) -> None:
    page.click(".candidate")
    page.wait(f"{TITLE} === 'Is this Bea all the time?'")
    page.click("#undo")
    page.wait(f"{TITLE} === 'Who is this?'")
    page.press("Enter")  # not the button clicked last
    page.wait(f"{TITLE} === 'Is this Bea all the time?'")
    assert site.review.bodies[-1][0] == "/api/answer"


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
    page.run("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    where = label_of if part == "label" else on_screen
    start, end = where(page, 1), where(page, 2)
    before = page.run("import('/static/player.js').then(({ view }) => view.center)")
    page.mouse(start, between(start, end), end)
    page.wait("document.querySelector('dialog[open] .main')")
    assert page.run("import('/static/player.js').then(({ view }) => view.center)") == before
    page.press("Enter")
    page.wait("!document.querySelector('dialog')")
    assert said(page, site) == [{"verdict": "swap", "tracks": [1, 2], "from": 45}]


def test_a_name_on_its_way_says_what_it_will_do(page: Browser) -> None:
    page.press("x")
    page.run("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    start, end = label_of(page, 1), on_screen(page, 2)
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


def wait_for(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


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
    start, end = on_screen(chromium, 1), on_screen(chromium, 2)
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


def test_a_name_that_changes_is_told_with_its_time(page: Browser, site: Served) -> None:
    question = site.review.questions[1]
    question["items"][0]["shown_names"] = [NAMES[1]] * 2 + [NAMES[4]] * 4
    go_to(page, site, question["text"])
    assert f"{NAMES[1]} to 0:05.5, then {NAMES[4]}" in page.run(TEXT.format(".cut"))
    names = page.run("[...document.querySelectorAll('.strip .under')].map(e => e.textContent)")
    assert names == [NAMES[1], NAMES[4]]
    assert page.run(
        "[...document.querySelectorAll('.strip .name')].every(e => e.scrollWidth <= e.clientWidth "
        "|| getComputedStyle(e).overflow === 'visible')"
    )


def test_each_card_has_a_key_and_the_one_in_the_video_is_marked(
    page: Browser, site: Served
) -> None:
    question = asked(
        "which", "Which of these 16?", [item(1 + i % 7, 10, 150) for i in range(16)], {}
    )
    site.review.questions.insert(0, question)
    go_to(page, site, question["text"])
    keys = page.run("[...document.querySelectorAll('.card kbd')].map(e => e.textContent).join('')")
    assert keys == "123456789cdghoqr"
    marked = "[...document.querySelectorAll('.card')].findIndex(e => e.matches('.on-video'))"
    assert page.run(marked) == 0
    page.press("ArrowRight")
    page.press("ArrowRight")
    assert page.run(marked) == 1
    page.press("r")
    page.press("Enter")
    page.wait(f"{TITLE} !== {question['text']!r}")
    assert said(page, site)[0]["items"] == [15]


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


def test_what_the_server_refuses_is_said_in_one_line(page: Browser, site: Served) -> None:
    site.review.refuse = "track 7 ends in frame 240"
    page.press("1")
    page.wait("!document.getElementById('trouble').hidden")
    assert page.run(TEXT.format("#trouble span")) == "track 7 ends in frame 240"
    assert page.run(TITLE) == "Who is this?"
    site.review.refuse = ""
    page.press("1")
    page.wait(f"{TITLE} !== 'Who is this?'")
    assert page.run("document.getElementById('trouble').hidden")


def test_a_server_that_is_gone_is_said_and_no_answer_is_lost_in_silence(
    page: Browser, site: Served
) -> None:
    site.end()
    page.press("1")
    page.wait("!document.getElementById('trouble').hidden")
    text = page.run(TEXT.format("#trouble"))
    assert "does not answer" in text
    assert f'Not saved: your answer "{NAMES[1]}"' in text
    assert page.run(TITLE) == "Who is this?"


def test_a_server_that_is_gone_is_asked_seldom(page: Browser, site: Served) -> None:
    page.wait(
        "(import('/static/state.js').then(m => window.e = m.state.status.entries), window.e === 0)"
    )
    asks = "performance.getEntriesByType('resource').filter(e => e.name.includes('status')).length"
    site.end()
    page.wait("!document.getElementById('trouble').hidden")
    before = page.run(asks)
    page.run("new Promise(done => setTimeout(done, 4000))")
    assert page.run(asks) - before <= 1


def test_a_server_with_another_token_is_asked_no_more(page: Browser, site: Served) -> None:
    site.review.forbidden = "open the address that was printed"
    page.wait("!document.getElementById('trouble').hidden")
    before = site.review.statuses
    page.run("new Promise(done => setTimeout(done, 3500))")
    assert site.review.statuses == before
    assert "address" in page.run(TEXT.format("#trouble"))


def test_a_second_press_does_not_answer_a_question_nobody_has_seen(
    page: Browser, site: Served
) -> None:
    site.review.slow = 0.3
    page.press("1")
    page.press("1")
    page.wait(f"{TITLE} === 'Is this Bea all the time?'")
    said(page, site)


def test_twenty_names_are_judged(page: Browser, site: Served) -> None:
    page.press("a")
    page.wait("document.querySelector('#audit h2')?.textContent.includes('Ada')")
    page.press("Enter")
    page.wait("document.querySelector('#audit h2').textContent.includes('Bea')")
    page.press("n")
    page.wait("document.querySelector('#audit h2').textContent.includes('Cy')")
    page.click("#audit .answers .main")
    page.wait("document.querySelector('#audit h2').textContent.includes('Дина')")
    page.press("Enter")
    page.wait("document.querySelector('#audit h2').textContent.includes('3 of 4')")
    assert site.review.judged == [True, False, True, True]
    page.press("Enter")
    page.wait(f"{TITLE} === 'Who is this?'")


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
    assert review.bodies[0][1]["parts"][0]["player"] == "Ibn Sina"
