"""The gallery commands as a user types them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.worlds.gallery import draw_clip, draw_gallery
from tracker.cli import app


def typed(*words: object, monkeypatch: pytest.MonkeyPatch) -> int:
    """Exit code of `teamsheet gallery ...`."""
    monkeypatch.setattr("sys.argv", ["teamsheet", "gallery", *map(str, words)])
    with pytest.raises(SystemExit) as done:
        app.main()
    return int(done.value.code or 0)


@pytest.mark.parametrize("command", ["cut", "add", "check", "suggest", "export"])
def test_help_has_an_example(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert typed(command, "--help", monkeypatch=monkeypatch) == 0
    assert "Example: teamsheet gallery" in capsys.readouterr().out


def test_check_prints_writes_and_succeeds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, page = draw_gallery(tmp_path / "players"), tmp_path / "check.html"
    (folder / "Ann" / "03.png").rename(folder / "Bea" / "moved.png")
    assert typed("check", folder, "-o", page, monkeypatch=monkeypatch) == 0
    assert "more like Ann" in capsys.readouterr().out
    assert page.is_file()
    assert typed("check", folder, "-o", page, monkeypatch=monkeypatch) == 2
    assert typed("check", tmp_path / "nobody", monkeypatch=monkeypatch) == 2


def test_add_takes_one_box(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clip, folder = draw_clip(tmp_path / "clip", frames=3), draw_gallery(tmp_path / "players")
    box = ("--frame", 2, "--box", "50,100,40,100", "--player", "Ann", "--gallery", folder)
    assert typed("add", clip, *box, monkeypatch=monkeypatch) == 0
    assert "Ann: 1 added, 9 now" in capsys.readouterr().out
    assert typed("add", "--gallery", folder, monkeypatch=monkeypatch) == 2
    assert "--from" in capsys.readouterr().err


def test_a_mistake_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cvat.zip").write_text("no zip")
    clip = draw_clip(tmp_path / "clip", frames=2)
    words = ("cut", clip, "--boxes", tmp_path / "cvat.zip", "-o", tmp_path / "out")
    assert typed(*words, monkeypatch=monkeypatch) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert typed("suggest", tmp_path / "clip", monkeypatch=monkeypatch) == 2
    assert "no run of teamsheet" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
