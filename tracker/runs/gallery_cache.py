"""The gallery of a run: who its players are, made into a classifier."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tracker.observation.chunk import StoreError
from tracker.runs.gallery_vectors import Shown
from tracker.types import Floats, Ints
from tracker.version import __version__

if TYPE_CHECKING:
    from gallery.classifier.classifier import GalleryClassifier
    from gallery.roster import Roster
    from tracker.identity.roster_rules import Rules
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

    limits = request.settings.gallery
    run.roster = read_roster(request.gallery or Path())
    run.notes += run.roster.warnings
    key = _key(run.roster, identify(request.encoder)[1], limits)
    shown = None if store is None else Shown.read(store, key)
    if shown is None or run.source is not None:
        run.encoder = load_encoder(request.encoder, request.device)
    if shown is None and run.encoder is not None:
        shown = Shown(key, *encode_gallery(run.roster, run.encoder, mirror=limits.mirror))
    assert shown is not None  # else there is an encoder
    _take_in(shown, run, request)


def reopen_gallery(request: TrackRequest, run: Run, store: Path) -> None:
    """As `open_gallery`, where the pictures were encoded by the run before; needs no encoder.

    Raises RosterError, and StoreError where the gallery is another one since.
    """
    from gallery.roster import read_roster

    run.roster = read_roster(request.gallery or Path())
    by = run.about.encoder.fingerprint if run.about.encoder else ""
    shown = Shown.read(store, _key(run.roster, by, request.settings.gallery))
    if shown is None:
        raise StoreError(
            f"{request.gallery} is not the gallery of {store.parent}, or has changed since; "
            "follow again by teamsheet track with --resume first"
        )
    _take_in(shown, run, request)


def _take_in(shown: Shown, run: Run, request: TrackRequest) -> None:
    """Fill in the run's classifier and rules."""
    from gallery.classifier.calibration import Calibration
    from gallery.classifier.classifier import GalleryClassifier

    assert run.roster is not None
    limits, players = request.settings.gallery, len(run.roster.players)
    embeddings, labels, pictures = shown.embeddings, shown.labels, shown.pictures

    def fit(others: Floats, whose: Ints, known: Calibration | None = None) -> GalleryClassifier:
        """A classifier of the gallery and of what this video has shown of its players since."""
        keys = [*pictures, *(("video", i) for i in range(len(whose)))]
        every, names = np.concatenate([embeddings, others]), np.concatenate([labels, whose])
        return GalleryClassifier.fit(every, names, players, limits.shrinkage, keys, known)

    kappa, cosine, *reliability = shown.calibration.tolist() or (0.0, 0.0)
    bins = np.array(reliability).reshape(-1, 3)
    known = Calibration(kappa, cosine, bins) if len(bins) else None
    run.classifier = fit(embeddings[:0], labels[:0], known)
    found = run.classifier.calibration
    told = np.array([found.kappa, found.cosine, *found.reliability.ravel()])
    run.shown = replace(shown, calibration=told)
    run.rules = _rules(run.roster, request.settings.follow.roster)
    run.refit = lambda others, whose: fit(others, whose).log_likelihood


def _key(roster: Roster, encoder: str, limits: GallerySettings) -> str:
    pictures = "\n".join(str(file) for _, _, files in roster.groups() for file in files)
    said = f"{__version__} {roster.fingerprint()} {encoder} {limits}\n{pictures}"
    return hashlib.sha256(said.encode()).hexdigest()


def _rules(roster: Roster, settings: RosterSettings) -> Rules | None:
    from tracker.identity.roster_rules import Rules

    people = roster.players
    return Rules.of(
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
