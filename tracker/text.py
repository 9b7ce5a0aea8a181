"""Other people's text on its way to a terminal or a spreadsheet."""

from __future__ import annotations

import re
import sys
from contextlib import suppress

from gallery.spelling import is_text, printable

__all__ = ["bare", "guarded", "is_text", "printable", "say"]

_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_GUARDED = re.compile(r"'+[=+\-@\t\r]")


def say(line: str) -> None:
    """One line on stderr, if there is one."""
    with suppress(OSError, ValueError):
        print(f"teamsheet: {printable(line)}", file=sys.stderr)


def guarded(text: str) -> str:
    """A cell of a CSV that no spreadsheet takes for a formula; `bare` gives the text back.

    Spreadsheets calculate what begins with = + - @, tab or return; an apostrophe before it makes it
    text (OWASP, CSV Injection). Text that begins with apostrophes and such a sign gets one more.
    """
    return f"'{text}" if _FORMULA.match(text) else text


def bare(cell: str) -> str:
    """The text that `guarded` made the cell of."""
    return cell[1:] if _GUARDED.match(cell) else cell
