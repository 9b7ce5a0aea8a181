"""Names for all tracklets at once: an integer program with exclusion and links.

y[T, k] = 1 when tracklet T is player k. Nobody is two people, no player is in two tracklets that
are seen at the same time, or so close in time and so far apart that no runner could be both. A link
between two tracklets that were one track is worth something when both bear the same name. The rows
of the exclusion are intervals, so the relaxation is almost always integral (Ben Shitrit et al.,
ICCV 2011; Lu et al., TPAMI 2013). Limits on how many of a team are on the field may be broken, at a
price for every time it happens. Solved by HiGHS through scipy, in windows with overlap.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from tracker.identity.continuity import link_log_probabilities
from tracker.identity.roster_rules import Quota, RosterRules
from tracker.types import UNKNOWN, Doubles, Ints, Mask

WINDOW = 400
"""Tracklets solved at once; the second half of a window is solved again with the next."""
_INTEGRAL = 1e-6  # as near to a whole number as HiGHS asks for


@dataclass(frozen=True, slots=True, eq=False)
class AssignmentProblem:
    """worth: (N, P) nats for each name against none, by the tracklet's own votes. allowed: (N, P)
    the names that are considered at all; the fewer, the faster. prior: (P + 1,)
    log-probabilities of whoever begins a track, the last of unknown. spans: (N, 2) first and last
    frame.

    links: (first tracklet, second tracklet, log-odds that they are one person). cannot_link: pairs
    of tracklets that cannot be one player. rules: what the roster says. Tracklets are in the order
    of their first frames. exclusion: False gives every tracklet the name that is worth most for it
    and its links, for measuring what it is worth that nobody is in two places.
    """

    worth: Doubles
    allowed: Mask
    prior: Doubles
    spans: Ints
    links: Sequence[tuple[int, int, float]]
    cannot_link: Sequence[tuple[int, int]]
    rules: RosterRules | None = None
    exclusion: bool = True


def solve(problem: AssignmentProblem, window: int = WINDOW) -> Ints:
    """(N,) players or UNKNOWN."""
    count = len(problem.worth)
    names = np.full(count, UNKNOWN, np.int64)
    for start in range(0, max(count, 1), max(window // 2, 1)):
        rows = np.arange(start, min(start + window, count))
        if len(rows):
            names[rows] = _solve_window(problem, rows, names)
        if start + window >= count:
            break
    return names


@dataclass(frozen=True, slots=True, eq=False)
class _Step:
    """From tracklet to tracklet of one path: nats by the two names, against unknown twice.

    lost: a name that is not carried on costs this much. begun: (P,) what a name costs where
    there was none or another one. kept: (P,) what the same name is worth over a new one.
    """

    lost: float
    begun: Doubles
    kept: Doubles

    @classmethod
    def of(cls, nats: float, prior: Doubles) -> _Step:
        same, other = link_log_probabilities(nats)
        unnamed = np.logaddexp(same, prior[-1] + other)
        begun = prior[:-1] + other
        kept = np.logaddexp(same, begun) - begun
        return cls(float(unnamed - prior[-1] - other), begun - unnamed, kept)


def _solve_window(problem: AssignmentProblem, rows: Ints, names: Ints) -> Ints:
    """The names of `rows`; what was decided before them stands."""
    place = {int(row): i for i, row in enumerate(rows)}
    worth = problem.worth[rows].copy()
    allowed = problem.allowed[rows].copy()
    links, begins = [], np.ones(len(rows), bool)
    considered = np.asarray(problem.allowed.any(axis=1))
    for a, b, nats in problem.links:
        if b not in place:
            continue
        begins[place[b]] = False
        if not (considered[a] or considered[b]):
            continue
        step = _Step.of(nats, problem.prior)
        if a in place:
            links.append((place[a], place[b], step))
            continue
        worth[place[b]] += step.begun  # the tracklet before it is settled
        if names[a] != UNKNOWN:
            worth[place[b]] += step.lost
            worth[place[b], names[a]] += step.kept[names[a]]
    worth[begins] += problem.prior[:-1] - problem.prior[-1]
    settled = _Settled(problem.rules, problem.spans[: rows[0]], names[: rows[0]])
    if not problem.exclusion:
        return _solve(worth, allowed, problem.spans[rows], links, None, settled)
    first = int(rows[0])
    apart = np.array(problem.cannot_link, np.int64).reshape(-1, 2)
    apart = apart[np.isin(apart[:, 1], rows)]
    for a, b in apart[apart[:, 0] < first].tolist():
        if names[a] != UNKNOWN:
            allowed[b - first, names[a]] = False
    for player in np.unique(names[:first][names[:first] != UNKNOWN]).tolist():
        until = problem.spans[:first, 1][names[:first] == player].max()
        allowed[problem.spans[rows, 0] <= until, player] = False
    cannot_link = apart[apart[:, 0] >= first] - first
    return _solve(worth, allowed, problem.spans[rows], links, cannot_link, settled)


def _solve(
    worth: Doubles,
    allowed: Mask,
    spans: Ints,
    links: Sequence[tuple[int, int, _Step]],
    cannot_link: Ints | None,
    settled: _Settled,
) -> Ints:
    """(N,) players or UNKNOWN. Variables: the names allowed, then links, then excess of quotas.

    cannot_link: (C, 2) besides those that are seen at once; None: nobody keeps anybody apart.
    """
    names = np.full(len(worth), UNKNOWN, np.int64)
    tracklet, player = np.nonzero(allowed)
    if not len(tracklet):
        return names
    worth = worth.copy()
    for a, b, step in links:
        worth[a] -= step.lost
        worth[b] += step.begun
    column = np.full(worth.shape, -1)
    column[tracklet, player] = np.arange(len(tracklet))
    variables = _Variables()
    variables.add(worth[tracklet, player], integral=True)
    constraints = _ConstraintRows()
    for row in range(len(worth)):
        constraints.add(column[row][column[row] >= 0])
    if cannot_link is not None:
        for k in range(worth.shape[1]):
            _exclude(constraints, column[:, k], spans, cannot_link)
    _add_links(variables, constraints, column, links)
    for columns, most, goes_on in settled.crowds(column, spans):
        excess = variables.add(np.array([0.0, -settled.excess_nats]), highest=np.inf)
        constraints.add_soft(columns, most, excess[0], goes_on)
    values = variables.best(constraints)
    if values is None:  # a time limit or a numerical failure; naming nobody is always right
        return names
    chosen = values[: len(tracklet)] > 0.5
    names[tracklet[chosen]] = player[chosen]
    return names


def _add_links(
    variables: _Variables,
    constraints: _ConstraintRows,
    column: Ints,
    links: Sequence[tuple[int, int, _Step]],
) -> None:
    """What is gained where both ends of a link bear one name, and where both bear one at all."""
    for a, b, step in links:
        ends = column[a][column[a] >= 0], column[b][column[b] >= 0]
        if not all(map(len, ends)):
            continue
        both = np.flatnonzero((column[a] >= 0) & (column[b] >= 0))
        for k, link in zip(both.tolist(), variables.add(step.kept[both]), strict=True):
            constraints.add_link(link, column[[a], k])
            constraints.add_link(link, column[[b], k])
        (link,) = variables.add(np.array([step.lost]))
        for end in ends:
            constraints.add_link(link, end)


class _Variables:
    """The variables of a problem, from 0 up to a bound each, as they are found."""

    def __init__(self) -> None:
        self._gains: list[Doubles] = []
        self._integral: list[Ints] = []
        self._highest: list[Doubles] = []
        self._count = 0

    def add(self, gains: Doubles, *, integral: bool = False, highest: float = 1.0) -> range:
        """(n,) what each is worth; their places."""
        self._gains.append(gains)
        self._integral.append(np.full(len(gains), int(integral)))
        self._highest.append(np.full(len(gains), highest))
        self._count += len(gains)
        return range(self._count - len(gains), self._count)

    def best(self, constraints: _ConstraintRows) -> Doubles | None:
        """Their values, None where none were found.

        The relaxation is solved first: where it is integral it is the best there is, and takes an
        eighth of the time.
        """
        matrix, integral = constraints.constraint(self._count), np.concatenate(self._integral)
        relaxed = self._solved(matrix, np.zeros(self._count, np.int64))
        if relaxed is not None:
            whole = relaxed[integral > 0]
            if np.abs(whole - whole.round()).max(initial=0.0) <= _INTEGRAL:
                return relaxed
        return self._solved(matrix, integral)

    def _solved(self, matrix: LinearConstraint, integrality: Ints) -> Doubles | None:
        found = milp(
            -np.concatenate(self._gains),
            integrality=integrality,
            bounds=Bounds(0, np.concatenate(self._highest)),
            constraints=matrix,
        )
        values: Doubles | None = found.x
        return values


def _exclude(constraints: _ConstraintRows, columns: Ints, spans: Ints, cannot_link: Ints) -> None:
    """One player: at the start of every tracklet at most one of those that are seen then."""
    mine = np.flatnonzero(columns >= 0)
    for row in mine:
        start = spans[row, 0]
        there = mine[(spans[mine, 0] <= start) & (spans[mine, 1] >= start)]
        constraints.add(columns[there])
    pairs = columns[cannot_link]
    for pair in pairs[(pairs >= 0).all(axis=1)]:
        constraints.add(pair)


@dataclass(frozen=True, slots=True, eq=False)
class _Settled:
    """The tracklets before a window, whose names stand: they too are on the field."""

    rules: RosterRules | None
    spans: Ints
    names: Ints

    @property
    def excess_nats(self) -> float:
        return self.rules.settings.excess_nats if self.rules else 0.0

    def crowds(self, columns: Ints, spans: Ints) -> Iterator[tuple[Ints, int, bool]]:
        """At the start of every tracklet, where a limit can be broken: who counts, how many may be,
        and whether the limit could be broken at the start before too.

        columns: (N, P) variables or -1.
        """
        for quota in self.rules.quotas if self.rules else ():
            mine = columns[:, quota.members]
            concerned, goes_on = (mine >= 0).any(axis=1), False
            for start in np.unique(spans[concerned, 0]):
                there = concerned & (spans[:, 0] <= start) & (spans[:, 1] >= start)
                most = max(quota.most - self._named(quota, int(start)), 0)
                crowded = bool(there.sum() > most)
                if crowded:
                    found = mine[there]
                    yield found[found >= 0], most, goes_on
                goes_on = crowded

    def _named(self, quota: Quota, frame: int) -> int:
        there = (self.spans[:, 0] <= frame) & (self.spans[:, 1] >= frame)
        names = self.names[there]
        return int(quota.members[names[names != UNKNOWN]].sum())


class _ConstraintRows:
    """Rows of a sparse constraint A x <= b, as they are found."""

    def __init__(self) -> None:
        self._rows: list[int] = []
        self._columns: list[int] = []
        self._values: list[float] = []
        self._most: list[float] = []

    def add(self, columns: Ints) -> None:
        """At most one of these."""
        if len(columns) > 1:
            self._put(columns.tolist(), [1.0] * len(columns), 1.0)

    def add_soft(self, columns: Ints, most: int, slack: int, goes_on: bool) -> None:
        """At most so many of these, or the slack takes up the rest.

        The variable after it is by how much the slack rises over the one before, two back.
        """
        self._put([*columns.tolist(), slack], [1.0] * len(columns) + [-1.0], float(most))
        before = [slack - 2] if goes_on else []
        self._put([slack, slack + 1, *before], [1.0, -1.0] + [-1.0] * len(before), 0.0)

    def add_link(self, link: int, ends: Ints) -> None:
        """The link counts at most as much as one of its ends."""
        self._put([link, *ends.tolist()], [1.0] + [-1.0] * len(ends), 0.0)

    def _put(self, columns: list[int], values: list[float], most: float) -> None:
        self._rows += [len(self._most)] * len(columns)
        self._columns += columns
        self._values += values
        self._most.append(most)

    def constraint(self, width: int) -> LinearConstraint:
        shape = (max(len(self._most), 1), width)
        matrix = coo_array((self._values, (self._rows, self._columns)), shape=shape)
        most = np.array(self._most or [np.inf])
        return LinearConstraint(matrix.tocsr(), -np.inf, most)
