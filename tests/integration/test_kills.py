"""Killed before any file operation, a command has lost nothing, mixed nothing, hidden nothing."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from tests.worlds import kills as kills

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs fork")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return kills.build(tmp_path_factory.mktemp("kills") / "world")


TARGETS = {"track": "second", "gallery cut": "players", "gallery add": "players", "eval": "scores",
           "convert": "boxes.txt", "tubelets": "clips", "gallery export": "data"}  # fmt: skip
_AGAIN_EACH = 9  # after every so many kills the command is given once more
_REALLY_EACH = 10  # so often the process is killed; else what a kill leaves is copied from one run


@pytest.mark.parametrize("name", [c for c in kills.COMMANDS if "--render" not in c])
def test_killed_at_every_file_operation(name: str, world: Path, memory_path: Path) -> None:
    command, target = kills.COMMANDS[name], TARGETS.get(name, "out")
    whole = kills.copied(world, memory_path / "root")  # the same path as all: it is in run.json
    left = kills.snapshots(command, whole, memory_path / "left")
    ways = [kills.results(world / "out"), kills.results(whole / "out")]
    new = kills.files(whole / target)
    assert len(left) > 3
    assert not kills.hidden(whole)
    faults: list[str] = []
    for at, snapshot in enumerate(left, 1):
        really = at % _REALLY_EACH == 0
        root = kills.copied(world if really else snapshot, memory_path / "root")
        if really:
            kills.killed_at(command, root, at)
        shutil.rmtree(snapshot)
        for moment in ("left", "looked at"):
            faults += [f"{at} {moment}: {name} lost" for name in kills.mine(root)]
            if kills.results(root / "out") not in ways:
                faults.append(f"{at} {moment}: results mixed or missing")
            if not (root / "out" / "observations" / "meta.json").is_file():
                faults.append(f"{at} {moment}: no observations")
            if moment == "left":
                kills.look(root)
        begun = root / ".out.next"
        faults += [
            f"{at}: {f} left" for f in kills.hidden(root)
            if root / f.split("/")[0] != begun and not f.endswith(".lock")
            and (not f.endswith(".part") or "observations/" in f)
        ]  # fmt: skip
        if at % _AGAIN_EACH == 0 or at == len(left):
            kills.hushed(command, root)
            if kills.files(root / target) != new:
                faults.append(f"{at}: another result when given once more")
            faults += [f"{at}: {f} left in the end" for f in kills.hidden(root)]
    assert not faults, "\n".join(faults)
