"""Clips of players: steady squares, no cut inside, the numbers that say what is in them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import av
import cv2
import numpy as np
import pandas as pd
import pytest

from tests.worlds.report import Life, write_run
from tracker.output.run_files import OutputError
from tracker.tubelets.clips import FORMATS, filled
from tracker.tubelets.create import TubeletError, Wish, make_tubelets
from tracker.tubelets.plan import Shape, Tubelet, plan
from tracker.types import Frame
from tracker.video.open import open_source

SIZE = (320, 180)
BACK, SHIRT = (90, 140, 60), (200, 60, 60)  # BGR


def quiet(*_: object) -> None:
    return None


def rows_of(*lives: Life) -> pd.DataFrame:
    return pd.DataFrame([row for life in lives for row in life.rows()])


def planned(rows: pd.DataFrame, shape: Shape, cuts: tuple[int, ...] = ()) -> list[Tubelet]:
    return plan(rows, people_of(rows), cuts, shape).clips


def people_of(rows: pd.DataFrame) -> list[tuple[str, np.ndarray]]:
    return [(name, (rows["player"] == name).to_numpy()) for name in sorted(set(rows["player"]))]


SHAPE = Shape(size=32, count=4, stride=2, visible=0.5, fps=25)  # seven frames from end to end


def test_clips_follow_one_another_and_step_by_the_stride() -> None:
    rows = rows_of(Life(1, "Ann", [("visible", 20, 1.0)], first=3))
    clips = planned(rows, SHAPE)
    assert [clip.frames.tolist() for clip in clips] == [[3, 5, 7, 9], [11, 13, 15, 17]]
    assert clips[0].boxes[1].tolist() == list(Life(1, "Ann", [], first=3).box(5))


def test_no_clip_holds_a_cut() -> None:
    rows = rows_of(Life(1, "Ann", [("visible", 20, 1.0)], first=1))
    starts = [clip.frames[0] for clip in planned(rows, SHAPE, cuts=(6,))]
    assert starts == [6, 14]  # 1 to 5 is too short
    assert [clip.frames[0] for clip in planned(rows, SHAPE)] == [1, 9]


def test_clips_with_few_visible_frames_are_left_out_and_counted() -> None:
    parts = [("visible", 2, 1.0), ("absent", 8, 1.0), ("visible", 8, 1.0)]
    rows = rows_of(Life(1, "Ann", parts))
    made = plan(rows, people_of(rows), (), SHAPE)
    assert [clip.frames[0] for clip in made.clips] == [11]
    assert dict(made.left_out) == {"too seldom visible": 1}
    made = plan(rows, people_of(rows), (), Shape(32, 4, 2, 0.25, 25))
    first = made.clips[0]
    assert first.visibility.tolist() == [0, 2, 2, 2]
    assert np.isnan(first.boxes[1:]).all()
    assert np.isfinite(first.squares).all()


def test_squares_have_one_size_hold_the_box_and_are_steadier_than_it() -> None:
    rng = np.random.default_rng(0)
    rows = rows_of(Life(1, "Ann", [("visible", 64, 1.0)]))
    moved = rng.normal(0, 2, (64, 2))
    rows[["x1", "x2"]] += moved[:, [0]]
    rows[["y1", "y2"]] += moved[:, [1]]
    (clip,) = planned(rows, Shape(32, 16, 4, 0.5, 25))
    sides = clip.squares[:, 2:] - clip.squares[:, :2]
    assert np.ptp(sides) < 1e-9
    assert sides[0, 0] == round(60 * 1.2)
    assert (clip.squares[:, :2] < clip.boxes[:, :2]).all()
    assert (clip.squares[:, 2:] > clip.boxes[:, 2:]).all()
    middle = (clip.boxes[:, 1] + clip.boxes[:, 3]) / 2
    steady = (clip.squares[:, 1] + clip.squares[:, 3]) / 2
    assert np.abs(np.diff(steady)).mean() < 0.5 * np.abs(np.diff(middle)).mean()


def test_two_tracks_of_one_player_are_one_path() -> None:
    rows = rows_of(
        Life(1, "Ann", [("visible", 5, 1.0)]), Life(4, "Ann", [("visible", 9, 1.0)], first=6)
    )
    clip = planned(rows, SHAPE)[0]
    assert clip.tracks.tolist() == [1, 1, 1, 4]
    assert clip.track == 1


# ------------------------------------------------------------------------- pictures


def film(count: int, without: tuple[int, ...] = ()) -> Iterator[Frame]:
    """Frames in which a person stands at x 100 to 120, y 80 to 140, the frame's number in red."""
    for i in range(count):
        image = np.full((SIZE[1], SIZE[0], 3), BACK, np.uint8)
        image[80:140, 100:120] = SHIRT
        image[..., 2] = i
        if i not in without:
            yield Frame(i, i / 25, image)


