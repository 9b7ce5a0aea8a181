"""One suggestion as the page and the contact sheet show it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A suggestion as it is shown. file: its crop. The other files are pictures of the gallery."""

    order: int
    folder: str
    file: Path
    frame: int
    track: int
    player: str
    chance: float
    rival: str
    rival_chance: float
    seconds: float
    player_files: tuple[Path, ...]
    rival_files: tuple[Path, ...]
