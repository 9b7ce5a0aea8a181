"""Text out of anybody's file: Unicode as programs write it, and what spreadsheets make of it."""

from __future__ import annotations

import codecs
import unicodedata
import warnings

from gallery.errors import TeamsheetError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark is the beginning of this one
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_PACKED = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # .xlsx, .ods, .zip; .xls
_HEAD = 4096  # bytes that tell UTF-16 without a mark
_WESTERN = "cp1252"
_MARKS_OF_TEXT = frozenset("‘’“”–—…·´`°ºª«»¿¡§ß\xa0")


class ReadingWarning(UserWarning):
    """A file could be read only by a guess, or was converted; one line that says which."""


class NoTextError(TeamsheetError):
    """Bytes are no text that can be read."""


def decode(raw: bytes, source: str = "", *, western: bool = False) -> str:
    """The text of a file's bytes: UTF-8, UTF-16 or UTF-32, with or without a mark in front.

    western: also Windows-1252, in which a spreadsheet of western Europe saves a CSV, where all
    signs beyond ASCII are letters or marks of text; this is a guess and gives a ReadingWarning that
    names `source`. Raises NoTextError.
    """
    for mark, coding in _MARKS:
        if raw.startswith(mark):
            return _decoded(raw, coding)
    if coding := _unmarked(raw[:_HEAD]):
        return _decoded(raw, coding)
    if not western:
        return _decoded(raw, "utf-8")
    try:
        return _decoded(raw, "utf-8")
    except NoTextError:
        text = _decoded(raw, _WESTERN)
        if not all(_is_western(sign) for sign in set(text)):
            raise
        warnings.warn(
            f"{source}: is not UTF-8, read as Windows-1252 (western Europe); "
            "if a name looks wrong, save it as UTF-8",
            ReadingWarning,
            stacklevel=2,
        )
        return text


def _decoded(raw: bytes, coding: str) -> str:
    try:
        return raw.decode(coding)
    except UnicodeDecodeError as error:
        if raw.startswith(_PACKED):
            what = "an Excel workbook or an archive, not a text file such as CSV"
            raise NoTextError(what) from error
        raise NoTextError("not a text file in UTF-8 or UTF-16") from error


def _unmarked(head: bytes) -> str:
    """UTF-16 by its zeros: every second byte of western text."""
    pairs = len(head) // 2
    for coding, zeros in (("utf-16-le", head[1::2]), ("utf-16-be", head[::2])):
        if pairs >= 2 and zeros.count(0) > 0.8 * pairs:
            return coding
    return ""


def _is_western(sign: str) -> bool:
    if sign.isascii():
        return sign in "\t\r\n" or sign.isprintable()
    return sign in _MARKS_OF_TEXT or unicodedata.category(sign) in ("Lu", "Ll")
