"""The report's shirt numbers: what was read, with its clearest picture, and what does not fit."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np

from tests.worlds.readings import Told, write_readings
from tests.worlds.report import Life, Page, draw_video, html, write_run
from tracker.types import DOUBLE_ZERO

ADA = Life(1, "Ada", [("visible", 40, 1.0)])
BEA = Life(2, "Bea", [("visible", 40, 1.0)], x=200, colour=(40, 200, 40))
BEA_AGAIN = Life(4, "Bea", [("visible", 20, 1.0)], first=61, x=100)
CY = Life(3, "", [("visible", 30, 0.2)], first=11, x=100)
LIVES = [ADA, BEA, CY, BEA_AGAIN]
TOLD: Told = {
    (1, 3): (9, 0.8), (1, 13): (9, 0.95), (1, 33): (3, 0.6),
    (2, 5): (10, 0.9), (2, 15): (10, 0.9), (3, 25): (DOUBLE_ZERO, 0.9), (3, 35): (DOUBLE_ZERO, 0.9),
    (4, 65): (33, 0.9), (4, 75): (33, 0.97),
}  # fmt: skip


def report(tmp_path: Path, worn: Mapping[str, str] | None, told: Told = TOLD) -> str:
    video = draw_video(tmp_path / "video", LIVES, 80)
    out = write_run(tmp_path / "out", LIVES, ["Ada", "Bea"], spec=str(video))
    write_readings(out, told, worn)
    return html(out)


def cells(text: str) -> dict[str, str]:
    """By person what the number column says, in words."""
    rows = re.findall(r'<tr data-names="\[&#34;(.*?)&#34;\]">.*?(<td class="number".*?</td>)', text)
    plain = {name: re.sub(r"<[^>]*>", " ", cell) for name, cell in rows}
    return {name: " ".join(cell.replace("&gt;", ">").split()) for name, cell in plain.items()}


def test_the_table_has_the_number_worn_and_the_number_read(tmp_path: Path) -> None:
    found = cells(report(tmp_path, {"Ada": "9", "Bea": "10"}))
    assert found["Ada"] == "9 read, >.99"
    assert found["Bea"] == "10 reads 33, >.99, on track 4"
    assert found["track 3"] == "reads 00, >.99"


def test_the_first_lines_say_where_another_number_is_read(tmp_path: Path) -> None:
    text = report(tmp_path, {"Ada": "9", "Bea": "10"})
    assert "Another shirt number than it should be is read on Bea: " in text


def test_where_all_fits_nothing_is_marked(tmp_path: Path) -> None:
    fits = {key: value for key, value in TOLD.items() if key[0] != 4}
    text = report(tmp_path, {"Ada": "9", "Bea": "10"}, fits)
    assert cells(text)["Bea"] == "10 read, >.99"
    assert "Another shirt number" not in text
    assert not [t for t, a in Page(text).tags if a.get("class") == "wrong"]


def test_without_a_number_in_the_roster_two_tracks_that_differ_are_marked(tmp_path: Path) -> None:
    found = cells(report(tmp_path, None))
    assert found["Ada"] == "perhaps 9"  # two of three readings
    assert found["Bea"] == "reads 33, >.99, on track 4"


def test_the_clearest_picture_stands_in_the_table(tmp_path: Path) -> None:
    page = Page(report(tmp_path, {"Ada": "9", "Bea": "10"}))
    shirts = [a for t, a in page.tags if t == "img" and "reads" in str(a["alt"])]
    alts = {str(a["alt"]): str(a["src"]) for a in shirts}
    (ada,) = [alt for alt in alts if alt.startswith("Ada")]
    assert ada == "Ada at 0:01.2, frame 13, reads 9 (.95)"
    assert any(alt.endswith("frame 75, reads 33 (.97)") for alt in alts)
    data = base64.b64decode(alts[ada].split(",")[1])
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    middle = image[image.shape[0] // 2, image.shape[1] // 2].astype(int)
    assert abs(middle - ADA.colour).max() < 40


def test_who_was_never_read_says_so(tmp_path: Path) -> None:
    found = cells(report(tmp_path, {"Ada": "9"}, {(2, 5): (10, 0.7)}))
    assert found["Ada"] == "9 not read"
    assert found["Bea"] == "perhaps 10"


def test_a_run_without_readings_has_no_such_column(tmp_path: Path) -> None:
    video = draw_video(tmp_path / "video", LIVES, 80)
    text = html(write_run(tmp_path / "out", LIVES, ["Ada", "Bea"], spec=str(video)))
    assert "number" not in [a.get("class") for t, a in Page(text).tags if t == "td"]
    assert "td.number" not in text
