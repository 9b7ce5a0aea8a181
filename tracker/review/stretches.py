"""Stretches: runs of one name, or of none, on a track. Questions are about them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

import numpy as np

from tracker.review.case import ReviewCase
from tracker.review.ledger import FREE, Ledger
from tracker.types import Doubles, Ints, Mask


@dataclass(frozen=True, slots=True, eq=False)
class Stretches:
    """S of them, by track and time. track, player: (S,), the latter UNKNOWN where there is no name.
    first, last: (S,) frames in which each is first and last visible; begin, end: (S,) where those
    rows lie in `ReviewCase.order`, the end not included. boxes: (S,) visible rows. lowest: (S,) the
    least confidence of the name. settled: (S,) somebody has stated it.
    """

    track: Ints
    player: Ints
    first: Ints
    last: Ints
    begin: Ints
    end: Ints
    boxes: Ints
    lowest: Doubles
    settled: Mask

    def __len__(self) -> int:
        return len(self.track)

    @classmethod
    def of(cls, case: ReviewCase, ledger: Ledger) -> Stretches:
        """All of a run; those never visible are left out."""
        return _runs(case, ledger, np.arange(len(case.order)))

    def again(self, case: ReviewCase, ledger: Ledger, tracks: Iterable[int]) -> Stretches:
        """These, with those of some tracks found anew."""
        changed = sorted(set(tracks))
        spans = [case.span_of(track) for track in changed]
        places = [np.arange(span.start, span.stop) for span in spans]
        fresh = _runs(case, ledger, np.concatenate([np.zeros(0, np.int64), *places]))
        kept = ~np.isin(self.track, changed)
        columns = {
            f.name: np.concatenate([getattr(self, f.name)[kept], getattr(fresh, f.name)])
            for f in fields(Stretches)
        }
        order = np.argsort(columns["begin"], kind="stable")
        return Stretches(**{name: column[order] for name, column in columns.items()})

    def several(self) -> Mask:
        """(S,) whose track has others."""
        _, which, counts = np.unique(self.track, return_inverse=True, return_counts=True)
        return np.asarray(counts[which] > 1)


def _runs(case: ReviewCase, ledger: Ledger, places: Ints) -> Stretches:
    """places: in `case.order`, whole tracks in order. Rows in which nobody is seen separate
    nothing: there a name can be missing because somebody else bore it in view."""
    places = places[case.visible[places]]
    if not len(places):
        none = np.zeros(0, np.int64)
        return Stretches(none, none, none, none, none, none, none, np.zeros(0), none > 0)
    rows = case.order[places]
    player, settled = ledger.players[rows], ledger.pinned[rows] != FREE
    keys = (case.track[places], player, settled.astype(np.int64))
    begin = np.flatnonzero(np.any([np.diff(k, prepend=k[0] - 1) != 0 for k in keys], axis=0))
    end = np.append(begin[1:], len(places)) - 1
    lowest = np.minimum.reduceat(ledger.sure[rows], begin)
    return Stretches(
        case.track[places[begin]], player[begin], case.frame[places[begin]],
        case.frame[places[end]], places[begin], places[end] + 1, end - begin + 1,
        lowest.astype(np.float64), settled[begin],
    )  # fmt: skip
