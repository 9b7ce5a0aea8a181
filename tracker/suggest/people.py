"""OUT/people: the people of a run as folders of pictures, to be given names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from gallery.annotations.boxes import TruthBoxes
from gallery.annotations.names import folder_names
from gallery.atomic.lock import hold
from gallery.atomic.write import staged
from gallery.crop_selection import choose, cut, wishes
from gallery.html_page import write_page
from gallery.reid.encoder import load_encoder
from gallery.roster import PEOPLE_NAMES
from gallery.write import Crop
from tracker.observation.store import Store
from tracker.output.csv_frame import write_csv
from tracker.output.row_arrays import rows_of
from tracker.output.run_files import OBSERVATIONS, PEOPLE, OutputError
from tracker.output.stale import freshened, stale_in
from tracker.output.table import TrackTable
from tracker.suggest.clear_stretches import ClearStretch, find_stretches
from tracker.suggest.create import SourceFacts, SuggestError, open_video, read_facts
from tracker.suggest.crop_selection import picture_count, pictures_at
from tracker.suggest.proposals import NOTHING_READ, Proposal, propose
from tracker.suggest.typed_names import (
    PLACES,
    PROPOSED,
    READ,
    Typed,
    brought,
    given_back,
    places_of,
    read_typed,
    write_places,
)
from tracker.text import guarded
from tracker.types import Doubles
from tracker.video.source import Source


@dataclass(frozen=True, slots=True)
class TrackletToName:
    """A tracklet as it is shown. id: its folder. files: its pictures, in order of time. proposal:
    who it may be by its shirt number."""

    id: int
    stretch: ClearStretch
    files: tuple[Path, ...]
    proposal: Proposal = NOTHING_READ


@dataclass(frozen=True, slots=True)
class PeopleFolder:
    """cards: the tracklets in OUT/people, those who look alike one after the other.

    shorter: tracklets beyond those asked for. taken: names that were typed before and stand there
    again. kept: numbers of folders that came along whole, as their places show nobody any more.
    """

    tracklets: tuple[TrackletToName, ...]
    shorter: int
    taken: int = 0
    kept: tuple[int, ...] = ()


def write_people(
    run: Path,
    video: str | None,
    stretches: int,
    per_stretch: int,
    overwrite: bool,
    sheet: Path | None = None,
) -> PeopleFolder:
    """Write RUN/people with the `stretches` longest tracklets.

    video: where the source is now, if it has moved. sheet: a team sheet, by which names are
    proposed for shirt numbers. Raises RosterError, SuggestError (no run, video gone or
    another, nobody to show), OutputError, TableError, StoreError, EnrollError where the names typed
    before cannot be read, BusyError. Without observations, which a run may have left out, cuts are
    not known.
    """
    facts = read_facts(run)
    _check_folder(run / PEOPLE, overwrite)
    with hold(run, "gallery people"):
        return _write_people(run, facts, video, stretches, per_stretch, overwrite, sheet)


def _write_people(
    run: Path,
    facts: SourceFacts,
    video: str | None,
    stretches: int,
    per_stretch: int,
    overwrite: bool,
    sheet: Path | None,
) -> PeopleFolder:
    """As `write_people`, where the lock is held."""
    out = run / PEOPLE
    _check_folder(out, overwrite)
    typed = read_typed(out, PEOPLE not in stale_in(run))
    table = TrackTable.read_csv(run / "tracks.csv")
    source = open_video(facts, video)
    truth, every = _stretches(run, table.rows, source, facts.fps)
    shown = every[:stretches]
    proposals = propose(run, rows_of(table, facts.fps), shown, sheet)
    crops = _crops(shown, source, truth, facts.fps, per_stretch)
    stem = Path(video or facts.spec).stem or "video"
    with staged(out, _own(out).__contains__) as draft:
        tracklets = _write(draft, shown, crops, folder_names([stem])[stem], proposals)
        given, lost = given_back(typed, [tracklet.stretch for tracklet in tracklets], truth)
        kept = brought(lost, draft, len(tracklets) + 1)
        places = {tracklet.id: places_of(tracklet.stretch, truth) for tracklet in tracklets}
        places |= {number: list(row.places) for number, row, _ in kept}
        write_places(places, draft / PLACES)
        _write_list(tracklets, given, kept, draft / PEOPLE_NAMES)
        values = {
            "cards": [*_named(tracklets, given), *_former(kept)],
            "run": run,
            "gallery": facts.gallery or "players/",
        }
        write_page("people.html", values, draft / "sheet.html")
    freshened(run, PEOPLE)
    left = tuple(number for number, *_ in kept)
    return PeopleFolder(tuple(tracklets), len(every) - len(shown), len(typed) - len(left), left)


def _own(out: Path) -> set[str]:
    """What is made anew; whatever else somebody has put there stays."""
    numbers = {e.name for e in out.iterdir() if e.name.isdecimal()} if out.is_dir() else set()
    return {PEOPLE_NAMES, PLACES, "sheet.html", *numbers}


def _stretches(
    run: Path, rows: pd.DataFrame, source: Source, fps: float
) -> tuple[TruthBoxes, list[ClearStretch]]:
    """As `find_stretches`, with the cuts that the run has seen."""
    store = Store.open(run / OBSERVATIONS)
    cuts = [] if store is None else [index + 1 for index in store.cuts()]
    truth, every = find_stretches(rows, (source.width, source.height), fps, cuts)
    if not every:
        raise SuggestError(
            f"{run}: nobody is seen clearly (40 px tall, uncovered, inside the picture); track "
            "other --frames, or with a better --detector"
        )
    return truth, every


def _crops(
    shown: Sequence[ClearStretch], source: Source, truth: TruthBoxes, fps: float, per_stretch: int
) -> list[list[Crop]]:
    """The pictures of each stretch."""
    wanted = [
        wish
        for n, stretch in enumerate(shown)
        for wish in wishes(
            str(n),
            stretch.good.tolist(),
            truth,
            picture_count(stretch.good, truth, fps, per_stretch),
        )
    ]
    frames = sorted({int(truth.frames[wish.row]) for wish in wanted})
    found = cut(pictures_at(source, frames), truth, wanted)
    return [choose(found.get(str(n), []), 1)[0] for n in range(len(shown))]


def _named(tracklets: Sequence[TrackletToName], given: Mapping[int, Typed]) -> list[TrackletToName]:
    """With the names that were typed."""
    named = [
        (tracklet, given[n].cells["name"] if n in given else "")
        for n, tracklet in enumerate(tracklets)
    ]
    return [
        replace(tracklet, stretch=replace(tracklet.stretch, player=name)) if name else tracklet
        for tracklet, name in named
    ]


def _former(kept: Sequence[tuple[int, Typed, list[Path]]]) -> list[TrackletToName]:
    """Folders of before as they are shown."""
    tracklets = []
    for number, row, files in kept:
        frame = row.places[0][0] if row.places else 0
        track, seconds = (_number(row.cells.get(key, "")) for key in ("track", "seconds"))
        good = np.zeros(0, np.int64)
        stretch = ClearStretch(int(track), row.cells["name"], (frame, frame), seconds, good)
        tracklets.append(TrackletToName(number, stretch, tuple(files)))
    return tracklets


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _check_folder(out: Path, overwrite: bool) -> None:
    if not out.exists():
        return
    if not overwrite:
        raise OutputError(
            f"{out} exists, perhaps with names in it; take it over by teamsheet gallery add "
            f"--from {out}, or add --overwrite"
        )
    if not (out / PEOPLE_NAMES).is_file():
        raise OutputError(f"{out} exists and was not written by gallery people; move it away")


def _write(
    draft: Path,
    stretches: Sequence[ClearStretch],
    crops: Sequence[list[Crop]],
    stem: str,
    proposals: Sequence[Proposal],
) -> list[TrackletToName]:
    """Folders 1, 2, ... of tracklets with pictures, who looks alike one after the other."""
    able = [n for n, chosen in enumerate(crops) if chosen]
    tracklets = []
    for id_, n in enumerate(
        (able[k] for k in _alike_in_a_row(_similarity_means([crops[n] for n in able]))), 1
    ):
        folder = draft / str(id_)
        folder.mkdir()
        track = stretches[n].track
        files = [folder / f"{stem}_{crop.frame:06d}_t{track}.jpg" for crop in crops[n]]
        for file, crop in zip(files, crops[n], strict=True):
            file.write_bytes(crop.jpeg)
        tracklets.append(TrackletToName(id_, stretches[n], tuple(files), proposals[n]))
    return tracklets


def _similarity_means(crops: Sequence[list[Crop]]) -> Doubles:
    """(N, D) the mean colours of each tracklet's pictures."""
    encoder = load_encoder("stripes")
    means = []
    for chosen in crops:
        raw = [cv2.imdecode(np.frombuffer(c.jpeg, np.uint8), cv2.IMREAD_COLOR) for c in chosen]
        pictures = [np.asarray(picture, np.uint8) for picture in raw]
        means.append(np.asarray(encoder.encode(pictures), np.float64).mean(axis=0))
    return np.stack(means)


