"""What is known of who plays goes through a run into all that it writes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.integration.golden_world import draw
from tests.worlds.bad_inputs import Ended, command
from tracker.court.track_plays import TrackPlays
from tracker.output.row_arrays import read_rows
from tracker.output.table import TrackTable
from tracker.review.case import ReviewCase
from tracker.review.ledger import Ledger
from tracker.runs.online_pass import OnlinePass
from tracker.runs.review_writing import named

TRACKS = 40
IDLE, BUSY = -1.5, 2.5


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("plays")
    draw(root)
    return root


@pytest.fixture(autouse=True)
def odd_tracks_do_not_play(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the court had found it so; they stand still on it."""
    nats = np.where(np.arange(TRACKS) % 2, IDLE, BUSY)
    found = TrackPlays(nats, np.ones(TRACKS), np.ones(TRACKS), np.zeros(TRACKS))
    known = property(lambda self: found, lambda self, plays: None)
    monkeypatch.setattr(OnlinePass, "plays", known, raising=False)
    monkeypatch.setattr(TrackPlays, "wearing", lambda self, team: self, raising=False)


def track(world: Path, out: Path, *more: str) -> Ended:
    ended = command(["track", str(world / "seq"), "--detections", str(world / "det.txt"),
                     "-o", str(out), *more])  # fmt: skip
    assert ended.code == 0, ended.lines
    return ended


def check(rows: pd.DataFrame) -> None:
    idle = rows["track_id"] % 2 == 1
    assert idle.any()
    assert not idle.all()
    expected = np.where(idle, 1 / (1 + np.exp(-IDLE)), 1 / (1 + np.exp(-BUSY)))
    np.testing.assert_allclose(rows["plays"], expected, atol=5e-5)
    named_ = rows["player"] != ""
    assert set(rows.loc[idle & ~named_, "role"]) <= {"staff"}
    assert set(rows.loc[~idle | named_, "role"]) == {"player"}


def players_file(out: Path) -> list[str]:
    return (out / "mot_players.txt").read_text().splitlines()


@pytest.mark.parametrize("mode", ["online", "offline"])
def test_table_and_players_file_have_it(mode: str, world: Path, tmp_path: Path) -> None:
    track(world, tmp_path / "out", "--mode", mode)
    table = TrackTable.read_csv(tmp_path / "out" / "tracks.csv")
    check(table.rows)
    every = (tmp_path / "out" / "mot.txt").read_text().splitlines()
    seen = table.visible
    assert len(every) == len(seen)
    kept = players_file(tmp_path / "out")
    assert len(kept) == int((seen["track_id"] % 2 == 0).sum()) < len(every)
    assert set(kept) < set(every)


def test_a_stream_has_it(world: Path, tmp_path: Path) -> None:
    ended = track(world, tmp_path / "out", "--mode", "online", "--stream")
    every = [t for line in ended.out.splitlines() for t in json.loads(line)["tracks"]]
    check(pd.DataFrame(every).fillna({"player": "", "role": ""}))


def test_a_correction_keeps_it_and_who_is_named_plays(world: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    track(world, out, "--gallery", str(world / "gallery"))
    before = TrackTable.read_csv(out / "tracks.csv").rows
    check(before)
    ended = command(["correct", str(out), "--set", "player Dan is nobody"])
    assert ended.code == 0, ended.lines
    after = TrackTable.read_csv(out / "tracks.csv").rows
    check(after)
    assert (after["player"] == "Dan").sum() == 0 < (before["player"] == "Dan").sum()


def test_a_name_given_in_a_review_makes_a_player(world: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    track(world, out)
    table, rows = TrackTable.read_csv(out / "tracks.csv"), read_rows(out / "tracks.csv", 25.0)
    ledger = Ledger(ReviewCase.of(rows, None, ["Ann"]))
    idle = rows.tracks == 1
    ledger.players[idle] = ledger.names.index("Ann")
    again = named(table, rows, ledger).rows
    assert set(again.loc[idle, "role"]) == {"player"}
    np.testing.assert_array_equal(again.loc[~idle, "role"], table.rows.loc[~idle, "role"])
