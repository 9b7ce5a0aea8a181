"""A hub of weights on this machine, over HTTPS with a certificate of its own."""

from __future__ import annotations

import hashlib
import http.server
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import trustme

from gallery.weights.table import WEIGHTS, Weights, WeightsFile

Served = Callable[["Asked"], None]
BODY = bytes(range(256)) * 4096
"""1 MB."""
ETAG = '"one"'


class Asked(http.server.BaseHTTPRequestHandler):
    """One question to the hub; what it answers says the hub."""

    hub: Hub

    def do_GET(self) -> None:
        self.hub.asked.append((self.path, self.headers.get("Range"), self.headers.get("If-Range")))
        self.hub.served[self.path](self)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@dataclass
class Hub:
    """served: what is answered, by path. asked: path, Range, If-Range of every question."""

    address: str = ""
    served: dict[str, Served] = field(default_factory=dict)
    asked: list[tuple[str, str | None, str | None]] = field(default_factory=list)

    def offer(
        self, name: str, served: Served, body: bytes = BODY, published: bool = True, **more: object
    ) -> Weights:
        """An entry for a table: a file of that body."""
        self.served[f"/{name}"] = served
        size, checksum = (len(body), hashlib.sha384(body).hexdigest()) if published else (None, "")
        file = WeightsFile(name, f"{self.address}/{name}", size, checksum)
        given = {"purpose": "detector", "licence": "MIT", **more}
        return Weights(name.partition(".")[0], files=(file,), **given)  # type: ignore[arg-type]


@contextmanager
def hub(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """It is trusted, and YOLO_OFFLINE is off, as long as monkeypatch holds."""
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(folder / "ca.pem"))
    monkeypatch.setenv("YOLO_OFFLINE", "0")
    monkeypatch.setenv("NO_PROXY", "localhost")
    here = Hub()
    handler = type("Here", (Asked,), {"hub": here})
    server = http.server.ThreadingHTTPServer(("localhost", 0), handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    here.address = f"https://localhost:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield here
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def listed(monkeypatch: pytest.MonkeyPatch, *weights: Weights) -> None:
    """Put them into the table."""
    for each in weights:
        monkeypatch.setitem(WEIGHTS, each.name, each)


def whole(asked: Asked, body: bytes = BODY, etag: str = ETAG) -> None:
    """The file, or the rest that is asked for."""
    start = int((asked.headers.get("Range") or "bytes=0-")[6:-1])
    if asked.headers.get("If-Range", etag) != etag:
        start = 0
    if start >= len(body):
        asked.send_error(416)
        return
    asked.send_response(206 if start else 200)
    if start:
        asked.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
    headers(asked, len(body) - start, etag)
    asked.wfile.write(body[start:])


def headers(asked: Asked, length: int, etag: str = ETAG) -> None:
    asked.send_header("Content-Length", str(length))
    asked.send_header("ETag", etag)
    asked.end_headers()


def whole_of(asked: Asked, body: bytes) -> None:
    """All of it, whatever part is asked for."""
    asked.send_response(200)
    headers(asked, len(body))
    asked.wfile.write(body)


def without_ranges(asked: Asked) -> None:
    whole_of(asked, BODY)


def broken_off(asked: Asked) -> None:
    """Half of it, and then the connection ends."""
    asked.send_response(200)
    headers(asked, len(BODY))
    asked.wfile.write(BODY[: len(BODY) // 2])


def stalling(asked: Asked) -> None:
    """Half of it, and then nothing for a second."""
    broken_off(asked)
    asked.wfile.flush()
    time.sleep(1.0)


def slowly(asked: Asked) -> None:
    """All of it, by and by."""
    asked.send_response(200)
    headers(asked, len(BODY))
    for at in range(0, len(BODY), len(BODY) // 8):
        asked.wfile.write(BODY[at : at + len(BODY) // 8])
        time.sleep(0.05)


def wrong(asked: Asked) -> None:
    """As many bytes, others."""
    whole(asked, BODY[::-1])


def a_login_page(asked: Asked) -> None:
    whole_of(asked, b"<html>please log in</html>")


def redirected(to: str) -> Served:
    def answer(asked: Asked) -> None:
        asked.send_response(302)
        asked.send_header("Location", to)
        asked.send_header("Content-Length", "0")
        asked.end_headers()

    return answer
