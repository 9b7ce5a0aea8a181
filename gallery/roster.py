"""The gallery folder: read it, check it, say what is wrong with it, turn it into vectors.

`DIR/<player>/*.jpg|png|...`, or `DIR/<team>/<player>/*.jpg|png|...`; folders that begin with `_`
hold negatives, people who are none of the players; `DIR/roster.yaml` may say more about a player.
"""

from __future__ import annotations

import contextlib
import difflib
import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise, zip_longest
from pathlib import Path
from typing import Protocol, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from gallery.atomic.write import recover
from gallery.colors import parse_colors
from gallery.folders import NEGATIVE, Place, Places, find_people, natural, unread
from gallery.images import ENDINGS, Picture, read_picture
from gallery.io.spelling import MAX_NAME, fault_of, is_text, plain
from gallery.roster_file import DETAILS_FILE, SHEETS, TIMES, RosterError, read_details, seconds
from gallery.shirt_numbers import number_faults

__all__ = [
    "MIN_SIDE_PX", "Player", "Roster", "RosterError", "encode_gallery", "natural", "read_picture",
    "read_roster",
]  # fmt: skip

MIN_SIDE_PX = 8
PEOPLE_NAMES = "names.csv"
"""In a folder of people: the names of the folders that are called by a number."""

_Given = TypeVar("_Given")
_Result = TypeVar("_Result")
Group = tuple[int, str, tuple[Path, ...]]
"""Label, name and pictures of somebody, see `Roster.groups`."""


@dataclass(frozen=True, slots=True)
class Player:
    """One player. pictures: readable files, in natural order of their names; none of who is known
    by a team sheet alone.

    on_s, off_s: when they come on and go off, seconds of the video; None: they are there all along.
    color: of the shirt, #rrggbb; two for stripes, none where it is not known.
    """

    name: str
    pictures: tuple[Path, ...]
    number: str | None = None
    team: str | None = None
    role: str | None = None
    on_s: float | None = None
    off_s: float | None = None
    color: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.name:
            raise ValueError(f"Player needs a name, got {self.name!r}")


@dataclass(frozen=True, slots=True)
class Roster:
    """The players of a gallery, a team sheet or both. negatives: (name, pictures) per group of
    people who are no players."""

    players: tuple[Player, ...]
    negatives: tuple[tuple[str, tuple[Path, ...]], ...] = ()
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        names = [player.name for player in self.players]
        if not names or len(set(names)) < len(names):
            raise ValueError(f"Roster needs players of different names, got {names}")

    @property
    def negatives_named(self) -> list[str]:
        return [name for name, _ in self.negatives]

    @property
    def has_pictures(self) -> bool:
        """Whether it shows how any of the players looks."""
        return any(player.pictures for player in self.players)

    def groups(self) -> list[Group]:
        """(label, name, pictures) of whom there are pictures: players by their index, negatives
        from -1 downwards."""
        players = [(k, p.name, p.pictures) for k, p in enumerate(self.players) if p.pictures]
        return players + [(-1 - n, name, files) for n, (name, files) in enumerate(self.negatives)]

    def fingerprint(self) -> str:
        """Changes with a name, with what is said of a player, with a picture or their order."""
        digest = hashlib.sha256()
        for label, name, files in self.groups():
            digest.update(f"{label}\t{name}\t{len(files)}\n".encode())
            for file in files:
                digest.update(hashlib.sha256(file.read_bytes()).digest())
        for p in self.players:
            facts = (p.number, p.team, p.role, p.on_s, p.off_s)
            digest.update(f"{facts}\n".encode() if any(x is not None for x in facts) else b"")
            digest.update(f"{p.color}\n".encode() if p.color else b"")
            digest.update(b"" if p.pictures else f"{p.name}\n".encode())
        return digest.hexdigest()[:16]


