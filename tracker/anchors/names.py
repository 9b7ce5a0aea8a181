"""Who the names of an anchor file are on the roster, however they are spelled."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tracker.anchors.rows import AnchorError, AnchorRows

_KINDS = {
    "person", "people", "pedestrian", "human", "player", "players", "goalkeeper", "referee",
    "staff", "coach", "crowd", "spectator", "ball", "sportsball", "basketball", "volleyball",
    "football",
}  # fmt: skip
"""Labels that say what somebody is, and not who."""


def is_kind(label: str) -> bool:
    """Whether a class of a detector is a kind of people or a ball, not a name."""
    return _key(label) in _KINDS


def fitted(
    rows: AnchorRows, players: Sequence[str], new_players: bool, fps: float = 0.0
) -> tuple[AnchorRows, tuple[str, ...]]:
    """The rows with the names of the roster, and the names that are new.

    rows.names becomes `players` and behind them the new ones, so that rows.players are indices of
    that roster. A name that differs in case, blanks or Unicode form only is the roster's; two such
    spellings of a new name are one, the first. fps: of the video, to see whether two rows of one
    frame have become one player's. Raises AnchorError of a name that is not on the roster, unless
    new_players, and of one that could be two players.
    """
    roster = list(players)
    by_name = {name: n for n, name in enumerate(roster)}
    by_key: dict[str, list[int]] = {}
    for name, n in by_name.items():
        by_key.setdefault(_key(name), []).append(n)
    places: list[int] = []
    used = np.bincount(rows.players, minlength=len(rows.names)) > 0
    for name, is_used in zip(rows.names, used, strict=True):
        near = [by_name[name]] if name in by_name else by_key.get(_key(name), [])
        if len(near) > 1:
            both = " or ".join(roster[n] for n in near[:2])
            raise AnchorError(f"{rows.source}: {name!r} could be {both}; spell it as the roster")
        if not near and is_used:
            by_key[_key(name)] = near = [len(roster)]
            roster.append(name)
        places.append(near[0] if near else -1)
    new = tuple(roster[len(players) :])
    if new and not new_players:
        raise AnchorError(_unknown(rows.source, new, players))
    found = replace(
        rows, players=np.array(places, np.int64)[rows.players], names=(*players, *new)
    )  # fmt: skip
    return found.surest(fps), new


def _unknown(source: str, unknown: Sequence[str], players: Sequence[str]) -> str:
    """The line for names that nobody on the roster has."""
    name, more = unknown[0], len(unknown) - 1
    plain = {player.casefold(): player for player in players}
    near = difflib.get_close_matches(name.casefold(), plain, n=1, cutoff=0.0)
    also = f" (nor {more} more names)" if more > 1 else f" (nor {unknown[1]!r})" if more else ""
    meant = f"did you mean {plain[near[0]]}? Else " if near else ""
    return f"{source}: no player {name!r}{also}; {meant}take new names with --new-players"


def _key(name: str) -> str:
    """What two spellings of a name have in common."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())
