"""Unit vectors in, log-likelihood per player and for "nobody we know" out.

Shrinkage LDA (`lda.py`), read as a von Mises-Fisher density per player: player k gives a crop x the
log-density kappa cos(x, k), somebody unknown a flat kappa t (`calibration.py`).

Angles instead of Gaussian distances because a crop that is unlike the whole gallery (blurred, half
hidden, later in the match) is then weak evidence for anybody instead of strong evidence for the
nearest. Measured on soccer and pedestrians, Gaussian and Student-t likelihoods rank the players
equally well, but tell strangers apart less well and need a temperature of 50 to 1000, which a
gallery alone does not teach.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gallery.classifier.calibration import OPEN_SET_BIAS, Calibration, calibrated, scores
from gallery.classifier.lda import Doubles, Exemplars, Model, fit_model
from gallery.errors import TeamsheetError


class ClassifierError(TeamsheetError):
    """The arrays are no gallery, or come from another encoder than the gallery's."""


@dataclass(frozen=True, slots=True, eq=False)
class GalleryClassifier:
    """A fitted gallery of `players` people. Build it with `fit`; it never changes.

    dim: length of the embeddings. calibration: what a cosine is worth, and how far the gallery's
    own left out pictures bear it out. open_set_nats: added to "nobody we know".
    """

    players: int
    dim: int
    calibration: Calibration
    model: Model = field(repr=False)
    open_set_nats: float = OPEN_SET_BIAS

    @property
    def concentration(self) -> float:
        """kappa, nats per unit of cosine."""
        return self.calibration.kappa

    @property
    def unknown_cosine(self) -> float:
        """t, the cosine at which a player and somebody unknown are equally likely."""
        return self.calibration.cosine

    @property
    def temperature(self) -> float:
        """What cosines are divided by to become nats."""
        return 1.0 / self.concentration

    @classmethod
    def fit(
        cls,
        embeddings: NDArray[np.floating],
        labels: NDArray[np.integer],
        n_players: int,
        shrinkage: float = 0.1,
        pictures: Sequence[Hashable] | None = None,
        calibration: Calibration | None = None,
    ) -> GalleryClassifier:
        """Learn a gallery.

        embeddings: (M, D) unit rows; NaN rows are left out. labels: (M,) player index, or a
        negative number for people who are none of the players, one number per group of them.
        shrinkage: share of the mean eigenvalue added to the within-player covariance.
        pictures: (M,) keys in order of time, the same for a picture and its mirror image; without
        them every row is a picture of its own. calibration: that of the same gallery, where it is
        known already. Raises ClassifierError.
        """
        data = exemplars(embeddings, labels, n_players, pictures)
        if calibration is None:
            model, calibration = calibrated(data, shrinkage)
        else:
            model = fit_model(data, shrinkage)
        return cls(n_players, data.embeddings.shape[1], calibration, model)

    def log_likelihood(self, embeddings: NDArray[np.floating]) -> Doubles:
        """(N, D) -> (N, players + 1), up to a constant per row; last column "nobody we know".

        A NaN row is no evidence: all its values are zero. Raises ClassifierError on another D.
        """
        rows = np.asarray(embeddings)
        if rows.ndim != 2 or rows.shape[1] != self.dim:
            raise ClassifierError(
                f"embeddings must be (N, {self.dim}) like the gallery's, got {rows.shape}; "
                "gallery and video need the same encoder"
            )
        result = np.zeros((len(rows), self.players + 1))
        seen = np.isfinite(rows).all(1)
        if seen.any():
            known = rows if seen.all() else rows[seen]
            cosines, negatives = self.model.cosines(known.astype(np.float64))
            result[seen] = scores(cosines, negatives, self.concentration, self.unknown_cosine)
            result[seen, -1] += self.open_set_nats
        return result


def exemplars(
    embeddings: NDArray[np.floating],
    labels: NDArray[np.integer],
    n_players: int,
    pictures: Sequence[Hashable] | None,
) -> Exemplars:
    """The arrays of `GalleryClassifier.fit`, checked. Raises ClassifierError."""
    rows, names = np.asarray(embeddings, np.float64), np.asarray(labels, np.int64)
    keys = list(range(len(rows))) if pictures is None else list(pictures)
    if rows.ndim != 2 or names.shape != (len(rows),) or len(keys) != len(rows):
        raise ClassifierError(
            "expected embeddings (M, D), labels (M,) and M pictures, "
            f"got {rows.shape}, {names.shape} and {len(keys)}"
        )
    good = np.isfinite(rows).all(1)
    present = set(names[good].tolist())
    missing = sorted(set(range(n_players)) - present)
    if missing or not present or max(present) >= n_players:
        raise ClassifierError(
            f"labels must name each of {n_players} players and nobody else, got no embedding for "
            f"{missing} and {max(present, default='none')} as the highest label"
        )
    picture = np.zeros(len(rows), np.int64)
    for label in present:
        mine = np.flatnonzero(good & (names == label))
        order = {key: n for n, key in enumerate(dict.fromkeys(keys[i] for i in mine))}
        picture[mine] = [order[keys[i]] for i in mine]
    return Exemplars(rows[good], names[good], picture[good], n_players)
