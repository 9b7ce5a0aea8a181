"""The bench of team sheets: named by numbers alone, then by the gallery that grew of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import pytest
import sheet_alone
from clips.folder import ClipError, open_clip
from clips.sheets import FIRST, SECOND, write_sheet

from tests.worlds.numbered_match import (
    FPS,
    FRAMES,
    HEIGHT,
    SHIRTS,
    WIDTH,
    WORN,
    BackReader,
    box,
    draw,
)
from tracker.observation import jersey_reader

NAMES = "id,name,number,team,role\n" + "".join(
    f"{i},{name},{WORN[name] if name != 'Eve' else ''},{name[0]},player\n"
    for i, name in enumerate(SHIRTS, 1)
)


def clip_of(root: Path) -> Path:
    """The drawn match as a clip with its truth; what Eve wears nobody knows."""
    draw(root)
    folder = root / "numbered"
    folder.mkdir()
    video = cv2.VideoWriter(
        str(folder / "clip.avi"), cv2.VideoWriter.fourcc(*"FFV1"), FPS, (WIDTH, HEIGHT)
    )
    for file in sorted((root / "seq" / "img1").iterdir()):
        video.write(cv2.imread(str(file)))
    video.release()
    rows = [
        f"{frame + 1},{i},{','.join(map(str, box(frame, name)))},1,-1,-1,-1\n"
        for i, name in enumerate(SHIRTS, 1)
        for frame in range(FRAMES)
    ]
    (folder / "gt.txt").write_text("".join(rows))
    (folder / "names.csv").write_text(NAMES)
    return folder


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clip_of(tmp_path_factory.mktemp("sheet"))


def run(clip: Path, *more: str) -> list[dict[str, Any]]:
    out = clip.parent / "scores.json"
    sheet_alone.main([str(clip), "--boxes", "truth", "--json", str(out), *more])
    rows: list[dict[str, Any]] = json.loads(out.read_text())
    return rows


def test_the_sheet_has_those_whose_numbers_are_known(clip: Path, tmp_path: Path) -> None:
    lines = write_sheet(open_clip(clip, tmp_path)).read_text().splitlines()
    assert lines[:2] == ["name,number,team,role", "Ann,7,A,player"]
    assert len(lines) == 4, "Eve is on no sheet"


def test_both_runs_are_scored_on_all_frames(
    clip: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(jersey_reader.READERS, "net", BackReader)
    kept = clip.parent / "run"
    first, second = run(clip, "--from-run", str(kept))
    assert (first["mode"], second["mode"]) == (FIRST, SECOND)
    for row in (first, second):
        assert (row["Name-F1"], row["precision"], row["recall"]) == pytest.approx(
            (1, 1, 1), abs=0.02
        )
        assert (row["players named"], row["players"]) == (3, 3)
    assert (first["pictured"], second["pictured"]) == (0, 3)
    assert SECOND[:10] in capsys.readouterr().out.splitlines()[-2], "the table is the last thing"
    monkeypatch.delitem(jersey_reader.READERS, "net")
    assert run(clip, "--from-run", str(kept)) == [first, second], "nothing is read again"


def test_a_clip_without_numbers_is_one_line(clip: Path, tmp_path: Path) -> None:
    for file in clip.iterdir():
        (tmp_path / file.name).symlink_to(file)
    (tmp_path / "names.csv").unlink()
    with pytest.raises(SystemExit, match=r"sheet_alone: .*nobody's number is known"):
        sheet_alone.main([str(tmp_path)])
    with pytest.raises(ClipError):
        write_sheet(open_clip(tmp_path, tmp_path / "work"))
