"""No run of six equal lines stands in two places of the package."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RUN = 6
FEWEST_WORDS = 12
"""A run of fewer is brackets and ends of blocks."""


def lines_of(text: str) -> list[tuple[int, str]]:
    """Number and text of the lines that say something, imports left out."""
    imports = {
        line
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    every = enumerate(text.splitlines(), 1)
    kept = [(n, line.strip()) for n, line in every if n not in imports]
    return [(n, line) for n, line in kept if line and not line.startswith("#")]


def repeated(files: dict[str, str]) -> list[list[str]]:
    """The places, file:line, of every run that stands in two of them. files: name to text."""
    places: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for name, text in files.items():
        lines = lines_of(text)
        for at in range(len(lines) - RUN + 1):
            run = tuple(line for _, line in lines[at : at + RUN])
            if len(" ".join(run).split()) >= FEWEST_WORDS:
                places[run].append(f"{name}:{lines[at][0]}")
    return [found for found in places.values() if len(found) > 1]


def test_nothing_is_written_twice() -> None:
    files = [*ROOT.glob("tracker/**/*.py"), *ROOT.glob("gallery/**/*.py")]
    texts = {str(f.relative_to(ROOT)): f.read_text(encoding="utf-8") for f in sorted(files)}
    assert not repeated(texts)


def test_what_is_written_twice_is_found() -> None:
    text = "".join(f"value_{n} = other_{n} + 1\n" for n in range(RUN))
    assert repeated({"a": text, "b": f"import x\n\n{text}"}) == [["a:1", "b:3"]]
    assert not repeated({"a": text, "b": text.replace("other_3", "one_3")})
