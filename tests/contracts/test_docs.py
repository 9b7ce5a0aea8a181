"""README and docs are true: short, their commands exist, their figures agree, their code runs."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main
import yaml

from tests.worlds.report import Life, write_run
from tracker.cli.app import app
from tracker.version import __version__

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]
CLI = typer.main.get_command(app)


def test_the_readme_is_read_in_some_minutes() -> None:
    assert len(README.split()) <= 900


def test_what_an_analyst_needs_comes_first_and_is_short() -> None:
    text = (DOCS / "index.md").read_text(encoding="utf-8")
    before, needed = text.split("## What you need to know\n")
    needed = needed.split("\n## ")[0]
    assert len(before.split()) < 50
    assert len(needed.split()) <= 330
    strange = re.findall(r"\b(paths?|pieces?|votes?|nats|tracklets?|posterior)\b", needed)
    assert not strange, "words that are not explained yet"


def quoted_commands(text: str) -> Iterator[str]:
    """Lines of shell blocks and inline code that call teamsheet."""
    blocks = re.findall(r"```(?:sh|powershell)\n(.*?)```", text, re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    lines += re.findall(r"`(teamsheet [^`]+)`", text.replace("\n", " "))
    for line in lines:
        if line.strip().startswith("teamsheet "):
            yield line.strip()


def unknown_in(line: str) -> str:
    """What of a quoted command is not there; empty where all is."""
    words = shlex.split(line.split(" | ")[0].split(" > ")[0], comments=True)[1:]
    command = CLI
    while words and hasattr(command, "commands"):
        if words[0].startswith("-"):
            return "" if words[0] in ("--version", "--help", "--install-completion",
                                      "--show-completion") else words[0]  # fmt: skip
        if words[0] not in command.commands:
            return words[0]
        command = command.commands[words.pop(0)]
    known = {name for p in command.params for name in (*p.opts, *p.secondary_opts)} | {"--help"}
    options = [word.split("=")[0] for word in words if re.match(r"--?[a-z]", word)]
    return next((option for option in options if option not in known), "")


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_command_that_is_quoted_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert not [line for line in quoted_commands(text) if unknown_in(line)]


@pytest.mark.parametrize(
    ("line", "unknown"),
    [("teamsheet trak a.mp4", "trak"), ("teamsheet track a.mp4 --galery p", "--galery"),
     ("teamsheet gallery show p", "show"), ("teamsheet report out/  # --look", "")],
)  # fmt: skip
def test_a_command_that_does_not_exist_is_found(line: str, unknown: str) -> None:
    assert unknown_in(line) == unknown


def test_the_figures_of_the_readme_are_those_of_the_docs() -> None:
    """docs/identity.md holds the table as the bench printed it, the README a summary."""
    rows = re.findall(r"^\| (\w+), (\w+) \| ([\w-]+) \| ([\d.]+) \|.*?\|.*?\| ([\d.]+) \|",
                      (DOCS / "identity.md").read_text(encoding="utf-8"), re.MULTILINE)  # fmt: skip
    table = {(clip, boxes, who): (f1, ceiling) for clip, boxes, who, f1, ceiling in rows}
    ours = ("online", "offline")
    summary = re.findall(
        r"^\| (\w+) \| (YOLO\w+) \| \*\*([\d.]+)\*\* \| ([\d.]+) \| ([\d.]+) \|",
        README,
        re.MULTILINE,
    )
    assert len(summary) == 4
    for clip, detector, f1, possible, others in summary:
        boxes = detector.lower()
        assert (f1, possible) == table[clip, boxes, "offline"]
        peers = [
            v[0] for (c, b, who), v in table.items() if (c, b) == (clip, boxes) and who not in ours
        ]
        assert len(peers) == 4
        assert others == max(peers)
    true = [
        f1 for (_, boxes, who), (f1, _) in table.items() if (boxes, who) == ("truth", "offline")
    ]
    assert len(true) == 3
    assert f"{min(true)} to {max(true)}" in README


def test_the_version_is_the_same_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    released = re.findall(
        r"^## \[([\d.]+)\] - (\d{4}-\d\d-\d\d)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE
    )
    assert project["version"] == __version__ == citation["version"] == released[0][0]
    assert citation["date-released"] == released[0][1]


def test_the_public_workflow_runs_commands_of_the_makefile() -> None:
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "test.yml").read_text())["jobs"]
    runs = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
    targets = re.findall(r"^(\w[\w-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert {"make test", "make demo"} <= set(runs)
    assert {run.removeprefix("make ") for run in runs} <= set(targets)


def test_every_page_is_in_the_navigation() -> None:
    listed = re.findall(r": (\w+\.md)$", (ROOT / "mkdocs.yml").read_text(), re.MULTILINE)
    assert sorted(listed) == sorted(page.name for page in DOCS.glob("*.md"))


def test_the_notebook_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its cells, one after another, as they stand."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "agg")
    cells = json.loads((DOCS / "notebook.ipynb").read_text(encoding="utf-8"))["cells"]
    names: dict[str, object] = {}
    for number, cell in enumerate(cells):
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), f"notebook.ipynb, cell {number}", "exec"), names)
    assert (tmp_path / "out" / "tracks.csv").is_file()
    assert {"Tanaka", "Okafor", "Keller"} <= set(names["players"])  # type: ignore[call-overload]


def test_the_recipes_for_the_table_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One after another, as they stand, in the folder above a run."""
    write_run(tmp_path / "out", [Life(1, "Bea", [("visible", 50, 0.99)])], ["Bea"])
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", (DOCS / "table.md").read_text(), re.DOTALL)
    names: dict[str, object] = {}
    for number, block in enumerate(blocks):
        exec(compile(block, f"table.md, block {number}", "exec"), names)
    assert "Bea: seen 5.0 s" in capsys.readouterr().out
