"""Other people's text on its way to a terminal or a spreadsheet."""

from __future__ import annotations

import re
import sys
import warnings
from typing import Any

from gallery.spelling import is_text, printable
from gallery.text_files import ReadingWarning

__all__ = ["bare", "guarded", "is_text", "printable", "say", "say_warnings"]

_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_GUARDED = re.compile(r"'+[=+\-@\t\r]")


def say(line: str) -> None:
    """One line on stderr."""
    print(f"teamsheet: {printable(line)}", file=sys.stderr)


def say_warnings() -> None:
    """From now on, what is warned of while a file is read is one line on stderr like all else."""
    before, told = warnings.showwarning, set[str]()

    def shown(message: Any, category: type[Warning], filename: str, *more: Any, **how: Any) -> None:
        if issubclass(category, ReadingWarning):
            if str(message) not in told:  # the same file may be read twice
                say(str(message))
            told.add(str(message))
        else:
            before(message, category, filename, *more, **how)

    warnings.simplefilter("always", ReadingWarning)
    warnings.showwarning = shown  # the hook that the standard library has for it


def guarded(text: str) -> str:
    """A cell of a CSV that no spreadsheet takes for a formula; `bare` gives the text back.

    Spreadsheets calculate what begins with = + - @, tab or return; an apostrophe before it makes it
    text (OWASP, CSV Injection). Text that begins with apostrophes and such a sign gets one more.
    """
    return f"'{text}" if _FORMULA.match(text) else text


def bare(cell: str) -> str:
    """The text that `guarded` made the cell of."""
    return cell[1:] if _GUARDED.match(cell) else cell
