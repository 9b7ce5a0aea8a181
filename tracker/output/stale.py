"""What shows the results that were there before: listed in OUT/STALE.txt, said on its own page."""

from __future__ import annotations

import filecmp
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from gallery.atomic.write import whole

STALE = "STALE.txt"
_SHOWS = ("video.mp4", "report.html", "people", "suggest")
"""What other commands make in OUT of its results."""
_PAGES = {
    "report.html": ("report.html", "teamsheet report OUT --overwrite"),
    "people": ("people/sheet.html", "teamsheet gallery people OUT --overwrite"),
    "suggest": ("suggest/sheet.html", "teamsheet gallery suggest OUT --overwrite"),
}
_HEAD = (
    "Made of results that were there before; names and tracks may be others now. Make it again, or "
    "delete it:"
)
_TABLE = "tracks.csv"
_MAX_BYTES = 200_000_000
_OURS = re.compile(r"<title>[^<]*(?:· teamsheet|Who are these\?|Suggestions:)")
_BODY = re.compile(r"<body[^>]*>")
_ID = 'id="teamsheet-stale"'


def stale_now(out: Path, draft: Path) -> list[str]:
    """What in `out` will show older results, once those in `draft` have replaced them."""
    try:
        if filecmp.cmp(out / _TABLE, draft / _TABLE, shallow=False):
            return stale_in(out)
    except OSError:
        return []
    return [name for name in _SHOWS if (out / name).exists()]


def stale_in(out: Path) -> list[str]:
    """What is listed as stale, and there."""
    try:
        lines = (out / STALE).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
    return [name for name in _SHOWS if name in lines and (out / name).exists()]


def carry_list(out: Path, draft: Path, stale: Sequence[str]) -> None:
    if stale:
        _write(draft / STALE, stale)


def freshened(out: Path, name: str) -> None:
    """`name` was made anew of the results that are there."""
    before = stale_in(out)
    left = [other for other in before if other != name]
    with suppress(OSError):
        if not left:
            (out / STALE).unlink(missing_ok=True)
        elif left != before:
            with whole(out / STALE) as part:
                _write(part, left)


def banner_all(out: Path, stale: Iterable[str]) -> None:
    """Say it at the top of the pages, where their readers look."""
    for name in stale:
        page, command = _PAGES.get(name, ("", ""))
        if page:
            with suppress(OSError, UnicodeDecodeError):
                _banner(out / page, command)


def _banner(page: Path, command: str) -> None:
    if page.is_symlink() or page.stat().st_size > _MAX_BYTES:
        return
    text = page.read_text(encoding="utf-8")
    body = _BODY.search(text)
    if body is None or _ID in text or not _OURS.search(text[: body.end()]):
        return
    notice = (
        f'\n<p {_ID} style="background:#b00020;color:#fff;padding:.6em 1em;margin:0;'
        'font:600 16px sans-serif">Stale: the results of this run have changed since this page was '
        f"made. Make it again: <code>{command}</code></p>"
    )
    with whole(page) as part:
        part.write_text(text[: body.end()] + notice + text[body.end() :], encoding="utf-8")


def _write(file: Path, stale: Sequence[str]) -> None:
    file.write_text("\n".join([_HEAD, *stale]) + "\n", encoding="utf-8")
