"""The house keeps its shape: imports point one way, the settings file tells the truth."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from tracker import config
from tracker.observation.chunk import Carry, Chunk, write_chunk
from tracker.settings import Settings
from tracker.types import Observation

ROOT = Path(__file__).resolve().parents[2]


def _modules() -> list[tuple[str, Path]]:
    files = [*ROOT.glob("tracker/**/*.py"), *ROOT.glob("gallery/**/*.py")]
    return [(".".join(f.relative_to(ROOT).with_suffix("").parts), f) for f in sorted(files)]


ROOMS_OF_FOLLOWING = ("tracker.identity.", "tracker.tracking.", "tracker.offline.")


@pytest.mark.parametrize("module", [m for m, _ in _modules() if m.startswith(ROOMS_OF_FOLLOWING)])
def test_following_knows_no_pixels_and_no_files(module: str) -> None:
    file = ROOT / Path(*module.split(".")).with_suffix(".py")
    names = {n.split(".")[0] for n in _all_imports(file)}
    assert not names & {"cv2", "av", "pathlib", "pandas", "ultralytics", "openvino"}


def _all_imports(file: Path) -> set[str]:
    tree = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
    nodes = list(tree)
    plain = {a.name for n in nodes if isinstance(n, ast.Import) for a in n.names}
    return plain | {n.module for n in nodes if isinstance(n, ast.ImportFrom) and n.module}


def test_every_csv_is_written_where_cells_are_guarded() -> None:
    """A spreadsheet calculates a cell that begins with "=": names are anybody's."""
    by = {
        module for module, file in _modules()
        if any(word in file.read_text() for word in (".to_csv(path, ", ".to_csv(out", "csv.writer(",
                                                     "csv.DictWriter("))
    }  # fmt: skip
    unguarded = [m for m in by if "guarded" not in (ROOT / f"{m.replace('.', '/')}.py").read_text()]
    assert by >= {"tracker.output.csv_frame", "tracker.output.csv"}
    assert not unguarded


def test_default_settings_file_equals_the_code() -> None:
    written = (ROOT / "configs" / "default.yaml").read_text(encoding="utf-8")
    assert written == config.describe(), "run scripts/write_default_config.py"


def test_default_settings_file_loads_to_the_defaults() -> None:
    assert config.load(ROOT / "configs" / "default.yaml") == Settings()


def _leaves(tree: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in tree.items():
        found |= (
            _leaves(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key: value}
        )
    return found


SPORTS = [f for f in sorted((ROOT / "configs").glob("*.yaml")) if f.stem != "default"]


@pytest.mark.parametrize("file", SPORTS, ids=lambda f: f.stem)
def test_settings_of_a_sport_hold_differences_only(file: Path) -> None:
    config.load(file)
    stated = _leaves(yaml.safe_load(file.read_text(encoding="utf-8")))
    default = _leaves(Settings().model_dump(mode="json"))
    assert stated
    assert not [k for k, v in stated.items() if default[k] == v]


def test_help_loads_no_heavy_library() -> None:
    code = (
        "import sys, tracker.cli; "
        "print([m for m in ('torch', 'cv2', 'ultralytics', 'pandas', 'scipy', 'av', 'safetensors', "
        "'jinja2', 'pyarrow') "
        "if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


READ_AND_WRITTEN = """
import sys
from pathlib import Path
import numpy as np
from tracker.runs import pipeline
from tracker.observation.chunk import read_chunk
from tracker.output.evidence import tables_of, write_tables
from tracker.output.table import TrackTable
from tracker.output.run_files import write_results
from tracker.types import EvidenceLog, TrackedFrame
from tracker.settings import Settings

out, one, place = Path(sys.argv[1]), np.ones(1, np.int64), np.ones((1, 2))
assert len(list(read_chunk(out / "chunk")[0])) == 1
sure = place[:, 0]
frame = TrackedFrame(
    0, 0.0, one, one - 1, sure, one - 1, np.ones((1, 4)), sure, place, place, one, one > 0
)
table = TrackTable.from_frames([frame], ["Ann"])
write_results(table, out)
spans, said = np.ones((1, 3), np.int64), np.ones((1, 2), np.float32)
told = EvidenceLog(spans, one, said, spans, said[0, :1], spans, said, one * 0)
write_tables(tables_of(told, ["Ann"], [1]), "online", out / "evidence")
print("pandas" in sys.modules)
"""


def test_a_run_is_read_and_written_without_pandas(tmp_path: Path) -> None:
    """It takes half a second to import, of the two that following again takes."""
    boxes, look = np.ones((1, 4), np.float32), np.ones((1, 8), np.float32)
    seen = Observation(0, 0.0, boxes, boxes[0, :1], look, np.eye(2, 3), False)
    write_chunk(Chunk.of([seen]), Carry(), tmp_path / "chunk")
    command = [sys.executable, "-c", READ_AND_WRITTEN, str(tmp_path)]
    out = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    assert out.stdout.strip() == "False"


@pytest.mark.parametrize(
    ("setting", "hint"),
    [
        ("detect.scoremin=0.2", "did you mean detect.score_min?"),
        ("score_min=0.2", "did you mean detect.score_min?"),
        ("detect.score_min=2", "less than or equal to 1"),
        ("detect.score_min", "write key=value"),
        ("zzzzqqq=1", "see configs/default.yaml"),
        ("detect.tiles=2", "2 is not columns x rows, such as 2x1"),
        ("detect.tiles=2by1", "'2by1' is not columns x rows"),
    ],
)
def test_a_wrong_setting_names_the_remedy(setting: str, hint: str) -> None:
    with pytest.raises(config.ConfigError, match=r"(?i)sett|--set") as caught:
        config.load(None, [setting])
    assert hint in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("sport", [f.stem for f in SPORTS])
def test_a_sport_is_enough_for_config(sport: str, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)  # where the videos are, not where the checkout is
    assert config.load(Path(sport)) == config.load(ROOT / "configs" / f"{sport}.yaml")


@pytest.mark.parametrize(
    ("given", "hint"),
    [("socer", "did you mean --config soccer?"), ("configs/soccer.yml", "--config soccer?"),
     ("mine.yaml", "or say basketball, hockey, soccer, volleyball")],
)  # fmt: skip
def test_missing_settings_name_those_that_there_are(
    given: str, hint: str, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(config.ConfigError, match="no such file") as caught:
        config.load(Path(given))
    assert hint in str(caught.value)


@pytest.mark.parametrize("text", ["0:5", "5:4", "a:b", "7", "1:2:3", "-1:4"])
def test_a_wrong_frame_range_is_refused(text: str) -> None:
    with pytest.raises(config.ConfigError, match="--frames"):
        config.frame_range(text)


def test_frame_ranges() -> None:
    assert config.frame_range("176:350") == (176, 350)
    assert config.frame_range("176:") == (176, None)
    assert config.frame_range("") == (1, None)


def test_documents_that_are_named_are_there() -> None:
    places = ("tracker/**/*.py", "gallery/**/*.py", "scripts/**/*.py", "docs/*.md", "*.md")
    named = {
        (file.name, name)
        for place in places
        for file in ROOT.glob(place)
        for name in re.findall(r"[\w./-]+\.md\b", file.read_text(encoding="utf-8"))
    }
    assert len(named) > 50
    missing = [(f, n) for f, n in named if not _document(n)]
    assert not missing


def _document(name: str) -> bool:
    return any((ROOT / folder / name.removeprefix("docs/")).is_file() for folder in ("", "docs"))
