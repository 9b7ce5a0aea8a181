"""The page's modules are typed: TypeScript reads their comments and finds nothing to say."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
STATIC = HERE.parents[1] / "tracker" / "review_page" / "static"
CHECKER = HERE / "node_modules" / ".bin" / "tsc"


def test_typescript_has_nothing_to_say_of_the_page() -> None:
    tsc = str(CHECKER) if CHECKER.exists() else shutil.which("tsc")
    if not tsc:
        pytest.skip("no TypeScript: `npm ci --prefix tests/review_page` installs it")
    found = subprocess.run(
        [tsc, "--project", str(HERE)], capture_output=True, text=True, timeout=300, check=False
    )
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize("file", sorted(STATIC.glob("*.js")), ids=lambda file: file.name)
def test_a_module_is_small_and_says_what_it_is(file: Path) -> None:
    lines = file.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 250
    assert lines[0].startswith("/**")


def test_nothing_comes_from_elsewhere() -> None:
    for file in STATIC.iterdir():
        text = file.read_text(encoding="utf-8")
        assert "http://" not in text, file.name
        assert "https://" not in text, file.name
