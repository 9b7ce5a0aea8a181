"""Average linkage, as SciPy's where nothing forbids a pair."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from tracker.review.card_clusters import Link, cluster


def drawn(count: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    nats = rng.normal(-1, 3, (count, count))
    return ((nats + nats.T) / 2).astype(np.float32)


def found(nats: np.ndarray, links: list[Link] | None = None, threshold: float = 0.0) -> list[int]:
    return cluster(nats.copy(), links or [], np.ones(len(nats)), threshold).tolist()


@pytest.mark.parametrize("seed", range(8))
def test_without_constraints_it_is_average_linkage(seed: int) -> None:
    nats = drawn(40, seed)
    away = nats.max() - nats
    np.fill_diagonal(away, 0)
    tree = linkage(squareform(away.astype(np.float64), checks=False), "average")
    theirs = fcluster(tree, float(nats.max()), "distance")
    ours = np.array(found(nats))
    assert ((ours[:, None] == ours) == (theirs[:, None] == theirs)).all()


@pytest.mark.parametrize("seed", range(8))
def test_what_cannot_be_joined_never_is(seed: int) -> None:
    nats = drawn(40, seed) + np.float32(3)
    apart = np.random.default_rng(seed).integers(0, 40, (30, 2))
    apart = apart[apart[:, 0] != apart[:, 1]]
    nats[apart[:, 0], apart[:, 1]] = nats[apart[:, 1], apart[:, 0]] = -np.inf
    into = found(nats)
    assert all(into[a] != into[b] for a, b in apart.tolist())


def test_a_link_binds_and_only_the_strongest_counts() -> None:
    nats = np.full((3, 3), -1, np.float32)
    assert found(nats) == [0, 1, 2]
    assert found(nats, [(0, 1, 1.5)]) == [0, 0, 2]
    assert found(nats, [(0, 2, 0.6), (1, 2, 0.6), (0, 1, 1.5)]) == [0, 0, 2], "links do not add up"


def test_a_link_can_make_a_pair_better_than_both_of_its_parts() -> None:
    nats = np.full((4, 4), -20, np.float32)
    for a, b, worth in ((0, 1, 3), (0, 2, 2), (0, 3, -10), (2, 3, 10)):
        nats[a, b] = nats[b, a] = worth
    assert found(nats, [(0, 3, 9.0)]) == [0, 1, 0, 0]


def test_weights_say_who_counts_in_an_average() -> None:
    nats = np.array([[0, 9, 2], [9, 0, -3], [2, -3, 0]], np.float32)
    assert cluster(nats.copy(), [], np.array([1.0, 1.0, 1.0]), 0).tolist() == [0, 0, 2]
    assert cluster(nats.copy(), [], np.array([3.0, 1.0, 1.0]), 0).tolist() == [0, 0, 0]


def test_nobody_and_somebody_alone() -> None:
    assert found(np.zeros((0, 0), np.float32)) == []
    assert found(np.zeros((1, 1), np.float32)) == [0]