def clip_of(squares: list[tuple[float, ...]], frames: list[int]) -> Tubelet:
    n = len(frames)
    return Tubelet("Ann", np.array(frames), np.zeros((n, 4)), np.ones(n, np.int64),
                np.zeros(n, np.int64), np.array(squares, float))  # fmt: skip


def test_pictures_are_the_square_in_rgb_at_the_right_frames() -> None:
    clip = clip_of([(80, 80, 140, 140)] * 3, [2, 4, 6])
    ((_, pictures),) = filled(film(10), [clip], 60)
    assert pictures is not None
    assert pictures.shape == (3, 60, 60, 3)
    assert pictures.dtype == np.uint8
    assert [p[0, 0, 0] for p in pictures] == [1, 3, 5]  # red comes first, frame 2 has index 1
    blue = pictures[0, :, :, 2]
    assert (blue[:, 20:40] == SHIRT[0]).all()
    assert (blue[:, :20] == BACK[0]).all()
    assert (blue[:, 40:] == BACK[0]).all()


def test_beyond_the_border_the_edge_is_repeated() -> None:
    image = np.arange(180, dtype=np.uint8)[:, None, None] + np.zeros((1, 320, 3), np.uint8)
    image[:, 0] = 250
    clip = clip_of([(-30, 100, 30, 160), (-200, 100, -140, 160)], [1, 2])
    ((_, pictures),) = filled([Frame(0, 0.0, image), Frame(1, 0.0, image)], [clip], 60)
    assert pictures is not None
    assert (pictures[0, :, :31] == 250).all()
    assert (pictures[0, :, 31:, 0] == np.arange(100, 160)[:, None]).all()
    assert (pictures[1] == 250).all()


def test_a_clip_whose_frames_are_missing_is_said_to_be_so() -> None:
    square = [(80.0, 80.0, 140.0, 140.0)] * 2
    clips = [clip_of(square, [1, 3]), clip_of(square, [4, 5]), clip_of(square, [9, 12])]
    found = list(filled(film(10, without=(2,)), clips, 16))
    assert [pictures is not None for _, pictures in found] == [False, True, False]


@pytest.mark.parametrize("ending", FORMATS)
def test_every_format_gives_the_pictures_back(ending: str, tmp_path: Path) -> None:
    ((_, pictures),) = filled(film(30), [clip_of([(80, 80, 140, 140)] * 5, [4, 9, 14, 19, 24])], 60)
    assert pictures is not None
    path = tmp_path / f"clip.{ending}"
    FORMATS[ending](pictures, path, 5.0)
    assert [f.name for f in tmp_path.iterdir()] == [path.name]
    read, near = _read(path)
    assert read.shape == pictures.shape
    assert np.abs(read.astype(int) - pictures.astype(int)).mean() <= near


def _read(path: Path) -> tuple[np.ndarray, float]:
    """Pictures of a file, and how far they may be away on average."""
    if path.suffix == ".npy":
        return np.load(path, allow_pickle=False), 0
    if path.suffix == ".pt":
        import torch

        return torch.load(path, weights_only=True).numpy(), 0
    with av.open(str(path)) as file:
        assert float(file.streams.video[0].average_rate or 0) == 5.0
        return np.stack([f.to_ndarray(format="rgb24") for f in file.decode(video=0)]), 3


# ----------------------------------------------------------------------- whole folders

