"""The doubtful moments of a run, the one that a person should check first in front.

Each is weighed by the seconds of picture that are likely to be wrong: the chance of a mistake
times how long it would last. That is one measure for all kinds of doubt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tracker.report.doubted import against, nameless, unsure
from tracker.report.moment import WORTH_S, Inquiry, Moment
from tracker.report.people import Person
from tracker.report.trades import trades

_SAME_S = 2.0


def moments_of(case: Inquiry, people: Sequence[Person]) -> list[Moment]:
    """All of them, the worst first; those about the same thing are one."""
    found = [m for person in people if person.track is None for m in unsure(case, person)]
    if case.told is not None and case.meetings is not None and case.ballots is not None:
        found += trades(case, case.meetings, case.ballots)
        found += against(case, case.ballots)
        found += nameless(case, case.told)
    worst = sorted(
        (m for m in found if m.wrong_s >= WORTH_S),
        key=lambda m: (-m.wrong_s, m.focus_frame, m.track, m.kind),
    )
    return _joined(worst, _SAME_S * case.rows.rate)


def _joined(worst: list[Moment], near: float) -> list[Moment]:
    """A lesser doubt about a path, close to a worse one, is told there."""
    kept: list[Moment] = []
    of_track: dict[int, list[int]] = {}
    for moment in worst:
        sides = [t for t in (moment.track, moment.rival) if t is not None]
        same = next(
            (
                n
                for n in of_track.get(moment.track, [])
                if abs(kept[n].focus_frame - moment.focus_frame) <= near
            ),
            None,
        )
        if same is not None:
            kept[same] = replace(kept[same], also=[*kept[same].also, moment.title])
            continue
        for track in sides:
            of_track.setdefault(track, []).append(len(kept))
        kept.append(moment)
    return kept
