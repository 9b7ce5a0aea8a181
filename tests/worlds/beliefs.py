"""Beliefs of a few tracks about a few players, given as shares."""

from __future__ import annotations

import numpy as np

from tracker.identity.posterior import Beliefs
from tracker.settings import IdentitySettings
from tracker.types import Doubles, Mask

LIMITS = IdentitySettings()
PLAYERS = 3
ONLY = np.zeros(1, np.int64)


def log_of(*rows: list[float]) -> Doubles:
    """Log-probabilities of shares; the last column is "unknown"."""
    shares = np.array(rows, dtype=np.float64)
    return np.asarray(np.log(shares / shares.sum(axis=1, keepdims=True)))


def everybody(tracks: int) -> Mask:
    return ~np.eye(tracks, dtype=bool)


def beliefs_of(*rows: list[float]) -> Beliefs:
    log = log_of(*rows)
    made = Beliefs.fresh(len(log), log.shape[1] - 1, LIMITS)
    made.log[:] = log
    made.votes[:] = 1
    return made
