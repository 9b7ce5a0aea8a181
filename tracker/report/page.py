"""The page itself: words and numbers for the template, and the template filled in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tracker.explain.phrases import count, span
from tracker.report.context import Sheet
from tracker.report.finished import Finished
from tracker.report.minutes import LEVEL
from tracker.report.moment_block import moment_block, short_block
from tracker.report.person_block import person_block
from tracker.report.pictures import Album
from tracker.report.run_facts import facts_of, plain, settings_of
from tracker.report.thumbnails import STRIPS
from tracker.report.top import first_words

OPEN = 6
"""So many moments lie open; the next ones with pictures are folded."""
MORE = 170
"""So many further moments are listed without pictures."""
_HEAT_PX = 190
_LABELS = 6


def page_of(run: Finished, album: Album, notes: Sequence[str], closer: str | None = None) -> str:
    """The HTML. The same run gives the same text. closer: see `first_words`."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    room = FileSystemLoader(Path(__file__).parent)
    environment = Environment(
        loader=room,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html").render(
        _context(Sheet.of(run, album), notes, closer)
    )


def _context(sheet: Sheet, notes: Sequence[str], closer: str | None) -> dict[str, Any]:
    run, scale = sheet.run, sheet.scale
    people = [person_block(sheet, n, person) for n, person in enumerate(run.people)]
    named = any(p["named"] for p in people)
    asked = [moment_block(sheet, n, m) for n, m in enumerate(run.moments[:STRIPS])]
    rest = run.moments[STRIPS : STRIPS + MORE]
    left = len(run.moments) - STRIPS - len(rest)
    width, height = run.receipt.size
    return {
        "title": run.receipt.name,
        "subtitle": _subtitle(sheet),
        "notes": notes,
        "first_words": first_words(sheet, closer),
        "people": [p for p in people if p["named"] or not named],
        "nobodies": [p for p in people if named and not p["named"]],
        "named": named,
        "nobodies_title": _nobodies(sheet),
        "counted": _counted(sheet),
        "axis": _axis(sheet),
        "moments": asked[:OPEN],
        "moments_more": asked[OPEN:],
        "checked": _checked(sheet),
        "more": [short_block(sheet, m) for m in rest],
        "more_title": f"{len(rest)} more without pictures, less important"
        + (f"; {left} lesser ones are left out" if left > 0 else ""),
        "step_s": f"{scale.step_s:.3g}",
        "steps": scale.length,
        "heat_size": (_HEAT_PX, round(_HEAT_PX * height / width)),
        "facts": facts_of(run.receipt.tree),
        "settings": settings_of(run.receipt.tree),
        "receipt": plain(run.receipt.tree),
        "page": {
            "start_s": scale.start_s, "length_s": scale.length_s, "steps": scale.length,
            "first": int(run.rows.numbers[0]), "fps": run.rows.rate,
        },
    }  # fmt: skip


def _subtitle(sheet: Sheet) -> str:
    run, rows = sheet.run, sheet.run.rows
    frames = span(int(rows.numbers[0]), int(rows.numbers[-1]))
    length = sheet.clock(sheet.scale.length_s)
    return f"{frames}, {length} at {rows.rate:.4g} a second, {run.receipt.mode}"


def _axis(sheet: Sheet) -> list[dict[str, Any]]:
    """The times under the tools, before anything is zoomed."""
    start, length = sheet.scale.start_s, sheet.scale.length_s
    shares = np.linspace(0, 1, _LABELS).tolist()
    return [{"left": 100 * s, "label": sheet.clock(start + s * length)} for s in shares]


def _counted(sheet: Sheet) -> str:
    words = (
        "Seen: the detector found the player. In view: seen, hidden behind somebody, or between "
        "two sightings close by. Expected: in view, with the gaps of which nothing is known by "
        f"their chance; in brackets where it lies {LEVEL:.0%} of the time. Comes in: after more "
        "than a second out of sight. On another: seconds in which the name is likely on somebody "
        "else; loose: in a box that does not fit or holds several; no box: expected, not seen. "
    )
    if not sheet.run.honesty.minutes:
        words = (
            "Seen: the detector found this person. Hidden: behind somebody, the box is predicted. "
            "Lost: in neither. Comes in: after more than a second out of sight. "
        )
    if sheet.run.receipt.mode == "offline":
        words += "Offline runs do not mark in which frames a name was sure. "
    return words


def _nobodies(sheet: Sheet) -> str:
    """Of the paths that are folded away: officials, crowd, and whom the list asks about."""
    nameless = sheet.run.nameless
    shown = "" if nameless.shown == nameless.paths else f", the {nameless.shown} longest"
    seen = sheet.clock(nameless.seen_s)
    return f"{count(nameless.paths, 'path')} without a name{shown} ({seen} seen without one, added)"


def _checked(sheet: Sheet) -> str:
    if not sheet.run.moments:
        named = any(p.track is None for p in sheet.run.people)
        return "Nothing in the files is doubtful." if named else "Without names, nothing to check."
    words = (
        "Sorted by the seconds that an answer is expected to change: the chance of a mistake times "
        "how long it lasts. If the answer is another one, put the right name into the line."
    )
    if sheet.run.told is None:
        return f"{words} Only names: meetings and votes are not in this run's files."
    return words
