"""A review of a run that is taken away, torn, or said more of than anybody thought of."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.worlds.reviewed import WRONG, draw, is_, opened, track, written
from tracker.runs.review_journal import ReviewError


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = draw(tmp_path_factory.mktemp("world"))
    track(folder, folder / "out")
    track(folder, folder / "nameless", gallery=None, describe=True)
    return folder


@pytest.fixture
def out(world: Path, tmp_path: Path) -> Path:
    return shutil.copytree(world / "out", tmp_path / "out")


@pytest.fixture
def nameless(world: Path, tmp_path: Path) -> Path:
    return shutil.copytree(world / "nameless", tmp_path / "nameless")


# ------------------------------------------------------------ a run that is there no more, or torn


@pytest.mark.parametrize(
    ("harm", "why"),
    [
        (lambda out: (out / "tracks.csv").write_text("x"), "tracks.csv"),
        (lambda out: (out / "tracks.csv").rename(out.parent / "kept.csv"), "tracks.csv is gone"),
        (lambda out: out.rename(out.parent / "moved"), "tracks.csv is gone"),
        (shutil.rmtree, "tracks.csv is gone"),
    ],
    ids=["garbage", "gone", "moved", "deleted"],
)
def test_a_run_that_cannot_be_read_any_more_is_not_written_and_that_is_said(
    harm: Callable[[Path], object], why: str, out: Path
) -> None:
    desk = opened(out, solve=False)
    desk.answer(is_(1, "Ann"))
    harm(out)
    refused: list[str] = []

    def write() -> None:
        with pytest.raises(ReviewError) as caught:
            desk.write()
        refused.append(str(caught.value))

    writing = threading.Thread(target=write, daemon=True)
    writing.start()
    writing.join(10)
    assert refused, "it tries for ever"
    assert "nothing is written" in refused[0]
    assert why in refused[0]
    assert "\n" not in refused[0]
    assert not desk.status()["running"]
    assert not (out.parent / f".{out.name}.lock").exists()
    desk.close()


def test_a_table_that_is_put_back_is_written(out: Path) -> None:
    desk = opened(out, solve=False)
    desk.answer(is_(1, "Ann"))
    (out / "tracks.csv").rename(out.parent / "kept.csv")
    with pytest.raises(ReviewError, match="put the run back"):
        desk.write()
    assert desk.status()["saved"] == 1
    (out.parent / "kept.csv").rename(out / "tracks.csv")
    assert written(out, 24) == WRONG
    desk.write()
    assert written(out, 24)[0] == "Ann"
    desk.close()
