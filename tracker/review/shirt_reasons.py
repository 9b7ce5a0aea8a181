"""What the shirts of a run say in its questions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tracker.numbers.track_numbers import TrackNumbers
from tracker.types import NO_NUMBER, number_text

_WEARERS = 3  # named in a reason; more would be of more teams than play


@dataclass(frozen=True, slots=True, eq=False)
class Shirts:
    """read: the numbers read in the run, None where nobody looked. worn: by player, as the roster
    has them."""

    read: TrackNumbers | None = None
    worn: Mapping[str, int] = field(default_factory=dict)

    def reason(self, track: int, first: int, last: int, player: str) -> str:
        """What was read on a track in these frames, against the name that it bears ("" for none);
        "" where nothing was."""
        read = None if self.read is None else self.read.of_track(track, first, last)
        if read is None or read.likely == NO_NUMBER:
            return ""
        if read.settled == NO_NUMBER:
            return f"its shirt number may be {number_text(read.likely)}"
        text = f"shirt number {number_text(read.settled)} is read"
        worn = self.worn.get(player, NO_NUMBER)
        if worn == read.settled:
            return f"{text}, which {player} wears"
        if worn != NO_NUMBER:
            text += f", and {player} wears {number_text(worn)}"
        wearers = [name for name, number in self.worn.items() if number == read.settled]
        return text + (f"; who wears it: {', '.join(wearers[:_WEARERS])}" if wearers else "")


NO_SHIRTS = Shirts()
