"""A drawn run without names: people who walk, meet, are lost and found, and what they look like."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tracker.review.card_case import CardCase
from tracker.review.card_embeddings import Embeddings, Numbers
from tracker.review.card_tracklets import Sightings

FPS, SIZE = 25.0, (1920, 1080)
Walk = tuple[int, int, int, int]
"""Track, person, first and last frame."""


def sightings(walks: Sequence[Walk], lane_px: float = 150) -> Sightings:
    """Everybody walks to and fro in a lane of their own."""
    rows = [
        (f, track, person) for track, person, first, last in walks for f in range(first, last + 1)
    ]
    frames, tracks, people = np.array(sorted(rows), np.int64).T
    left = 50 + people * lane_px + 60 * np.sin(frames / 20 + people)
    top = 300 + 40 * np.cos(frames / 15 + people)
    boxes = np.stack([left, top, left + 50, top + 120], axis=1)
    return Sightings(frames, tracks, boxes, SIZE, FPS)


def person_of(walks: Sequence[Walk], seen: Sightings) -> np.ndarray:
    """(N,) who each sighting is."""
    who = {(f, t): person for t, person, first, last in walks for f in range(first, last + 1)}
    pairs = zip(seen.frames.tolist(), seen.tracks.tolist(), strict=True)
    return np.array([who[pair] for pair in pairs])


def embeddings(
    people: np.ndarray, every: int = 5, noise: float = 0.7, seed: int = 0, dims: int = 32
) -> Embeddings:
    """Some sightings are described; pictures of one person point the same way."""
    rng = np.random.default_rng(seed)
    person = rng.normal(size=(int(people.max()) + 1, dims))
    rows = np.sort(rng.choice(len(people), len(people) // every, replace=False))
    vectors = person[people[rows]] + noise * rng.normal(size=(len(rows), dims))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return Embeddings(rows, vectors.astype(np.float32))


def card_case(
    walks: Sequence[Walk], noise: float = 0.7, numbers: Numbers | None = None
) -> CardCase:
    seen = sightings(walks)
    return CardCase.of(seen, embeddings(person_of(walks, seen), noise=noise), numbers)


def broken_tracks(people: int = 6, parts: int = 4, length: int = 100) -> list[Walk]:
    """Everybody is followed by several tracks, one after the other."""
    return [
        (1 + person * parts + part, person, 1 + part * (length + 20), part * (length + 20) + length)
        for person in range(people)
        for part in range(parts)
    ]
