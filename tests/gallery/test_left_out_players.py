"""Leaving out every player at once says what leaving them out one by one says."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from gallery.classifier.gallery_classifier import GalleryClassifier
from gallery.classifier.lda import Doubles, Exemplars, Space, centre_of, fit_model
from gallery.classifier.left_out_players import LeftOutPlayers


def gallery(players: int, negatives: int = 0, pictures: int = 3, seed: int = 0) -> Exemplars:
    """People of 24 numbers each, all a little alike; a picture more for each later one."""
    rng = np.random.default_rng(seed)
    common, rows, labels, picture = rng.normal(size=24), [], [], []
    for label in [*range(players), *(-1 - n for n in range(negatives))]:
        person = common + rng.normal(size=24)
        for n in range(pictures + label % 3):
            for _mirrored in range(2):
                row = person + 0.5 * rng.normal(size=24)
                rows.append(row / np.linalg.norm(row))
                labels.append(label)
                picture.append(n)
    return Exemplars(np.array(rows), np.array(labels), np.array(picture), players)


def unit(rows: Doubles) -> Doubles:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def one_by_one(data: Exemplars, space: Space) -> Iterator[tuple[Doubles, list[Doubles]]]:
    for player in range(data.n_players):
        rest = data.part(data.labels != player)
        people = np.unique(rest.labels)
        damped = space.damp(rest.embeddings)
        centre = centre_of(np.array([damped[rest.labels == k].mean(0) for k in people]))
        asked = unit(space.damp(data.embeddings[data.labels == player]) - centre)
        placed = [unit(damped[rest.labels == k] - centre) for k in people]
        means = [asked @ unit(rows.mean(0, keepdims=True)).T for rows in placed]
        groups = int((people < 0).sum())
        others = np.insert(np.column_stack(means[groups:]), player, -np.inf, axis=1)
        yield others, [*(asked @ rows.T for rows in placed[:groups]), *means[:groups]]


@pytest.mark.parametrize(("players", "negatives"), [(2, 0), (2, 1), (5, 0), (7, 2), (40, 2)])
def test_all_at_once_is_as_one_by_one(
    players: int, negatives: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "gallery.classifier.left_out_players.NUMBERS_AT_ONCE", 3000
    )  # several blocks
    data = gallery(players, negatives)
    space = fit_model(data, 0.1).space
    found = list(LeftOutPlayers(data, space.damp(data.embeddings)).of_each())
    assert len(found) == players
    for (cosines, groups), (right, negative) in zip(found, one_by_one(data, space), strict=True):
        np.testing.assert_allclose(cosines, right, atol=1e-12)
        assert len(groups) == len(negative) == 2 * negatives
        for rows, those in zip(groups, negative, strict=True):
            np.testing.assert_allclose(rows, those, atol=1e-12)


def test_twice_the_players_are_at_most_twice_the_rows_to_damp(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Every player's own model over all pictures was the cube of the players, 84 s of 200."""
    damped, damp = [], Space.damp

    def counted(space: Space, embeddings: Doubles) -> Doubles:
        damped.append(len(embeddings))
        return damp(space, embeddings)

    monkeypatch.setattr(Space, "damp", counted)
    rows = []
    for players in (10, 20):
        data = gallery(players, pictures=4)
        keys = data.picture.tolist()
        GalleryClassifier.fit(data.embeddings, data.labels, players, pictures=keys)
        rows.append(sum(damped))
        damped.clear()
    assert rows[1] <= 2.1 * rows[0]


def test_players_with_the_very_same_picture_are_no_failure() -> None:
    data = gallery(4)
    same = np.repeat(data.embeddings[:1], len(data.labels), axis=0)
    fitted = GalleryClassifier.fit(same, data.labels, 4, pictures=data.picture.tolist())
    assert np.isfinite(fitted.log_likelihood(same)).all()
