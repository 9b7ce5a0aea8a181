"""Files of anchors as a command takes them: a mistake is one line, before anything is begun."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.worlds.anchored import FRAMES, draw, right, said, track, write
from tests.worlds.bad_inputs import Ended, command
from tracker.runs.anchor_files import inputs_of, source_names


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw(tmp_path_factory.mktemp("anchored"))


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    return write(tmp_path / "faces.csv", said())


def lines_of(ended: Ended) -> str:
    assert (ended.code, len(ended.lines)) == (2, 1), ended
    return ended.lines[0]


@pytest.mark.parametrize("accuracy", ["0", "-1", "101", "often", "nan", "0%", "1000%"])
def test_an_accuracy_that_is_none(world: Path, tmp_path: Path, faces: Path, accuracy: str) -> None:
    ended = track(world, tmp_path / "out", "--anchors", faces, f"--anchor-accuracy={accuracy}")
    assert f"--anchor-accuracy {accuracy}" in lines_of(ended)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("text", "share"), [("0.9", 0.9), ("90", 0.9), ("90 %", 0.9), ("1", 1.0)])
def test_an_accuracy_as_a_share_or_in_percent(text: str, share: float) -> None:
    first, second = inputs_of([Path("a.csv"), Path("b.csv")], [text, "auto"])
    assert (first.accuracy, second.accuracy) == (pytest.approx(share), None)
    assert [given.accuracy for given in inputs_of([Path("a"), Path("b")], [text])] == [
        pytest.approx(share)
    ] * 2


def test_accuracies_that_belong_to_no_file(world: Path, tmp_path: Path, faces: Path) -> None:
    alone = track(world, tmp_path / "out", "--anchor-accuracy", "90")
    assert "give those too" in lines_of(alone)
    many = ["--anchor-accuracy", "90"] * 2
    assert "once for all" in lines_of(track(world, tmp_path / "out", "--anchors", faces, *many))


def test_a_file_given_twice(world: Path, tmp_path: Path, faces: Path) -> None:
    twice = track(world, tmp_path / "out", "--anchors", faces, "--anchors", faces)
    assert "given twice" in lines_of(twice)


def test_a_file_that_the_run_would_replace(world: Path, tmp_path: Path, faces: Path) -> None:
    out = tmp_path / "out"
    track(world, out, "--anchors", faces)
    ended = track(world, out, "--anchors", out / "tracks.csv", "--overwrite")
    assert "tracks.csv" in lines_of(ended)
    assert (out / "tracks.csv").is_file()


def test_anchors_on_nobody_are_counted_in_a_line(world: Path, tmp_path: Path) -> None:
    away = [(f, p, (440.0, 5.0, 470.0, 15.0)) for f, p, _ in said([100]) if p == "Cid"]
    ended = track(world, tmp_path / "out", "--anchors", write(tmp_path / "a.csv", away))
    assert ended.code == 0
    assert [line for line in ended.lines if "none of its 1 anchors is on anybody" in line]


def test_sources_have_names_of_their_own() -> None:
    files = ["a/faces.csv", "b/faces.csv", "my, best: one.csv", "pictures.csv", "detector.json"]
    assert source_names([Path(f) for f in files]) == [
        "faces", "faces-2", "my_best_one", "pictures-2", "detector-2",
    ]  # fmt: skip
    assert source_names([None, Path("live.csv"), None]) == ["live", "live-2", "live-3"]


def test_several_videos_have_a_file_each(world: Path, tmp_path: Path, faces: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        both = ["track", str(world / "seq"), str(world / "bare"), "--anchors"]
        rest = ["-o", str(tmp_path / "out")]
        assert "{stem}" in lines_of(command([*both, str(faces), *rest]))
        for name in ("seq", "bare"):
            write(tmp_path / f"{name}.csv", said())
            (tmp_path / f"{name}.txt").write_bytes((world / "det.txt").read_bytes())
        given = [*both, "{stem}.csv", "--detections", "{stem}.txt", *rest]
        assert command(given).code == 0
        assert right(tmp_path / "out" / "seq") == right(tmp_path / "out" / "bare") == 1.0
        again = command([*given, "--resume"])
        assert again.out.count("was finished before") == 2
        write(tmp_path / "seq.csv", said(range(4, FRAMES, 20)))
        again = command([*given, "--resume"])
        assert again.out.count("was finished before") == 1
