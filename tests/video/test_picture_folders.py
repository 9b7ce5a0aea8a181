"""Folders of pictures as people have them: with holes, with a folder around them."""

from __future__ import annotations

import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from gallery.annotations.cvat import read_cvat
from gallery.create import EnrollError
from tracker.evaluation.inputs import find_truths
from tracker.evaluation.results import find_trackers
from tracker.video.open import open_source
from tracker.video.source import VideoError


def draw(folder: Path, numbers: list[int], pattern: str = "{:06d}.png") -> Path:
    """Grey pictures, each as bright as its number."""
    folder.mkdir(parents=True)
    for number in numbers:
        cv2.imwrite(str(folder / pattern.format(number)), np.full((20, 30, 3), number, np.uint8))
    return folder


def seen(folder: Path) -> list[tuple[int, int]]:
    """(number of the frame, brightness) of each."""
    frames = open_source(str(folder)).frames()
    return [(f.index + 1, int(f.image.mean())) for f in frames if f.image is not None]


@pytest.mark.parametrize("pattern", ["{:06d}.png", "frame_{:d}.png", "cam2-{:04d}-x.png"])
def test_behind_a_hole_pictures_keep_their_numbers(tmp_path: Path, pattern: str) -> None:
    folder = draw(tmp_path / "p", [11, 12, 13, 16, 17], pattern)
    assert seen(folder) == [(1, 11), (2, 12), (3, 13), (6, 16), (7, 17)]
    source = open_source(str(folder))
    assert source.frame_count == 7
    assert "2 of the pictures 11 to 17 are missing, the first is 14" in source.warnings[1]
    assert [f.index for f in source.frames(3, 6)] == [5]


@pytest.mark.parametrize("numbers", [[0, 10, 20, 30], [5, 7, 9], [1, 2, 90]])
def test_pictures_far_apart_follow_each_other_and_it_is_said(
    tmp_path: Path, numbers: list[int]
) -> None:
    folder = draw(tmp_path / "p", numbers)
    assert seen(folder) == list(enumerate(numbers, 1))
    assert f"frames are counted 1 to {len(numbers)}" in open_source(str(folder)).warnings[1]


def test_pictures_without_holes_or_numbers_are_as_ever(tmp_path: Path) -> None:
    assert len(open_source(str(draw(tmp_path / "a", [1, 2, 3]))).warnings) == 1
    words = draw(tmp_path / "b", [1])
    for name in ("dawn.png", "dusk.png", "noon 12.png"):
        cv2.imwrite(str(words / name), np.zeros((20, 30, 3), np.uint8))
    assert len(open_source(str(words)).warnings) == 1


def test_a_folder_around_a_sequence_is_passed_through(tmp_path: Path) -> None:
    draw(tmp_path / "zip" / "SEQ-1" / "img1", [1, 2, 3])
    (tmp_path / "zip" / "__MACOSX").mkdir()
    (tmp_path / "zip" / "SEQ-1" / "seqinfo.ini").write_text("[Sequence]\nframeRate=10\n")
    source = open_source(str(tmp_path / "zip"))
    assert (source.fps, source.frame_count) == (10, 3)
    draw(tmp_path / "plain" / "a" / "b", [1, 2])
    assert len(seen(tmp_path / "plain")) == 2


def test_a_folder_of_other_pictures_names_their_kind(tmp_path: Path) -> None:
    for n in range(4):
        (tmp_path / f"IMG_{n}.HEIC").write_bytes(b"x")
    with pytest.raises(VideoError, match=r"no pictures in this folder \(4 \.heic\)"):
        open_source(str(tmp_path))


@pytest.mark.parametrize("inner", [".", "img1"], ids=["pictures", "MOT sequence"])
def test_pictures_that_are_not_read_are_counted_by_kind(tmp_path: Path, inner: str) -> None:
    folder = draw(tmp_path / "p" / inner, [1, 2, 3])
    for name in ("000004.HEIC", "000005.heic", "scan.tif", "gt.txt", "Thumbs.db"):
        (folder / name).write_bytes(b"x")
    (told,) = [w for w in open_source(str(tmp_path / "p")).warnings if "not read" in w]
    assert "not read: 2 .heic, 1 .tif; save pictures as .jpg or .png" in told


def zipped(path: Path, **inside: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in inside.items():
            archive.writestr(name, text)
    return path


TRUTH = "1,1,0,0,40,80,1,1,1\n"


@pytest.mark.parametrize("root", ["", "job/", "export/job 7/", "a/b/c/"])
def test_the_root_of_an_archive_may_lie_deeper(tmp_path: Path, root: str) -> None:
    inside = {
        f"{root}gt/gt.txt": TRUTH, f"{root}gt/labels.txt": "Ann\n",
        f"__MACOSX/{root}gt/._gt.txt": "x", f"__MACOSX/{root}gt/gt.txt": "x",
    }  # fmt: skip
    file = zipped(tmp_path / "x.zip", **inside)
    boxes, names = read_cvat(file)
    assert (len(boxes.frames), names[1].name) == (1, "Ann")
    (truth,) = find_truths(file)
    results = zipped(
        tmp_path / "r.zip", **{f"{root}{truth.name}.txt": TRUTH, "__MACOSX/._r.txt": ""}
    )
    (tracker,) = find_trackers([results], [truth])
    assert list(tracker.results) == [truth.name]
    assert tracker.unknown == ()


def test_two_exports_in_one_archive_are_refused(tmp_path: Path) -> None:
    inside = {f"{j}/gt/{name}.txt": TRUTH for j in "ab" for name in ("gt", "labels")}
    with pytest.raises(EnrollError, match=r"2 files gt/gt\.txt in it"):
        read_cvat(zipped(tmp_path / "x.zip", **inside))
