"""What a person should check first: the doubtful moments of a run, that one in front whose answer
is expected to change most.

Each is weighed by the seconds of picture that an answer changes: the chance of a mistake times how
long it lasts. That is one measure for all kinds of doubt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tracker.report.contradicted import against
from tracker.report.moment import WORTH_S, Inquiry, Moment
from tracker.report.nameless import nameless_asked
from tracker.report.questions import names_asked
from tracker.report.swaps import trades

_SAME_S = 2.0


def moments_of(case: Inquiry, players: Sequence[str]) -> list[Moment]:
    """All of them, the worst first; those about the same thing are one. players: the gallery's."""
    found = list(names_asked(case))
    if case.meetings is not None and case.ballots is not None:
        found += nameless_asked(case, players, case.ballots)
        found += trades(case, case.meetings, case.ballots)
        found += against(case, case.ballots)
    worst = sorted(
        (m for m in found if m.wrong_s >= WORTH_S),
        key=lambda m: (-m.wrong_s, m.focus_frame, m.track, m.kind),
    )
    return _joined(worst, _SAME_S * case.rows.rate)


def _joined(worst: list[Moment], near: float) -> list[Moment]:
    """A lesser doubt about a path, close to a worse one or in its stretch, is told there."""
    kept: list[Moment] = []
    of_track: dict[int, list[int]] = {}
    for moment in worst:
        sides = [t for t in (moment.track, moment.rival) if t is not None]
        same = next(
            (n for n in of_track.get(moment.track, []) if _same(kept[n], moment, near)), None
        )
        if same is not None:
            worse = kept[same]
            kept[same] = replace(worse, also=[*worse.also, _told(worse, moment)])
            continue
        for track in sides:
            of_track.setdefault(track, []).append(len(kept))
        kept.append(moment)
    return kept


def _same(worse: Moment, lesser: Moment, near: float) -> bool:
    if worse.whole and worse.track == lesser.track:
        return worse.first_frame <= lesser.focus_frame <= worse.last_frame
    return abs(worse.focus_frame - lesser.focus_frame) <= near


def _told(worse: Moment, lesser: Moment) -> str:
    return f"{lesser.title} (frame {lesser.focus_frame})" if worse.whole else lesser.title
