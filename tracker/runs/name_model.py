"""What names are given by in a run: a gallery made into a classifier, or who anchors name."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tracker.observation.chunk import StoreError
from tracker.runs.gallery_cache import GalleryCache
from tracker.runs.video_classifier import learned, silent, widened
from tracker.types import Floats, Ints
from tracker.version import __version__

if TYPE_CHECKING:
    from gallery.classifier.gallery_classifier import GalleryClassifier
    from gallery.reid.base import Encoder
    from gallery.roster import Player, Roster
    from tracker.identity.roster_rules import RosterRules
    from tracker.observation.metadata import Metadata
    from tracker.offline.second_pass import Refit
    from tracker.runs.anchor_sources import AnchorSources
    from tracker.runs.request import TrackRequest
    from tracker.settings import GallerySettings, Settings
    from tracker.tracking.traces import Classify


@dataclass(frozen=True, slots=True, eq=False)
class NameModel:
    """What names are given by. roster, classifier, cache: a gallery's, None without one.

    refit: gives a classifier that has seen more of the players; None where none is wanted. rules:
    what the roster forbids, None where it says nothing. cache: the gallery as vectors. new: players
    behind those of the gallery, whom anchors name and of whom there is no picture.
    """

    roster: Roster | None
    classifier: GalleryClassifier | None
    refit: Refit | None
    rules: RosterRules | None
    cache: GalleryCache | None
    new: tuple[str, ...] = ()

    @property
    def pictured(self) -> tuple[Player, ...]:
        """Those of the gallery."""
        return self.roster.players if self.roster is not None else ()

    @property
    def players(self) -> list[str]:
        """All whom a track may be, by index."""
        return [*(player.name for player in self.pictured), *self.new]

    @property
    def classify(self) -> Classify | None:
        """(N, D) embeddings to (N, players + 1) nats; None where no picture says how anybody
        looks."""
        if self.classifier is None:
            return None
        known = np.arange(len(self.pictured))
        return widened(self.classifier.log_likelihood, known, len(self.players))

    @property
    def likelihoods(self) -> Classify:
        """The same; zeros where nothing is known."""
        return self.classify or silent(len(self.players))

    @property
    def numbered(self) -> bool:
        """Whether a shirt number says anything of who it is."""
        return self.rules is not None and self.rules.numbered


def open_names(
    request: TrackRequest,
    store: Path | None,
    observing: bool,
    roster: Roster | None = None,
    new: tuple[str, ...] = (),
) -> tuple[NameModel, Encoder | None]:
    """The names of the gallery asked for, and the encoder where one had to be opened.

    store: folder of observations; a gallery whose vectors lie there needs no encoder, unless there
    is something left to observe. roster: of the gallery, where it was read before. new: players
    without pictures. Raises RosterError, EncoderError.
    """
    from gallery.reid.encoder import identify, load_encoder
    from gallery.roster import encode_gallery, read_roster

    settings = request.settings.gallery
    roster = read_roster(request.gallery or Path()) if roster is None else roster
    key = _key(roster, identify(request.encoder)[1], settings)
    cached = None if store is None else GalleryCache.read(store, key)
    if cached is not None and not observing:
        return fit_names(roster, cached, request, new), None
    encoder = load_encoder(request.encoder, request.device)
    if cached is None:
        cached = GalleryCache(key, *encode_gallery(roster, encoder, mirror=settings.mirror))
    return fit_names(roster, cached, request, new), encoder


def anchored_names(anchors: AnchorSources, request: TrackRequest) -> NameModel:
    """The names of a run without a gallery: who is in its anchors."""
    players, identity = anchors.players, request.settings.follow.identity
    shrinkage = request.settings.gallery.shrinkage

    def refit(shown: Floats, players_of: Ints) -> Classify:
        return learned(shown, players_of, len(players), shrinkage, identity.open_set_nats)

    return NameModel(None, None, refit if identity.refit else None, None, None, players)


def reopen_names(
    request: TrackRequest, about: Metadata, store: Path, anchors: AnchorSources | None = None
) -> NameModel:
    """As `open_names`, where the pictures were encoded by the run before; needs no encoder.

    Raises RosterError, and StoreError where the gallery is another one since.
    """
    from gallery.roster import read_roster

    if request.gallery is None and anchors is not None:
        return anchored_names(anchors, request)
    roster = read_roster(request.gallery or Path())
    encoder = about.encoder.fingerprint if about.encoder else ""
    cached = GalleryCache.read(store, _key(roster, encoder, request.settings.gallery))
    if cached is None:
        raise StoreError(
            f"{request.gallery} is not the gallery of {store.parent}, or has changed since; "
            "run teamsheet track with --resume first"
        )
    return fit_names(roster, cached, request, anchors.new if anchors else ())


def fit_names(
    roster: Roster, cached: GalleryCache, request: TrackRequest, new: tuple[str, ...] = ()
) -> NameModel:
    """The names of a gallery that is encoded, by the settings asked for. new: see NameModel."""
    from gallery.classifier.calibration import Calibration
    from gallery.classifier.gallery_classifier import GalleryClassifier

    shrinkage, players = request.settings.gallery.shrinkage, len(roster.players)
    identity = request.settings.follow.identity
    embeddings, labels, pictures = cached.embeddings, cached.labels, cached.pictures

    def refit(shown: Floats, players_of: Ints) -> Classify:
        """A classifier of the gallery and of what this video has shown of its players since."""
        keys = [*pictures, *(("video", i) for i in range(len(players_of)))]
        every, names = np.concatenate([embeddings, shown]), np.concatenate([labels, players_of])
        count = players + len(new)
        return learned(every, names, count, shrinkage, identity.open_set_nats, keys)

    kappa, cosine, *reliability = cached.calibration.tolist() or (0.0, 0.0)
    bins = np.array(reliability).reshape(-1, 3)
    known = Calibration(kappa, cosine, bins) if len(bins) else None
    classifier = GalleryClassifier.fit(embeddings, labels, players, shrinkage, pictures, known)
    found = classifier.calibration
    known_again = np.array([found.kappa, found.cosine, *found.reliability.ravel()])
    return NameModel(
        roster,
        replace(classifier, open_set_nats=identity.open_set_nats),
        refit if identity.refit else None,
        _rules(roster, len(new), request.settings),
        replace(cached, calibration=known_again),
        new,
    )


def _key(roster: Roster, encoder: str, settings: GallerySettings) -> str:
    pictures = "\n".join(str(file) for _, _, files in roster.groups() for file in files)
    text = f"{__version__} {roster.fingerprint()} {encoder} {settings}\n{pictures}"
    return hashlib.sha256(text.encode()).hexdigest()


def _rules(roster: Roster, new: int, settings: Settings) -> RosterRules | None:
    """new: so many players behind those of the roster, of whom it says nothing. Without numbers to
    read those that were read before are not believed either."""
    from tracker.identity.roster_rules import RosterRules

    people = roster.players
    off = settings.encode.numbers == "off"
    return RosterRules.of(
        [*(p.team for p in people), *[None] * new],
        [*(p.role for p in people), *[None] * new],
        [*(None if off else p.number for p in people), *[None] * new],
        [*((p.on_s, p.off_s) for p in people), *[(None, None)] * new],
        settings.follow.roster,
    )