def read_roster(folder: Path) -> Roster:
    """Read and check a gallery. Raises RosterError; what can be lived with is in `warnings`."""
    recover(folder)
    places, warnings = _folders(folder)
    _check_named(folder, [person.path for person in places.people])
    details = read_details(
        places.root / DETAILS_FILE, [plain(person.path.name) for person in places.people]
    )  # fmt: skip
    players: dict[str, Player] = {}
    folded: dict[str, str] = {}
    negatives: list[tuple[str, tuple[Path, ...]]] = []
    called = _named(places.people, details)
    checked = _in_threads(_good_pictures, [person.path for person in places.people])
    for person, name, (pictures, why) in zip(places.people, called, checked, strict=True):
        place = person.path
        _check_name(name, place)
        warnings += why if pictures else []
        if place.name.startswith(NEGATIVE):
            negatives += [(name, pictures)] if pictures else []
            warnings += [] if pictures else [f"{place}: no usable picture in it; left out"]
            continue
        if not pictures:
            raise RosterError(_nothing_left(name, place, why))
        twin = folded.get(name.casefold())
        if twin == name:
            raise RosterError(f"{place}: a second folder for player {name}; make one of the two")
        if twin is not None:
            raise RosterError(
                f"{place}: are {twin!r} and {name!r} one player? Then put the pictures into one "
                "folder; else call one of them otherwise"
            )
        folded[name.casefold()] = name
        stated = details.get(plain(place.name), {})
        players[name] = _player(
            name, pictures, {"team": person.team} | stated if person.team else stated
        )
    if not players:
        raise RosterError(f"{folder}: all folders begin with _ (negatives); add one per player")
    chosen = tuple(players[name] for name in sorted(players, key=natural))
    roster = Roster(chosen, tuple(negatives))
    faults = number_faults((player.name, player.team, player.number) for player in chosen)
    return Roster(chosen, tuple(negatives), (*warnings, *faults, *_twins(roster)))


def _named(people: Sequence[Place], details: Mapping[str, Mapping[str, str]]) -> list[str]:
    """What each is called: as the folder, as roster.yaml says, with the team in front where two
    teams have one of that name."""
    names = [
        plain(details.get(plain(person.path.name), {}).get("name") or person.path.name)
        for person in people
    ]
    twice = {name for name, count in Counter(names).items() if count > 1}
    return [
        f"{plain(person.team)} {name}" if person.team and name in twice else name
        for person, name in zip(people, names, strict=True)
    ]


def _check_named(folder: Path, folders: list[Path]) -> None:
    """Raise RosterError where it is what `gallery people` writes: numbers stand for names there."""
    if (folder / PEOPLE_NAMES).is_file() and all(place.name.isdecimal() for place in folders):
        raise RosterError(
            f"gallery {folder}: its folders are numbers; write names into {folder / PEOPLE_NAMES}, "
            f"then make a gallery of it by teamsheet gallery add --from {folder} --gallery players/"
        )


def _player(name: str, pictures: tuple[Path, ...], stated: dict[str, str]) -> Player:
    on_s, off_s = (seconds(stated[key]) if key in stated else None for key in TIMES)
    number, team, role = (stated.get(key) for key in ("number", "team", "role"))
    color = parse_colors(stated.get("color", ""))
    return Player(name, pictures, number, team, role, on_s, off_s, color)


def _folders(folder: Path) -> tuple[Places, list[str]]:
    """The folders of people in natural order, and warnings."""
    if not folder.is_dir():
        if folder.suffix.lower() in SHEETS:
            raise RosterError(f"{folder}: no folder of pictures; a team sheet is a --roster")
        what = "is no folder" if folder.exists() else "no such folder"
        beside: list[str] = []
        with contextlib.suppress(OSError):  # it may not be ours to read
            beside = [e.name for e in folder.parent.iterdir() if e.is_dir()]
        near = difflib.get_close_matches(folder.name, beside, n=1)
        mean = (
            f"did you mean {folder.with_name(near[0])}?"
            if near
            else "give one that holds a folder per player"
        )
        raise RosterError(f"gallery {folder}: {what}; {mean}")
    places = find_people(folder)
    if not places.people and places.loose:
        raise RosterError(
            f"gallery {folder}: {places.loose} pictures lie directly in it; "
            "put each player's into a folder with their name"
        )
    if not places.people:
        raise RosterError(f"gallery {folder}: nobody in it; add a folder of pictures per player")
    warnings = []
    if places.loose:
        warnings.append(f"{folder}: {places.loose} pictures outside the players' folders ignored")
    if teams := places.teams:
        sizes = ", ".join(f"{team} ({count} players)" for team, count in teams.items())
        warnings.append(f"{folder}: read as folders of teams: {sizes}")
    if kinds := unread([person.path for person in places.people]):
        whose = [person.path.name for person in places.people if unread([person.path])]
        few = ", ".join(whose[:3]) + (", ..." if len(whose) > 3 else "")
        warnings.append(
            f"{folder}: not read: {kinds} ({few}); save pictures as .jpg or .png to use them"
        )
    return places, warnings


