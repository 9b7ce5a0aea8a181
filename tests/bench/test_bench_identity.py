"""The identity bench: its worlds are as noisy as they say, and every score sees what it says."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from identity import causes as why
from identity.causes import cause, causes, source_rows
from identity.detector import NOT_TRUE, Found, draw_misses, find_people
from identity.followers import Named, Scene, teamsheet, votes
from identity.looks import (
    NO_CROP,
    Embeddings,
    Point,
    classifier,
    directions,
    draw_anchors,
    draw_looks,
    no_looks,
    observations,
)
from identity.scores import count, summary
from identity.truth import Clip, name_of, read_clip

from tests.worlds.evaluation import lanes, mot_lines
from tracker.evaluation.boxes import Boxes
from tracker.evaluation.inputs import find_truths
from tracker.settings import FollowSettings
from tracker.types import Ints

ROOT = Path(__file__).resolve().parents[2]


def clip_of(people: int, strangers: int = 0, frames: int = 1000, **changes: object) -> Clip:
    """People in lanes of their own, the last of them strangers."""
    truth = lanes(*(chr(ord("A") + k) * frames for k in range(people)))
    known = truth.ids <= people - strangers
    names = [name_of(i) if k else "" for i, k in zip(truth.ids, known, strict=True)]
    truth = replace(truth, names=np.array(names, object))
    players = tuple(range(1, people - strangers + 1))
    hidden = np.zeros(len(truth), bool)
    clip = Clip("drawn", truth, hidden, frames, 25.0, (100 * people, 100), players)
    return replace(clip, **changes)  # type: ignore[arg-type]


def write_truth(folder: Path, text: str, name: str = "seq") -> None:
    (folder / name / "gt").mkdir(parents=True)
    (folder / name / "gt" / "gt.txt").write_text(text, encoding="ascii")


def runs(mask: np.ndarray) -> list[int]:
    """Lengths of the runs of True that begin and end inside."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(int), [0]])))
    return [b - a for a, b in edges.reshape(-1, 2).tolist() if a > 0 and b < len(mask)]


# the truth


def test_truth_is_read_forgivingly(tmp_path: Path) -> None:
    rows = ["0,1,0,0,9,30,0,2,1.0", "0,1,5,0,10,30,0,2,1.0", "1,2,50,0,10,30,1,2,0.5"]
    write_truth(tmp_path, "\n".join(rows), "CAR_VS_NYR_001")
    clip = read_clip(find_truths(tmp_path)[0])
    assert clip.truth.corners[:, 0].tolist() == [5, 50], "the last of two, and flags of 0 stay"
    assert clip.truth.frames.tolist() == [1, 2]
    assert clip.hidden.tolist() == [False, True]
    assert (clip.frames, clip.fps, clip.size) == (2, 60, (60, 30))


def test_the_gallery_is_most_of_those_who_are_seen_for_two_seconds(tmp_path: Path) -> None:
    people = ["A" * 59, *(chr(ord("B") + k) * 60 for k in range(20))]  # 30 frames a second
    write_truth(tmp_path, mot_lines(lanes(*people)))
    clip = read_clip(find_truths(tmp_path)[0])
    assert len(clip.players) == 17
    assert 1 not in clip.players
    assert set(clip.truth.names) == {"", *clip.roster}
    assert clip.players != read_clip(find_truths(tmp_path)[0], seed=1).players


# the detector


def test_a_tenth_of_the_boxes_is_missed_in_bursts() -> None:
    clip = clip_of(20)
    missed = draw_misses(clip, np.zeros(len(clip.truth)))
    assert 0.08 < missed.mean() < 0.12
    lengths = [n for k in range(1, 21) for n in runs(missed[clip.truth.ids == k])]
    assert min(lengths) >= 2
    assert 7 < np.mean(lengths) < 11, "0.35 s at 25 a second"


def test_who_is_covered_is_missed_more_often() -> None:
    clip = clip_of(20)
    covered = np.where(clip.truth.ids <= 10, 0.7, 0.0)
    missed = draw_misses(clip, covered)
    assert missed[covered > 0].mean() > 3 * missed[covered == 0].mean()


