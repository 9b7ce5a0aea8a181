"""The page in a real browser: video exact to the frame, labels apart, both widths and colours."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.review_page.scripted import NAMES, Scripted, Served, served
from tests.worlds.browser import CHROMIUM, Browser

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no chromium on PATH")
READY = "document.documentElement.classList.contains('ready')"
ZOOMED = "(import('/static/player.js').then(p => window.zoomed = p.view.zoom > 1), window.zoomed)"
FRAME = "Number(document.getElementById('video').dataset.frame)"


@pytest.fixture(scope="module")
def site() -> Iterator[Served]:
    with served() as one:
        yield one


@pytest.fixture
def page(chromium: Browser, site: Served) -> Browser:
    site.review.at = 0
    chromium.troubles.clear()
    chromium.open(site.url)
    chromium.wait(READY)
    chromium.wait(ZOOMED)
    return chromium


def green(page: Browser) -> int:
    """Of the picture's ground, below on the left: the scripted video counts its frames in it."""
    found: int = page.run("""import("/static/player.js").then(({ view }) => {
        const canvas = document.getElementById("video");
        const { x, y } = view.toCanvas(3, view.height - 8);
        return canvas.getContext("2d").getImageData(x, y, 1, 1).data[1];
    })""")
    return found


@pytest.mark.parametrize("frame", [1, 45, 46, 99, 400])
def test_the_picture_is_that_of_the_frame(page: Browser, frame: int) -> None:
    page.press("x")  # the whole picture
    page.run(f"import('/static/player.js').then(player => player.seek({frame}))")
    page.wait(f"{FRAME} === {frame}")
    page.run("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert abs(green(page) - (90 + frame % 100)) <= 2


def test_steps_are_of_one_frame(page: Browser) -> None:
    page.wait(f"{FRAME} === 45")
    page.press("ArrowRight")
    page.wait(f"{FRAME} === 46")
    page.press("ArrowLeft")
    page.press("ArrowLeft")
    page.wait(f"{FRAME} === 44")


@pytest.mark.parametrize(("speed", "stride"), [(0.25, 1), (1, 1), (8, 8)])
def test_it_plays_every_frame_or_leaves_out_some(page: Browser, speed: float, stride: int) -> None:
    shown, seconds = page.run(f"""(async () => {{
        const {{ set, watch, state }} = await import("/static/state.js");
        set({{ speed: {speed}, stretch: null }});
        const frames = [];
        watch(["frame"], () => frames.push(state.frame));
        const begun = performance.now();
        document.getElementById("play").click();
        await new Promise(done => setTimeout(done, 900));
        document.getElementById("play").click();
        return [frames, (performance.now() - begun) / 1000];
    }})()""")
    assert len(shown) > 3
    assert {after - before for before, after in itertools.pairwise(shown)} == {stride}
    assert len(shown) <= seconds * 25 * speed / stride + 4  # no faster than it may


def test_a_stretch_is_played_again_and_again(page: Browser) -> None:
    shown: list[int] = page.run("""(async () => {
        const { set, watch, state } = await import("/static/state.js");
        set({ speed: 8, stretch: [40, 100] });
        const frames = [];
        watch(["frame"], () => frames.push(state.frame));
        document.getElementById("play").click();
        await new Promise(done => setTimeout(done, 1500));
        document.getElementById("play").click();
        return frames;
    })()""")
    assert max(shown) <= 115
    assert any(after < before for before, after in itertools.pairwise(shown))


def test_the_view_goes_along_with_whom_it_is_about_until_it_is_moved(page: Browser) -> None:
    where = """(async () => {
        const { seek, now, view } = await import("/static/player.js");
        const { loadBoxes, boxOf } = await import("/static/boxes.js");
        const { set } = await import("/static/state.js");
        set({ focus: [{ track: 3, first: 1, last: 400 }] });
        view.zoom = 5;
        await loadBoxes(200, 200);
        seek(200);
        await new Promise(done => setTimeout(done, 300));
        const [, , x1, y1, x2, y2] = boxOf(now.frame, 3);
        return [view.toCanvas((x1 + x2) / 2, (y1 + y2) / 2), view.canvas];
    })()"""
    point, canvas = page.run(where)
    assert 0 < point["x"] < canvas["width"]
    assert 0 < point["y"] < canvas["height"]
    page.run("import('/static/player.js').then(({ view, viewChanged }) => "
             "{ view.pan(-5000, 0); viewChanged(); })")  # fmt: skip
    point, canvas = page.run(where)
    assert not 0 < point["x"] < canvas["width"]


def test_labels_do_not_pile_up(page: Browser) -> None:
    crowd = [
        {"box": {"x1": x, "y1": 100, "x2": x + 30, "y2": 180}, "width": 60, "must": x == 100}
        for x in range(100, 156, 7)
    ]
    placed: list[dict[str, Any]] = page.run(f"""import("/static/labels.js").then(labels =>
        labels.place({json.dumps(crowd)}, 18, {{ x1: 0, y1: 0, x2: 400, y2: 300 }})
            .map(one => one.place))""")
    assert 3 < len(placed) <= 8
    for i, a in enumerate(placed):
        assert a["x1"] >= 0
        assert a["x2"] <= 400
        for b in placed[i + 1 :]:
            apart = a["x2"] <= b["x1"] or b["x2"] <= a["x1"]
            assert apart or a["y2"] <= b["y1"] or b["y2"] <= a["y1"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("question", range(6))
def test_it_fits_and_says_nothing_to_the_console(
    chromium: Browser, site: Served, width: int, scheme: str, question: int
) -> None:
    site.review.at = question
    chromium.troubles.clear()
    chromium.prefer(scheme)
    chromium.open(site.url, width, 800)
    chromium.wait(READY)
    assert chromium.run("document.documentElement.scrollWidth") == width
    over = """[...document.querySelectorAll('#question *')].filter(e =>
        e.getBoundingClientRect().right > document.getElementById('side')
            .getBoundingClientRect().right + 1 && !e.closest('.strip, .verdicts'))
        .map(e => e.outerHTML)"""
    assert chromium.run(over) == []
    assert not chromium.troubles


def test_names_are_text_in_every_script(page: Browser) -> None:
    names = page.run("[...document.querySelectorAll('#lanes bdi')].map(name => name.textContent)")
    assert names == list(NAMES)
    assert (
        page.run("getComputedStyle(document.querySelectorAll('#lanes bdi')[4]).direction") == "rtl"
    )
    assert page.run("document.querySelectorAll('#lanes b').length") == 0


def test_every_control_has_a_name_and_shows_the_focus(page: Browser) -> None:
    nameless = page.run("""[...document.querySelectorAll("button, input, select, [role=checkbox]")]
        .filter(e => !(e.getAttribute("aria-label") || e.textContent.trim()))
        .map(e => e.outerHTML)""")
    assert nameless == []
    page.press("Tab")
    page.press("Tab")
    assert page.run("document.activeElement.matches('button:focus-visible')")
    assert page.run("parseFloat(getComputedStyle(document.activeElement).outlineWidth)") >= 2


def test_a_lane_leads_to_its_moment(page: Browser) -> None:
    x, y, width = page.run(
        "(r => [r.x, r.y + 8, r.width])(document.querySelectorAll('canvas.lane')[0]"
        ".getBoundingClientRect())"
    )
    page.mouse((x + width / 2, y))
    page.wait(f"Math.abs({FRAME} - 200) <= 2")
    x, y, width = page.run(
        "(r => [r.x, r.y + 8, r.width])(document.querySelectorAll('canvas.lane')[1]"
        ".getBoundingClientRect())"
    )
    page.mouse((x + width * 119 / 400 + 4, y))  # a question's moment near it draws it
    page.wait("document.querySelector('#question h2').textContent.startsWith('Is this Bea')")
    page.wait(f"{FRAME} === 105")  # the question's own picture


def test_a_player_is_found_by_a_word_of_the_name(page: Browser) -> None:
    page.click("#find")
    page.wait("document.querySelector('dialog[open] input')")
    page.type("sohne")
    page.press("Enter")
    page.wait("!document.querySelector('dialog')")
    page.wait(
        "import('/static/state.js').then(m => window.focused = m.state.focus[0]?.player) && "
        f"window.focused === {NAMES[0]!r}"
    )


def test_without_a_video_there_are_boxes_and_a_note(chromium: Browser) -> None:
    note = "match.mp4 is not there; say where it is now with --video"
    with served(Scripted(video={"there": False, "note": note})) as site:
        chromium.troubles.clear()
        chromium.open(site.url)
        chromium.wait(READY)
        chromium.wait(f"{FRAME} === 45")
        assert chromium.run("document.getElementById('video-note').textContent") == note
        assert chromium.run("document.images.length") == 9  # of the gallery alone
        drawn = """(() => { const c = document.getElementById("video");
            const data = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
            return new Set(data.filter((_, i) => i % 4 === 0)).size; })()"""
        assert chromium.run(drawn) > 5
        assert not chromium.troubles


def test_names_that_change_elsewhere_are_shown_and_the_question_stays(chromium: Browser) -> None:
    with served() as site:
        chromium.open(site.url)
        chromium.wait(READY)
        named = "(import('/static/boxes.js').then(b => window.x = b.boxOf(45, 7)?.[1]), window.x)"
        chromium.wait(f"{named} === -1")
        chromium.wait(
            "(import('/static/state.js').then(m => window.e = m.state.status.entries), "
            "window.e === 0)"
        )
        site.review.names[7] = 3
        site.review.at = 1
        chromium.wait(f"{named} === 3")
        title = chromium.run("document.querySelector('#question h2').textContent")
        assert title == "Who is this?"
        chromium.wait("document.getElementById('doubt').textContent.startsWith('25 s')")


def test_the_keys_are_shown(page: Browser) -> None:
    page.press("?", shift=True)
    page.wait("document.querySelector('dialog[open] .keys')")
    text = page.run("document.querySelector('.keys').textContent")
    assert "cut here" in text
    assert "find a player" in text
    page.press("Escape")
    page.wait("!document.querySelector('dialog')")
