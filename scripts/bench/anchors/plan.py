"""What is measured: the grid of anchors, pictures beside them, and anchors that are wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from clips.observed import Case

from .draw import ONE_WRONG, SWAPPED, Model
from .jobs import BOTH, LOOKS, MODES, MOTION, PICTURES, Job

PICTURED = (PICTURES, LOOKS, BOTH)
HALF = 0.5
GRID, WITH_PICTURES, WRONG = "anchors alone", "pictures", "wrong on purpose"


@dataclass(frozen=True, slots=True)
class Asked:
    """A job and what it is called. part: of the bench; what: the anchors, in words."""

    part: str
    what: str
    job: Job


@dataclass(frozen=True, slots=True)
class Plan:
    """What is the same in all of it. at: (rate, accuracy) of all but the grid. means: of ours in
    the grid."""

    cases: Sequence[Case]
    seeds: int
    sets: tuple[str, ...]
    at: tuple[float, float]
    means: Sequence[str]

    def grid(
        self, rates: Iterable[float], accuracies: Sequence[float], peers: Iterable[str]
    ) -> Iterator[Asked]:
        """Every rate and accuracy. The gaps are scored apart where all is as `at`."""
        peers = list(peers)
        points = [(r, a) for r in rates for a in accuracies]
        ways = [(m, w) for w in self.means for m in MODES] + [(p, MOTION) for p in peers]
        for case in self.cases:
            for tracker, means in ways:
                for rate, accuracy in points:
                    models = (Model(rate, accuracy).told(),)
                    by_gap = (rate, accuracy) == self.at
                    yield from self._jobs(
                        GRID, _called(rate, accuracy), case, tracker, means, models, by_gap
                    )

    def pictures(self) -> Iterator[Asked]:
        """A gallery's pictures, anchors, and both."""
        for case in self.cases:
            for mode in MODES:
                for means in PICTURED:
                    models = () if means == PICTURES else (Model(*self.at).told(),)
                    what = "" if means == PICTURES else _called(*self.at)
                    yield from self._jobs(WITH_PICTURES, what, case, mode, means, models)

    def wrong(self) -> Iterator[Asked]:
        """Told how right the anchors are, faults aside, and not told; offline, by motion."""
        good = Model(*self.at)
        bad = Model(good.rate, HALF)
        sources = {
            "as drawn": (good,),
            SWAPPED: (Model(*self.at, fault=SWAPPED),),
            ONE_WRONG: (Model(*self.at, fault=ONE_WRONG),),
            "half wrong, alone": (bad,),
            "half wrong, beside a good one": (good, bad),
        }
        for case in self.cases:
            for what, models in sources.items():
                told = tuple(model.told() for model in models)
                for how, given in (("told", told), ("auto", models)):
                    for mode in MODES:
                        yield from self._jobs(WRONG, f"{what}; {how}", case, mode, MOTION, given)

    def _jobs(
        self,
        part: str,
        what: str,
        case: Case,
        tracker: str,
        means: str,
        models: tuple[Model, ...],
        by_gap: bool = False,
    ) -> Iterator[Asked]:
        for seed in range(self.seeds if models else 1):
            yield Asked(part, what, Job(case, tracker, means, models, seed, self.sets, by_gap))


def _called(rate: float, accuracy: float) -> str:
    return f"{100 * rate:g} % of boxes, {100 * accuracy:g} % right"
