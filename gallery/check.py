"""Is a gallery good enough: who can be told apart, who cannot, which pictures look wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gallery.classifier.lda import Doubles, Ints
from gallery.classifier.leave_out import LeftOut, leave_out, margins
from gallery.image_quality import ALIKE_LEVELS, Thumbnail, differences, thumbnail
from gallery.roster import EncodesPictures, Roster, encode_gallery, read_picture

FEW = 5
"""Fewer pictures of a player are too few (docs/gallery.md has what more are worth)."""
UNUSUAL = 3.0
"""A picture is a suspect when it is so many deviations less like its person than is usual."""
CONFUSED = 0.1
"""A pair is confusable when a picture of one is given the other at least this chance."""
SIDE_BY_SIDE = 3
_PRIOR = 4  # pictures that the usual of the whole gallery counts for, against a person's own


@dataclass(frozen=True, slots=True)
class PersonCheck:
    """One folder. alone, apart: share of its pictures named right when left out by themselves,
    or with their neighbours in time; NaN with one picture. taken_for: the most frequent error
    of `apart` and its share.
    """

    name: str
    is_negative: bool
    pictures: int
    alone: float
    apart: float
    taken_for: tuple[str, float] | None


@dataclass(frozen=True, slots=True)
class Pair:
    """Two people hard to tell apart. chance: that of the other on a picture of one, on average.

    first_files, second_files: the pictures of each that are most like the other.
    """

    first: str
    second: str
    chance: float
    first_files: tuple[Path, ...]
    second_files: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Suspect:
    """A picture that looks like another person. nats: by how much more; unusual: deviations from
    what is usual in its folder. other_files: those of the other person that it is most like.
    """

    file: Path
    person: str
    alike: str
    nats: float
    unusual: float
    own_files: tuple[Path, ...]
    other_files: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class GalleryCheck:
    """What was found, the worst first. twins: groups of pictures that are nearly one picture,
    each with the people in whose folders they are. warnings: the roster's."""

    encoder: str
    people: tuple[PersonCheck, ...]
    pairs: tuple[Pair, ...]
    suspects: tuple[Suspect, ...]
    twins: tuple[tuple[tuple[str, Path], ...], ...]
    warnings: tuple[str, ...]

    @property
    def players(self) -> list[PersonCheck]:
        return [p for p in self.people if not p.is_negative]

    @property
    def few(self) -> list[PersonCheck]:
        """Players with too few pictures."""
        return [p for p in self.players if p.pictures < FEW]

    @property
    def alone(self) -> float:
        """Mean over players; NaN where nobody has two pictures."""
        return _mean([p.alone for p in self.players])

    @property
    def apart(self) -> float:
        return _mean([p.apart for p in self.players])


def check_gallery(roster: Roster, encoder: EncodesPictures, encoder_name: str) -> GalleryCheck:
    """Judge every picture by the others. Raises RosterError where a player has none readable."""
    vectors, labels, keys = encode_gallery(roster, encoder)
    people = [(name, label < 0, len(files)) for label, name, files in roster.groups()]
    # a group whose pictures the encoder cannot read at all has no column
    people = [p for p, (label, *_) in zip(people, roster.groups(), strict=True) if label in labels]
    left = leave_out(vectors, labels, keys, len(roster.players))
    means = _picture_means(vectors, keys, left.files)
    return GalleryCheck(
        encoder_name,
        tuple(_person(k, people, left) for k in range(len(people))),
        tuple(_pairs([name for name, *_ in people], left)),
        tuple(_suspects([name for name, *_ in people], left, means)),
        tuple(_twins(roster)),
        roster.warnings,
    )


def _person(k: int, people: Sequence[tuple[str, bool, int]], left: LeftOut) -> PersonCheck:
    name, negative, pictures = people[k]
    mine = left.person == k
    best = _best(left.apart[mine])
    wrong, counts = np.unique(best[best != k], return_counts=True)
    wrong, counts = wrong[wrong >= 0], counts[wrong >= 0]
    taken_for = None
    if len(wrong):
        most = int(counts.argmax())
        taken_for = (people[int(wrong[most])][0], float(counts[most] / mine.sum()))
    alone = _mean([float(b == k) for b in _best(left.alone[mine]) if b >= 0])
    apart = _mean([float(b == k) for b in best if b >= 0])
    return PersonCheck(name, negative, pictures, alone, apart, taken_for)


def _best(scores: Doubles) -> Ints:
    """(N,) the likeliest person; -1 where not judged."""
    decided = np.isfinite(scores).all(axis=1)
    return np.where(decided, np.nan_to_num(scores).argmax(axis=1), -1)


