"""What a person should check first: the questions of a review of the same run, the best first.

They are those of `teamsheet review`, about one track each, with the sentences that answer them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from tracker.corrections.record import StoredCorrection
from tracker.corrections.statements import Correction
from tracker.explain.phrases import ELSEWHERE
from tracker.output.track_index import TrackIndex
from tracker.report.review_item import MORE, STRIPS, Answer, ReviewItem
from tracker.review.case import ReviewCase
from tracker.review.engine import Engine
from tracker.review.question import Entry, Item, Question
from tracker.types import UNKNOWN

_NAMES = 3
_LIKELY = 0.05
"""So many, and so likely ones, are offered for a track; the sentence takes any other."""


def review_items(
    case: ReviewCase, track_index: TrackIndex, corrections: Sequence[StoredCorrection]
) -> list[ReviewItem]:
    """As many as the page shows. track_index: of the case's rows. corrections: what was said of
    this run before, which is not asked again."""
    engine = Engine(case, [Entry("said", tuple(_statements(kept))) for kept in corrections])
    questions = engine.ask(STRIPS + MORE, groups=False)
    return [_review_item(engine, track_index, question) for question in questions]


def _statements(kept: StoredCorrection) -> Iterator[Correction]:
    if kept.wears:  # it is of a kit
        return
    for track, first, last in kept.instead if kept.negated else kept.spans:
        yield Correction("", track, kept.is_, first, last, negated=kept.negated)


def _review_item(engine: Engine, track_index: TrackIndex, question: Question) -> ReviewItem:
    item = question.items[0]
    named = item.player and set(item.shown_names) == {item.player}
    title = question.text if named else f"{question.text} (track {item.track})"
    return ReviewItem(question, title, tuple(_answers(engine, track_index, question)))


def _answers(engine: Engine, track_index: TrackIndex, question: Question) -> Iterator[Answer]:
    """What stands there comes first, and nobody of the gallery last."""
    item, players = question.items[0], [c for c in question.candidates if c.player]
    if not players:
        return
    likely = [c.player for n, c in enumerate(players) if n == 0 or c.probability >= _LIKELY]
    if len(set(item.shown_names)) > 1:
        yield Answer("right as it is", tuple(_parts(engine, track_index, item)))
    names = dict.fromkeys([*filter(None, item.shown_names), *likely])
    for name in [*list(names)[:_NAMES], ""]:
        yield Answer(name or ELSEWHERE, (_sentence(item.track, name, item.first, item.last),))


def _parts(engine: Engine, track_index: TrackIndex, item: Item) -> Iterator[str]:
    """A sentence for each run of one name in view."""
    rows, now = engine.case.rows, engine.ledger
    mine = track_index.rows_of(item.track, item.first, item.last)
    mine = mine[rows.visible[mine]]
    for player, run in groupby(mine.tolist(), key=lambda row: int(now.players[row])):
        part = list(run)
        first, last = (int(rows.frames[part[n]]) for n in (0, -1))
        name = now.names[player] if player != UNKNOWN else ""
        yield _sentence(item.track, name, first, last)


def _sentence(track: int, player: str, first: int, last: int) -> str:
    return Correction("", track, player, first, last).text
