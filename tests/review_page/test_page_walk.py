"""The whole walk in a real browser, on a drawn match: every answer ends in the files of the run."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.review_page.test_command import Review, reviewing
from tests.worlds.bad_inputs import command
from tests.worlds.browser import CHROMIUM, Browser
from tests.worlds.gallery import draw_clip
from tests.worlds.review_page import tracked

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no chromium on PATH")
READY = "document.documentElement.classList.contains('ready')"
IDLE = "!document.body.classList.contains('busy')"
TITLE = "document.querySelector('#question h2')?.textContent"
SAID = "document.getElementById('said').textContent"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tracked(tmp_path_factory.mktemp("walk"))


@pytest.fixture
def out(world: Path, tmp_path: Path) -> Path:
    return shutil.copytree(world, tmp_path / "out")


def opened(chromium: Browser, review: Review) -> Browser:
    chromium.open("about:blank")  # a page of a server that is gone goes on asking for it
    chromium.troubles.clear()
    chromium.open(f"http://127.0.0.1:{review.port}/?t={review.token}")
    chromium.wait(READY, 60)
    return chromium


def answers(out: Path) -> list[dict[str, Any]]:
    file = out / "review" / "answers.jsonl"
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return [json.loads(line) for line in lines]


def tell(page: Browser, track: int, name: str) -> None:
    """Name a box by its digit, from here to the end of its track."""
    page.press("e")
    page.wait("!document.getElementById('pick').hidden")
    digit = page.run(
        f"import('/static/pick.js').then(({{ digitOf }}) => window.digit = digitOf({track}))"
    )
    assert digit, f"track {track} has no digit"
    page.press(digit)
    page.wait("document.querySelector('dialog .combo input') === document.activeElement")
    page.type(name)
    page.press("Enter")
    page.wait(f"!document.querySelector('dialog') && {IDLE}")


def test_questions_undo_swap_audit_and_files_by_keyboard(chromium: Browser, out: Path) -> None:
    with reviewing(out) as review:
        page = opened(chromium, review)
        names = page.run("[...document.querySelectorAll('#lanes bdi')].map(e => e.textContent)")
        assert len(names) == 3
        for _ in range(5):
            title = page.run(TITLE)
            if title == "Nothing more to ask":
                break
            page.press("Enter")
            page.wait(f"{IDLE} && document.querySelector('#question h2')", 30)
        page.run("import('/static/player.js').then(player => player.seek(30))")
        page.wait("document.getElementById('video').dataset.frame === '30'")
        tracks = page.run(
            "import('/static/boxes.js').then(b => b.boxesAt(30).filter(r => r[6] === 0)"
            ".map(r => [r[0], r[1]]))"
        )
        (first, was), (second, _) = tracks[0], tracks[1]
        before = len(answers(out))
        tell(page, first, names[(was + 1) % 3])
        assert len(answers(out)) == before + 1
        page.press("z")
        page.wait(f"{IDLE} && {SAID}")
        page.press("e")
        page.press("Escape")
        page.run(
            "import('/static/actions.js').then(actions => "
            f"actions.swap({first}, {second}, 30)).then(() => 1)"
        )
        swapped = answers(out)[-1]["said"]
        assert len(swapped) == 2
        page.press("a")
        page.wait("document.querySelector('#audit h2')?.textContent.startsWith('Is this')")
        for _ in range(3):
            page.press("Enter")
            page.wait("document.querySelector('.interval')")
        page.press("Escape")
        page.wait(TITLE)
        page.press("w")
        page.wait("document.getElementById('write').textContent === 'Write'", 60)
        assert not page.troubles
        review.end()
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert record["corrections"]
    assert record["audit"]
    rows = pd.read_csv(out / "tracks.csv")
    names_from_30 = {
        track: set(rows[(rows["track_id"] == track) & (rows["frame"] >= 30)]["player"].dropna())
        for track in (first, second)
    }
    assert names_from_30[first] == {_name_of(swapped, first)}
    assert names_from_30[second] == {_name_of(swapped, second)}


def _name_of(sentences: list[str], track: int) -> str:
    (mine,) = [line for line in sentences if line.startswith(f"track {track} is ")]
    return mine.removeprefix(f"track {track} is ").partition(" from frame")[0]


def test_minutes_are_taken_away_by_mouse(chromium: Browser, out: Path) -> None:
    with reviewing(out) as review:
        page = opened(chromium, review)
        page.click("#take")
        page.click("dialog .choices button")
        page.wait("document.querySelector('#said a')", 60)
        link = page.run("document.querySelector('#said a').getAttribute('href')")
        taken = page.run(f"fetch({link!r}).then(answer => answer.text())")
        assert taken.startswith("player,number,team,")
        assert not page.troubles


def test_a_run_without_names_is_named_from_nothing(chromium: Browser, tmp_path: Path) -> None:
    clip = draw_clip(tmp_path / "clip", 60)
    rows = [
        f"{frame},-1,{50 + 150 * place},100,40,100,0.9,-1,-1,-1\n"
        for frame in range(1, 61)
        for place in range(3)
    ]
    (tmp_path / "det.txt").write_text("".join(rows))
    out = tmp_path / "out"
    words = ["track", str(clip), "--detections", str(tmp_path / "det.txt"), "-o", str(out)]
    assert command(words).code == 0
    with reviewing(out) as review:
        page = opened(chromium, review)
        given = ["Ángel", "Борис", "شادي"]
        for name in given:
            page.wait("document.activeElement.closest?.('article')", 60)
            page.type(name)
            page.press("Enter")
            page.wait(f"{SAID}.includes({name!r})", 60)
        page.wait("document.querySelectorAll('.person.done').length === 3", 60)
        page.wait("[...document.querySelectorAll('#lanes bdi')].length === 3")
        page.click("#naming header .main")
        page.wait(TITLE)
        page.press("w")
        page.wait("document.getElementById('write').textContent === 'Write'", 60)
        assert not page.troubles
        review.end()
    rows_named = pd.read_csv(out / "tracks.csv")
    assert set(rows_named["player"].dropna()) == set(given)
    assert {folder.name for folder in (out / "players").iterdir() if folder.is_dir()} >= set(given)


def test_answers_outlive_the_server(chromium: Browser, out: Path) -> None:
    with reviewing(out) as review:
        page = opened(chromium, review)
        page.wait("document.getElementById('video').dataset.frame")
        track, was = page.run(
            "import('/static/player.js').then(async p => { const b = await import("
            "'/static/boxes.js'); const r = b.boxesAt(p.now.frame)[0]; return [r[0], r[1]]; })"
        )
        names = page.run("[...document.querySelectorAll('#lanes bdi')].map(e => e.textContent)")
        tell(page, track, names[(was + 1) % 3])
        assert answers(out)
        review.process.kill()
        page.press("z")
        page.wait("!document.getElementById('trouble').hidden")
        assert "does not answer" in page.run("document.getElementById('trouble').textContent")
    with reviewing(out) as review:
        page = opened(chromium, review)
        assert page.run("document.getElementById('write').textContent") in ("Write (1)", "Write")
        page.wait("document.getElementById('write').textContent === 'Write (1)'")
        page.press("z")
        page.wait(f"{SAID}.includes('track {track}')")
