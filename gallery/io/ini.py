"""Ini files of MOTChallenge and SoccerNet, as people and programs write them."""

from __future__ import annotations

import configparser

from gallery.errors import TeamsheetError


class IniError(TeamsheetError):
    """A text is no ini file; the message says why, for the end of a line."""


def read_section(text: str, wanted: str = "sequence") -> dict[str, str]:
    """The entries of a section, keys in lower case; of a text without sections, all of them.

    The section's name may be written in any case, lines may be indented; a key that stands twice
    counts the last time.
    Raises IniError.
    """
    parser = configparser.ConfigParser(
        interpolation=None, strict=False, default_section="", allow_no_value=True
    )
    # a line that is indented would go on with the value before, where there may be none
    text = "\n".join(line.lstrip() for line in text.split("\n"))
    try:
        parser.read_string(text)
    except configparser.MissingSectionHeaderError:
        return read_section(f"[{wanted}]\n{text}", wanted) if _has_entries(text) else _refuse()
    except configparser.Error as error:
        raise IniError(" ".join(str(error).split())[:120]) from error
    for name in parser.sections():
        if name.strip().lower() == wanted:
            return {key: value or "" for key, value in parser[name].items()}
    raise IniError(f"no section [{wanted.capitalize()}]")


def _has_entries(text: str) -> bool:
    lines = [line for line in text.splitlines() if line.strip() and line.strip()[0] not in "#;["]
    return any("=" in line or ":" in line for line in lines)


def _refuse() -> dict[str, str]:
    raise IniError("no key=value in it")