def test_boxes_are_those_of_people_who_can_be_seen_and_some_false_ones() -> None:
    clip = clip_of(4)
    clip = replace(clip, hidden=clip.truth.ids == 2)
    found = find_people(clip)
    true = found.rows != NOT_TRUE
    assert 2 not in clip.truth.ids[found.rows[true]]
    assert 0.25 < (~true).sum() / clip.frames < 0.35
    off = (found.boxes[true] - clip.truth.corners[found.rows[true]]) / 80
    assert off.std() == pytest.approx(0.02, rel=0.05)
    for mine, low, high in ((true, 0.6, 0.95), (~true, 0.3, 0.7)):
        assert low <= found.scores[mine].min() < found.scores[mine].max() <= high
    assert (np.diff(found.frames) >= 0).all()
    steps = np.diff(found.scores)[np.diff(found.frames) == 0]
    assert (steps <= 0).all(), "nothing in their order says who is who"


def test_a_clip_is_detected_the_same_again_and_otherwise_than_another() -> None:
    clip = clip_of(3, frames=50)
    first, again, other = (find_people(c) for c in (clip, clip, replace(clip, name="another")))
    assert (first.boxes == again.boxes).all()
    assert len(first) != len(other) or (first.boxes != other.boxes).any()


# the anchors


def test_anchors_are_the_share_asked_for_and_lie_in_the_open() -> None:
    clip = clip_of(10)
    found = find_people(clip)
    found = replace(found, covered=np.where(clip.truth.ids[found.rows] <= 5, 0.5, found.covered))
    anchors = {rate: draw_anchors(clip, found, rate) for rate in (0.02, 0.1)}
    for rate, drawn in anchors.items():
        assert len(drawn) == pytest.approx(rate * (found.rows != NOT_TRUE).sum(), rel=0.15)
        assert (found.covered[drawn] < 0.1).all()
        assert (found.rows[drawn] != NOT_TRUE).all()
    assert set(anchors[0.02]) <= set(anchors[0.1])


def looks_of(clip: Clip, point: Point) -> tuple[Found, Embeddings, Ints]:
    """And for each crop whose it is, as the classifier counts."""
    found = find_people(clip)
    looks = draw_looks(clip, found, point)
    people = clip.truth.ids[found.rows]
    own = np.where(np.isin(people, clip.players), people - 1, len(clip.players))
    return found, looks, own


@pytest.mark.parametrize("accuracy", [0.8, 0.95])
def test_crops_are_right_as_often_as_the_point_says(accuracy: float) -> None:
    clip = clip_of(12, strangers=4, frames=2000)
    point = Point(0.2, accuracy)
    _, looks, own = looks_of(clip, point)
    crops = looks.shows != NO_CROP
    read = classifier(clip, point)(looks.embeddings)
    assert (read[~crops] == 0).all()
    for who in (crops & (own < 8), crops & (own == 8)):  # players, strangers
        assert (read[who].argmax(axis=1) == own[who]).mean() == pytest.approx(accuracy, abs=0.03)
    assert np.exp(read[crops]).max(axis=1) == pytest.approx(accuracy)
    assert np.exp(read[crops]).sum(axis=1) == pytest.approx(1)
    wrong = crops & (looks.shows != own)
    kinds = np.bincount(looks.shows[wrong], minlength=9)
    assert kinds.min() > 0, "anybody may be mistaken for anybody"


def test_a_wrong_crop_says_nothing_of_who_it_really_is() -> None:
    clip = clip_of(12, frames=2000)
    _, looks, own = looks_of(clip, Point(0.2, 0.8))
    faces = directions(clip, np.arange(1, 13))
    crops, shown = np.flatnonzero(looks.shows != NO_CROP), looks.shows
    cosines = looks.embeddings[crops] @ faces.T
    rows = np.arange(len(crops))
    wrong = shown[crops] != own[crops]
    assert cosines[rows, own[crops]][~wrong].mean() > 0.85
    assert abs(cosines[rows, own[crops]][wrong].mean()) < 0.1


def test_neighbouring_crops_are_nearly_the_same_picture() -> None:
    clip = clip_of(2, frames=2000)
    found, looks, own = looks_of(clip, Point(1.0, 0.8))
    crops = np.flatnonzero((looks.shows != NO_CROP) & (own == 0))
    near = np.diff(found.frames[crops]) == 1
    right = looks.shows[crops] == 0
    assert (right[1:] == right[:-1])[near].mean() > 0.9, "a fate lasts 0.4 s"
    noise = looks.embeddings[crops[right]]
    noise = noise - noise.mean(axis=0)
    alike = {lag: (noise[lag:] * noise[:-lag]).sum() / (noise**2).sum() for lag in (1, 50)}
    assert alike[1] > 0.8
    assert abs(alike[50]) < 0.2


