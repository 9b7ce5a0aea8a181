"""Weights come over HTTPS whole, go on where they broke off, and are checked before they count."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from gallery.reid.model_cache import cache_folder
from gallery.weights import fetch
from gallery.weights.cached import WeightsError, find, get
from gallery.weights.table import Weights
from tests.worlds import weights_server as server
from tests.worlds.bad_inputs import as_anybody
from tests.worlds.weights_server import BODY, Hub, redirected, whole

HALF = len(BODY) // 2


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "teamsheet"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with server.hub(tmp_path, monkeypatch) as here:
        yield here


@contextmanager
def unseen(_name: str) -> Iterator[fetch.Progress]:
    yield lambda _done, _total: None


def refused(weights: Weights) -> str:
    """The one line of the WeightsError."""
    with pytest.raises(WeightsError) as caught:
        get(weights, unseen)
    assert "\n" not in str(caught.value)
    assert weights.name in str(caught.value)
    return str(caught.value)


def files(cache: Path) -> set[str]:
    return {file.name for file in cache.iterdir()}


def test_a_file_comes_once_whole_and_watched(hub: Hub, cache: Path) -> None:
    weights = hub.offer("net.onnx", whole)
    seen: list[tuple[int, int | None]] = []

    @contextmanager
    def watched(name: str) -> Iterator[Callable[[int, int | None], None]]:
        assert name == "net.onnx"
        yield lambda done, total: seen.append((done, total))

    path = get(weights, watched)
    assert path == cache / "net.onnx"
    assert path.read_bytes() == BODY
    assert seen[-1] == (len(BODY), len(BODY))
    assert [done for done, _ in seen] == sorted({done for done, _ in seen})
    assert get(weights, unseen) == path
    assert len(hub.asked) == 1
    assert files(cache) == {"net.onnx"}, "nothing else stays"


def test_a_slow_server_is_waited_for(hub: Hub) -> None:
    assert get(hub.offer("net.onnx", server.slowly), unseen).read_bytes() == BODY


@pytest.mark.parametrize("how", [server.broken_off, server.stalling], ids=["broken off", "silent"])
@pytest.mark.parametrize("published", [True, False])
def test_what_broke_off_goes_on(
    hub: Hub, cache: Path, monkeypatch: pytest.MonkeyPatch, how: server.Served, published: bool
) -> None:
    monkeypatch.setattr(fetch, "TIMEOUT_S", 0.3)
    weights = hub.offer("net.onnx", how, published=published)
    message = refused(weights)
    assert "try again, what has come is kept" in message
    assert f"bring net.onnx to {cache}" in message
    assert find(weights) is None
    hub.served["/net.onnx"] = whole
    assert get(weights, unseen).read_bytes() == BODY
    assert hub.asked[1:] == [("/net.onnx", f"bytes={HALF}-", '"one"')]


def test_a_server_that_knows_no_ranges_sends_all_again(hub: Hub) -> None:
    weights = hub.offer("net.onnx", server.broken_off)
    refused(weights)
    hub.served["/net.onnx"] = server.without_ranges
    assert get(weights, unseen).read_bytes() == BODY


def test_another_rest_than_the_one_asked_for_is_not_taken(hub: Hub) -> None:
    def elsewhere(asked: server.Asked) -> None:
        asked.send_response(206)
        asked.send_header("Content-Range", f"bytes {HALF - 9}-{len(BODY) - 10}/{len(BODY)}")
        server.headers(asked, len(BODY) - HALF)
        asked.wfile.write(BODY[HALF - 9 : -9])

    weights = hub.offer("net.pt", server.broken_off, published=False)
    refused(weights)
    hub.served["/net.pt"] = elsewhere
    assert "answers 206 for a rest" in refused(weights)
    hub.served["/net.pt"] = whole
    assert get(weights, unseen).read_bytes() == BODY


def test_two_versions_are_never_joined(hub: Hub) -> None:
    weights = hub.offer("net.pt", server.broken_off, published=False)
    refused(weights)
    newer = bytes(len(BODY))
    hub.served["/net.pt"] = lambda asked: whole(asked, newer, '"two"')
    assert get(weights, unseen).read_bytes() == newer


def test_a_part_that_is_longer_than_the_file_is_begun_anew(hub: Hub) -> None:
    weights = hub.offer("net.pt", server.broken_off, published=False)
    refused(weights)
    hub.served["/net.pt"] = lambda asked: whole(asked, BODY[:999])
    assert "416" in refused(weights)
    assert get(weights, unseen).read_bytes() == BODY[:999]


@pytest.mark.parametrize(
    ("how", "why"), [(server.wrong, "SHA-384 differs"), (server.a_login_page, "sends 26 bytes")]
)
def test_wrong_bytes_are_deleted(hub: Hub, cache: Path, how: server.Served, why: str) -> None:
    weights = hub.offer("net.onnx", how)
    assert why in refused(weights)
    assert files(cache) == set()
    hub.served["/net.onnx"] = whole
    assert get(weights, unseen).read_bytes() == BODY


def test_a_login_page_leaves_what_has_come(hub: Hub) -> None:
    weights = hub.offer("net.onnx", server.broken_off)
    refused(weights)
    hub.served["/net.onnx"] = server.a_login_page
    assert "sends 26 bytes" in refused(weights)
    hub.served["/net.onnx"] = whole
    assert get(weights, unseen).read_bytes() == BODY
    assert hub.asked[-1][1] == f"bytes={HALF}-"


def test_more_bytes_than_published_are_not_waited_for(hub: Hub, cache: Path) -> None:
    def endless(asked: server.Asked) -> None:
        asked.send_response(200)
        asked.end_headers()
        with suppress(OSError):  # nobody reads it to its end
            for _ in range(100):
                asked.wfile.write(BODY)

    assert "other bytes" in refused(hub.offer("net.onnx", endless))
    assert files(cache) == set()


def test_a_file_of_unknown_length_is_not_begun(hub: Hub, cache: Path) -> None:
    def lengthless(asked: server.Asked) -> None:
        asked.send_response(200)
        asked.end_headers()
        asked.wfile.write(BODY)

    assert "unknown" in refused(hub.offer("net.pt", lengthless, published=False))
    assert files(cache) == set()


@pytest.mark.parametrize("to", ["http://localhost:1/net.onnx", "file:///etc/passwd"])
def test_a_redirect_that_leaves_https_is_refused(hub: Hub, cache: Path, to: str) -> None:
    message = refused(hub.offer("net.onnx", redirected(to)))
    assert "not HTTPS" in message or "302" in message
    assert files(cache) == set()


def test_a_redirect_within_https_is_followed(hub: Hub) -> None:
    weights = hub.offer("net.onnx", redirected("/mirror"))
    hub.served["/mirror"] = whole
    assert get(weights, unseen).read_bytes() == BODY


def test_a_server_whose_certificate_is_unknown_is_refused(
    hub: Hub, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    assert "certificate" in refused(hub.offer("net.onnx", whole))
    assert hub.asked == []


def test_what_the_server_does_not_have(hub: Hub) -> None:
    assert "404" in refused(hub.offer("net.onnx", lambda asked: asked.send_error(404)))


def test_no_network(hub: Hub) -> None:
    weights = hub.offer("net.onnx", whole)
    hub.address = "https://localhost:1"
    message = refused(hub.offer("net.onnx", whole))
    assert "cannot be fetched" in message
    assert weights.files[0].name in message


def test_offline_nothing_is_asked(hub: Hub, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YOLO_OFFLINE", "1")
    message = refused(hub.offer("net.onnx", whole))
    assert "YOLO_OFFLINE" in message
    assert str(cache) in message
    assert hub.asked == []


def test_a_full_disk_is_one_line_and_what_came_is_kept(
    hub: Hub, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Path.open

    class Full:
        """A disk with room for half of it."""

        def __init__(self, file: Any) -> None:
            self.file, self.room = file, HALF

        def write(self, data: bytes) -> int:
            if not self.room:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            written = self.file.write(data[: self.room])
            self.room -= written
            return int(written)

        def __enter__(self) -> Full:
            return self

        def __exit__(self, *_: object) -> None:
            self.file.close()

    def full(path: Path, mode: str = "r", *args: Any, **more: Any) -> Any:
        file = opened(path, mode, *args, **more)
        return Full(file) if mode == "ab" else file

    weights = hub.offer("net.onnx", whole)
    with monkeypatch.context() as on_a_full_disk:
        on_a_full_disk.setattr(Path, "open", full)
        message = refused(weights)
    assert "No space left" in message
    assert "make room" in message
    assert find(weights) is None
    assert get(weights, unseen).read_bytes() == BODY
    assert hub.asked[1][1] == f"bytes={HALF}-"


def test_a_cache_that_cannot_be_written(hub: Hub, cache: Path) -> None:
    cache.mkdir(parents=True)
    cache.chmod(0o555)
    weights = hub.offer("net.onnx", whole)
    try:
        with as_anybody():
            message = refused(weights)
    finally:
        cache.chmod(0o755)
    assert "cannot be written (Permission denied)" in message
    assert "XDG_CACHE_HOME" in message
    assert hub.asked == []


def test_a_cache_that_is_a_file(hub: Hub, cache: Path) -> None:
    cache.parent.mkdir()
    cache.write_text("")
    assert "XDG_CACHE_HOME" in refused(hub.offer("net.onnx", whole))


def test_an_altered_file_is_never_given(hub: Hub, cache: Path) -> None:
    weights = hub.offer("net.onnx", whole)
    get(weights, unseen).write_bytes(BODY[:-1] + b"x")
    for use in (find, lambda w: get(w, unseen)):
        with pytest.raises(WeightsError, match=r"SHA-384 differs\); delete it") as caught:
            use(weights)
        assert str(cache / "net.onnx") in str(caught.value)
    assert len(hub.asked) == 1


def test_where_nobody_publishes_a_checksum_the_first_download_holds(hub: Hub, cache: Path) -> None:
    weights = hub.offer("net.pt", whole, published=False)
    path = get(weights, unseen)
    kept = cache / "net.pt.sha256"
    assert kept.read_text() == f"{hashlib.sha256(BODY).hexdigest()}  net.pt\n"
    path.write_bytes(BODY[::-1])
    with pytest.raises(WeightsError, match="when it was fetched"):
        find(weights)
    path.unlink()
    hub.served["/net.pt"] = server.wrong
    assert "SHA-256 differs" in refused(weights), "another one than the first"
    kept.write_text("nonsense")
    assert "net.pt.sha256" in refused(weights)


def test_a_file_brought_by_hand_is_checked_where_it_can_be(hub: Hub, cache: Path) -> None:
    published = hub.offer("net.onnx", whole)
    own = hub.offer("own.pt", whole, published=False)
    cache.mkdir(parents=True)
    (cache / "net.onnx").write_bytes(BODY)
    (cache / "own.pt").write_bytes(b"mine")
    assert find(published) == cache / "net.onnx"
    assert find(own) == cache / "own.pt"
    (cache / "net.onnx").write_bytes(b"mine")
    with pytest.raises(WeightsError, match="was published"):
        find(published)


def test_what_only_its_own_package_opens_is_not_fetched(hub: Hub) -> None:
    assert "package rfdetr" in refused(hub.offer("net.pth", whole, loader="rfdetr"))
    assert hub.asked == []


def test_the_cache_is_the_users(cache: Path) -> None:
    assert cache_folder() == cache
