"""The bench of returns: gaps lie where they may, and who comes back as whom is counted by hand."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from identity.looks import NO_CROP, Embeddings, no_looks, observations
from identity.truth import Clip, name_of
from peers import Boxmot, boxes_of
from returns.scores import ANOTHER, NEW, NONE, OLDER, SAME, Return, returns, summary, within
from returns.worlds import Gap, draw_gaps, presence, true_boxes, without

from tests.worlds.evaluation import lanes, mot_lines
from tracker.evaluation.boxes import Boxes

ROOT = Path(__file__).resolve().parents[2]


def clip_of(truth: Boxes, frames: int, players: tuple[int, ...], fps: float = 10.0) -> Clip:
    """Ten frames a second, so that the second in view after a gap is ten frames."""
    names = [name_of(i) if i in players else "" for i in truth.ids.tolist()]
    named = replace(truth, names=np.array(names, object))
    hidden = np.zeros(len(truth), bool)
    return Clip("drawn", named, hidden, frames, fps, (2000, 100), players)


def crowd(people: int = 10, seconds: int = 60, fps: float = 10.0) -> Clip:
    frames = round(seconds * fps)
    truth = lanes(*(chr(ord("A") + k) * frames for k in range(people)))
    return clip_of(truth, frames, tuple(range(1, people + 1)), fps)


# gaps


@pytest.mark.parametrize("fps", [10.0, 25.0])
def test_a_gap_leaves_a_second_in_view_before_and_after(fps: float) -> None:
    clip = crowd(fps=fps)
    ends = dict.fromkeys(clip.players, 0)
    for gap in draw_gaps(clip):
        assert gap.first - ends[gap.person] > fps
        assert clip.frames - gap.last >= fps
        assert 0.2 <= gap.seconds(fps) <= 20
        ends[gap.person] = gap.last


def test_lengths_are_even_in_the_logarithm() -> None:
    clip = crowd(people=20, seconds=300)
    lengths = np.log([g.seconds(clip.fps) for s in range(10) for g in draw_gaps(clip, s)])
    middle = np.log(np.sqrt(0.2 * 20))
    assert (lengths < middle).mean() == pytest.approx(0.5, abs=0.05)
    assert lengths.max() > np.log(18)


def test_a_fifth_is_blanked_and_never_more_than_half_of_a_frame() -> None:
    clip = crowd()
    gaps = draw_gaps(clip)
    left = without(clip, gaps)
    assert left.hidden.sum() == sum(g.last - g.first + 1 for g in gaps)
    assert 0.12 < left.hidden.mean() <= 0.2
    _, there = presence(left)
    assert there.sum(axis=0).min() >= 5


def test_nobody_is_blanked_where_a_second_of_view_is_missing() -> None:
    track = "A" * 25 + "." * 5  # room for half a second at most
    clip = clip_of(lanes(track * 20, *(c * 600 for c in "BCDEF")), 600, (1,))
    gaps = [g for seed in range(20) for g in draw_gaps(clip, seed) if g.person == 1]
    assert gaps
    for gap in gaps:
        assert (gap.first - 1) % 30 >= 10
        assert (gap.last - 1) % 30 < 15


def test_gaps_are_the_same_for_a_seed_and_differ_between_clips() -> None:
    clip = crowd()
    assert draw_gaps(clip) == draw_gaps(clip)
    assert draw_gaps(clip) != draw_gaps(clip, seed=1)
    assert draw_gaps(clip) != draw_gaps(replace(clip, name="another"))


# outcomes

GAPS = [Gap(person, 21, 25) for person in (1, 2, 3, 4, 5)]
"""Half a second each; frame 35 is the last of the second in view after it."""


def drawn() -> tuple[Clip, Boxes]:
    """Five people for 50 frames; E is a stranger. The result: A keeps the id, B gets a new one and
    has the old one again later, C becomes F who stood beside them, D is lost, E keeps the id."""
    clip = clip_of(lanes("A" * 50, "B" * 50, "C" * 50, "D" * 50, "E" * 50), 50, (1, 2, 3, 4))
    ids = lanes(
        "A" * 20 + "." * 5 + "A" * 25,
        "B" * 20 + "." * 5 + "Z" * 20 + "B" * 5,
        "C" * 20 + "." * 5 + "F" * 25,
        "D" * 20 + "." * 30,
        "E" * 20 + "." * 5 + "E" * 25,
        "F" * 20 + "." * 30,
    )
    names = {1: "player 1", 2: "", 3: "player 3", 4: "player 4", 5: "", 6: "player 3", 26: ""}
    given = [names[i] for i in ids.ids.tolist()]
    return clip, replace(ids, names=np.array(given, object))


def with_crops(clip: Clip, crops: dict[tuple[int, int], int]) -> Embeddings:
    """crops: (person, frame) to whom it shows, by place in the roster."""
    found = true_boxes(clip)
    looks = no_looks(found)
    people = clip.truth.ids[found.rows]
    for (person, frame), shows in crops.items():
        looks.shows[(people == person) & (found.frames == frame)] = shows
    return looks


def outcomes(crops: dict[tuple[int, int], int], named: bool = True) -> list[Return]:
    whole, result = drawn()
    clip = without(whole, GAPS)
    return returns(clip, GAPS, true_boxes(clip), with_crops(clip, crops), result, named)


def test_who_comes_back_as_whom() -> None:
    done = outcomes({})
    assert [r.became for r in done] == [SAME, NEW, ANOTHER, NONE, SAME]
    assert [r.ids for r in done] == [(1, 1), (2, 26), (3, 6), (4, -1), (5, 5)]
    assert [r.name for r in done] == ["player 1", "player 2", "player 3", "player 4", ""]
    assert [r.seconds for r in done] == [0.5] * 5


def test_the_id_counts_a_second_after_the_return_and_not_before() -> None:
    clip, _ = drawn()
    late = lanes("A" * 20 + "." * 5 + "Z" * 9 + "A" * 16)
    one = without(clip, GAPS[:1])
    (done,) = returns(one, GAPS[:1], true_boxes(one), with_crops(one, {}), late, False)
    assert done.became == SAME
    late = lanes("A" * 20 + "." * 5 + "Z" * 10 + "A" * 15)
    (done,) = returns(one, GAPS[:1], true_boxes(one), with_crops(one, {}), late, False)
    assert done.became == NEW


def test_an_older_id_of_their_own_is_not_anothers() -> None:
    whole, _ = drawn()
    clip = without(whole, GAPS[:2])
    swapped = lanes(
        "A" * 10 + "Z" * 10 + "." * 5 + "A" * 25,
        "B" * 20 + "." * 5 + "F" * 25,
        "." * 10 + "F" * 10,
    )
    done = returns(clip, GAPS[:2], true_boxes(clip), with_crops(clip, {}), swapped, False)
    assert [r.became for r in done] == [OLDER, ANOTHER]


def test_names_are_counted_of_players() -> None:
    row = summary(outcomes({}))
    assert row["gaps"] == 5
    assert row["same id"] == 2 / 5
    assert row["same name"] == 2 / 4, "A, and C who is another but of the same name"
    assert row["right name"] == 2 / 4
    assert summary(outcomes({}, named=False))["right name"] is None


def test_an_unnamed_player_has_no_same_name() -> None:
    whole, result = drawn()
    clip = without(whole, GAPS)
    blank = replace(result, names=np.full(len(result), "", object))
    done = returns(clip, GAPS, true_boxes(clip), with_crops(clip, {}), blank, True)
    assert summary(done)["same name"] == 0


def test_a_gap_is_anchored_by_a_crop_in_the_second_after_it() -> None:
    crops = {(1, 26): 0, (2, 35): 1, (3, 36): 2, (4, 20): 3, (5, 30): 4}
    done = outcomes(crops)
    assert [r.crops for r in done] == [1, 1, 0, 0, 1]
    assert [r.anchored for r in done] == [True, True, False, False, False], "E is a stranger"
    row = summary(done)
    assert (row["anchored"], row["same id, anchored"]) == (2, 1 / 2)
    assert [row[f"{b} id, anchored"] for b in (NEW, ANOTHER, NONE)] == [1, 0, 0]


def test_both_sides_want_right_crops_before_and_after() -> None:
    crops = {
        (1, 10): 0, (1, 30): 0,  # A: right ones
        (2, 10): 1, (2, 30): 3,  # B: a wrong one after it
        (3, 10): 1, (3, 30): 2,  # C: a wrong one before it
        (4, 10): 1, (4, 11): 3, (4, 30): 3,  # D: a wrong one before it, and a right one
    }  # fmt: skip
    done = outcomes(crops)
    assert [r.both_sides for r in done] == [True, False, False, True, False]
    row = summary(done)
    assert (row["both sides"], row["same id, both sides"]) == (2, 1 / 2)
    assert [row[f"{b} id, both sides"] for b in (NEW, ANOTHER, NONE)] == [0, 0, 1]


def test_every_gap_is_in_one_bin_and_in_all() -> None:
    one = outcomes({})[0]
    seconds = [0.19, 0.2, 0.6, 1.8, 3.6, 10.0, 20.0]
    parts = dict(within([replace(one, seconds=s) for s in seconds]))
    assert {k: [r.seconds for r in v] for k, v in parts.items() if k != "all"} == {
        "0.2-0.6 s": [0.19, 0.2],
        "0.6-1.8 s": [0.6],
        "1.8-3.6 s": [1.8],
        "3.6-10 s": [3.6],
        "10-20 s": [10.0, 20.0],
    }
    assert len(parts["all"]) == 7


def test_true_boxes_are_those_of_who_can_be_seen() -> None:
    whole, _ = drawn()
    clip = without(whole, GAPS)
    found = true_boxes(clip)
    assert (found.frames[1:] >= found.frames[:-1]).all()
    assert (found.boxes == clip.truth.corners[found.rows]).all()
    assert len(found) == 250 - 25
    assert (found.scores == 1).all()
    assert (no_looks(found).shows == NO_CROP).all()


def test_the_bench_runs_and_writes_its_numbers(tmp_path: Path) -> None:
    folder = tmp_path / "truth" / "seq" / "gt"
    folder.mkdir(parents=True)
    truth = lanes(*(chr(ord("A") + k) * 300 for k in range(4)))
    (folder / "gt.txt").write_text(mot_lines(truth), encoding="ascii")
    out = tmp_path / "numbers.json"
    command = [
        sys.executable,
        "scripts/bench/bench_returns.py",
        str(tmp_path / "truth"),
        "--jobs",
        "1",
    ]
    done = subprocess.run(
        [*command, "--json", str(out)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    report = json.loads(out.read_text(encoding="utf-8"))
    assert report["totals"]["rows"] == 1200
    ours = [r for r in report["scores"] if r["tracker"] == "teamsheet online" and r["gap"] == "all"]
    assert ours[0]["gaps"] > 0
    assert "same id" in done.stdout
    wrong = subprocess.run([*command, "--set", "x=1"], cwd=ROOT, capture_output=True, text=True)
    assert wrong.returncode == 2
    assert "unknown setting x" in wrong.stderr


# peers


class _ById:
    """As boxmot's trackers answer: x1 y1 x2 y2 id score class row; the last row first, off by 3."""

    def __init__(self, max_age: int) -> None:
        self.max_age = max_age

    def update(self, found: np.ndarray, picture: np.ndarray) -> np.ndarray:
        assert self.max_age == 10
        assert picture.shape == (100, 2000, 3)
        rows = np.arange(len(found))[::-1]
        kept = found[rows]
        return np.column_stack([kept[:, :4] + 3, 7 + rows, kept[:, 4:], rows])


def test_a_boxmot_tracker_is_scored_on_the_boxes_it_was_given() -> None:
    clip = clip_of(lanes("A" * 3, "B" * 3), 3, (1, 2))
    found = true_boxes(clip)
    seen = observations(clip, found, no_looks(found))
    result = boxes_of(Boxmot(_ById, clip.fps, clip.size).track(seen))
    assert result.frames.tolist() == [1, 1, 2, 2, 3, 3]
    assert result.ids.tolist() == [8, 7] * 3
    assert result.corners[0].tolist() == [100, 0, 140, 80]
