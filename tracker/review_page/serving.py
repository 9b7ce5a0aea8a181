"""The server itself: a port of this machine, a browser that is shown it, and its end."""

from __future__ import annotations

import errno
import os
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp

from tracker.errors import TeamsheetError

PORT = 8765
"""Where --port is not given; or the next that is free."""
_TRIED = 50
_END_S = 2  # for what is being answered when the server is stopped
_IDLE_S = 75  # a page that nobody touches keeps its connections, as browsers would
_HOST = "127.0.0.1"


class PortError(TeamsheetError):
    """The page cannot be served there; the message names the remedy."""


def listen(port: int | None) -> socket.socket:
    """A socket of this machine alone. port: None for the first that is free. Raises PortError."""
    if port is not None:
        return _bound(port)
    for near in range(PORT, PORT + _TRIED):
        try:
            return _bound(near)
        except PortError:
            continue
    return _bound(0)


def serve(app: ASGIApp, listener: socket.socket, begun: Callable[[], None]) -> None:
    """Answer until the process is interrupted. begun: called when the first can be answered."""
    server = Server(app, begun)
    try:
        server.run(sockets=[listener])
    except KeyboardInterrupt:  # how it is ended
        return


class Server(uvicorn.Server):
    """Says when it has begun, and nothing else: the page tells what goes wrong."""

    def __init__(self, app: ASGIApp, begun: Callable[[], None] = lambda: None) -> None:
        config = uvicorn.Config(
            app, log_level="critical", access_log=False, lifespan="off", ws="none",
            timeout_graceful_shutdown=_END_S, timeout_keep_alive=_IDLE_S, server_header=False,
        )  # fmt: skip
        super().__init__(config)
        self._begun = begun

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._begun()


def show_in_browser(address: str) -> bool:
    """Whether there is a browser with windows; it is begun beside, and opens the address."""
    windows = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if sys.platform.startswith("linux") and not windows and "BROWSER" not in os.environ:
        return False  # what there is would take this terminal
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return False
    threading.Thread(target=browser.open, args=(address,), daemon=True).start()
    return True


def _bound(port: int) -> socket.socket:
    # asyncio lets small answers go at once only where the socket says that it is of TCP
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name != "nt":  # there it would let two servers listen on one port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((_HOST, port))
        listener.listen(128)
    except (OSError, OverflowError) as error:
        listener.close()
        raise PortError(_why(port, error)) from error
    return listener


def _why(port: int, error: Exception) -> str:
    number = getattr(error, "errno", None)
    if number == errno.EADDRINUSE:
        return f"--port {port} is in use by another program; give another, or none"
    if number == errno.EACCES:
        return f"--port {port} may not be used without more rights; give one from 1024 on, or none"
    return f"--port {port}: not a port; give one from 1024 to 65535, or none"
