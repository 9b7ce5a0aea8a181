"""The gap bench: bursts are where they may be, and each score sees what it says it sees."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from gaps.scores import BINS, count, summary
from gaps.worlds import Burst, Clip, draw_bursts, hidden_rows, observe

from tests.worlds.evaluation import lanes, mot_lines
from tracker.evaluation.boxes import Boxes

ROOT = Path(__file__).resolve().parents[2]


def clip_of(truth: Boxes, frames: int, fps: float = 25.0) -> Clip:
    return Clip("drawn", truth, frames, fps, (1000, 600), 1)


def long_clip(people: int = 20, frames: int = 750) -> Clip:
    return clip_of(lanes(*(chr(ord("A") + k) * frames for k in range(people))), frames)


@pytest.mark.parametrize("fps", [25.0, 50.0])
def test_bursts_leave_a_second_before_and_a_box_after(fps: float) -> None:
    clip = replace(long_clip(frames=round(30 * fps)), fps=fps)
    bursts = draw_bursts(clip)
    free_until = dict.fromkeys(range(1, 21), 0)
    for burst in bursts:
        assert burst.first - free_until[burst.person] > fps, "a second of seen frames first"
        assert burst.last < clip.frames, "they are there after it"
        assert 5 <= burst.length <= 40
        assert burst.last - burst.first + 1 == round(burst.length * fps / 25)
        free_until[burst.person] = burst.last
    assert {b.length for b in bursts} >= {5, 40}
    assert 0.2 < hidden_rows(clip.truth, bursts).mean() < 0.27


def test_bursts_keep_off_the_holes_of_a_track() -> None:
    track = ("A" * 60 + "." * 20) * 200
    for burst in draw_bursts(clip_of(lanes(track), len(track))):
        at = (burst.first - 1) % 80
        assert at >= 25
        assert at + burst.last - burst.first + 1 < 60


def test_bursts_are_the_same_for_a_seed_and_differ_between_clips() -> None:
    clip = long_clip(people=2)
    first = draw_bursts(clip)
    assert first == draw_bursts(clip)
    assert first != draw_bursts(clip, seed=1)
    assert first != draw_bursts(replace(clip, name="another")), "ids begin at 1 in every clip"


def test_everybody_is_given_the_boxes_that_were_not_blanked() -> None:
    clip = clip_of(lanes("AAAA", "BBBB"), 4)
    truth = clip.truth
    seen = observe(clip, truth.take(~hidden_rows(truth, [Burst(1, 2, 3, 2)])))
    assert [one.index for one in seen] == [0, 1, 2, 3]
    assert [one.boxes[:, 0].tolist() for one in seen] == [[0, 100], [100], [100], [0, 100]]
    assert seen[1].time_s == pytest.approx(0.04)


BURSTS = [Burst(1, 11, 16, 6), Burst(1, 27, 41, 15)]
"""Person A is blanked twice; B, who bears no burst, never."""
TRUTH = lanes("A" * 60, "B" * 60)


def scored(*result: str) -> dict[str, float]:
    return summary([count(clip_of(TRUTH, 60), BURSTS, lanes(*result), 0.06)])


def test_a_track_that_is_kept_through_every_burst() -> None:
    row = scored("A" * 10 + "." * 6 + "A" * 10 + "." * 15 + "A" * 19, "B" * 60)
    assert row == {
        "HOTA": 1,
        "AssA": 1,
        "IDF1": 1,
        "re-found 5-10": 1,
        "re-found 11-20": 1,
        "re-found 21-40": 0,
        "re-found": 1,
        "IDF1 re-found": 1,
        "same id": 1,
        "ms/frame": pytest.approx(1),
    }


def test_a_track_lost_at_the_first_burst_and_kept_at_the_second() -> None:
    row = scored("A" * 10 + "." * 6 + "C" * 10 + "." * 15 + "C" * 19, "B" * 60)
    assert (row["re-found 5-10"], row["re-found 11-20"], row["re-found"]) == (0, 1, 0.5)
    assert row["same id"] == 0
    assert row["IDF1 re-found"] == 1, "which looks at the rows after the first burst only"
    assert row["IDF1"] == pytest.approx((29 + 60) / 99)


def test_a_track_kept_at_the_first_burst_and_lost_at_the_second() -> None:
    row = scored("A" * 10 + "." * 6 + "A" * 10 + "." * 15 + "C" * 19, "B" * 60)
    assert (row["re-found 5-10"], row["re-found 11-20"]) == (1, 0)
    assert row["same id"] == pytest.approx(10 / 29)
    assert row["IDF1 re-found"] == pytest.approx(19 / 29)


def test_the_neighbours_track_on_them_is_not_theirs() -> None:
    row = scored("A" * 10 + "." * 6 + "B" * 44, "B" * 16 + "A" * 44)
    assert row["re-found"] == 0.5, "lost at the first burst, kept at the second"
    assert row["same id"] == 0


@pytest.mark.parametrize(("late", "found"), [(4, 1.0), (5, 0.0)])
def test_they_are_to_be_found_within_a_fifth_of_a_second(late: int, found: float) -> None:
    row = scored("A" * 10 + "." * 6 + "C" * late + "A" * (44 - late), "B" * 60)
    assert row["re-found 5-10"] == found


def test_who_bore_no_track_before_is_not_found_again() -> None:
    assert scored("." * 60, "B" * 60)["re-found"] == 0


def test_clips_are_pooled_by_counts() -> None:
    clip = clip_of(TRUTH, 60)
    kept = count(clip, BURSTS, TRUTH, 0.03)
    lost = count(clip, BURSTS[:1], lanes("A" * 16 + "C" * 44, "B" * 60), 0.09)
    row = summary([kept, lost])
    assert BINS[0] == (5, 10)
    assert row["re-found 5-10"] == 0.5
    assert row["re-found"] == pytest.approx(2 / 3)
    assert row["same id"] == pytest.approx(29 / (29 + 44))
    assert row["ms/frame"] == pytest.approx(1)


def bench(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    script = ROOT / "scripts" / "bench" / "bench_gaps.py"
    command = [sys.executable, str(script), *map(str, arguments), "--jobs", "1"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_whole_bench_on_a_drawn_clip(tmp_path: Path) -> None:
    folder = tmp_path / "truth" / "still" / "gt"
    folder.mkdir(parents=True)
    (folder / "gt.txt").write_text(mot_lines(lanes("A" * 120, "", "B" * 120)), encoding="ascii")
    out = tmp_path / "out.json"
    done = bench(tmp_path / "truth", "--frames", "100", "--by-crowd", "--json", out)
    assert done.returncode == 0, done.stderr
    report = json.loads(out.read_text())
    assert report["all"] == report["basketball"]
    assert (report["all"]["frames"], report["all"]["rows"]) == (100, 200)
    rows = {(row["condition"], row["tracker"]): row for row in report["all"]["scores"]}
    assert rows["whole", "teamsheet"]["HOTA"] == 1
    gaps = rows["gaps", "teamsheet"]
    assert (gaps["HOTA"], gaps["re-found"]) == (1, 1), "nobody moves, nobody is made up"
    assert np.isfinite([v for v in gaps.values() if isinstance(v, float)]).all()
    assert "teamsheet" in done.stdout


def test_a_setting_nobody_knows_is_a_mistake_in_one_line(tmp_path: Path) -> None:
    done = bench(tmp_path, "--set", "follow.confirm=1")
    assert done.returncode == 2
    assert done.stderr.startswith("error: unknown setting follow.confirm")
