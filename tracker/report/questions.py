"""Is this still who the name says? What every stretch of a track under a name asks.

Weighed as in the trials of orders for a perfect analyst: what is missing of the confidence, and
something more where the name begins in the middle of the run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tracker.explain.phrases import ELSEWHERE, share
from tracker.output.track_index import Stretch
from tracker.output.vote_table import VoteTable
from tracker.report.review_item import Answer, ReviewInputs, ReviewItem, sentence
from tracker.types import UNKNOWN, Ints, Visibility

UNSURE = 0.8
"""A name that is less sure than this is said to be."""
_BEGINS_LATE = 0.12  # chance of a mistake for a name that begins in mid-run
_AT_ONCE_S = 1.0  # after the run's beginning: that is no mid-run
SHORT_S = 0.2
"""Nobody is asked about less."""


def name_questions(case: ReviewInputs) -> Iterator[ReviewItem]:
    """Of every stretch with a name: is it right, all the time?"""
    for stretch in case.track_index.stretches:
        if stretch.player != UNKNOWN and stretch.seen_s >= SHORT_S:
            yield _named(case, stretch)


def _named(case: ReviewInputs, stretch: Stretch) -> ReviewItem:
    rows = case.rows
    mine = seen_rows(case, stretch)
    name = rows.names[stretch.player]
    steps = rows.steps_s[rows.place[mine]]
    expected_wrong_s = float(((1 - rows.sure[mine]) * steps).sum())
    late = stretch.first_frame - int(rows.numbers[0]) > _AT_ONCE_S * rows.rate
    lowest = int(mine[int(rows.sure[mine].argmin())])
    weak = rows.sure[mine] < UNSURE
    reasons = []
    if weak.any():
        reasons.append(
            f"the name is {share(float(rows.sure[lowest]))} sure at its lowest, and below "
            f"{share(UNSURE)} for {steps[weak].sum():.1f} s in view"
        )
    if late:
        reasons.append("the name begins on this track in the middle of the run")
    other = _other(stretch, name, case.votes)
    return question(
        stretch, f"the name {name} is uncertain" if weak.any() else f"is this {name} all the time?",
        reasons, expected_wrong_s + _BEGINS_LATE * late * stretch.seen_s, name,
        int(rows.frames[lowest]), [name, *other, ""],
    )  # fmt: skip


def seen_rows(case: ReviewInputs, stretch: Stretch) -> Ints:
    """The rows of a stretch in which it is seen."""
    mine = case.track_index.rows_of(stretch.track, stretch.first_frame, stretch.last_frame)
    seen: Ints = mine[case.rows.visibility[mine] == Visibility.VISIBLE]
    return seen


def _other(stretch: Stretch, name: str, vote_table: VoteTable | None) -> list[str]:
    """Whom the pictures of a stretch say next to its name."""
    if vote_table is None or name not in vote_table.names:
        return []
    votes = vote_table.rows(stretch.track, stretch.first_frame - 1, stretch.last_frame)
    other = vote_table.best_other(votes, name) if votes.stop > votes.start else ""
    return [other] if other else []


def question(
    stretch: Stretch, title: str, reasons: list[str], wrong_s: float, player: str, focus: int,
    answers: Sequence[str],
) -> ReviewItem:  # fmt: skip
    """answers: who it may be, "" for somebody who is not in the gallery."""
    first, last = stretch.first_frame, stretch.last_frame
    return ReviewItem(
        kind="who",
        title=title,
        reasons=reasons,
        wrong_s=wrong_s,
        track=stretch.track,
        player=player,
        first_frame=first,
        focus_frame=focus,
        last_frame=last,
        answers=[
            Answer(p or ELSEWHERE, (sentence(stretch.track, p, first, last),)) for p in answers
        ],
        whole=True,
    )