# those who give names


def crowd(shows: dict[int, list[int]], frames: int = 10) -> tuple[Scene, Embeddings, Found]:
    """Two players in lanes, found whole; shows: person to the crops of their first frames."""
    clip = clip_of(2, frames=frames)
    n = len(clip.truth)
    found = Found(clip.truth.frames, clip.truth.corners.astype(np.float32),
                  np.full(n, 0.9, np.float32), np.arange(n), np.zeros(n))  # fmt: skip
    looks = no_looks(found)
    faces = directions(clip, np.array([1, 2]))
    for person, crops in shows.items():
        rows = np.flatnonzero(clip.truth.ids == person)[: len(crops)]
        looks.shows[rows] = crops
        looks.embeddings[rows] = faces[crops]
    seen = observations(clip, found, looks)
    return Scene(clip, seen, classifier(clip, Point(0.1, 0.9))), looks, found


def test_votes_are_summed_and_exclusion_gives_a_name_to_one() -> None:
    scene, _, _ = crowd({1: [0, 0], 2: [0]})
    tracks = [(one.index, np.array([7, 8]), one.boxes) for one in scene.seen]
    done = votes(scene, tracks)
    plain, exclusive = done["ByteTrack + vote"].boxes, done["ByteTrack + vote + exclusion"].boxes
    assert plain.names.tolist() == ["player 1", "player 1"] * 10
    assert exclusive.names.tolist() == ["player 1", ""] * 10
    assert len(np.unique(exclusive.ids)) == 2
    odds = (0.9 / 0.05) ** 2
    assert exclusive.name_confidence[0] == pytest.approx(odds / (odds + 2))


def test_a_track_without_crops_has_no_name() -> None:
    scene, _, _ = crowd({})
    tracks = [(one.index, np.array([7, 8]), one.boxes) for one in scene.seen]
    for named in votes(scene, tracks).values():
        assert set(named.boxes.names) == {""}


def test_teamsheet_is_heard_live_online_and_offline() -> None:
    scene, _, found = crowd({1: [0] * 60, 2: [1] * 60}, frames=100)
    done = teamsheet(scene, FollowSettings())
    rows = {how: summary([count(scene.clip, found, named)]) for how, named in done.items()}
    assert rows["teamsheet online"]["Name-F1"] == 1
    assert rows["teamsheet offline"]["Name-F1"] == 1
    assert 0.5 < rows["teamsheet live"]["Name-F1"] < 1, "nobody is known in the first frame"


# scores and causes


def result(clip: Clip, names: list[str]) -> Named:
    """Everybody on a track of their own; names: by person."""
    truth = clip.truth
    given = np.array(names, object)[truth.ids - 1]
    boxes = Boxes.of("result", truth.frames, truth.ids, truth.corners, names=given,
                     name_confidence=np.ones(len(truth)))  # fmt: skip
    return Named(boxes, truth.ids)


def test_overlooked_boxes_count_against_recall_only_in_the_plain_score() -> None:
    clip = clip_of(2, strangers=1, frames=100)
    n = len(clip.truth)
    rows = np.flatnonzero(clip.truth.frames <= 50)
    found = Found(clip.truth.frames[rows], clip.truth.corners[rows].astype(np.float32),
                  np.ones(len(rows), np.float32), rows, np.zeros(len(rows)))  # fmt: skip
    named = result(clip, ["player 1", "player 1"])
    kept = Named(named.boxes.take(rows), named.tracks[rows])
    row = summary([count(clip, found, kept)])
    assert n == 200
    assert (row["Name-P"], row["Name-R"]) == (0.5, 0.5)
    assert row["F1 found"] == pytest.approx(2 * 50 / (100 + 50))
    assert (row["strangers named"], row["duplicate frames"]) == (1, 50)
    assert row["ECE"] == pytest.approx(0.5)


P, Q, _ = 0, 1, -1  # two players, and nobody


