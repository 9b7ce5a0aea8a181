"""One file over HTTPS: resumed where it broke off, checked before it has its name.

What has come lies beside the file as `.NAME.part`, with the server's mark of its version in
`.NAME.part.etag`, so that a later try asks only for the rest, and never joins two versions
(RFC 9110, Range and If-Range). Proxies and certificates are those of the system's environment
(`HTTPS_PROXY`, `SSL_CERT_FILE`).
"""

from __future__ import annotations

import functools
import hashlib
import http.client
import os
import re
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeVar

from gallery.errors import TeamsheetError
from gallery.weights.table import WeightsFile

TIMEOUT_S = 10.0
"""Without an answer, or a byte of one."""
MAX_BYTES = 2**31
"""Of a file whose size nobody publishes."""
Progress = Callable[[int, int | None], None]
"""Bytes that are there, and in all where it is known."""
_CHUNK = 2**18
_STRONG_ETAG = re.compile(r'"[\x21\x23-\x7e]*"')
_T = TypeVar("_T")


class FetchError(TeamsheetError):
    """A file cannot be fetched, or is not the one that was published. The message: why, then "; "
    and what to do."""


def fetch(file: WeightsFile, target: Path, progress: Progress, keep_checksum: bool) -> None:
    """Put the file at `target`, whose folder is there. keep_checksum: its SHA-256 `beside` it.

    What came before a failure is kept for the next try, but for wrong bytes. Raises FetchError.
    """
    part = _Part(target)
    if file.size_bytes is None or part.size < file.size_bytes:
        _receive(file, part, progress)
    checksum = _checked(file, part)
    kept = f"{checksum}  {target.name}\n"
    if keep_checksum:
        _on_disk(target, lambda: beside(target).write_text(kept, encoding="ascii"))
    _on_disk(target, lambda: os.replace(part.path, target))
    part.forget()


def beside(target: Path) -> Path:
    """Where the SHA-256 of a fetched file is kept, as `sha256sum -c` reads it."""
    return target.with_name(f"{target.name}.sha256")


def checksum_of(path: Path, algorithm: str) -> str:
    """Hex digits. Raises OSError."""
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, algorithm).hexdigest()


@dataclass(frozen=True, slots=True)
class _Part:
    """What has come of a file so far, and of which version of it."""

    target: Path

    @property
    def path(self) -> Path:
        return self.target.with_name(f".{self.target.name}.part")

    @property
    def _mark(self) -> Path:
        return self.target.with_name(f".{self.target.name}.part.etag")

    @property
    def size(self) -> int:
        return self.path.stat().st_size if self.path.is_file() else 0

    @property
    def version(self) -> str:
        """A strong ETag; "" where the server gave none."""
        known = self._mark.read_text("ascii", "replace") if self._mark.is_file() else ""
        return known if _STRONG_ETAG.fullmatch(known) else ""

    def begin(self, version: str) -> None:
        self.forget()
        if _STRONG_ETAG.fullmatch(version):
            self._mark.write_text(version, encoding="ascii")

    def forget(self) -> None:
        self.path.unlink(missing_ok=True)
        self._mark.unlink(missing_ok=True)


