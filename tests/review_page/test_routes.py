"""What the page asks for, and what it is told where it asks wrongly."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.worlds.review_page import Client, serving


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with serving(tmp_path_factory.mktemp("routes"), None, note="no pictures: gone") as client:
        yield client


def _line(client: Client, path: str, status: int, body: bytes | None = None) -> str:
    """The error that is told, in one line."""
    answer = client.ask(path, body)
    assert answer.status == status, answer.body
    assert [*answer.tree] == ["error"]
    line = answer.tree["error"]
    assert "\n" not in line
    assert line
    return str(line)


def test_what_the_desk_says_is_given_as_json(client: Client) -> None:
    desk = client.served.desk
    for path in ("/api/question", "/api/question?skip="):
        assert client.ask(path).tree == desk.question()
    assert client.ask("/api/question?skip=x,q").tree["question"]["id"] == "r"
    assert client.ask("/api/question?skip=r,q").tree["question"] is None
    assert client.ask("/api/honesty").tree == desk.honesty()
    assert client.ask("/api/cards").tree == desk.cards()
    assert client.ask("/api/boxes?first=3&last=4").tree == desk.boxes(3, 4)
    assert client.ask("/api/lanes?first=1&last=900&bins=50").tree == {"got": [1, 900, 50]}
    assert len(client.ask("/api/audit?n=5&seed=2").tree["items"]) == 5


@pytest.mark.parametrize(("number", "status"), [(28, 507), (13, 400)])
def test_what_the_system_says_of_the_disk_is_no_fault_of_ours(
    number: int, status: int, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise OSError(number, os.strerror(number), "out/tracks.csv")

    monkeypatch.setattr(client.served.desk, "write", refuse)
    line = _line(client, "/api/write", status, b"")
    assert "fault" not in line
    assert "out/tracks.csv" in line


def test_answers_reach_the_desk(client: Client) -> None:
    body = {"question": "q", "verdict": "is", "parts": [{"track": 7, "player": "Ünal 李"}]}
    change = client.post("/api/answer", body)
    assert change.status == 200
    assert client.served.desk.got[-1] == body  # type: ignore[attr-defined]
    assert client.post("/api/undo").tree == client.served.desk.question()
    assert client.ask("/api/redo", b"").status == 200
    assert client.post("/api/write").tree == {"written": True}
    assert client.served.desk.got[-3:] == ["undo", "redo", "write"]  # type: ignore[attr-defined]
    assert client.post("/api/audit", {"i": 3, "yes": False}).tree == {"done": 3, "right": False}


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("/api/answer", b"{", "no JSON"),
        ("/api/answer", b"[" * 100_000, "no JSON"),
        ("/api/answer", b"[1, 2]", "no JSON object"),
        ("/api/answer", b"\xff\xfe\x00", "no JSON"),
        ("/api/answer", b"{}", "verdict"),
        ("/api/answer", b" " * 1_000_001, "bytes"),
        ("/api/audit", b'{"i": 3}', "yes"),
        ("/api/audit", b'{"i": "3", "yes": true}', "i: a whole number"),
        ("/api/audit", b'{"i": true, "yes": true}', "i: a whole number"),
        ("/api/audit", b'{"i": -1, "yes": true}', "i: a whole number"),
        ("/api/export/all", b"", "minutes, table, video, clip"),
        ("/api/export/video", b"", "no video"),
        ("/api/export/clip", b'{"player": "\\ud800"}', "no JSON"),
        ("/api/export/clip", b'{"player": "Ada"}', "no video"),
        ("/api/closer", b"", "no video"),
    ],
)
def test_a_bad_body_is_told_in_one_line(client: Client, path: str, body: bytes, words: str) -> None:
    assert words in _line(client, path, 400, body)


@pytest.mark.parametrize(
    "path",
    [
        "/api/boxes", "/api/boxes?first=0&last=3", "/api/boxes?first=1&last=301",
        "/api/boxes?first=5&last=4", "/api/boxes?first=a&last=4", "/api/boxes?first=%C2%B2",
        "/api/boxes?first=99999999999999999999", "/api/lanes?first=1",
        "/api/lanes?first=1&last=2&bins=0",
        "/api/audit?n=0", "/api/audit?seed=-1", "/api/frame/0.jpg", "/api/frame/x.jpg",
        "/api/frame/1.jpg?w=1", "/api/frame/1.jpg?w=1e9", "/api/frame/1.jpg?sharp=yes",
        "/api/crop.jpg", "/api/crop.jpg?frame=1", "/api/crop.jpg?frame=1&track=7&h=0",
        "/api/gallery/-1/0.jpg",
    ],
)  # fmt: skip
def test_a_bad_address_is_told_in_one_line(client: Client, path: str) -> None:
    assert "whole number" in _line(client, path, 400)


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py", "/static/..%2Fapp.py", "/static/%2e%2e/app.py", "/static//etc/passwd",
        "/static/..\\app.py", "/static/index.html/", "/static/", "/static/none.js",
        "/static/index.html%00.js", "/api/frame/..%2F1.jpg", "//etc/passwd", "/../../etc/passwd",
        "/api/export/..%2Frun.json", "/api/export/minutes", "/api/nothing", "/index.html",
    ],
)  # fmt: skip
def test_no_path_leads_out_of_the_page(client: Client, path: str) -> None:
    answer = client.ask(path)
    assert answer.status in (400, 404)
    assert b"root:" not in answer.body
    assert "error" in answer.tree


def test_another_method_is_told(client: Client) -> None:
    for path in ("/api/answer", "/api/undo", "/api/closer"):
        assert "error" in client.ask(path).tree
        assert client.ask(path).status == 405
    assert client.ask("/api/facts", b"{}").status == 405


def test_a_fault_of_ours_is_told_and_the_server_goes_on(client: Client) -> None:
    answer = client.post("/api/answer", {"verdict": "fault"})
    assert answer.status == 500
    assert "fault of teamsheet" in answer.tree["error"]
    assert client.ask("/api/facts").status == 200


def test_without_a_video_the_page_is_told_and_goes_on_with_boxes(client: Client) -> None:
    facts = client.ask("/api/facts").tree
    assert facts["video"] == {"there": False, "note": "no pictures: gone"}
    assert _line(client, "/api/frame/1.jpg", 404)
    assert _line(client, "/api/crop.jpg?frame=1&track=7", 404)
    assert client.ask("/api/boxes?first=1&last=1").status == 200


def test_the_page_and_its_files(client: Client) -> None:
    page = client.ask("/")
    assert page.headers["content-type"].startswith("text/html")
    assert client.ask("/static/index.html").body == page.body
