"""seqinfo.ini of a MOTChallenge sequence: the one reader of all commands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePath

from gallery.io.ini import IniError, read_section
from tracker.errors import TeamsheetError
from tracker.limits import MAX_FPS, MAX_FRAMES, MAX_PIXELS

_LONGEST = 255  # bytes of a name that file systems can hold
_NUMBER = re.compile(r"([0-9]+(?:[.,][0-9]*)?)(?:\s*/\s*([0-9]+(?:\.[0-9]*)?))?(?:\s*[a-zA-Z]+)?")


class SeqInfoError(TeamsheetError):
    """A seqinfo.ini cannot be used; the message says what stands there, without the file's name."""


@dataclass(frozen=True, slots=True)
class SeqInfo:
    """What a seqinfo.ini says; 0, "" or None where it is silent.

    pictures: their folder. fps: frames a second. length: frames. width, height: pixels.
    """

    name: str = ""
    pictures: str = "img1"
    fps: float | None = None
    length: int | None = None
    width: int = 0
    height: int = 0


def parse_seqinfo(text: str) -> SeqInfo:
    """Read `[Sequence]` with name, imDir, frameRate, seqLength, imWidth, imHeight, each optional.

    Keys and section in any case; behind a number may stand a remark (`25 ; fps`), whole numbers
    may be written `40.0`, rates `30000/1001`. Raises SeqInfoError.
    """
    try:
        entries = read_section(text)
    except IniError as error:
        raise SeqInfoError(str(error)) from error
    fps = _number(entries, "frameRate") or None  # 0 says nothing
    if fps is not None and not fps < MAX_FPS:
        raise SeqInfoError(f"frameRate {entries['framerate'][:40]} cannot be; mend it")
    length, width, height = (_whole(entries, key) for key in ("seqLength", "imWidth", "imHeight"))
    if length is not None and not 1 <= length <= MAX_FRAMES:
        raise SeqInfoError(f"seqLength {length} cannot be; mend it")
    if (width or 0) * (height or 0) > MAX_PIXELS:
        raise SeqInfoError(f"imWidth {width} and imHeight {height} cannot be; mend them")
    pictures = _bare(entries.get("imdir", "")) or "img1"
    inside = PurePath(pictures)
    if inside.is_absolute() or ".." in inside.parts:
        raise SeqInfoError(f"imDir {pictures[:_LONGEST]} leads out of its folder; mend it")
    if len(pictures.encode()) > _LONGEST:
        raise SeqInfoError(f"imDir {pictures[:40]!r}... is too long for a folder; mend it")
    name = entries.get("name", "").strip()
    return SeqInfo(name, pictures, fps, length, width or 0, height or 0)


def _bare(value: str) -> str:
    """The value without a remark behind it."""
    return re.split(r"(?:^|\s)[;#]", value, maxsplit=1)[0].strip()


def _number(entries: dict[str, str], key: str) -> float | None:
    """None where there is none, or an empty one."""
    text = _bare(entries.get(key.lower(), ""))
    if not text:
        return None
    found = _NUMBER.fullmatch(text)
    if found is None or (found[2] and float(found[2]) == 0):
        raise SeqInfoError(f"{key} is {text[:40]!r}, which is no number; mend it")
    return float(found[1].replace(",", ".")) / float(found[2] or 1)


def _whole(entries: dict[str, str], key: str) -> int | None:
    value = _number(entries, key)
    if value is not None and not value.is_integer():
        raise SeqInfoError(f"{key} is {value:g}, which is no whole number; mend it")
    return None if value is None else int(value)
