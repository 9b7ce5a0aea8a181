"""Nobody is answered but the page that the server gave out itself."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from tests.worlds.review_page import Client, serving
from tracker.review_page.guard import Door
from tracker.review_page.serving import listen

GETS = (
    "/", "/static/index.html", "/api/facts", "/api/question", "/api/honesty", "/api/cards",
    "/api/status", "/api/boxes?first=1&last=2", "/api/lanes?first=1&last=2", "/api/audit",
    "/api/frame/1.jpg", "/api/crop.jpg?frame=1&track=7", "/api/gallery/0/0.jpg",
    "/api/export/minutes", "/no/such/place",
)  # fmt: skip
POSTS = (
    "/api/answer", "/api/undo", "/api/redo", "/api/write", "/api/audit", "/api/closer",
    "/api/export/minutes",
)  # fmt: skip


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with serving(tmp_path_factory.mktemp("guard"), None) as client:
        yield client


def _all(client: Client, **headers: str | None) -> set[int]:
    answers = [client.ask(path, **headers) for path in GETS]
    answers += [client.post(path, {"verdict": "right"}, **headers) for path in POSTS]
    assert all("error" in a.tree for a in answers if a.status == 403)
    return {a.status for a in answers}


def test_without_the_token_nothing_is_given(client: Client) -> None:
    assert _all(client, Cookie=None) == {403}
    assert _all(client, Cookie=f"{client.door.cookie}=guess") == {403}
    assert _all(client, Cookie=None, X_Teamsheet_Token="ümlaut") == {403}
    assert client.served.desk.got == []  # type: ignore[attr-defined]


def test_the_token_opens_by_cookie_header_or_first_address(client: Client) -> None:
    token = client.door.token
    assert client.ask("/api/facts").status == 200
    assert client.ask("/api/facts", Cookie=None, X_Teamsheet_Token=token).status == 200
    first = client.ask(f"/?t={token}", Cookie=None)
    assert first.status == 200
    cookie = first.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert client.ask("/", Cookie=cookie.split(";")[0]).status == 200


def test_the_token_stands_in_no_other_address(client: Client) -> None:
    """It would be in the logs and the history of whatever asks."""
    assert client.ask(f"/api/facts?t={client.door.token}", Cookie=None).status == 403


def test_another_name_for_this_machine_is_refused(client: Client) -> None:
    """A name of a stranger's may be made to lead to 127.0.0.1 (DNS rebinding)."""
    port = client.door.port
    hosts = (
        "evil.example", f"evil.example:{port}", "127.0.0.1", f"127.0.0.1:{port + 1}",
        f"127.0.0.1:{port}.evil.example", f"[::1]:{port}", f"0.0.0.0:{port}",
    )  # fmt: skip
    for host in hosts:
        assert _all(client, Host=host) == {403}, host
    assert client.ask("/api/facts", Host=None).status == 400
    assert client.ask("/api/facts", Host=f"LocalHost:{port}").status == 200


def test_a_request_that_another_page_makes_is_refused(client: Client) -> None:
    port = client.door.port
    for origin in ("https://evil.example", f"http://evil.example:{port}", "null", "",
                   f"https://127.0.0.1:{port}", f"http://127.0.0.1:{port + 1}"):  # fmt: skip
        assert _all(client, Origin=origin) == {403}, origin
    for site in ("cross-site", "same-site"):
        assert client.ask("/api/frame/1.jpg", Sec_Fetch_Site=site).status == 403
        assert client.ask("/", Sec_Fetch_Site=site).status == 200  # a link in a mail
    for site in ("same-origin", "none"):
        assert client.ask("/api/facts", Sec_Fetch_Site=site).status == 200
    for host in ("127.0.0.1", "localhost"):
        origin = f"http://{host}:{port}"
        assert client.post("/api/answer", {"verdict": "right"}, Origin=origin).status == 200


def test_every_answer_keeps_the_page_to_itself(client: Client) -> None:
    answers = (
        client.ask("/"), client.ask("/api/facts"), client.ask("/api/facts", Cookie=None),
        client.ask("/nothing"), client.post("/api/answer", {"verdict": "fault"}),
    )  # fmt: skip
    for answer in answers:
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
        assert "access-control-allow-origin" not in answer.headers


def test_each_door_has_a_token_of_its_own_and_does_not_show_it() -> None:
    one, other = Door(8765), Door(8766)
    assert one.token != other.token
    assert len(one.token) > 40
    assert one.token not in repr(one)
    assert one.cookie != other.cookie


def test_only_this_machine_is_listened_to() -> None:
    with listen(None) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"


def test_small_answers_go_at_once() -> None:
    """asyncio sets TCP_NODELAY only where a socket says TCP; else each takes 40 ms more."""
    with listen(None) as listener:
        assert listener.proto == socket.IPPROTO_TCP
