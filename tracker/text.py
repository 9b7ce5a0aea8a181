"""Other people's text on its way to a terminal or a spreadsheet."""

from __future__ import annotations

import re
import sys

from gallery.spelling import is_text, printable

__all__ = ["bare", "guarded", "hidden", "is_text", "printable", "say"]

_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_GUARDED = re.compile(r"'+[=+\-@\t\r]")
_LOGIN = re.compile(r"(?<=//)[^/\s\"']*@")
_SECRET = re.compile(
    r"\b(pass(?:word|wd)?|pwd|pw|token|secret|api_?key|auth|sig(?:nature)?)=[^&\s\"'/]+", re.I
)


def say(line: str) -> None:
    """One line on stderr."""
    print(f"teamsheet: {printable(line)}", file=sys.stderr)


def hidden(text: str) -> str:
    """Without users and passwords of the addresses in it: `//bob:word@host`, `?token=word`.

    A password may hold an `@`, so all up to the last one goes.
    """
    return _SECRET.sub(r"\1=***", _LOGIN.sub("", text)) if "//" in text else text


def guarded(text: str) -> str:
    """A cell of a CSV that no spreadsheet takes for a formula; `bare` gives the text back.

    Spreadsheets calculate what begins with = + - @, tab or return; an apostrophe before it makes it
    text (OWASP, CSV Injection). Text that begins with apostrophes and such a sign gets one more.
    """
    return f"'{text}" if _FORMULA.match(text) else text


def bare(cell: str) -> str:
    """The text that `guarded` made the cell of."""
    return cell[1:] if _GUARDED.match(cell) else cell
