"""How often names are right, by a person who looks at some that were drawn at random."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

import numpy as np

from tracker.corrections.answers_file import Judged
from tracker.output.row_arrays import RowArrays
from tracker.review.ledger import Ledger
from tracker.runs.review_journal import Journal, ReviewError, now
from tracker.types import UNKNOWN

LEVEL = 0.95
"""Of the interval."""


class Audit:
    """What is drawn, and what was judged of it. One owner, one thread at a time."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._seed = 0
        self._items: list[dict[str, Any]] = []

    def items(
        self, rows: RowArrays, ledger: Ledger, count: int, seed: int | None
    ) -> dict[str, Any]:
        """`count` named boxes, drawn by `seed`; None: the draw that was begun, or a new one. Of a
        draw that was begun, what was judged stays as it was then."""
        judged = self._journal.answers.audit
        begun = next((each.seed for each in judged.values()), None)
        if seed is None:
            seed = begun if begun is not None else secrets.randbelow(1 << 31)
        mine = judged if seed == begun else {}
        self._seed, self._items = seed, drawn(rows, ledger, count, seed, mine)
        return {"seed": seed, "items": self._items, **precision(mine)}

    def judge(self, number: int, yes: bool) -> dict[str, Any]:
        """Kept before it returns. Raises ReviewError where no such item was drawn."""
        item = next((item for item in self._items if item["i"] == number), None)
        if item is None:
            raise ReviewError(f"item {number} was not drawn; ask for the items first")
        frame, track, player = (item[key] for key in ("frame", "track", "player"))
        judged = Judged(
            frame=frame, track=track, player=player, yes=yes, seed=self._seed, number=number,
            time=now(),
        )  # fmt: skip
        self._journal.judge(judged)
        item["yes"] = yes
        return precision(self._journal.answers.audit)


def drawn(
    rows: RowArrays,
    ledger: Ledger,
    count: int,
    seed: int,
    judged: Mapping[int, Judged],
) -> list[dict[str, Any]]:
    """`count` named boxes, each as likely as any other, in order of time; judged ones stay."""
    named = np.flatnonzero(rows.visible & (ledger.players != UNKNOWN))
    count = min(max(count, 0), len(named))
    chosen = np.random.default_rng(seed).choice(len(named), count, replace=False)
    items = {
        number: (
            int(rows.frames[row]),
            int(rows.tracks[row]),
            ledger.names[int(ledger.players[row])],
        )
        for number, row in enumerate(np.sort(named[chosen]).tolist())
    }
    items |= {number: (each.frame, each.track, each.player) for number, each in judged.items()}
    return [
        {
            "i": number,
            "frame": frame,
            "track": track,
            "player": player,
            "time_s": round(rows.time_s(frame), 3),
            "yes": judged[number].yes if number in judged else None,
        }
        for number, (frame, track, player) in sorted(items.items())
    ]


def precision(judged: Mapping[int, Judged]) -> dict[str, Any]:
    """How many were judged and how many are right, that share, and its interval by Wilson."""
    from scipy.stats import binomtest

    done, right = len(judged), sum(each.yes for each in judged.values())
    if not done:
        return {"done": 0, "right": 0, "precision": None, "low": None, "high": None}
    interval = binomtest(right, done).proportion_ci(LEVEL, method="wilson")
    return {
        "done": done,
        "right": right,
        "precision": round(right / done, 4),
        "low": round(float(interval.low), 4),
        "high": round(float(interval.high), 4),
    }
