"""Names and paths that come from anybody: what a name may be, and how any text is shown."""

from __future__ import annotations

import unicodedata

MAX_NAME = 300
"""Characters of a name; no person has more."""
_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""They make the text behind them run the other way: a name could show as another one."""
_HARMFUL = ("Cc", "Cs", "Zl", "Zp")


def plain(name: str) -> str:
    """The one spelling of a name: macOS stores "é" in folder names as two characters."""
    return unicodedata.normalize("NFC", name)


def alike(name: str) -> str:
    """What all spellings of one name share that differ in case and blanks alone."""
    return " ".join(plain(name).casefold().split())


def fault_of(name: str) -> str:
    """Why this cannot be a name, as the end of a message; empty where it can.

    Letters of any script, emoji and joiners are fine, and so are slashes: folders quote them.
    """
    if len(name) > MAX_NAME:
        return f"a name has {MAX_NAME} characters at most"
    if not name.strip() or any(_is_harmful(sign) for sign in name):
        return "a name is one line of text without control characters"
    return ""


def is_text(name: str) -> bool:
    """Whether a file's name can be written down: on Linux it may be any bytes."""
    return not any(unicodedata.category(sign) == "Cs" for sign in name)


def printable(text: str) -> str:
    """Text for a terminal: signs that would steer it are shown as \\x1b and the like."""
    if text.isprintable():
        return text
    return "".join(
        ascii(sign)[1:-1] if sign != "\n" and _is_harmful(sign) else sign for sign in text
    )


def _is_harmful(sign: str) -> bool:
    return sign in _TURNS or (sign != "\t" and unicodedata.category(sign) in _HARMFUL)
