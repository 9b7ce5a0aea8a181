"""Who the ids of a truth are: names.csv or SoccerNet's gameinfo.ini."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from gallery.annotations.names import BALL, REFEREE, EnrollError, Name, parse_names
from tracker.evaluation.boxes import Boxes, EvaluateError
from tracker.evaluation.text_files import TextSource


@dataclass(frozen=True, slots=True)
class TruthIdentities:
    """Truth ids to people. Several ids may be one person, at different times."""

    source: str
    by_id: Mapping[int, Name]

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


def read_people(source: TextSource) -> TruthIdentities:
    """Read names.csv (`id,name[,number,team,role]`) or gameinfo.ini. Raises EvaluateError."""
    try:
        people = parse_names(source.text(western=True), str(source))
    except EnrollError as error:
        raise EvaluateError(str(error)) from error
    if not people and str(source).lower().endswith(".ini"):
        raise EvaluateError(
            f"{source}: names nobody; lines trackletID_N= ROLE TEAM;NUMBER expected"
        )
    return TruthIdentities(str(source), people)


def named_twice(truth: Boxes) -> tuple[int, str] | None:
    """The first (frame, name) at which the truth shows one name twice, or None."""
    seen: set[tuple[int, str]] = set()
    named = truth.take(truth.names != "")
    for key in zip(named.frames.tolist(), named.names, strict=True):
        if key in seen:
            return key
        seen.add(key)
    return None
