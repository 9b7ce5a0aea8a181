"""The commands as a user types them: results appear whole, mistakes are one line and exit 2."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from tests.worlds.bad_inputs import Ended, command
from tests.worlds.gallery import draw_plain_gallery
from tracker.output.table import COLUMNS, TrackTable

SEQINFO = (
    "[Sequence]\nname=drawn\nimDir=img1\nframeRate=25\nseqLength={n}\n"
    "imWidth=640\nimHeight=360\nimExt=.png\n"
)
ROW = "{frame},-1,{x},100,40,100,0.9,-1,-1,-1\n"


Run = Callable[..., Ended]
Refused = Callable[..., str]


def in_a_process(*words: str | Path) -> subprocess.CompletedProcess[str]:
    code = "from tracker.cli.app import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, words)], capture_output=True, text=True, check=False
    )


@pytest.fixture
def teamsheet(capfd: pytest.CaptureFixture[str]) -> Run:
    """Run a command as a user would, here: a process of its own takes a second to begin."""
    return lambda *words: command([*map(str, words)], capfd)


@pytest.fixture
def mistake(teamsheet: Run) -> Refused:
    """Run a command that must be refused: one line on stderr, exit 2, nothing on stdout."""

    def refused(*words: str | Path) -> str:
        ended = teamsheet(*words)
        assert ended.code == 2, ended.lines
        assert len(ended.lines) == 1, ended.lines
        assert not ended.out
        return ended.lines[0]

    return refused


def detections(frames: int = 20) -> str:
    """Two people who run towards each other."""
    both = [(f, x) for f in range(1, frames + 1) for x in (50 + 8 * f, 500 - 8 * f)]
    return "".join(ROW.format(frame=f, x=x) for f, x in both)


@pytest.fixture
def sequence(tmp_path: Path) -> Path:
    """A MOT sequence with detections and no pictures."""
    folder = tmp_path / "seq"
    (folder / "det").mkdir(parents=True)
    (folder / "seqinfo.ini").write_text(SEQINFO.format(n=20))
    (folder / "det" / "det.txt").write_text(detections())
    return folder


@pytest.fixture
def gallery(tmp_path: Path) -> Path:
    return draw_plain_gallery(tmp_path / "gallery")


def test_text_alone_is_tracked_without_pictures_or_detector(
    sequence: Path, tmp_path: Path, teamsheet: Run
) -> None:
    out = tmp_path / "out"
    done = teamsheet("track", sequence, "-o", out)
    assert done.code == 0, done.lines
    assert sorted(f.name for f in out.iterdir()) == [
        "mot.txt", "mot_full.txt", "mot_players.txt", "observations", "run.json", "tracks.csv",
    ]  # fmt: skip
    table = TrackTable.read_csv(out / "tracks.csv")
    assert table.rows["track_id"].nunique() == 2
    assert len(table.visible) == 40
    assert list(pd.read_csv(out / "tracks.csv").columns) == list(COLUMNS)
    # a matched box is the detection's own, to the pixel
    first = table.visible.iloc[0]
    assert (first["x1"], first["y1"], first["x2"], first["y2"]) in {
        (58, 100, 98, 200), (492, 100, 532, 200),
    }  # fmt: skip


def test_the_receipt_names_everything(sequence: Path, tmp_path: Path, teamsheet: Run) -> None:
    teamsheet("track", sequence, "-o", tmp_path / "out", "--set", "follow.confirm_s=0.2")
    receipt = json.loads((tmp_path / "out" / "run.json").read_text())
    assert receipt["settings"]["follow"]["confirm_s"] == 0.2
    assert receipt["source"]["frames"] == {"first": 1, "count": 20}
    for part in (receipt["source"], receipt["detector"]):
        assert len(part["fingerprint"]) >= 16
    assert receipt["counts"]["tracks"] == 2
    assert {"numpy", "torch", "lap"} <= receipt["versions"].keys()
    assert receipt["seconds"]["follow"] >= 0


def test_same_input_same_bytes(sequence: Path, tmp_path: Path) -> None:
    for out in ("a", "b"):
        in_a_process("track", sequence, "-o", tmp_path / out)
    for name in ("tracks.csv", "mot.txt", "mot_full.txt", "mot_players.txt"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_a_range_of_frames_keeps_their_numbers(
    sequence: Path, tmp_path: Path, teamsheet: Run
) -> None:
    teamsheet("track", sequence, "-o", tmp_path / "out", "--frames", "6:15")
    rows = TrackTable.read_csv(tmp_path / "out" / "tracks.csv").rows
    assert (rows["frame"].min(), rows["frame"].max()) == (6, 15)


def test_an_existing_output_is_kept_until_overwrite_is_said(
    sequence: Path, tmp_path: Path, teamsheet: Run, mistake: Refused
) -> None:
    out = tmp_path / "out"
    teamsheet("track", sequence, "-o", out)
    before = (out / "tracks.csv").read_bytes()
    assert "--overwrite" in mistake("track", sequence, "-o", out, "--frames", "1:5")
    assert (out / "tracks.csv").read_bytes() == before
    assert teamsheet("track", sequence, "-o", out, "--frames", "1:5", "--overwrite").code == 0
    assert (out / "tracks.csv").read_bytes() != before


def test_overwrite_never_replaces_a_folder_that_is_no_run(
    sequence: Path, tmp_path: Path, mistake: Refused
) -> None:
    precious = tmp_path / "holiday"
    precious.mkdir()
    (precious / "photo.jpg").write_text("x")
    assert "no run of teamsheet" in mistake("track", sequence, "-o", precious, "--overwrite")
    assert (precious / "photo.jpg").exists()


def test_a_failed_overwrite_leaves_the_old_run(
    sequence: Path, tmp_path: Path, teamsheet: Run, mistake: Refused
) -> None:
    out = tmp_path / "out"
    teamsheet("track", sequence, "-o", out)
    (sequence / "det" / "det.txt").write_text("1,-1,nonsense\n")
    assert ":1" in mistake("track", sequence, "-o", out, "--overwrite")
    assert (out / "tracks.csv").exists()
    assert not list(tmp_path.glob(".out*"))


BAD_DETECTIONS = {
    "broken row": (detections() + "7,-1,abc,100,40,100,0.9\n", ":41"),
    "missing columns": ("1,-1,10,20\n", ":1"),
    "not a number": ("1,-1,nan,100,40,100,0.9\n", ":1"),
    "infinite": ("1,-1,10,inf,40,100,0.9\n", ":1"),
    "negative size": (detections() + "7,-1,10,100,-40,100,0.9\n", ":41"),
    "zero size": ("1,-1,10,100,40,0,0.9\n", ":1"),
    "frame zero": ("0,-1,10,100,40,100,0.9\n", ":1"),
    "empty": ("", "no detections"),
}


@pytest.mark.parametrize("case", BAD_DETECTIONS)
def test_a_bad_detection_file_names_its_line(
    case: str, sequence: Path, tmp_path: Path, mistake: Refused
) -> None:
    text, where = BAD_DETECTIONS[case]
    (tmp_path / "det.txt").write_text(text)
    line = mistake("track", sequence, "--detections", tmp_path / "det.txt", "-o", tmp_path / "out")
    assert where in line
    assert not (tmp_path / "out").exists()


def test_detections_out_of_order_give_the_same_result(
    sequence: Path, tmp_path: Path, teamsheet: Run
) -> None:
    teamsheet("track", sequence, "-o", tmp_path / "a")
    rows = detections().splitlines(keepends=True)
    (tmp_path / "det.txt").write_text("".join(rows[::-1]))
    done = teamsheet("track", sequence, "-o", tmp_path / "b", "--detections", tmp_path / "det.txt")
    assert any("order" in line for line in done.lines)
    same = (tmp_path / "a" / "mot.txt").read_bytes() == (tmp_path / "b" / "mot.txt").read_bytes()
    assert same


def test_nobody_found_is_said_and_nothing_written(
    sequence: Path, tmp_path: Path, mistake: Refused
) -> None:
    (tmp_path / "det.txt").write_text("3,-1,10,100,40,100,0.9\n")
    line = mistake("track", sequence, "--detections", tmp_path / "det.txt", "-o", tmp_path / "out")
    assert "nobody was found in 20 frames" in line
    assert not (tmp_path / "out").exists()


def _broken_gallery(case: str, gallery: Path) -> None:
    if case == "empty gallery":
        for file in gallery.rglob("*.png"):
            file.unlink()
        for folder in list(gallery.iterdir()):
            folder.rmdir()
    elif case == "no readable picture":
        for file in (gallery / "Bea").iterdir():
            file.write_text("not a picture")
    elif case == "1x1 crops":
        for file in (gallery / "Bea").iterdir():
            cv2.imwrite(str(file), np.zeros((1, 1, 3), np.uint8))
    elif case == "roster names nobody":
        (gallery / "roster.yaml").write_text("Anne: {number: 7}\n")


@pytest.mark.parametrize(
    ("case", "hint"),
    [
        ("empty gallery", "gallery"),
        ("no readable picture", "Bea"),
        ("1x1 crops", "Bea"),
        ("roster names nobody", "Ann"),
    ],
)
def test_a_bad_gallery_names_the_player(
    case: str, hint: str, gallery: Path, pictures: Path, tmp_path: Path, mistake: Refused
) -> None:
    _broken_gallery(case, gallery)
    line = mistake(
        "track", pictures, "--detections", pictures / "det" / "det.txt",
        "--gallery", gallery, "-o", tmp_path / "out",
    )  # fmt: skip
    assert hint in line


def test_two_players_with_the_same_pictures_are_warned_of(
    gallery: Path, pictures: Path, tmp_path: Path, teamsheet: Run
) -> None:
    for file in (gallery / "Ann").iterdir():
        (gallery / "Bea" / file.name).write_bytes(file.read_bytes())
    done = teamsheet(
        "track", pictures, "--detections", pictures / "det" / "det.txt",
        "--gallery", gallery, "-o", tmp_path / "out",
    )  # fmt: skip
    assert done.code == 0, done.lines
    assert any("Ann" in line and "Bea" in line for line in done.lines)


@pytest.fixture
def pictures(sequence: Path) -> Path:
    """The sequence with pictures: a red and a blue person on grass."""
    (sequence / "img1").mkdir()
    rng = np.random.default_rng(1)
    grass = rng.integers(90, 130, (360, 640, 3)).astype(np.uint8)
    grass[..., 1] += 60
    for frame in range(1, 21):
        image = grass.copy()
        for x, colour in ((50 + 8 * frame, (0, 0, 200)), (500 - 8 * frame, (200, 0, 0))):
            noise = rng.normal(colour, 20, (100, 40, 3))
            image[100:200, x : x + 40] = np.clip(noise, 0, 255).astype(np.uint8)
        cv2.imwrite(str(sequence / "img1" / f"{frame:06d}.png"), image)
    return sequence


def test_players_are_named_and_drawn(
    gallery: Path, pictures: Path, tmp_path: Path, teamsheet: Run
) -> None:
    out = tmp_path / "out"
    done = teamsheet(
        "track", pictures, "--detections", pictures / "det" / "det.txt",
        "--gallery", gallery, "-o", out, "--render",
    )  # fmt: skip
    assert done.code == 0, done.lines
    rows = TrackTable.read_csv(out / "tracks.csv").visible
    right = rows["player"] == np.where(rows["x1"] == 50 + 8 * rows["frame"], "Ann", "Bea")
    assert right.mean() > 0.9
    receipt = json.loads((out / "run.json").read_text())
    told = receipt["gallery"]["calibration"]
    assert sum(part["crops"] for part in told["reliability"]) > 0
    assert all(0 <= part["right"] <= 1 for part in told["reliability"])
    assert (out / "video.mp4").stat().st_size > 1000


MISTAKES = {
    "missing source": (["track", "nowhere.mp4", "-o", "out"], "nowhere.mp4"),
    "unknown setting": (["track", "{seq}", "-o", "out", "--set", "follow.confrm_s=1"], "confirm_s"),
    "bad value": (["track", "{seq}", "-o", "out", "--set", "follow.confirm_s=-1"], "confirm_s"),
    "a lag for offline": (
        ["track", "{seq}", "-o", "out", "--mode", "offline", "--lag", "2"],
        "--lag",
    ),
    "missing config": (["track", "{seq}", "-o", "out", "--config", "no.yaml"], "no.yaml"),
    "bad frames": (["track", "{seq}", "-o", "out", "--frames", "9:3"], "A:B"),
    "frames past the end": (["track", "{seq}", "-o", "out", "--frames", "500:600"], "500"),
    "missing weights": (["track", "{pics}", "-o", "out", "--detector", "w/none.onnx"], "none.onnx"),
    "named weights, no network": (
        ["track", "{pics}", "-o", "out", "--detector", "yolo11x.pt"],
        "efficientdet-lite0",
    ),
    "missing encoder": (
        [
            "track",
            "{pics}",
            "-o",
            "out",
            "--detections",
            "{det}",
            "--gallery",
            "{gal}",
            "--encoder",
            "none.onnx",
        ],
        "none.onnx",
    ),
    "missing gallery": (
        ["track", "{pics}", "-o", "out", "--detections", "{det}", "--gallery", "nobody"],
        "nobody",
    ),
    "gallery without pictures": (["track", "{seq}", "-o", "out", "--gallery", "{gal}"], "pictures"),
    "render without pictures": (["track", "{seq}", "-o", "out", "--render"], "pictures"),
    "bad tiles": (["track", "{pics}", "-o", "out", "--tiles", "0x9"], "tiles"),
    "no such table": (["render", "{seq}", "none.csv", "-o", "out.mp4"], "none.csv"),
    "no names file": (
        ["gallery", "cut", "{pics}", "--boxes", "{det}", "--names", "no.csv", "-o", "out"],
        "no.csv",
    ),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_one_line_that_says_what_to_do(
    case: str,
    pictures: Path,
    gallery: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    mistake: Refused,
) -> None:
    words, hint = MISTAKES[case]
    if "{seq}" in words:
        for file in (pictures / "img1").iterdir():
            file.unlink()
        (pictures / "img1").rmdir()
    monkeypatch.chdir(tmp_path)
    places = {"seq": pictures, "pics": pictures, "gal": gallery, "det": pictures / "det/det.txt"}
    line = mistake(*(w.format(**{k: str(v) for k, v in places.items()}) for w in words))
    assert hint in line
    assert not (tmp_path / "out").exists()


def test_a_gallery_is_cut_from_truth(pictures: Path, tmp_path: Path, teamsheet: Run) -> None:
    truth = "".join(
        f"{f},{i},{x},100,40,100,1,1,1\n"
        for f in range(1, 21)
        for i, x in ((1, 50 + 8 * f), (2, 500 - 8 * f))
    )
    (tmp_path / "gt.txt").write_text(truth)
    (tmp_path / "names.csv").write_text("id,name,number,team\n1,Ann,7,red\n2,Bea,8,blue\n")
    done = teamsheet(
        "gallery", "cut", pictures, "--boxes", tmp_path / "gt.txt",
        "--names", tmp_path / "names.csv", "-o", tmp_path / "cut",
        "--per-player", "5", "--min-pictures", "5",
    )  # fmt: skip
    assert done.code == 0, done.lines
    assert len(list((tmp_path / "cut" / "Ann").iterdir())) == 5
    assert (tmp_path / "cut" / "roster.yaml").exists()


@pytest.mark.parametrize(("said", "threads"), [({}, "1"), ({"OPENBLAS_NUM_THREADS": "3"}, "3")])
def test_small_matrices_get_one_thread_unless_the_user_says_otherwise(
    said: dict[str, str], threads: str
) -> None:
    """It only helps where it is said before NumPy comes."""
    code = (
        "import os, sys, contextlib, tracker.cli.app as cli\n"
        "sys.argv = ['teamsheet', '--help']\n"
        "with contextlib.suppress(SystemExit): cli.main()\n"
        "print(os.environ['OPENBLAS_NUM_THREADS'], 'numpy' in sys.modules)"
    )
    clean = {k: v for k, v in os.environ.items() if k != "OPENBLAS_NUM_THREADS"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=clean | said, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == f"{threads} False"
