"""A run of a clip without a gallery, and how right its names are whatever they are."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from clips.judge import Judge, boxes_seen, judge_of
from clips.observed import Case, quiet, reopened

from gallery.annotations.names import BALL, read_names
from tracker.evaluation.boxes import Boxes, iou
from tracker.evaluation.names import MIN_IOU
from tracker.observation.store import Store
from tracker.output.table import BOX
from tracker.review.card_case import CardCase, CardPriors
from tracker.review.card_embeddings import Embeddings
from tracker.review.card_tracklets import Sightings
from tracker.runs import pipeline
from tracker.runs.review_embeddings import encode, of_store, worth_encoding
from tracker.types import Ints, Mask
from tracker.video.open import open_source

NO_LOOKS = "none"


@dataclass(frozen=True, eq=False)
class CardRun:
    """cards: what they are dealt from. names: of the players in the truth. on: (N, P) whether a
    sighting lies on that player. who: (N,) index of the player that it is matched with, one to one,
    -1 where none. counted: (N,) whether it is scored. wanted: boxes of players in
    the truth. ceiling, ceiling_cut: see `clips.judge`."""

    cards: CardCase
    names: tuple[str, ...]
    on: Mask
    who: Ints
    counted: Mask
    wanted: int
    ceiling: float
    ceiling_cut: float

    def f1(self, players: Ints) -> float:
        """Name-F1 of a name for each sighting, (N,) index into names, -1 where none."""
        named = (players >= 0) & self.counted
        right = self.on[np.flatnonzero(named), players[named]].sum()
        return float(2 * right / max(1, named.sum() + self.wanted))

    @property
    def present(self) -> list[str]:
        """The players who are seen at all."""
        return [name for name, there in zip(self.names, self.on.any(axis=0), strict=True) if there]

    def majority(self) -> Ints:
        """(T,) who most sightings of each tracklet lie on, -1 where that is no player."""
        tracklets = self.cards.tracklets
        votes = np.zeros((len(tracklets), len(self.names) + 1), np.int64)
        np.add.at(votes, (tracklets.of, self.who), 1)  # -1 is the last
        most = votes.argmax(axis=1)
        return np.where(most == len(self.names), -1, most)


def card_run(
    case: Case, mode: str, encoder: str | None = None, sets: tuple[str, ...] = ()
) -> CardRun:
    """Follow without a gallery. encoder: None for the embeddings of the store, else a few crops a
    tracklet are encoded by it, as `review` does where nobody was described; NO_LOOKS: none."""
    request, session, store = reopened(replace(case, gallery=None), sets, mode)
    observed = list(store)
    table = pipeline.follow(request, session, observed, quiet).table(session)
    rows = table.visible.sort_values(["frame", "track_id"])
    about = store.metadata.source
    seen = Sightings(
        rows["frame"].to_numpy(np.int64),
        rows["track_id"].to_numpy(np.int64),
        rows[BOX].to_numpy(np.float64),
        (about.width, about.height),
        about.fps,
        tuple(index + 1 for index in store.cuts()),
    )
    names = _players(case)
    judge = judge_of(case.clip, frozenset(names), (1, observed[-1].index + 1), about.fps)
    boxes = Boxes.of("run", seen.frames, seen.tracks, seen.boxes)
    ceilings = [_ceiling(judge, found) for found in (boxes_seen(observed), boxes)]
    embeddings = _embeddings(case, store, seen, encoder)
    return CardRun(
        CardCase(seen, embeddings), names, *_on(judge, boxes, names), _wanted(judge), *ceilings
    )


def with_priors(run: CardRun, priors: CardPriors) -> CardRun:
    """The same, with other constants."""
    return replace(run, cards=replace(run.cards, priors=priors))


def _players(case: Case) -> tuple[str, ...]:
    """All who have a name in the truth, but referees and the ball."""
    assert case.clip.names is not None  # who is who is needed
    people = read_names(case.clip.names).values()
    return tuple(sorted({p.shown for p in people if not p.is_negative and p.role != BALL}))


def _embeddings(case: Case, store: Store, seen: Sightings, encoder: str | None) -> Embeddings:
    if encoder is None:
        return of_store(store, seen)[0]
    if encoder == NO_LOOKS:
        return Embeddings(np.zeros(0, np.int64), np.zeros((0, 1), np.float32))
    rows = worth_encoding(seen)
    return Embeddings(rows, encode(open_source(str(case.clip.video)), encoder, seen, rows, quiet))


def _ceiling(judge: Judge, boxes: Boxes) -> float:
    names = judge.names(judge.perfect(boxes))
    assert names is not None  # players are given
    return names.f1


def _on(judge: Judge, boxes: Boxes, names: tuple[str, ...]) -> tuple[Mask, Ints, Mask]:
    """`on`, `who` and `counted` of a `CardRun`."""
    truth, (first, last) = judge.reference.counted, judge.frames
    on = np.zeros((len(boxes), len(names)), bool)
    place = {name: n for n, name in enumerate(names)}
    players = np.array([place.get(str(name), -1) for name in truth.names])
    for t, r in zip(truth.by_frame(first, last), boxes.by_frame(first, last), strict=True):
        near = iou(truth.corners[t], boxes.corners[r]) >= MIN_IOU
        for row, player in zip(near, players[t], strict=True):
            if player >= 0:
                on[r, player] |= row
    kept = judge.counted(boxes)
    keys = set(zip(kept.frames.tolist(), kept.ids.tolist(), strict=True))
    pairs = zip(boxes.frames.tolist(), boxes.ids.tolist(), strict=True)
    counted = np.array([pair in keys for pair in pairs], bool)
    who = np.full(len(boxes), -1, np.int64)
    found = judge.perfect(boxes)
    who[counted] = [place.get(str(name), -1) for name in found.names]
    return on, who, counted


def _wanted(judge: Judge) -> int:
    return int(
        np.isin(judge.reference.counted.names.astype(str), sorted(judge.gallery or ())).sum()
    )
