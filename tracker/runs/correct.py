"""A finished run, named again with what its user has said; no video is opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Any

from pydantic import ValidationError

from gallery.atomic.lock import hold
from tracker.corrections.belonging import check_own, check_said
from tracker.corrections.places import Places
from tracker.corrections.reapply import Again, found_again
from tracker.corrections.record import StoredCorrection, check
from tracker.corrections.statements import Correction, CorrectionError, parse, read_file
from tracker.explain.run import TRACKS, read_receipt
from tracker.fitting import Film
from tracker.observation.store import Store
from tracker.output.run_files import (
    CORRECTIONS,
    OBSERVATIONS,
    RECEIPT,
    write_receipt,
    write_results,
)
from tracker.output.run_folder import put_right_run, recover, replaced
from tracker.output.stale import stale_in
from tracker.output.table import TrackTable
from tracker.runs.first_pass_key import key_of
from tracker.runs.following import Progress, drained, follow
from tracker.runs.gallery_cache import reopen_gallery
from tracker.runs.replay import again
from tracker.runs.request import TrackRequest
from tracker.runs.run import Run
from tracker.runs.run_record import receipt
from tracker.runs.session import open_run
from tracker.settings import Settings, as_offline
from tracker.types import TrackedFrame


@dataclass(frozen=True, slots=True)
class CorrectionRequest:
    """sets: sentences. file: CSV. undo: numbers, from 1, of corrections to take back."""

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
    read_receipt(out)
    return Again.of(out, "").kept


def correct(out: Path, asked: CorrectionRequest, progress: Progress) -> CorrectionResult:
    """Name the run in `out` again, offline, with all that is said and was said before.

    Raises CorrectionError, and the rooms' named errors; the results that were there stay until
    the new ones are whole.
    """
    recover(out)
    read_receipt(out)  # before a lock is made beside what is no run
    with hold(out, "correct"):
        put_right_run(out)
        return _correct(out, asked, progress)


def _correct(out: Path, asked: CorrectionRequest, progress: Progress) -> CorrectionResult:
    """As `correct`, where the lock is held."""
    before = read_receipt(out)
    told = corrections(out)
    left = _left(told, asked.undo)
    request, run, store = _open(out, before)
    names = [*run.players, *(run.roster.negatives_named if run.roster else ())]
    new = [parse(text, names) for text in asked.sets]
    new += read_file(asked.file, names) if asked.file is not None else []
    new = list(dict.fromkeys(new))
    if not new and not asked.undo:
        raise CorrectionError('nothing to correct; say it with --set "player P is Q from frame A"')
    old = TrackTable.read_csv(out / TRACKS)
    video = run.about.source
    film = Film(
        video.name, video.width, video.height, video.frame_count, video.fps, *request.frames
    )
    doubts = check_said(new, old.visible, film)
    kept: list[StoredCorrection] = []

    def rulings(frames: Sequence[TrackedFrame]) -> list[Any]:
        kept.extend(_all(left, new, old, frames, video.fingerprint, film))
        return [ruling for one in kept for ruling in one.user_constraints(run.players)]

    run.user_constraints = rulings
    table, count = _named(request, run, store, progress)
    if not len(table):
        raise CorrectionError(
            f"nobody is found in {out} by the settings in its {RECEIPT}; nothing was changed, "
            "track it again"
        )
    _publish(request, run, table, receipt(request, run, table, count), before, kept)
    notes = [*doubts, *_notes(before, stale_in(out))]
    return CorrectionResult(table, kept, _changed(old, table), notes)


def _left(told: Sequence[StoredCorrection], undo: Sequence[int]) -> list[StoredCorrection]:
    for number in undo:
        if not 1 <= number <= len(told):
            have = f"it has {len(told)}, see --list" if told else "it has none"
            raise CorrectionError(f"--undo {number}: no such correction of this run; {have}")
    return [one for n, one in enumerate(told, 1) if n not in undo]


def _all(
    left: Sequence[StoredCorrection],
    new: Sequence[Correction],
    old: TrackTable,
    frames: Sequence[TrackedFrame],
    video: str,
    film: Film,
) -> list[StoredCorrection]:
    places = Places(old.visible, frames) if new else None
    if places is not None:
        check_own(old.visible, places, film)
    said = [places.keep(said).model_copy(update={"video": video}) for said in new if places]
    every = [*(_tried(one, frames, video) for one in left), *said]
    check(every, len(left))
    return list(dict.fromkeys(every))  # what is said again of the very same boxes stands once


def _tried(one: StoredCorrection, frames: Sequence[TrackedFrame], video: str) -> StoredCorrection:
    """What found nobody in an earlier following may find somebody now."""
    return found_again(one, frames) if not one.spans and one.video == video else one


def _open(out: Path, before: dict[str, Any]) -> tuple[TrackRequest, Run, Store]:
    """What following takes. Raises CorrectionError where something is missing."""
    if not before.get("gallery"):
        raise CorrectionError(f"{out} was tracked without --gallery: nobody has a name in it")
    store = Store.open(out / OBSERVATIONS)
    if store is None or not store.finished:
        state = "no" if store is None else "unfinished"
        raise CorrectionError(
            f"{out} has {state} observations; track it by this version of teamsheet first"
        )
    try:
        settings = Settings.model_validate(before["settings"])
        settings = as_offline(settings)
        gallery, spec = Path(before["gallery"]["folder"]), str(before["source"]["spec"])
    except (KeyError, TypeError, ValidationError) as error:
        raise CorrectionError(
            f"{out / RECEIPT}: written by another teamsheet; follow again by track --resume"
        ) from error
    request = TrackRequest(spec, out, settings, frames=(store.meta.first, store.meta.last))
    run = open_run(request, store)  # without a gallery, which would ask for the encoder
    begun = perf_counter()
    request = replace(request, gallery=gallery)
    reopen_gallery(request, run, store.folder)
    run.seconds["gallery"] = perf_counter() - begun
    return request, run, store


def _named(
    request: TrackRequest, run: Run, store: Store, progress: Progress
) -> tuple[TrackTable, int]:
    """The rows of all frames, and how many those are. Where nothing that a correction goes by was
    kept, everything is followed once more, and that is kept."""
    rows = again(request, run, store)
    if rows is not None:
        return TrackTable.from_rows(rows, run.players), len(rows)
    frames = follow(request, run, store, progress)
    count = len(frames)
    if run.followed is not None:
        run.followed.write(store.folder, key_of(request, run, store.folder))
        run.followed = None
    return TrackTable.from_frames(drained(frames), run.players), count


def _publish(
    request: TrackRequest,
    run: Run,
    table: TrackTable,
    made: dict[str, Any],
    before: dict[str, Any],
    kept: Sequence[StoredCorrection],
) -> None:
    """Everything that is in OUT stays, but for the files that hold names."""
    made |= {
        "command": before.get("command", []),
        "notes": before.get("notes", []),
        "seconds": {**before.get("seconds", {}), **made["seconds"]},
        CORRECTIONS: [one.model_dump(mode="json", by_alias=True) for one in kept],
    }
    with replaced(request.out) as folder:
        write_results(table, folder, run.evidence_log, run.players, "offline")
        write_receipt(made, folder / RECEIPT)


def _changed(old: TrackTable, new: TrackTable) -> int:
    """Visible boxes whose name is another one now."""
    keys = ["frame", "x1", "y1"]
    sides = [t.visible[[*keys, "player"]].round(2) for t in (old, new)]
    sides = [side.assign(player=side["player"].astype(object)) for side in sides]
    both = sides[0].merge(sides[1], on=keys, how="inner")
    return int((both["player_x"] != both["player_y"]).sum())


def _notes(before: dict[str, Any], stale: Sequence[str]) -> list[str]:
    notes = []
    if before.get("settings", {}).get("mode") != "offline":
        notes.append("the run was online; its results are those of --mode offline now")
    if stale:
        notes.append(f"{', '.join(stale)} still show the names from before; make them again")
    return notes
