"""Other people's text on its way to a terminal or a spreadsheet: the one place that prints."""

from __future__ import annotations

import re
import sys
import warnings
from contextlib import suppress
from typing import Any

from gallery.io.spelling import is_text, printable
from gallery.io.text_files import ReadingWarning

__all__ = [
    "bare", "guarded", "hidden", "is_text", "one_line", "printable", "say", "say_warnings", "show",
    "without_passwords",
]  # fmt: skip

_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_GUARDED = re.compile(r"'+[=+\-@\t\r]")
_LOGIN = re.compile(r"(?<=\w://)[^/\s\"']*@")
_SECRET = re.compile(
    r"\b(pass(?:word|wd)?|pwd|pw|token|secret|api_?key|auth|sig(?:nature)?)=[^&\s\"'/]+", re.I
)


def say(line: str) -> None:
    """One line on stderr, without passwords; a line break in it is shown as \\n."""
    with suppress(OSError, ValueError):  # if there is a stderr
        print(f"teamsheet: {one_line(hidden(line))}", file=sys.stderr)


def show(text: str, aside: bool = False) -> None:
    """What a command has to tell, on stdout; aside: on stderr, where stdout carries data."""
    print(printable(hidden(text)), file=sys.stderr if aside else sys.stdout)


def one_line(text: str) -> str:
    """Text that stands within a line, of a terminal that it cannot steer."""
    return printable(text).replace("\n", "\\n")


def hidden(text: str) -> str:
    """Without users and passwords of the addresses in it: `//bob:word@host`, `?token=word`.

    A password may hold an `@`, so all up to the last one goes.
    """
    return _SECRET.sub(r"\1=***", _LOGIN.sub("", text)) if "://" in text else text


def without_passwords(tree: Any) -> Any:
    """What JSON can hold, with `hidden` over every text in it."""
    if isinstance(tree, str):
        return hidden(tree)
    if isinstance(tree, dict):
        return {key: without_passwords(each) for key, each in tree.items()}
    return [without_passwords(each) for each in tree] if isinstance(tree, list | tuple) else tree


def say_warnings() -> None:
    """From now on, what is warned of while a file is read is one line on stderr like all else."""
    before, printed = warnings.showwarning, set[str]()

    def shown(message: Any, category: type[Warning], filename: str, *more: Any, **how: Any) -> None:
        if issubclass(category, ReadingWarning):
            if str(message) not in printed:  # the same file may be read twice
                say(str(message))
            printed.add(str(message))
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


def is_number(cell: str) -> bool:
    """Whether a cell of a table holds a number, also NaN or one without an end."""
    try:
        float(cell)
    except ValueError:
        return False
    return True
