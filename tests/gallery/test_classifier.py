"""The gallery classifier, on drawn worlds of unit vectors."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from scipy.special import softmax

from gallery.classifier.gallery_classifier import ClassifierError, GalleryClassifier
from gallery.classifier.lda import Exemplars, fit_model

DIM = 40
Doubles = np.ndarray[Any, np.dtype[np.float64]]


@dataclass
class World:
    """People are directions around what all people share; each picture of one is off by noise.

    nuisance: how far a picture is off along one direction that is the same for everybody (light,
    pose): it says nothing about who it is. drift: how far a person wanders from each picture to the
    next, so that neighbours in time are alike.
    """

    people: int = 12
    noise: float = 0.08
    nuisance: float = 0.0
    drift: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(self.seed)
        common, self.light = self.rng.normal(size=(2, DIM)) / np.sqrt(DIM)
        own = self.rng.normal(size=(self.people, DIM)) / np.sqrt(DIM)
        self.centres = 1.5 * common + own

    def pictures(self, person: int, count: int) -> Doubles:
        rows = self.centres[person] + self.noise * self.rng.normal(size=(count, DIM))
        rows += self.nuisance * self.rng.normal(size=(count, 1)) * self.light
        rows += self.drift * self.rng.normal(size=(count, DIM)).cumsum(0)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    def gallery(self, people: range, count: int = 8) -> tuple[Doubles, Any]:
        rows = np.concatenate([self.pictures(person, count) for person in people])
        return rows, np.repeat(np.arange(len(people)), count)


def fit(rows: Doubles, labels: Any, **options: Any) -> GalleryClassifier:
    return GalleryClassifier.fit(rows, labels, int(labels.max()) + 1, **options)


def posterior(classifier: GalleryClassifier, rows: Doubles) -> Doubles:
    """With a uniform prior over the players and "nobody we know"."""
    return np.asarray(softmax(classifier.log_likelihood(rows), axis=1))


def test_players_are_named_and_strangers_are_not() -> None:
    world = World()
    classifier = fit(*world.gallery(range(8)))
    for person in range(8):
        mean = posterior(classifier, world.pictures(person, 30)).mean(0)
        assert mean.argmax() == person
    strangers = np.concatenate([world.pictures(stranger, 30) for stranger in range(8, 12)])
    assert posterior(classifier, strangers).mean(0).argmax() == 8


def test_what_a_players_own_pictures_differ_in_says_little() -> None:
    """Cosine to the mean picture is fooled by the light; the pooled covariance knows it."""
    world = World(people=8, nuisance=1.5)
    rows, labels = world.gallery(range(8))
    asked = np.concatenate([world.pictures(person, 40) for person in range(8)])
    truth = np.repeat(np.arange(8), 40)
    means = np.array([rows[labels == k].mean(0) for k in range(8)])
    cosine = (asked @ (means / np.linalg.norm(means, axis=1, keepdims=True)).T).argmax(1)
    ours = fit(rows, labels).log_likelihood(asked)[:, :-1].argmax(1)
    assert (cosine == truth).mean() < 0.85
    assert (ours == truth).mean() > 0.95


def test_a_row_of_nan_is_no_evidence() -> None:
    world = World()
    classifier = fit(*world.gallery(range(3)))
    rows = world.pictures(1, 3)
    whole = classifier.log_likelihood(rows)
    rows[1] = np.nan
    rows[2, 5] = np.nan
    torn = classifier.log_likelihood(rows)
    np.testing.assert_allclose(torn[0], whole[0], atol=1e-9)
    np.testing.assert_array_equal(torn[1:], 0)
    assert classifier.log_likelihood(np.zeros((0, DIM))).shape == (0, 4)


def test_nan_rows_of_a_gallery_are_left_out() -> None:
    rows, labels = World().gallery(range(4))
    with_hole = np.insert(rows, 3, np.nan, axis=0)
    a = fit(rows, labels).log_likelihood(rows)
    b = fit(with_hole, np.insert(labels, 3, 0)).log_likelihood(rows)
    np.testing.assert_allclose(a, b, atol=1e-9)


def test_the_order_of_rows_and_players_does_not_matter() -> None:
    world = World(people=6)
    rows, labels = world.gallery(range(5))
    keys = list(range(len(rows)))
    shuffled = np.concatenate([np.flatnonzero(labels == k) for k in (3, 0, 4, 2, 1)])
    new = np.array([1, 4, 3, 0, 2])[labels]  # player 3 is now 0, and so on
    asked = world.pictures(2, 5)
    one = fit(rows, labels, pictures=keys).log_likelihood(asked)
    other = fit(rows[shuffled], new[shuffled], pictures=shuffled.tolist()).log_likelihood(asked)
    np.testing.assert_allclose(one[:, [3, 0, 4, 2, 1, 5]], other, atol=1e-6)


def test_the_same_gallery_gives_the_same_numbers() -> None:
    rows, labels = World().gallery(range(5))
    one, two = fit(rows, labels), fit(rows.copy(), labels.copy())
    assert (one.concentration, one.unknown_cosine) == (two.concentration, two.unknown_cosine)
    np.testing.assert_array_equal(one.log_likelihood(rows), two.log_likelihood(rows))


def test_pictures_that_follow_one_another_do_not_flatter() -> None:
    """Each picture has a twin, and is left out together with it when the keys say so."""
    world = World(people=8, noise=0.35)
    rows, labels = world.gallery(range(8), count=4)
    twins = np.repeat(rows, 2, axis=0) + 0.001 * world.rng.normal(size=(2 * len(rows), DIM))
    keys = np.repeat(np.arange(len(rows)), 2).tolist()
    told = fit(twins, np.repeat(labels, 2), pictures=keys)
    untold = fit(twins, np.repeat(labels, 2))
    plain = fit(rows, labels)
    assert told.unknown_cosine < untold.unknown_cosine
    assert told.unknown_cosine == pytest.approx(plain.unknown_cosine, abs=0.01)


def test_a_gallery_that_drifts_is_trusted_less() -> None:
    steady, drifting = World(people=8), World(people=8, drift=0.12)
    sober = fit(*drifting.gallery(range(8)))
    bold = fit(*steady.gallery(range(8)))
    assert sober.unknown_cosine < bold.unknown_cosine
    assert sober.temperature == pytest.approx(1 / sober.concentration)


def test_the_gallery_says_how_far_its_own_pictures_bear_it_out() -> None:
    clear = fit(*World(noise=0.02).gallery(range(6))).calibration
    crops, confidence, right = clear.reliability.T
    # six players of eight pictures: each left out with their block once, and once as a stranger
    assert crops.sum() == 2 * 6 * 8
    assert (right <= crops).all()
    assert (confidence <= crops + 1e-9).all()
    assert right.sum() / crops.sum() > 0.9
    alike = World(noise=0.02)
    alike.centres[1:6] = alike.centres[0]
    muddled = fit(*alike.gallery(range(6))).calibration
    assert muddled.reliability[:, 2].sum() < right.sum()
    assert 0 <= clear.error <= 1


def test_negatives_make_their_likes_unknown() -> None:
    world = World(people=10, noise=0.1)
    world.centres[8] = 0.4 * world.centres[8] + 0.6 * world.centres[2]  # much like player 2
    rows, labels = world.gallery(range(6))
    referee, crowd = world.pictures(8, 6), world.pictures(9, 6)
    without = fit(rows, labels)
    groups = np.repeat([-1, -2], 6)
    knowing = GalleryClassifier.fit(
        np.concatenate([rows, referee, crowd]), np.concatenate([labels, groups]), 6
    )
    asked = world.pictures(8, 40)
    assert posterior(without, asked)[:, 2].mean() > 0.5
    assert posterior(knowing, asked)[:, 6].mean() > 0.8
    assert (posterior(knowing, world.pictures(2, 40)).argmax(1) == 2).mean() > 0.9


def test_a_player_with_a_single_picture() -> None:
    world = World(people=8)
    rows, labels = world.gallery(range(6))
    keep = (labels != 4) | (np.arange(len(labels)) == 4 * 8)
    classifier = fit(rows[keep], labels[keep])
    assert posterior(classifier, world.pictures(4, 30)).mean(0).argmax() == 4
    assert posterior(classifier, world.pictures(7, 30)).mean(0).argmax() == 6


@pytest.mark.parametrize("mirrored", [False, True])
def test_everybody_with_a_single_picture(mirrored: bool) -> None:
    """Nothing can be learned about a player's own variation, so nothing is damped."""
    world = World(people=8, noise=0.04)
    rows, labels = world.gallery(range(6), count=1)
    keys = list(range(6))
    if mirrored:
        nearly = rows + 0.01 * world.rng.normal(size=rows.shape)
        rows, labels, keys = np.concatenate([rows, nearly]), np.tile(labels, 2), keys * 2
    classifier = fit(rows, labels, pictures=keys)
    assert classifier.model.space.damping.size == 0
    for person in range(6):
        assert posterior(classifier, world.pictures(person, 20)).mean(0).argmax() == person
    assert posterior(classifier, world.pictures(7, 20)).mean(0).argmax() == 6


