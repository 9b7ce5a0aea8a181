"""Every picture of a gallery, judged by a classifier that has not seen it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gallery.classifier.calibration import BLOCKS, KAPPA, group_nats
from gallery.classifier.gallery_classifier import exemplars
from gallery.classifier.lda import Doubles, Exemplars, Ints, Model, fit_model

FOLDS = 24
"""At most so many fits: each leaves out one picture of everybody, or a few of many."""
SHRINKAGE = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class LeftOut:
    """A row per picture, its mirror image averaged in.

    files: what the pictures were called. person: (N,) whose folder it is in, players first, then
    the groups of negatives. alone: (N, C) nats for each of C people, the picture left out by
    itself; apart: the same, left out with the pictures next to it in time (a third of its folder),
    because neighbours are nearly copies and flatter. NaN rows for the only picture of somebody.
    """

    files: tuple[str, ...]
    person: Ints
    alone: Doubles
    apart: Doubles


def leave_out(
    embeddings: NDArray[np.floating],
    labels: NDArray[np.integer],
    pictures: Sequence[str],
    n_players: int,
) -> LeftOut:
    """Arrays as `encode_gallery` gives them. Raises ClassifierError where they are no gallery."""
    data = exemplars(embeddings, labels, n_players, pictures)
    keys = [p for p, good in zip(pictures, np.isfinite(embeddings).all(1), strict=True) if good]
    alone, apart = _scores(data, _folds(data)), _scores(data, data.blocks(BLOCKS))
    groups = sorted({int(label) for label in data.labels if label < 0}, reverse=True)
    column = {k: k for k in range(n_players)} | {g: n_players + n for n, g in enumerate(groups)}
    rows: dict[tuple[int, int], list[int]] = {}
    for i, key in enumerate(zip(data.labels.tolist(), data.picture.tolist(), strict=True)):
        rows.setdefault(key, []).append(i)
    return LeftOut(
        tuple(keys[views[0]] for views in rows.values()),
        np.array([column[label] for label, _ in rows], np.int64),
        np.array([alone[views].mean(axis=0) for views in rows.values()]),
        np.array([apart[views].mean(axis=0) for views in rows.values()]),
    )


def margins(scores: Doubles, person: Ints) -> tuple[Doubles, Ints]:
    """(N,) nats by which a picture is more like its own person than like the next best, and (N,)
    who that is. NaN where it was not judged."""
    rows, others = np.arange(len(person)), scores.copy()
    own = scores[rows, person]
    others[rows, person] = -np.inf
    best = np.where(np.isnan(own), 0, np.nan_to_num(others, nan=-np.inf).argmax(axis=1))
    if scores.shape[1] < 2:
        return np.full(len(person), np.nan), best
    return own - others[rows, best], best


def _folds(data: Exemplars) -> Ints:
    """(M,) the fold of each row; -1 for the only picture of somebody."""
    fold = np.full(len(data.labels), -1, np.int64)
    for label in np.unique(data.labels):
        mine = data.labels == label
        count = len(np.unique(data.picture[mine]))
        if count > 1:
            fold[mine] = data.picture[mine] % min(FOLDS, count)
    return fold


def _scores(data: Exemplars, fold: Ints) -> Doubles:
    """(M, C) nats of each row by a model without its fold."""
    people = data.n_players + len(np.unique(data.labels[data.labels < 0]))
    found = np.full((len(data.labels), people), np.nan)
    for number in range(int(fold.max(initial=-1)) + 1):
        out = fold == number
        if out.any():
            model = fit_model(data.part(~out), SHRINKAGE)
            found[out] = _nats(model, data.embeddings[out])
    return found


def _nats(model: Model, embeddings: Doubles) -> Doubles:
    """(N, C): players by angle; a group of negatives by its pictures or its mean, see `Model`."""
    cosines, negatives = model.cosines(embeddings)
    parts = group_nats(negatives, KAPPA)
    half = len(parts) // 2
    # `Model` has the groups from the lowest label up; people are counted from -1 downwards
    groups = [np.logaddexp(parts[n], parts[half + n]) for n in reversed(range(half))]
    return np.column_stack([KAPPA * cosines, *groups])
