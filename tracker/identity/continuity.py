"""How likely a track still follows the same person, after a gap, after a cut and after an ambiguous
match.

Counted on 1,155 moments of SportsMOT, hockey and SoccerNet truth with simulated misses, appearance
not used: who lay under the track before, and who after.
"""

from __future__ import annotations

import numpy as np

from tracker.types import Doubles, Mask

GAP_S = 0.4
"""Unseen for no longer, a track is the same person."""
UNCLEAR_S, UNCLEAR_NATS = 0.5, 5.0
"""After so long without a clean picture a track may have changed hands unnoticed, at such odds.

By the mean Name-F1 over 11 cases of basketball, volleyball and soccer, true boxes and detectors:
.830 with it, .825 without; .15 s to .8 s and 3 or 5 nats lie between .823 and .831.
"""
SAME_NATS = 2.0
"""Below these log-odds a track found again is not held to whom it was once seen beside."""
_GAPS_S = (0.4, 0.6, 0.9, 1.2)
_GAPS_NATS = (3.5, 2.5, 1.2, -0.4)
_CUT_NATS = _GAPS_NATS[-1]  # places tell as little as after the longest gap
_NO_SWAP_NATS = (1.2, 1.3)


def gap_log_odds(gap_s: Doubles) -> Doubles:
    """Log-odds that who is found again after so many seconds is the one who was lost."""
    return np.asarray(np.interp(gap_s, _GAPS_S, _GAPS_NATS))


def same_identity_log_odds(gap_s: Doubles, over_cut: Mask) -> Doubles:
    """The same where shots ended in between, in which case the time that passed says nothing."""
    return np.where(over_cut, _CUT_NATS, gap_log_odds(gap_s))


def no_swap_log_odds(margins: Doubles) -> Doubles:
    """Log-odds that two who met did not swap, by the nats of the match's margin."""
    at_zero, per_nat = _NO_SWAP_NATS
    return np.asarray(at_zero + per_nat * np.maximum(margins, 0.0))


def link_log_probabilities(log_odds: Doubles | float) -> tuple[Doubles, Doubles]:
    """Log-probabilities that a link with these log-odds holds, and that it does not."""
    odds = np.asarray(log_odds, np.float64)
    return -np.logaddexp(0, -odds), -np.logaddexp(0, odds)
