"""A clip named by a team sheet alone, and once more by the gallery that grew of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gallery.annotations.names import BALL, REFEREE, read_names
from tracker import config
from tracker.evaluation.readers import boxes_of_table
from tracker.observation.store import Store
from tracker.output.run_files import OBSERVATIONS
from tracker.output.table import TrackTable
from tracker.runs import pipeline
from tracker.runs.grown_gallery import grow
from tracker.runs.open_session import open_session
from tracker.runs.request import TrackRequest
from tracker.runs.session import Session
from tracker.video.open import open_source

from .folder import Clip, ClipError, write_if_new
from .judge import judge_of
from .observed import YOLO, YOLO_MODEL, Say, quiet

FIRST, SECOND = "first run", "second run with the grown gallery"
GROWN = "grown"
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SheetCase:
    """One clip with one kind of boxes. out: where it is observed. sheet: who wears which number.
    encoder: of the looks that the run learns."""

    clip: Clip
    boxes: str
    out: Path
    sheet: Path
    encoder: str

    def request(self, sets: Sequence[str], gallery: Path | None = None) -> TrackRequest:
        return TrackRequest(
            source=str(self.clip.video),
            out=self.out,
            settings=config.load(None, [*sets, "mode=offline"]),
            gallery=gallery,
            roster=self.sheet,
            encoder=self.encoder,
        )


def write_sheet(clip: Clip) -> Path:
    """The players of a clip whose numbers are known, as a team sheet. Raises ClipError where there
    are none."""
    known = read_names(clip.names, blanks=True).values() if clip.names else ()
    people = {n.shown: n for n in known if n.role not in (BALL, REFEREE) and n.number.isdecimal()}
    if not people:
        raise ClipError(f"{clip.name}: nobody's number is known; give a clip that says who is who")
    file = clip.work / "sheet.csv"
    lines = [["name", "number", "team", "role"]]
    lines += [[shown, n.number, n.team, n.role or "player"] for shown, n in people.items()]
    write_if_new(file, "".join(",".join(map(_cell, line)) + "\n" for line in lines))
    return file


def _cell(text: str) -> str:
    return f'"{text}"' if set(text) & set(',"') else text


def observe(case: SheetCase, weights: Path | None, sets: Sequence[str], say: Say) -> None:
    """Observe what is not observed yet. Raises the named errors of the rooms that work here."""
    store = Store.open(case.out / OBSERVATIONS)
    if store is not None and store.finished:
        return
    say(f"{case.clip.name}, {case.boxes}: observing")
    file = case.clip.detections.get(case.boxes)
    detector = str(weights / YOLO_MODEL) if weights and case.boxes == YOLO else "auto"
    request = replace(case.request(sets), resume=True, detections=file, detector=detector)
    pipeline.track(request, quiet, quiet)


def rows_of(case: SheetCase, sets: Sequence[str], say: Say) -> Iterator[Row]:
    """The first run, then the second, if a gallery has grown."""
    request = case.request(sets)
    table, session = _followed(request)
    players = session.players
    yield _row(case, FIRST, table, session, players)
    folder = case.out / GROWN
    shutil.rmtree(folder, ignore_errors=True)
    assert session.names is not None  # a sheet names
    grown = replace(request, grow_gallery=folder)
    said = grow(grown, open_source(request.source), table, session.names.rostered)
    if not folder.is_dir():
        say(f"{case.clip.name}, {case.boxes}: {said}")
        return
    again, session = _followed(case.request(sets, folder))
    pictured = {path.name for path in folder.iterdir() if path.is_dir()}
    yield _row(case, SECOND, again, session, players) | {"pictured": len(pictured)}


def _followed(request: TrackRequest) -> tuple[TrackTable, Session]:
    store = Store.open(request.out / OBSERVATIONS)
    if store is None:
        raise ClipError(f"{request.out}: nothing is observed there")
    session = open_session(request, store)
    return pipeline.follow(request, session, list(store), quiet).table(session), session


def _row(
    case: SheetCase, mode: str, table: TrackTable, session: Session, players: Sequence[str]
) -> Row:
    about = session.about.source
    frames = 1, int(about.frame_count or table.rows["frame"].max())
    judge = judge_of(case.clip, frozenset(players), frames, about.fps)
    names = judge.names(boxes_of_table(table, mode))
    assert names is not None  # the sheet's players are who may be named
    right = [names.confusion.get((player, player), 0) > 0 for player in players]
    return {
        "clip": case.clip.name,
        "boxes": case.boxes,
        "mode": mode,
        "pictured": 0,
        "Name-F1": names.f1,
        "precision": names.precision,
        "recall": names.recall,
        "players named": sum(right),
        "players": len(players),
    }
