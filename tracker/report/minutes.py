"""How long each player was in the picture: seen, surely in view, and expected, with an interval.

Nobody is in view only while a detector finds them. Between two sightings a person is in one of two
states, in view or away, and goes from one to the other at rates that the run itself shows: how
often people leave over the edge of the picture, and how soon they are back (a Markov chain in
continuous time, bridged between what is known at both ends of the gap). Who vanishes in the middle
of the picture cannot have left at once; who vanishes at its edge probably has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tracker.output.row_arrays import RowArrays
from tracker.report.camera import Views
from tracker.types import Doubles, Ints, Mask, Visibility

INTERPOLATED_S = 2.0
"""A longer gap is not called in view, however near its ends are; the expectation counts it."""
LEVEL = 0.9
"""Of the interval."""
_RUN_H = 4.0  # body heights a second that a person runs at most: 7 m/s
_SLACK_H = 1.0  # and so much does a box jump by itself
_EDGE_H = 0.35  # a box this near to the edge of the picture, in body heights, may be leaving it
_LEAVES_S = 0.5  # a shorter gap at the edge is a missed detection
_AT_EDGE = 0.8  # chance that who vanished there has left
_INSIDE = 0.02  # the same in the middle of the picture
_PRIOR_EXITS, _PRIOR_S = 0.5, 10.0  # so much is believed of the rates before anything is seen
_POINTS = 16  # of a gap at which the chance is worked out
_NAME_SLIP = 0.02  # a name is wrong so often even where its confidence is 1


@dataclass(frozen=True, slots=True)
class PlayerMinutes:
    """Seconds of one player. seen: detected under the name. hidden: predicted behind somebody.

    bridged: in neither, between two sightings of the same person near each other in place and time.
    away: the rest of the run. expected: in view, and low, high: its interval at LEVEL.
    """

    seen_s: float
    hidden_s: float
    interpolated_s: float
    away_s: float
    expected_s: float
    low_s: float
    high_s: float

    @property
    def in_view_s(self) -> float:
        return self.seen_s + self.hidden_s + self.interpolated_s


@dataclass(frozen=True, slots=True, eq=False)
class Gaps:
    """Gaps of one person between sightings, (G,) each, in frames of RowArrays.numbers.

    first, last: place of the sighting before, -1 where there is none, and after, F where there is
    none. before, after: rows of those, -1 where there is none. edge_before, edge_after: whether
    they touch the edge of the picture.
    """

    first: Ints
    last: Ints
    before: Ints
    after: Ints
    edge_before: Mask
    edge_after: Mask


@dataclass(frozen=True, slots=True)
class Rates:
    """How often people in view leave the picture, and come back, per second."""

    leave: float
    enter: float

    @property
    def share(self) -> float:
        """Of the time that a person is in view in the long run."""
        return self.enter / (self.leave + self.enter)


def minutes_of(rows: RowArrays, size: tuple[int, int], views: Views | None) -> list[PlayerMinutes]:
    """Of every name in `rows.names`. size: of the picture, pixels. views: None if not kept."""
    order = np.argsort(rows.players, kind="stable")
    ends = np.searchsorted(rows.players[order], np.arange(len(rows.names) + 1))
    mine = [order[ends[n] : ends[n + 1]] for n in range(len(rows.names))]
    edge = _edge(rows, size)
    gaps = [_gaps(rows, _seen(rows, own), edge) for own in mine]
    rates = _rates(rows, mine, gaps)
    return [_minutes(rows, own, gap, rates, views) for own, gap in zip(mine, gaps, strict=True)]


def _seen(rows: RowArrays, mine: Ints) -> Ints:
    seen: Ints = mine[rows.visibility[mine] == Visibility.VISIBLE]
    return seen


def _gaps(rows: RowArrays, seen: Ints, edge: Mask) -> Gaps:
    """seen: the rows of a person's sightings, in order of time. edge: see `_edge`."""
    place = rows.place[seen].astype(np.int64)
    first = np.concatenate([[-1], place])
    last = np.concatenate([place, [len(rows.numbers)]])
    has_inside = last - first > 1
    before = np.concatenate([[-1], seen])[has_inside]
    after = np.concatenate([seen, [-1]])[has_inside]
    return Gaps(
        first[has_inside], last[has_inside], before, after,
        (before >= 0) & edge[before], (after >= 0) & edge[after],
    )  # fmt: skip


