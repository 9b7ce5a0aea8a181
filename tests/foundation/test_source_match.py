"""Do these boxes belong to this video? What does not fit is said; what fits is left in peace."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.worlds.bad_inputs import FRAMES, box, command, draw_world, mot
from tracker.output.resizing import resized
from tracker.output.table import BOX, TrackTable
from tracker.source_match import Film, boxes_misfit, frames_misfit, misfits, step_of
from tracker.types import Doubles, Ints

HD = Film("a.mp4", 1280, 720, 300, 25.0)


def crowd(width: int = 1280, height: int = 720, seed: int = 0) -> tuple[Ints, Doubles]:
    """Ten people who stand about in the whole picture for 300 frames: frames, x1 y1 x2 y2."""
    rng = np.random.default_rng(seed)
    place = rng.uniform([0.02, 0.05], [0.9, 0.7], (10, 2)) * [width, height]
    size = np.array([0.03 * width, 0.2 * height])
    frames = np.repeat(np.arange(1, 301), 10)
    low = np.tile(place, (300, 1)) + rng.normal(0, 2, (3000, 2))
    return frames, np.hstack([low, low + size])


def as_columns(boxes: Doubles) -> Doubles:
    return np.hstack([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]])


def read(columns: Doubles) -> Doubles:
    """Corners, of columns that are taken for x, y, width, height."""
    return np.hstack([columns[:, :2], columns[:, :2] + columns[:, 2:]])


def said(boxes: Doubles, film: Film = HD) -> tuple[str, bool]:
    found = boxes_misfit("d.txt", boxes, film)
    return ("", False) if found is None else (str(found), found.sure)


@pytest.mark.parametrize("film", [HD, Film("b", 3840, 2160, 300, 50), Film("c", 320, 240, 300, 30)])
def test_boxes_of_the_video_are_left_in_peace(film: Film) -> None:
    frames, boxes = crowd(film.width, film.height)
    assert misfits("d.txt", frames, boxes, film) == []
    out = boxes + np.array([0, 0.1 * film.height, 0, 0.25 * film.height])  # feet below the picture
    assert said(out, film)[0] == ""
    few = boxes[:5] * 0.1  # too few to speak of a corner
    assert said(few, film)[0] == ""


@pytest.mark.parametrize("size", [(1280, 720), (320, 240), (720, 1280)])
def test_shares_are_named_in_all_their_kinds(size: tuple[int, int]) -> None:
    film = replace(HD, width=size[0], height=size[1])
    _, boxes = crowd(*size)
    shares = boxes / [*size, *size]
    assert "shares of the picture from 0 to 1" in said(shares, film)[0]
    assert f"x and width by {size[0]}" in said(shares, film)[0]
    middle = np.hstack([(shares[:, :2] + shares[:, 2:]) / 2, shares[:, 2:] - shares[:, :2]])
    low = middle.copy()
    low[:, :2] += 0.05  # near the lower right border only middles can be so far
    assert said(read(low), film)[1]
    assert "from 0 to 1" in said(read(low), film)[0]
    corners = read(shares)
    assert "x1,y1,x2,y2 from 0 to 1" in said(corners, film)[0]


@pytest.mark.parametrize("size", [(1280, 720), (320, 240)])
def test_corners_are_named(size: tuple[int, int]) -> None:
    film = replace(HD, width=size[0], height=size[1])
    what, sure = said(read(crowd(*size)[1]), film)
    assert sure
    assert "look like x1,y1,x2,y2" in what


@pytest.mark.parametrize(("times", "sure"), [(4, True), (3, True), (2, True), (1.5, True)])
def test_boxes_of_a_larger_picture_are_named_with_its_size(times: float, sure: bool) -> None:
    what, is_sure = said(crowd()[1] * times)
    assert f"of a larger picture, divide them, perhaps by {times:g}" in what
    assert is_sure == sure


@pytest.mark.parametrize("times", [2, 3, 4])
def test_boxes_of_a_smaller_picture_are_asked_about(times: float) -> None:
    what, sure = said(crowd()[1] / times)
    assert not sure  # it may be a coincidence
    assert f"perhaps by {times:g}" in what


def test_percent_is_named() -> None:
    what, sure = said(crowd()[1] / [12.8, 7.2, 12.8, 7.2])
    assert sure
    assert "if they are percent, multiply x and width by 12.8, y and height by 7.2" in what


@pytest.mark.parametrize("fps", [25.0, 29.97, 12.5, 50.0])
@pytest.mark.parametrize("every", [1, 3])
def test_milliseconds_are_no_frames(fps: float, every: int) -> None:
    film = replace(HD, fps=fps)
    times = np.round(np.arange(0, 300, every) * 1000 / fps).astype(np.int64) + 1
    found = frames_misfit("d.txt", times, film)
    assert found is not None
    assert found.sure
    assert f"milliseconds: divide them by {1000 / fps:g}" in str(found)


def test_frames_of_a_longer_video_are_not_taken_for_milliseconds() -> None:
    for frames in (np.arange(1, 12_001), np.arange(40, 20_001, 40), np.array([1, 500, 9000])):
        found = frames_misfit("d.txt", frames, HD)
        assert found is not None
        assert "milliseconds" not in str(found)


@pytest.mark.parametrize(
    ("first", "last", "film", "hint", "sure"),
    [
        (1001, 1300, HD, "take 1000 from its first column", True),
        (301, 600, HD, "frames 301 to 600, and a.mp4 has 300 frames", True),
        (1, 360, HD, "as if made at 30 frames a second, not 25", False),
        (1, 600, HD, "as if made at 50 frames a second, not 25", False),
        (1, 313, HD, "a.mp4 has 300 frames", False),
        (1, 100, replace(HD, first=150), "none of the frames asked for (150 to the end", True),
        (5, 5, Film("s.jpg", 9, 9, 1, 25), "frame 5 only, and s.jpg has 1 frame;", True),
    ],
)
def test_frames_that_do_not_fit_are_named(
    first: int, last: int, film: Film, hint: str, sure: bool
) -> None:
    found = frames_misfit("d.txt", np.arange(first, last + 1), film)
    assert found is not None
    assert found.of_frames
    assert hint in str(found)
    assert found.sure == sure
    assert "\n" not in str(found)


@pytest.mark.parametrize(
    ("first", "last", "film"),
    [(1, 300, HD), (40, 80, HD), (1, 302, HD), (1, 9999, replace(HD, frames=None))],
)
def test_frames_that_fit_are_left_in_peace(first: int, last: int, film: Film) -> None:
    assert frames_misfit("d.txt", np.arange(first, last + 1), film) is None


@pytest.mark.parametrize(("every", "first"), [(2, 1), (5, 3), (10, 10), (25, 7), (50, 1)])
def test_an_even_step_is_seen_with_its_beginning(every: int, first: int) -> None:
    frames = np.repeat(np.arange(first, 301, every), 3)
    step = step_of(frames)
    assert step is not None
    assert (step.every, step.first, step.even) == (every, first, True)
    one_lost = frames[frames != frames[9]]
    again = step_of(one_lost)
    assert again is None or again.every == every


def test_an_uneven_step_is_none_that_can_be_taken() -> None:
    frames = np.unique(np.round(np.arange(1, 300, 2.5)).astype(np.int64))
    step = step_of(frames)
    assert step is not None
    assert not step.even
    assert step_of(np.arange(1, 100)) is None
    assert step_of(np.array([1, 4, 9])) is None  # too few
    here_and_there = np.array([*range(1, 40), *range(200, 240)])
    assert step_of(here_and_there) is None


# ---------------------------------------------------------------------- in the commands


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_world(tmp_path_factory.mktemp("fit"))


def tracked(world: Path, out: Path, text: str, *more: str):
    det = out.with_suffix(".txt")
    det.write_text(text)
    return command(["track", str(world / "clip.mp4"), "--detections", str(det), "-o", str(out),
                    "--gallery", str(world / "gallery"), *more])  # fmt: skip


def rows_of(change, frames=range(1, FRAMES + 1)) -> str:
    rows = [(f, -1, *change(*map(float, box(f, who)))) for f in frames for who in (0, 1)]
    return "".join(",".join(f"{v:g}" for v in row) + ",0.9\n" for row in rows)


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        (lambda x, y, w, h: (x / 640, y / 360, w / 640, h / 360), "shares of the picture"),
        (lambda x, y, w, h: (3 * x, 3 * y, 3 * w, 3 * h), "lie outside the picture of 640x360"),
    ],
)
def test_track_refuses_boxes_of_another_picture(world: Path, tmp_path: Path, change, hint) -> None:
    ended = tracked(world, tmp_path / "out", rows_of(change))
    assert ended.code == 2
    assert len(ended.lines) == 1
    assert hint in ended.lines[0]
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("every", "first"), [(2, 1), (2, 2), (4, 3)])
def test_track_takes_the_step_of_sparse_detections(
    world: Path, tmp_path: Path, every: int, first: int
) -> None:
    frames = range(first, FRAMES + 1, every)
    ended = tracked(world, tmp_path / "out", rows_of(lambda *b: b, frames))
    assert ended.code == 0, ended.lines
    assert f"detect.every_n={every} is taken" in ended.lines[0]
    table = TrackTable.read_csv(tmp_path / "out" / "tracks.csv")
    seen = table.visible[table.visible["confidence"].notna()]
    assert sorted(set(seen["frame"])) == list(frames)
    assert set(table.rows["player"]) >= {"Ann", "Bea"}
    again = command(
        [
            "track",
            str(world / "clip.mp4"),
            "--detections",
            str(tmp_path / "out.txt"),
            "-o",
            str(tmp_path / "out"),
            "--gallery",
            str(world / "gallery"),
            "--resume",
        ]
    )
    assert again.code == 0, again.lines


def test_frames_of_another_video_and_too_short_ones(world: Path, tmp_path: Path) -> None:
    late = tracked(world, tmp_path / "a", mot().replace("\n", "\n50", 39).replace("1,", "501,", 1))
    assert late.code == 2
    assert len(late.lines) == 1
    assert "frames 501 to 5020, and clip.mp4 has 20 frames" in late.lines[0]
    short = tracked(world, tmp_path / "b", mot(), "--frames", "1:2")
    assert short.code == 0
    assert "2 frames, too short for follow.confirm_s=0.12" in short.lines[0]
    assert len(TrackTable.read_csv(tmp_path / "b" / "tracks.csv")) == 4


def test_weak_detections_say_so(world: Path, tmp_path: Path) -> None:
    ended = tracked(world, tmp_path / "out", mot(tail="0.3,-1,-1,-1"))
    assert ended.code == 2
    assert "follow.association.high_score=0.5" in ended.lines[-1]


@pytest.mark.parametrize("times", [0.5, 2, 3])
def test_a_table_is_drawn_into_a_video_of_another_size(times: float) -> None:
    rows = np.array([[10.0, 20, 30, 60]])
    table = TrackTable.from_frames([_frame(rows)], ["Ann"])
    now = (round(640 * times), round(360 * times))
    assert resized(table, (640, 360), now, "t").rows[BOX].to_numpy() == pytest.approx(rows * times)
    assert resized(table, (640, 360), (640, 360), "t") is table
    with pytest.raises(ValueError, match="another shape"):
        resized(table, (640, 360), (360, 640), "t")


def _frame(boxes: Doubles):
    from tracker.types import TrackedFrame

    one = np.ones(1, np.int64)
    return TrackedFrame(0, 0.0, one, one - 1, one * 1.0, one - 1, boxes, one * 1.0,
                        boxes[:, :2], np.ones((1, 2)), one, one > 0)  # fmt: skip


@pytest.mark.parametrize(
    ("frames", "more", "hint"),
    [(24, (), "as if made at 30 frames a second, not 25"), (40, (), "50 frames a second"),
     (24, ("--frames", "1:20"), ""), (20, (), "")],
)  # fmt: skip
def test_gallery_cut_takes_no_truth_of_another_rate(
    world: Path, tmp_path: Path, frames: int, more: tuple[str, ...], hint: str
) -> None:
    rows = [(f, who + 1, *box(min(f, FRAMES), who)) for f in range(1, frames + 1) for who in (0, 1)]
    text = "".join(",".join(map(str, row)) + ",1,1,1\n" for row in rows)
    (tmp_path / "gt.txt").write_text(text)
    ended = command(["gallery", "cut", str(world / "clip.mp4"), "--boxes", str(tmp_path / "gt.txt"),
                     "--names", str(world / "names.csv"), "-o", str(tmp_path / "g"),
                     "--min-pictures", "1", *more])  # fmt: skip
    assert ended.code == (2 if hint else 0), ended.lines
    assert hint in " ".join(ended.lines)
