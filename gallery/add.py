"""Put pictures into a gallery that is there: one cut from a frame, or a folder of accepted ones."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gallery.annotations.boxes import MIN_HEIGHT_PX, MIN_INSIDE
from gallery.annotations.names import EnrollError, folder_names, read_names
from gallery.atomic.lock import hold
from gallery.atomic.write import added, recover
from gallery.crop_selection import crop_of
from gallery.folders import Places, find_people, unread
from gallery.image_quality import ALIKE_LEVELS, differences, thumbnail
from gallery.images import ENDINGS, Picture, read_picture
from gallery.io.disk import unwritten
from gallery.io.spelling import MAX_NAME, fault_of, plain
from gallery.roster import MIN_SIDE_PX, PEOPLE_NAMES, natural
from gallery.roster_file import DETAILS_FILE, read_details
from gallery.write import encode_jpeg

UNKNOWN = "_unknown"
"""Folder of suggestions that nobody has put a name to; never taken over."""
_TYPO = 0.85  # so alike, with the same digits, two names are taken for one misspelt


@dataclass(frozen=True, slots=True)
class AddReport:
    """added: (player, file). notes: what to know about them."""

    gallery: Path
    added: tuple[tuple[str, Path], ...]
    notes: tuple[str, ...]

    def __str__(self) -> str:
        counts: dict[str, int] = {}
        for player, _ in self.added:
            counts[player] = counts.get(player, 0) + 1
        lines = [f"{len(self.added)} pictures added to {self.gallery}"]
        for player, count in counts.items():
            folder = next(file.parent for name, file in self.added if name == player)
            lines.append(f"  {player}: {count} added, {len(_pictures(folder))} now")
        return "\n".join([*lines, *self.notes])


def add_picture(
    gallery: Path,
    player: str,
    picture: Picture,
    box: NDArray[np.float64],
    file_name: str,
    new: bool = False,
) -> AddReport:
    """Cut box `x1 y1 x2 y2` out of a picture into the player's folder.

    file_name: without ending. new: make a folder even where the name looks like a slip of another.
    Raises EnrollError: box outside, file there already, a name that is likely misspelt.
    """
    crop = crop_of(picture, box)
    height, width = crop.shape[:2]
    if min(height, width) < MIN_SIDE_PX:
        raise EnrollError(
            f"--box leaves {width}x{height} px inside the picture, which is "
            f"{picture.shape[1]}x{picture.shape[0]}; boxes are X,Y,WIDTH,HEIGHT in pixels"
        )
    _check_folder(gallery)
    with hold(gallery, "gallery add"):
        recover(gallery)
        return _add_picture(gallery, player, crop, box, file_name, new)


def _add_picture(
    gallery: Path,
    player: str,
    crop: Picture,
    box: NDArray[np.float64],
    file_name: str,
    new: bool,
) -> AddReport:
    """As `add_picture`, where the lock is held. crop: what the box leaves of the picture."""
    height, width = crop.shape[:2]
    folder = _folder_of(gallery, player, new)
    file = folder / f"{folder_names([file_name])[file_name]}.jpg"
    if file.exists():
        raise EnrollError(f"{file} exists; remove it first to cut it anew")
    notes = [] if folder.exists() else [f"new player {player}: folder {folder} made"]
    notes = notes if gallery.exists() else [f"new gallery {gallery} made"]
    size = (box[2:] - box[:2]).prod()
    if height < MIN_HEIGHT_PX:
        notes.append(
            f"note: {width}x{height} px is small; {MIN_HEIGHT_PX} px tall and more is good"
        )
    if width * height < MIN_INSIDE * size:
        notes.append("note: the box juts out of the picture; whole people are better")
    notes += [f"note: {copy}" for copy in _copies(crop, folder)]
    _write(gallery, {file: encode_jpeg(crop)})
    return AddReport(gallery, ((player, file),), tuple(notes))


def add_folder(gallery: Path, accepted: Path, new: bool = False) -> AddReport:
    """Take over the pictures of `accepted/<player>/`, but not those of `_unknown/`.

    Where `accepted` has a names.csv, it says whose the folders are that bear its numbers.
    What is there already, byte for byte or nearly, is left out and said. All or nothing.
    Raises EnrollError: no such folder, no picture in it, another file of that name in the gallery,
    a name that is likely misspelt.
    """
    if not accepted.is_dir():
        raise EnrollError(f"{accepted}: no such folder; give one that holds a folder per player")
    _check_folder(gallery)
    recover(accepted)
    with hold(gallery, "gallery add"):
        recover(gallery)
        return _add_folder(gallery, accepted, new)


def _add_folder(gallery: Path, accepted: Path, new: bool) -> AddReport:
    """As `add_folder`, where the lock is held."""
    places = [e for e in accepted.iterdir() if e.is_dir() and not e.is_symlink()]
    places = [e for e in places if e.name != UNKNOWN and not e.name.startswith(".")]
    names = _names(accepted, places)
    notes = _by_number(accepted, places, names)
    if kinds := unread(places):
        notes.append(f"not read: {kinds}; save pictures as .jpg or .png to use them")
    places = [e for e in places if e.name in names]
    _check_alike(accepted, gallery, names, new)
    files: dict[Path, bytes] = {}
    taken: list[tuple[str, Path]] = []
    for place in sorted(places, key=lambda e: natural(e.name)):
        pictures = _pictures(place)
        folder = _folder_of(gallery, names[place.name], new) if pictures else gallery
        first = not folder.exists() and not any(f.parent == folder for f in files)
        if pictures and first and gallery.exists():
            notes.append(f"new player {names[place.name]}: folder {folder} made")
        for file in pictures:
            why = _why_not(file, folder, files)
            if why:
                notes.append(f"left out {file}: {why}")
                continue
            files[folder / file.name] = file.read_bytes()
            taken.append((names[place.name], folder / file.name))
    if not taken and not any(map(_pictures, places)):
        why = notes[0] if notes else "move accepted ones there"
        raise EnrollError(f"{accepted}: no picture in a player's folder; {why}")
    notes = notes if gallery.exists() else [*notes, f"new gallery {gallery} made"]
    if files:
        _write(gallery, files)
    return AddReport(gallery, tuple(taken), tuple(notes))


def _why_not(file: Path, folder: Path, taken: dict[Path, bytes]) -> str:
    """Why a picture is not taken over; empty: it is."""
    picture = read_picture(file)
    if picture is None or min(picture.shape[:2]) < MIN_SIDE_PX:
        return "cannot be read as a picture, or is too small"
    goal = folder / file.name
    if goal in taken:
        return "a second picture of that name"
    if goal.exists() and goal.read_bytes() != file.read_bytes():
        raise EnrollError(f"{goal} exists and is another picture; rename {file}")
    copies = ["there already"] if goal.exists() else _copies(picture, folder)
    return copies[0] if copies else ""


def _copies(crop: Picture, folder: Path) -> list[str]:
    """What to say where the folder has nearly the same picture."""
    files = _pictures(folder) if folder.is_dir() else []
    seen = [(file, read_picture(file)) for file in files]
    known = [(file, thumbnail(picture)) for file, picture in seen if picture is not None]
    alike = differences(thumbnail(crop), [thumb for _, thumb in known]) < ALIKE_LEVELS
    same = [file for (file, _), near in zip(known, alike, strict=True) if near]
    return [f"nearly the same picture as {same[0].name}, adds little"] if same else []


def _pictures(folder: Path) -> list[Path]:
    found = [f for f in folder.iterdir() if f.is_file() and not f.is_symlink()]
    found = [f for f in found if f.suffix.lower() in ENDINGS and not f.name.startswith(".")]
    return sorted(found, key=lambda f: natural(f.name))


def _names(gallery: Path, folders: list[Path]) -> dict[str, str]:
    """The player of each folder, by its name as it stands on the disk."""
    spelled = {f.name: plain(f.name) for f in folders}
    details = read_details(gallery / DETAILS_FILE, list(spelled.values()))
    return {raw: plain(details.get(n, {}).get("name") or n) for raw, n in spelled.items()}


def _by_number(accepted: Path, places: list[Path], names: dict[str, str]) -> list[str]:
    """Put the names of names.csv in; the folders without one go out, as the notes say."""
    listed = accepted / PEOPLE_NAMES
    if not listed.is_file():
        return []
    known = {str(id_): name.shown for id_, name in read_names(listed, blanks=True).items()}
    nameless = []
    for raw in (place.name for place in places if place.name.isdecimal()):
        if raw in known:
            names[raw] = known[raw]
        else:
            del names[raw]
            nameless.append(raw)
    numbers = ", ".join(sorted(nameless, key=natural))
    notes = [f"without a name in {listed}, left out: {numbers}"] if nameless else []
    lost = [f"{id_} ({known[id_]})" for id_ in known if id_ not in {p.name for p in places}]
    return [*notes, f"{listed}: no folder of that number: {', '.join(lost)}"] if lost else notes


def _check_alike(accepted: Path, gallery: Path, names: dict[str, str], new: bool) -> None:
    """Raise EnrollError where two names that would both be new look like one misspelt."""
    fresh = sorted({name for name in names.values() if not (gallery / name).is_dir()})
    for n, own in enumerate(fresh):
        for other in fresh[n + 1 :]:
            same = own.casefold() == other.casefold()  # one folder on many disks
            if same or (not new and _slip(own, other)):
                raise EnrollError(
                    f"{accepted}: are {own!r} and {other!r} one player? Then write the name alike; "
                    + ("else call one otherwise" if same else "if they are two, add --new")
                )


def _check_folder(gallery: Path) -> None:
    if gallery.exists() and not gallery.is_dir():
        raise EnrollError(f"{gallery} is a file; give the gallery's folder with --gallery")


def _folder_of(gallery: Path, player: str, new: bool) -> Path:
    """Where the player's pictures are, or will be."""
    player = plain(player)
    if fault := fault_of(player):
        raise EnrollError(f"player {player[:MAX_NAME]!r}: {fault}")
    found = find_people(gallery) if gallery.is_dir() else Places(gallery, ())
    if player in (teamed := {plain(o.path.name): o.path for o in found.people if o.team}):
        return teamed[player]
    gallery = found.root
    places = [person.path for person in found.people if not person.team]
    known = {name: raw for raw, name in _names(gallery, places).items()}
    if player in known:
        return gallery / known[player]
    if player in known.values():  # as in OUT/suggest, where a folder is called as in the gallery
        return gallery / player
    for name in known:
        same = name.casefold() == player.casefold()
        if same or (not new and _slip(name, player)):
            raise EnrollError(
                f"no player {player!r} in {gallery}; did you mean {name}?"
                + ("" if same else " If it is somebody else, add --new")
            )
    return gallery / folder_names([player])[player]


def _slip(name: str, player: str) -> bool:
    ratio = difflib.SequenceMatcher(None, name.casefold(), player.casefold()).ratio()
    digits = [re.sub(r"\D", "", text) for text in (name, player)]
    return digits[0] == digits[1] and ratio >= _TYPO


def _write(gallery: Path, files: dict[Path, bytes]) -> None:
    """All of them, or none. files: by their places in the gallery. Raises EnrollError."""
    try:
        with added(gallery) as draft:
            for file, content in files.items():
                place = draft / file.relative_to(gallery)
                place.parent.mkdir(exist_ok=True)
                place.write_bytes(content)
    except OSError as error:
        raise unwritten(Path(error.filename or gallery), error, EnrollError) from error
