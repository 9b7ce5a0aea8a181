"""DIR of clips, a folder per player, and index.json that says what is in them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gallery.annotations.names import folder_names
from gallery.atomic.lock import hold
from gallery.atomic.write import recover as recover_folder
from gallery.atomic.write import staged
from tracker.errors import TeamsheetError
from tracker.observation.store import Store
from tracker.output.run_files import OBSERVATIONS, OutputError
from tracker.output.run_folder import recover
from tracker.output.run_record import RECEIPT, RunRecord, RunRecordError
from tracker.output.table import VISIBILITIES, TrackTable
from tracker.tubelets.clips import FORMATS, filled
from tracker.tubelets.plan import Shape, Tubelet, TubeletPlan, plan
from tracker.types import Frame, Mask
from tracker.video.open import open_source
from tracker.video.source import Source

INDEX = "index.json"
VERSION = 1
_MAX_SIZE = 2048


class TubeletError(TeamsheetError):
    """No clips can be made from this; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What clips are asked for; see `plan.Shape`. players: all where none is named."""

    size: int = 224
    count: int = 16
    stride: int = 4
    visible: float = 0.5
    players: Sequence[str] = ()
    formats: Sequence[str] = ("mp4",)


@dataclass(frozen=True, slots=True)
class TubeletReport:
    """clips: how many of each player. left_out: reasons, and how many each."""

    clips: Counter[str]
    left_out: Counter[str]
    notes: list[str]


def make_tubelets(
    video: str,
    run: Path,
    out: Path,
    wish: Wish,
    overwrite: bool,
    progress: Callable[[int, int], None],
) -> TubeletReport:
    """Write the clips of a run's players. The video is read once, in order.

    Raises TubeletError, OutputError, and the named errors of the video, the table and the store.
    """
    _check(wish)
    recover(run)
    recover_folder(out)
    _check_folder(out, overwrite)
    table = TrackTable.read_csv(run / "tracks.csv")
    source = open_source(video)
    _check_source(source, video, run)
    cuts, notes = _cuts(run)
    shape = Shape(wish.size, wish.count, wish.stride, wish.visible, source.fps)
    people = _people(table, wish.players)
    planned = plan(table.rows, people, cuts, shape)
    if not planned.clips:
        raise TubeletError(
            f"{run}: no clip of {shape.span} frames in which its player is seen often enough "
            f"({_reasons(planned.left_out)}); try fewer --frames, a smaller --stride or --visible"
        )
    folders = folder_names(dict.fromkeys(name for name, _ in people))
    with hold(out, "tubelets"), staged(out, _own(out).__contains__) as draft:
        frames = _frames(source, planned, progress)
        entries = list(_written(frames, planned, folders, draft, wish, shape))
        index = _index(source, shape, entries, planned.left_out)
        (draft / INDEX).write_text(json.dumps(index, ensure_ascii=False) + "\n", encoding="utf-8")
    return TubeletReport(Counter(entry["player"] for entry in entries), planned.left_out, notes)


def _frames(
    source: Source, planned: TubeletPlan, progress: Callable[[int, int], None]
) -> Iterator[Frame]:
    """The frames that clips lie in; progress is told how many there were."""
    first = int(planned.clips[0].frames[0])
    last = max(int(clip.frames[-1]) for clip in planned.clips)
    for frame in source.frames(first - 1, last):
        progress(frame.index + 2 - first, last - first + 1)
        yield frame


def _written(
    frames: Iterator[Frame],
    planned: TubeletPlan,
    folders: Mapping[str, str],
    draft: Path,
    wish: Wish,
    shape: Shape,
) -> Iterator[dict[str, Any]]:
    """Writes clips as they become whole; what the index says of each."""
    for clip, pictures in filled(frames, planned.clips, wish.size):
        if pictures is None:
            planned.left_out["frames missing in the video"] += 1
            continue
        stem = f"{folders[clip.player]}/{int(clip.frames[0]):06d}"
        (draft / stem).parent.mkdir(exist_ok=True)
        for ending in wish.formats:
            FORMATS[ending](pictures, draft / f"{stem}.{ending}", shape.fps / shape.stride)
        yield _entry(clip, [f"{stem}.{ending}" for ending in wish.formats])


def _check(wish: Wish) -> None:
    if not 8 <= wish.size <= _MAX_SIZE or wish.size % 2:
        raise TubeletError(f"--size {wish.size}: give an even number from 8 to {_MAX_SIZE}")
    if wish.count < 1 or wish.stride < 1:
        raise TubeletError("--frames and --stride: give numbers from 1 on, for example 16 and 4")
    if not 0 <= wish.visible <= 1:
        raise TubeletError(f"--visible {wish.visible}: give a share from 0 to 1")
    odd = [name for name in wish.formats if name not in FORMATS]
    if odd:
        raise TubeletError(f"--format {odd[0]}: choose {', '.join(FORMATS)}")


def _check_folder(out: Path, overwrite: bool) -> None:
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    if not overwrite:
        raise OutputError(f"{out} exists; choose another folder with -o, or add --overwrite")
    if not (out / INDEX).is_file():
        raise OutputError(f"{out} exists and was not written by tubelets; choose another folder")


def _own(out: Path) -> set[str]:
    """The entries of `out` that were written by tubelets, as its index says."""
    try:
        index = json.loads((out / INDEX).read_text(encoding="utf-8"))
        return {INDEX, *(str(f).split("/")[0] for clip in index["clips"] for f in clip["files"])}
    except (OSError, ValueError, KeyError, TypeError):
        return {INDEX}


def _check_source(source: Source, video: str, run: Path) -> None:
    if source.live or not source.has_images:
        raise TubeletError(f"{video} has no pictures to go back to; give the recording")
    try:
        fingerprint = RunRecord.read(run).fingerprint
    except RunRecordError as error:
        raise TubeletError(
            f"{run / RECEIPT}: no receipt of teamsheet; track {video} again"
        ) from error
    if source.fingerprint() != fingerprint:
        raise TubeletError(f"{video} is not the video of {run}, or was changed since")


def _cuts(run: Path) -> tuple[list[int], list[str]]:
    """Frames, from 1, with which shots begin."""
    store = Store.open(run / OBSERVATIONS)
    if store is None:
        return [], [f"{run} has no observations: shot cuts are not known, clips may hold one"]
    return [index + 1 for index in store.cuts()], []


def _people(table: TrackTable, wanted: Sequence[str]) -> list[tuple[str, Mask]]:
    """A name and their rows; in a run without names every track is somebody."""
    names = table.rows["player"].astype(object).to_numpy()
    known = sorted(set(names.tolist()) - {""})
    if not known and not wanted:
        tracks = table.rows["track_id"].to_numpy()
        seen = np.unique(table.visible["track_id"]).tolist()
        return [(f"track {track}", np.asarray(tracks == track)) for track in seen]
    for name in wanted:
        if name not in known:
            raise TubeletError(
                f"--player {name}: nobody of that name in this run; known: {', '.join(known)}"
            )
    return [(name, np.asarray(names == name)) for name in (wanted or known)]


def _reasons(left_out: Counter[str]) -> str:
    return ", ".join(f"{count} {why}" for why, count in left_out.items()) or "nobody is in it"


def _index(
    source: Source, shape: Shape, entries: list[dict[str, Any]], left_out: Counter[str]
) -> dict[str, Any]:
    return {
        "version": VERSION,
        "video": source.name,
        "video_fps": source.fps,
        "video_size": [source.width, source.height],
        "size": shape.size,
        "frames": shape.count,
        "stride": shape.stride,
        "fps": shape.fps / shape.stride,
        "least_visible": shape.visible,
        "left_out": dict(left_out),
        "clips": entries,
    }


def _entry(clip: Tubelet, files: list[str]) -> dict[str, Any]:
    boxes = [None if np.isnan(box[0]) else box.round(2).tolist() for box in clip.boxes]
    return {
        "files": files,
        "player": clip.player,
        "track": clip.track,
        "tracks": clip.tracks.tolist(),
        "frames": clip.frames.tolist(),
        "boxes": boxes,
        "visibility": [VISIBILITIES[code] for code in clip.visibility.tolist()],
        "squares": clip.squares.round(2).tolist(),
    }
