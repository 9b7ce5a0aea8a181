"""What `teamsheet gallery export` does: a data set of a gallery, a run or an annotated clip."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tracker.datasets.folder import CLASSIFY, DETECT, ExportReport, check_folder
from tracker.datasets.frames import Amount, write_frames
from tracker.datasets.labels import DatasetError, Labelled, of_annotation, of_run
from tracker.output.run_record import RECEIPT, RunRecord

if TYPE_CHECKING:
    from tracker.runs.pipeline import Say
    from tracker.video.source import Source

KINDS = (CLASSIFY, DETECT)


@dataclass(frozen=True, slots=True)
class ExportWish:
    """What is asked for. what: OUT of a run, a gallery, or with `boxes` a video. kind: of KINDS.
    moved: where the run's video is now. names, attribute: as in `gallery cut`, of `boxes`."""

    what: str
    kind: str
    out: Path
    moved: str | None = None
    boxes: Path | None = None
    names: Path | None = None
    attribute: str = ""
    sure: float = 0.9
    pictures: int = 400
    every: int = 1
    overwrite: bool = False


def export(wish: ExportWish, say: Say, progress: Callable[[int, int], None]) -> ExportReport:
    """Write the data set. Raises DatasetError and the named errors of what is read."""
    if wish.kind not in KINDS:
        raise DatasetError(f"--to {wish.kind}: no such data set; choose {' or '.join(KINDS)}")
    if wish.boxes is None and (wish.names or wish.attribute):
        raise DatasetError("--names and --attribute are of --boxes; give these too")
    is_run = wish.boxes is None and (Path(wish.what) / RECEIPT).is_file()
    if wish.moved is not None and not is_run:
        raise DatasetError("--video says where the video of a run is now; leave it out")
    amount = Amount(wish.pictures, wish.every)
    check_folder(wish.out, wish.overwrite)
    if is_run:
        found, source = _of_run(wish, Path(wish.what))
    elif wish.boxes is not None:
        found, source = _of_clip(wish, wish.boxes, say)
    else:
        return _of_gallery(wish, Path(wish.what), say)
    if wish.kind == DETECT:
        report = write_frames(found, source, wish.out, amount, wish.overwrite, progress)
    else:
        from tracker.datasets.crops import write_clip_crops

        report = write_clip_crops(found, source, wish.out, amount, wish.overwrite, progress)
    for warning in source.warnings:
        say(warning)
    return report


def _of_gallery(wish: ExportWish, folder: Path, say: Say) -> ExportReport:
    from gallery.folders import find_people
    from gallery.images import is_picture
    from gallery.roster import read_roster
    from tracker.datasets.crops import write_gallery_crops

    if not folder.is_dir():
        how = "a video needs --boxes and --names" if folder.exists() else "no such folder"
        raise DatasetError(f"{folder}: {how}; give OUT of a run, or a gallery")
    pictures = [f for p in find_people(folder).people for f in p.path.glob("*") if is_picture(f)]
    if not pictures or (folder / "tracks.csv").is_file():
        raise DatasetError(
            f"{folder} is neither OUT of a run (no {RECEIPT}) nor a gallery (no folder of pictures "
            "per player)"
        )
    if wish.kind == DETECT:
        raise DatasetError(
            f"{folder} is a gallery, pictures of one person each, and {DETECT} needs whole frames; "
            f"give OUT of a run, or take --to {CLASSIFY}"
        )
    roster = read_roster(folder)
    for warning in roster.warnings:
        say(warning)
    return write_gallery_crops(roster, folder, wish.out, wish.overwrite)


def _of_run(wish: ExportWish, run: Path) -> tuple[Labelled, Source]:
    from tracker.output.table import TrackTable
    from tracker.suggest.create import open_video, read_facts

    facts = read_facts(run)
    source = open_video(facts, wish.moved)
    first, count = RunRecord.read(run).frames
    table = TrackTable.read_csv(run / "tracks.csv")
    return of_run(table, str(run), wish.sure, facts.fps, range(first, first + count)), source


def _of_clip(wish: ExportWish, boxes: Path, say: Say) -> tuple[Labelled, Source]:
    from tracker.runs.annotations import Annotation, read_annotation
    from tracker.runs.gallery_commands import check_fits
    from tracker.video.open import open_source

    source = open_source(wish.what)
    given = Annotation(
        boxes, wish.what, (source.width, source.height), wish.names, (), wish.attribute, wish.sure,
        source.frame_count, source.fps,
    )  # fmt: skip
    found, names = read_annotation(given)
    check_fits(source, wish.what, boxes, found, (1, None), say)
    return of_annotation(found, names), source
