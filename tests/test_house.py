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
from tracker.observe.chunk import Carry, Chunk, write_chunk
from tracker.records import Observation
from tracker.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
WHOLE = {"gallery.whole", "gallery.lock"}
"""How anything is written; gallery writes too, and imports nothing of the tracker."""
MAY_IMPORT = {
    "tracker.records": set(),
    "tracker.settings": set(),
    "tracker.config": {"tracker.safe_yaml", "tracker.limits", "tracker.settings"},
    "tracker.safe_yaml": {"tracker.limits"},
    "tracker.limits": set(),
    "tracker.text": {"gallery.spelling", "gallery.text_files"},
    "tracker.fitting": {"tracker.records"},
    "tracker.seqinfo": {"tracker.limits", "gallery.ini"},
    "tracker.rows": {"tracker.records"},
    "tracker.follow": {"tracker.records", "tracker.rows", "tracker.settings", "tracker.follow"},
    "tracker.observe": {
        "tracker.limits",
        "tracker.records",
        "tracker.settings",
        "tracker.observe",
        "tracker.seqinfo",
        "gallery.converted",
        "gallery.patience",
        "gallery.mot_rows",
        "gallery.text_files",
    },
    "tracker.publish": {
        *WHOLE,
        "tracker.limits",
        "tracker.records",
        "tracker.rows",
        "tracker.settings",
        "tracker.text",
        "tracker.publish",
        "gallery.tables",
        "gallery.text_files",
    },
    "tracker.explain": {
        "tracker.limits",
        "tracker.records",
        "tracker.settings",
        "tracker.explain",
        "tracker.publish",
        "tracker.follow.identity",  # how votes add up is said once
    },
    "tracker.report": {
        *WHOLE,
        "tracker.limits",
        "tracker.records",
        "tracker.text",
        "tracker.settings",
        "tracker.report",
        "tracker.explain",
        "tracker.publish",
        "tracker.observe.video",
        "tracker.observe.container",
        "tracker.observe.store",
        "tracker.observe.chunk",
    },
    "tracker.suggest": {
        "tracker.limits",
        "tracker.records",
        "tracker.text",
        "tracker.suggest",
        "tracker.publish",
        "tracker.observe.video",
        "tracker.observe.store",
        "tracker.explain",
        "gallery",
    },
    "tracker.tubelets": {
        *WHOLE,
        "tracker.records",
        "tracker.tubelets",
        "tracker.publish",
        "tracker.observe.video",
        "tracker.observe.store",
        "gallery.names",
    },
    "tracker.interop": {
        *WHOLE,
        "tracker.records",
        "tracker.text",
        "tracker.interop",
        "tracker.publish",
    },
    "tracker.evaluate": {
        *WHOLE,
        "tracker.limits",
        "tracker.records",
        "tracker.text",
        "tracker.settings",
        "tracker.evaluate",
        "tracker.fitting",
        "tracker.publish.table",
        "tracker.seqinfo",
        "gallery.folders",
        "gallery.mot_rows",
        "gallery.names",
        "gallery.tables",
        "gallery.text_files",
    },
    "tracker.learn": {
        "tracker.limits",
        *WHOLE,
        "tracker.records",
        "tracker.settings",
        "tracker.learn",
        "tracker.follow",
        "tracker.evaluate",
        "gallery.converted",
    },
    "tracker.demo": {"tracker.demo"},
    "gallery": {"gallery"},
    "tracker.errors": {"gallery.errors"},
    "tracker.parquet": {"gallery.files"},
}
ALL_MAY = {"tracker.errors", "tracker.text", "gallery.files", "tracker.parquet"}
"""They import nothing but what is at the bottom of `gallery`."""


def _imports(file: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {name for name in found if name.split(".")[0] in {"tracker", "gallery"}}


def _wrong_arrows(module: str, imports: set[str]) -> list[str]:
    room = next((r for r in MAY_IMPORT if module == r or module.startswith(r + ".")), None)
    if room is None:  # cli and pipeline stand above all rooms
        return []
    allowed = MAY_IMPORT[room] | (ALL_MAY if module.startswith("tracker.") else set())
    inside = [n for n in imports if n not in {"tracker", "gallery"}]
    return [
        f"{module} imports {name}"
        for name in inside
        if not any(name == a or name.startswith(a + ".") for a in allowed)
    ]


def _modules() -> list[tuple[str, Path]]:
    files = [*ROOT.glob("tracker/**/*.py"), *ROOT.glob("gallery/**/*.py")]
    return [(".".join(f.relative_to(ROOT).with_suffix("").parts), f) for f in sorted(files)]


def test_no_import_arrow_turns_round() -> None:
    wrong = [w for module, file in _modules() for w in _wrong_arrows(module, _imports(file))]
    assert not wrong, "\n".join(wrong)


def test_the_arrow_test_can_fail() -> None:
    assert _wrong_arrows("tracker.follow.online", {"tracker.observe.video"})
    assert _wrong_arrows("gallery.encoder", {"tracker.records"})
    assert _wrong_arrows("tracker.learn.clips", {"tracker.observe.video"})
    assert _wrong_arrows("tracker.follow.online", {"tracker.learn.network"})
    assert not _wrong_arrows("tracker.pipeline", {"tracker.observe.video"})


@pytest.mark.parametrize("module", [m for m, _ in _modules() if ".follow" in m])
def test_follow_knows_no_pixels_and_no_files(module: str) -> None:
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
    assert by >= {"tracker.publish.csv_frame", "tracker.publish.csv_lines"}
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
from tracker import pipeline
from tracker.observe.chunk import read_chunk
from tracker.publish.evidence import tables_of, write_tables
from tracker.publish.table import TrackTable
from tracker.publish.writers import WRITERS
from tracker.records import Proceedings, TrackedFrame
from tracker.settings import Settings

out, one, place = Path(sys.argv[1]), np.ones(1, np.int64), np.ones((1, 2))
assert len(list(read_chunk(out / "chunk")[0])) == 1
sure = place[:, 0]
frame = TrackedFrame(
    0, 0.0, one, one - 1, sure, one - 1, np.ones((1, 4)), sure, place, place, one, one > 0
)
table = TrackTable.from_frames([frame], ["Ann"])
for name, write in WRITERS.items():
    write(table, out / name)
spans, said = np.ones((1, 3), np.int64), np.ones((1, 2), np.float32)
told = Proceedings(spans, one, said, spans, said[0, :1], spans, said)
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
