"""Anchors: the few boxes that carry a look, and a classifier that reads looks as names.

Everybody has a direction of their own. A crop shows the direction of one person, plus noise that
drifts slowly, so that neighbouring crops are nearly the same picture. In a short stretch of time a
person looks like themselves with the point's accuracy, otherwise like one of the others: any other
player, or nobody in the gallery, each as likely. The classifier sees nothing but the crop; it
answers with the nearest player's name, and its log-likelihoods are those of that very confusion.

All points of a clip share their random numbers: the anchors of a lower rate are some of those of a
higher one, the wrong stretches of a higher accuracy some of those of a lower one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.signal import lfilter

from tracker.types import Doubles, Floats, Ints, Observation

from .detector import NOT_TRUE, Found
from .truth import Clip, random_for

DIMENSIONS = 32
NOISE = 0.5  # length of the noise, in lengths of a direction
DRIFT_S = 0.4
CLEAN = 0.1  # an anchor is no more covered than this
KNOWN_COSINE = 0.65  # less like every player than this is nobody in the gallery
NO_CROP = -1


class Point(NamedTuple):
    """rate: share of the true boxes that carry a look. accuracy: share of looks that are right."""

    rate: float
    accuracy: float

    def __str__(self) -> str:
        return f"{self.rate:.1%} of boxes, {self.accuracy:.0%} right"


@dataclass(frozen=True, slots=True, eq=False)
class Embeddings:
    """embeddings: (N, 32) per found box, NaN without a crop. shows: (N,) whom the crop looks like,
    an index into the roster, its length for nobody in it, NO_CROP without a crop."""

    embeddings: Floats
    shows: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Classifier:
    """directions: (P, 32) of the players. accuracy: of a crop, as the gallery would tell."""

    directions: Doubles
    accuracy: float

    def __call__(self, embeddings: Floats) -> Doubles:
        """(N, 32) to (N, P + 1) log-likelihoods; a row of zeros where there is no crop."""
        players = len(self.directions)
        likely = np.zeros((len(embeddings), players + 1))
        crops = np.flatnonzero(np.isfinite(embeddings).all(axis=1))
        if not len(crops) or not players:
            return likely
        cosines = embeddings[crops] @ self.directions.T
        known = cosines.max(axis=1) >= KNOWN_COSINE
        likely[crops] = np.log((1 - self.accuracy) / players)
        likely[crops, np.where(known, cosines.argmax(axis=1), players)] = np.log(self.accuracy)
        return likely


def directions(clip: Clip, people: Ints, seed: int = 0) -> Doubles:
    """(N, 32) the unit vectors of these people."""
    found = [
        random_for(clip.name, "direction", seed, person & 0xFFFFFFFF).normal(size=DIMENSIONS)
        for person in people.tolist()
    ]
    return _unit(np.array(found).reshape(-1, DIMENSIONS))


def _unit(vectors: Doubles) -> Doubles:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def classifier(clip: Clip, point: Point, seed: int = 0) -> Classifier:
    return Classifier(directions(clip, np.array(clip.players, np.int64), seed), point.accuracy)


def draw_looks(clip: Clip, found: Found, point: Point, seed: int = 0) -> Embeddings:
    """Looks for the anchors of this point, the same for the same seed and sequence name."""
    anchors = draw_anchors(clip, found, point.rate, seed)
    looks = no_looks(found)
    people = clip.truth.ids[found.rows[anchors]]
    for person in np.unique(people).tolist():
        mine = anchors[people == person]
        crops, shows = _looks_of(person, clip, found.frames[mine], point, seed)
        looks.embeddings[mine], looks.shows[mine] = crops, shows
    return looks


def no_looks(found: Found) -> Embeddings:
    """Nobody carries a look."""
    embeddings = np.full((len(found), DIMENSIONS), np.nan, np.float32)
    return Embeddings(embeddings, np.full(len(found), NO_CROP, np.int64))


def draw_anchors(clip: Clip, found: Found, rate: float, seed: int = 0) -> Ints:
    """The found boxes that carry a look: a share of the true ones, all in clean moments."""
    true = found.rows != NOT_TRUE
    clean = np.flatnonzero(true & (found.covered <= CLEAN))
    chance = rate * true.sum() / max(len(clean), 1)
    drawn = random_for(clip.name, "anchors", seed).random(len(clean))
    return np.asarray(clean[drawn < chance])


def _looks_of(
    person: int, clip: Clip, frames: Ints, point: Point, seed: int
) -> tuple[Doubles, Ints]:
    """Embeddings of one person in these frames, and whom they look like."""
    random = random_for(clip.name, "looks", seed, person & 0xFFFFFFFF)
    phase = random.random()
    stretch = (frames / clip.fps / DRIFT_S + phase).astype(np.int64)
    stretches = int(clip.frames / clip.fps / DRIFT_S) + 2
    players = len(clip.players)
    own = clip.players.index(person) if person in clip.players else players
    others = np.delete(np.arange(players + 1), own)
    mistaken = random.choice(others, stretches) if players else np.full(stretches, own)
    nobody = _unit(random.normal(size=(stretches, DIMENSIONS)))
    fate = random.random(stretches)
    noise = _drift(clip, random)[frames - 1]
    right = (fate < point.accuracy)[stretch]
    shows = np.where(right, own, mistaken[stretch])
    roster = directions(clip, np.array(clip.players, np.int64), seed)
    faces = np.append(roster, np.zeros((1, DIMENSIONS)), axis=0)[shows]
    faces = np.where((shows == players)[:, None], nobody[stretch], faces)
    same = directions(clip, np.array([person], np.int64), seed)
    faces = np.where(right[:, None], same, faces)
    return _unit(faces + noise), shows


def _drift(clip: Clip, random: np.random.Generator) -> Doubles:
    """(frames, 32) noise of length about NOISE that is forgotten within DRIFT_S."""
    kept = np.exp(-1 / clip.fps / DRIFT_S)
    fresh = np.sqrt(1 - kept**2)
    kicks = random.normal(0, NOISE / np.sqrt(DIMENSIONS), (clip.frames, DIMENSIONS))
    kicks[1:] *= fresh
    return np.asarray(lfilter([1.0], [1.0, -kept], kicks, axis=0))


def observations(clip: Clip, found: Found, looks: Embeddings) -> list[Observation]:
    """A clip as `follow` sees it. The camera is not known."""
    return [
        Observation(
            index=index,
            time_s=index / clip.fps,
            boxes=found.boxes[rows],
            scores=found.scores[rows],
            embeddings=looks.embeddings[rows],
            camera=np.eye(2, 3),
            cut=False,
        )
        for index, rows in enumerate(found.by_frame(clip.frames))
    ]