@pytest.mark.parametrize(
    ("true", "names", "shows", "elsewhere", "at", "expected"),
    [
        ([P, P], [P, P], [P, _], {}, 1, why.RIGHT),
        ([_, _], [_, _], [_, _], {}, 1, why.RIGHTLY_UNNAMED),
        ([P, P], [_, _], [_, _], {}, 1, why.NO_CROPS),
        ([P, P], [_, _], [_, P], {}, 1, why.ONE_CROP),
        ([P, P], [_, _], [P, P], {}, 1, why.AGREED),
        ([P, P], [_, _], [P, Q], {}, 1, why.DISAGREED),
        ([P, P, P], [_, _, P], [P, P, P], {}, 1, why.LATER),
        ([P, P, P], [_, _, P], [P, P, P], {P}, 1, why.TAKEN),
        ([P, P], [P, _], [P, P], {}, 1, why.GIVEN_UP),
        ([P, P], [Q, Q], [P, _], {}, 1, why.NO_SUPPORT),
        ([P, P], [Q, Q], [Q, _], {}, 1, why.WRONG_CROPS),
        ([_, _, Q], [_, Q, Q], [_, _, Q], {}, 1, why.BEFORE),
        ([Q, P, P], [Q, Q, Q], [Q, _, P], {}, 1, why.CARRIED),
        ([Q, P, P], [Q, Q, Q], [Q, _, P], {}, 2, why.CARRIED + why.CONTRADICTED),
    ],
)
def test_causes(
    true: list[int], names: list[int], shows: list[int], elsewhere: set[int], at: int, expected: str
) -> None:
    n = len(true)
    t, given, crops = (np.array(column) for column in (true, names, shows))
    path = why.Path(np.arange(1, n + 1), t, given, crops, [set(elsewhere)] * n)
    assert cause(path, at, 25.0) == expected


def test_a_path_that_changes_person_while_unseen_is_no_contact() -> None:
    frames = np.array([1, 7])
    path = why.Path(frames, np.array([Q, P]), np.array([Q, Q]), np.array([Q, _]), [set(), set()])
    assert cause(path, 1, 25.0) == why.CARRIED_GAP
    assert cause(path, 1, 50.0) == why.CARRIED


def test_every_box_of_the_truth_has_one_cause() -> None:
    clip = clip_of(6, strangers=2, frames=200)
    found, looks, _ = looks_of(clip, Point(0.05, 0.9))
    scene = Scene(clip, observations(clip, found, looks), classifier(clip, Point(0.05, 0.9)))
    for named in teamsheet(scene, FollowSettings()).values():
        assert (source_rows(found, named.boxes, clip.frames) >= 0).all()
        counts = causes(clip, found, looks, named)
        assert counts["players"].total() == 4 * 200
        assert counts["strangers"].total() == 2 * 200


# the script


def bench(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    script = ROOT / "scripts" / "bench" / "bench_identity.py"
    command = [sys.executable, str(script), *map(str, arguments), "--jobs", "1"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_whole_bench_on_a_drawn_clip(tmp_path: Path) -> None:
    text = mot_lines(lanes(*(chr(ord("A") + k) * 90 for k in range(4))))
    write_truth(tmp_path / "truth", text)
    out, plot = tmp_path / "out.json", tmp_path / "curves.png"
    done = bench(tmp_path / "truth", "--frames", "80", "--quick", "--json", out, "--plot", plot)
    assert done.returncode == 0, done.stderr
    report = json.loads(out.read_text())
    assert (report["totals"]["frames"], report["totals"]["boxes"]) == (80, 320)
    points = {(row["rate"], row["accuracy"]) for row in report["scores"]}
    assert points == {(0.005, 0.95), (0.02, 0.95), (0.02, 0.8)}
    ours = next(r for r in report["scores"] if r["tracker"] == "teamsheet online")
    assert ours["IDF1"] > 0.8, "a tenth of the boxes is missed"
    assert plot.read_bytes().startswith(b"\x89PNG")
    assert "teamsheet offline" in done.stdout


def test_a_setting_nobody_knows_is_a_mistake_in_one_line(tmp_path: Path) -> None:
    done = bench(tmp_path, "--set", "follow.confirm=1")
    assert done.returncode == 2
    assert done.stderr.startswith("error: unknown setting follow.confirm")
