"""Suggestions from a finished run: find the ambiguous matches, cut the crops, write the folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gallery.atomic.lock import hold
from tracker.errors import TeamsheetError
from tracker.output.evidence import EVIDENCE, EvidenceTables
from tracker.output.run_folder import recover
from tracker.output.run_record import RECEIPT, RunRecord, RunRecordError
from tracker.output.stale import freshened
from tracker.output.table import TrackTable
from tracker.suggest.ambiguity import find_ambiguous
from tracker.suggest.crop_selection import pick
from tracker.suggest.folder import check_folder, write_suggestions
from tracker.suggest.suggestion import Suggestion
from tracker.text import hidden
from tracker.video.open import open_recorded, open_source
from tracker.video.source import VideoError

if TYPE_CHECKING:
    from tracker.video.source import Source

FOLDER = "suggest"


class SuggestError(TeamsheetError):
    """The run cannot be asked for suggestions; the message says what to do."""


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What run.json says of the run. gallery: its folder; empty without one."""

    spec: str
    fingerprint: str
    fps: float
    gallery: str


def suggest(
    run: Path, video: str | None, count: int, per_player: int, overwrite: bool
) -> list[Suggestion]:
    """Write RUN/suggest; its cards. video: where the source is now, if it has moved.

    Raises SuggestError (no run, no gallery, video gone or another, nothing uncertain), OutputError,
    EvidenceError, TableError.
    """
    facts = read_facts(run)
    if not facts.gallery:
        raise SuggestError(
            f"{run} was tracked without --gallery: there is none to add to; begin one with "
            f"teamsheet gallery people {run}"
        )
    check_folder(run / FOLDER, overwrite)
    with hold(run, "gallery suggest"):
        return _suggest(run, facts, video, count, per_player, overwrite)


def _suggest(
    run: Path, facts: SourceFacts, video: str | None, count: int, per_player: int, overwrite: bool
) -> list[Suggestion]:
    """As `suggest`, where the lock is held."""
    out = run / FOLDER
    check_folder(out, overwrite)
    rows = TrackTable.read_csv(run / "tracks.csv").rows
    beliefs = EvidenceTables.read(run / EVIDENCE).beliefs
    source = open_video(facts, video)
    stretches = find_ambiguous(rows, beliefs, facts.fps)
    if not stretches:
        raise SuggestError(f"{run}: no name is unsure for long; there is nothing to suggest")
    found = pick(stretches, rows, source, count, per_player)
    if not found:
        raise SuggestError(
            f"{run}: {len(stretches)} tracks are unsure, but none has a clean crop (40 px tall, "
            "uncovered, inside the picture); add pictures of another scene with gallery add"
        )
    stem = Path(video or facts.spec).stem or "video"
    cards = write_suggestions(out, run, found, stem, facts.gallery, _pictures(facts.gallery))
    freshened(run, FOLDER)
    return cards


def read_facts(run: Path) -> SourceFacts:
    recover(run)
    path = run / RECEIPT
    if not path.is_file():
        raise SuggestError(f"{run} is no run of teamsheet: there is no {RECEIPT} in it")
    try:
        record = RunRecord.read(run)
        return SourceFacts(record.spec, record.fingerprint, record.fps, record.gallery)
    except RunRecordError as error:
        raise SuggestError(f"{path}: not a receipt of teamsheet; track the video again") from error


def open_video(facts: SourceFacts, video: str | None) -> Source:
    try:
        source = open_source(video) if video is not None else open_recorded(facts.spec)
    except VideoError as error:
        if video is not None:
            raise
        raise SuggestError(
            f"{hidden(facts.spec)}, the video of this run, cannot be opened any more; say where it "
            "is now with --video"
        ) from error
    if source.live or not source.has_images:
        raise SuggestError(
            f"{facts.spec} has no pictures to go back to; give a recording with --video"
        )
    if source.fingerprint() != facts.fingerprint:
        raise SuggestError(
            f"{video or facts.spec} is not the video of this run, or was changed since; give the "
            "right one with --video"
        )
    return source


def _pictures(gallery: str) -> dict[str, tuple[Path, ...]]:
    """Pictures to show beside the crops; none where the gallery is gone."""
    from gallery.roster import RosterError, read_roster

    try:
        return {player.name: player.pictures for player in read_roster(Path(gallery)).players}
    except RosterError:
        return {}
