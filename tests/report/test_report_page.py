"""The report in a real browser: it loads clean, filter, zoom and links work, it fits a phone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.worlds.browser import CHROMIUM, Browser
from tests.worlds.report import LOW, SURE, Life, draw_video, write_run
from tracker.report.create import make_report

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no chromium on PATH")

LIVES = [
    Life(1, "Ada Söhne", [("visible", 60, SURE), ("visible", 20, LOW)], anchors=range(3, 50)),
    Life(2, "<b>Bea</b>", [("visible", 80, SURE)], x=60),
    Life(3, "Cy" * 30, [("occluded", 40, SURE), ("absent", 20, SURE), ("visible", 20, SURE)]),
    Life(4, "", [("visible", 70, SURE)], x=150),
]
VISIBLE = "[...document.querySelectorAll('.person')].filter(p => !p.hidden).map(p => p.id)"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    video = draw_video(folder / "video", LIVES, 80)
    names = [life.player for life in LIVES if life.player]
    out = write_run(folder / "out", LIVES, names, spec=str(video), doubts=[(20, 1, 2, 0.1)])
    return make_report(out, None, None, False, lambda _: None, lambda *_: None)


def set_filter(chromium: Browser, text: str) -> None:
    chromium.run(
        f"filter = document.getElementById('filter'), filter.value = {text!r}, "
        "filter.dispatchEvent(new Event('input'))"
    )


@pytest.mark.parametrize("width", [1280, 400])
def test_it_loads_without_a_complaint_and_fits(chromium: Browser, page: Path, width: int) -> None:
    chromium.troubles.clear()
    chromium.open(page, width)
    assert chromium.run("document.documentElement.scrollWidth") == width
    broken = "[...document.images].filter(i => !i.complete || !i.naturalWidth).length"
    assert chromium.run(broken) == 0
    assert chromium.run("document.images.length") > 10
    assert chromium.run("parseFloat(getComputedStyle(document.body).fontSize)") >= 14
    assert chromium.run("document.documentElement.classList.contains('ready')")
    assert not chromium.troubles


def test_nothing_of_the_tables_is_cut_off_on_a_phone(chromium: Browser, page: Path) -> None:
    chromium.open(page, 400)
    cut = "[...document.querySelectorAll('.scroll')].filter(s => s.scrollWidth > s.clientWidth)"
    assert chromium.run(f"{cut}.map(s => s.textContent.slice(0, 40))") == []
    heads = "[...document.querySelectorAll('#overview ~ .scroll thead th')]"
    shown = chromium.run(f"{heads}.filter(h => h.offsetWidth).map(h => h.textContent)")
    assert {"player", "seen", "expected in view", "to check", "on another"} <= set(shown)


def test_a_link_opens_what_its_target_is_folded_in(chromium: Browser, page: Path) -> None:
    chromium.open(page)
    assert not chromium.run("document.getElementById('track-4').closest('details').open")
    chromium.run("new Promise(done => { location.hash = '#track-4'; setTimeout(done, 50); })")
    assert chromium.run("document.getElementById('track-4').closest('details').open")
    assert 0 <= chromium.run("document.querySelector(':target').getBoundingClientRect().top") < 900


def test_the_filter_opens_what_its_finds_are_folded_in(chromium: Browser, page: Path) -> None:
    chromium.open(page)
    set_filter(chromium, "track 4")
    assert chromium.run("document.getElementById('track-4').offsetHeight") > 0


def test_the_filter_leaves_whose_name_has_it(chromium: Browser, page: Path) -> None:
    chromium.open(page)
    assert len(chromium.run(VISIBLE)) == 4
    set_filter(chromium, "sÖHNE")
    assert chromium.run(VISIBLE) == ["player-ada-söhne"]
    moments = "[...document.querySelectorAll('.moment')].filter(m => !m.hidden).length"
    assert chromium.run(moments) == 1
    set_filter(chromium, "nobody like that")
    assert chromium.run(VISIBLE) == []
    assert not chromium.run("document.getElementById('nothing').hidden")
    set_filter(chromium, "")
    assert len(chromium.run(VISIBLE)) == 4


def test_from_a_moment_to_the_player_and_back(chromium: Browser, page: Path) -> None:
    chromium.open(page)
    chromium.run("document.querySelector('.moment a[href^=\"#player\"]').click()")
    target = "decodeURIComponent(location.hash.slice(1))"
    assert chromium.run(target) == "player-ada-söhne"
    top = "document.querySelector(':target').getBoundingClientRect().top"
    assert 0 <= chromium.run(top) < 900
    chromium.run("document.querySelector(':target .pins a').click()")
    assert chromium.run(target).startswith("moment-")
    assert 0 <= chromium.run(top) < 900


def test_a_deep_link_shows_the_player_even_if_the_filter_hid_them(
    chromium: Browser, page: Path
) -> None:
    chromium.open(page, link="#player-b-bea-b")
    assert 0 <= chromium.run("document.querySelector(':target').getBoundingClientRect().top") < 900
    set_filter(chromium, "söhne")
    assert chromium.run("document.getElementById('track-4').hidden")
    chromium.run("new Promise(done => { location.hash = '#track-4'; setTimeout(done, 50); })")
    assert not chromium.run("document.getElementById('track-4').hidden")


def test_zoom_shows_a_part_of_every_timeline(chromium: Browser, page: Path) -> None:
    chromium.open(page)
    box = "document.querySelector('svg.lanes').getAttribute('viewBox')"
    last = "[...document.querySelectorAll('.axis span')].at(-1).textContent"
    assert (chromium.run(box), chromium.run(last)) == ("0 0 80 24", "0:08.0")
    chromium.run("document.getElementById('in').click()")
    assert (chromium.run(box), chromium.run(last)) == ("20 0 40 24", "0:06.0")
    chromium.run("document.getElementById('right').click()")
    assert chromium.run(box) == "40 0 40 24"
    chromium.run("document.getElementById('whole').click()")
    assert chromium.run(box) == "0 0 80 24"


def test_all_of_it_can_be_reached_by_keyboard(chromium: Browser, page: Path) -> None:
    chromium.open(page)
    chromium.run("document.querySelector('a').focus()")
    assert chromium.run("getComputedStyle(document.activeElement).outlineStyle") != "none"
    reach = (
        "[...document.querySelectorAll('a, button, input, summary')].every(e => e.tabIndex >= 0)"
    )
    assert chromium.run(reach)
