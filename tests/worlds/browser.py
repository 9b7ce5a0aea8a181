"""A real browser for the tests of pages: Chromium, headless, spoken to through two pipes."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
_FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-dev-shm-usage", "--remote-debugging-pipe",
)  # fmt: skip


_KEY_CODES = {
    "Enter": 13, "Escape": 27, " ": 32, "Tab": 9, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39,
    "ArrowDown": 40,
}  # fmt: skip


def _site(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


class Browser:
    """One page. troubles: what went to its console as an error, or was thrown."""

    def __init__(self, to: int, back: int) -> None:
        self._to, self._back = to, back
        self._count, self._rest = 0, b""
        self._session: str | None = None
        self.troubles: list[str] = []
        self._events: list[str] = []
        self._sites: list[str] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        self._count += 1
        message: dict[str, Any] = {"id": self._count, "method": method, "params": params}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while True:
            told = self._read()
            if told.get("id") == self._count:
                assert "error" not in told, told["error"]
                result: dict[str, Any] = told["result"]
                return result
            self._note(told)

    def open(self, page: Path | str, width: int = 1280, height: int = 900, link: str = "") -> None:
        """Open a file, or an address, and wait until it is loaded."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=False,
        )  # fmt: skip
        address = page if isinstance(page, str) else page.resolve().as_uri()
        before = len(self.troubles)
        self._sites.append(_site(address))
        for url in ("about:blank", address + link):  # or it may only scroll
            del self.troubles[before:]  # of the page that is left, whose site may be gone
            self._events.clear()
            self.call("Page.navigate", url=url)
            while "Page.loadEventFired" not in self._events:
                self._note(self._read())

    def run(self, script: str) -> Any:
        """What an expression is worth in the page; promises are waited for."""
        found = self.call(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def wait(self, condition: str, seconds: float = 10.0) -> None:
        """Until an expression is true in the page; an AssertionError says which never was."""
        until = time.monotonic() + seconds
        while not self.run(f"Boolean({condition})"):
            assert time.monotonic() < until, f"never true: {condition}"
            time.sleep(0.02)

    def press(self, key: str, shift: bool = False) -> None:
        """A key, by the name that a page is told: "a", "Enter", "ArrowLeft"."""
        text = {"Enter": "\r"}.get(key, key if len(key) == 1 else "")
        code = _KEY_CODES.get(key, ord(key.upper()) if len(key) == 1 else 0)
        event = {"key": key, "windowsVirtualKeyCode": code, "modifiers": 8 if shift else 0}
        kind = "keyDown" if text else "rawKeyDown"
        self.call("Input.dispatchKeyEvent", type=kind, text=text, **event)
        self.call("Input.dispatchKeyEvent", type="keyUp", **event)

    def type(self, text: str) -> None:
        """Into what has the focus."""
        self.call("Input.insertText", text=text)

    def mouse(self, *points: tuple[float, float]) -> None:
        """Press at the first point, move over the others, let go at the last; one: a click."""
        (x, y), (last_x, last_y) = points[0], points[-1]
        button = {"button": "left", "clickCount": 1}
        self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
        self.call("Input.dispatchMouseEvent", type="mousePressed", x=x, y=y, **button)
        for to_x, to_y in points[1:]:
            self.call(
                "Input.dispatchMouseEvent", type="mouseMoved", x=to_x, y=to_y, button="left",
                buttons=1,
            )  # fmt: skip
        self.call("Input.dispatchMouseEvent", type="mouseReleased", x=last_x, y=last_y, **button)

    def touch(self, *points: tuple[float, float]) -> None:
        """A finger put down at the first point, moved over the others, and lifted."""
        (x, y), *rest = points
        self.call("Input.dispatchTouchEvent", type="touchStart", touchPoints=[{"x": x, "y": y}])
        for to_x, to_y in rest:
            moved = [{"x": to_x, "y": to_y}]
            self.call("Input.dispatchTouchEvent", type="touchMove", touchPoints=moved)
        self.call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])

    def middle(self, selector: str) -> tuple[float, float]:
        """Of the first element of that selector, scrolled to."""
        found = self.run(
            f"(e => {{ if (!e) return null; e.scrollIntoView({{block: 'center'}}); "
            "const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; "
            f"}})(document.querySelector({json.dumps(selector)}))"
        )
        assert found, f"nothing is {selector}"
        return found[0], found[1]

    def click(self, selector: str) -> None:
        self.mouse(self.middle(selector))

    def prefer(self, scheme: str) -> None:
        """scheme: light or dark."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("Emulation.setEmulatedMedia", features=features)

    def screenshot(self, file: Path) -> None:
        data = self.call("Page.captureScreenshot", format="png")["data"]
        file.write_bytes(base64.b64decode(data))

    def _note(self, told: dict[str, Any]) -> None:
        method, params = told.get("method", ""), told.get("params", {})
        self._events.append(method)
        if method == "Runtime.exceptionThrown":
            self.troubles.append(json.dumps(params["exceptionDetails"]))
        if method == "Log.entryAdded" and params["entry"]["level"] in {"error", "warning"}:
            self._note_entry(params["entry"])

    def _note_entry(self, entry: dict[str, Any]) -> None:
        """A site that has been left, and ended, may still be missed for a moment."""
        site = _site(entry.get("url", ""))
        if site not in self._sites[:-1] or site == self._sites[-1]:
            self.troubles.append(entry["text"])

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            more = os.read(self._back, 1 << 20)
            assert more, "the browser has gone"
            self._rest += more
        first, _, self._rest = self._rest.partition(b"\0")
        told: dict[str, Any] = json.loads(first)
        return told


@contextlib.contextmanager
def browser(profile: Path) -> Iterator[Browser]:
    """Start it, and end it. profile: a folder of its own."""
    assert CHROMIUM
    read_there, write_here = os.pipe()
    read_here, write_there = os.pipe()
    ends = (read_there, write_there)
    # it reads from 3 and writes to 4
    code = f'exec 3<&{read_there} 4>&{write_there}; exec "$0" "$@"'
    process = subprocess.Popen(
        ["bash", "-c", code, CHROMIUM, *_FLAGS, f"--user-data-dir={profile}"],
        pass_fds=ends, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    for end in ends:
        os.close(end)
    try:
        yield Browser(write_here, read_here)
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()
        os.close(write_here)
        os.close(read_here)
