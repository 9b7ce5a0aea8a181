"""The gallery of a run: who its players are, made into a classifier."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tracker.observation.chunk import StoreError
from tracker.runs.gallery_cache import GalleryCache
from tracker.types import Floats, Ints
from tracker.version import __version__

if TYPE_CHECKING:
    from gallery.classifier.gallery_classifier import GalleryClassifier
    from gallery.reid.base import Encoder
    from gallery.roster import Roster
    from tracker.identity.roster_rules import RosterRules
    from tracker.observation.metadata import Metadata
    from tracker.offline.second_pass import Refit
    from tracker.runs.request import TrackRequest
    from tracker.settings import GallerySettings, RosterSettings


@dataclass(frozen=True, slots=True, eq=False)
class NameModel:
    """What names are given by. refit: gives a classifier that has seen more of the players;
    None where none is wanted.

    rules: what the roster forbids, None where it says nothing. cache: the gallery as vectors.
    """

    roster: Roster
    classifier: GalleryClassifier
    refit: Refit | None
    rules: RosterRules | None
    cache: GalleryCache

    @property
    def numbered(self) -> bool:
        """Whether a shirt number says anything of who it is."""
        return self.rules is not None and self.rules.numbered


def open_names(
    request: TrackRequest, store: Path | None, observing: bool
) -> tuple[NameModel, Encoder | None]:
    """The names of the gallery asked for, and the encoder where one had to be opened.

    store: folder of observations; a gallery whose vectors lie there needs no encoder, unless there
    is something left to observe. Raises RosterError, EncoderError.
    """
    from gallery.reid.encoder import identify, load_encoder
    from gallery.roster import encode_gallery, read_roster

    settings = request.settings.gallery
    roster = read_roster(request.gallery or Path())
    key = _key(roster, identify(request.encoder)[1], settings)
    cached = None if store is None else GalleryCache.read(store, key)
    if cached is not None and not observing:
        return fit_names(roster, cached, request), None
    encoder = load_encoder(request.encoder, request.device)
    if cached is None:
        cached = GalleryCache(key, *encode_gallery(roster, encoder, mirror=settings.mirror))
    return fit_names(roster, cached, request), encoder


def reopen_names(request: TrackRequest, about: Metadata, store: Path) -> NameModel:
    """As `open_names`, where the pictures were encoded by the run before; needs no encoder.

    Raises RosterError, and StoreError where the gallery is another one since.
    """
    from gallery.roster import read_roster

    roster = read_roster(request.gallery or Path())
    encoder = about.encoder.fingerprint if about.encoder else ""
    cached = GalleryCache.read(store, _key(roster, encoder, request.settings.gallery))
    if cached is None:
        raise StoreError(
            f"{request.gallery} is not the gallery of {store.parent}, or has changed since; "
            "run teamsheet track with --resume first"
        )
    return fit_names(roster, cached, request)


def fit_names(roster: Roster, cached: GalleryCache, request: TrackRequest) -> NameModel:
    """The names of a gallery that is encoded, by the settings asked for."""
    from gallery.classifier.calibration import Calibration
    from gallery.classifier.gallery_classifier import GalleryClassifier

    settings, players = request.settings.gallery, len(roster.players)
    identity = request.settings.follow.identity
    embeddings, labels, pictures = cached.embeddings, cached.labels, cached.pictures

    def fit(
        others: Floats, players_of: Ints, known: Calibration | None = None
    ) -> GalleryClassifier:
        """A classifier of the gallery and of what this video has shown of its players since."""
        keys = [*pictures, *(("video", i) for i in range(len(players_of)))]
        every, names = np.concatenate([embeddings, others]), np.concatenate([labels, players_of])
        fitted = GalleryClassifier.fit(every, names, players, settings.shrinkage, keys, known)
        return replace(fitted, open_set_nats=identity.open_set_nats)

    kappa, cosine, *reliability = cached.calibration.tolist() or (0.0, 0.0)
    bins = np.array(reliability).reshape(-1, 3)
    classifier = fit(
        embeddings[:0], labels[:0], Calibration(kappa, cosine, bins) if len(bins) else None
    )
    found = classifier.calibration
    known_again = np.array([found.kappa, found.cosine, *found.reliability.ravel()])
    return NameModel(
        roster,
        classifier,
        (lambda others, players_of: fit(others, players_of).log_likelihood)
        if identity.refit
        else None,
        _rules(roster, request.settings.follow.roster),
        replace(cached, calibration=known_again),
    )


def _key(roster: Roster, encoder: str, settings: GallerySettings) -> str:
    pictures = "\n".join(str(file) for _, _, files in roster.groups() for file in files)
    text = f"{__version__} {roster.fingerprint()} {encoder} {settings}\n{pictures}"
    return hashlib.sha256(text.encode()).hexdigest()


def _rules(roster: Roster, settings: RosterSettings) -> RosterRules | None:
    from tracker.identity.roster_rules import RosterRules

    people = roster.players
    return RosterRules.of(
        [p.team for p in people],
        [p.role for p in people],
        [p.number for p in people],
        [(p.on_s, p.off_s) for p in people],
        settings,
    )
