"""What a shirt number that was read says of who wears it.

Both teams may wear a number: which team it is, appearance must tell.
"""

from __future__ import annotations

import numpy as np

from tracker.identity.number_evidence import number_nats
from tracker.identity.roster_rules import RosterRules
from tracker.types import NO_NUMBER, Doubles, Readings


def log_likelihood(readings: Readings, rules: RosterRules) -> Doubles:
    """(N, P + 1) nats for each name, 0 for nobody known and for a player without a number.

    Those of `number_nats`, bounded by `rules.settings.number_nats` on both sides. A row of zeros
    where nothing was read.
    """
    result = np.zeros((len(readings), len(rules.number) + 1))
    known = np.flatnonzero(rules.number != NO_NUMBER)
    limit = rules.settings.number_nats
    nats = number_nats(readings.digits)[:, rules.number[known]]
    result[:, known] = np.clip(nats, -limit, limit)
    return result