def test_two_players() -> None:
    world = World()
    classifier = fit(*world.gallery(range(2)))
    named = [
        posterior(classifier, world.pictures(person, 30)).mean(0).argmax() for person in (0, 1)
    ]
    assert named == [0, 1]
    strangers = [posterior(classifier, world.pictures(p, 30))[:, 2].mean() for p in range(2, 12)]
    assert np.mean(strangers) > 0.5


def test_one_player_alone_and_with_negatives() -> None:
    world = World()
    rows, labels = world.gallery(range(1))
    alone = fit(rows, labels)
    negatives = np.concatenate([world.pictures(person, 2) for person in range(8, 12)])
    knowing = GalleryClassifier.fit(np.concatenate([rows, negatives]), np.repeat([0, -1], 8), 1)
    player, stranger = world.pictures(0, 40), world.pictures(3, 40)
    for classifier in (alone, knowing):
        assert posterior(classifier, player)[:, 0].mean() > 0.5
        assert posterior(classifier, stranger)[:, 1].mean() > 0.5
    assert posterior(knowing, stranger)[:, 1].mean() > posterior(alone, stranger)[:, 1].mean()


def test_one_picture_of_one_player() -> None:
    rows = World().pictures(0, 1)
    classifier = GalleryClassifier.fit(rows, np.zeros(1, np.int64), 1)
    assert posterior(classifier, rows)[0, 0] > 0.9