def _good_pictures(place: Path) -> tuple[tuple[Path, ...], list[str]]:
    """The usable pictures in natural order, and a line for each that is not."""
    good, why = [], []
    files = [f for f in place.iterdir() if not f.name.startswith(".") and not f.is_dir()]
    files = [file for file in files if file.suffix.lower() in ENDINGS]
    files.sort(key=lambda f: natural(f.name))
    for file, (height, width) in zip(files, map(_size, files), strict=True):
        if not height:
            why.append(f"{file}: cannot be read as a picture; left out")
        elif min(height, width) < MIN_SIDE_PX:
            why.append(f"{file}: {width}x{height} px is below {MIN_SIDE_PX} px a side; left out")
        else:
            good.append(file)
    return tuple(good), why


def _in_threads(work: Callable[[_Given], _Result], given: Sequence[_Given]) -> Iterator[_Result]:
    """`map`, two at a time; of who asks for no more, nothing more is begun."""
    pool = ThreadPoolExecutor(2)
    try:
        yield from pool.map(work, given)
    finally:
        pool.shutdown(cancel_futures=True)


def _size(file: Path) -> tuple[int, int]:
    """Height and width; zeros where it cannot be read as a picture."""
    picture = read_picture(file) if is_text(file.name) else None
    return (0, 0) if picture is None else (picture.shape[0], picture.shape[1])


def _nothing_left(name: str, place: Path, why: list[str]) -> str:
    found = f"{len(why)} files, e.g. {why[0].removesuffix('; left out')}" if why else "none found"
    kinds = unread([place])
    found += f"; not read: {kinds}" if kinds else ""
    inner = sum(e.is_dir() for e in place.iterdir())
    found += f"; its {inner} folders are not looked into" if inner else ""
    return f"player {name}: no usable picture in {place} ({found}); add {', '.join(ENDINGS)} files"


def _check_name(name: str, place: Path) -> None:
    if not is_text(name):
        raise RosterError(f"folder {str(place)!a}: its name is no valid text; rename it")
    if fault := fault_of(name):
        raise RosterError(f"player {name[:MAX_NAME]!r}: {fault}; rename them")


def _twins(roster: Roster) -> list[str]:
    """A line for every two people who share a picture, byte for byte."""
    owners: dict[bytes, list[str]] = {}
    for _, name, files in roster.groups():
        for content in dict.fromkeys(hashlib.sha256(f.read_bytes()).digest() for f in files):
            owners.setdefault(content, []).append(name)
    shared: dict[tuple[str, str], int] = {}
    for names in owners.values():
        for first, second in pairwise(names):
            shared[first, second] = shared.get((first, second), 0) + 1
    return [
        f"{a} and {b} have {n} identical pictures; nobody can tell them apart by these"
        for (a, b), n in shared.items()
    ]


class EncodesPictures(Protocol):
    def encode(self, crops: list[Picture]) -> NDArray[np.float32]: ...


def encode_gallery(
    roster: Roster, encoder: EncodesPictures, mirror: bool = True
) -> tuple[NDArray[np.float32], NDArray[np.int64], list[str]]:
    """(embeddings (M, D), labels (M,), pictures (M,)), with `mirror` each picture twice.

    labels: index of the player, or -1, -2, ... for each group of negatives. pictures: the file,
    the same for a picture and its mirror image; a person's are in order of their names, which is
    that of time for pictures cut from a clip.

    Raises RosterError when the encoder can make nothing of any of a player's pictures.
    """
    rows, labels, keys = [], [], []
    for (label, name, files), pictures in _with_pictures(roster):
        crops: list[Picture] = []
        owners: list[str] = []
        for file, picture in zip(files, pictures, strict=True):
            if picture is None:
                continue
            views = [picture, cv2.flip(picture, 1).astype(np.uint8)] if mirror else [picture]
            crops += views
            owners += [str(file)] * len(views)
        found = encoder.encode(crops) if crops else np.empty((0, 0), np.float32)
        sound = np.flatnonzero(np.isfinite(found).all(axis=1))
        if not len(sound) and label >= 0:
            raise RosterError(
                f"player {name}: the encoder reads none of their pictures; add others"
            )
        rows += [found[sound]] if len(sound) else []
        labels += [label] * len(sound)
        keys += [owners[i] for i in sound]
    return np.concatenate(rows).astype(np.float32), np.array(labels, np.int64), keys


def _with_pictures(roster: Roster) -> Iterator[tuple[Group, list[Picture | None]]]:
    """Each of `Roster.groups` with its pictures, read while those before it are encoded."""
    with ThreadPoolExecutor(1) as pool:
        groups = roster.groups()
        reading = pool.submit(_read, groups[0])
        for group, after in zip_longest(groups, groups[1:]):
            pictures = reading.result()
            if after is not None:
                reading = pool.submit(_read, after)
            yield group, pictures


def _read(group: Group) -> list[Picture | None]:
    return [read_picture(file) for file in group[2]]
