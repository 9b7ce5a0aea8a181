"""The page in a real browser, before a scripted server: what a key, a click or a drag says."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.review_page.pages import READY, TEXT, TITLE, ZOOMED, go_to, said
from tests.review_page.scripted import NAMES, Served, asked, item, served
from tests.worlds.browser import CHROMIUM, Browser

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


def test_a_name_that_changes_is_told_with_its_time(page: Browser, site: Served) -> None:
    question = site.review.questions[1]
    question["items"][0]["shown_names"] = [NAMES[1]] * 2 + [NAMES[4]] * 4
    go_to(page, site, question["text"])
    words = f"{NAMES[1]} to 0:07.1, then {NAMES[4]}"  # up to the first picture under another name
    page.wait(f"{TEXT.format('.cut')}.includes({words!r})")
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


def test_a_question_from_before_an_answer_does_not_come_back(page: Browser, site: Served) -> None:
    site.review.refuse, site.review.late = "track 7 ends in frame 240", 0.7
    page.press("1")
    page.wait("!document.getElementById('trouble').hidden")
    site.review.refuse = ""
    page.press("1")
    page.wait(f"{TITLE} === 'Is this Bea all the time?'")
    time.sleep(site.review.late)
    assert page.run(TITLE) == "Is this Bea all the time?"


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
    trouble = "document.getElementById('trouble').textContent"
    page.wait(f"{trouble}.includes('does not answer') && {trouble}.includes('Not saved')")
    text = page.run(TEXT.format("#trouble"))
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