def test_nobody_but_negatives() -> None:
    rows, labels = World().gallery(range(2))
    classifier = GalleryClassifier.fit(rows, labels - 2, 0)
    assert classifier.log_likelihood(rows).shape == (len(rows), 1)
    assert np.isfinite(classifier.log_likelihood(rows)).all()


def test_two_players_who_cannot_be_told_apart_share_the_blame() -> None:
    world = World(people=6)
    rows, labels = world.gallery(range(4))
    rows[labels == 3] = rows[labels == 2]
    mean = posterior(fit(rows, labels), world.pictures(2, 30)).mean(0)
    np.testing.assert_allclose(mean[2], mean[3], atol=1e-9)
    assert mean[2] > mean[[0, 1]].max()


def test_a_fitted_classifier_cannot_be_changed() -> None:
    classifier = fit(*World().gallery(range(3)))
    with pytest.raises(dataclasses.FrozenInstanceError):
        classifier.dim = 3  # type: ignore[misc]


def test_wrong_arrays_are_named() -> None:
    rows, labels = World().gallery(range(3))
    fitted = fit(rows, labels)
    cases: list[tuple[str, Any]] = [
        (rf"\(2, {DIM + 1}\).*same encoder", lambda: fitted.log_likelihood(np.ones((2, DIM + 1)))),
        (r"\[3\]", lambda: GalleryClassifier.fit(rows, labels, 4)),
        ("highest label", lambda: GalleryClassifier.fit(rows, labels, 2)),
        (r"\(M, D\)", lambda: GalleryClassifier.fit(rows[0], labels, 3)),
        ("labels", lambda: GalleryClassifier.fit(rows, labels[1:], 3)),
        ("pictures", lambda: GalleryClassifier.fit(rows, labels, 3, pictures=["one"])),
        ("none as the highest", lambda: GalleryClassifier.fit(rows[:0], labels[:0], 0)),
        (r"\[0\]", lambda: GalleryClassifier.fit(rows * np.nan, labels, 1)),
    ]
    for pattern, call in cases:
        with pytest.raises(ClassifierError, match=pattern) as caught:
            call()
        assert len(str(caught.value).splitlines()) == 1


def test_mirror_images_that_are_copies_teach_nothing_and_cost_little(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As those of colour stripes are: eigenvalues of 1,000 pictures, not of 2,000 rows."""
    world = World(people=6)
    rows, labels = world.gallery(range(6), count=6)
    asked = np.concatenate([world.pictures(person, 5) for person in range(6)])
    once = fit(rows, labels)
    sizes, solve = [], np.linalg.eigh

    def counted(matrix: Doubles) -> Any:
        sizes.append(len(matrix))
        return solve(matrix)

    monkeypatch.setattr(np.linalg, "eigh", counted)
    keys = np.repeat(np.arange(len(rows)), 2).tolist()
    twice = fit(np.repeat(rows, 2, axis=0), np.repeat(labels, 2), pictures=keys)
    assert max(sizes) <= 6 * (6 - 1)
    assert np.allclose(twice.log_likelihood(asked), once.log_likelihood(asked), rtol=0, atol=1e-9)


def test_many_rows_of_which_none_is_a_copy_all_count() -> None:
    """More rows than numbers in each, more pictures than players, and mirror images of their own:
    what is learned is as by the plain covariance."""
    world = World(people=5)
    rows, labels = world.gallery(range(5), count=8)
    mirrored = rows + 0.02 * world.rng.normal(size=rows.shape)
    mirrored /= np.linalg.norm(mirrored, axis=1, keepdims=True)
    every = np.stack([rows, mirrored], axis=1).reshape(-1, DIM)
    names, picture = np.repeat(labels, 2), np.tile(np.repeat(np.arange(8), 2), 5)
    space = fit_model(Exemplars(every, names, picture, 5), 0.1).space
    parts = [every[names == k] - every[names == k].mean(0) for k in range(5)]
    spread = sum(part.T @ part for part in parts)
    ridge = (0.1 + 1 / 35) * np.trace(spread) / DIM
    values, vectors = np.linalg.eigh(spread)
    expected = vectors @ np.diag(np.sqrt(ridge / (ridge + values))) @ vectors.T
    assert np.allclose(space.damp(np.eye(DIM)), expected, rtol=0, atol=0.01)
