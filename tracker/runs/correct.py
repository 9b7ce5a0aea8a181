"""A finished run, named again with what its user has said; no video is opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from gallery.atomic.lock import hold
from tracker.corrections.answers_file import Answers, answers_of
from tracker.corrections.belonging import check_corrections, check_own
from tracker.corrections.found_again import BoxesNow, tried
from tracker.corrections.in_force import in_force
from tracker.corrections.of_kits import kept_of_kit
from tracker.corrections.places import Places, check_seen
from tracker.corrections.reapply import Applied, KeptCorrections
from tracker.corrections.record import StoredCorrection
from tracker.corrections.statements import (
    Correction,
    CorrectionError,
    KnownKits,
    parse,
    read_file,
)
from tracker.explain.run import TRACKS, read_record
from tracker.output.run_folder import put_right_run
from tracker.output.run_record import RECEIPT, RunRecord
from tracker.output.stale import stale_in
from tracker.output.table import BOX, TrackTable
from tracker.runs.online_pass import Progress
from tracker.runs.resolver import Resolver
from tracker.runs.review_table import OpenRun
from tracker.runs.words_alone import name_by_words
from tracker.source_match import Film
from tracker.types import TrackedFrame, Visibility

_OF_OLD = ["frame", "track_id", "player", *BOX, "confidence", "kit", "kit_probability"]
"""Of the visible rows of tracks.csv, what a correction goes by: a match has a million of them."""


@dataclass(frozen=True, slots=True)
class CorrectionRequest:
    """sets: sentences. file: CSV, or answers.jsonl of a review. undo: numbers, from 1, of
    corrections to take back."""

    sets: Sequence[str] = ()
    file: Path | None = None
    undo: Sequence[int] = ()


@dataclass(frozen=True, slots=True, eq=False)
class CorrectionResult:
    """What a correction has come to. changed: visible boxes that bear another name than before."""

    table: TrackTable
    kept: list[StoredCorrection]
    changed: int
    notes: list[str]


def corrections(out: Path) -> list[StoredCorrection]:
    """Those that the run's receipt keeps. Raises CorrectionError, ExplainError."""
    return list(KeptCorrections.of(read_record(out), "").corrections)


def correct(out: Path, wanted: CorrectionRequest, progress: Progress) -> CorrectionResult:
    """Name the run in `out` again, offline, with all that is said and was said before.

    Raises CorrectionError, and the rooms' named errors; the results that were there stay until
    the new ones are whole.
    """
    read_record(out)  # before a lock is made beside what is no run
    with hold(out, "correct"):
        put_right_run(out)
        return _correct(out, wanted, progress)


def _correct(out: Path, wanted: CorrectionRequest, progress: Progress) -> CorrectionResult:
    """As `correct`, where the lock is held."""
    before = read_record(out)
    left = _left(KeptCorrections.of(before, "").corrections, wanted.undo)
    if not before.named:
        return _by_words_alone(out, left, wanted)
    resolver = Resolver.open(before)
    request, session = resolver.request, resolver.session
    roster = session.names.roster if session.names else None
    negatives = roster.negatives_named if roster is not None else ()
    rules = session.names.rules if session.names else None
    old = TrackTable.read_csv(out / TRACKS).visible[_OF_OLD]
    kits = KnownKits(sorted(set(old["kit"]) - {""}), rules.teams if rules else ())
    stated = _parsed(wanted, [*session.players, *negatives], kits)
    new = [correction for correction in stated if not correction.kit]
    of_kits = [kept_of_kit(correction, old) for correction in stated if correction.kit]
    video = session.about.source
    film = Film(
        video.name, video.width, video.height, video.frame_count, video.fps, *request.frames
    )
    misfits = check_corrections(new, old, film)
    of_kits = [kept.of_video(video.fingerprint) for kept in of_kits]
    before_all = [*left, *_answered(wanted, left), *of_kits]

    def say_again(frames: Sequence[TrackedFrame]) -> Applied:
        kept = _all(before_all, new, old, frames, video.fingerprint, film)
        holding = in_force(kept)
        constraints = [c for e in holding.corrections for c in e.user_constraints(session.players)]
        known = {each.text for each in left}
        news = [o.line(kept) for o in holding.overruled if kept[o.newer].text not in known]
        lost = (each for each in kept if not each.found and each.text not in known)
        news += [f'kept, but "{each.text}" finds nobody in this run' for each in lost]
        return Applied(kept, constraints, news)

    followed = resolver.named(say_again, progress)
    table = followed.table(session)
    if not len(table):
        raise CorrectionError(
            f"nobody is found in {out} by the settings in its {RECEIPT}; nothing was changed, "
            "track it again"
        )
    applied = followed.corrections or Applied(left)
    resolver.publish(table, followed, applied, before)
    notes = [*misfits, *applied.notes, *_notes(before, stale_in(out))]
    return CorrectionResult(table, list(applied.kept), _changed(old, table), notes)


