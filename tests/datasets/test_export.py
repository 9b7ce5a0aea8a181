"""A data set for Ultralytics out of a run, a gallery or an annotated clip, read back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
import yaml

from tests.worlds.exported import FRAMES, LIVES, run_of
from tests.worlds.gallery import draw_clip, draw_gallery
from tests.worlds.report import FPS, SIZE, Life
from tracker.datasets.folder import ExportReport
from tracker.datasets.labels import DatasetError
from tracker.inference.ultralytics import import_ultralytics
from tracker.output.run_files import OutputError
from tracker.runs.gallery_export import ExportWish, export

GREY = 114


def quiet(*_: object) -> None:
    """Nobody listens."""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run_of(tmp_path_factory.mktemp("run"))


def exported(what: Path, out: Path, kind: str = "yolo-detect", **changed: object) -> ExportReport:
    wish = replace(ExportWish(str(what), kind, out), **changed)  # type: ignore[arg-type]
    return export(wish, quiet, quiet)


def read_labels(out: Path, split: str) -> dict[int, dict[str, np.ndarray]]:
    """Frame to class to box x1 y1 x2 y2 in pixels, as a reader of the layout would find them."""
    names = yaml.safe_load((out / "data.yaml").read_text(encoding="utf-8"))["names"]
    found: dict[int, dict[str, np.ndarray]] = {}
    pictures = sorted((out / "images" / split).iterdir())
    texts = sorted((out / "labels" / split).iterdir())
    assert [p.stem for p in pictures] == [t.stem for t in texts]
    for text in texts:
        rows = [line.split() for line in text.read_text().splitlines()]
        boxes = {}
        for number, *shares in rows:
            x, y, w, h = np.array(shares, float) * np.tile(SIZE, 2)
            assert names[int(number)] not in boxes
            boxes[names[int(number)]] = np.array([x - w / 2, y - h / 2, x + w / 2, y + h / 2])
        found[int(text.stem.rpartition("_")[2])] = boxes
    return found


# --- yolo-detect ---


def test_frames_of_a_run_have_the_boxes_of_their_players(run: Path, tmp_path: Path) -> None:
    report = exported(run, tmp_path / "data")
    train, val = (read_labels(tmp_path / "data", split) for split in ("train", "val"))
    assert {name for boxes in train.values() for name in boxes} == {"Ann", "Bea", "Cat", "_other"}
    for frame, boxes in (train | val).items():
        for life in LIVES:
            name = life.player or "_other"
            if name in boxes:
                assert boxes[name] == pytest.approx(np.array(life.box(frame)), abs=0.01)
        assert {"Ann", "Bea"} <= set(boxes) or len(boxes) < 4
    assert report.counts["train"]["Ann"] == sum("Ann" in boxes for boxes in train.values())
    assert len(train) + len(val) == sum(report.pictures.values()) == FRAMES - 2 * FPS


def test_neighbours_in_time_are_never_in_both_parts(run: Path, tmp_path: Path) -> None:
    exported(run, tmp_path / "data")
    train, val = (set(read_labels(tmp_path / "data", split)) for split in ("train", "val"))
    assert min(val) - max(train) > 2 * FPS
    assert len(val) == pytest.approx(0.2 * (FRAMES - 2 * FPS), abs=FPS)


def test_whose_name_is_unsure_is_painted_over_and_has_no_label(run: Path, tmp_path: Path) -> None:
    report = exported(run, tmp_path / "data")
    found = read_labels(tmp_path / "data", "train")
    before, after = 50, 120  # Cat is sure, and is not
    assert "Cat" in found[before]
    assert "Cat" not in found[after]
    for frame, colour in ((before, LIVES[3].colour), (after, (GREY, GREY, GREY))):
        picture = cv2.imread(str(tmp_path / "data" / f"images/train/video_{frame:06d}.jpg"))
        x1, y1, x2, y2 = map(int, LIVES[3].box(frame))
        middle = picture[y1 + 9 : y2 - 9, x1 + 6 : x2 - 6].reshape(-1, 3)
        assert np.median(middle, axis=0) == pytest.approx(colour, abs=12)
    assert any("painted over" in note for note in report.notes)


def test_a_confirmed_name_is_sure_whatever_its_confidence(tmp_path: Path) -> None:
    out = run_of(tmp_path)
    rows = pd.read_csv(out / "tracks.csv")
    rows.loc[(rows["track_id"] == 4) & (rows["frame"] > 100), "evidence"] = "told"
    rows.to_csv(out / "tracks.csv", index=False)
    exported(out, tmp_path / "data")
    assert "Cat" in read_labels(tmp_path / "data", "train")[120]


def test_a_short_track_without_a_name_is_nobody_known_for_sure(tmp_path: Path) -> None:
    brief = Life(5, "", [("visible", 20, 0.0)], first=40, x=20, colour=(9, 9, 9))
    exported(run_of(tmp_path, (*LIVES[:2], brief)), tmp_path / "data")
    boxes = read_labels(tmp_path / "data", "train")
    assert not any("_other" in found for found in boxes.values())


def test_frames_with_nobody_are_taken_along_but_few(tmp_path: Path) -> None:
    lives = tuple(replace(life, first=61) for life in LIVES[:2])
    exported(run_of(tmp_path, lives, FRAMES + 60), tmp_path / "data")
    found = read_labels(tmp_path / "data", "train")
    empty = [frame for frame, boxes in found.items() if not boxes]
    assert 0 < len(empty) <= 0.06 * len(found)
    assert max(empty) <= 60


def test_frames_are_thinned_over_the_whole_time(run: Path, tmp_path: Path) -> None:
    exported(run, tmp_path / "data", pictures=20)
    train, val = (sorted(read_labels(tmp_path / "data", split)) for split in ("train", "val"))
    assert (len(train), len(val)) == (16, 4)
    assert np.ptp(np.diff(train)) <= 1
    exported(run, tmp_path / "seldom", every=7)
    frames = [f for split in ("train", "val") for f in read_labels(tmp_path / "seldom", split)]
    assert {(frame - 1) % 7 for frame in frames} == {0}


def test_ultralytics_reads_what_is_written_wherever_it_lies(run: Path, tmp_path: Path) -> None:
    exported(run, tmp_path / "data")
    (tmp_path / "data").rename(tmp_path / "moved")
    check = import_ultralytics("ultralytics.data.utils").check_det_dataset
    about = check(str(tmp_path / "moved" / "data.yaml"))
    assert about["names"] == {0: "Ann", 1: "Bea", 2: "Cat", 3: "_other"}
    assert Path(about["train"]) == tmp_path / "moved" / "images" / "train"
    assert Path(about["val"]).is_dir()


def test_an_annotated_clip_is_enough(tmp_path: Path) -> None:
    clip = draw_clip(tmp_path / "clip", 60)
    rows = [
        f"{f},{k},{50 + 150 * (k - 1)},100,40,100,1,1,1\n" for f in range(1, 61) for k in (1, 2, 3)
    ]
    (tmp_path / "gt.txt").write_text("".join(rows))
    (tmp_path / "names.csv").write_text("id,name,role\n1,Ann,player\n2,Bea,\n3,Max,referee\n")
    given = {"boxes": tmp_path / "gt.txt", "names": tmp_path / "names.csv"}
    report = exported(clip, tmp_path / "data", **given)
    assert set(report.counts["train"]) == {"Ann", "Bea", "_other"}
    assert report.counts["val"]["_other"] == report.pictures["val"] > 5
    exported(clip, tmp_path / "crops", "yolo-cls", **given)
    folders = {p.name for p in (tmp_path / "crops" / "train").iterdir()}
    assert folders == {"Ann", "Bea", "_other"}


def test_a_person_hidden_by_another_has_no_label(tmp_path: Path) -> None:
    clip = draw_clip(tmp_path / "clip", 60)
    people = (1, 50, 100), (2, 50, 104), (3, 350, 100)
    rows = [f"{f},{k},{x},{y},40,100\n" for f in range(1, 61) for k, x, y in people]
    (tmp_path / "gt.txt").write_text("".join(rows))
    (tmp_path / "names.csv").write_text("id,name\n1,Ann\n2,Bea\n3,Cat\n")
    report = exported(
        clip, tmp_path / "data", boxes=tmp_path / "gt.txt", names=tmp_path / "names.csv"
    )
    assert report.counts["train"]["Ann"] == 0
    assert report.counts["train"]["Bea"] == report.pictures["train"]


# --- yolo-cls ---


def pictures_of(out: Path) -> dict[str, dict[str, list[str]]]:
    return {
        split: {p.name: sorted(f.name for f in p.iterdir()) for p in (out / split).iterdir()}
        for split in ("train", "val")
    }


def test_a_gallery_is_split_in_the_order_of_its_names(tmp_path: Path) -> None:
    folder = draw_gallery(tmp_path / "players", 11)
    report = exported(folder, tmp_path / "data", "yolo-cls")
    found = pictures_of(tmp_path / "data")
    assert set(found["train"]) == set(found["val"]) == {"Ann", "Bea", "Cat", "_other"}
    assert [len(found["train"]["Ann"]), len(found["val"]["Ann"])] == [9, 2]
    assert [name.endswith(("_09.jpg", "_10.jpg")) for name in found["val"]["Ann"]] == [True, True]
    last = cv2.imread(str(tmp_path / "data" / "val" / "Ann" / found["val"]["Ann"][-1]))
    same = cv2.imread(str(folder / "Ann" / "10.png"))
    assert np.abs(last.astype(int) - same).mean() < 8  # noise does not survive a JPEG
    assert report.counts["val"] == {"Ann": 2, "Bea": 2, "Cat": 2, "_other": 2}
    assert "yolo classify train" in str(report)


def test_crops_of_a_run_show_their_player(run: Path, tmp_path: Path) -> None:
    exported(run, tmp_path / "data", "yolo-cls", pictures=20)
    found = pictures_of(tmp_path / "data")
    assert set(found["train"]) == set(found["val"]) == {"Ann", "Bea", "Cat", "_other"}
    for split, folders in found.items():
        for name, files in folders.items():
            assert 1 <= len(files) <= 16
            (life,) = (one for one in LIVES if (one.player or "_other") == name)
            for file in files:
                picture = cv2.imread(str(tmp_path / "data" / split / name / file))
                middle = picture[10:-10, 5:-5].reshape(-1, 3)
                assert np.median(middle, axis=0) == pytest.approx(life.colour, abs=15)
    ann = {split: {int(f.split("_")[1]) for f in found[split]["Ann"]} for split in found}
    assert min(ann["val"]) - max(ann["train"]) > 2 * FPS


def test_who_has_one_picture_is_left_out_and_named(tmp_path: Path) -> None:
    folder = draw_gallery(tmp_path / "players", 4)
    for file in sorted((folder / "Bea").iterdir())[1:]:
        file.unlink()
    report = exported(folder, tmp_path / "data", "yolo-cls")
    assert "Bea" not in pictures_of(tmp_path / "data")["train"]
    assert any("Bea" in note for note in report.notes)


def test_a_name_that_is_no_folder_name_gets_another_and_is_told(tmp_path: Path) -> None:
    lives = (replace(LIVES[0], player="AC/DC"), LIVES[1])
    out = run_of(tmp_path, lives)
    report = exported(out, tmp_path / "crops", "yolo-cls")
    assert set(pictures_of(tmp_path / "crops")["train"]) == {"AC%2FDC", "Bea"}
    assert any(note.startswith("AC/DC is the class AC%2FDC") for note in report.notes)
    exported(out, tmp_path / "data")
    assert yaml.safe_load((tmp_path / "data" / "data.yaml").read_text())["names"][0] == "AC/DC"


# --- what cannot be done ---


def test_the_command_is_one_to_copy(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "my data"
    report = exported(run, out)
    command = str(report).splitlines()[-1].strip()
    assert command == (
        f"yolo detect train data='{out}/data.yaml' model=yolo11n.pt epochs=100 imgsz=320"
    )


def test_only_a_data_set_of_ours_is_replaced(run: Path, tmp_path: Path) -> None:
    exported(run, tmp_path / "data")
    (tmp_path / "data" / "mine.txt").write_text("keep")
    with pytest.raises(OutputError, match="--overwrite"):
        exported(run, tmp_path / "data")
    exported(run, tmp_path / "data", "yolo-cls", overwrite=True)
    assert not (tmp_path / "data" / "images").exists()
    assert (tmp_path / "data" / "mine.txt").read_text() == "keep"
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "data.yaml").write_text("names: {}")
    with pytest.raises(OutputError, match="not written by gallery export"):
        exported(run, tmp_path / "other", overwrite=True)


def test_nobody_sure_is_told_with_the_surest(tmp_path: Path) -> None:
    out = run_of(tmp_path, (Life(1, "Ann", [("visible", 60, 0.7)]),), 60)
    with pytest.raises(DatasetError, match=r"no name is sure at 0\.9 \(the most certain: 0\.70\)"):
        exported(out, tmp_path / "data")
    with pytest.raises(DatasetError, match="Ann is the only one"):
        exported(out, tmp_path / "data", sure=0.5)
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("kind", ["yolo-detect", "yolo-cls"])
def test_a_clip_of_one_frame_is_too_short(kind: str, tmp_path: Path) -> None:
    lives = tuple(replace(life, parts=[("visible", 1, 0.99)]) for life in LIVES[:2])
    with pytest.raises(DatasetError, match=r"too few frames|clean pictures"):
        exported(run_of(tmp_path, lives, 1), tmp_path / "data", kind)
    assert not (tmp_path / "data").exists()
