"""Every setting and what it means. Times are in seconds, never frames; lengths say their unit.

`configs/default.yaml` is written from this file (`scripts/write_default_config.py`) and a test
holds the two equal. `tracker.config` reads what users say into it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from gallery.classifier.calibration import OPEN_SET_BIAS

MOST = 1e6
"""Of any setting that is no whole number; in seconds, 11 days."""


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    @field_validator("*")
    @classmethod
    def _is_believable(cls, value: object) -> object:
        """No number of a setting is so large, also where a file of somebody else holds it."""
        if isinstance(value, float) and not abs(value) <= MOST:
            raise ValueError(f"a number from -{MOST:g} to {MOST:g} is expected")
        if isinstance(value, int) and value >= 2**32:
            raise ValueError("a number below 2^32 is expected")
        return value


class DetectSettings(_Section):
    """Finding people."""

    score_min: float = Field(0.1, ge=0, le=1, description="detections below this score are dropped")
    nms_iou: float = Field(0.6, gt=0, le=1, description="IoU above which two boxes are one person")
    image_size_px: int = Field(640, ge=32, le=8192, description="network input where it is free")
    runtime: Literal["auto", "torch"] = Field(
        "auto", description="auto: a .pt file on the CPU is run by OpenVINO, which is faster"
    )
    tiles: str = Field(
        "auto",
        pattern=r"^(auto|[1-9]x[1-9](\+[1-9]x[1-9])*)$",
        description="columns x rows, such as 2x1, or 3x2+1x1 in two passes; auto: as people need",
    )
    every_n: int = Field(
        1,
        ge=1,
        le=25,
        description="look for people in every n-th frame; rows between are interpolated",
    )
    tile_overlap: float = Field(0.15, ge=0, lt=0.9, description="overlap, share of a tile's side")


def _off(value: object) -> object:
    """YAML reads a bare `off` as false."""
    return "off" if value is False else value


class EncodeSettings(_Section):
    """Describing people."""

    every_s: float = Field(0.2, ge=0, description="all are encoded this often; 0 = every frame")
    moments: bool = Field(
        True, description="between: who appears, overlaps another, comes to or leaves the border"
    )
    batch: int = Field(64, ge=1, le=4096, description="crops per call of the encoder")
    colors: bool = Field(True, description="look at shirts too, by which kits are told apart")
    numbers: Annotated[Literal["auto", "off", "net", "rapidocr"], BeforeValidator(_off)] = Field(
        "auto", description="reader of shirt numbers; auto: net where roster.yaml has a number"
    )
    numbers_every_s: float = Field(
        0.4, ge=0.4, description="one person is read this often; more in doubt, less when settled"
    )
    numbers_height_min_px: float = Field(60, ge=0, description="smaller people are not read")
    numbers_budget_ms: float | None = Field(
        None, gt=0, description="reading takes no more per frame; null = 4 shirts a frame"
    )


class CameraSettings(_Section):
    """Camera motion and shot cuts."""

    enabled: bool = Field(True, description="estimate camera motion and cuts from the pictures")
    width_px: int = Field(480, ge=64, le=4096, description="pictures are shrunk to this width")
    min_inliers: int = Field(30, ge=4, description="fewer background points: motion is unknown")
    max_residual_px: float = Field(2.0, gt=0, description="median reprojection error, full size")
    cut_distance: float = Field(
        0.5, gt=0, description="a cut if no motion fits; so is what stands out"
    )


class GallerySettings(_Section):
    """The classifier over the gallery."""

    shrinkage: float = Field(0.1, ge=0, description="LDA: share of the mean eigenvalue added")
    mirror: bool = Field(True, description="use every picture's mirror image too")


class MotionSettings(_Section):
    """Kalman filter; lengths in body heights."""

    place_std: float = Field(0.04, gt=0, description="noise of a detected centre, heights")
    size_std: float = Field(0.08, gt=0, description="noise of a detected log width and log height")
    speed_std: float = Field(1.5, gt=0, description="spread of a new track's speed, heights/s")
    growth_std: float = Field(0.2, gt=0, description="spread of a new track's log size rate, 1/s")
    acceleration: float = Field(
        0.4, gt=0, description="white noise acceleration, heights/s^1.5; where learning it begins"
    )
    growth_change: float = Field(0.2, gt=0, description="white noise of the log size rate, 1/s^0.5")
    coast_s: float = Field(1.0, gt=0, description="an unseen player's speed decays over this long")


class AssociationSettings(_Section):
    """Which detection is which track; scores in nats."""

    high_score: float = Field(0.5, ge=0, le=1, description="detections that may start a track")
    expand_min: float = Field(0.3, ge=0, description="boxes grow by this share on each side")
    expand_max: float = Field(1.0, ge=0, description="largest growth, for uncertain predictions")
    expand_per_std: float = Field(0.3, ge=0, description="growth per predicted std in heights")
    overlap_nats: float = Field(8.0, gt=0, description="worth of full expanded overlap")
    surprise_nats: float = Field(0.25, ge=0, description="cost per squared std off, while unseen")
    gate_std: float = Field(4.0, gt=0, description="farther off an unseen track is not matched")
    look_nats: float = Field(2.0, ge=0, description="appearance counts at most this much")
    name_nats: float = Field(2.0, ge=0, description="names that fit or clash count at most this")
    accept_nats: float = Field(0.3, description="score below which a pair is no match")
    low_iou: float = Field(0.4, ge=0, le=1, description="expanded IoU a weak detection needs")
    overlap_s: float = Field(3.0, ge=0, description="unseen for longer, overlap is no evidence")
    refind_nats: float = Field(2.0, description="score a lost track needs to be found again")
    refind_s: float = Field(3.0, ge=0, description="without a name a track is re-found this long")
    reach: float = Field(5.0, gt=0, description="fastest runner, heights/s")
    ambiguous_nats: float = Field(2.0, ge=0, description="swap margin below which it is open")
    covered_max: float = Field(
        0.2, ge=0, le=1, description="more covered crops do not change the appearance"
    )


class IdentitySettings(_Section):
    """Names: evidence, exclusion, thresholds."""

    crop_height_min_px: float = Field(40, ge=0, description="smaller crops are no votes")
    crop_covered_max: float = Field(0.2, ge=0, le=1, description="more covered crops are no votes")
    crop_score_min: float = Field(0.5, ge=0, le=1, description="weaker detections are no votes")
    vote_s: float = Field(0.4, gt=0, description="crops this close together are one vote")
    vote_nats_max: float = Field(6.0, gt=0, description="one vote counts at most this much")
    vote_correlation: float = Field(
        0.1, ge=0, le=1, description="votes of one stretch of a track err alike by this much"
    )
    belief_nats_max: float = Field(
        14.0, gt=0, description="no track is surer than this of its name"
    )
    unknown_prior: float = Field(0.5, gt=0, lt=1, description="share of people not in the gallery")
    name_at: float = Field(0.7, ge=0, le=1, description="probability at which a name is given")
    keep_at: float = Field(0.05, ge=0, le=1, description="probability at which it is given up")
    anchor_votes: int = Field(3, ge=1, description="separate votes an anchor needs")
    anchor_nats: float = Field(3.0, ge=0, description="margin over the second best it needs")
    swap_rate: float = Field(0.5, ge=0, description="swaps per second of an ambiguous encounter")
    cut_nats: float = Field(
        3.0, ge=0, description="offline: tracks are cut where a match beats the swap by less"
    )
    open_set_nats: float = Field(
        OPEN_SET_BIAS,
        description="added to unknown: later crops fit a gallery worse than its own pictures",
    )
    kit_nats: float = Field(
        2.0,
        ge=0,
        description="without pictures, a kit of another team speaks against a name by this",
    )
    plays_min: float = Field(
        0.0, ge=0, le=1, description="a name needs at least this probability to play; 0 = no rule"
    )
    exclusion: bool = Field(
        True, description="false: a track's name is weighed without the others' (to measure that)"
    )
    refit: bool = Field(
        True, description="offline: the classifier learns from the video's own surest tracklets"
    )


class PermanenceSettings(_Section):
    """Visible, occluded, absent."""

    gone_s: float = Field(0.25, gt=0, description="missed in the open this long, a player is gone")
    hidden_at: float = Field(0.5, ge=0, le=1, description="existence above which they are occluded")
    outside_std: float = Field(1.0, ge=0, description="this far past the border they are out, stds")


class OffsetSettings(_Section):
    """Learned occlusion offsets: where hidden players go."""

    enabled: bool = Field(True, description="false: hidden players go straight on (Kalman filter)")
    weights: Path | None = Field(None, description="an offset net of your own (train-offsets)")


class RosterSettings(_Section):
    """What roster.yaml says of teams, goalkeepers, times and numbers; soft, in nats."""

    field_max: int = Field(0, ge=0, description="players of a team at once; 0 = no rule")
    goalkeepers_max: int = Field(1, ge=0, description="goalkeepers of a team at once; 0 = no rule")
    excess_nats: float = Field(9.5, ge=0, description="weaker claims over these are dropped")
    away_nats: float = Field(6.0, ge=0, description="cost of a name outside their on and off times")
    number_nats: float = Field(3.0, gt=0, description="a number that is read counts at most this")


class CourtSettings(_Section):
    """Where the game is, and who plays: by the ground, heights and kits."""

    enabled: bool = Field(True, description="false: scores stay as the detector gives them")


class FollowSettings(_Section):
    """Life of a track."""

    confirm_s: float = Field(0.12, ge=0, description="seen for this long, a new track is real")
    max_absent_s: float = Field(10.0, gt=0, description="an unnamed track ends after this long")
    motion: MotionSettings = MotionSettings()
    association: AssociationSettings = AssociationSettings()
    identity: IdentitySettings = IdentitySettings()
    permanence: PermanenceSettings = PermanenceSettings()
    offsets: OffsetSettings = OffsetSettings()
    roster: RosterSettings = RosterSettings()
    court: CourtSettings = CourtSettings()


class RenderSettings(_Section):
    """The annotated video."""

    crf: int = Field(23, ge=0, le=51, description="H.264 quality, lower is better")
    max_width_px: int = Field(1920, ge=160, le=7680, description="wider videos are scaled down")
    trail_s: float = Field(1.0, ge=0, description="length of the line drawn behind a player")
    roster_strip: bool = Field(True, description="list who is visible, occluded, absent")
    players_only: bool = Field(False, description="do not draw who does not play")


class Settings(_Section):
    """All settings of a run."""

    seed: int = Field(0, ge=0, description="seed of everything random")
    mode: Literal["auto", "online", "offline"] = Field(
        "auto",
        description="offline: a second pass knows how every gap ends; auto: that for a file, "
        "online for a camera, --stream and --lag",
    )
    lag_s: float | None = Field(
        None, ge=0, description="online: names wait this long to be surer; null = to the end"
    )
    detect: DetectSettings = DetectSettings()
    encode: EncodeSettings = EncodeSettings()
    camera: CameraSettings = CameraSettings()
    gallery: GallerySettings = GallerySettings()
    follow: FollowSettings = FollowSettings()
    render: RenderSettings = RenderSettings()


_ANCHORED_AT = 0.5
"""Probability at which a name is given where nothing but anchors speaks.

An anchor is somebody's word and no picture's likeness: likelier than not is enough. Mean Name-F1
online of soccer, basketball and volleyball, true boxes and YOLO11n, at .7 and .5: one anchor in 200
boxes, 80 % right, .35 and .50; 2 %, 95 % right, .79 and .80.
"""


def by_anchors(settings: Settings) -> Settings:
    """The same, for a run without pictures of its players; what a user has set stays."""
    follow = settings.follow
    if follow.identity.name_at != IdentitySettings().name_at:
        return settings
    identity = follow.identity.model_copy(update={"name_at": _ANCHORED_AT})
    return settings.model_copy(update={"follow": follow.model_copy(update={"identity": identity})})


def as_offline(settings: Settings) -> Settings:
    """The same, for a run of which somebody has said who is who."""
    return settings.model_copy(update={"mode": "offline", "lag_s": None})
