"""People are drawn in the colours that they wear, where these are known."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tracker.render.drawing import PALETTE, colours, shaded
from tracker.runs.kit_colours import kits_of

RED, WHITE = (30, 30, 200), (240, 240, 240)


def test_players_of_a_kit_have_shades_of_it_no_two_alike() -> None:
    players = [f"P{i}" for i in range(5)]
    found = colours(players, {}, dict.fromkeys(players, RED))
    assert found["P0"] == RED
    assert len(set(found.values())) == 5
    assert all(red > max(blue, green) for blue, green, red in found.values())


def test_who_wears_no_known_kit_has_a_colour_as_before() -> None:
    found = colours(["Ann", "Bo"], {}, {"Ann": WHITE})
    assert found == {"Ann": WHITE, "Bo": PALETTE[0]}


def test_a_shade_stays_a_colour() -> None:
    for share in (-1.0, -0.3, 0.0, 0.3, 1.0):
        assert all(0 <= part <= 255 for part in shaded(RED, share))


def test_the_record_of_a_run_tells_the_colours(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text(json.dumps({"kits": [{"name": "Ajax", "color": "#c81e1e"}]}))
    assert kits_of(tmp_path) == {"Ajax": RED}


@pytest.mark.parametrize(
    "text", ["", "{}", '{"kits": 3}', '{"kits": [{}]}', '{"kits": [{"name": "a", "color": "red"}]}']
)
def test_a_record_without_kits_tells_none(text: str, tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text(text)
    assert kits_of(tmp_path) == {}
