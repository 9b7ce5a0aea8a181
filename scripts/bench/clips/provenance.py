"""Where each constant was set, as docstrings, comments, documents and the changelog say it.

"by design": it follows from what it stands for (codes, guards against log 0, sizes of buffers).
"by judgement": nothing that is written says that it was fitted or measured.
"""

from __future__ import annotations

DESIGN, JUDGEMENT = "by design", "by judgement"
_TUNED = "by judgement; no difference on SNMOT-116 when varied (docs/tuning.md)"
_CLIPS = "mean Name-F1 of basketball_c009, volleyball_c016, SNMOT-116, all boxes (docs/identity.md)"
_BOXES = "named boxes of those three clips, leave one clip out (confidence.py)"
_LINKS = "fitted: 1,155 moments of SportsMOT, hockey, SoccerNet truth (continuity.py)"
_GALLERIES = "fitted: galleries of two sports and street scenes, four encoders (calibrate.py)"
_NET = "shape of the shipped offset net, which is trained (scripts/train/train_shipped_offsets.py)"

_SETTINGS: dict[str, tuple[str, ...]] = {
    _CLIPS: (
        "identity.name_at", "identity.keep_at", "identity.vote_correlation",
        "identity.belief_nats_max", "identity.cut_nats", "identity.open_set_nats",
    ),
    _TUNED: (
        "identity.unknown_prior", "identity.vote_nats_max",
        "permanence.gone_s", "association.high_score", "association.expand_min",
        "identity.crop_height_min_px", "association.reach",
    ),
    "by judgement; 2 is a doubt that is right in 76-98 % (links.py, docs/identity.md)": (
        "association.ambiguous_nats",
    ),
    "by judgement; ablated to 0 on SNMOT-116 (docs/identity.md)": (
        "association.name_nats", "association.look_nats",
    ),
    "chosen between .3 and .5, with what each video then learns: 7 clips of PETS, basketball, "
    "volleyball, soccer and the demo, 12 sequences of SportsMOT with gaps (docs/tuning.md)": (
        "motion.acceleration",
    ),
    JUDGEMENT: (
        "association.expand_max", "association.expand_per_std", "association.overlap_nats",
        "association.surprise_nats", "association.gate_std", "association.accept_nats",
        "association.low_iou", "association.overlap_s", "association.refind_nats",
        "association.refind_s", "association.covered_max", "identity.crop_covered_max",
        "identity.crop_score_min", "identity.vote_s",
        "identity.anchor_votes", "identity.anchor_nats", "identity.swap_rate",
        "permanence.hidden_at", "permanence.outside_std", "motion.place_std", "motion.size_std",
        "motion.speed_std", "motion.growth_std", "motion.growth_change", "motion.coast_s",
    ),
}  # fmt: skip

