"""Runs whose detector knows players by name, or roles: from its classes to the tables."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.worlds.bad_inputs import command
from tests.worlds.named_match import (
    AWAY,
    draw,
    gallery,
    named,
    network,
    receipt,
    roles,
    track,
    visible,
)
from tests.worlds.named_network import CELL, PLAYERS
from tracker.observation.store import Store

RESULTS = ("tracks.csv", "mot.txt", "mot_full.txt", "mot_players.txt", "evidence/votes.parquet")
MODES: dict[str, Sequence[str]] = {"offline": (), "online": ("--mode", "online")}
WITH_ROLES = ["Ada Novak", "Bea", "goalkeeper", "referee", "ball"]
WITHOUT = ["Ada Novak", "Bea", "player", "player", "ball"]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw(tmp_path_factory.mktemp("named"))


@pytest.fixture(scope="module")
def out(world: Path) -> Path:
    """Of a run with all five as classes, and nothing else."""
    ended = track(world, world / "out", "--detector", network(world / "net.onnx"))
    assert ended.code == 0, ended.lines
    said = [line for line in ended.lines if "5 classes are taken as players" in line]
    assert len(said) == 1
    return world / "out"


def results(out: Path) -> dict[str, bytes]:
    return {name: (out / name).read_bytes() for name in RESULTS}


def test_the_classes_are_the_roster_where_there_is_no_other(out: Path) -> None:
    assert named(out) == {name: {name} for name in PLAYERS}
    told = receipt(out)["anchors"]
    assert told["players"] == sorted(PLAYERS)
    assert [source["source"] for source in told["sources"]] == ["detector"]
    assert told["sources"][0]["rows"] > 50
    assert "anchor:detector" in set(visible(out)["evidence"])


def test_people_are_described_to_be_known_again_between(out: Path) -> None:
    assert receipt(out)["encoder"]["name"] == "stripes"


def test_who_was_away_comes_back_under_the_name(out: Path) -> None:
    rows = visible(out)
    frames = rows[rows["player"] == "Bea"]["frame"]
    assert frames.min() == 1
    assert not set(frames) & set(AWAY)
    assert frames.max() == 60


@pytest.mark.parametrize("how", MODES.values(), ids=MODES)
def test_followed_again_out_of_the_store_it_is_the_same(
    world: Path, out: Path, tmp_path: Path, how: Sequence[str]
) -> None:
    fresh, again = tmp_path / "fresh", tmp_path / "again"
    words = ("--detector", world / "net.onnx", *how)
    assert track(world, fresh, *words).code == 0
    shutil.copytree(out, again)
    assert track(world, again, *words, "--resume").code == 0
    assert results(again) == results(fresh)
    assert receipt(again)["anchors"] == receipt(fresh)["anchors"]


def test_names_beside_a_ball_stay_names_when_all_is_observed(world: Path, tmp_path: Path) -> None:
    net = network(tmp_path / "net.onnx", ["Ada Novak", "Bea", "Cid", "Dee", "ball"])
    refused = track(world, tmp_path / "out", "--detector", net)
    assert (refused.code, len(refused.lines)) == (2, 1)
    assert "--players-from-detector" in refused.lines[0]
    ended = track(world, tmp_path / "out", "--detector", net, "--players-from-detector")
    assert ended.code == 0
    before = results(tmp_path / "out")
    assert named(tmp_path / "out") == {name: {name} for name in PLAYERS[:4]}
    assert track(world, tmp_path / "out", "--detector", net, "--resume").code == 0
    assert results(tmp_path / "out") == before


def test_names_beside_a_person_stay_names_when_all_is_observed(world: Path, tmp_path: Path) -> None:
    net = network(tmp_path / "net.onnx", ["Ada Novak", "Bea", "Cid", "person", "ball"])
    words = ("--detector", net, "--players-from-detector")
    assert track(world, tmp_path / "out", *words).code == 0
    before = results(tmp_path / "out")
    assert named(tmp_path / "out") == {**{name: {name} for name in PLAYERS[:3]}, "Dee": {""}}
    assert track(world, tmp_path / "out", "--detector", net, "--resume").code == 0
    assert results(tmp_path / "out") == before


def test_with_a_gallery_classes_are_its_players(world: Path, tmp_path: Path) -> None:
    """However it spells them; who is not in it has a box and no name, until that is asked for."""
    folder = gallery(tmp_path / "gallery", {"ada_novak": "Ada Novak", "BEA": "Bea"})
    words = ("--detector", network(tmp_path / "net.onnx"), "--gallery", folder)
    assert track(world, tmp_path / "out", *words).code == 0
    found = named(tmp_path / "out")
    assert (found["Ada Novak"], found["Bea"], found["Cid"]) == ({"ada_novak"}, {"BEA"}, {""})
    assert receipt(tmp_path / "out")["anchors"]["players"] == ["ada_novak", "BEA"]
    asked = track(world, tmp_path / "out", *words, "--players-from-detector", "--overwrite")
    assert asked.code == 0
    found = named(tmp_path / "out")
    assert (found["Ada Novak"], found["Cid"], found["Eve"]) == ({"ada_novak"}, {"Cid"}, {"Eve"})


def test_a_gallery_that_comes_later_names_what_was_observed(
    world: Path, out: Path, tmp_path: Path
) -> None:
    shutil.copytree(out, tmp_path / "out")
    folder = gallery(tmp_path / "gallery", {"ADA": "Eve", "bea": "Bea"})
    words = ("--detector", world / "net.onnx", "--gallery", folder, "--resume")
    assert track(world, tmp_path / "out", *words).code == 0
    assert named(tmp_path / "out")["Bea"] == {"bea"}
    assert receipt(tmp_path / "out")["anchors"]["players"] == ["ADA", "bea"]


def test_a_file_of_anchors_speaks_beside_the_classes(world: Path, tmp_path: Path) -> None:
    """Who is in it alone is a player too; whom both know is one, however they are spelled."""
    net = network(tmp_path / "net.onnx", [*PLAYERS[:4], "_other"])
    side = CELL * 5
    rows = [f"{f},{name},{x},{y},{x + side},{y + side}\n" for f in range(4, 60, 6)
            for name, x, y in (("Zoe", side, 6 * side), ("cid", 4 * side, side))]  # fmt: skip
    (tmp_path / "faces.csv").write_text("frame,player,x1,y1,x2,y2\n" + "".join(rows))
    words = ("--detector", net, "--anchors", tmp_path / "faces.csv")
    assert track(world, tmp_path / "out", *words).code == 0
    told = receipt(tmp_path / "out")["anchors"]
    assert told["players"] == ["Ada Novak", "Bea", "Cid", "Dee", "Zoe"]
    assert [source["source"] for source in told["sources"]] == ["faces", "detector"]
    assert named(tmp_path / "out")["Cid"] == {"Cid"}


@pytest.mark.parametrize("how", MODES.values(), ids=MODES)
def test_others_are_never_a_player(world: Path, tmp_path: Path, how: Sequence[str]) -> None:
    net = network(tmp_path / "net.onnx", [*PLAYERS[:3], "_referee", "_other"])
    assert track(world, tmp_path / "out", "--detector", net, *how).code == 0
    found = named(tmp_path / "out")
    assert (found["Dee"], found["Eve"]) == ({""}, {""})
    assert found["Ada Novak"] == {"Ada Novak"}
    assert receipt(tmp_path / "out")["anchors"]["players"] == list(PLAYERS[:3])
    assert roles(tmp_path / "out")["Dee"] == {"referee"}
    assert roles(tmp_path / "out")["Eve"] == {""}


# --- roles --------------------------------------------------------------------------------------


def keepers(root: Path, keeper: str) -> Path:
    """A gallery with two of the same shirt, of whom one is a goalkeeper."""
    looks = {"Ada Novak": "Ada Novak", "Bea": "Bea", "Gus": "Cid", "Hal": "Cid"}
    return gallery(root / f"keeper-{keeper}", looks, {keeper: "keeper"})


@pytest.mark.parametrize("how", MODES.values(), ids=MODES)
@pytest.mark.parametrize("keeper", ["Gus", "Hal"])
def test_a_goalkeepers_class_speaks_for_the_rosters_goalkeeper(
    world: Path, tmp_path: Path, keeper: str, how: Sequence[str]
) -> None:
    net, out = network(tmp_path / "net.onnx", WITH_ROLES), tmp_path / "out"
    words = ("--detector", net, "--gallery", keepers(tmp_path, keeper), *how)
    assert track(world, out, *words).code == 0
    assert named(out)["Cid"] == {keeper}
    found = roles(out)
    assert (found["Cid"], found["Dee"], found["Bea"]) == ({"goalkeeper"}, {"referee"}, {"player"})
    sources = receipt(out)["anchors"]["sources"]
    assert [source["source"] for source in sources] == ["detector", "detector roles"]


def test_sources_are_listed_where_they_say_anything(world: Path, tmp_path: Path) -> None:
    net = network(tmp_path / "net.onnx", WITHOUT)
    words = ("--detector", net, "--gallery", keepers(tmp_path, "Hal"))
    assert track(world, tmp_path / "out", *words).code == 0
    sources = receipt(tmp_path / "out")["anchors"]["sources"]
    assert [source["source"] for source in sources] == ["detector"]


@pytest.mark.parametrize("how", MODES.values(), ids=MODES)
def test_a_referee_is_not_named_by_a_mistake_of_another(
    world: Path, tmp_path: Path, how: Sequence[str]
) -> None:
    side = CELL * 5
    x, y = 6 * side, 5 * side
    row = f"12,Zoe,{x},{y},{x + side},{y + side},0.7\n"
    (tmp_path / "faces.csv").write_text("frame,player,x1,y1,x2,y2,confidence\n" + row)
    for name, classes in (("roles", WITH_ROLES), ("without", WITHOUT)):
        net = network(tmp_path / f"{name}.onnx", [*classes[:4], "Eve"])
        words = ("--detector", net, "--anchors", tmp_path / "faces.csv", *how)
        ended = track(world, tmp_path / name, *words, "--players-from-detector")
        assert ended.code == 0, ended.lines
    assert named(tmp_path / "without")["Dee"] == {"Zoe"}
    assert named(tmp_path / "roles")["Dee"] == {""}


def test_roles_alone_are_told_without_names(world: Path, tmp_path: Path) -> None:
    net = network(tmp_path / "net.onnx", ["player", "player", "goalkeeper", "referee", "ball"])
    ended = track(world, tmp_path / "out", "--detector", net, "--mode", "online", "--stream")
    assert ended.code == 0
    assert "anchors" not in receipt(tmp_path / "out")
    expected = {"Ada Novak": {"player"}, "Bea": {"player"}, "Cid": {"goalkeeper"},
                "Dee": {"referee"}}  # fmt: skip
    assert roles(tmp_path / "out") == expected
    last = json.loads([line for line in ended.out.splitlines() if line.startswith("{")][-1])
    assert sorted(t["role"] for t in last["tracks"] if t["visibility"] == "visible") == [
        "goalkeeper", "player", "player", "referee",
    ]  # fmt: skip


def test_a_correction_keeps_names_and_roles(world: Path, tmp_path: Path) -> None:
    net, out = network(tmp_path / "net.onnx", WITH_ROLES), tmp_path / "out"
    words = ("--detector", net, "--gallery", keepers(tmp_path, "Hal"), "--mode", "online")
    assert track(world, out, *words).code == 0
    before = roles(out)
    for name in ("Bea", "Ada Novak"):  # followed again, then out of what that has kept
        ended = command(["correct", str(out), "--set", f"player {name} is nobody"])
        assert ended.code == 0, ended.lines
        assert named(out)["Cid"] == {"Hal"}
        assert named(out)[name] == {""}
        assert roles(out) == before


def test_a_run_by_classes_alone_can_be_corrected(world: Path, out: Path, tmp_path: Path) -> None:
    shutil.copytree(out, tmp_path / "out")
    ended = command(["correct", str(tmp_path / "out"), "--set", "player Cid is Zed"])
    assert ended.code == 2
    ended = command(["correct", str(tmp_path / "out"), "--set", "player Cid is nobody"])
    assert ended.code == 0, ended.lines
    assert named(tmp_path / "out")["Cid"] == {""}
    assert named(tmp_path / "out")["Dee"] == {"Dee"}
    again = ["explain", str(tmp_path / "out"), "--frame", "40", "--player", "Dee"]
    assert "anchors of detector" in command(again).out
    report = ["report", str(tmp_path / "out"), "-o", str(tmp_path / "r.html")]
    assert command(report).code == 0


# --- stores -------------------------------------------------------------------------------------


def _aged(out: Path) -> None:
    """As a version before knew it: no classes were kept."""
    meta = out / "observations" / "meta.json"
    tree = json.loads(meta.read_text())
    tree |= {"version": 3, "classes": [], "class_kinds": []}
    meta.write_text(json.dumps(tree))


def test_a_store_of_before_is_followed_without_classes(
    world: Path, out: Path, tmp_path: Path
) -> None:
    again = tmp_path / "out"
    shutil.copytree(out, again)
    _aged(again)
    words = ("--detector", world / "net.onnx", "--resume")
    assert track(world, again, *words).code == 0
    assert "anchors" not in receipt(again)
    assert set(visible(again)["role"]) == {""}
    asked = track(world, again, *words, "--players-from-detector")
    assert (asked.code, len(asked.lines)) == (2, 1)
    assert "leave out --players-from-detector" in asked.lines[0]


def test_the_store_says_what_each_class_was_taken_for(out: Path) -> None:
    store = Store.open(out / "observations")
    assert store is not None
    assert store.metadata.classes == PLAYERS
    assert store.metadata.class_kinds == ("name",) * 5


def test_a_file_of_boxes_knows_no_players(world: Path, tmp_path: Path) -> None:
    (tmp_path / "det.txt").write_text("1,-1,5,5,90,90,0.8\n")
    ended = track(
        world, tmp_path / "out", "--detections", tmp_path / "det.txt", "--players-from-detector"
    )
    assert (ended.code, len(ended.lines)) == (2, 1)
    assert "leave out --players-from-detector" in ended.lines[0]
