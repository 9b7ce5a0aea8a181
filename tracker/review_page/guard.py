"""Who may speak with the server: a page that it gave out itself, on this machine.

Every page in a browser can send requests to 127.0.0.1. So whoever asks has to know a random token,
which only the address holds that `teamsheet review` prints; the Host says that no other name leads
here (DNS rebinding), and the Origin that no other page asks (cross-site request forgery).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tracker.errors import TeamsheetError

TOKEN = "t"
"""The parameter of the first address that holds the token."""
TOKEN_HEADER = "X-Teamsheet-Token"
_POLICY = (
    "default-src 'self'; img-src 'self' blob: data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",  # the token stands in the first address
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


_ELSEWHERE = ("cross-site", "same-site")


class RefusedError(TeamsheetError):
    """A request that may not be answered; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Door:
    """port: that the server listens on."""

    port: int
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)

    @property
    def address(self) -> str:
        """What to open in a browser."""
        return f"http://127.0.0.1:{self.port}/?{TOKEN}={self.token}"

    @property
    def cookie(self) -> str:
        """Its name: cookies know no ports, and two reviews may be open."""
        return f"teamsheet_review_{self.port}"

    def check(self, request: Request) -> None:
        """Raises RefusedError unless the request comes from a page of ours."""
        hosts = {f"{name}:{self.port}" for name in ("127.0.0.1", "localhost")}
        if request.headers.get("host", "").lower() not in hosts:
            raise RefusedError("asked under another name than 127.0.0.1 or localhost")
        origin = request.headers.get("origin")
        if origin is not None and origin.lower() not in {f"http://{host}" for host in hosts}:
            raise RefusedError("asked by another page")
        # of a picture or a script within another page browsers name no Origin
        if request.url.path != "/" and request.headers.get("sec-fetch-site") in _ELSEWHERE:
            raise RefusedError("asked by another page")
        own = self.token.encode()
        given = _given(request, self.cookie)
        if not any(secrets.compare_digest(token.encode(), own) for token in given):
            raise RefusedError("open the address that `teamsheet review` has printed")


def _given(request: Request, cookie: str) -> list[str]:
    """What a request names as the token."""
    given = [request.headers.get(TOKEN_HEADER), request.cookies.get(cookie)]
    if request.url.path == "/":
        given.append(request.query_params.get(TOKEN))
    return [token for token in given if token]


class Guard:
    """Refuses whoever the door does; every answer gets the headers that keep a page to itself."""

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self._app, self._door = app, door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        try:
            self._door.check(Request(scope))
        except RefusedError as error:
            await JSONResponse({"error": str(error)}, 403)(scope, receive, guarded_send)
            return
        await self._app(scope, receive, guarded_send)
