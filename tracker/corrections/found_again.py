"""Whom a correction speaks of in another following: whoever has its boxes now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby

import numpy as np

from tracker.boxes import iou
from tracker.corrections.record import Place, Span, StoredCorrection
from tracker.output.row_arrays import RowArrays
from tracker.rows import Rows
from tracker.types import Doubles, Ints, TrackedFrame, Visibility

_SAME_IOU = 0.5
_STRAY = 5  # of so many places or more, one alone on another track is a slip of the detector


def found_again(correction: StoredCorrection, now: BoxesNow) -> StoredCorrection:
    """A correction, of the tracks that have its places now; nowhere where none has."""
    spans, instead = now.spans(correction.at), now.spans(correction.not_at)
    if not spans and not correction.negated:
        return correction.nowhere()
    apart = tuple(span for span in instead if not _touch(span, spans))
    return correction.model_copy(update={"spans": spans, "instead": apart})


def tried(correction: StoredCorrection, now: BoxesNow, video: str) -> StoredCorrection:
    """What found nobody in an earlier following may find somebody now. video: its fingerprint."""
    lost = not correction.found and correction.video == video
    return found_again(correction, now) if lost else correction


class BoxesNow:
    """Who has which box.

    seen: gives the tracks (n,) that are visible in a frame, from 1, and their boxes (n, 4); n = 0
    where there is no such frame.
    """

    def __init__(self, seen: Callable[[int], tuple[Ints, Doubles]]) -> None:
        self._seen = seen

    @classmethod
    def of_frames(cls, frames: Sequence[TrackedFrame]) -> BoxesNow:
        indices = frames.indices.tolist() if isinstance(frames, Rows) else [f.index for f in frames]
        places = {index + 1: place for place, index in enumerate(indices)}

        def seen(frame: int) -> tuple[Ints, Doubles]:
            if frame not in places:
                return np.zeros(0, np.int64), np.zeros((0, 4))
            there = frames[places[frame]]
            rows = there.visibility == Visibility.VISIBLE
            return there.track_ids[rows], there.boxes[rows]

        return cls(seen)

    @classmethod
    def of_rows(cls, rows: RowArrays) -> BoxesNow:
        def seen(frame: int) -> tuple[Ints, Doubles]:
            low, high = np.searchsorted(rows.frames, [frame, frame + 1]).tolist()
            there = low + np.flatnonzero(rows.visibility[low:high] == Visibility.VISIBLE)
            return rows.tracks[there].astype(np.int64), rows.boxes[there].astype(np.float64)

        return cls(seen)

    def spans(self, places: Sequence[Place]) -> tuple[Span, ...]:
        """Stretches of the tracks that have the places."""
        found = [(place[0], self._track(place)) for place in sorted(places)]
        seen = [(frame, track) for frame, track in found if track >= 0]
        stretches = _stretches(seen)
        if len(seen) >= _STRAY:
            alone = {id(s) for s in stretches if len(s) == 1 and _between_alike(s, stretches)}
            seen = [place for s in stretches if id(s) not in alone for place in s]
            stretches = _stretches(seen)
        return tuple((part[0][1], part[0][0], part[-1][0]) for part in stretches)

    def _track(self, place: Place) -> int:
        tracks, boxes = self._seen(place[0])
        if not len(tracks):
            return -1
        overlap = iou(boxes, np.array([place[1:]], np.float64))[:, 0]
        best = int(overlap.argmax())
        return int(tracks[best]) if overlap[best] >= _SAME_IOU else -1


_Seen = tuple[int, int]


def _stretches(seen: Iterable[_Seen]) -> list[list[_Seen]]:
    return [list(part) for _, part in groupby(seen, key=lambda place: place[1])]


def _between_alike(stretch: list[_Seen], stretches: list[list[_Seen]]) -> bool:
    n = next(k for k, other in enumerate(stretches) if other is stretch)
    if not 0 < n < len(stretches) - 1:
        return False
    return stretches[n - 1][0][1] == stretches[n + 1][0][1]


def _touch(span: Span, others: Iterable[Span]) -> bool:
    return any(span[0] == o[0] and span[1] <= o[2] and o[1] <= span[2] for o in others)