def _alike_in_a_row(similarity: Doubles) -> Iterator[int]:
    """The first, then always who of the rest looks most like the last one."""
    rest = list(range(len(similarity)))
    at = rest.pop(0)
    yield at
    while rest:
        at = rest.pop(int(np.argmin(np.linalg.norm(similarity[rest] - similarity[at], axis=1))))
        yield at


def _write_list(
    tracklets: Sequence[TrackletToName],
    given: Mapping[int, Typed],
    kept: Sequence[tuple[int, Typed, list[Path]]],
    out: Path,
) -> None:
    """names.csv: the user's to fill in, and what was filled in before."""
    rows = []
    numbered = any(tracklet.proposal.number for tracklet in tracklets)
    for n, tracklet in enumerate(tracklets):
        proposal = tracklet.proposal
        name = proposal.name_of(tracklet.stretch.player)
        row = {
            "id": str(tracklet.id),
            "name": name if guarded(name) == name else "",
            "track": str(tracklet.stretch.track),
            "seconds": f"{tracklet.stretch.seconds:.1f}",
        }
        if numbered:
            row |= {READ: proposal.number, PROPOSED: " or ".join(proposal.players)}
        if n in given:
            row |= {"name": given[n].cells["name"], **given[n].extra}
        rows.append(row)
    rows += [{**row.cells, "id": str(number)} for number, row, _ in kept]
    columns = list(dict.fromkeys(["id", "name", "track", "seconds", *(k for r in rows for k in r)]))
    write_csv(pd.DataFrame(rows, columns=columns).fillna(""), out)
