"""Which team wears this? Asked once, where the names of a run do not tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from tracker.corrections.of_kits import OF_KITS, kept_of_kit, wearers
from tracker.corrections.record import StoredCorrection
from tracker.corrections.statements import Correction
from tracker.explain.run import TRACKS
from tracker.kits.facts import TEAM
from tracker.kits.stated_kits import KIT_PARTS
from tracker.output.run_record import kits_in
from tracker.output.table import TrackTable
from tracker.review.question import Entry, Item, Question, ShownKit
from tracker.runs.review_answers import Body
from tracker.runs.review_journal import ReviewError
from tracker.runs.review_order import Spoken
from tracker.runs.review_table import Table

_TEXT = "Which team wears this?"
_TWO = 2


class KitQuestions:
    """One owner, one thread at a time. out: the run."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._run = ""
        self._visible: pd.DataFrame | None = None

    def question(self, table: Table, teams: Sequence[str]) -> Question | None:
        """None where the roster has no teams, every team's kit is known, or was asked about, or
        nobody is seen in it. teams: of the roster."""
        main = [kit for kit in kits_in(table.run.record.tree) if kit["role"] == TEAM]
        done = _kits_in_questions(table.spoken)
        settled = {each.wears for each in _of_kits(table.spoken)} & set(teams)
        if not teams or table.run.partial or (settled and len(teams) <= _TWO):
            return None  # of two teams the other one wears the other kit
        kit = next((k for k in main if not k["team"] and k["name"] not in done), None)
        if kit is None:
            return None
        shown = [kit, *(other for other in main if other is not kit)]
        items = [self._items(table, each) for each in shown]
        if not items[0]:
            return None
        kits = [
            ShownKit(str(each["name"]), str(each["color"]), len(mine))
            for each, mine in zip(shown, items, strict=True)
        ]
        seconds = sum(item.seconds for item in items[0])
        return Question(
            "kit", _TEXT, (_reason(teams),), 0.0, 0.0, seconds,
            tuple(item for mine in items for item in mine), (), tuple(kits),
            (*teams, *KIT_PARTS),
        )  # fmt: skip

    def stated(self, question: Question, body: Body) -> Correction | None:
        """What an answer says; None where nobody knows. Raises ReviewError where it is none."""
        if body.verdict == "unknown":
            return None
        if body.verdict != "kit" or body.wears not in question.choices:
            known = ", ".join(question.choices)
            raise ReviewError(f"wears: one of {known} is due, not {body.wears[:40]!r}")
        return Correction("", None, body.wears, kit=question.kits[0].name)

    def kept(self, table: Table, stated: Correction | None) -> list[StoredCorrection]:
        """As run.json has it. Raises CorrectionError."""
        if stated is None:
            return []
        kept = kept_of_kit(stated, self._rows(table)).of_video(table.run.video)
        spans = table.base.boxes_now.spans(kept.at)
        return [kept.model_copy(update={"spans": spans})]

    def _items(self, table: Table, kit: Mapping[str, Any]) -> list[Item]:
        rows = self._rows(table)
        found = rows.iloc[wearers(rows, str(kit["name"]))]
        return [
            Item(track, frame, frame, "", frame, (frame,), ("",), 0.0, 0.0, 0.0, 0.0)
            for track, frame in zip(
                found["track_id"].tolist(), found["frame"].tolist(), strict=True
            )
        ]

    def _rows(self, table: Table) -> pd.DataFrame:
        """The visible rows of tracks.csv, read again where it was written again."""
        if self._visible is None or self._run != table.run.base.run:
            visible = TrackTable.read_csv(self._out / TRACKS).visible[list(OF_KITS)]
            self._visible, self._run = visible, table.run.base.run
        return self._visible


def entry(question: Question, body: Body, stated: Correction | None) -> Entry:
    """What is kept of an answer."""
    verdict: Any = body.verdict
    return Entry(verdict, () if stated is None else (stated,), question)


def contradicted(spoken: Iterable[Spoken], stated: Correction | None) -> list[str]:
    """What was said of the same kit before, and is not said any more."""
    if stated is None:
        return []
    earlier = [each for each in _of_kits(spoken) if each.kit == stated.kit]
    return [each.text for each in earlier if each.wears != stated.is_]


def _of_kits(spoken: Iterable[Spoken]) -> list[StoredCorrection]:
    return [stored for each in spoken for stored in each.kept if stored.wears]


def _kits_in_questions(spoken: Iterable[Spoken]) -> set[str]:
    """Names of kits of which something was said, or nothing is known."""
    found = {stored.kit for stored in _of_kits(spoken)}
    for each in spoken:
        question = each.answer.question if each.answer is not None else None
        if question is not None and question.get("kind") == "kit":
            found |= {str(kit["name"]) for kit in question.get("kits", ())[:1]}
    return found


def _reason(teams: Sequence[str]) -> str:
    names = " or ".join(teams)
    return f"nobody's name tells yet whether it is the kit of {names}"
