"""What is said of the rows of a run that is open as arrays, as run.json keeps it.

It is what `correct` keeps of the same sentence. Only the rows of the tracks that it bears on are
made into a table: a match has millions.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from tracker.corrections.places import Places, check_seen
from tracker.corrections.record import StoredCorrection
from tracker.corrections.statements import Correction
from tracker.output.row_arrays import RowArrays
from tracker.output.table import BOX
from tracker.output.track_index import TrackIndex
from tracker.types import UNKNOWN, Ints, Visibility

_END = 1 << 31


def kept_of_rows(
    stated: Correction, rows: RowArrays, index: TrackIndex, video: str
) -> StoredCorrection:
    """stated: of a track. index: of these rows. video: fingerprint of the source.

    Raises CorrectionError where the track is not seen in those frames.
    """
    tracks = {stated.track or 0, *_bearers(stated, rows)}
    mine = np.sort(np.concatenate([index.rows_of(track, 0, _END) for track in sorted(tracks)]))
    visible = _table(rows, mine[rows.visibility[mine] == Visibility.VISIBLE])
    check_seen(stated, visible)
    return Places(visible).keep(stated).of_video(video)


def _bearers(stated: Correction, rows: RowArrays) -> list[int]:
    """Tracks that bear the name which the sentence gives, in its frames."""
    if not stated.is_ or stated.negated or stated.is_ not in rows.names:
        return []
    last = stated.last if stated.last is not None else _END - 1
    low, high = np.searchsorted(rows.frames, [stated.first or 1, last + 1]).tolist()
    bear = rows.players[low:high] == rows.names.index(stated.is_)
    return [int(track) for track in np.unique(rows.tracks[low:high][bear])]


def _table(rows: RowArrays, mine: Ints) -> pd.DataFrame:
    names = np.array([*rows.names, ""], object)
    assert UNKNOWN == -1  # stands for the last, no name
    columns = {
        "frame": rows.frames[mine].astype(np.int64),
        "track_id": rows.tracks[mine].astype(np.int64),
        "player": names[rows.players[mine]],
    }
    boxes = rows.boxes[mine].astype(np.float64)
    return pd.DataFrame(columns | {side: boxes[:, k] for k, side in enumerate(BOX)})
