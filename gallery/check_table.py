"""What `gallery check` prints."""

from __future__ import annotations

import math

from rich.console import Console
from rich.table import Table
from rich.text import Text

from gallery.check import GalleryCheck
from gallery.check_advice import advice
from gallery.io.spelling import printable

_MOST = 12


def print_check(check: GalleryCheck, console: Console) -> None:
    """The table of people, then what is wrong, then what to do."""
    for warning in check.warnings:
        console.print(Text(printable(f"note: {warning}")))
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("player", no_wrap=True)
    for heading in ("pictures", "alone", "apart"):
        table.add_column(heading, justify="right")
    table.add_column("taken for")
    for p in check.people:
        taken = f"{p.taken_for[0]} ({p.taken_for[1]:.0%})" if p.taken_for else ""
        row = (p.name, f"{p.pictures}", share(p.alone), share(p.apart), taken)
        table.add_row(*(Text(printable(cell)) for cell in row))
    console.print(table)
    console.print(
        Text(
            f"named right by {check.encoder}, when the gallery is without the picture: "
            f"{share(check.alone)} (alone);\nwithout those of the same moments too: "
            f"{share(check.apart)} (apart), nearer to what a match will be like"
        )
    )
    _list(console, "pictures that may be in the wrong folder", [
        f"{s.file}: {times(s.nats)} more like {s.alike}" for s in check.suspects
    ])  # fmt: skip
    _list(console, "hard to tell apart", [
        f"{p.first} and {p.second}: {p.chance:.0%} for the other" for p in check.pairs
    ])  # fmt: skip
    _list(console, "nearly the same picture", [
        ", ".join(f"{name}/{file.name}" for name, file in group) for group in check.twins
    ])  # fmt: skip
    _list(console, "to do next", advice(check))


def share(value: float) -> str:
    """A share as it is printed; nothing where it is unknown."""
    return "" if math.isnan(value) else f"{value:.0%}"


def times(nats: float) -> str:
    """So many times, of a log-odds; what nobody can weigh any more is not told apart."""
    return "over 1000 times" if nats > math.log(1000) else f"{math.exp(nats):.0f} times"


def _list(console: Console, heading: str, lines: list[str]) -> None:
    if not lines:
        return
    console.print(Text(f"\n{heading}:", style="bold"))
    for line in lines[:_MOST]:
        console.print(Text(printable(f"  {line}")), soft_wrap=True)
    if len(lines) > _MOST:
        console.print(Text(f"  and {len(lines) - _MOST} more (all of them with -o check.html)"))
