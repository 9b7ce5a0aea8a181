"""Every person's life, frame by frame, with the row of the track that is theirs."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from tracker.evaluation.boxes import Boxes, Mask, iou, match
from tracker.output.table import BOX, VISIBILITIES, TrackTable
from tracker.types import Doubles, Ints, Visibility

MIN_IOU = 0.5


class TrackRows:
    """The rows of a tracks.csv between two frames, as arrays ordered by frame.

    frames, tracks, state: (R,). corners: (R, 4), NaN where absent. centre, std: (R, 2).
    """

    def __init__(self, table: TrackTable, first: int, last: int) -> None:
        rows = table.rows[table.rows["frame"].between(first, last)]
        self.frames: Ints = rows["frame"].to_numpy(np.int64)
        self.tracks: Ints = rows["track_id"].to_numpy(np.int64)
        self.corners: Doubles = rows[BOX].to_numpy(np.float64)
        self.state: Ints = np.array([VISIBILITIES.index(v) for v in rows["visibility"]], np.int64)
        self.centre: Doubles = rows[["predicted_x", "predicted_y"]].to_numpy(np.float64)
        self.std: Doubles = rows[["std_x", "std_y"]].to_numpy(np.float64)
        keys = zip(self.frames.tolist(), self.tracks.tolist(), strict=True)
        self._at = {key: i for i, key in enumerate(keys)}

    def find(self, frames: Ints, tracks: Ints) -> Ints:
        """Row of each (frame, track), -1 where there is none."""
        keys = zip(frames.tolist(), tracks.tolist(), strict=True)
        return np.array([self._at.get(key, -1) for key in keys], np.int64)

    def prediction(self, at: Ints) -> tuple[Doubles, Doubles]:
        """(M, 2) centres and standard deviations of rows, NaN for row -1."""
        centre, std = np.full((len(at), 2), np.nan), np.full((len(at), 2), np.nan)
        centre[at >= 0], std[at >= 0] = self.centre[at[at >= 0]], self.std[at[at >= 0]]
        return centre, std

    def visible(self, frame: int) -> Ints:
        """Rows of a frame that show a detection."""
        a, b = np.searchsorted(self.frames, [frame, frame + 1]).tolist()
        rows: Ints = np.arange(a, b)
        return np.asarray(rows[self.state[a:b] == Visibility.VISIBLE])


@dataclass(frozen=True, slots=True, eq=False)
class GroundTruthTracks:
    """One entry per person and frame, from their first visible frame to the end. All (L,).

    state: the truth's Visibility; ABSENT where it has no row. truth_row: -1 where none. track_row:
    row in TrackRows of their track, -1 where there is none. last_seen: last frame they were visible
    in.
    """

    person: Ints
    frames: Ints
    state: Ints
    truth_row: Ints
    track_row: Ints
    last_seen: Ints

    def take(self, mask: Mask) -> GroundTruthTracks:
        return GroundTruthTracks(*(getattr(self, f.name)[mask] for f in fields(self)))


def live(truth: Boxes, hidden: Mask, rows: TrackRows, last: int) -> GroundTruthTracks:
    """Lives of all people of the truth until frame `last`.

    A person's track is the one that covered them last (IoU >= 0.5, one to one, while visible).
    """
    track = _covering_tracks(truth, hidden, rows)
    parts = [np.zeros((6, 0), np.int64)]
    for person in np.unique(truth.ids).tolist():
        mine = np.flatnonzero(truth.ids == person)
        seen = np.flatnonzero(~hidden[mine])
        if len(seen):
            parts.append(_track_of(truth, hidden, track, mine[seen[0] :], rows, last))
    return GroundTruthTracks(*np.concatenate(parts, axis=1))


def _track_of(
    truth: Boxes, hidden: Mask, track: Ints, mine: Ints, rows: TrackRows, last: int
) -> Ints:
    """(6, F) the fields of Lives for one person; mine: their rows from the first visible one on."""
    frames = np.arange(truth.frames[mine[0]], last + 1)
    at = truth.frames[mine] - frames[0]
    state = np.full(len(frames), int(Visibility.ABSENT))
    state[at] = np.where(hidden[mine], Visibility.OCCLUDED, Visibility.VISIBLE)
    truth_row = np.full(len(frames), -1)
    truth_row[at] = mine
    changes = np.zeros(len(frames), np.int64)  # where their track was last known, as an index
    covered = at[track[mine] >= 0]
    changes[covered] = covered
    owner = np.full(len(frames), -1)
    owner[at] = track[mine]
    owner = owner[np.maximum.accumulate(changes)]
    last_seen = np.maximum.accumulate(np.where(state == Visibility.VISIBLE, frames, 0))
    person = np.full(len(frames), truth.ids[mine[0]])
    return np.stack([person, frames, state, truth_row, rows.find(frames, owner), last_seen])


def _covering_tracks(truth: Boxes, hidden: Mask, rows: TrackRows) -> Ints:
    """(N,) track whose visible box lies on each visible truth row, -1 where none does."""
    track = np.full(len(truth), -1, np.int64)
    for frame in np.unique(truth.frames).tolist():
        (span,) = truth.by_frame(frame, frame)
        mine = np.arange(span.start, span.stop)[~hidden[span]]
        theirs = rows.visible(frame)
        if len(mine) and len(theirs):
            pairs = match(iou(truth.corners[mine], rows.corners[theirs]), MIN_IOU)
            track[mine[pairs[0]]] = rows.tracks[theirs[pairs[1]]]
    return track