def _edge(rows: RowArrays, size: tuple[int, int]) -> Mask:
    """(N,) whose boxes touch the left, right or lower edge of the picture, or nearly so."""
    x1, _, x2, y2 = rows.boxes.T
    near = _EDGE_H * (y2 - rows.boxes[:, 1])
    with np.errstate(invalid="ignore"):
        found: Mask = (x1 < near) | (x2 > size[0] - near) | (y2 > size[1] - 0.1 * near)
    return found


def _starts(rows: RowArrays) -> Doubles:
    """(F + 1,) seconds of the run before each frame, and all of them."""
    return np.concatenate([[0.0], np.cumsum(rows.steps_s)])


def _rates(rows: RowArrays, mine: Sequence[Ints], gaps: Sequence[Gaps]) -> Rates:
    """From all people of the run: those who went over the edge, and how long they stayed away."""
    starts = _starts(rows)
    seen_s = float(sum(rows.steps_s[rows.place[_seen(rows, own)]].sum() for own in mine))
    left, away_s, back = 0, 0.0, 0
    for gap in gaps:
        length = starts[gap.last] - starts[gap.first + 1]
        gone = gap.edge_before & (length > _LEAVES_S)
        left += int(gone.sum())
        away_s += float(length[gone].sum())
        back += int((gone & (gap.after >= 0)).sum())
    return Rates(
        (left + _PRIOR_EXITS) / (seen_s + _PRIOR_S), (back + _PRIOR_EXITS) / (away_s + _PRIOR_S)
    )


def _minutes(
    rows: RowArrays, mine: Ints, gap: Gaps, rates: Rates, views: Views | None
) -> PlayerMinutes:
    starts = _starts(rows)
    total = float(starts[-1])
    seen = _seen(rows, mine)
    spent = rows.steps_s[rows.place[seen]]
    hidden = mine[rows.visibility[mine] == Visibility.OCCLUDED]
    length = starts[gap.last] - starts[gap.first + 1]
    interpolated = _interpolated(rows, gap, length, views)
    covered = np.zeros(len(rows.numbers) + 1, np.int64)
    np.add.at(covered, gap.first[interpolated] + 1, 1)
    np.add.at(covered, gap.last[interpolated], -1)
    inside = np.cumsum(covered)[:-1] > 0
    inside[rows.place[hidden]] = False
    hidden_s = float(rows.steps_s[rows.place[hidden]].sum())
    interpolated_s = float(rows.steps_s[inside].sum())
    seen_s = float(spent.sum())
    mean, variance = _expected(gap, length, rates)
    named, wrong_share = _named(rows, seen, rates)
    low, high = _interval(mean + named, variance + wrong_share, total)
    return PlayerMinutes(
        seen_s, hidden_s, interpolated_s, max(total - seen_s - hidden_s - interpolated_s, 0.0),
        mean + named, low, high,
    )  # fmt: skip


def _interpolated(rows: RowArrays, gap: Gaps, length: Doubles, views: Views | None) -> Mask:
    """(G,) gaps between two sightings in the picture that a person can have got across."""
    both = (gap.before >= 0) & (gap.after >= 0) & (length <= INTERPOLATED_S)
    both &= ~(gap.edge_before & gap.edge_after & (length > _LEAVES_S))
    a, b = rows.boxes[gap.before], rows.boxes[gap.after]
    here, there = (a[:, :2] + a[:, 2:]) / 2, (b[:, :2] + b[:, 2:]) / 2
    if views is not None:
        here = views.carried(here, gap.first, gap.last)
        both &= ~views.cut_between(gap.first, gap.last)
    tall = np.maximum(a[:, 3] - a[:, 1], b[:, 3] - b[:, 1])
    with np.errstate(invalid="ignore"):
        far = np.hypot(*(there - here).T) > tall * (_SLACK_H + _RUN_H * length)
        found: Mask = both & ~far
    return found


