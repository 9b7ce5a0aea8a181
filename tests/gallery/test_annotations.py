"""Cutting from CVAT, Label Studio and runs of our own: who is where, and what is refused."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from gallery.annotations.boxes import TruthBoxes
from gallery.annotations.cvat import read_cvat
from gallery.annotations.label_studio import Length, parse_tasks, read_tree
from gallery.annotations.names import Name
from gallery.annotations.reader import Annotation, AnnotationError
from gallery.create import EnrollError, cut_gallery
from gallery.io.text_files import ReadingWarning
from tests.worlds.gallery import draw_clip
from tracker.output.table import COLUMNS, TrackTable
from tracker.runs.annotations import READERS, read_annotation
from tracker.video.open import open_source

SIZE = (640, 360)


def zipped(path: Path, **files: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "/").replace("_txt", ".txt"), text)
    return path


def cvat(path: Path, labels: str = "Ann\nBea\n", rows: str = "") -> Path:
    walk = "".join(
        f"{f},{i},{x},100,40,100,1,{i},1.0\n" for f in range(1, 41) for i, x in ((1, 50), (2, 200))
    )
    return zipped(path, gt__gt_txt=rows or walk, gt__labels_txt=labels)


def key(frame: int, x: float, enabled: bool = True, **extra: Any) -> dict[str, Any]:
    box = {"x": x, "y": 27.8, "width": 6.25, "height": 27.8, "rotation": 0}
    return {"frame": frame, "enabled": enabled, "time": frame / 25, **box, **extra}


def region(id_: str, label: str, *sequence: dict[str, Any]) -> dict[str, Any]:
    value = {"framesCount": 40, "sequence": list(sequence), "labels": [label] if label else []}
    return {"id": id_, "type": "videorectangle", "from_name": "box", "value": value}


def read_label_studio(file: Path, *what: Any, **more: Any) -> tuple[TruthBoxes, dict[int, Name]]:
    return parse_tasks(read_tree(file), file, *what, **more)


def studio(path: Path, *results: dict[str, Any], video: str = "/upload/1/ab12-clip.mp4") -> Path:
    task = {"data": {"video": video}, "annotations": [{"result": list(results)}]}
    path.write_text(json.dumps([task]))
    return path


def run_table(path: Path, evidence: str = "anchor", sure: float = 0.95) -> Path:
    """Ann is an anchor in frames 1-20 and unsure after; Bea is never sure; one has no name."""
    rows = []
    for frame in range(1, 41):
        for track, x, player in ((1, 50, "Ann"), (2, 200, "Bea"), (3, 350, "")):
            known = player == "Ann" and frame <= 20
            row = {**dict.fromkeys(COLUMNS, 0.0), "role": ""} | {
                "frame": frame, "track_id": track, "player": player, "visibility": "visible",
                "player_confidence": sure if known else 0.6, "x1": x, "y1": 100, "x2": x + 40,
                "y2": 200, "evidence": evidence if known else "solved" if player else "",
            }  # fmt: skip
            rows.append(row)
    TrackTable.of(pd.DataFrame(rows)[list(COLUMNS)]).to_csv(path)
    return path


def test_tracks_of_cvat_bear_their_labels(tmp_path: Path) -> None:
    boxes, names = read_cvat(cvat(tmp_path / "cvat.zip"))
    assert {i: n.name for i, n in names.items()} == {1: "Ann", 2: "Bea"}
    assert len(boxes.frames) == 80
    assert boxes.boxes[0].tolist() == [50, 100, 90, 200]


@pytest.mark.parametrize(
    ("make", "hint"),
    [
        (lambda p: p.write_text("no zip") and p, "no zip"),
        (lambda p: zipped(p, gt__gt_txt="1,1,0,0,9,9,1,1,1\n"), "0 files gt/labels.txt"),
        (lambda p: zipped(p, **{"../gt__gt_txt": "x", "gt__labels_txt": "Ann"}), "0 files gt/gt"),
        (lambda p: zipped(p, **{"/gt__gt_txt": "x", "gt__labels_txt": "Ann"}), "0 files gt/gt"),
        (lambda p: zipped(p, a__gt__gt_txt="x", b__gt__gt_txt="x", gt__labels_txt="A"), "2 files"),
        (lambda p: cvat(p, labels="Ann\n"), "class 2"),
        (lambda p: cvat(p, rows="1,1,0,0,9,9,1,1,1\n2,1,0,0,9,9,1,2,1\n"), "both Ann and Bea"),
        (lambda p: cvat(p, rows="1,1,0,0,9\n"), "gt/gt.txt, line 1"),
        (lambda p: p, "check the path"),
    ],
    ids=["text", "no labels", "dots", "absolute", "two", "class", "two labels", "row", "missing"],
)
def test_a_wrong_zip_is_refused(make: Callable[[Path], Path], hint: str, tmp_path: Path) -> None:
    file = make(tmp_path / "cvat.zip")
    with pytest.raises(EnrollError) as caught:
        read_cvat(file)
    assert hint in str(caught.value)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert [f.name for f in tmp_path.iterdir()] in ([], ["cvat.zip"])


def test_a_zip_that_swells_is_read_up_to_a_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gallery.annotations.cvat.MAX_BYTES", 1000)
    with pytest.raises(EnrollError, match="larger than 1000 bytes"):
        read_cvat(cvat(tmp_path / "cvat.zip", rows="1,1,0,0,9,9,1,1,1\n" * 2000))


def test_boxes_move_in_a_straight_line_between_key_frames(tmp_path: Path) -> None:
    file = studio(tmp_path / "a.json", region("r", "Ann", key(1, 10), key(11, 20)))
    boxes, names = read_label_studio(file, SIZE)
    assert names[1].name == "Ann"
    assert boxes.frames.tolist() == list(range(1, 12))
    assert np.allclose(boxes.boxes[:, 0], np.linspace(64, 128, 11))
    assert np.allclose(boxes.boxes[:, 2] - boxes.boxes[:, 0], 40)
    assert np.allclose(boxes.boxes[0, 1], 100.08)


def test_nothing_is_known_while_disabled_or_after_the_last_key_frame(tmp_path: Path) -> None:
    walk = region("r", "Ann", key(1, 10), key(5, 14, enabled=False), key(20, 50), key(22, 52))
    boxes, _ = read_label_studio(studio(tmp_path / "a.json", walk), SIZE)
    assert boxes.frames.tolist() == [1, 2, 3, 4, 5, 20, 21, 22]


def test_key_frames_in_any_order_give_each_frame_once(tmp_path: Path) -> None:
    walk = region("r", "Ann", key(9, 30), key(1, 10), key(5, 14), key(5, 14))
    boxes, _ = read_label_studio(studio(tmp_path / "a.json", walk), SIZE)
    assert boxes.frames.tolist() == list(range(1, 10))


def test_a_name_may_be_an_attribute_of_the_region(tmp_path: Path) -> None:
    who = {
        "id": "r", "type": "textarea", "from_name": "player", "value": {"text": ["Ann Ok"]},
    }  # fmt: skip
    file = studio(tmp_path / "a.json", region("r", "person", key(1, 10)), who)
    assert read_label_studio(file, SIZE, attribute="player")[1][1].name == "Ann Ok"
    with pytest.raises(EnrollError, match="says nothing for shirt"):
        read_label_studio(file, SIZE, attribute="shirt")


def test_the_task_of_the_video_is_taken(tmp_path: Path) -> None:
    one = json.loads(studio(tmp_path / "a", region("r", "Ann", key(1, 10))).read_text())
    other = studio(tmp_path / "b", region("r", "Bea", key(1, 10)), video="/upload/cd-other.mp4")
    file = tmp_path / "both.json"
    file.write_text(json.dumps(one + json.loads(other.read_text())))
    assert read_label_studio(file, SIZE, "films/other.mp4")[1][1].name == "Bea"
    with pytest.raises(EnrollError, match="0 of its 2 tasks"):
        read_label_studio(file, SIZE, "third.mp4")


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("{", "not readable as JSON"),
        ("[" * 100_000, "not readable as JSON"),
        ("[]", "list of tasks"),
        ('[{"annotations": []}]', "no annotation"),
        ([region("r", "Ann")], "no box"),
        ([region("r", "", key(1, 10))], "who is it?"),
        ([region("r", "Ann", {"frame": 1})], "without frame, x, y"),
        ([region("r", "Ann", key(0, 10))], "frame 0"),
        ([region("r", "Ann", key(1, float("nan")))], "cannot be"),
        ([region("r", "Ann", key(1, 10, rotation=30))], "turned"),
        ([region("r", "Ann", key(1, 10), key(90_000_000, 10))], "more than 5000000 boxes"),
    ],
)
def test_a_wrong_json_is_refused(text: Any, hint: str, tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text(text) if isinstance(text, str) else studio(file, *text)
    with pytest.raises(EnrollError) as caught:
        read_label_studio(file, SIZE)
    assert hint in str(caught.value)
    assert "\n" not in str(caught.value)


def test_of_a_run_only_sure_anchors_count(tmp_path: Path) -> None:
    boxes, names = read_annotation(Annotation(run_table(tmp_path / "tracks.csv"), "clip", SIZE))
    known = [names[i].name for i in boxes.ids.tolist() if i > 0]
    assert known == ["Ann"] * 20
    assert boxes.frames[boxes.ids > 0].max() == 20
    assert len(boxes.frames) == 120, "all others may still cover somebody"


def test_of_an_offline_run_carried_names_count(tmp_path: Path) -> None:
    file = run_table(tmp_path / "tracks.csv", evidence="carried")
    boxes, _ = read_annotation(Annotation(file, "clip", SIZE))
    assert (boxes.ids > 0).sum() == 20


def test_a_player_who_was_looked_at_is_taken_as_they_are(tmp_path: Path) -> None:
    file = run_table(tmp_path / "tracks.csv")
    boxes, names = read_annotation(Annotation(file, "clip", SIZE, players=("Bea",)))
    assert [n.name for n in names.values()] == ["Bea"]
    assert np.isin(boxes.ids, list(names)).sum() == 40


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        ({"sure": 0.99}, "--sure"),
        ({"players": ("Bee",)}, "did you mean Bea?"),
        ({"names": Path("names.csv")}, "leave out --names"),
        ({"attribute": "player"}, "leave out --attribute"),
    ],
)
def test_options_that_do_not_fit_a_run(options: Any, hint: str, tmp_path: Path) -> None:
    with pytest.raises(AnnotationError, match=hint):
        read_annotation(Annotation(run_table(tmp_path / "tracks.csv"), "clip", SIZE, **options))


@pytest.mark.parametrize("ending", READERS)
def test_every_format_gives_a_gallery(ending: str, tmp_path: Path) -> None:
    clip, file, names = draw_clip(tmp_path / "clip"), tmp_path / f"boxes{ending}", None
    if ending == ".zip":
        cvat(file)
    elif ending == ".xml":
        walk = "".join(
            f'<box frame="{f}" xtl="50" ytl="100" xbr="90" ybr="200"/>' for f in range(40)
        )
        file.write_text(f'<annotations><track id="0" label="Ann">{walk}</track></annotations>')
    elif ending == ".json":
        studio(file, region("r", "Ann", key(1, 7.8125), key(40, 7.8125)))
    elif ending == ".csv":
        run_table(file)
    else:
        file.write_text("".join(f"{f},1,50,100,40,100\n" for f in range(1, 41)))
        names = tmp_path / "names.csv"
        names.write_text("id,name\n1,Ann\n")
    boxes, people = read_annotation(Annotation(file, str(clip), SIZE, names))
    frames = ((f.index + 1, f.image) for f in open_source(str(clip)).frames())
    report = cut_gallery(frames, boxes, people, tmp_path / "players", per_player=6)
    assert dict(report.cut)["Ann"] >= 4
    with pytest.raises(AnnotationError, match=r"CVAT \.zip or \.xml, a COCO"):
        read_annotation(Annotation(tmp_path / "boxes.mat", str(clip), SIZE))


def counted(path: Path, frames: int, seconds: float | None, *sequence: dict[str, Any]) -> Path:
    """A region in a video of so many frames, as Label Studio saw it."""
    one = region("r", "Ann", *sequence)
    one["value"] |= {"framesCount": frames} | ({} if seconds is None else {"duration": seconds})
    return studio(path, one)


@pytest.mark.parametrize(("frames", "rate"), [(48, 30), (20, 12.5), (80, 50), (96, 60), (32, 20)])
def test_frames_of_another_rate_are_converted_where_the_file_tells(
    tmp_path: Path, frames: int, rate: float
) -> None:
    """40 frames at 25 a second; the player goes from 10 to 50 percent in a straight line."""
    walk = [key(1, 10), key(frames, 10 + 40 * (frames - 1) / frames)]
    file = counted(tmp_path / "a.json", frames, 1.6, *walk)
    with pytest.warns(ReadingWarning, match=f"in a video of {frames} frames, this one has 40"):
        boxes, _ = read_label_studio(file, SIZE, length=Length(40, 1.6))
    assert boxes.frames[0] == 1
    assert boxes.frames[-1] >= 39
    assert len(set(boxes.frames.tolist())) == len(boxes.frames)
    wanted = (10 + 40 * (boxes.frames - 1) / 40) / 100 * SIZE[0]
    assert boxes.boxes[:, 0] == pytest.approx(wanted, abs=0.5)


@pytest.mark.parametrize("seconds", [None, 0.0, 3.0, 1.0])
def test_frames_of_another_video_are_refused(tmp_path: Path, seconds: float | None) -> None:
    file = counted(tmp_path / "a.json", 60, seconds, key(1, 10), key(60, 50))
    with pytest.raises(EnrollError, match="in a video of 60 frames, this one has 40"):
        read_label_studio(file, SIZE, length=Length(40, 1.6))


@pytest.mark.parametrize("length", [None, Length(40, 1.6), Length(41, 1.64)])
def test_frames_that_fit_stay_as_they_are(tmp_path: Path, length: Length | None) -> None:
    walk = (key(1, 10), key(11, 30), key(40, 50))
    plain, _ = read_label_studio(studio(tmp_path / "a.json", region("r", "Ann", *walk)), SIZE)
    boxes, _ = read_label_studio(counted(tmp_path / "b.json", 40, 1.6, *walk), SIZE, length=length)
    assert boxes.boxes.tolist() == plain.boxes.tolist()
