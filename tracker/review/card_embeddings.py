"""How likely two tracklets show one person, by looks and numbers, as the run itself teaches.

Embeddings are whitened by how pictures of one track differ from one another (within-class
covariance normalisation, Hatch et al. 2006) and compared by angle. What an angle is worth is
learned from the run: tracklets of one track are mostly one person, those seen at one time are two.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tracker.review.card_tracklets import Tracklets, joined
from tracker.types import NO_NUMBER, Doubles, Floats, Ints

MAX_COVERED = 0.3
"""Of a box that is covered more, the picture shows somebody else too."""
_SHRINKAGE = 0.5  # of the within-person covariance, share of its mean eigenvalue
_DIMENSIONS = 128
_PICTURES_A_DIMENSION = 4
_FEWEST = 10  # pairs of each kind, to learn what an angle is worth
_PAIRS = 200_000  # learned from at most
_STEPS = 30
_RIDGE = 1e-3
_UNLEARNED = (-4.0, 11.0)
"""Nats at a cosine of 0, and for each of 1, where a run has too few pairs to say. Three clips say
-5.6 to -1.5 and 10 to 19 of Re-ID 0277, -3.9 to -1.3 and 7 to 12 of `stripes`."""
_MISREAD = 0.05
_SHIRTS = 12  # numbers that are about as common


@dataclass(frozen=True, slots=True, eq=False)
class Embeddings:
    """Of some sightings. rows: (M,) which; vectors: (M, D), unit rows as encoders give them."""

    rows: Ints
    vectors: Floats

    def __post_init__(self) -> None:
        if self.vectors.ndim != 2 or self.rows.shape != (len(self.vectors),):
            raise ValueError(f"Embeddings: rows {self.rows.shape}, vectors {self.vectors.shape}")


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """Shirt numbers read on some sightings. rows, numbers: (Q,); confidence: (Q,) in [0, 1]."""

    rows: Ints
    numbers: Ints
    confidence: Doubles


def clean(embeddings: Embeddings, tracklets: Tracklets) -> Embeddings:
    """Those of boxes that nobody covers, and whose vector is one; in fewer dimensions."""
    good = tracklets.covered[embeddings.rows] < MAX_COVERED
    good &= np.isfinite(embeddings.vectors).all(axis=1)
    return Embeddings(embeddings.rows[good], _reduced(embeddings.vectors[good]))


def _reduced(vectors: Floats) -> Floats:
    """(M, d) along their principal directions, centred. Where there are hardly more pictures than
    dimensions, whitening would find everybody on a track to be alike."""
    count, dims = vectors.shape
    kept = max(1, min(_DIMENSIONS, count // _PICTURES_A_DIMENSION, dims))
    if not count:
        return vectors
    centred = vectors - vectors.mean(axis=0, dtype=np.float64).astype(np.float32)
    spread = (centred.T @ centred).astype(np.float64)
    return np.asarray(centred @ np.linalg.eigh(spread)[1][:, -kept:].astype(np.float32))


def directions(embeddings: Embeddings, tracklets: Tracklets, people: Ints) -> tuple[Floats, Ints]:
    """(T, D) unit rows, 0 where a tracklet has no clean picture; (T,) how many it has.

    people: (T,) who is taken for one person, while the space is learned.
    """
    of, count = tracklets.of[embeddings.rows], len(tracklets)
    pictures = np.bincount(of, minlength=count)
    if not len(of):
        return np.zeros((count, 1), np.float32), pictures
    vectors = embeddings.vectors.astype(np.float64)
    vectors -= vectors.mean(axis=0)
    _, person = np.unique(people[of], return_inverse=True)
    within = vectors - _means(vectors, person)[person]
    spread = within.T @ within / len(within)
    spread += np.eye(len(spread)) * (_SHRINKAGE * np.trace(spread) / len(spread) + 1e-12)
    means = _means(vectors, of, count) @ np.linalg.cholesky(np.linalg.inv(spread))
    length = np.linalg.norm(means, axis=1, keepdims=True)
    return (means / np.maximum(length, 1e-12)).astype(np.float32), pictures


def _means(vectors: Doubles, of: Ints, count: int = 0) -> Doubles:
    """(P, D) means of the rows of each number in `of`."""
    n = np.bincount(of, minlength=count)
    order = np.argsort(of, kind="stable")
    there = np.flatnonzero(n)
    starts = np.cumsum(n[there]) - n[there]
    found = np.zeros((len(n), vectors.shape[1]))
    found[there] = np.add.reduceat(vectors[order], starts, axis=0) / n[there, None]
    return found


def as_few(tracklets: Tracklets, embeddings: Embeddings, most: int) -> Tracklets:
    """At most `most` of them, if their tracks are no more: those that go on from one that looks
    like them are joined to it, the most alike first, and all of which there is no picture."""
    if len(tracklets) <= most:
        return tracklets
    unit, pictures = directions(clean(embeddings, tracklets), tracklets, tracklets.tracks)
    after = np.flatnonzero(tracklets.before >= 0)
    before = tracklets.before[after]
    cosine = np.einsum("ij,ij->i", unit[after], unit[before], dtype=np.float64)
    cosine[(pictures[after] == 0) | (pictures[before] == 0)] = 1
    alike = after[np.argsort(-cosine, kind="stable")]
    return joined(tracklets, alike[: len(tracklets) - most])


def same_person_nats(unit: Floats, pictures: Ints, tracklets: Tracklets) -> Floats:
    """(T, T) log-odds that two tracklets are one person over two, by their pictures; 0 where one
    of them has none. unit, pictures: of `directions`."""
    base, slope = _learned(unit, pictures, tracklets)
    nats = unit @ unit.T
    nats *= np.float32(slope)
    nats += np.float32(base)
    unseen = pictures == 0
    nats[unseen] = 0
    nats[:, unseen] = 0
    return np.asarray(nats)


def number_nats(numbers: Numbers, tracklets: Tracklets) -> tuple[Ints, Ints, Doubles]:
    """Pairs of tracklets (Q,), (Q,) with a number each, and the log-odds of one person over two."""
    read = tracklet_numbers(numbers, tracklets)
    known = np.flatnonzero(read != NO_NUMBER)
    a, b = (np.asarray(known[side], np.int64) for side in np.triu_indices(len(known), 1))
    agree = (1 - _MISREAD) * _SHIRTS, 2 * _MISREAD * _SHIRTS / (_SHIRTS - 1)
    nats = np.where(read[a] == read[b], np.log(agree[0]), np.log(agree[1]))
    return a, b, np.asarray(nats, np.float64)


def tracklet_numbers(numbers: Numbers, tracklets: Tracklets, sure: float = 0.7) -> Ints:
    """(T,) the number that most readings of a tracklet agree on, NO_NUMBER where there is none."""
    found = np.full(len(tracklets), NO_NUMBER, np.int64)
    good = (numbers.confidence >= sure) & (numbers.numbers != NO_NUMBER)
    of, number = tracklets.of[numbers.rows[good]], numbers.numbers[good]
    for tracklet in np.unique(of).tolist():
        values, counts = np.unique(number[of == tracklet], return_counts=True)
        if 2 * counts.max() > counts.sum():
            found[tracklet] = values[counts.argmax()]
    return found


def _learned(unit: Floats, pictures: Ints, tracklets: Tracklets) -> tuple[float, float]:
    """Nats at a cosine of 0, and for each of 1."""
    seen = np.flatnonzero(pictures)
    rng = np.random.default_rng(0)
    if len(seen) * (len(seen) - 1) // 2 <= _PAIRS:
        a, b = (seen[side] for side in np.triu_indices(len(seen), 1))
    else:
        a, b = rng.choice(seen, (2, _PAIRS))
        near = np.minimum(np.arange(_PAIRS // 2) % len(seen) + 1, len(seen) - 1)
        a[: len(near)], b[: len(near)] = seen[near - 1], seen[near]  # mostly of one track
    same = (tracklets.tracks[a] == tracklets.tracks[b]) & (a != b)
    apart = np.minimum(tracklets.lasts[a], tracklets.lasts[b])
    apart = apart - np.maximum(tracklets.firsts[a], tracklets.firsts[b])
    other = (apart >= _AT_ONCE) & (tracklets.tracks[a] != tracklets.tracks[b])
    if min(same.sum(), other.sum()) < _FEWEST:
        return _UNLEARNED
    cosine = np.einsum("ij,ij->i", unit[a], unit[b], dtype=np.float64)
    weight = np.sqrt(np.clip(np.minimum(pictures[a], pictures[b]), 1, 10))
    weight = same * weight / weight[same].sum() + other * weight / weight[other].sum()
    used = same | other
    return _logistic(cosine[used], same[used], weight[used] * min(same.sum(), other.sum()))


_AT_ONCE = 5  # frames that two tracklets share, and are two people surely


def _logistic(x: Doubles, y: Doubles, weight: Doubles) -> tuple[float, float]:
    """Intercept and slope of a weighted logistic regression, by Newton's method."""
    columns, fit = np.stack([np.ones(len(x)), x], axis=1), np.zeros(2)
    for _ in range(_STEPS):
        p = 1 / (1 + np.exp(-np.clip(columns @ fit, -30, 30)))
        gradient = columns.T @ (weight * (y - p)) - _RIDGE * fit
        curve = (columns * (weight * p * (1 - p))[:, None]).T @ columns + _RIDGE * np.eye(2)
        step = np.linalg.solve(curve, gradient)
        fit += step
        if np.abs(step).max() < 1e-8:
            break
    return float(fit[0]), float(max(fit[1], 0.0))
