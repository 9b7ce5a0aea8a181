"""What a run has opened and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tracker.observation.metadata import (
    Metadata,
)
from tracker.types import EvidenceLog, TrackedFrame

if TYPE_CHECKING:
    from gallery.classifier.gallery_classifier import GalleryClassifier
    from gallery.reid.base import Encoder
    from gallery.roster import Roster
    from tracker.detection.detector import Detector
    from tracker.identity.roster_rules import RosterRules
    from tracker.observation.jersey_reader import NumberReader
    from tracker.offline.constraints import UserConstraint
    from tracker.offline.second_pass import Refit
    from tracker.runs.first_pass_cache import Followed
    from tracker.runs.gallery_vectors import GalleryCache
    from tracker.tracking.occlusion_net import OffsetNet
    from tracker.video.source import Source


@dataclass(slots=True)
class Run:
    """What a run has opened and counted.

    about: of what and by what its observations are. source, detector: None where all is observed
    already, for then neither is opened. encoder: None then too, unless the gallery is new.
    offset_test: what `tracking/offset_test.py` found. followed: what a correction will go by.
    user_constraints: gives what the user has said of the tracks of these frames, names not yet
    given. live: what a camera has to say for the receipt. seen: how many frames were looked at,
    boxes found in them, and of those described.
    """

    about: Metadata
    source: Source | None = None
    detector: Detector | None = None
    roster: Roster | None = None
    encoder: Encoder | None = None
    classifier: GalleryClassifier | None = None
    gallery_cache: GalleryCache | None = None
    offsets: OffsetNet | None = None
    refit: Refit | None = None
    rules: RosterRules | None = None
    reader: NumberReader | None = None
    user_constraints: Callable[[Sequence[TrackedFrame]], Sequence[UserConstraint]] | None = None
    evidence_log: EvidenceLog | None = None
    offset_test: Sequence[Mapping[str, float | int]] | None = None
    followed: Followed | None = None
    live: Mapping[str, Any] | None = None
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    seen: Counter[str] = field(default_factory=Counter)
    speeds: Mapping[str, float] = field(default_factory=dict)

    @property
    def players(self) -> list[str]:
        return [p.name for p in self.roster.players] if self.roster else []
