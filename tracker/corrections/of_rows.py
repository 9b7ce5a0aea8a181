"""What is said of the rows of a run that is open as arrays, as run.json keeps it.

It is what `correct` keeps of the same sentence. Only the rows that it bears on are looked at: a
match has millions.
"""

from __future__ import annotations

import numpy as np

from tracker.corrections.places import Places, check_seen
from tracker.corrections.record import StoredCorrection
from tracker.corrections.statements import Correction
from tracker.output.row_arrays import RowArrays
from tracker.output.table import BOX
from tracker.output.track_index import TrackIndex
from tracker.types import UNKNOWN, Ints, Visibility

_END = 1 << 31


def kept_of_rows(
    stated: Correction, rows: RowArrays, index: TrackIndex, video: str, most: int
) -> StoredCorrection:
    """stated: of a track. index: of these rows. video: fingerprint of the source. most: places to
    keep, see `places_each`.

    Raises CorrectionError where the track is not seen in those frames.
    """
    track, first = stated.track or 0, stated.first or 1
    last = stated.last if stated.last is not None else _END - 1
    meant = _visible(rows, index.rows_of(track, first, last))
    if not len(meant):
        check_seen(stated, _columns(rows, _visible(rows, index.rows_of(track, 0, _END))))
    others = (index.rows_of(other, first, last) for other in _bearers(stated, rows) - {track})
    visible = _columns(rows, np.sort(np.concatenate([meant, *(_visible(rows, o) for o in others)])))
    return Places(visible).keep(stated, most).of_video(video)


def _visible(rows: RowArrays, mine: Ints) -> Ints:
    seen: Ints = mine[rows.visibility[mine] == Visibility.VISIBLE]
    return seen


def _bearers(stated: Correction, rows: RowArrays) -> set[int]:
    """Tracks that bear the name which the sentence gives, in its frames."""
    if not stated.is_ or stated.negated or stated.is_ not in rows.names:
        return set()
    last = stated.last if stated.last is not None else _END - 1
    low, high = np.searchsorted(rows.frames, [stated.first or 1, last + 1]).tolist()
    bear = rows.players[low:high] == rows.names.index(stated.is_)
    return set(rows.tracks[low:high][bear].tolist())


def _columns(rows: RowArrays, mine: Ints) -> dict[str, np.ndarray]:
    names = np.array([*rows.names, ""], object)
    assert UNKNOWN == -1  # stands for the last, no name
    columns = {
        "frame": rows.frames[mine].astype(np.int64),
        "track_id": rows.tracks[mine].astype(np.int64),
        "player": names[rows.players[mine]],
    }
    boxes = rows.boxes[mine].astype(np.float64)
    return columns | {side: boxes[:, k] for k, side in enumerate(BOX)}
