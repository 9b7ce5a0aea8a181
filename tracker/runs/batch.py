"""Many files: which they are, where the results of each go, and what became of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tracker.errors import TeamsheetError
from tracker.output.run_record import ANCHORS, FIELD, RunRecord
from tracker.runs.request import FieldInput, TrackRequest, decided
from tracker.settings import Settings, as_offline, by_anchors

if TYPE_CHECKING:
    from gallery.roster import Roster
    from tracker.observation.metadata import Metadata

STEM = "{stem}"
"""In --gallery, --roster, --grow-gallery, --detections, --anchors and --field: stands for the name
of each file's folder in OUT."""
STOPPED = 130
"""Exit code where a run was stopped by Ctrl-C."""


class BatchError(TeamsheetError):
    """Several files cannot be tracked in this way; one line that says why and what to do."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a file fared. code: as of a command, 0, 1, 2 or 130. line: what there is to say."""

    request: TrackRequest
    code: int
    line: str = ""
    frames: int | None = None
    players: int | None = None


def files_of(sources: Sequence[str]) -> list[str]:
    """The files to be tracked one by one; empty where it is one source, to be tracked as such.

    A folder of videos stands for its videos; a folder of pictures is one source.
    """
    from tracker.video.image_sequence import videos_in

    every: list[str] = []
    for spec in sources:
        path = Path(spec).expanduser()
        inside = videos_in(path) if path.is_dir() else []
        every += [str(video) for video in inside] or [spec]
    return [] if every == [sources[0]] else every


def requests_of(files: Sequence[str], request: TrackRequest) -> list[TrackRequest]:
    """One request a file, its results in OUT/<stem>; a stem that is taken gets a number behind it.

    Raises BatchError.
    """
    from tracker.video.open import is_live

    for spec in files:
        if is_live(spec):
            raise BatchError(f"{spec} is tracked by itself: a camera ends only when it is stopped")
    same = Counter(str(Path(spec).expanduser().resolve()) for spec in files)
    twice = next((path for path, count in same.items() if count > 1), None)
    if twice is not None:
        raise BatchError(f"{twice} is given twice; give each file once")
    if request.detections is not None and STEM not in str(request.detections):
        raise BatchError(
            f"--detections {request.detections} is of one file; write {STEM} where the name of "
            f"each file stands, such as detections/{STEM}.txt"
        )
    for given in request.anchors:
        if given.live:
            raise BatchError(f"--anchors {given.path} is live: track one source by it")
        if STEM not in str(given.path):
            raise BatchError(
                f"--anchors {given.path} is of one file; write {STEM} where the name of each file "
                f"stands, such as anchors/{STEM}.csv"
            )
    grown = request.grow_gallery
    if grown is not None and STEM not in str(grown):
        raise BatchError(
            f"--grow-gallery {grown} is of one video; write {STEM} where the name of each file "
            f"stands, such as players/{STEM}"
        )
    stems = _stems(files)
    return [
        replace(
            request,
            source=spec,
            out=request.out / stem,
            gallery=_filled(request.gallery, stem),
            roster=_filled(request.roster, stem),
            grow_gallery=_filled(grown, stem),
            detections=_filled(request.detections, stem),
            field=_field_of(request, stem),
            anchors=tuple(
                replace(given, path=_fill(given.path, stem)) for given in request.anchors
            ),
        )
        for spec, stem in zip(files, stems, strict=True)
    ]


def _stems(files: Sequence[str]) -> list[str]:
    wanted = [_stem(Path(spec)) for spec in files]
    taken = {stem.lower() for stem in wanted}  # a disk may not tell A from a
    given: set[str] = set()
    stems = []
    for stem in wanted:
        name, number = stem, 1
        while name.lower() in given or (number > 1 and name.lower() in taken):
            number += 1
            name = f"{stem}-{number}"
        given.add(name.lower())
        stems.append(name)
    return stems


def _stem(path: Path) -> str:
    return path.resolve().name if path.is_dir() else path.stem


def _field_of(request: TrackRequest, stem: str) -> FieldInput | None:
    given = request.field
    return given and replace(given, corners=given.corners.replace(STEM, stem))


def _filled(path: Path | None, stem: str) -> Path | None:
    return None if path is None else _fill(path, stem)


def _fill(path: Path, stem: str) -> Path:
    return Path(str(path).replace(STEM, stem))