_MODULES: dict[str, tuple[str, ...]] = {
    _LINKS: (
        "identity/continuity.py:_GAPS_S", "identity/continuity.py:_GAPS_NATS",
        "identity/continuity.py:_NO_SWAP_NATS",
        "identity/continuity.py:_CUT_NATS",
        "identity/continuity.py:GAP_S",
    ),
    _CLIPS: (
        "identity/continuity.py:UNCLEAR_S",
        "identity/continuity.py:UNCLEAR_NATS",
        "identity/vote_stream.py:_REMEMBERED", "offline/offline_naming.py:_NAMED",
        "offline/first_pass.py:FIRST_NATS", "offline/refit.py:_BELIEVED",
        "offline/refit.py:_SURE_BY_ANCHORS", "offline/second_pass.py:_LESSONS",
        "identity/presence.py:_MISSED", "offline/second_pass.py:_UNSEEN_AT",
        "identity/guessed_numbers.py:_MISREAD", "identity/guessed_numbers.py:_EVEN",
    ),
    _BOXES: ("identity/confidence.py:_SCORES", "identity/confidence.py:_RIGHT"),
    "fitted: 12 clips, for the coverage of the ellipses (bridging.py)": (
        "offline/smoothing.py:_TOGETHER_S",
    ),
    "measured: those 7 clips, 12 sequences (process_noise.py)": (
        "tracking/process_noise.py:_MIN",
    ),
    "between two ends as measured: the demo, SportsMOT's boxes with gaps (separate_bodies.py)": (
        "tracking/separate_bodies.py:_FREE_TO_INSIDE", "tracking/separate_bodies.py:BESIDE_S",
    ),
    "measured: boxes of 3 detectors of ours, 2 of PETS and truth (double_boxes.py)": (
        "tracking/double_boxes.py:_SHARE",
    ),
    "measured: PETS, the demo, YOLO on 3 sports (births.py)": ("tracking/births.py:_TRUSTED",),
    "measured: 11 sequences with gaps, PETS, YOLO on 3 sports (separate_bodies.py, births.py)": (
        "tracking/separate_bodies.py:_TRUSTED", "tracking/births.py:_WATCHED_S",
    ),
    "measured: 44 clips of SportsMOT, 34 of SoccerNet (common_motion.py)": (
        "tracking/common_motion.py:_BEGINS", "tracking/common_motion.py:_GOES_ON",
        "tracking/common_motion.py:_SIGMAS",
        "tracking/common_motion.py:_TOLERANCE", "tracking/common_motion.py:_REACH",
    ),
    "measured: PETS and SportsMOT (association.py)": ("tracking/association.py:_WITH_CAMERA",),
    "measured: soccer-players-dfl, grids from 1x1 to 4x2 (auto_tiles.py)": (
        "detection/auto_tiles.py:YOLO_PX", "detection/auto_tiles.py:YOLOX_PX",
        "detection/auto_tiles.py:EFFICIENTDET_PX",
    ),
    "by judgement; measured on 4 hockey clips (occluders.py)": ("tracking/occluders.py:_HELD_S",),
    "taken from Deep-EIoU (pictures.py)": ("tracking/templates.py:_TEMPLATE_KEPT",),
    "of 0, .5 and 1 the best mean of 7 detectors and clips; none left out (matching.py)": (
        "tracking/matching.py:_UNSEEN_NATS",
    ),
    "regression on YOLO11n's boxes of basketball_c009, volleyball_c016, SNMOT-116, each left out "
    "in turn (docs/court.md)": (
        "court/heights.py:_PER_LOG", "court/heights.py:_FREE", "court/ground.py:_NATS",
    ),
    "between 2 and 3.5, so that volleyball's libero is kept (track_plays.py)": (
        "court/track_plays.py:KIT_NATS",
    ),
    _NET: tuple(
        f"tracking/occlusion_net.py:{name}"
        for name in (
            "LAGS_S", "OTHERS", "HORIZON_S", "GAP_BINS_S", "SINCE", "BINS", "HEADS", "TOKEN",
            "QUERY", "TOKEN_KNOWN", "QUERY_KNOWN", "TOKEN_IN", "QUERY_IN", "OUT", "FALL", "SPREAD",
            "_RATES",
        )
    ),
    DESIGN: (
        "court/ground.py:_FLOOR", "court/sightings.py:_MOST",
        "court/track_plays.py:IDLE_NATS", "court/roles.py:NO_ROLE", "court/field.py:_GRID",
        "court/field_corners.py:_MIN", "court/field_corners.py:_MAX",
        "court/field_corners.py:_MAX_BYTES",
        "detection/auto_tiles.py:_MOST",
        "tracking/offset_test.py:_BIN_ENDS_S", "tracking/process_noise.py:_SIGMA",
        "tracking/common_motion.py:_SIGMA", "tracking/common_motion.py:_MEDIAN",
        "tracking/common_motion.py:_FEWEST", "tracking/common_motion.py:_SAME_SIZE",
        "tracking/association.py:_OPEN_MARGIN", "assignment.py:_TIE",
        "offline/backward_offsets.py:_KEPT_S", "boxes.py:_STILL", "tracking/history.py:SLOTS",
        "tracking/history.py:SLOT_S", "tracking/history.py:_SAME_S", "tracking/history.py:_NEVER_S",
        "identity/exclusion.py:_EXCLUSION_ROUNDS", "identity/online_naming.py:_NEVER",
        "tracking/hidden_tracks.py:_NO_TRACK", "tracking/kalman.py:_PLACE",
        "tracking/kalman.py:_SPEED", "tracking/kalman.py:_RE_UPDATES",
        "tracking/occlusion_offsets.py:_NO_ROWS",
        "tracking/occlusion_net.py:SOON_S",
        "tracking/occlusion_net.py:TICK_S",
        "tracking/occlusion_net.py:UNSEEN", "tracking/occlusion_net.py:TINY",
        "tracking/occlusion_net.py:_FARTHEST",
        "tracking/occlusion_net.py:_LOG_VARIANCES",
        "tracking/visibility_states.py:_INNER", "tracking/visibility_states.py:SURE",
        "offline/ilp.py:WINDOW", "offline/offline_naming.py:_SUREST",
        "identity/anchor_accuracy.py:_GRID", "identity/anchor_likelihood.py:HUMAN",
        "identity/anchor_likelihood.py:_SURE",
        "tracking/online_anchors.py:NO_SOURCE", "tracking/online_anchors.py:_FREE",
        "identity/roster_rules.py:NO_TEAM", "identity/roster_rules.py:_INSTANT_S",
        "offline/constraints.py:FREE",
        "offline/constraints.py:_SAME_NATS", "offline/constraints.py:_NEVER_NATS",
        "offline/constraints.py:_HELD_NATS", "offline/constraints.py:_NEARLY",
        "tracking/occluders.py:_STEPS",
        "offline/swaps.py:_SAMPLES", "offline/swaps.py:_FEWEST_SAMPLES",
    ),
    JUDGEMENT: (
        "court/court.py:WINDOW_S", "court/court.py:_HOP_S", "court/court.py:PRIOR_WEIGHT",
        "court/court.py:_RUN", "court/ground.py:_ROUNDS", "court/ground.py:_MOST_NATS",
        "court/ground.py:_FEW", "court/ground.py:_PRIOR_NATS", "court/heights.py:_LOWEST_PX",
        "court/heights.py:_SPREAD", "court/heights.py:_ROUNDS", "court/heights.py:_FEW",
        "court/heights.py:_FLAT", "court/heights.py:_CUT_FREE", "court/heights.py:_MOST_NATS",
        "court/heights.py:_BORDER_PX", "court/live_court.py:_SHOT_S",
        "court/live_court.py:_EVERY_S", "court/live_court.py:_FIRST_S",
        "court/live_court.py:_LATER_SHARE", "court/roles.py:_FAR_NATS", "court/roles.py:_MOVES",
        "court/sightings.py:EVERY_S", "court/track_context.py:_STEP_S",
        "court/track_plays.py:PRIOR_NATS", "court/track_plays.py:PLAYS_AT",
        "court/field.py:_MARGIN", "court/field.py:_NATS_A_HEIGHT",
        "court/field.py:_INSIDE_NATS", "court/field.py:_OUTSIDE_NATS", "court/field.py:_AWAY",
        "detection/auto_tiles.py:_SURE", "detection/auto_tiles.py:_SMALL",
        "detection/auto_tiles.py:_GAIN",
        "tracking/association.py:_PAIRS_BEFORE_USE", "tracking/association.py:_PAIRS_KEPT",
        "tracking/births.py:_PRIOR_REAL",
        "tracking/births.py:_PRIOR_ALL", "tracking/separate_bodies.py:_FADES",
        "tracking/separate_bodies.py:_OWN_S",
        "tracking/separate_bodies.py:_BESIDE",
        "tracking/separate_bodies.py:_ENOUGH_S", "tracking/double_boxes.py:_SAME",
        "tracking/double_boxes.py:_FIRST",
        "tracking/double_boxes.py:_KEPT", "offline/smoothing.py:_TURNS",
        "tracking/matching.py:_SECOND_NATS",
        "tracking/matching.py:_WEAK_NATS",
        "tracking/offset_test.py:_EVERY_S", "tracking/offset_test.py:_LATER_S",
        "tracking/offset_test.py:_AT_ONCE",
        "tracking/offset_test.py:_KNOWN", "tracking/offset_test.py:_SEEN_S",
        "tracking/offset_test.py:_ENOUGH",
        "tracking/offset_test.py:_WORTH", "tracking/offset_test.py:_PRIOR_NATS",
        "tracking/offset_test.py:_FARTHEST",
        "tracking/offset_test.py:_MIN", "tracking/process_noise.py:_SPANS_S",
        "tracking/process_noise.py:_EVERY_S",
        "tracking/process_noise.py:_KEPT", "tracking/process_noise.py:_PRIOR",
        "tracking/process_noise.py:_MAX",
        "tracking/process_noise.py:_NOTICED",
        "offline/smoothing.py:LONGEST_S", "offline/smoothing.py:_AROUND_S",
        "offline/marginals.py:_MIN_GAIN",
        "offline/marginals.py:_MIN_PROBABILITY", "identity/continuity.py:SAME_NATS",
        "tracking/matching.py:_CLEAR_TO_COVERED", "tracking/matching.py:_PLACE_STD",
        "tracking/matching.py:_LEFT_S", "tracking/matching.py:_WEAK_GAP_S",
        "tracking/kalman.py:_LEAN_S",
        "tracking/occlusion_offsets.py:_QUERY_S", "tracking/prediction.py:SLIP_S",
        "tracking/occlusion_offsets.py:_AT_FIRST_S",
        "tracking/prediction.py:_LOST_STD", "identity/misreadings.py:_PART",
        "identity/misreadings.py:_DIGIT", "identity/misreadings.py:_ANY",
        "offline/refit.py:_SURE", "offline/refit.py:_CROPS_PER_PLAYER",
        "identity/anchor_accuracy.py:_PRIOR_NATS", "identity/anchor_likelihood.py:_LOWEST",
        "identity/anchor_likelihood.py:_HIGHEST", "offline/anchor_votes.py:_TAKEN_FOR",
        "offline/second_pass.py:_ROUNDS",
        "offline/offline_naming.py:_ROUNDS",
        "identity/presence.py:IN_VIEW", "identity/presence.py:_MIN_UNKNOWN",
        "identity/presence.py:_IN_VIEW_RANGE", "identity/presence.py:_WORTH",
        "tracking/visibility_states.py:_SEEN_FROM", "tracking/visibility_states.py:_AT_BORDER",
        "tracking/visibility_states.py:_INWARD", "tracking/visibility_states.py:_OUTWARD",
        "tracking/visibility_states.py:_SOON_S", "tracking/templates.py:_SHOWN_COVERED",
        "offline/constraints.py:_KEPT_NATS", "tracking/occluders.py:_FORGET_S",
        "tracking/occluders.py:_MIN_STD", "offline/tracklet_graph.py:_APART_S",
        "offline/tracklet_graph.py:_OVERLAP_S",
        "offline/swaps.py:COMPARED_S", "offline/swaps.py:SWAP_NATS",
        "offline/swaps.py:_APART_S", "offline/swaps.py:_FEWEST",
    ),
}  # fmt: skip

_GALLERY: dict[str, tuple[str, ...]] = {
    _GALLERIES: ("KAPPA", "COSINE"),
    "narrower than those galleries say, on purpose: better on footage (calibrate.py)": (
        "LOG_KAPPA_STD", "COSINE_STD",
    ),
    "fitted: SNMOT-116, means fall from .84 to .40-.73 (calibrate.py)": ("DRIFT",),
    "measured: SNMOT-116, AUC .84 without, .87 with (calibrate.py)": ("SIMILARITY_LEVELS",),
    _CLIPS: ("OPEN_SET_BIAS",),
    JUDGEMENT: ("BLOCKS",),
    DESIGN: ("BINS",),
}  # fmt: skip


def _by_name() -> dict[str, str]:
    parts = (
        ("follow.", _SETTINGS),
        ("tracker/", _MODULES),
        ("gallery/classifier/calibration.py:", _GALLERY),
    )
    return {
        f"{before}{name}": where
        for before, told in parts
        for where, names in told.items()
        for name in names
    }


WHERE: dict[str, str] = _by_name()
"""Name (a setting's key, or file:CONSTANT) to where it was set."""
