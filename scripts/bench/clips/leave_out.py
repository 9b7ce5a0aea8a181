"""What constants that were fitted on clips are worth on a clip they were not fitted on.

Each is set again by the other clips, one constant at a time, and the clip is scored with that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tracker.settings import Settings

from .folder import ClipError

Value = float
Sets = tuple[str, ...]
Scorer = Callable[[Sequence[tuple[str, Sets]]], list[float]]
"""(clip, settings) of many runs -> the mean Name-F1 of each, online and offline on all boxes."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """grid: values tried. shipped: the one in the settings. how: to set it, `{}` for the value."""

    grid: tuple[Value, ...]
    shipped: Value
    how: str

    def sets(self, value: Value) -> Sets:
        """The settings that make it so; none where it is so already."""
        return () if value == self.shipped else (self.how.format(f"{value:g}"),)


def _setting(key: str, *grid: Value) -> Fitted:
    shipped: object = Settings()
    for part in key.split("."):
        shipped = getattr(shipped, part)
    assert isinstance(shipped, float)
    return Fitted(tuple(dict.fromkeys((shipped, *grid))), shipped, f"{key}={{}}")


FITTED: dict[str, Fitted] = {
    "follow.identity.unknown_prior": _setting("follow.identity.unknown_prior", 0.1, 0.2, 0.3, 0.5),
    "follow.identity.vote_correlation": _setting("follow.identity.vote_correlation", 0.03, 0.3),
    "follow.identity.name_at": _setting("follow.identity.name_at", 0.7, 0.97),
    "follow.association.name_nats": _setting("follow.association.name_nats", 1, 2, 3),
    "follow.association.ambiguous_nats": _setting("follow.association.ambiguous_nats", 1, 2, 3),
}
"""Constants that are fitted on clips, by name. The shipped value is always tried first."""


@dataclass(frozen=True, slots=True)
class Refit:
    """constant: "all" for all of them together. value: chosen on the other clips. f1: of the clip,
    as shipped and with what the others chose."""

    constant: str
    clip: str
    value: str
    shipped: float
    left_out: float


def choose(clip: str, f1: Mapping[Value, Mapping[str, float]]) -> Value:
    """The value with the best mean over the clips but this one; the first of equals.

    f1: by value (the shipped one first) and clip. Raises ClipError without another clip.
    """
    means: dict[Value, float] = {}
    for value, by_clip in f1.items():
        others = [score for name, score in by_clip.items() if name != clip]
        if not others:
            raise ClipError(f"no clip beside {clip} to set a constant on; give more clips")
        means[value] = float(np.mean(others))
    return max(means, key=lambda value: means[value])


def leave_out(clips: Sequence[str], fitted: Mapping[str, Fitted], score: Scorer) -> list[Refit]:
    """For each constant and clip, then for all constants together, as shipped and left out."""
    asked = {(clip, f.sets(v)): None for f in fitted.values() for v in f.grid for clip in clips}
    known = dict(zip(asked, score(list(asked)), strict=True))
    rows: list[Refit] = []
    together: dict[str, Sets] = dict.fromkeys(clips, ())
    for name, constant in fitted.items():
        f1 = {v: {clip: known[clip, constant.sets(v)] for clip in clips} for v in constant.grid}
        for clip in clips:
            value = choose(clip, f1)
            together[clip] += constant.sets(value)
            rows.append(Refit(name, clip, f"{value:g}", known[clip, ()], f1[value][clip]))
    finals = score([(clip, together[clip]) for clip in clips])
    for clip, final in zip(clips, finals, strict=True):
        said = " ".join(together[clip]) or "as shipped"
        rows.append(Refit("all", clip, said, known[clip, ()], final))
    return rows
