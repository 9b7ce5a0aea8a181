"""Tables in the formats of others: what a format holds comes back as it went."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import tracker
from gallery.annotations.cvat import read_cvat
from tests.worlds.gallery import draw_clip, draw_gallery
from tests.worlds.report import SIZE, Life, write_run
from tracker.output.convert import convert
from tracker.output.outputs import OUTPUTS, UNKNOWN, convertible
from tracker.output.run_files import OutputError
from tracker.output.supervision import from_detections, to_detections
from tracker.output.table import TableError, TrackTable
from tracker.output.video_facts import InteropError, about

FORMATS = convertible()
ROOT = Path(__file__).resolve().parents[2]
LIVES = [
    Life(1, "Ann, the \"A\"", [("visible", 8, 0.9), ("occluded", 3, 0.8), ("visible", 4, 0.9)]),
    Life(2, "NA", [("visible", 5, 0.7), ("absent", 4, 0.5)], x=100.0),
    Life(3, "", [("visible", 12, 0.0)], first=4, x=180.0),
    Life(5, "NA", [("visible", 6, 0.7)], first=10, x=120.25),
]  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("run") / "out"
    write_run(out, LIVES, ["NA"], evidence=False)
    return out


@pytest.fixture
def table(run: Path) -> TrackTable:
    return tracker.read_table(run)


@pytest.mark.parametrize("name", FORMATS)
def test_what_a_format_holds_comes_back(name: str, run: Path, tmp_path: Path) -> None:
    held_of, table = FORMATS[name], TrackTable.read_csv(run / "tracks.csv")
    for file in ("a", "b"):
        OUTPUTS[name].write(table, tmp_path / file, about(table, run / "tracks.csv"))
    held = held_of.holds(table)
    assert len(held) >= len(table.visible)
    pd.testing.assert_frame_equal(held_of.read(tmp_path / "a"), held, check_dtype=False)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize("name", FORMATS)
def test_the_contract_can_fail(name: str, run: Path, tmp_path: Path, table: TrackTable) -> None:
    OUTPUTS[name].write(table, tmp_path / "a", about(table, run / "tracks.csv"))
    held = FORMATS[name].holds(TrackTable.of(table.rows.assign(x1=table.rows["x1"] + 1)))
    with pytest.raises(AssertionError):
        pd.testing.assert_frame_equal(FORMATS[name].read(tmp_path / "a"), held, check_dtype=False)


def test_cvat_files_are_read_by_the_gallery(run: Path, tmp_path: Path, table: TrackTable) -> None:
    assert convert(run / "tracks.csv", "cvat-mot", tmp_path / "gt.zip", False) == 38
    boxes, names = read_cvat(tmp_path / "gt.zip")
    held = FORMATS["cvat-mot"].holds(table)
    np.testing.assert_allclose(boxes.boxes, held[["x1", "y1", "x2", "y2"]], atol=0.011)
    assert boxes.frames.tolist() == held["frame"].tolist()
    assert [names[i].name for i in boxes.ids.tolist()] == held["label"].tolist()
    assert {n.name for n in names.values()} == {LIVES[0].player, "NA", UNKNOWN}


def test_coco_is_what_its_readers_take(run: Path, tmp_path: Path) -> None:
    coco = pytest.importorskip("pycocotools.coco")
    convert(run / "tracks.csv", "coco-vid", tmp_path / "v.json", False)
    tree = coco.COCO(str(tmp_path / "v.json"))
    assert len(tree.imgs) == 15
    assert len(tree.anns) == 38
    first = tree.loadImgs([1])[0]
    assert (first["frame_id"], first["width"], first["height"]) == (0, *SIZE)
    here = tree.loadAnns(tree.getAnnIds(imgIds=[9]))
    assert {(a["player"], a["occluded"]) for a in here} == {(LIVES[0].player, True), ("", False)}
    both = {a["instance_id"] for a in tree.anns.values() if a["player"] == "NA"}
    assert len(both) == 1  # one person, two tracks


def test_kloppy_places_are_where_people_stand(run: Path, tmp_path: Path) -> None:
    convert(run / "tracks.csv", "kloppy", tmp_path / "k.csv", False)
    rows = FORMATS["kloppy"].read(tmp_path / "k.csv")
    ann = rows[rows["player_id"] == LIVES[0].player].iloc[0]
    assert (ann["x"], ann["y"], ann["period_id"]) == (30.0, 140.0, 1)
    assert set(rows["player_id"]) == {LIVES[0].player, "NA", "track_3"}


@pytest.mark.parametrize(
    ("to", "file", "error", "why"),
    [
        ("xml", "a.xml", InteropError, "choose mot, mot-players, cvat-mot"),
        ("mot", "a.csv", OutputError, "is a .txt file"),
        ("mot", "no/a.txt", OutputError, "does not exist"),
        ("mot", "there.txt", OutputError, "--overwrite"),
    ],
)
def test_what_cannot_be_converted_is_one_line(
    to: str, file: str, error: type[Exception], why: str, run: Path, tmp_path: Path
) -> None:
    (tmp_path / "there.txt").write_text("mine")
    with pytest.raises(error, match=why) as caught:
        convert(run / "tracks.csv", to, tmp_path / file, False)
    assert "\n" not in str(caught.value)
    assert [f.name for f in tmp_path.iterdir()] == ["there.txt"]
    assert (tmp_path / "there.txt").read_text() == "mine"


def test_coco_wants_to_know_the_size(run: Path, tmp_path: Path) -> None:
    (tmp_path / "tracks.csv").write_bytes((run / "tracks.csv").read_bytes())
    with pytest.raises(InteropError, match=r"run\.json beside it"):
        convert(tmp_path / "tracks.csv", "coco-vid", tmp_path / "a.json", False)
    assert [f.name for f in tmp_path.iterdir()] == ["tracks.csv"]


# ------------------------------------------------------------------------- supervision


def test_detections_come_back_as_the_table_they_were(table: TrackTable) -> None:
    pytest.importorskip("supervision")
    found = list(to_detections(table))
    assert [frame for frame, _ in found] == list(range(1, 16))
    again = from_detections(found, fps=10).rows
    boxed = table.rows[table.rows["x1"].notna()].reset_index(drop=True)
    pd.testing.assert_frame_equal(again, boxed, check_dtype=False)


def test_detections_of_another_tracker_make_a_table() -> None:
    sv = pytest.importorskip("supervision")
    boxes = np.array([[10.0, 20, 30, 80], [50, 20, 70, 80]])
    found = sv.Detections(xyxy=boxes, tracker_id=np.array([4, 2]))
    rows = from_detections([(3, found), (4, sv.Detections.empty())], fps=25).rows
    assert rows["track_id"].tolist() == [2, 4]
    assert rows["predicted_x"].tolist() == [60.0, 20.0]
    assert rows["time_s"].tolist() == [0.08, 0.08]
    with pytest.raises(InteropError, match="no tracker_id"):
        from_detections([(1, sv.Detections(xyxy=boxes))], fps=25)
    with pytest.raises(TableError, match="stands twice"):
        from_detections([(1, sv.Detections(xyxy=boxes, tracker_id=np.array([1, 1])))], fps=25)
    with pytest.raises(InteropError, match="not one detection"):
        from_detections([], fps=25)


def test_without_supervision_it_says_so(table: TrackTable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "supervision", None)
    with pytest.raises(InteropError, match="pip install supervision"):
        next(to_detections(table))


# ------------------------------------------------------------------------- as a library


def test_importing_costs_nothing() -> None:
    code = (
        "import sys, tracker; heavy = ('numpy', 'pandas', 'cv2', 'torch', 'supervision');"
        "assert not [m for m in heavy if m in sys.modules]; print(sorted(tracker.__all__))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "read_table" in done.stdout
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        tracker.nonsense  # noqa: B018


def test_every_name_is_there() -> None:
    for name in tracker.__all__:
        assert getattr(tracker, name).__name__ == name


def test_the_example_of_the_readme_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert len(example.strip().splitlines()) <= 6
    draw_gallery(tmp_path / "players")
    _film(draw_clip(tmp_path / "pictures", 12), tmp_path / "match.mp4")
    rows = [f"{f},-1,{50 + 150 * k},100,40,100,0.9\n" for f in range(1, 13) for k in range(3)]
    (tmp_path / "det.txt").write_text("".join(rows))
    monkeypatch.chdir(tmp_path)
    exec(compile(example, "README.md", "exec"), {})
    said = capsys.readouterr().out
    assert "Ann" in said
    assert "Cat" in said
    assert (tmp_path / "out" / "tracks.csv").is_file()


def _film(pictures: Path, path: Path) -> None:
    import cv2

    from tracker.render.video import encode_h264

    files = sorted(pictures.iterdir())
    encode_h264(((cv2.imread(str(f)), i / 25) for i, f in enumerate(files)), path, 25, 10, print)


def test_without_a_folder_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    (tmp_path / "scratch").mkdir()
    draw_clip(tmp_path / "pictures", 12)
    rows = [f"{f},-1,{50 + 150 * k},100,40,100,0.9\n" for f in range(1, 13) for k in range(3)]
    (tmp_path / "det.txt").write_text("".join(rows))
    found = tracker.track(tmp_path / "pictures", detections=tmp_path / "det.txt")
    assert found.rows["track_id"].nunique() == 3
    assert not list((tmp_path / "scratch").iterdir())
    assert json.dumps(found.rows["player"].unique().tolist()) == '[""]'


@pytest.mark.parametrize("name", ["=SUM(A1)", "+1", "-2", "@x", "'=x", "Ann"])
def test_no_format_of_cells_holds_a_formula(name: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_run(out, [Life(1, name, [("visible", 4, 0.9)])], [name], evidence=False)
    convert(out / "tracks.csv", "kloppy", tmp_path / "k.csv", False)
    rows = (tmp_path / "k.csv").read_text().splitlines()[1:]
    cells = [cell for row in rows for cell in row.split(",")]
    assert not [cell for cell in cells if cell[0] in "=+-@"]
    held = FORMATS["kloppy"].holds(TrackTable.read_csv(out / "tracks.csv"))
    pd.testing.assert_frame_equal(
        FORMATS["kloppy"].read(tmp_path / "k.csv"), held, check_dtype=False
    )
    assert set(held["player_id"]) == {name}