def _pairs(names: Sequence[str], left: LeftOut) -> list[Pair]:
    """Every two people whose pictures, left out with their neighbours, are hard to tell apart."""
    found = []
    for a in range(len(names)):
        for b in range(a + 1, len(names)):
            ours, theirs = _lean(left, a, b), _lean(left, b, a)
            probabilities = np.concatenate([chance for chance, _ in (ours, theirs)])
            if len(probabilities) and probabilities.mean() >= CONFUSED:
                first, second = (tuple(files[:SIDE_BY_SIDE]) for _, files in (ours, theirs))
                found.append(Pair(names[a], names[b], float(probabilities.mean()), first, second))
    return sorted(found, key=lambda pair: -pair.chance)


def _lean(left: LeftOut, a: int, b: int) -> tuple[Doubles, list[Path]]:
    """Chance of b against a for each picture of a, and those pictures, most like b first."""
    mine = np.flatnonzero((left.person == a) & np.isfinite(left.apart).all(axis=1))
    chance = 1.0 / (1.0 + np.exp(left.apart[mine, a] - left.apart[mine, b]))
    order = np.argsort(-chance, kind="stable")
    return chance, [Path(left.files[mine[i]]) for i in order]


def _suspects(names: Sequence[str], left: LeftOut, means: Doubles) -> list[Suspect]:
    """Pictures more like somebody else, and by far less like their person than their others."""
    margin, best = margins(left.alone, left.person)
    unusual = _unusual(margin, left.person)
    listed = np.flatnonzero((margin < 0) & (unusual > UNUSUAL))
    return [
        Suspect(
            Path(left.files[i]),
            names[left.person[i]],
            names[best[i]],
            float(-margin[i]),
            float(unusual[i]),
            _nearest(i, int(left.person[i]), left, means),
            _nearest(i, int(best[i]), left, means),
        )
        for i in listed[np.argsort(-unusual[listed], kind="stable")]
    ]


def _unusual(margin: Doubles, person: Ints) -> Doubles:
    """(N,) robust deviations below the usual margin of a person, which leans on that of all."""
    decided = np.isfinite(margin)
    unusual = np.zeros(len(margin))
    if not decided.any():
        return unusual
    usual = float(np.median(margin[decided]))
    centre = {k: float(np.median(margin[decided & (person == k)])) for k in set(person[decided])}
    off = np.abs(margin[decided] - [centre[k] for k in person[decided]])
    spread = max(1.4826 * float(np.median(off)), 0.1)
    for k, middle in centre.items():
        mine = decided & (person == k)
        count = int(mine.sum())
        own = 1.4826 * float(np.median(np.abs(margin[mine] - middle)))
        middle = (count * middle + _PRIOR * usual) / (count + _PRIOR)
        scale = np.sqrt((count * own**2 + _PRIOR * spread**2) / (count + _PRIOR))
        unusual[mine] = (middle - margin[mine]) / scale
    return unusual


def _nearest(picture: int, person: int, left: LeftOut, means: Doubles) -> tuple[Path, ...]:
    others = np.flatnonzero(left.person == person)
    others = others[others != picture]
    order = np.argsort(-(means[others] @ means[picture]), kind="stable")[:SIDE_BY_SIDE]
    return tuple(Path(left.files[others[i]]) for i in order)


def _picture_means(
    vectors: NDArray[np.floating], keys: Sequence[str], files: Sequence[str]
) -> Doubles:
    """(N, D) mean of the views of each picture."""
    place = {file: n for n, file in enumerate(files)}
    means = np.zeros((len(files), vectors.shape[1]))
    np.add.at(means, [place[key] for key in keys], vectors)
    unit: Doubles = means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-12)
    return unit


def _twins(roster: Roster) -> list[tuple[tuple[str, Path], ...]]:
    """Groups of pictures that show the same moment, largest first."""
    places = [(name, file) for _, name, files in roster.groups() for file in files]
    thumbs: list[Thumbnail] = []
    group: list[int] = []
    for n, (_, file) in enumerate(places):
        picture = read_picture(file)
        thumb = np.full(288, np.inf, np.float32) if picture is None else thumbnail(picture)
        alike = np.flatnonzero(differences(thumb, thumbs) < ALIKE_LEVELS)
        group.append(group[alike[0]] if len(alike) else n)
        thumbs.append(thumb)
    members: dict[int, list[tuple[str, Path]]] = {}
    for n, first in enumerate(group):
        members.setdefault(first, []).append(places[n])
    return sorted((tuple(m) for m in members.values() if len(m) > 1), key=lambda m: -len(m))


def _mean(values: Sequence[float]) -> float:
    known = [v for v in values if np.isfinite(v)]
    return float(np.mean(known)) if known else float("nan")