def is_finished(request: TrackRequest) -> bool:
    """Whether OUT holds the results of this very request."""
    from tracker.observation.metadata import check_models, check_settings
    from tracker.observation.store import Store
    from tracker.output.run_files import OBSERVATIONS
    from tracker.output.run_folder import working
    from tracker.runs.fitted_tiles import as_observed
    from tracker.runs.open_session import named_detector, named_encoder
    from tracker.runs.run_players import roster_of
    from tracker.runs.source_checks import suited
    from tracker.version import __version__
    from tracker.video.open import known_fingerprint

    try:
        record = RunRecord.read(request.out)
        store = Store.open(request.out / OBSERVATIONS)
        if store is None or not store.finished or working(request.out).exists():
            return False
        request, _ = suited(as_observed(request, store.metadata), store.metadata.source)
        check_settings(store.folder, store.metadata, request.settings, request.frames)
        models = {"detector": named_detector(request), "encoder": named_encoder(request)}
        check_models(store.folder, store.metadata, models, whole=True)
        roster = roster_of(request)
        return (
            record.tree["teamsheet"] == __version__
            and record.fingerprint == known_fingerprint(request.source)
            and record.roster_fingerprint == (roster and roster.fingerprint())
            and _same_anchors(record, request)
            and _same_field(record, request, store.metadata)
            and _same_players(record, request, store.metadata, roster)
            and record.tree["settings"] == _followed(record, decided(request).settings)
            and (not request.render or (request.out / "video.mp4").is_file())
            and (request.grow_gallery is None or request.grow_gallery.is_dir())
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False  # whoever tracks it will say what is wrong


def _same_anchors(record: RunRecord, request: TrackRequest) -> bool:
    from tracker.runs.anchor_files import fingerprint

    before = [(given.stated, given.fingerprint) for given in record.anchors]
    now = [(given.accuracy, fingerprint(given.path)) for given in request.anchors]
    return before == now


def _same_field(record: RunRecord, request: TrackRequest, about: Metadata) -> bool:
    """Whether it is followed on the same field; one that is not given stays as it was."""
    from tracker.runs.given_field import open_field

    now, before = open_field(request, about.source), record.part(FIELD)
    if request.field is None or now is None:
        return request.field is None or not before
    return {key: before.get(key) for key in now.tree()} == now.tree()


def _same_players(
    record: RunRecord, request: TrackRequest, about: Metadata, roster: Roster | None
) -> bool:
    """Whether the classes of its detector make the same players."""
    from tracker.runs.run_players import given_anchors, players_of

    if not about.classes and not request.players_from_detector:
        return True
    found = players_of(request, about, roster, given_anchors(request, about.source))
    return found.anchors is None or list(found.anchors.players) == record.players


def _followed(record: RunRecord, settings: Settings) -> dict[str, Any]:
    """The settings by which it is followed: what was said of a run makes it an offline one, and
    without pictures of players names are given by anchors."""
    chosen = as_offline(settings) if record.corrections else settings
    if record.part(ANCHORS) and not record.gallery:
        chosen = by_anchors(chosen)
    return chosen.model_dump(mode="json")


def outcome(request: TrackRequest, code: int = 0, line: str = "") -> Outcome:
    """With the counts of the receipt, where the run has left one."""
    if code:
        return Outcome(request, code, " ".join(line.split()))
    record = RunRecord.read(request.out)
    return Outcome(
        request, code, line, record.frames[1], int(record.part("counts")["players_named"])
    )


def table(outcomes: Sequence[Outcome]) -> str:
    """File, frames, players named, and what else there is to say, in columns."""
    rows = [("file", "frames", "players", "")]
    for ended in outcomes:
        frames, players = ("-" if n is None else str(n) for n in (ended.frames, ended.players))
        rows.append((ended.request.source, frames, players, ended.line or str(ended.request.out)))
    widths = [max(len(row[i]) for row in rows) for i in range(3)]
    return "\n".join(
        f"{a:<{widths[0]}}  {b:>{widths[1]}}  {c:>{widths[2]}}  {d}".rstrip() for a, b, c, d in rows
    )


def exit_code(outcomes: Sequence[Outcome]) -> int:
    """130 where it was stopped, 1 where a fault of ours is among them, 2 for a user's mistake."""
    codes = {ended.code for ended in outcomes}
    return next((code for code in (STOPPED, 1, 2) if code in codes), 0)
