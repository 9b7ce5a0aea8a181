"""What a request says, checked: numbers in their range, a body that is an object."""

from __future__ import annotations

import json
from typing import Any

from starlette.requests import Request

from tracker.errors import TeamsheetError

MAX_BODY = 1_000_000
"""Bytes; a list of 200 names pasted takes some thousand."""
MAX_FRAME = 1 << 31
_MAX_DIGITS = 11


class RequestError(TeamsheetError):
    """A request does not say what it has to; the message says what is due."""


def number(
    request: Request, name: str, default: int | None = None, *, low: int = 0, high: int = MAX_FRAME
) -> int:
    """A whole number from the address, low <= number <= high. Raises RequestError."""
    text = request.path_params.get(name, request.query_params.get(name))
    if text is None and default is not None:
        return default
    digits = text is not None and text.isascii() and text.isdecimal() and len(text) <= _MAX_DIGITS
    return _in_range(name, int(text) if digits and text is not None else text, low, high)


def body_number(body: dict[str, Any], name: str, *, low: int = 0, high: int = MAX_FRAME) -> int:
    """The same from a body."""
    return _in_range(name, body.get(name), low, high)


def _in_range(name: str, value: object, low: int, high: int) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
        return value
    shown = "nothing" if value is None else str(value)[:40]
    raise RequestError(f"{name}: a whole number from {low} to {high} is due, not {shown}")


async def body_of(request: Request) -> dict[str, Any]:
    """The JSON object that was sent; empty where nothing was. Raises RequestError."""
    raw = bytearray()
    async for part in request.stream():  # to its end: who still sends would not read an answer
        raw += part[: MAX_BODY + 1 - len(raw)]
    if len(raw) > MAX_BODY:
        raise RequestError(f"more than {MAX_BODY} bytes were sent")
    if not raw:
        return {}
    try:
        tree = json.loads(raw)
        json.dumps(tree, ensure_ascii=False).encode()  # half a character can be written nowhere
    except (ValueError, RecursionError) as error:
        raise RequestError("what was sent is no JSON") from error
    if not isinstance(tree, dict):
        raise RequestError("what was sent is no JSON object")
    return tree
