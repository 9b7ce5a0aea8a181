"""Cut a gallery out of a clip whose people are known.

Which boxes show a person well is decided from the boxes alone; the pictures then stream by once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from gallery.annotations.boxes import MIN_HEIGHT_PX, TruthBoxes, read_boxes
from gallery.annotations.names import BALL, EnrollError, Name, read_names
from gallery.atomic.write import recover
from gallery.crop_selection import Candidate, choose, cut, wishes
from gallery.images import Picture
from gallery.io.spelling import plain
from gallery.roster import natural
from gallery.write import Crop, check_output, write_gallery

__all__ = ["CutReport", "EnrollError", "Name", "cut_gallery", "read_boxes", "read_names"]


@dataclass(frozen=True, slots=True)
class CutReport:
    """cut: (name, pictures) of each folder made. skipped: (name, why) of everybody else.

    reasons: per person how many of the boxes looked at were not taken, by reason: too small, at
    the border, covered; blurred or too similar once they were cut.
    """

    out: Path
    cut: tuple[tuple[str, int], ...]
    skipped: tuple[tuple[str, str], ...]
    reasons: Mapping[str, Counter[str]] = field(default_factory=dict)

    def __str__(self) -> str:
        width = max(len(name) for name, _ in (*self.cut, *self.skipped))
        lines = [f"{len(self.cut)} people cut into {self.out}:"]
        lines += [f"  {n:<{width}}  {count:>2} pictures{self._why(n)}" for n, count in self.cut]
        lines += ["left out:"] if self.skipped else []
        lines += [f"  {name:<{width}}  {why}{self._why(name)}" for name, why in self.skipped]
        return "\n".join(lines)

    def _why(self, name: str) -> str:
        found = self.reasons.get(name, Counter())
        reasons = ", ".join(f"{count} {reason}" for reason, count in found.most_common() if count)
        return f" (not taken: {reasons})" if reasons else ""


def cut_gallery(
    pictures: Iterable[tuple[int, Picture | None]],
    boxes: TruthBoxes,
    names: Mapping[int, Name],
    out: Path,
    *,
    per_player: int = 12,
    min_pictures: int = 4,
    frames: tuple[int, int | None] = (1, None),
    source_name: str = "clip",
    overwrite: bool = False,
) -> CutReport:
    """Write `out/<player>/<source_name>_<frame>.jpg` and roster.yaml, all of it or nothing.

    pictures: (frame number from 1, (H, W, 3) uint8 BGR), rising. frames: first and last, both
    included; None: to the end. A person of several ids is one. Referees and names with a leading
    `_` become negatives, the ball is left out. Nobody is cut who has fewer than `min_pictures`
    clean crops; down to so many, blurred ones and near copies are dropped. Raises EnrollError:
    `out` exists (with `overwrite`: and is no gallery), no picture, somebody twice in one frame,
    no clean crop of anybody.
    """
    recover(out)
    check_output(out, overwrite)
    width, height, pictures = _sized(pictures)
    truth = boxes.within(*frames).without([i for i, n in names.items() if n.role == BALL])
    people = _people(names)
    rows, reasons = _clean_rows(truth, names, width, height)
    pictured = {name: rows[name] for name in rows if len(rows[name]) >= min_pictures}
    wanted = [w for name, clean in pictured.items() for w in wishes(name, clean, truth, per_player)]
    enough = min(min_pictures, per_player)
    crops = _chosen(cut(pictures, truth, wanted), enough, reasons)
    kept = {name: crops[name] for name in people if len(crops.get(name, ())) >= enough}
    if not any(not people[name].is_negative for name in kept):
        raise EnrollError(_unnamed(rows, truth, min_pictures))
    found_of = {people[name]: found for name, found in kept.items()}
    write_gallery(out, found_of, source_name, overwrite)
    left = {name: person for name, person in people.items() if name not in kept}
    skipped = tuple(_skipped(left, names, truth, rows, crops, min_pictures))
    done = tuple((name, len(found)) for name, found in kept.items())
    return CutReport(out, done, skipped, reasons)


def _sized(
    pictures: Iterable[tuple[int, Picture | None]],
) -> tuple[int, int, Iterable[tuple[int, Picture | None]]]:
    """Width and height of the first picture, and all of them."""
    stream = iter(pictures)
    head = next(stream, None)
    if head is None or head[1] is None or not head[1].size:
        raise EnrollError("no pictures to cut from; give a video or a folder with pictures")
    height, width = head[1].shape[:2]
    return width, height, chain([head], stream)


def _chosen(
    found: Mapping[str, Sequence[Candidate]], enough: int, reasons: dict[str, Counter[str]]
) -> dict[str, list[Crop]]:
    """The crops of everybody; why others were left out is added to `reasons`."""
    chosen = {name: choose(candidates, enough) for name, candidates in found.items()}
    for name, (_, dropped) in chosen.items():
        reasons.setdefault(name, Counter()).update(dropped)
    return {name: crops for name, (crops, _) in chosen.items()}


def _people(names: Mapping[int, Name]) -> dict[str, Name]:
    """Everybody but the ball by the name in the gallery, players first. Raises EnrollError."""
    people: dict[str, Name] = {}
    for name in names.values():
        if name.role != BALL:
            people.setdefault(name.shown, name)
    spelled: dict[str, str] = {}
    for shown in people:
        other = spelled.setdefault(plain(shown).casefold(), shown)
        if plain(other) != plain(shown):
            raise EnrollError(
                f"are {other!r} and {shown!r} one player? Then write one of them in --names for "
                "both; else call one of them otherwise"
            )
    return dict(sorted(people.items(), key=lambda p: (p[1].is_negative, natural(p[0]))))


def _clean_rows(
    truth: TruthBoxes, names: Mapping[int, Name], width: int, height: int
) -> tuple[dict[str, list[int]], dict[str, Counter[str]]]:
    """Rows of the clean boxes of each person, in order of time, and what is wrong with others."""
    faults = truth.faults(width, height).tolist()
    rows: dict[str, list[int]] = {}
    reasons: dict[str, Counter[str]] = {}
    seen: dict[tuple[int, str], int] = {}
    for row, (frame, id_) in enumerate(zip(truth.frames.tolist(), truth.ids.tolist(), strict=True)):
        if id_ not in names:
            continue
        person = names[id_]
        other = seen.setdefault((frame, person.shown), id_)
        if other != id_ and not person.is_negative:
            raise EnrollError(
                f"{truth.source}: frame {frame} shows {person.name} twice (ids {other} and {id_}); "
                "give one of them another name"
            )
        if faults[row]:
            reasons.setdefault(person.shown, Counter())[faults[row]] += 1
        else:
            rows.setdefault(person.shown, []).append(row)
    return rows, reasons


def _unnamed(rows: Mapping[str, list[int]], truth: TruthBoxes, min_pictures: int) -> str:
    if not any(rows.values()):
        return (
            f"{truth.source}: no clean crop of anybody ({MIN_HEIGHT_PX} px tall, uncovered, inside "
            "the picture); check that boxes, names and frames belong to this clip"
        )
    name = max(rows, key=lambda name: len(rows[name]))
    return (
        f"{truth.source}: no player has {min_pictures} clean crops within the pictures "
        f"(most: {name}, {len(rows[name])}); take more frames or a smaller --min-pictures"
    )


def _skipped(
    people: Mapping[str, Name],
    names: Mapping[int, Name],
    truth: TruthBoxes,
    rows: Mapping[str, list[int]],
    crops: Mapping[str, list[Crop]],
    needed: int,
) -> Iterator[tuple[str, str]]:
    seen = Counter(names[i].shown for i in truth.ids.tolist() if i in names)
    for name in people:
        clean, cut = len(rows.get(name, ())), len(crops.get(name, ()))
        if not seen[name]:
            yield name, "not in these frames"
        elif clean < needed:
            yield name, f"{clean} of {seen[name]} boxes are clean, {needed} needed"
        else:
            yield name, f"{cut} pictures could be cut before the clip ended, {needed} needed"
