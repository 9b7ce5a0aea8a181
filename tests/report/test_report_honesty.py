"""What a report says of itself: how much is found, and what is likely wrong."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.worlds.report import FPS, SURE, Life, Page, finished, html, write_run
from tracker.output.row_arrays import read_rows
from tracker.report.wrong import SWAPPED, jumping

ADA = Life(
    1, "Ada", [("visible", 30, SURE), ("occluded", 10, SURE), ("absent", 20, SURE),
               ("visible", 20, SURE)], anchors=range(5, 15),
)  # fmt: skip
BEA = Life(2, "Bea", [("visible", 80, SURE)], x=120)


def test_the_page_says_first_how_much_is_found_and_what_is_shared(tmp_path: Path) -> None:
    # Ada is behind Bea's box for 2 of 8 s; Cy is never named
    hidden = Life(1, "Ada", [("visible", 30, SURE), ("occluded", 20, SURE), ("visible", 30, SURE)],
                  x=BEA.x)  # fmt: skip
    run = finished(write_run(tmp_path / "out", [hidden, BEA], ["Ada", "Bea", "Cy"]))
    assert run.honesty.found == pytest.approx(14 / 8)
    assert 1.9 < run.honesty.expected <= 2.0
    assert run.honesty.shared == [(31, 50)]
    assert run.honesty.shared_s == pytest.approx(2.0)
    text = " ".join(Page(html(run.out)).texts)
    assert "Of 2 named players about 2.0 are in view at a time, and 1.8 have a box" in text
    assert "Never named: Cy." in text
    assert "For 2.0 s several people share one box, the longest at 0:03.0-0:04.9" in text


def test_seconds_likely_wrong_are_told_apart(tmp_path: Path) -> None:
    # 2 s in a box that hides somebody; a doubt of 50:50 about the 2 s after a meeting
    hidden = Life(1, "Ada", [("visible", 30, SURE), ("occluded", 20, SURE), ("visible", 30, SURE)],
                  x=BEA.x)  # fmt: skip
    cy = Life(3, "Cy", BEA.parts, x=40)
    run = finished(
        write_run(tmp_path / "out", [hidden, BEA, cy], ["Ada", "Bea", "Cy"],
                  doubts=[(60, 2, 3, 0.0)])
    )  # fmt: skip
    wrong = run.honesty.wrong
    assert wrong["Bea"].other_s == pytest.approx(0.35 * 2.0 + SWAPPED * 0.5 * 2.0, rel=1e-3)
    assert wrong["Cy"].other_s == pytest.approx(SWAPPED * 0.5 * 2.0, rel=1e-3)
    assert wrong["Bea"].loose_s == 0
    assert 1.5 < wrong["Ada"].missing_s <= 2.0


def test_a_box_whose_height_jumps_is_loose(tmp_path: Path) -> None:
    rows = read_rows(write_run(tmp_path / "out", [BEA], ["Bea"]) / "tracks.csv", FPS)
    boxes = rows.boxes.copy()
    boxes[[20, 21, 50], 1] -= [12, 8, 3]  # of 60 px: by a fifth, an eighth, a twentieth
    found = jumping(replace(rows, boxes=boxes))
    assert np.flatnonzero(found).tolist() == [20]


def test_tracks_without_a_name_are_folded_away(tmp_path: Path) -> None:
    text = html(write_run(tmp_path / "out", [BEA, Life(4, "", BEA.parts)], ["Bea"]))
    table = text[text.index("Who was seen") :]
    assert table.index("1 track without a name") < table.index('href="#track-4"')
    assert table.index("<details>") < table.index('href="#track-4"') < table.rindex("</details>")
