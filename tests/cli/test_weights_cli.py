"""`teamsheet weights`, and weights by name in `track`: asked for, fetched, refused in one line."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import typer

from gallery.weights.table import WEIGHTS, Weights, WeightsFile
from tests.gallery.test_encoder import save_mean_network
from tests.worlds import weights_server as server
from tests.worlds.bad_inputs import Ended, command, draw_world
from tests.worlds.weights_server import Hub, whole
from tracker.cli import weights as weights_cli
from tracker.runs.encoder_choice import with_encoders
from tracker.runs.request import TrackRequest
from tracker.settings import Settings

Run = Callable[..., Ended]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_world(tmp_path_factory.mktemp("world"))


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "teamsheet"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with server.hub(tmp_path, monkeypatch) as here:
        yield here


@pytest.fixture
def teamsheet(capfd: pytest.CaptureFixture[str]) -> Run:
    return lambda *words: command([*map(str, words)], capfd)


@pytest.fixture
def net(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> Weights:
    """A detector that is no network, in the table."""
    weights = hub.offer("net.onnx", whole)
    server.listed(monkeypatch, weights)
    return weights


@pytest.fixture
def reid(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Weights:
    """A small encoder of two files under the name of the preferred one."""
    path = save_mean_network(tmp_path)
    files = []
    for part in (path, path.with_suffix(".bin")):
        body = part.read_bytes()
        name = f"small{part.suffix}"
        hub.served[f"/{name}"] = lambda asked, body=body: whole(asked, body)
        checksum = hashlib.sha256(body).hexdigest()
        files.append(WeightsFile(name, f"{hub.address}/{name}", len(body), checksum))
    weights = Weights("reid-0277", "encoder", "MIT", tuple(files))
    server.listed(monkeypatch, weights)
    return weights


def refused(ended: Ended) -> str:
    assert ended.code == 2, ended.lines
    assert len(ended.lines) == 1, ended.lines
    assert not ended.out
    return ended.lines[0]


def test_get_says_where_they_are_and_path_says_it_again(
    teamsheet: Run, net: Weights, cache: Path
) -> None:
    assert "teamsheet weights get net" in refused(teamsheet("weights", "path", "net"))
    ended = teamsheet("weights", "get", "net")
    assert ended.code == 0
    assert ended.lines == [], "quiet where stderr is no terminal"
    assert ended.out == f"{cache / 'net.onnx'}\n"
    assert teamsheet("weights", "path", "net").out == ended.out


def test_the_list_says_what_is_at_hand(teamsheet: Run, net: Weights, cache: Path) -> None:
    def here() -> str:
        lines = teamsheet("weights", "list").out.splitlines()
        assert {line.split(" ")[0] for line in lines if line} >= set(WEIGHTS)
        assert str(cache) in lines[-1]
        return next(line for line in lines if line.startswith("net "))

    assert " no " in here()
    teamsheet("weights", "get", "net")
    assert " yes " in here()
    (cache / "net.onnx").write_bytes(b"altered")
    assert " altered " in here()
    assert "delete it" in refused(teamsheet("weights", "path", "net"))
    assert "delete it" in refused(teamsheet("weights", "get", "net"))


def test_all_that_is_needed_to_bring_the_files_by_hand(teamsheet: Run, cache: Path) -> None:
    text = teamsheet("weights", "list", "reid-0288").out
    for file in WEIGHTS["reid-0288"].files:
        for part in (str(cache / file.name), file.url, file.checksum, str(file.size_bytes)):
            assert part in text


@pytest.mark.parametrize("what", ["get", "path", "list"])
def test_a_name_nobody_knows(teamsheet: Run, what: str) -> None:
    assert "there are yolo11n," in refused(teamsheet("weights", what, "yolo99"))


def test_wrong_bytes_and_no_network_are_one_line(teamsheet: Run, net: Weights, hub: Hub) -> None:
    hub.served["/net.onnx"] = server.wrong
    assert "SHA-384 differs" in refused(teamsheet("weights", "get", "net"))
    hub.served["/net.onnx"] = server.broken_off
    assert "what has come is kept" in refused(teamsheet("weights", "get", "net"))


def test_a_licence_is_agreed_to_first(
    teamsheet: Run, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.listed(monkeypatch, hub.offer("own.onnx", whole, opt_in=True, licence="for nobody"))
    assert "for nobody; say --yes" in refused(teamsheet("weights", "get", "own"))
    assert hub.asked == []
    assert teamsheet("weights", "get", "own", "--yes").code == 0


# weights by name in `track`


def track(world: Path, out: Path, *more: str) -> list[str]:
    boxes = (
        ("--detections", str(world / "seq" / "det" / "det.txt")) if "--detector" not in more else ()
    )
    return ["track", str(world / "seq"), "-o", str(out), *boxes, *more]


def test_track_does_not_fetch_unasked(
    teamsheet: Run, world: Path, tmp_path: Path, net: Weights, hub: Hub
) -> None:
    line = refused(teamsheet(*track(world, tmp_path / "out", "--detector", "net")))
    assert "teamsheet weights get net, or say --yes" in line
    assert "bring net.onnx to" in line
    assert hub.asked == []


@pytest.mark.parametrize("answer", [True, False])
def test_track_asks_at_a_terminal(
    teamsheet: Run, world: Path, tmp_path: Path, net: Weights, hub: Hub, answer: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    questions = []

    def confirm(question: str, **_: object) -> bool:
        questions.append(question)
        return answer

    monkeypatch.setattr(weights_cli, "at_a_terminal", lambda: True)
    monkeypatch.setattr(typer, "confirm", confirm)
    line = refused(teamsheet(*track(world, tmp_path / "out", "--detector", "net")))
    assert questions == ["net is not at hand (size 1.0 MB; MIT). Fetch it?"]
    assert len(hub.asked) == answer
    assert ("not fetched" in line) == (not answer)
    if answer:
        assert "net.onnx" in line, "it came, and is no network"


def encoder_of(out: Path) -> str:
    return str(json.loads((out / "run.json").read_text())["encoder"]["name"])


def test_an_encoder_by_name_is_fetched_and_runs(
    teamsheet: Run, world: Path, tmp_path: Path, reid: Weights
) -> None:
    named = ("--gallery", str(world / "gallery"), "--encoder", "reid-0277")
    assert "weights get reid-0277" in refused(teamsheet(*track(world, tmp_path / "out", *named)))
    assert teamsheet(*track(world, tmp_path / "out", *named, "--yes")).code == 0
    assert encoder_of(tmp_path / "out") == "small"
    assert teamsheet(*track(world, tmp_path / "raw", *named[:-1], "reid-0277@raw")).code == 0


def test_auto_is_colours_where_nothing_is_at_hand(
    teamsheet: Run, world: Path, tmp_path: Path, reid: Weights, hub: Hub
) -> None:
    gallery, out = ("--gallery", str(world / "gallery")), tmp_path / "out"
    ended = teamsheet(*track(world, out, *gallery))
    assert ended.code == 0
    assert hub.asked == []
    (line,) = [line for line in ended.lines if "encoder:" in line]
    assert "encoder: stripes (reid-0277 is not at hand" in line
    assert encoder_of(out) == "stripes"
    teamsheet("weights", "get", "reid-0277")
    ended = teamsheet(*track(world, tmp_path / "next", *gallery))
    assert any("encoder: reid-0277 (" in line for line in ended.lines)
    assert encoder_of(tmp_path / "next") == "small"
    again = teamsheet(*track(world, out, *gallery, "--resume"))
    assert again.code == 0, "what was begun by colours goes on by them"
    assert encoder_of(out) == "stripes"


def test_auto_is_decided_for_each_of_several_runs(
    teamsheet: Run, world: Path, tmp_path: Path, reid: Weights
) -> None:
    gallery = world / "gallery"
    assert teamsheet(*track(world, tmp_path / "a", "--gallery", str(gallery))).code == 0
    teamsheet("weights", "get", "reid-0277")
    request = TrackRequest("", tmp_path / "a", Settings(), gallery, encoder="auto", resume=True)
    requests = [
        request,
        replace(request, out=tmp_path / "b"),
        replace(request, out=tmp_path / "c"),
        replace(request, gallery=None),
        replace(request, encoder="net.onnx"),
    ]
    decided, lines = with_encoders(requests)
    encoders = [each.encoder for each in decided]
    assert encoders == ["stripes", "reid-0277", "reid-0277", "stripes", "net.onnx"]
    assert [line.split(" ")[1] for line in lines] == ["stripes,", "reid-0277"], "each once"


def test_auto_fetches_where_it_may(
    teamsheet: Run, world: Path, tmp_path: Path, reid: Weights, hub: Hub
) -> None:
    gallery = ("--gallery", str(world / "gallery"), "--yes")
    hub.served["/small.bin"] = server.wrong
    ended = teamsheet(*track(world, tmp_path / "out", *gallery))
    assert ended.code == 0
    assert any("encoder: stripes (weights reid-0277:" in line for line in ended.lines)
    body = (tmp_path / "mean-chw.bin").read_bytes()
    hub.served["/small.bin"] = lambda asked: whole(asked, body)
    assert teamsheet(*track(world, tmp_path / "next", *gallery)).code == 0
    assert encoder_of(tmp_path / "next") == "small"


def test_an_altered_encoder_is_refused(
    teamsheet: Run, world: Path, tmp_path: Path, reid: Weights, cache: Path
) -> None:
    teamsheet("weights", "get", "reid-0277")
    (cache / "small.bin").write_bytes(b"altered")
    for more in ((), ("--encoder", "reid-0277"), ("--encoder", "auto", "--yes")):
        words = track(world, tmp_path / "out", "--gallery", str(world / "gallery"), *more)
        assert "SHA-256 differs); delete it" in refused(teamsheet(*words))
    assert not (tmp_path / "out").exists()
