"""What a user says of who is who, in a line or in a row of a CSV file."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gallery.io.tables import TableTextError, table_rows
from gallery.io.text_files import NoTextError, decode
from tracker.errors import TeamsheetError
from tracker.kits.stated_kits import KIT_PARTS

UNKNOWN = "nobody"
NEGATIVE = "_"
"""Names of people of the gallery who are none of its players begin so."""
NOT = "not"
_FORMS = (
    'write "player P is Q from frame A to B", "track 17 is not Q from frame A to B" or "kit red is '
    'TEAM"'
)
_RANGE = re.compile(r"\s+(from|to|until)(?:\s+frame)?\s+(-?\d+)\s*$", re.IGNORECASE)
_MAX_BYTES = 10_000_000


class CorrectionError(TeamsheetError):
    """A correction cannot be made; the message says which, why, and what to do."""


@dataclass(frozen=True, slots=True)
class Correction:
    """One correction as it was said. player or track: whose path. is_: a player, "" is unknown.

    negative: who of the gallery's negatives it is, where that was said; they are nobody to the
    rest. first, last: frames from 1, both included; None is the end of the run. negated: it is
    anybody but this player. kit: whose it is, where nothing is said of anybody: is_ is a team then,
    or one of KIT_PARTS.
    """

    player: str
    track: int | None
    is_: str
    first: int | None = None
    last: int | None = None
    negative: str = ""
    negated: bool = False
    kit: str = ""

    @property
    def text(self) -> str:
        """The correction as a sentence."""
        if self.kit:
            return f"kit {self.kit} is {self.is_}"
        who = f"player {self.player}" if self.track is None else f"track {self.track}"
        begins = f" from frame {self.first}" if self.first is not None else ""
        ends = f" to {self.last}" if self.last is not None else ""
        denied = f"{NOT} " if self.negated else ""
        return f"{who} is {denied}{self.is_ or self.negative or UNKNOWN}{begins}{ends}"

    def __post_init__(self) -> None:
        low, high = self.first or 1, self.last
        if (self.first is not None and self.first < 1) or (high is not None and high < low):
            raise CorrectionError(f'"{self.text}": write frames A to B with 1 <= A <= B')
        if self.negated and not self.is_:
            raise CorrectionError(f'"{self.text}": say who of the players it is, or is not')


@dataclass(frozen=True, slots=True)
class KnownKits:
    """names: of the kits that are worn in a run, as its column `kit` has them. teams: of its
    roster."""

    names: Sequence[str] = ()
    teams: Sequence[str] = ()

    def stated(self, kit: str, wears: str, where: str) -> Correction:
        """Raises CorrectionError where there is no such kit or team."""
        if not self.names:
            raise CorrectionError(f"{where}: no kits are known in this run; see the column kit")
        name = _one_of(kit.strip(), self.names, f"{where}: no kit")
        wanted = _one_of(wears.strip(), (*self.teams, *KIT_PARTS), f"{where}: no team")
        return Correction("", None, wanted, kit=name)


_NO_KITS = KnownKits()


def parse(text: str, players: Sequence[str], kits: KnownKits = _NO_KITS) -> Correction:
    """A sentence as in `--set`. players: of the gallery, its negatives too, which begin with _.

    Raises CorrectionError.
    """
    kind, _, of_kit = text.strip().partition(" ")
    if kind.lower() == "kit":
        halves = re.split(r"\s+is\s+", of_kit.strip(), flags=re.IGNORECASE)
        if len(halves) < 2:
            raise CorrectionError(f'"{text}" is not understood; {_FORMS}')
        return kits.stated(halves[0], " is ".join(halves[1:]), f'"{text}"')
    rest, span = text.strip(), dict[str, int]()
    while found := _RANGE.search(rest):
        key = "first" if found[1].lower() == "from" else "last"
        if key in span:
            raise CorrectionError(f'"{text}": says twice where it begins or ends; {_FORMS}')
        span[key] = int(found[2])
        rest = rest[: found.start()]
    kind, _, statement = rest.partition(" ")
    parts = re.split(r"\s+is\s+", statement.strip(), flags=re.IGNORECASE)
    if kind.lower() not in ("player", "track") or len(parts) < 2:
        raise CorrectionError(f'"{text}" is not understood; {_FORMS}')
    who, is_ = _halves(statement.strip(), players) if len(parts) > 2 else (parts[0], parts[1])
    return _correction(
        kind.lower(), who, is_, span.get("first"), span.get("last"), f'"{text}"', players
    )


def _halves(statement: str, players: Sequence[str]) -> tuple[str, str]:
    """Both sides of the " is " that has a player on its right, where a name holds an "is"."""
    known = {p.casefold() for p in players} | {UNKNOWN}
    known |= {f"{NOT} {name}" for name in known}
    places = list(re.finditer(r"\s+is\s+", statement, re.IGNORECASE))
    split = [(statement[: f.start()], statement[f.end() :]) for f in places]
    return next((s for s in split if s[1].strip().casefold() in known), split[0])


def read_file(path: Path, players: Sequence[str], kits: KnownKits = _NO_KITS) -> list[Correction]:
    """Rows of a CSV file: player, track_id or kit, is, first, last. Raises CorrectionError."""
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise CorrectionError(f"{path}: larger than {_MAX_BYTES} bytes; is it the right file?")
        rows = list(table_rows(decode(path.read_bytes(), str(path), western=True)))
    except OSError as error:
        raise CorrectionError(f"{path}: cannot be read ({error.strerror}); check it") from error
    except NoTextError as error:
        raise CorrectionError(f"{path}: not UTF-8 text; save it as UTF-8") from error
    except TableTextError as error:
        raise CorrectionError(f"{path}, line {error.line}: {error}") from error
    header = set(rows[0][1]) if rows else set()
    if "is" not in header or not header & {"player", "track_id", "kit"}:
        raise CorrectionError(
            f"{path}, line 1: the header must be player,is,first,last (or track_id, or kit)"
        )
    found = [_row(cells, f"{path}, line {line}", players, kits) for line, cells in rows[1:]]
    if not found:
        raise CorrectionError(f"{path}: no correction in it; a row each is expected")
    return found


def _row(cells: dict[str, str], where: str, players: Sequence[str], kits: KnownKits) -> Correction:
    player, track = cells.get("player", ""), cells.get("track_id", "")
    if (kit := cells.get("kit", "")) and not player and not track:
        return kits.stated(kit, cells["is"], where)
    if bool(player) == bool(track):
        raise CorrectionError(f"{where}: give a player or a track_id, and not both")
    first, last = (_frame(cells.get(key, ""), f"{where}: {key}") for key in ("first", "last"))
    kind = "player" if player else "track"
    return _correction(kind, player or track, cells["is"] or UNKNOWN, first, last, where, players)


def _frame(text: str, where: str) -> int | None:
    if text and not text.isdecimal():
        raise CorrectionError(f"{where} {text[:40]!r} is no frame number")
    return int(text) if text else None


def _correction(
    kind: str,
    who: str,
    is_: str,
    first: int | None,
    last: int | None,
    where: str,
    players: Sequence[str],
) -> Correction:
    meant, negated = _denied(is_.strip(), players)
    name, negative = "", ""
    if meant.startswith(NEGATIVE):
        negative = known_name(meant, where, [p for p in players if p.startswith(NEGATIVE)])
    elif meant.casefold() != UNKNOWN:
        name = known_name(meant, where, [p for p in players if not p.startswith(NEGATIVE)])
    track, player = None, ""
    if kind == "player":
        named = [p for p in players if not p.startswith(NEGATIVE)]
        player = known_name(who.strip(), where, named)
    elif who.strip().isdecimal():
        track = int(who)
    else:
        raise CorrectionError(f"{where}: track {who[:40]!r} is no number; see tracks.csv")
    return Correction(player, track, name, first, last, negative, negated)


def _denied(meant: str, players: Sequence[str]) -> tuple[str, bool]:
    """A name without the "not" before it, and whether there was one; a name may begin so."""
    first, _, rest = meant.partition(" ")
    whole = meant.casefold() in {p.casefold() for p in players}
    negated = first.casefold() == NOT and bool(rest.strip()) and not whole
    return (rest.strip() if negated else meant), negated


def _one_of(name: str, known: Sequence[str], what: str) -> str:
    """As it is spelled there. Raises CorrectionError."""
    plain = {each.casefold(): each for each in known}
    if name.casefold() in plain:
        return plain[name.casefold()]
    raise CorrectionError(f"{what} {name[:40]!r} in this run; known: {', '.join(known)}")


def known_name(name: str, where: str, players: Sequence[str]) -> str:
    """The name as the gallery spells it."""
    if name in players:
        return name
    plain = {p.casefold(): p for p in players}
    if name.casefold() in plain:
        return plain[name.casefold()]
    near = difflib.get_close_matches(name.casefold(), plain, n=1, cutoff=0.3)
    known = f"known: {', '.join(players)}" if players else "it has none of that kind"
    hint = f"did you mean {plain[near[0]]}?" if near else known
    raise CorrectionError(f"{where}: no player {name!r} in the gallery of this run; {hint}")