class _HttpsOnly(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any,
        newurl: str,
    ) -> urllib.request.Request | None:  # fmt: skip
        if not newurl.startswith("https://"):
            where = newurl.split("?")[0][:200]
            raise FetchError(
                f"{req.full_url} leads to {where}, which is not HTTPS; nothing was fetched from it"
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener() -> urllib.request.OpenerDirector:
    """It knows HTTPS and nothing else, neither plain HTTP nor files."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPSHandler(context=ssl.create_default_context()),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
        _HttpsOnly(),
    ):
        opener.add_handler(handler)
    return opener


def _receive(file: WeightsFile, part: _Part, progress: Progress) -> None:
    """All of the file, or the rest of it, into the part."""
    request = urllib.request.Request(file.url, headers={"Accept-Encoding": "identity"})
    version = part.version
    if part.size and (version or file.checksum):
        request.add_header("Range", f"bytes={part.size}-")
        if version:
            request.add_header("If-Range", version)
    try:
        with _opener().open(request, timeout=TIMEOUT_S) as answer:
            _copy(part, answer, _start(file, part, answer), progress)
    except urllib.error.HTTPError as error:
        with error:
            if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                _on_disk(part.path, part.forget)  # more than there is: of another version
        raise FetchError(
            f"{file.url} answers {error.code} {error.reason}; try again later"
        ) from error
    except (OSError, http.client.HTTPException) as error:
        raise FetchError(f"{_why(error)}; {_again(part)}") from error


def _start(file: WeightsFile, part: _Part, answer: http.client.HTTPResponse) -> int:
    """Where the part goes on, or begins anew; gives the bytes that it will have in the end."""
    begins_at = (answer.headers.get("Content-Range") or "").removeprefix("bytes ").split("-")[0]
    goes_on = answer.status == http.HTTPStatus.PARTIAL_CONTENT and begins_at == str(part.size)
    if not goes_on and answer.status != http.HTTPStatus.OK:
        _on_disk(part.path, part.forget)
        raise FetchError(f"{file.url} answers {answer.status} for a rest; try again")
    there = part.size if goes_on else 0
    total = file.size_bytes if answer.length is None else there + answer.length
    if total is None or total > MAX_BYTES or total != (file.size_bytes or total):
        if goes_on:
            _on_disk(part.path, part.forget)  # the page of a hotel's network leaves it as it is
        raise FetchError(
            f"{file.url} sends {'an unknown number of' if total is None else total} bytes, not "
            f"{file.size_bytes or 'a known size'}; nothing of it was kept, try again later"
        )
    if not goes_on:  # the first time, or a server that knows no Range, or a newer version
        _on_disk(part.path, lambda: part.begin(answer.headers.get("ETag") or ""))
    return total


def _copy(part: _Part, answer: http.client.HTTPResponse, total: int, progress: Progress) -> None:
    """Append what comes, to one byte more than there should be, which makes it the wrong file."""
    done = part.size
    with _on_disk(part.path, lambda: part.path.open("ab", buffering=0)) as opened:
        while done <= total and (chunk := answer.read(min(_CHUNK, total + 1 - done))):
            _on_disk(part.path, functools.partial(_write, opened, chunk))
            done += len(chunk)
            progress(done, total)
    if done < total:
        raise FetchError(f"the download broke off at {done} of {total} bytes; {_again(part)}")


def _write(opened: IO[bytes], chunk: bytes) -> None:
    """All of it, unbuffered: after a failure the file is as long as what is in it."""
    rest = memoryview(chunk)
    while rest:
        rest = rest[opened.write(rest) :]


def _checked(file: WeightsFile, part: _Part) -> str:
    """The checksum of the part; it goes where its bytes are not those that were published."""
    checksum = _on_disk(part.path, lambda: checksum_of(part.path, file.algorithm or "sha256"))
    if part.size > (file.size_bytes or part.size) or checksum != (file.checksum or checksum):
        part.forget()
        raise FetchError(
            f"{file.url} sent other bytes than those published "
            f"({spelt(file.algorithm)} differs); they were deleted, try again later"
        )
    return checksum


def spelt(algorithm: str) -> str:
    """As it is written in a sentence: SHA-384."""
    return algorithm.upper().replace("SHA", "SHA-")


def _on_disk(place: Path, work: Callable[[], _T]) -> _T:
    """Do it; a disk that is full or forbids is told from a network that fails."""
    try:
        return work()
    except OSError as error:
        why = error.strerror or str(error)
        raise FetchError(
            f"{place} cannot be written ({why}); make room there, or set XDG_CACHE_HOME to another "
            "folder, and try again: what has come is kept"
        ) from error


def _why(error: Exception) -> str:
    reason = getattr(error, "reason", None) or error
    if isinstance(reason, TimeoutError):
        return f"the server sent nothing for {TIMEOUT_S:.0f} s"
    return f"cannot be fetched ({str(reason) or type(reason).__name__})"


def _again(part: _Part) -> str:
    return "try again, what has come is kept" if part.size else "is there a network? Try again"
