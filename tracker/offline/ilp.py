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
from dataclasses import dataclass, fields, replace

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
    count, links = len(problem.worth), _Links.of(problem.links, problem.prior)
    names = np.full(count, UNKNOWN, np.int64)
    for start in range(0, max(count, 1), max(window // 2, 1)):
        rows = np.arange(start, min(start + window, count))
        if len(rows):
            names[rows] = _solve_window(problem, links, rows, names)
        if start + window >= count:
            break
    return names


@dataclass(frozen=True, slots=True, eq=False)
class _Links:
    """L links, tracklets first and second: nats by the two names, against unknown twice.

    lost: (L,) a name that is not carried on costs this much. begun: (L, P) what a name costs where
    there was none or another one. kept: (L, P) what the same name is worth over a new one.
    """

    first: Ints
    second: Ints
    lost: Doubles
    begun: Doubles
    kept: Doubles

    @classmethod
    def of(cls, links: Sequence[tuple[int, int, float]], prior: Doubles) -> _Links:
        ends = np.array([(a, b) for a, b, _ in links], np.int64).reshape(-1, 2)
        same, other = link_log_probabilities(np.array([nats for *_, nats in links], np.float64))
        unnamed = np.logaddexp(same, prior[-1] + other)
        begun = prior[:-1] + other[:, None]
        kept = np.logaddexp(same[:, None], begun) - begun
        lost = unnamed - prior[-1] - other
        return cls(ends[:, 0], ends[:, 1], lost, begun - unnamed[:, None], kept)

    def take(self, which: Mask) -> _Links:
        return _Links(*(getattr(self, field.name)[which] for field in fields(self)))

    def within(self, start: int) -> _Links:
        """Where tracklets are counted from this one on."""
        return replace(self, first=self.first - start, second=self.second - start)


def _solve_window(problem: AssignmentProblem, links: _Links, rows: Ints, names: Ints) -> Ints:
    """The names of `rows`; what was decided before them stands. links: of all tracklets."""
    start = int(rows[0])
    worth = problem.worth[rows].copy()
    allowed = problem.allowed[rows].copy()
    mine = links.take((links.second >= start) & (links.second < start + len(rows)))
    before = mine.take(mine.first < start)  # the tracklet before it is settled
    after, earlier = before.second - start, names[before.first]
    np.add.at(worth, after, before.begun)
    carried = np.flatnonzero(earlier != UNKNOWN)
    np.add.at(worth, after[carried], before.lost[carried, None])
    place = after[carried], earlier[carried]
    np.add.at(worth, place, before.kept[carried, earlier[carried]])
    begins = np.ones(len(rows), bool)
    begins[mine.second - start] = False
    worth[begins] += problem.prior[:-1] - problem.prior[-1]
    inside = mine.take(mine.first >= start).within(start)
    settled = _Settled(problem.rules, problem.spans[:start], names[:start])
    if not problem.exclusion:
        return _solve(worth, allowed, problem.spans[rows], inside, None, settled)
    apart = np.array(problem.cannot_link, np.int64).reshape(-1, 2)
    apart = apart[np.isin(apart[:, 1], rows)]
    for a, b in apart[apart[:, 0] < start].tolist():
        if names[a] != UNKNOWN:
            allowed[b - start, names[a]] = False
    for player in np.unique(names[:start][names[:start] != UNKNOWN]).tolist():
        until = problem.spans[:start, 1][names[:start] == player].max()
        allowed[problem.spans[rows, 0] <= until, player] = False
    cannot_link = apart[apart[:, 0] >= start] - start
    return _solve(worth, allowed, problem.spans[rows], inside, cannot_link, settled)


def _solve(
    worth: Doubles,
    allowed: Mask,
    spans: Ints,
    links: _Links,
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
    np.add.at(worth, links.second, links.begun)
    np.subtract.at(worth, links.first, links.lost[:, None])
    column = np.full(worth.shape, -1)
    column[tracklet, player] = np.arange(len(tracklet))
    variables = _Variables()
    variables.add(worth[tracklet, player], integral=True)
    constraints = _ConstraintRows()
    constraints.at_most_one(column >= 0, column)
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
    variables: _Variables, constraints: _ConstraintRows, column: Ints, links: _Links
) -> None:
    """What is gained where both ends of a link bear one name, and where both bear one at all.

    Each counts at most as much as either end: two constraints for each of its variables.
    """
    there = column >= 0
    someone = np.asarray(there.any(axis=1))
    links = links.take(someone[links.first] & someone[links.second])
    both = there[links.first] & there[links.second]
    wanted = np.column_stack([both, np.ones(len(both), bool)])  # the last: any name at all
    found = variables.add(np.column_stack([links.kept, links.lost])[wanted])
    number = np.full(wanted.shape, -1)
    number[wanted] = np.arange(len(found))
    rows, columns, values = [], [], []
    for side, ends in enumerate((links.first, links.second)):
        same, any_name = np.nonzero(both), np.nonzero(there[ends])
        of = np.concatenate([np.arange(len(found)), number[same], number[any_name[0], -1]])
        rows.append(2 * of + side)
        columns += [np.array(found, np.int64), column[ends][same], column[ends][any_name]]
        values.append(np.where(np.arange(len(of)) < len(found), 1.0, -1.0))
    entries = np.concatenate(rows), np.concatenate(columns), np.concatenate(values)
    constraints.put(*entries, np.zeros(2 * len(found)))


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
    start = spans[mine, :1]
    constraints.at_most_one((spans[mine, 0] <= start) & (spans[mine, 1] >= start), columns[mine])
    pairs = columns[cannot_link]
    pairs = pairs[(pairs >= 0).all(axis=1)]
    constraints.at_most_one(np.ones(pairs.shape, bool), pairs)


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
        self._rows: list[Ints] = []
        self._columns: list[Ints] = []
        self._values: list[Doubles] = []
        self._most: list[Doubles] = []
        self._count = 0

    def at_most_one(self, which: Mask, columns: Ints) -> None:
        """At most one of these of each row. which: (M, n); columns: (M, n), or (n,) of all."""
        crowded = which.sum(axis=1) > 1
        rows, at = np.nonzero(which[crowded])
        found = np.broadcast_to(columns, which.shape)[crowded][rows, at]
        self.put(rows, found, np.ones(len(rows)), np.ones(int(crowded.sum())))

    def add_soft(self, columns: Ints, most: int, slack: int, goes_on: bool) -> None:
        """At most so many of these, or the slack takes up the rest.

        The variable after it is by how much the slack rises over the one before, two back.
        """
        rises = [slack, slack + 1, *([slack - 2] if goes_on else [])]
        rows = np.repeat([0, 1], [len(columns) + 1, len(rises)])
        values = np.full(len(rows), -1.0)
        values[: len(columns)] = values[len(columns) + 1] = 1.0
        columns = np.concatenate([columns, [slack], rises]).astype(np.int64)
        self.put(rows, columns, values, np.array([float(most), 0.0]))

    def put(self, rows: Ints, columns: Ints, values: Doubles, most: Doubles) -> None:
        """(M,) further rows by their (n,) entries, counted from 0."""
        self._rows.append(rows + self._count)
        self._columns.append(columns)
        self._values.append(values)
        self._most.append(most)
        self._count += len(most)

    def constraint(self, width: int) -> LinearConstraint:
        shape = (max(self._count, 1), width)
        entries = np.concatenate(self._rows), np.concatenate(self._columns)
        matrix = coo_array((np.concatenate(self._values), entries), shape=shape)
        most = np.concatenate(self._most) if self._count else np.array([np.inf])
        return LinearConstraint(matrix.tocsr(), -np.inf, most)
