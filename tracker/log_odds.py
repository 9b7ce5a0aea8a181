"""Chances as log-odds, and back."""

from __future__ import annotations

import numpy as np

from tracker.types import Doubles


def log_odds(chance: Doubles, margin: float) -> Doubles:
    """Log-odds, nats, of chances in [0, 1], which are first kept so far from 0 and from 1."""
    inside = np.minimum(np.maximum(chance, margin), 1 - margin)
    return np.asarray(np.log(inside) - np.log1p(-inside))


def probabilities(odds: Doubles) -> Doubles:
    """The probabilities that have these log-odds, nats."""
    return np.asarray(1 / (1 + np.exp(-odds)))
