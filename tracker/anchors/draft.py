"""What a reader has found in its file, before anything of it is believed; and the checks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from gallery.io.mot_rows import frames_remedy
from gallery.io.spelling import fault_of, plain
from tracker.anchors.rows import AnchorError, AnchorRows, counted
from tracker.limits import MAX_ANCHORS, MAX_FRAMES, MAX_NAMES, MAX_PX
from tracker.types import UNKNOWN, Doubles, Index, Ints, Mask

_MAX_S = 10_000_000.0  # seconds: 115 days
_MAX_PERCENT = 100.0
_ROUNDED = 1.01
"""A confidence up to here is 1, rounded by whoever wrote it."""


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """N rows as they stand in a file: NaN where nothing stands, infinite where no finite number
    does.

    frames, times_s: (N,). boxes: (N, 4) x1 y1 x2 y2. points: (N, 2). players: (N,) index into
    `names`, UNKNOWN where nobody is named. confidence: (N,). human: (N,). at: (N,) number of the
    row in the file, from 0, for messages.
    """

    frames: Doubles
    times_s: Doubles
    boxes: Doubles
    points: Doubles
    players: Ints
    names: tuple[str, ...]
    confidence: Doubles
    human: Mask
    at: Ints

    def take(self, rows: Index) -> Draft:
        """Those of an index or mask array."""
        return replace(
            self, frames=self.frames[rows], times_s=self.times_s[rows], boxes=self.boxes[rows],
            points=self.points[rows], players=self.players[rows],
            confidence=self.confidence[rows], human=self.human[rows], at=self.at[rows],
        )  # fmt: skip


def checked(draft: Draft, source: str, fps: float, where: Callable[[int], str]) -> AnchorRows:
    """The rows that name somebody, in order of frames, the surest of each player and frame.

    source: the short name. fps: of the video, 0 where not known. where: what is put before the
    message, of a row of the file. Raises AnchorError where a row cannot be.
    """
    if len(draft.at) > MAX_ANCHORS:
        raise AnchorError(f"{where(-1)}: more than {MAX_ANCHORS} rows; cut it into several files")
    draft, notes = _named(draft, source, where)
    for odd, remedy in _faults(draft):
        if odd.any():
            raise AnchorError(f"{where(int(draft.at[int(odd.argmax())]))}: {remedy}")
    confidence, percent = _shares(draft.confidence)
    if percent:
        notes = [*notes, f"{source}: {percent}"]
    timed = np.isnan(draft.frames)
    boxed = ~np.isnan(draft.boxes[:, 0])
    rows = AnchorRows(
        source,
        np.where(timed, 0, draft.frames).astype(np.int64),
        np.where(timed, draft.times_s, np.nan),
        draft.boxes.astype(np.float32),
        np.where(boxed[:, None], np.nan, draft.points).astype(np.float32),
        draft.players, draft.names, confidence, draft.human, tuple(notes),
    )  # fmt: skip
    return rows.in_order(fps).surest(fps)


def _named(draft: Draft, source: str, where: Callable[[int], str]) -> tuple[Draft, list[str]]:
    """The rows of players, and what is left out, one line each. Raises AnchorError of a name."""
    names = [plain(name.strip()) for name in draft.names]
    used = np.bincount(draft.players[draft.players >= 0], minlength=len(names)) > 0
    if used.sum() > MAX_NAMES:
        raise AnchorError(
            f"{where(-1)}: {int(used.sum())} different names, more than {MAX_NAMES}; "
            "is the column of players the right one?"
        )
    for number in np.flatnonzero(used).tolist():
        if fault := fault_of(names[number]):
            row = int(draft.at[int((draft.players == number).argmax())])
            raise AnchorError(f"{where(row)}: player {names[number][:40]!r}: {fault}; mend it")
    spellings = {name: n for n, name in enumerate(dict.fromkeys(names))}
    whole = np.array([spellings[name] for name in names] or [0], np.int64)
    others = np.array([name.startswith("_") for name in names] or [False], np.bool_)
    unnamed = draft.players == UNKNOWN
    negative = ~unnamed & others[draft.players]
    notes = [
        f"{source}: {counted(int(left.sum()))} {what}; left out"
        for left, what in (
            (unnamed, "no player"),
            (negative, "somebody who is no player (a name that begins with _)"),
        )
        if left.any()
    ]
    kept = draft.take(~unnamed & ~negative) if notes else draft
    return replace(kept, players=whole[kept.players], names=tuple(spellings)), notes


def _faults(draft: Draft) -> Iterator[tuple[Mask, str]]:
    """(N,) which rows cannot be, and what to do with them, in the order in which it is stated."""
    frames, times, boxes, points = draft.frames, draft.times_s, draft.boxes, draft.points
    odd = np.isinf(frames) | np.isinf(times) | np.isinf(draft.confidence)
    odd |= np.isinf(boxes).any(axis=1) | np.isinf(points).any(axis=1)
    yield odd, "a number is NaN or infinite; delete or mend the row"
    timed = np.isnan(frames)
    yield timed & np.isnan(times), "neither a frame nor a time; delete or mend the row"
    early: Mask = ~timed & ((frames < 1) | (frames != np.floor(frames)))
    yield early, frames_remedy(frames[early]) if early.any() else ""
    late: Mask = frames > MAX_FRAMES
    yield late, f"no sequence has more than {MAX_FRAMES} frames; mend the row"
    outside: Mask = timed & ((times < 0) | (times > _MAX_S))
    yield outside, "a time is seconds from the beginning of the video; mend the row"
    lacking = np.isnan(boxes).sum(axis=1)
    yield (lacking > 0) & (lacking < 4), "a box lacks a number; delete or mend the row"
    nowhere = (lacking == 4) & np.isnan(points).any(axis=1)
    yield nowhere, "neither a box nor a point; delete or mend the row"
    far: Mask = (np.abs(np.hstack([boxes, points])) > MAX_PX).max(axis=1)
    yield far, f"nothing lies beyond {MAX_PX:.0f} pixels; delete or mend the row"
    flat: Mask = (boxes[:, 2] <= boxes[:, 0]) | (boxes[:, 3] <= boxes[:, 1])
    yield flat, "width and height of a box must be above 0 (x2 beyond x1, y2 beyond y1); mend it"
    beyond: Mask = (draft.confidence < 0) | (draft.confidence > _MAX_PERCENT)
    yield beyond, "a confidence is from 0 to 1, or percent from 0 to 100; mend it"


def _shares(confidence: Doubles) -> tuple[Doubles, str]:
    """Confidences as shares, and what was done to them ("" if nothing).

    Where most are above 1, all are percent; else those above 1, as of two files put together.
    """
    stated = confidence[~np.isnan(confidence)]
    if not (stated > 1).any():
        return confidence, ""
    if stated.max() <= _ROUNDED:
        return np.minimum(confidence, 1.0), ""
    all_percent = bool(np.median(stated) > 1)
    percent = np.ones(len(confidence), bool) if all_percent else confidence > 1
    which = "its confidences" if all_percent else f"{int(percent.sum())} of its confidences"
    return (
        np.where(percent, confidence / 100, confidence),
        f"{which} are taken for percent and divided by 100 (up to {stated.max():g})",
    )
