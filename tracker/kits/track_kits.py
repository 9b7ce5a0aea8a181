"""What kit each track wears, as files have it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tracker.kits.facts import KitFact
from tracker.kits.kits import NO_KIT, TEAM_MIN, Kits, likeliest
from tracker.kits.stated_kits import GOALKEEPER
from tracker.kits.track_colors import SPAN_S, TrackColors
from tracker.kits.words import kit_words
from tracker.types import Doubles, Ints

_WRITTEN_AT = 0.5
"""Probability from which a kit is written; how right it is then: docs/roster.md."""
_UNKNOWN_PLAYS = 0.7  # of a track of which nothing is known but its kit


@dataclass(frozen=True, slots=True, eq=False)
class TrackKits:
    """names: (K,) of the kits. kit: (T,) place among them by track id, NO_KIT where it is not
    known; probability: (T,) of it. spans: (W, 2) track and span, in order, of which span_kit and
    span_probability (W,) are better known, for it may go over to somebody else. facts: (K,)
    of the kits; none where it is not asked whose they are."""

    names: tuple[str, ...]
    kit: Ints
    probability: Doubles
    spans: Ints
    span_kit: Ints
    span_probability: Doubles
    facts: tuple[KitFact, ...] = ()

    @classmethod
    def none(cls) -> TrackKits:
        """Nothing is known."""
        ints, doubles = np.zeros(0, np.int64), np.zeros(0)
        return cls((), ints, doubles, ints.reshape(0, 2), ints, doubles)

    @classmethod
    def of(
        cls,
        kits: Kits | None,
        colors: TrackColors,
        names: Sequence[str] | None = None,
        facts: Sequence[KitFact] = (),
    ) -> TrackKits:
        """names: (K,) None for words of their colours."""
        if kits is None:
            return cls.none()
        kit, sure = likeliest(kits.probabilities(colors.counts()))
        written = sure >= _WRITTEN_AT
        spans, counts = colors.spanned()
        span_kit, span_sure = likeliest(kits.over_time(spans, counts))
        better = (span_sure >= _WRITTEN_AT) & counts.any(axis=(1, 2))
        words = kit_words(kits.counts) if names is None else names
        return cls(
            tuple(words), np.where(written, kit, NO_KIT), np.where(written, sure, 0.0),
            spans[better], span_kit[better], span_sure[better],
            tuple(facts),
        )  # fmt: skip

    def of_teams(self, plays: Doubles, at_once: Doubles) -> Doubles:
        """(T,) probability that each track wears what several players do at once, or a goalkeeper;
        NaN where it is not known what it wears, or there are no two such kits: then all wear what
        they like.

        plays: (T,) probability of each track to play, by all else. at_once: (T,) in how much of the
        video it is seen.
        """
        known = np.flatnonzero(self.kit != NO_KIT)
        weight = self.probability * np.nan_to_num(plays, nan=_UNKNOWN_PLAYS) * at_once
        worn = np.bincount(self.kit[known], weight[known], len(self.names))
        teams = worn >= TEAM_MIN
        team = np.full(len(self.kit), np.nan)
        if teams.sum() < 2:
            return team
        players = teams | [fact.role == GOALKEEPER or bool(fact.team) for fact in self.facts]
        sure = self.probability[known]
        team[known] = np.where(players[self.kit[known]], sure, 1 - sure)
        return team

    def of_rows(self, tracks: Ints, times_s: Doubles) -> tuple[Ints, Doubles]:
        """(M,) kits and (M,) probabilities, NaN where none is known, of rows with these (M,) ids
        and times."""
        kit, sure = np.full(len(tracks), NO_KIT), np.full(len(tracks), np.nan)
        known = np.flatnonzero(tracks < len(self.kit))
        kit[known] = self.kit[tracks[known]]
        sure[known] = np.where(kit[known] == NO_KIT, np.nan, self.probability[tracks[known]])
        if not len(self.spans):
            return kit, sure
        wide = int(self.spans[:, 1].max()) + 2  # one number for track and span
        span = np.clip(np.floor(times_s / SPAN_S).astype(np.int64), 0, wide - 1)
        keys, wanted = self.spans[:, 0] * wide + self.spans[:, 1], tracks * wide + span
        behind = np.searchsorted(keys, wanted).clip(0, len(keys) - 1)
        nearer = abs(keys[behind - 1] - wanted) < abs(keys[behind] - wanted)
        place = np.where(nearer, behind - 1, behind)
        found = self.spans[place, 0] == tracks
        kit[found] = self.span_kit[place[found]]
        sure[found] = self.span_probability[place[found]]
        return kit, sure
