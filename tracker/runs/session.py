"""What a run has opened: inputs to observe, a model of names, and a log of what there is to say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tracker.observation.metadata import Metadata

if TYPE_CHECKING:
    from gallery.reid.base import Encoder
    from tracker.court.field import Field
    from tracker.detection.detector import Detector
    from tracker.kits.facts import KitFact
    from tracker.observation.jersey_protocol import NumberReader
    from tracker.runs.anchor_sources import AnchorSources
    from tracker.runs.detector_classes import DetectorClasses
    from tracker.runs.live_anchors import LivePipes
    from tracker.runs.name_model import NameModel
    from tracker.tracking.occlusion_net import OffsetNet
    from tracker.tracking.track_roles import TrackRoles
    from tracker.video.source import Source


@dataclass(frozen=True, slots=True)
class Inputs:
    """What observing takes. encoder, number_reader: None where nothing of theirs is wanted."""

    source: Source
    detector: Detector
    encoder: Encoder | None = None
    number_reader: NumberReader | None = None

    @property
    def runtimes(self) -> dict[str, str]:
        """What runs the networks; a detector or encoder need not say so."""
        networks = {"detector": self.detector, "encoder": self.encoder}
        found = {what: getattr(network, "runtime", "") for what, network in networks.items()}
        return {what: runtime for what, runtime in found.items() if runtime}


@dataclass(slots=True)
class RunLog:
    """What a run has to say: notes before it, warnings while it goes on, seconds of each stage.

    speeds: frames a second of the stages that observe, while they do. kits: what is known of each.
    """

    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    speeds: Mapping[str, float] = field(default_factory=dict)
    kits: list[KitFact] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Session:
    """about: of what and by what its observations are. inputs: None where all is observed already.

    names: None without a gallery, a team sheet and anchors. anchors: None where nothing but the
    roster says who anybody is. classes: of the detector, None where it tells people from nothing
    else. offsets: None for the net that comes with the package. live: anchors that come while it
    goes on, if any. field: where the game is in one of its frames, if anybody has said so.
    """

    about: Metadata
    inputs: Inputs | None = None
    names: NameModel | None = None
    offsets: OffsetNet | None = None
    log: RunLog = field(default_factory=RunLog)
    anchors: AnchorSources | None = None
    classes: DetectorClasses | None = None
    live: LivePipes | None = None
    field: Field | None = None

    @property
    def players(self) -> list[str]:
        return self.names.players if self.names else []

    @property
    def sources(self) -> tuple[str, ...]:
        """Of anchors, by number, as the words of `evidence` name them."""
        return self.anchors.sources.names if self.anchors else ()

    def track_roles(self) -> TrackRoles:
        """A new one, which has heard nothing: by the classes of the detector and by the roster."""
        from tracker.runs.detector_classes import track_roles

        return track_roles(self.classes, self.names.rostered if self.names else (), self.players)
