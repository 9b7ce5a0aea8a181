"""What names are given by in a run: a gallery made into a classifier, a team sheet, anchors."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tracker.observation.chunk import StoreError
from tracker.runs.gallery_cache import GalleryCache
from tracker.runs.run_players import roster_of
from tracker.runs.video_classifier import learned, silent, widened
from tracker.types import Floats, Ints, Mask
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
    """What names are given by. roster: of a gallery, a team sheet, or both. classifier, cache: of
    the gallery's pictures. None without these.

    refit: gives a classifier that has seen more of the players; None where none is wanted. rules:
    what the roster forbids, None where it says nothing. cache: the gallery as vectors. new: players
    behind those of the roster, whom anchors name and of whom there is no picture. key: changes when
    they would name otherwise.
    """

    roster: Roster | None
    classifier: GalleryClassifier | None
    refit: Refit | None
    rules: RosterRules | None
    cache: GalleryCache | None
    new: tuple[str, ...] = ()
    key: str = ""

    @property
    def rostered(self) -> tuple[Player, ...]:
        """Those of the roster, with pictures or without."""
        return self.roster.players if self.roster is not None else ()

    @property
    def players(self) -> list[str]:
        """All whom a track may be, by index."""
        return [*(player.name for player in self.rostered), *self.new]

    @property
    def classify(self) -> Classify | None:
        """(N, D) embeddings to (N, players + 1) nats; None where no picture says how anybody
        looks."""
        if self.classifier is None:
            return None
        known = np.flatnonzero([bool(player.pictures) for player in self.rostered])
        return widened(self.classifier.log_likelihood, known, len(self.players))

    @property
    def likelihoods(self) -> Classify:
        """The same; zeros where nothing is known."""
        return self.classify or silent(len(self.players))

    @property
    def unseen(self) -> Mask | None:
        """(P,) who is on a team sheet and in no picture; None where there is nobody."""
        unseen = [not player.pictures for player in self.rostered]
        return np.array([*unseen, *[False] * len(self.new)]) if any(unseen) else None

    @property
    def numbered(self) -> bool:
        """Whether a shirt number says anything of who it is."""
        return self.rules is not None and self.rules.numbered


def open_names(
    request: TrackRequest,
    store: Path | None,
    observing: bool,
    roster: Roster,
    new: tuple[str, ...] = (),
) -> tuple[NameModel, Encoder | None]:
    """The names of the roster asked for, and the encoder where one had to be opened.

    store: folder of observations; a gallery whose vectors lie there needs no encoder, unless there
    is something left to observe. new: players whom anchors name. Raises RosterError, EncoderError.
    """
    from gallery.reid.encoder import identify, load_encoder
    from gallery.roster import encode_gallery

    settings = request.settings.gallery
    if not roster.has_pictures:
        return names_without_pictures(request, roster, new), None
    key = _key(roster, identify(request.encoder)[1], settings)
    cached = None if store is None else GalleryCache.read(store, key)
    if cached is not None and not observing:
        return fit_names(roster, cached, request, new), None
    encoder = load_encoder(request.encoder, request.device)
    if cached is None:
        cached = GalleryCache(key, *encode_gallery(roster, encoder, mirror=settings.mirror))
    return fit_names(roster, cached, request, new), encoder


def names_without_pictures(
    request: TrackRequest, roster: Roster | None, new: tuple[str, ...]
) -> NameModel:
    """The names of a run that knows nobody's looks when it begins. roster: a team sheet's, whose
    players are known by their numbers. new: whom anchors name."""
    identity, settings = request.settings.follow.identity, request.settings.gallery
    count = len(new) + (len(roster.players) if roster is not None else 0)

    def refit(shown: Floats, players_of: Ints) -> Classify:
        return learned(shown, players_of, count, settings.shrinkage, identity.open_set_nats)

    wanted = refit if identity.refit else None
    if roster is None:
        return NameModel(None, None, wanted, None, None, new)
    rules = _rules(roster, len(new), request.settings)
    key = f"{roster.fingerprint()} {settings}"
    return NameModel(roster, None, wanted, rules, None, new, key)


def reopen_names(
    request: TrackRequest, about: Metadata, store: Path, anchors: AnchorSources | None = None
) -> NameModel:
    """As `open_names`, where the pictures were encoded by the run before; needs no encoder.

    Raises RosterError, and StoreError where the gallery is another one since.
    """
    roster, new = roster_of(request), anchors.new if anchors else ()
    if roster is None or not roster.has_pictures:
        players = anchors.players if roster is None and anchors is not None else new
        return names_without_pictures(request, roster, players)
    encoder = about.encoder.fingerprint if about.encoder else ""
    cached = GalleryCache.read(store, _key(roster, encoder, request.settings.gallery))
    if cached is None:
        raise StoreError(
            f"{request.gallery} is not the gallery of {store.parent}, or has changed since; "
            "run teamsheet track with --resume first"
        )
    return fit_names(roster, cached, request, new)


def fit_names(
    roster: Roster, cached: GalleryCache, request: TrackRequest, new: tuple[str, ...] = ()
) -> NameModel:
    """The names of a gallery that is encoded, by the settings asked for. new: see NameModel."""
    from gallery.classifier.calibration import Calibration
    from gallery.classifier.gallery_classifier import GalleryClassifier

    shrinkage, count = request.settings.gallery.shrinkage, len(roster.players) + len(new)
    identity = request.settings.follow.identity
    embeddings, labels, pictures = cached.embeddings, cached.labels, cached.pictures

    def refit(shown: Floats, players_of: Ints) -> Classify:
        """A classifier of the gallery and of what this video has shown of its players since."""
        keys = [*pictures, *(("video", i) for i in range(len(players_of)))]
        every, names = np.concatenate([embeddings, shown]), np.concatenate([labels, players_of])
        return learned(every, names, count, shrinkage, identity.open_set_nats, keys)

    kappa, cosine, *reliability = cached.calibration.tolist() or (0.0, 0.0)
    bins = np.array(reliability).reshape(-1, 3)
    known = Calibration(kappa, cosine, bins) if len(bins) else None
    pictured = np.unique(labels[labels >= 0])  # a team sheet may list others too
    places = np.where(labels >= 0, np.searchsorted(pictured, labels), labels)
    classifier = GalleryClassifier.fit(
        embeddings, places, len(pictured), shrinkage, pictures, known
    )
    found = classifier.calibration
    known_again = np.array([found.kappa, found.cosine, *found.reliability.ravel()])
    return NameModel(
        roster,
        replace(classifier, open_set_nats=identity.open_set_nats),
        refit if identity.refit else None,
        _rules(roster, len(new), request.settings),
        replace(cached, calibration=known_again),
        new,
        cached.key,
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
        [*(p.color for p in people), *[()] * new],
    )
