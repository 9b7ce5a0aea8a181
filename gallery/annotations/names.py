"""Who the ids of an annotated clip are, and folders that can bear their names."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from gallery.errors import TeamsheetError
from gallery.io.ini import IniError, read_section
from gallery.io.spelling import MAX_NAME, fault_of, plain
from gallery.io.tables import TableTextError, table_rows
from gallery.io.text_files import NoTextError, decode

BALL, REFEREE = "ball", "referee"
_ROLES = {"goalkeepers": "goalkeeper", "players": "player", "referees": REFEREE}
_CALLED = ("name", "player")  # columns that hold the name, the better one first
_MAX_BYTES = 100_000_000
_MAX_DIGITS = 18  # of an id
_MAX_FOLDER_BYTES = 120  # file systems stop at 255, and a path is made of several
_UNSAFE = re.compile(r'[/\\:*?"<>|%\x00-\x1f\x7f-\x9f]|^[. ]|[. ]$')
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # names in Windows


class EnrollError(TeamsheetError):
    """A gallery cannot be cut; one line that says which file and line, and what to do."""


@dataclass(frozen=True, slots=True)
class Name:
    """One person (or the ball) of an annotated clip. color: as in roster.yaml. Raises EnrollError
    where that is no name."""

    name: str
    number: str = ""
    team: str = ""
    role: str = ""
    color: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", plain(self.name))
        if fault := fault_of(self.name):
            raise EnrollError(f"name {self.name[:MAX_NAME]!r}: {fault}; mend it")

    @property
    def is_negative(self) -> bool:
        """Nobody to be tracked by name: a referee, or marked with a leading `_`."""
        return self.role == REFEREE or self.name.startswith("_")

    @property
    def shown(self) -> str:
        """The name in the gallery, where negatives begin with `_`."""
        return self.name if self.name.startswith("_") or not self.is_negative else f"_{self.name}"


def name_at(where: str, name: str, number: str = "", team: str = "", role: str = "") -> Name:
    """A Name. where: the file and line, for the EnrollError."""
    try:
        return Name(name, number, team, role)
    except EnrollError as error:
        raise EnrollError(f"{where}: {error}") from error


def read_names(path: Path, blanks: bool = False) -> dict[int, Name]:
    """Ids to people, from names.csv (`id,name[,number,team,role]`, in any dialect that
    `gallery.io.tables` knows) or SoccerNet's gameinfo.ini.

    blanks: rows without a name are nobody's; else they are a mistake.
    Raises EnrollError that names the line.
    """
    names = parse_names(read_text(path, western=True), str(path), blanks)
    if not names:
        wanted = "write names beside the ids" if blanks else "one row per id expected"
        raise EnrollError(f"{path}: names nobody; {wanted}")
    return names


def read_text(path: Path, *, western: bool = False) -> str:
    """The file as text; western: see `gallery.io.text_files.decode`. Raises EnrollError."""
    try:
        with path.open("rb") as file:
            raw = file.read(_MAX_BYTES + 1)
        if len(raw) > _MAX_BYTES:
            raise EnrollError(f"{path}: larger than {_MAX_BYTES} bytes; is it the right file?")
        return decode(raw, str(path), western=western)
    except OSError as error:
        raise EnrollError(f"{path}: cannot be read ({error.strerror}); check the path") from error
    except NoTextError as error:
        raise EnrollError(f"{path}: {error}; save it as UTF-8 text") from error


def parse_names(text: str, source: str, blanks: bool = False) -> dict[int, Name]:
    """As `read_names`, of a text; an empty one where it names nobody."""
    if source.lower().endswith(".ini"):
        return _gameinfo(text, source)
    return _names_csv(text, source, blanks)


def _names_csv(text: str, source: str, blanks: bool) -> dict[int, Name]:
    names: dict[int, Name] = {}
    try:
        for row, (line, cells) in enumerate(table_rows(text)):
            if row == 0:
                called = next((c for c in _CALLED if c in cells), "")
                if "id" not in cells or not called:
                    break
                continue
            name = cells[called]
            if blanks and not name:
                continue
            id_, person = _row({**cells, "name": name}, f"{source}, line {line}")
            if id_ in names:
                raise EnrollError(f"{source}, line {line}: id {id_} stands twice; keep one row")
            names[id_] = person
        else:
            if text.strip():
                return names
    except TableTextError as error:
        raise EnrollError(f"{source}, line {error.line}: {error}") from error
    raise EnrollError(f"{source}, line 1: the header must be id,name[,number,team,role]")


def _row(cells: dict[str, str], where: str) -> tuple[int, Name]:
    try:
        id_ = int(cells["id"])
    except ValueError as error:
        raise EnrollError(f"{where}: id {cells['id'][:40]!r} is no whole number") from error
    if abs(id_) >= 10**_MAX_DIGITS:
        raise EnrollError(f"{where}: id {cells['id'][:40]} is too large")
    name = cells["name"]
    if not name:
        raise EnrollError(f"{where}: id {id_} has no name; drop the row")
    role = BALL if name.lower() == BALL else cells.get("role", "").lower()
    return id_, name_at(where, name, cells.get("number", ""), cells.get("team", ""), role)


def labelled(source: str, label: str) -> Name:
    """Who an annotation's label says it is. Raises EnrollError."""
    return name_at(source, label, role=BALL if label.lower() == BALL else "")


def _gameinfo(text: str, source: str) -> dict[int, Name]:
    """`trackletID_11= player team right;10` is "team right 10", in every clip of a match.

    A goalkeeper is "team left goalkeeper 1", a referee "referee main".
    """
    try:
        entries = read_section(text)
    except IniError as error:
        raise EnrollError(f"{source}: no gameinfo.ini with [Sequence] ({error})") from error
    names: dict[int, Name] = {}
    for key, value in entries.items():
        _, prefix, number = key.partition("trackletid_")
        if not prefix:
            continue
        what, _, label = (part.strip() for part in value.partition(";"))
        if not number.isdecimal() or len(number) > _MAX_DIGITS or not what:
            raise EnrollError(f"{source}: cannot read {key}={value}; expected ROLE TEAM;NUMBER")
        role, _, team = what.lower().partition(" ")
        role = _ROLES.get(role, role)
        parts = [team, "" if role == "player" else role, label]
        names[int(number)] = name_at(source, " ".join(filter(None, parts)), label, team, role)
    return names


def folder_names(names: Iterable[str]) -> dict[str, str]:
    """A folder for each name that every file system can hold; plain names keep theirs."""
    taken: set[str] = set()
    folders: dict[str, str] = {}
    for name in names:
        folder = _folder(name)
        if folder.casefold() in taken:  # "Ann" and "ann" are one folder on many machines
            folder = _with_hash(folder, name)
        taken.add(folder.casefold())
        folders[name] = folder
    return folders


def _folder(name: str) -> str:
    plain = unicodedata.normalize("NFC", name)
    folder = _UNSAFE.sub(lambda found: quote(found[0], safe="").replace(".", "%2E"), plain)
    if _DEVICE.fullmatch(folder):
        folder = f"%{ord(folder[0]):02X}{folder[1:]}"
    return folder if len(folder.encode()) <= _MAX_FOLDER_BYTES else _with_hash(folder, name)


def _with_hash(folder: str, name: str) -> str:
    short = folder.encode()[: _MAX_FOLDER_BYTES - 9].decode(errors="ignore").rstrip(". ")
    return f"{short}~{hashlib.sha256(name.encode()).hexdigest()[:8]}"
