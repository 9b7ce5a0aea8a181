"""Every import points down one list of layers, and no two files import each other."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LAYERS = (
    ("version", "errors", "limits"),
    ("types", "settings"),
    ("text", "safe_yaml", "parquet", "seqinfo", "boxes", "rows", "assignment", "log_odds"),
    ("config", "source_match"),
    ("video", "inference"),
    ("detection", "anchors"),
    ("identity",),
    ("observation",),
    ("kits",),
    ("court",),
    ("tracking",),
    ("offline",),
    ("output",),
    ("numbers",),
    ("render", "evaluation", "explain", "corrections"),
    ("review",),
    ("report", "suggest", "training", "tubelets", "datasets", "demo"),
    ("runs",),
    ("api", "review_page"),
    ("cli",),
)
"""Rooms and files of `tracker`, lowest first; those of one line do not know each other. `gallery`
lies beneath all of them, and knows none."""
RANK = {room: rank for rank, rooms in enumerate(LAYERS) for room in rooms}
FRONT = {"tracker": {"tracker.version", "tracker.api", "tracker.output"}}
"""What the package itself hands out; nobody inside imports it."""


def _modules() -> dict[str, Path]:
    files = [*ROOT.glob("tracker/**/*.py"), *ROOT.glob("gallery/**/*.py")]
    found = {".".join(f.relative_to(ROOT).with_suffix("").parts): f for f in sorted(files)}
    return {name.removesuffix(".__init__"): file for name, file in found.items()}


MODULES = _modules()


def imported(text: str, package: str = "") -> set[str]:
    """Modules that a file imports, lazily and for type checks too; package: it lies in."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package.split(".")[: len(package.split(".")) - node.level + 1])
            home = f"{base}.{node.module or ''}".strip(".") if node.level else node.module or ""
            names = {f"{home}.{alias.name}" for alias in node.names}
            found |= {name if name in MODULES else home for name in names}
    return {name for name in found if name in MODULES}


IMPORTS = {
    name: imported(file.read_text(encoding="utf-8"), name.rpartition(".")[0]) - {name}
    for name, file in MODULES.items()
}


def _room(module: str) -> str:
    return module.split(".")[1]


def wrong(module: str, others: set[str]) -> list[str]:
    """Imports that do not point down."""
    if module == "tracker":
        allowed = FRONT["tracker"]
        others = {o for o in others if not any(o == a or o.startswith(f"{a}.") for a in allowed)}
        return [f"{module} imports {other}" for other in sorted(others)]
    if module.split(".")[0] == "gallery":
        return [f"{module} imports {o}" for o in sorted(others) if o.split(".")[0] == "tracker"]
    return [
        f"{module} imports {other}"
        for other in sorted(others)
        if other == "tracker"
        or (
            other.split(".")[0] == "tracker"
            and _room(other) != _room(module)
            and RANK[_room(other)] >= RANK[_room(module)]
        )
    ]


def test_every_room_has_its_layer() -> None:
    rooms = {_room(name) for name in MODULES if name.startswith("tracker.")}
    assert rooms == set(RANK)


def test_every_import_points_down() -> None:
    assert not [line for module, others in IMPORTS.items() for line in wrong(module, others)]


def test_no_two_files_import_each_other() -> None:
    try:
        list(TopologicalSorter(IMPORTS).static_order())
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("tracker.tracking.online", "from tracker.video.source import Source\nimport tracker.api"),
        ("tracker.tracking.online", "def f():\n    from tracker.training.network import Net"),
        ("tracker.types", "from tracker import config"),
        ("gallery.reid.encoder", "from tracker.types import Frame"),
        ("tracker.render.video", "if TYPE_CHECKING:\n    from tracker.explain.run import Run"),
    ],
)
def test_an_import_that_points_up_or_aside_is_found(module: str, text: str) -> None:
    assert wrong(module, imported(text, module.rpartition(".")[0]))
