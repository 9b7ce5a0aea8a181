"""Visible, occluded or absent: decided by how likely a detection would have been.

A player who is missed in the open is soon believed gone; one behind a nearer player is not,
because nothing could have been seen of them. The idea of PermaTrack (ICCV 2021), with the expected
detection probability of an MBM filter in place of a learned heat map.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from tracker.settings import PermanenceSettings
from tracker.types import Doubles, Ints, Mask, Visibility

_SEEN_FROM = 0.3
_AT_BORDER = 0.02  # heights
_INWARD = 0.3  # heights a second: faster, they come back in
_OUTWARD = 0.1  # heights a second: slower, they stand
_INNER = np.array([-1, -1, 1, 1])  # which way out lies for x1, y1, x2, y2
_SOON_S = 0.15  # at their speed they reach the border within this time
SURE = 0.99
"""Existence after a match: odds of 99 to 1."""
_SURE_NATS = np.log(SURE / (1 - SURE))


class Event(IntEnum):
    """What a frame says of a track.

    SEEN: a detection is matched. HIDDEN: missed, but likely there. GONE: missed where they would
    have been seen, or after a cut. LEFT: expected outside the picture, or last seen cut by its
    border.
    """

    SEEN = 0
    HIDDEN = 1
    GONE = 2
    LEFT = 3

    @property
    def label(self) -> str:
        return ("seen", "missed, likely there", "missed in the open, or a cut", "left the picture")[
            self
        ]


_SEEN, _HIDDEN, _GONE, _LEFT = (int(event) for event in Event)
_AFTER = {
    Event.SEEN: Visibility.VISIBLE,
    Event.HIDDEN: Visibility.OCCLUDED,
    Event.GONE: Visibility.ABSENT,
    Event.LEFT: Visibility.ABSENT,
}
TRANSITIONS = {(before, event): after for before in Visibility for event, after in _AFTER.items()}
"""State before and event to state after, for all pairs. The memory lies in the existence: it only
falls while nobody is seen, so that who is gone stays gone; who had left is hidden when the camera
comes back over their place and somebody stands there."""
_TABLE = np.array([[TRANSITIONS[before, event] for event in Event] for before in Visibility])


def detection_rate(occlusion: Doubles, gone_s: float) -> Doubles:
    """1/s, how soon a player who is there is detected; any shape.

    A detector finds nobody of whom less than a share of `_SEEN_FROM` shows. Misses come in
    bursts, so it is a rate: in the open, `gone_s` seconds of misses take the existence from sure
    (odds 99 : 1) to a coin flip.
    """
    shows = (1 - occlusion - _SEEN_FROM) / (1 - _SEEN_FROM)
    shows = np.minimum(np.maximum(shows, 0), 1)
    return np.asarray(shows * _SURE_NATS / gone_s)


def detection_probability(rate: Doubles, dt_s: float) -> Doubles:
    """(T,) chance that a player who is there would have been detected in `dt_s` seconds."""
    return np.asarray(-np.expm1(-rate * dt_s))


def existence_after_miss(existence: Doubles, p_detect: Doubles) -> Doubles:
    """(T,) Bayes: r' = r (1 - pD) / (1 - r pD)."""
    return existence * (1 - p_detect) / np.maximum(1 - existence * p_detect, 1e-12)


def outside(centres: Doubles, std: Doubles, size: tuple[int, int], margin: float) -> Mask:
    """(T,) the expected centre lies past the picture's border by `margin` standard deviations."""
    limit = np.array(size, dtype=np.float64)
    spare = np.minimum(margin * std, limit / 4)
    return np.asarray(((centres < -spare) | (centres > limit + spare)).any(axis=1))


def leaving(last: Doubles, velocity: Doubles, size: tuple[int, int]) -> tuple[Mask, Mask]:
    """Last seen cut by the picture's border or about to be: (T,) going out, (T,) not coming in.

    last: (T, 4) boxes as last detected. velocity: (T, 2) pixels a second. A cut box shows less and
    less of them and its centre never passes the border, so that who leaves would seem to stay.
    Who stands at the border has left it when they are missed, but not gone out by it.
    """
    height = np.maximum(last[:, 3:] - last[:, 1:2], 1.0)
    outwards = np.concatenate([-velocity, velocity], axis=1) / height
    limit = np.array([0, 0, size[0] - 1, size[1] - 1], np.float64)
    room = _INNER * (limit - last) / height
    near = room - np.maximum(outwards, 0) * _SOON_S <= np.maximum(_AT_BORDER, 2.0 / height)
    going = near & (outwards >= _OUTWARD)
    not_coming = near & (outwards >= -_INWARD)
    return np.asarray(going.any(axis=1)), np.asarray(not_coming.any(axis=1))


def events(matched: Mask, existence: Doubles, is_out: Mask, settings: PermanenceSettings) -> Ints:
    """(T,) what happened to each track in this frame, as Event codes."""
    happened = np.where(existence > settings.hidden_at, _HIDDEN, _GONE)
    happened[is_out] = _LEFT
    happened[matched] = _SEEN
    return happened


def states(before: Ints, happened: Ints) -> Ints:
    """(T,) Visibility codes after the events: TRANSITIONS, for every pair there is."""
    return np.asarray(_TABLE[before, happened])


def diagram() -> str:
    """TRANSITIONS as a Mermaid state diagram, for the docs."""
    lines = ["stateDiagram-v2", "    [*] --> visible: a new track"]
    for before in Visibility:
        for after in Visibility:
            why = [e.label for e in Event if TRANSITIONS[before, e] == after]
            if why and not (before == after == Visibility.VISIBLE):
                lines.append(f"    {before.label} --> {after.label}: {' or '.join(why)}")
    return "\n".join(lines) + "\n"
