"""What the gallery commands do: people, cut, add, check, suggest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import numpy as np

from gallery.annotations.reader import Annotation, AnnotationError
from tracker.runs.annotations import read_annotation
from tracker.source_match import Film, misfits

if TYPE_CHECKING:
    from rich.console import Console

    from gallery.annotations.boxes import TruthBoxes
    from gallery.check import GalleryCheck
    from tracker.runs.pipeline import Say
    from tracker.suggest.people import PeopleFolder
    from tracker.video.source import Source


def cut_gallery(
    video: str,
    boxes: Path,
    names: Path | None,
    out: Path,
    frames: tuple[int, int | None],
    per_player: int,
    min_pictures: int,
    overwrite: bool,
    say: Say,
    *,
    players: Sequence[str] = (),
    attribute: str = "",
    sure: float = 0.9,
) -> str:
    """Cut a gallery out of an annotated clip; the lines that say what came of it."""
    from gallery.create import cut_gallery as cut
    from tracker.video.open import open_source

    source = open_source(video)
    size = (source.width, source.height)
    given = Annotation(
        boxes, video, size, names, tuple(players), attribute, sure, source.frame_count, source.fps
    )  # fmt: skip
    found, people = read_annotation(given)
    check_fits(source, video, boxes, found, frames, say)
    report = cut(
        ((f.index + 1, f.image) for f in source.frames(frames[0] - 1, frames[1])),
        found,
        people,
        out,
        per_player=per_player,
        min_pictures=min_pictures,
        frames=frames,
        source_name=Path(video).stem,
        overwrite=overwrite,
    )
    for warning in source.warnings:
        say(warning)
    return str(report)


def check_fits(
    source: Source,
    video: str,
    file: Path,
    boxes: TruthBoxes,
    frames: tuple[int, int | None],
    say: Say,
) -> None:
    """Raise AnnotationError where the boxes of a file are not of this video."""
    size = (source.width, source.height)
    film = Film(Path(video).name, *size, source.frame_count, source.fps, *frames)
    for misfit in misfits(str(file), boxes.frames, boxes.boxes, film):
        if misfit.sure:
            raise AnnotationError(str(misfit))
        if misfit.of_frames and frames == (1, None):  # nobody said which part is meant
            raise AnnotationError(
                f"{misfit}; give the video that was annotated, or --frames "
                f"1:{source.frame_count} if this one is its beginning"
            )
        if not misfit.of_frames:
            say(str(misfit))


@dataclass(frozen=True, slots=True)
class OneBox:
    """Where a picture is to be cut. video: a file, or with `track` OUT of a run. frame: from 1.

    box, xyxy: text, as a user writes them; track: of the run, whose box there is taken. moved:
    where the video of the run is now. Of box, xyxy and track one is given.
    """

    video: str | None
    frame: int | None
    player: str | None
    box: str | None = None
    xyxy: str | None = None
    track: int | None = None
    moved: str | None = None


def add(gallery: Path, place_given: OneBox, accepted: Path | None, new: bool, say: Say) -> str:
    """Add one box of one frame, or all of a folder; the lines that say what came of it."""
    from gallery.add import add_folder

    if accepted is not None:
        if place_given != OneBox(None, None, None):
            raise AnnotationError("--from takes a folder only; leave out VIDEO and its options")
        return str(add_folder(gallery, accepted, new))
    if place_given.track is None and place_given.moved is not None:
        place_given = replace(place_given, video=place_given.video or place_given.moved)
    places = [
        place
        for place in (place_given.box, place_given.xyxy, place_given.track)
        if place is not None
    ]
    if (
        place_given.video is None
        or place_given.frame is None
        or place_given.player is None
        or len(places) != 1
    ):
        raise AnnotationError(
            "give VIDEO, --frame, --player and one of --box, --xyxy; or OUT of a run, --frame, "
            "--player and --track; or --from with a folder"
        )
    source, corners = _place(place_given, place_given.video, place_given.frame)
    stem = Path(place_given.video if place_given.track is None else source.name).stem
    name = f"{stem}_{place_given.frame:06d}_{corners[0]:.0f}x{corners[1]:.0f}"
    return _add_picture(
        gallery, source, place_given.frame, corners, place_given.player, name, new, say
    )


def _place(place_given: OneBox, video: str, frame: int) -> tuple[Source, np.ndarray]:
    """The pictures and (4,) x1 y1 x2 y2."""
    from tracker.video.open import open_source

    if place_given.track is not None:
        return _place_of_track(Path(video), place_given.track, frame, place_given.moved)
    corners = (
        parse_box(place_given.box)
        if place_given.box is not None
        else parse_corners(str(place_given.xyxy))
    )
    return open_source(video), corners


def _place_of_track(
    run: Path, track: int, frame: int, moved: str | None
) -> tuple[Source, np.ndarray]:
    from tracker.output.table import BOX, TrackTable
    from tracker.suggest.create import open_video, read_facts

    receipt = read_facts(run)
    rows = TrackTable.read_csv(run / "tracks.csv").visible
    mine = rows[rows["track_id"] == track]
    here = mine[mine["frame"] == frame]
    if not len(here):
        seen = f"it is seen in frames {mine['frame'].min()} to {mine['frame'].max()}"
        where = seen if len(mine) else "it is never seen; see tracks.csv"
        raise AnnotationError(f"{run}: track {track} is not visible in frame {frame}; {where}")
    return open_video(receipt, moved), here[BOX].to_numpy(np.float64)[0]


def _add_picture(
    gallery: Path,
    source: Source,
    frame: int,
    corners: np.ndarray,
    player: str,
    name: str,
    new: bool,
    say: Say,
) -> str:
    from gallery.add import add_picture

    picture = next((f.image for f in source.frames(frame - 1, frame)), None)
    for warning in source.warnings:
        say(warning)
    if picture is None:
        raise AnnotationError(f"{source.name}: no picture of frame {frame}; frames count from 1")
    return str(add_picture(gallery, player, picture, corners, name, new))


def parse_corners(text: str) -> np.ndarray:
    """(4,) x1 y1 x2 y2 of `X1,Y1,X2,Y2`. Raises AnnotationError."""
    try:
        corners = np.array([float(part) for part in text.split(",")])
    except ValueError:
        corners = np.zeros(0)
    if corners.shape != (4,) or not np.isfinite(corners).all():
        raise AnnotationError(f"--xyxy {text}: write X1,Y1,X2,Y2 in pixels, as in tracks.csv")
    if (corners[2:] <= corners[:2]).any():
        raise AnnotationError(f"--xyxy {text}: X2 must be above X1 and Y2 above Y1")
    return corners


def parse_box(text: str) -> np.ndarray:
    """(4,) x1 y1 x2 y2 of `X,Y,W,H`. Raises AnnotationError."""
    try:
        x, y, width, height = (float(part) for part in text.split(","))
    except ValueError as error:
        raise AnnotationError(f"--box {text}: write X,Y,W,H in pixels, as in mot.txt") from error
    if not np.isfinite([x, y, width, height]).all() or width <= 0 or height <= 0:
        raise AnnotationError(f"--box {text}: width and height must be above 0")
    return np.array([x, y, x + width, y + height])


def check_gallery(folder: Path, encoder: str, device: str) -> GalleryCheck:
    """Judge a gallery by itself. encoder: or `auto`, as a run would choose.

    Raises RosterError, EncoderError and WeightsError.
    """
    from gallery.check import check_gallery as check
    from gallery.reid.encoder import load_encoder
    from gallery.roster import read_roster
    from tracker.runs.encoder_choice import preferred_encoder

    roster = read_roster(folder)
    if encoder == "auto":
        encoder, _ = preferred_encoder()
    loaded = load_encoder(encoder, device)
    return check(roster, loaded, loaded.name)


def check_team_sheet(sheet: Path, page: bool, console: Console) -> None:
    """Print how a team sheet is read. page: an HTML page is asked for. Raises RosterError."""
    from gallery.roster import RosterError
    from gallery.team_sheet.check_table import print_team_sheet
    from gallery.team_sheet.reader import read_team_sheet

    if page:
        raise RosterError(f"{sheet}: a team sheet has no pictures to make a page of; leave out -o")
    print_team_sheet(read_team_sheet(sheet), console)


def suggest(run: Path, video: str | None, count: int, per_player: int, overwrite: bool) -> str:
    """Write OUT/suggest; the lines that say what is in it and what to do with it."""
    from tracker.suggest.create import FOLDER, read_facts
    from tracker.suggest.create import suggest as write

    suggestions = write(run, video, count, per_player, overwrite)
    out = run / FOLDER
    counts: dict[str, int] = {}
    for suggestion in suggestions:
        counts[suggestion.folder] = counts.get(suggestion.folder, 0) + 1
    lines = [f"{len(suggestions)} pictures to look at in {out} (sheet.html, sheet.png):"]
    lines += [f"  {folder}: {number}" for folder, number in counts.items()]
    lines.append("delete what is wrong, move pictures of another player, then:")
    lines.append(_take_over(out, read_facts(run).gallery))
    return "\n".join(lines)


def people(
    run: Path,
    video: str | None,
    tracklets: int,
    per_tracklet: int,
    overwrite: bool,
    sheet: Path | None = None,
) -> str:
    """Write OUT/people; the lines that say what is in it and what to do with it. sheet: a team
    sheet, to propose names by shirt numbers."""
    from gallery.roster import PEOPLE_NAMES
    from tracker.output.run_files import PEOPLE
    from tracker.suggest.create import read_facts
    from tracker.suggest.people import write_people

    found = write_people(run, video, tracklets, per_tracklet, overwrite, sheet)
    out = run / PEOPLE
    count = len(found.tracklets)
    lines = [f"{count} tracklets (stretches of one person), a folder of pictures each, in {out}"]
    if found.shorter:
        lines.append(f"  {found.shorter} shorter ones are left out; --pieces takes more of them")
    lines += _proposed(found, sheet)
    if found.taken:
        lines.append(f"  {found.taken} names typed before are taken along")
    if found.kept:
        which = ", ".join(map(str, found.kept))
        lines.append(f"  folders {which}: named before, found nowhere in the run now, kept")
    lines.append(f"look at {out / 'sheet.html'}, write names into {out / PEOPLE_NAMES}, then:")
    lines.append(_take_over(out, read_facts(run).gallery or "players/"))
    return "\n".join(lines)


def _proposed(found: PeopleFolder, sheet: Path | None) -> list[str]:
    """What shirt numbers were good for."""
    read = [t for t in found.tracklets if t.proposal.number]
    if not read:
        return [] if sheet is None else ["  no shirt number was read on them: no name is proposed"]
    named = sum(t.proposal.fills(t.stretch.player) for t in read)
    return [
        f"  a shirt number was read on {len(read)}; on {named} of them it is one player's, whose "
        "name is filled in: check it"
    ]


def _take_over(folder: Path, gallery: str) -> str:
    """The command, as it can be copied into a shell."""
    return f"  teamsheet gallery add --from {quote(str(folder))} --gallery {quote(gallery)}"