def _by_words_alone(
    out: Path, left: Sequence[StoredCorrection], wanted: CorrectionRequest
) -> CorrectionResult:
    """Of a run without a gallery, which `teamsheet review` names: nothing is solved."""
    run = OpenRun.read(out, Answers())
    if not run.spoken and not _of_review(wanted):
        raise CorrectionError(
            f"{out} was tracked without --gallery, --roster or --anchors: nobody has a name in it; "
            f"give names by `teamsheet review {out}`"
        )
    old = TrackTable.read_csv(out / TRACKS).visible
    new = _parsed(wanted, run.players())
    for correction in new:
        check_seen(correction, old)
    stated = [Places(old).keep(correction).of_video(run.video) for correction in new]
    kept, notes = name_by_words(run, [*left, *_answered(wanted, left), *stated])
    table = TrackTable.read_csv(out / TRACKS)
    return CorrectionResult(table, kept, _changed(old, table), notes)


def _parsed(
    wanted: CorrectionRequest, names: Sequence[str], kits: KnownKits | None = None
) -> list[Correction]:
    """What is asked for, each once. Raises CorrectionError, also where that is nothing."""
    kits = kits or KnownKits()
    new = [parse(text, names, kits) for text in wanted.sets]
    new += read_file(wanted.file, names, kits) if wanted.file and not _of_review(wanted) else []
    if not new and not wanted.undo and not _of_review(wanted):
        raise CorrectionError('nothing to correct; say it with --set "player P is Q from frame A"')
    return list(dict.fromkeys(new))


def _of_review(wanted: CorrectionRequest) -> bool:
    return wanted.file is not None and wanted.file.suffix == ".jsonl"


def _answered(
    wanted: CorrectionRequest, left: Sequence[StoredCorrection]
) -> list[StoredCorrection]:
    """What a file of answers says beside what the run keeps already, to be found by place."""
    if wanted.file is None or not _of_review(wanted):
        return []
    kept = {(each.text, each.at, each.not_at) for each in left}
    return [
        each for each in answers_of(wanted.file) if (each.text, each.at, each.not_at) not in kept
    ]


def _left(stored: Sequence[StoredCorrection], undo: Sequence[int]) -> list[StoredCorrection]:
    for number in undo:
        if not 1 <= number <= len(stored):
            have = f"it has {len(stored)}, see --list" if stored else "it has none"
            raise CorrectionError(f"--undo {number}: no such correction of this run; {have}")
    return [correction for n, correction in enumerate(stored, 1) if n not in undo]


def _all(
    left: Sequence[StoredCorrection],
    new: Sequence[Correction],
    old: pd.DataFrame,
    frames: Sequence[TrackedFrame],
    video: str,
    film: Film,
) -> list[StoredCorrection]:
    places = Places.among(old, frames) if new else None
    if places is not None:
        check_own(old, places, film)
    stored = [places.keep(correction).of_video(video) for correction in new if places]
    now = BoxesNow.of_frames(frames)
    every = [*(tried(correction, now, video) for correction in left), *stored]
    again = dict.fromkeys(reversed(every))  # what is said again of the very same boxes stands once
    return list(again)[::-1]


def _changed(old: pd.DataFrame, new: TrackTable) -> int:
    """Visible boxes whose name is another one now. old: of `_OF_OLD`."""
    keys = ["frame", "x1", "y1"]
    shown = new.words["visibility"].are(Visibility.VISIBLE.label)
    side = pd.DataFrame({key: new.numbers[key][shown] for key in keys}).round(2)
    player = new.words["player"]
    side["player"] = np.array(player.words, object)[player.codes[shown]]
    both = old[[*keys, "player"]].round(2).merge(side, on=keys, how="inner")
    return int((both["player_x"] != both["player_y"]).sum())


def _notes(before: RunRecord, stale: Sequence[str]) -> list[str]:
    notes = []
    if before.part("settings").get("mode") != "offline":
        notes.append("the run was online; its results are those of --mode offline now")
    if stale:
        notes.append(f"{', '.join(stale)} still show the names from before; make them again")
    return notes
