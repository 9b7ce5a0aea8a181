"""The page itself: words and numbers for the template, and the template filled in."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tracker.explain.phrases import count, span
from tracker.report.context import PageContext, text
from tracker.report.finished import Finished
from tracker.report.gap_block import gap_block
from tracker.report.kits_worn import KIT_WORDS, kit_block, open_words
from tracker.report.minutes import LEVEL
from tracker.report.person_block import person_block
from tracker.report.pictures import Album
from tracker.report.review_block import review_block, short_block
from tracker.report.review_item import STRIPS
from tracker.report.run_facts import facts_of, plain, settings_of
from tracker.report.shirt_numbers import NUMBERS
from tracker.report.top import first_words

if TYPE_CHECKING:
    from jinja2 import Environment

OPEN = 6
"""So many questions lie open; the next ones with pictures are folded."""
_HEATMAP_PX = 190
_LABELS = 6


def environment() -> Environment:
    """The templates of this room."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def page_of(run: Finished, album: Album, notes: Sequence[str], closer: str | None = None) -> str:
    """The HTML. The same run gives the same text. closer: see `first_words`."""
    return (
        environment()
        .get_template("page.html")
        .render(_context(PageContext.of(run, album), notes, closer))
    )


def _context(page: PageContext, notes: Sequence[str], closer: str | None) -> dict[str, Any]:
    run, scale = page.run, page.scale
    tree, slugs = run.receipt.tree, page.slugs
    people = [person_block(page, n, person) for n, person in enumerate(run.people)]
    named = any(p["named"] for p in people)
    items = [review_block(page, n, m) for n, m in enumerate(run.review_items[:STRIPS])]
    rest = run.review_items[STRIPS:]
    width, height = run.receipt.size
    return {
        "title": run.receipt.name,
        "subtitle": _subtitle(page),
        "notes": notes,
        "first_words": first_words(page, closer),
        "numbers": bool(run.shirts),
        "kits": _kits(page),
        "kit_words": " ".join(filter(None, [open_words(run.kits), KIT_WORDS])),
        "people": [p for p in people if p["named"] or not named],
        "nobodies": [p for p in people if named and not p["named"]],
        "named": named,
        "gaps": [gap | {"slug": slugs.get(gap["label"], "")} for gap in gap_block(tree)],
        "nobodies_title": _nameless_title(page),
        "counted": _counted(page),
        "axis": _axis(page),
        "moments": items[:OPEN],
        "moments_more": items[OPEN:],
        "checked": _checked(page),
        "review": f"teamsheet review {shlex.quote(str(run.out))}" if run.review_items else "",
        "more": [short_block(page, m) for m in rest],
        "more_title": f"{len(rest)} more without pictures, less important",
        "step_s": f"{scale.step_s:.3g}",
        "steps": scale.length,
        "heat_size": (_HEATMAP_PX, round(_HEATMAP_PX * height / width)),
        "facts": facts_of(tree),
        "settings": settings_of(tree),
        "receipt": plain(tree),
        "page": {
            "start_s": scale.start_s, "length_s": scale.length_s, "steps": scale.length,
            "first": int(run.rows.numbers[0]), "fps": run.rows.rate,
        },
    }  # fmt: skip


def _subtitle(page: PageContext) -> str:
    run, rows = page.run, page.run.rows
    frames = span(int(rows.numbers[0]), int(rows.numbers[-1]))
    length = page.time_format(page.scale.length_s)
    return f"{frames}, {length} at {rows.rate:.4g} a second, {run.receipt.mode}"


def _axis(page: PageContext) -> list[dict[str, Any]]:
    """The times under the tools, before anything is zoomed."""
    start, length = page.scale.start_s, page.scale.length_s
    shares = np.linspace(0, 1, _LABELS).tolist()
    return [{"left": 100 * s, "label": page.time_format(start + s * length)} for s in shares]


def _kits(page: PageContext) -> list[dict[str, Any]]:
    """Rows of the table of kits."""
    found = []
    for n, worn in enumerate(page.run.kits):
        pictures = [
            {
                "data": text(jpeg.data), "size": jpeg.size,
                "alt": f"{worn.kit['name']}, at {page.time(thumb.frame)}",
            }
            for thumb, jpeg in page.album.kits.get(n, ())
        ]  # fmt: skip
        found.append(kit_block(worn, pictures))
    return found


def _counted(page: PageContext) -> str:
    words = (
        "Seen: the detector found the player. In view: seen, hidden behind somebody, or between "
        "two sightings close by. Expected: in view, and the likely part of the gaps of which "
        f"nothing is known; {LEVEL:.0%} sure between the two times in brackets. "
        "Away: the rest of the run. Comes in: how often, after over a second out of sight. On "
        "another: seconds in which the name is likely on somebody else. Loose: in a box that does "
        "not fit or holds several people. No box: expected, but not seen. "
    )
    if not page.run.honesty.minutes:
        words = (
            "Seen: the detector found this person. Hidden: behind somebody, the box is predicted. "
            "Lost: in neither. Comes in: how often, after more than a second out of sight. "
        )
    if page.run.shirts:
        words += NUMBERS + " "
    if page.run.receipt.mode == "offline":
        words += "Offline runs do not mark in which frames a name was sure. "
    return words


def _nameless_title(page: PageContext) -> str:
    """Of the tracks that are folded away: officials, crowd, and whom the list asks about."""
    nameless = page.run.nameless
    shown = "" if nameless.shown == nameless.tracks else f", the {nameless.shown} longest"
    seen = page.time_format(nameless.seen_s)
    return (
        f"{count(nameless.tracks, 'track')} without a name{shown} ({seen} seen without one, added)"
    )


def _checked(page: PageContext) -> str:
    if not page.run.review_items:
        named = any(p.track is None for p in page.run.people)
        return (
            "Nothing to check: no answer is expected to put a name right."
            if named
            else "Without names, nothing to check."
        )
    words = (
        "Sorted by the seconds that an answer is expected to put right: the chance of a mistake "
        "times how long it lasts. If the answer is another one, put the right name into the line."
    )
    if page.run.evidence is None:
        words += " What the pictures say of a name is not in this run's files."
    return words
