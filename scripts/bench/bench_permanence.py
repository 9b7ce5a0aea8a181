"""Where are the players whom nobody sees? `bench_permanence.py MOT_DIR`.

MOT_DIR is any folder of MOT truth that the evaluator reads. Where the truth marks hidden boxes
(hockey-mhptd: visibility 0.5 or less) those are the question; elsewhere seeded windows of 1 to 90
frames (at 25 a second) are blanked out of visible tracks, preferring those in which somebody is
near (`tracker/evaluation/blanking.py`). The tracker is given the true boxes that are left, score 1,
no pictures, no camera motion. Online it has not seen how a gap ends, offline it has; with the paths
given nobody is mixed up, so that both ends of every gap are known. Beside it: the last box, and a
Kalman filter with constant velocity (DeepSORT's noise). Pooled over the sequences.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from functools import partial
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from gaps.worlds import Clip, observe
from hockey import rate_of
from mot_bench import forgiving, over, parsed, picture_size, tracking_parser_of
from rich.console import Console
from rich.table import Table

from tracker import config
from tracker.evaluation.blanking import blank_windows
from tracker.evaluation.boxes import EvaluateError, Mask
from tracker.evaluation.inputs import Truth, find_truths, read_seqinfo
from tracker.evaluation.options import split_names
from tracker.evaluation.permanence import (
    BIN_LABELS,
    PermanenceScores,
    pool_permanence,
    score_permanence,
)
from tracker.offline.smoothing import smooth_gaps
from tracker.offline.swaps import undo_swaps
from tracker.output.table import TrackTable
from tracker.settings import FollowSettings
from tracker.tracking.online import OnlineTracker
from tracker.training.clips import HIDDEN_AT
from tracker.types import UNKNOWN, Doubles, TrackedFrame, Visibility

MODES = ("online", "offline", "offline, paths given")
SHARE = 0.1
"""Share of the rows that is blanked where the truth marks no hidden boxes."""


def read_clip(truth: Truth, most_frames: int | None) -> tuple[Clip, Mask]:
    """A sequence and which of its rows nobody sees. Raises EvaluateError."""
    boxes = forgiving(truth)
    info = read_seqinfo(truth.seqinfo)
    length = min(info.length or int(boxes.frames.max(initial=1)), most_frames or 10**9)
    size, crowd = picture_size(truth, boxes), int(np.bincount(boxes.frames).max(initial=0))
    boxes, fps = boxes.between(1, length), info.fps or rate_of(truth.name)
    marked = (boxes.visibility >= 0) & (boxes.visibility <= HIDDEN_AT)
    hidden = marked if marked.any() else blank_windows(boxes, 0, SHARE, fps)
    return Clip(truth.name, boxes, length, fps, size, crowd), hidden


def measure(
    truth: Truth, settings: FollowSettings, most: int | None
) -> dict[str, PermanenceScores]:
    """One sequence, by mode."""
    clip, hidden = read_clip(truth, most)
    seen = observe(clip, clip.truth.take(~hidden))
    tracker = OnlineTracker(settings, clip.size)
    frames, traces = [], []
    for one in seen:
        frames.append(tracker.update(one))
        traces.append(tracker.trace)
    parted, _ = undo_swaps(frames, traces, seen, settings.association.ambiguous_nats)
    cameras, cuts = [one.camera for one in seen], [one.cut for one in seen]
    bridged = smooth_gaps(parted, cameras, cuts, tracker.offsets, settings.motion)

    def score(rows: list[TrackedFrame]) -> PermanenceScores:
        table = TrackTable.from_frames(rows, [])
        return score_permanence(clip.truth, hidden, table, 1, clip.frames, clip.fps)

    given = smooth_gaps(
        true_paths(clip, hidden, frames), cameras, cuts, tracker.offsets, settings.motion
    )
    return dict(zip(MODES, map(score, (frames, bridged, given)), strict=True))


def true_paths(clip: Clip, hidden: Mask, online: list[TrackedFrame]) -> list[TrackedFrame]:
    """What the tracker gave, on paths that never mix people up: both ends of gaps are known.

    While somebody is hidden, their place is that of the track on which they were last seen.
    """
    truth, known = clip.truth, np.unique(clip.truth.ids)
    count = len(known)
    begun = np.array([truth.frames[(truth.ids == i) & ~hidden].min(initial=10**9) for i in known])
    track, place = np.full(count, -1), np.zeros((count, 2))
    frames = []
    for index, (rows, frame) in enumerate(zip(truth.by_frame(1, clip.frames), online, strict=True)):
        there = np.flatnonzero(~hidden[rows]) + rows.start
        who = np.searchsorted(known, truth.ids[there])
        boxes, std = np.full((count, 4), np.nan), np.full((count, 2), 1e4)
        boxes[who] = truth.corners[there]
        for row, box in zip(who.tolist(), boxes[who].astype(np.float32), strict=True):
            same = np.flatnonzero((frame.boxes.astype(np.float32) == box).all(axis=1))
            track[row] = frame.track_ids[same[0]] if len(same) else -1
        seen = np.isfinite(boxes[:, 0])
        place[seen] = (boxes[seen, :2] + boxes[seen, 2:]) / 2
        at = {int(t): i for i, t in enumerate(frame.track_ids.tolist())}
        for row in np.flatnonzero(~seen & (track >= 0)).tolist():
            i = at.get(int(track[row]))
            if i is not None and frame.visibility[i] != Visibility.VISIBLE:
                place[row], std[row] = frame.predicted[i], frame.std[i]
        given = _true_frame(index, frame.time_s, boxes, place.copy(), std)
        frames.append(given.take(begun <= index + 1))
    return frames


def _true_frame(
    index: int, time_s: float, boxes: Doubles, place: Doubles, std: Doubles
) -> TrackedFrame:
    """Everybody by their true number; boxes: NaN where they are hidden."""
    count, seen = len(boxes), np.isfinite(boxes[:, 0])
    return TrackedFrame(
        index=index,
        time_s=time_s,
        track_ids=np.arange(1, count + 1),
        players=np.full(count, UNKNOWN),
        player_confidence=np.zeros(count),
        visibility=np.where(seen, Visibility.VISIBLE, Visibility.ABSENT).astype(np.int64),
        boxes=boxes,
        scores=np.where(seen, 1.0, np.nan),
        predicted=place,
        std=std,
        evidence=np.zeros(count, np.int64),
        confirmed=np.ones(count, bool),
    )


def rows_of(scores: dict[str, PermanenceScores]) -> list[dict[str, Any]]:
    """One row for everybody who guesses: our two modes, then the baselines."""
    found = []
    for mode in MODES:
        for name, guesses in scores[mode].guesses.items():
            ours = name == "tracker"
            if not ours and mode != MODES[0]:
                continue
            row: dict[str, Any] = {"who": f"teamsheet {mode}" if ours else name}
            for label, mask in zip(BIN_LABELS, scores[mode].bins(), strict=True):
                errors = guesses.error[mask]
                row[f"{label} ({len(errors)})"] = (
                    float((errors < 0.5).mean()) if len(errors) else float("nan")
                )
            row["all"] = guesses.recall
            row["in 50 %"], row["in 90 %"] = guesses.coverage(0.5), guesses.coverage(0.9)
            row["ghosts"] = scores[mode].ghosts if ours else ""
            found.append(row)
    return found


def show(console: Console, scores: dict[str, PermanenceScores], sequences: int) -> None:
    for mode in MODES[:2]:
        table = Table(title=f"states, {mode}: truth in lines, teamsheet in columns")
        table.add_column("")
        for state in Visibility:
            table.add_column(state.label)
        for state, counts in zip(Visibility, scores[mode].states.tolist(), strict=True):
            table.add_row(state.label, *(str(c) for c in counts))
        console.print(table)
    rows = rows_of(scores)
    table = Table(title=f"{sequences} sequences: hidden boxes whose centre is known to .5 heights")
    for column in rows[0]:
        table.add_column(column)
    for row in rows:
        table.add_row(*(f"{c:.3f}" if isinstance(c, float) else str(c) for c in row.values()))
    console.print(table)


def pooled(parts: Sequence[dict[str, PermanenceScores]]) -> dict[str, PermanenceScores]:
    return {mode: pool_permanence([part[mode] for part in parts]) for mode in MODES}


def main() -> int:
    """Exit code: 0 measured, 2 a mistake in the arguments or the truth."""
    args = parsed(tracking_parser_of(__doc__))
    try:
        settings = config.load(None, args.set).follow
        truths = find_truths(args.data, split_names(args.sequences))
        truths = [t for t in truths if t.boxes.path.name != "SOURCE.txt"]
        if not truths:
            raise EvaluateError(f"{args.data}: no truth inside; is it one folder further down?")
        work = partial(measure, settings=settings, most=args.frames)
        parts = list(over(work, truths, args.jobs))
    except (EvaluateError, config.ConfigError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    scores = pooled(parts)
    if args.json:
        states = {mode: scores[mode].states.tolist() for mode in MODES}
        report = {"sequences": len(truths), "states": states, "scores": rows_of(scores)}
        args.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    show(Console(width=140), scores, len(truths))
    return 0


if __name__ == "__main__":
    sys.exit(main())
