"""What a person should check first: the ambiguous moments of a run, that one in front whose answer
is expected to change most.

Each is weighed by the seconds of picture that an answer changes: the chance of a mistake times how
long it lasts. That is one measure for all kinds of question.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tracker.report.contradicted import against
from tracker.report.nameless import nameless_questions
from tracker.report.questions import name_questions
from tracker.report.review_item import WORTH_S, ReviewInputs, ReviewItem
from tracker.report.swaps import swaps

_SAME_S = 2.0


def review_items(case: ReviewInputs, players: Sequence[str]) -> list[ReviewItem]:
    """All of them, the worst first; those about the same thing are one. players: the gallery's."""
    found = list(name_questions(case))
    if case.encounters is not None and case.votes is not None:
        found += nameless_questions(case, players, case.votes)
        found += swaps(case, case.encounters, case.votes)
        found += against(case, case.votes)
    worst = sorted(
        (m for m in found if m.wrong_s >= WORTH_S),
        key=lambda m: (-m.wrong_s, m.focus_frame, m.track, m.kind),
    )
    return _joined(worst, _SAME_S * case.rows.rate)


def _joined(worst: list[ReviewItem], near: float) -> list[ReviewItem]:
    """A lesser question about a track, close to a worse one or in its stretch, is told there."""
    kept: list[ReviewItem] = []
    of_track: dict[int, list[int]] = {}
    for item in worst:
        sides = [t for t in (item.track, item.rival) if t is not None]
        same = next((n for n in of_track.get(item.track, []) if _same(kept[n], item, near)), None)
        if same is not None:
            worse = kept[same]
            kept[same] = replace(worse, also=[*worse.also, _also(worse, item)])
            continue
        for track in sides:
            of_track.setdefault(track, []).append(len(kept))
        kept.append(item)
    return kept


def _same(worse: ReviewItem, lesser: ReviewItem, near: float) -> bool:
    if worse.whole and worse.track == lesser.track:
        return worse.first_frame <= lesser.focus_frame <= worse.last_frame
    return abs(worse.focus_frame - lesser.focus_frame) <= near


def _also(worse: ReviewItem, lesser: ReviewItem) -> str:
    return f"{lesser.title} (frame {lesser.focus_frame})" if worse.whole else lesser.title
