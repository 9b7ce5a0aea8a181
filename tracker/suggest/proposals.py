"""Who a stretch may be, by the number that was read on the shirt and the list of who wears it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gallery.team_sheet.reader import read_team_sheet
from tracker.identity.roster_rules import number_of
from tracker.numbers.stored import read_numbers
from tracker.output.row_arrays import RowArrays
from tracker.output.run_files import OBSERVATIONS
from tracker.output.run_record import RunRecord
from tracker.suggest.clear_stretches import ClearStretch
from tracker.types import NO_NUMBER, number_text


@dataclass(frozen=True, slots=True)
class Proposal:
    """number: read on the shirt, "" where none was. settled: without doubt. players: who wears it,
    in every team."""

    number: str = ""
    settled: bool = False
    players: tuple[str, ...] = ()

    @property
    def player(self) -> str:
        """Who it is, if only one can be meant; else ""."""
        return self.players[0] if self.settled and len(self.players) == 1 else ""

    def fills(self, named: str) -> bool:
        """Whether the name is filled in by the number, where the run says `named`."""
        return bool(self.player) and named in ("", self.player)

    def name_of(self, named: str) -> str:
        """What to fill in where the run says `named`, "" nothing: none where the two differ."""
        if self.fills(named):
            return self.player
        return "" if self.player else named


NOTHING_READ = Proposal()


def propose(
    run: Path, rows: RowArrays, stretches: Sequence[ClearStretch], sheet: Path | None
) -> list[Proposal]:
    """Of each stretch. sheet: a team sheet; None: the roster that the run was tracked with.

    Raises RosterError where the sheet cannot be read.
    """
    worn = _worn(run, sheet)
    found = read_numbers(run / OBSERVATIONS, rows)
    if found is None:
        return [NOTHING_READ] * len(stretches)
    wearers: dict[int, list[str]] = defaultdict(list)
    for player, number in worn.items():
        wearers[number].append(player)
    proposals = []
    for stretch in stretches:
        read = found.of_track(stretch.track, *stretch.frames)
        number = read.settled if read.settled != NO_NUMBER else read.likely
        settled = read.settled != NO_NUMBER
        proposals.append(Proposal(number_text(number), settled, tuple(wearers.get(number, ()))))
    return proposals


def _worn(run: Path, sheet: Path | None) -> Mapping[str, int]:
    """Numbers by player."""
    if sheet is None:
        record = RunRecord.find(run)
        return {} if record is None else record.worn
    numbers = {player.name: number_of(player.number) for player in read_team_sheet(sheet).players}
    return {player: number for player, number in numbers.items() if number != NO_NUMBER}
