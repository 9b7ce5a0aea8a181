"""Who the players of a run are: of its gallery, its team sheet, its anchors, its detector."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tracker.detection.class_names import PlayerNames
from tracker.observation.metadata import ANEW, Metadata, SourceFacts
from tracker.runs.anchor_files import GivenAnchors
from tracker.runs.anchor_sources import AnchorSources
from tracker.runs.detector_classes import DetectorClasses, classes_of
from tracker.runs.request import PipelineError, TrackRequest

if TYPE_CHECKING:
    from gallery.roster import Roster
    from tracker.observation.store import Store
    from tracker.video.source import Source


def roster_of(request: TrackRequest) -> Roster | None:
    """Of the gallery and the team sheet asked for, None without both. Raises RosterError."""
    from gallery.team_sheet.merge import read_players

    return read_players(request.gallery, request.roster)


def names_of_classes(
    request: TrackRequest, roster: Roster | None, given: GivenAnchors | None
) -> PlayerNames:
    """Who the classes of a detector may be, before it is opened and known to have any. Raises
    AnchorError where a file names somebody whom no class can be."""
    if roster is None:
        return PlayerNames(None, request.players_from_detector)
    players = [player.name for player in roster.players]
    if given is not None and not request.players_from_detector:
        players = [*AnchorSources.of(given, players, request.new_players).players]
    return PlayerNames(tuple(players), request.players_from_detector)


def called(request: TrackRequest, source: Source) -> PlayerNames:
    """Who the classes of the detector asked for may be: by the gallery and the files of anchors.

    Raises RosterError, AnchorError.
    """
    adds = request.new_players and (request.gallery or request.roster) is not None
    return names_of_classes(
        request, roster_of(request), given_anchors(request, source) if adds else None
    )


@dataclass(frozen=True, slots=True)
class RunPlayers:
    """anchors: None where nothing says who anybody is. classes: of the detector, None without."""

    anchors: AnchorSources | None
    classes: DetectorClasses | None


def players_of(
    request: TrackRequest,
    about: Metadata,
    roster: Roster | None,
    given: GivenAnchors | None,
    listed: Sequence[str] | None = None,
) -> RunPlayers:
    """Who the players of a run are beside its roster's, and what names them.

    about: what was, or is to be observed. listed: all players, where they are known from an earlier
    following. Raises AnchorError, and PipelineError where classes are asked for and not known.
    """
    if request.players_from_detector and not about.classes:
        raise PipelineError(
            f"{about.detector.name} has no classes of players in what was observed; leave out "
            f"--players-from-detector, or {ANEW}"
        )
    rostered = roster.players if roster is not None else ()
    known = None if roster is None else [player.name for player in rostered]
    all_players = request.players_from_detector
    more = classes_of(about, listed or known, all_players).roster[len(rostered) :]
    files = given if given is not None else GivenAnchors.none(about.source.fps)
    every = AnchorSources.of(files, known, request.new_players, more)
    classes = None
    if about.classes:  # a class may be somebody whom only a file of anchors knows
        kinds = classes_of(about, every.players or None, all_players)
        classes = DetectorClasses.of(kinds, every.players, rostered)
    if classes is not None and classes.sources:
        every = replace(every, classes=classes)
    return RunPlayers(every if every.sources else None, classes)


def described_by_classes(
    anchors: AnchorSources | None, source: Source, store: Store | None
) -> bool:
    """Whether people are described because classes name them: to be known again between. What is
    begun goes on as it was begun."""
    if anchors is None or anchors.classes is None or not source.has_images:
        return False
    return store is None or store.metadata.encoder is not None


def given_anchors(request: TrackRequest, about: Source | SourceFacts) -> GivenAnchors | None:
    """The files of --anchors, read; None without any. Raises AnchorError."""
    from tracker.anchors.readers import AnchorVideo

    if not request.anchors:
        return None
    frames = None if about.live else about.frame_count
    video = AnchorVideo(about.name, about.width, about.height, about.fps, frames)
    return GivenAnchors.read(request.anchors, video)
