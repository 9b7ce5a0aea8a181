"""What the second pass teaches the classifier of this very video, and how it is heard then.

Pictures of this light, this distance and this match make whom they show likelier, and in part all
who wear their shirt: to a classifier that knows a player in this light, a stranger of their team in
the same light is more like them than like "unknown", who was shown in no light at all. So a lesson
says fully which of those shown it is, and only half of what it says for all of them against
unknown.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tracker.offline.crops import Crops
from tracker.offline.offline_naming import TrackletNames
from tracker.tracking.traces import Tracklet
from tracker.types import UNKNOWN, Doubles, Floats, Ints, Mask

_SURE, _SURE_BY_ANCHORS = 0.95, 0.8  # tracklets from which the classifier learns
_CROPS_PER_PLAYER = 12  # pictures of each person that it learns, evenly over their tracklets
_BELIEVED = 0.5
"""Share of a lesson that counts against unknown.

Name-F1 offline with all, half and none of it: soccer, true boxes, second half .954, .976, .976,
after a third .963, .986, .986. With all and half: soccer with YOLO11n .633, .650, basketball with
YOLO11n .597, .597, volleyball .766, .766, which falls to .733 without any refit. So soccer would
choose half or none, basketball and volleyball half or all.
"""


def training_crops(
    tracklets: Sequence[Tracklet], result: TrackletNames, crops: Crops, anchored: bool = False
) -> tuple[Floats, Ints]:
    """Pictures (N, D) of the surest tracklets and whose they are, (N,).

    anchored: by anchors, of which a single one is right in nine of ten cases, and says nothing of
    how its player looks.
    """
    whose: dict[int, list[int]] = {}
    for row, (name, probability) in enumerate(
        zip(result.names.tolist(), result.confidence.tolist(), strict=True)
    ):
        if name != UNKNOWN and probability >= (_SURE_BY_ANCHORS if anchored else _SURE):
            whose.setdefault(name, []).append(row)
    shown, labels = [], []
    for person, rows in whose.items():
        every = np.concatenate([crops.clean(tracklets[row])[1] for row in rows])
        chosen = np.unique(
            np.linspace(0, max(len(every) - 1, 0), _CROPS_PER_PLAYER).round().astype(int)
        )
        shown.append(every[chosen] if len(every) else every)
        labels.append(np.full(len(shown[-1]), person))
    if not shown:
        return np.zeros((0, 0), np.float32), np.zeros(0, np.int64)
    rows_of, order = np.unique(np.concatenate(shown), return_inverse=True)
    return crops.embeddings(rows_of)[order], np.concatenate(labels)


def refitted_log_odds(base: Doubles, again: Doubles, whom: Mask) -> Doubles:
    """(E, P + 1) nats of all crops, where a classifier was shown more of some players.

    base, again: what it says before and after. whom: (P,) who was shown. The others keep their odds
    against unknown: beside players whose pictures are of this very light theirs would fall behind,
    and strangers take their names.
    """
    shown, mixed = np.flatnonzero(whom), base.copy()
    before, after = base[:, shown] - base[:, -1:], again[:, shown] - again[:, -1:]
    gain = np.logaddexp.reduce(after, axis=1) - np.logaddexp.reduce(before, axis=1)
    mixed[:, shown] = base[:, -1:] + after - (1 - _BELIEVED) * gain[:, None]
    return mixed
