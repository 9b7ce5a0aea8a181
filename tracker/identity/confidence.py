"""How sure the name in a row is: what is believed of the track, and whether this box is its body.

A track may surely be a player while a weak detection in it shows half of somebody, two people, or
somebody else. Of the named boxes of three matches (soccer, basketball, volleyball; YOLO11n, YOLOX
and true boxes; online and offline) so many were right by the detection's score. Fitted to all;
fitted without the match that is scored, the expected calibration error falls from .09 to .05.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tracker.types import Doubles, TrackedFrame

_SCORES = (0.1, 0.25, 0.4, 0.5, 0.65)
_RIGHT = (0.36, 0.55, 0.67, 0.86, 0.99)


def of_boxes(scores: Doubles) -> Doubles:
    """(M,) chance that a detection shows the body its track is on; 1 where nothing is seen."""
    return np.where(np.isnan(scores), 1.0, np.interp(scores, _SCORES, _RIGHT))


def in_rows(frame: TrackedFrame) -> TrackedFrame:
    """The frame with what its boxes are worth counted in. Once only, and after all else."""
    return replace(frame, player_confidence=frame.player_confidence * of_boxes(frame.scores))
