"""What `gallery check` prints of a team sheet: how it was read, and what would help."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from gallery.io.spelling import alike, printable
from gallery.roster import Player, Roster


def print_team_sheet(roster: Roster, console: Console) -> None:
    """The table of players, then what to do."""
    for warning in roster.warnings:
        console.print(Text(printable(f"note: {warning}")))
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("number", justify="right")
    for heading in ("player", "team", "role", "color"):
        table.add_column(heading, no_wrap=heading == "player")
    for player in sorted(roster.players, key=_by_team):
        row = (player.number, player.name, player.team, player.role, "/".join(player.color))
        table.add_row(*(Text(printable(cell or "")) for cell in row))
    console.print(table)
    for line in sheet_advice(roster.players):
        console.print(Text(printable(line)), soft_wrap=True)


def sheet_advice(players: Sequence[Player]) -> list[str]:
    """One line per thing to know or to do; empty where every number says who it is."""
    lines = []
    missing = [p.name for p in players if p.number is None and p.role != "referee"]
    if missing:
        lines.append(f"without a number, so that nothing names them: {', '.join(missing)}")
    playing = {(p.number, alike(p.team or "")) for p in players if p.role != "referee"}
    worn = Counter(number for number, _ in playing if number)
    twice = sorted((n for n, count in worn.items() if count > 1), key=int)
    if twice:
        lines.append(
            f"worn in two teams, so that the color of the shirt must tell whose it is: "
            f"{', '.join(twice)}"
        )
    teams = {alike(player.team) for player in players if player.team}
    if twice and not any(player.color for player in players):
        lines.append(f"a column color would tell the {len(teams)} teams apart from the beginning")
    return lines


def _by_team(player: Player) -> tuple[str, int, str]:
    return player.team or "~", int(player.number or 100), player.name
