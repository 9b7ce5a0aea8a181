"""Classifiers that know the looks of some of the players only: whom a gallery or this very video
has pictures of. Of the others nothing is known; they look like anybody unknown does."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from tracker.types import Doubles, Floats, Ints

if TYPE_CHECKING:
    from tracker.tracking.traces import Classify


def learned(
    embeddings: Floats,
    labels: Ints,
    players: int,
    shrinkage: float,
    open_set_nats: float,
    pictures: Sequence[Hashable] | None = None,
) -> Classify:
    """A classifier of those of the players who have pictures among these.

    embeddings: (M, D) unit rows, none NaN. labels: (M,) player index, below 0 of people who are
    none, see `GalleryClassifier.fit`, as the rest.
    """
    from gallery.classifier.gallery_classifier import GalleryClassifier

    known = np.unique(labels[labels >= 0])
    if not len(known):
        return silent(players)
    places = np.where(labels >= 0, np.searchsorted(known, labels), labels)
    fitted = GalleryClassifier.fit(embeddings, places, len(known), shrinkage, pictures)
    return widened(replace(fitted, open_set_nats=open_set_nats).log_likelihood, known, players)


def widened(classify: Classify, known: Ints, players: int) -> Classify:
    """As `classify`, with a column for each of `players`. known: (K,) whom its columns are of."""
    if len(known) == players:
        return classify

    def wide(embeddings: Floats) -> Doubles:
        narrow = classify(embeddings)
        every = np.tile(narrow[:, -1:], (1, players + 1))
        every[:, known] = narrow[:, :-1]
        return every

    return wide


def silent(players: int) -> Classify:
    """Nobody's looks are known: no picture says anything."""
    return lambda embeddings: np.zeros((len(embeddings), players + 1))
