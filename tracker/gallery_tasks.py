"""What the gallery commands do: people, cut, add, check, suggest."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import numpy as np

from tracker.annotated import Annotation, AnnotationError, read_annotation
from tracker.fitting import Film, misfits

if TYPE_CHECKING:
    from gallery.check import GalleryCheck
    from tracker.pipeline import Say


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
    from gallery.enroll import cut_gallery as cut
    from tracker.observe.video import open_source

    source = open_source(video)
    size = (source.width, source.height)
    given = Annotation(
        boxes, video, size, names, tuple(players), attribute, sure, source.frame_count, source.fps
    )  # fmt: skip
    found, people = read_annotation(given)
    film = Film(
        Path(video).name, *size, source.frame_count, source.fps, frames[0], frames[1]
    )  # fmt: skip
    for misfit in misfits(str(boxes), found.frames, found.boxes, film):
        whole = misfit.of_frames and frames == (1, None)  # nobody said which part is meant
        if misfit.sure:
            raise AnnotationError(str(misfit))
        if whole:
            raise AnnotationError(
                f"{misfit}; give the video that was annotated, or --frames "
                f"1:{source.frame_count} if this one is its beginning"
            )
        if not misfit.of_frames:
            say(str(misfit))
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


def add(
    gallery: Path,
    video: str | None,
    frame: int | None,
    box: str | None,
    player: str | None,
    accepted: Path | None,
    new: bool,
    say: Say,
) -> str:
    """Add one box of one frame, or all of a folder; the lines that say what came of it."""
    from gallery.add import add_folder

    if accepted is not None:
        if (video, frame, box, player) != (None, None, None, None):
            raise AnnotationError("--from takes a folder only; leave out VIDEO and its options")
        return str(add_folder(gallery, accepted, new))
    if video is None or frame is None or box is None or player is None:
        raise AnnotationError("give VIDEO, --frame, --box and --player; or --from with a folder")
    return _add_picture(gallery, video, frame, box, player, new, say)


def _add_picture(
    gallery: Path, video: str, frame: int, box: str, player: str, new: bool, say: Say
) -> str:
    from gallery.add import add_picture
    from tracker.observe.video import open_source

    corners = parse_box(box)
    source = open_source(video)
    picture = next((f.image for f in source.frames(frame - 1, frame)), None)
    for warning in source.warnings:
        say(warning)
    if picture is None:
        raise AnnotationError(f"{video}: no picture of frame {frame}; frames count from 1")
    name = f"{Path(video).stem}_{frame:06d}_{corners[0]:.0f}x{corners[1]:.0f}"
    return str(add_picture(gallery, player, picture, corners, name, new))


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
    """Judge a gallery by itself. Raises RosterError and EncoderError."""
    from gallery.check import check_gallery as check
    from gallery.encoder import load_encoder
    from gallery.roster import read_roster

    roster = read_roster(folder)
    loaded = load_encoder(encoder, device)
    return check(roster, loaded, loaded.name)


def suggest(run: Path, video: str | None, count: int, per_player: int, overwrite: bool) -> str:
    """Write OUT/suggest; the lines that say what is in it and what to do with it."""
    from tracker.suggest.command import FOLDER, read_receipt
    from tracker.suggest.command import suggest as write

    cards = write(run, video, count, per_player, overwrite)
    out = run / FOLDER
    counts: dict[str, int] = {}
    for card in cards:
        counts[card.folder] = counts.get(card.folder, 0) + 1
    lines = [f"{len(cards)} pictures to look at in {out} (sheet.html, sheet.png):"]
    lines += [f"  {folder}: {number}" for folder, number in counts.items()]
    lines.append("delete what is wrong, move what is another's, then:")
    lines.append(_take_over(out, read_receipt(run).gallery))
    return "\n".join(lines)


def people(run: Path, video: str | None, pieces: int, per_piece: int, overwrite: bool) -> str:
    """Write OUT/people; the lines that say what is in it and what to do with it."""
    from gallery.add import PEOPLE_NAMES
    from tracker.publish.writers import PEOPLE
    from tracker.suggest.command import read_receipt
    from tracker.suggest.people import write_people

    found = write_people(run, video, pieces, per_piece, overwrite)
    out = run / PEOPLE
    count = len(found.cards)
    lines = [f"{count} pieces of paths, a folder of pictures each, in {out}"]
    if found.shorter:
        lines.append(f"  {found.shorter} shorter ones are left out; --pieces takes more of them")
    if found.taken:
        lines.append(f"  {found.taken} names typed before are taken along")
    if found.kept:
        which = ", ".join(map(str, found.kept))
        lines.append(f"  folders {which}: named before, found nowhere in the run now, kept")
    lines.append(f"look at {out / 'sheet.html'}, write names into {out / PEOPLE_NAMES}, then:")
    lines.append(_take_over(out, read_receipt(run).gallery or "players/"))
    return "\n".join(lines)


def _take_over(folder: Path, gallery: str) -> str:
    """The command, as it can be copied into a shell."""
    return f"  teamsheet gallery add --from {quote(str(folder))} --gallery {quote(gallery)}"
