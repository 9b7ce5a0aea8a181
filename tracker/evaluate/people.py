"""Who the ids of a truth are: names.csv or SoccerNet's gameinfo.ini."""

from __future__ import annotations

import configparser
import csv
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from tracker.evaluate.boxes import Boxes, EvaluateError
from tracker.evaluate.sources import Source

_MAX_DIGITS = 18  # of an id
BALL, REFEREE = "ball", "referee"


@dataclass(frozen=True, slots=True)
class Person:
    """One person (or the ball) of a truth. name is what results must call him."""

    name: str
    number: str = ""
    team: str = ""
    role: str = ""


@dataclass(frozen=True, slots=True)
class People:
    """Truth ids to people. Several ids may be one person, at different times."""

    source: str
    by_id: Mapping[int, Person]

    @property
    def ball_ids(self) -> frozenset[int]:
        """Ids of the ball: left out of every score."""
        return frozenset(i for i, person in self.by_id.items() if person.role == BALL)

    @property
    def players(self) -> frozenset[str]:
        """Names expected in a gallery when none is given: everybody but ball and referees."""
        roles = (BALL, REFEREE)
        return frozenset(
            p.name for p in self.by_id.values() if p.role not in roles and p.name[:1] != "_"
        )

    def name(self, truth: Boxes) -> Boxes:
        """The truth with its names filled in."""
        names = [self.by_id[i].name if i in self.by_id else "" for i in truth.ids.tolist()]
        return replace(truth, names=np.array(names, object).reshape(len(truth)))


def read_people(source: Source) -> People:
    """Read names.csv (`id,name[,number,team,role]`) or gameinfo.ini. Raises EvaluateError."""
    parse = _gameinfo if str(source).lower().endswith(".ini") else _names_csv
    return People(str(source), parse(source.text(), str(source)))


def _names_csv(text: str, source: str) -> dict[int, Person]:
    rows = csv.DictReader(text.splitlines(), skipinitialspace=True)
    columns = [c.strip().lower() for c in rows.fieldnames or []]
    if not {"id", "name"} <= set(columns):
        raise EvaluateError(f"{source}, line 1: the header must be id,name[,number,team,role]")
    people: dict[int, Person] = {}
    for row in rows:
        line = rows.line_num
        cells = {str(k).strip().lower(): str(v or "").strip() for k, v in row.items()}
        try:
            number = int(cells["id"])
        except ValueError as error:
            raise EvaluateError(
                f"{source}, line {line}: id {cells['id'][:40]!r} is no number"
            ) from error
        if abs(number) >= 10**_MAX_DIGITS:
            raise EvaluateError(f"{source}, line {line}: id {cells['id'][:40]} is too large")
        if number in people:
            raise EvaluateError(f"{source}, line {line}: id {number} stands twice; keep one row")
        if not cells["name"]:
            raise EvaluateError(f"{source}, line {line}: id {number} has no name; drop the row")
        role = cells.get("role", "").lower()
        if cells["name"].lower() == BALL:
            role = BALL
        people[number] = Person(cells["name"], cells.get("number", ""), cells.get("team", ""), role)
    return people


def _gameinfo(text: str, source: str) -> dict[int, Person]:
    """SoccerNet: `trackletID_11= player team right;10` is called "team right 10".

    A goalkeeper is "team left goalkeeper 1", a referee "referee main", so that a name is the same
    in every clip of a match and makes a plain folder name.
    """
    ini = configparser.ConfigParser(interpolation=None)
    try:
        ini.read_string(text)
        entries = dict(ini["Sequence"])
    except (configparser.Error, KeyError) as error:
        raise EvaluateError(f"{source}: is no gameinfo.ini with a [Sequence] section") from error
    people: dict[int, Person] = {}
    for key, value in entries.items():
        _, prefix, number = key.partition("trackletid_")
        if not prefix:
            continue
        what, _, label = (part.strip() for part in value.partition(";"))
        if not number.isdecimal() or len(number) > _MAX_DIGITS or not what:
            raise EvaluateError(f"{source}: cannot read {key}={value}; expected ROLE TEAM;NUMBER")
        people[int(number)] = _person(what.lower(), label)
    if not people:
        raise EvaluateError(
            f"{source}: names nobody; lines trackletID_N= ROLE TEAM;NUMBER expected"
        )
    return people


def _person(what: str, label: str) -> Person:
    role, _, team = what.partition(" ")
    role = {"goalkeepers": "goalkeeper", "players": "player", "referees": REFEREE}.get(role, role)
    parts = [team, "" if role == "player" else role, label]
    return Person(" ".join(p for p in parts if p), label, team, role)


def named_twice(truth: Boxes) -> tuple[int, str] | None:
    """The first (frame, name) at which the truth shows one name twice, or None."""
    seen: set[tuple[int, str]] = set()
    named = truth.take(truth.names != "")
    for key in zip(named.frames.tolist(), named.names, strict=True):
        if key in seen:
            return key
        seen.add(key)
    return None