ODD = "A/B: né"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of pictures and a run on it: Ann, who is hidden for a while, and one with an odd
    name."""
    folder = tmp_path_factory.mktemp("run")
    (folder / "clip").mkdir()
    lives = [
        Life(1, "Ann", [("visible", 20, 1.0), ("occluded", 6, 1.0), ("visible", 14, 1.0)]),
        Life(2, ODD, [("visible", 40, 1.0)], x=120.0),
        Life(3, "", [("visible", 40, 1.0)], x=200.0),
    ]
    for i in range(40):
        image = np.full((SIZE[1], SIZE[0], 3), BACK, np.uint8)
        for life in lives:
            x1, y1, x2, y2 = (round(v) for v in life.box(i + 1))
            image[y1:y2, x1:x2] = SHIRT
        cv2.imwrite(str(folder / "clip" / f"{i + 1:06d}.png"), image)
    write_run(folder / "out", lives, ["Ann", ODD], spec=str(folder / "clip"), evidence=False)
    receipt = json.loads((folder / "out" / "run.json").read_text())
    receipt["source"]["fingerprint"] = open_source(str(folder / "clip")).fingerprint()
    (folder / "out" / "run.json").write_text(json.dumps(receipt))
    return folder


WISH = Wish(size=32, count=4, stride=2, formats=("npy", "mp4"))


def test_a_folder_of_clips_and_what_is_in_them(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "clips"
    made = make_tubelets(str(run / "clip"), run / "out", out, WISH, False, quiet)
    index = json.loads((out / "index.json").read_text(encoding="utf-8"))
    assert set(made.clips) == {"Ann", ODD}
    assert made.clips.total() == len(index["clips"]) == 9
    assert "no observations" in made.notes[0]
    listed = [file for clip in index["clips"] for file in clip["files"]]
    there = [f.relative_to(out).as_posix() for f in out.rglob("*.*") if f.name != "index.json"]
    assert sorted(listed) == sorted(there)
    assert {len(Path(f).parts) for f in listed} == {2}
    for clip in index["clips"]:
        assert np.load(out / clip["files"][0], allow_pickle=False).shape == (4, 32, 32, 3)
        assert len(clip["boxes"]) == len(clip["visibility"]) == len(clip["squares"]) == 4
    hidden = next(c for c in index["clips"] if (c["player"], c["frames"][0]) == ("Ann", 17))
    assert "occluded" in hidden["visibility"]
    assert [f.name for f in tmp_path.iterdir()] == ["clips"]


def test_one_player_only_and_in_the_middle_of_the_clip_they_stand(
    run: Path, tmp_path: Path
) -> None:
    wish = Wish(size=64, count=4, stride=2, formats=("npy",), players=[ODD])
    make_tubelets(str(run / "clip"), run / "out", tmp_path / "c", wish, False, quiet)
    files = sorted((tmp_path / "c").rglob("*.npy"))
    assert len(files) == 5
    for file in files:
        pictures = np.load(file, allow_pickle=False)
        assert (pictures[:, 32, 32] == SHIRT[::-1]).all()


@pytest.mark.parametrize(
    ("wish", "why"),
    [
        (Wish(size=33), "even number"),
        (Wish(count=0), "from 1 on"),
        (Wish(formats=("avi",)), "choose mp4"),
        (Wish(visible=1.5), "share from 0 to 1"),
        (Wish(players=["Bob"]), "nobody of that name"),
        (Wish(count=300), "no clip of 1197 frames"),
    ],
)
def test_what_cannot_be_made_is_said_in_one_line(
    wish: Wish, why: str, run: Path, tmp_path: Path
) -> None:
    with pytest.raises(TubeletError, match=why) as caught:
        make_tubelets(str(run / "clip"), run / "out", tmp_path / "c", wish, False, quiet)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_another_video_and_another_folder_are_refused(run: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    cv2.imwrite(str(tmp_path / "other" / "1.png"), np.zeros((180, 320, 3), np.uint8))
    with pytest.raises(TubeletError, match="is not the video of"):
        make_tubelets(str(tmp_path / "other"), run / "out", tmp_path / "c", WISH, False, quiet)
    for overwrite, why in ((False, "add --overwrite"), (True, "was not written by tubelets")):
        with pytest.raises(OutputError, match=why):
            make_tubelets(
                str(run / "clip"), run / "out", tmp_path / "other", WISH, overwrite, quiet
            )
