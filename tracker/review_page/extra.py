"""The libraries of the server, which come with the extra `review`."""

from __future__ import annotations

from importlib.util import find_spec

from tracker.errors import TeamsheetError

_LIBRARIES = ("starlette", "uvicorn")


class ExtraError(TeamsheetError):
    """They are not installed; the message says how to."""


def check_extra() -> None:
    """Raises ExtraError unless the server can be imported."""
    if not all(map(find_spec, _LIBRARIES)):
        raise ExtraError('the page needs two libraries more: pip install "teamsheet[review]"')
