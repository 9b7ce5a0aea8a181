"""The gallery of a run: who its players are, made into a classifier."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tracker.observation.chunk import StoreError
from tracker.runs.gallery_vectors import GalleryCache
from tracker.types import Floats, Ints
from tracker.version import __version__

if TYPE_CHECKING:
    from gallery.classifier.classifier import GalleryClassifier
    from gallery.roster import Roster
    from tracker.identity.roster_rules import RosterRules
    from tracker.runs.request import TrackRequest
    from tracker.runs.run import Run
    from tracker.settings import GallerySettings, RosterSettings


def open_gallery(request: TrackRequest, run: Run, store: Path | None) -> None:
    """Fill in the run's roster, classifier and rules, and its encoder where one is needed.

    store: folder of observations; a gallery whose vectors lie there needs no encoder, unless there
    is something left to observe. Raises RosterError, EncoderError.
    """
    from gallery.reid.encoder import identify, load_encoder
    from gallery.roster import encode_gallery, read_roster

    settings = request.settings.gallery
    run.roster = read_roster(request.gallery or Path())
    run.notes += run.roster.warnings
    key = _key(run.roster, identify(request.encoder)[1], settings)
    cached = None if store is None else GalleryCache.read(store, key)
    if cached is None or run.source is not None:
        run.encoder = load_encoder(request.encoder, request.device)
    if cached is None and run.encoder is not None:
        cached = GalleryCache(key, *encode_gallery(run.roster, run.encoder, mirror=settings.mirror))
    assert cached is not None  # else there is an encoder
    fit_gallery(cached, run, request)


def reopen_gallery(request: TrackRequest, run: Run, store: Path) -> None:
    """As `open_gallery`, where the pictures were encoded by the run before; needs no encoder.

    Raises RosterError, and StoreError where the gallery is another one since.
    """
    from gallery.roster import read_roster

    run.roster = read_roster(request.gallery or Path())
    by = run.about.encoder.fingerprint if run.about.encoder else ""
    cached = GalleryCache.read(store, _key(run.roster, by, request.settings.gallery))
    if cached is None:
        raise StoreError(
            f"{request.gallery} is not the gallery of {store.parent}, or has changed since; "
            "follow again by teamsheet track with --resume first"
        )
    fit_gallery(cached, run, request)


def fit_gallery(cached: GalleryCache, run: Run, request: TrackRequest) -> None:
    """Fill in the run's classifier and rules."""
    from gallery.classifier.calibration import Calibration
    from gallery.classifier.classifier import GalleryClassifier

    assert run.roster is not None
    settings, players = request.settings.gallery, len(run.roster.players)
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
    known = Calibration(kappa, cosine, bins) if len(bins) else None
    run.classifier = fit(embeddings[:0], labels[:0], known)
    found = run.classifier.calibration
    known_again = np.array([found.kappa, found.cosine, *found.reliability.ravel()])
    run.gallery_cache = replace(cached, calibration=known_again)
    run.rules = _rules(run.roster, request.settings.follow.roster)
    run.refit = (
        (lambda others, players_of: fit(others, players_of).log_likelihood)
        if identity.refit
        else None
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


def wants_numbers(request: TrackRequest, run: Run) -> bool:
    """Whether shirt numbers are to be read: asked for, and of use."""
    if request.settings.encode.numbers == "off":
        return False
    numbered = run.rules is not None and run.rules.numbered
    if not numbered:
        run.notes.append("numbers are not read: no player of a gallery has one in its roster.yaml")
    return numbered