def _expected(gap: Gaps, length: Doubles, rates: Rates) -> tuple[float, float]:
    """Mean and variance of the seconds in view in all gaps together."""
    if not len(length):
        return 0.0, 0.0
    at = (np.arange(_POINTS) + 0.5) / _POINTS
    begins = _ends(gap.before, gap.edge_before, np.array([rates.share, 1 - rates.share]))
    ends = _ends(gap.after, gap.edge_after, np.ones(2))
    forward = np.einsum("gx,gpxy->gpy", begins, step(length[:, None] * at, rates))
    backward = np.einsum("gpxy,gy->gpx", step(length[:, None] * (1 - at), rates), ends)
    whole = (forward * backward).sum(axis=2)
    inside = forward[..., 0] * backward[..., 0] / whole
    apart = np.maximum(at[None, :] - at[:, None], 0)  # (P, P) from the first to the second
    stays = step(length[:, None, None] * apart, rates)[..., 0, 0]
    pair = forward[:, :, None, 0] * stays * backward[:, None, :, 0] / whole[:, :1, None]
    earlier = np.triu(np.ones((_POINTS, _POINTS), bool))
    pair = np.where(earlier, pair, np.swapaxes(pair, 1, 2))
    mean = inside.mean(axis=1)
    spread = np.maximum(pair.mean(axis=(1, 2)) - mean**2, 0)
    return float((length * mean).sum()), float((length**2 * spread).sum())


def _ends(rows: Ints, edge: Mask, unknown: Doubles) -> Doubles:
    """(G, 2) how well in view and away fit an end of each gap. unknown: where the run ends."""
    away = np.where(edge, _AT_EDGE, _INSIDE)
    fits: Doubles = np.where(rows[:, None] >= 0, np.stack([1 - away, away], axis=1), unknown)
    return fits


def step(time_s: Doubles, rates: Rates) -> Doubles:
    """(..., 2, 2) chances to go from in view, away (rows) to in view, away in some time."""
    share, speed = rates.share, rates.leave + rates.enter
    fades = np.exp(-speed * time_s)
    stays, comes = share + (1 - share) * fades, share * (1 - fades)
    both: Doubles = np.stack(
        [np.stack([stays, 1 - stays], -1), np.stack([comes, 1 - comes], -1)], axis=-2
    )
    return both


def _named(rows: RowArrays, seen: Ints, rates: Rates) -> tuple[float, float]:
    """Mean and variance of the seconds in view while the name stands on a seen box.

    It may stand on somebody else: then the player is in view elsewhere as often as in the long run.
    A name is right or wrong for a whole stretch of a path.
    """
    if not len(seen):
        return 0.0, 0.0
    spent = rows.steps_s[rows.place[seen]]
    wrong = np.maximum(1 - rows.sure[seen].astype(np.float64), _NAME_SLIP)
    lost = spent * wrong * (1 - rates.share)
    new = np.diff(rows.tracks[seen], prepend=-1) != 0
    which = np.cumsum(new) - 1
    length = np.bincount(which, spent)
    slips = np.bincount(which, spent * wrong) / length
    variance = (slips * (1 - slips) * (length * (1 - rates.share)) ** 2).sum()
    return float((spent - lost).sum()), float(variance)


def _interval(mean: float, variance: float, total: float) -> tuple[float, float]:
    """Of a Beta distribution over 0 to `total` with that mean and variance."""
    from scipy.stats import beta

    share, spread = mean / total, variance / total**2
    if spread <= 1e-9 or not 0 < share < 1:
        return mean, mean
    weight = max(share * (1 - share) / spread - 1, 1e-3)
    ends = np.array([(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    tails = np.asarray(beta.ppf(ends, share * weight, (1 - share) * weight))
    low, high = (total * tails).tolist()
    return min(low, mean), max(high, mean)  # a skewed one may lie to one side of its mean
