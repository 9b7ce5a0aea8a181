"""What the commands write on a small drawn match is what they wrote before."""

from __future__ import annotations

import json
from pathlib import Path

from tests.integration.golden_world import GOLDEN, digests


def test_every_command_writes_what_it_wrote(tmp_path: Path) -> None:
    world = tmp_path / "golden"
    world.mkdir()
    known, made = json.loads(GOLDEN.read_text()), digests(world)
    changed = {name for name in known | made if known.get(name) != made.get(name)}
    assert not changed, (
        "meant? then: python -m tests.integration.golden_world, and say why in the commit"
    )


def test_a_killed_run_that_went_on_and_one_that_did_not_are_the_same() -> None:
    known = json.loads(GOLDEN.read_text())
    for file in ("tracks.csv", "mot.txt", "mot_full.txt", "evidence/beliefs.parquet"):
        assert known[f"resumed after a kill/{file}"] == known[f"offline/{file}"]
