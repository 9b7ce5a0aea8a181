"""Which corrections hold where they contradict each other: in its frames, what was said last does.

An older one stays as it was said, and holds wherever no newer one speaks of the same track or of
the same player. So a newer one that is taken back leaves all as it was before.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from operator import itemgetter

from tracker.corrections.record import MAX_KEPT, Span, StoredCorrection
from tracker.corrections.statements import CorrectionError

_SHOWN = 3  # stretches of frames in a line


@dataclass(frozen=True, slots=True)
class Overruled:
    """The newer of two corrections holds instead of the older one. older, newer: their places in
    the list. spans: where, (first, last) frames from 1."""

    older: int
    newer: int
    spans: tuple[tuple[int, int], ...]

    @property
    def frames(self) -> str:
        """Such as 3-9 and 20-31."""
        shown = [f"{first}-{last}" for first, last in self.spans[:_SHOWN]]
        return " and ".join(shown) + " and more" * (len(self.spans) > _SHOWN)

    def line(self, kept: Sequence[StoredCorrection]) -> str:
        """kept: the list that both are places of."""
        return (
            f'"{kept[self.newer].text}" was said later and holds in frames {self.frames} instead '
            f'of correction {self.older + 1} "{kept[self.older].text}", which it contradicts there'
        )


@dataclass(frozen=True, slots=True)
class InForce:
    """corrections: the list, each with no more than what nothing newer contradicts."""

    corrections: tuple[StoredCorrection, ...]
    overruled: tuple[Overruled, ...]


def in_force(kept: Sequence[StoredCorrection]) -> InForce:
    """What holds of these, the oldest of which comes first. Two contradict each other where a track
    is two people, a player is on two tracks at a time, or is and is not somebody.

    Raises CorrectionError where they are too many.
    """
    if len(kept) > MAX_KEPT:
        raise CorrectionError(
            f"{len(kept)} corrections, at most {MAX_KEPT} can be kept; take some back"
        )
    newer, holding = _Newer(), list(kept)
    overruled: list[Overruled] = []
    for n in reversed([n for n, stored in enumerate(kept) if not stored.wears]):
        holding[n], hits = newer.left_of(kept[n])
        newer.add(holding[n], n)
        overruled += [Overruled(n, m, _merged(spans)) for m, spans in sorted(hits.items())]
    return InForce(tuple(holding), tuple(sorted(overruled, key=lambda o: (o.older, o.newer))))


_Part = tuple[int, int, str | int, int]
"""First and last frame, what is said there, and by which correction."""
_Hits = dict[int, list[tuple[int, int]]]


@dataclass(slots=True)
class _Line:
    """What is said of one thing, by time; stretches do not overlap."""

    parts: list[_Part] = field(default_factory=list)

    def during(self, first: int, last: int) -> list[_Part]:
        """Those that share a frame with these."""
        at = bisect_left(self.parts, (first,))
        at -= at > 0 and self.parts[at - 1][1] >= first
        end = bisect_right(self.parts, last, lo=at, key=itemgetter(0))
        return self.parts[at:end]

    def add(self, first: int, last: int, what: str | int, by: int) -> None:
        """Where nothing is said yet."""
        for low, high in _without((first, last), [p[:2] for p in self.during(first, last)]):
            insort(self.parts, (low, high, what, by))


class _Newer:
    """What was said after the correction that is looked at."""

    def __init__(self) -> None:
        self._names: dict[int, _Line] = defaultdict(_Line)  # of tracks
        self._tracks: dict[str, _Line] = defaultdict(_Line)  # of players
        self._denied: dict[tuple[int, str], _Line] = defaultdict(_Line)

    def add(self, stored: StoredCorrection, n: int) -> None:
        for track, first, last in stored.spans:
            self._names[track].add(first, last, stored.is_, n)
            if stored.is_:
                self._tracks[stored.is_].add(first, last, track, n)
        for track, first, last in stored.instead:
            self._denied[track, stored.is_].add(first, last, stored.is_, n)

    def left_of(self, stored: StoredCorrection) -> tuple[StoredCorrection, _Hits]:
        """What of a correction is left, and the newer ones that speak against the rest."""
        hits: _Hits = defaultdict(list)
        spans = _left(
            stored.spans, [self._against(span, stored.is_) for span in stored.spans], hits
        )
        instead = _left(
            stored.instead, [self._for(span, stored.is_) for span in stored.instead], hits
        )
        if spans == stored.spans and instead == stored.instead:
            return stored, hits
        if not stored.negated:  # nobody else is not they, where they are not said to be somebody
            meanwhile = _merged([span[1:] for span in spans])
            instead = tuple(
                (track, *both) for track, *ends in instead for both in _common(ends, meanwhile)
            )
        return stored.model_copy(update={"spans": spans, "instead": instead}), hits

    def _against(self, span: Span, is_: str) -> list[_Part]:
        """What says of a track that it is not this player."""
        track, *ends = span
        others = [part for part in self._names[track].during(*ends) if part[2] != is_]
        if is_:
            others += [part for part in self._tracks[is_].during(*ends) if part[2] != track]
            others += self._denied[track, is_].during(*ends)
        return others

    def _for(self, span: Span, is_: str) -> list[_Part]:
        """What says of a track that it is this player."""
        track, *ends = span
        return [part for part in self._names[track].during(*ends) if part[2] == is_]


def _left(
    spans: Sequence[Span], against: Sequence[Sequence[_Part]], hits: _Hits
) -> tuple[Span, ...]:
    """What is left of spans; what takes the rest is added to hits."""
    left: list[Span] = []
    for (track, first, last), parts in zip(spans, against, strict=True):
        for low, high, _, by in parts:
            hits[by].append((max(low, first), min(high, last)))
        left += [(track, *ends) for ends in _without((first, last), [part[:2] for part in parts])]
    return tuple(left)


def _without(span: tuple[int, int], gone: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """A span without the frames of others."""
    first, last = span
    left = []
    for low, high in _merged(gone):
        if first < low <= last:
            left.append((first, low - 1))
        first = max(first, high + 1)
    return [*left, (first, last)] if first <= last else left


def _merged(spans: Iterable[tuple[int, ...]]) -> tuple[tuple[int, int], ...]:
    """In order, those that touch as one."""
    found: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if found and first <= found[-1][1] + 1:
            found[-1] = found[-1][0], max(last, found[-1][1])
        else:
            found.append((first, last))
    return tuple(found)


def _common(ends: Sequence[int], spans: Iterable[tuple[int, int]]) -> Iterable[tuple[int, int]]:
    """The frames from one end to the other that are in spans."""
    both = ((max(ends[0], first), min(ends[1], last)) for first, last in spans)
    return (span for span in both if span[0] <= span[1])
