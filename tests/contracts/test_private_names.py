"""Tests see what anybody sees: no test imports, asks or replaces a private name."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted(ROOT.glob("tests/**/*.py"))
OURS = ("tracker", "gallery", "tests")
OWN = ("self", "cls", "os")  # `os._exit` is the only way out of a forked child


def _private(name: str) -> bool:
    last = name.rpartition(".")[2]
    return last.startswith("_") and not last.startswith("__")


def private_names(text: str) -> Iterator[str]:
    """Line and name of every private name of somebody else that a test's text speaks of."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in OURS:
            yield from (f"{node.lineno}: {a.name}" for a in node.names if _private(a.name))
        elif isinstance(node, ast.Attribute) and _private(node.attr):
            of = node.value
            if not (isinstance(of, ast.Name) and of.id in OWN):
                yield f"{node.lineno}: {ast.unparse(node)}"
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "setattr":
            words = [a.value for a in node.args if isinstance(a, ast.Constant)]
            yield from (f"{node.lineno}: {w}" for w in words if isinstance(w, str) and _private(w))


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT / "tests")))
def test_no_test_knows_a_private_name(file: Path) -> None:
    assert not list(private_names(file.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    "text",
    [
        "from tracker.parquet import read_table, _pages",
        "from tracker import _lazy",
        "tracker.update(seen)._rows",
        "assert birds._births.trusted",
        "monkeypatch.setattr(write, '_swap', None)",
        "monkeypatch.setattr('tracker.observation.chunk._PACKED', 4)",
    ],
)
def test_a_private_name_is_found(text: str) -> None:
    assert len(list(private_names(text))) == 1


@pytest.mark.parametrize(
    "text",
    ["self._own = 1", "os._exit(0)", "from tracker.version import __version__", "x.__dict__",
     "monkeypatch.setattr(write, 'swap', None)", "name = '_other'"],
)  # fmt: skip
def test_what_is_no_private_name_of_another_is_not(text: str) -> None:
    assert not list(private_names(text))
