"""Numbers and names as an analyst reads them."""

from __future__ import annotations

import math

UNKNOWN = "unknown"
"""How the answer calls people who are not in the gallery."""
ELSEWHERE = "somebody who is not in the gallery"
"""The same in the middle of a sentence."""
VOTE = "what the clean pictures within a fraction of a second say, taken together"
"""What a vote is, said before the word is used."""
ANCHORS = ", or the anchors"
"""Put behind `VOTE` where there are other anchors than clean pictures."""
_MOST = 1000


def who(player: str | None) -> str:
    """The name, or that it is none of the gallery."""
    return player or UNKNOWN


def share(chance: float) -> str:
    """A probability with two digits that never claims certainty: .97, >.99, <.01."""
    if chance > 0.994:
        return ">.99"
    return "<.01" if chance < 0.005 else f"{chance:.2f}".removeprefix("0")


def odds(nats: float) -> str:
    """Evidence, nats >= 0, as odds of two digits: `1.8 to 1`, `20 to 1`, `over 1000 to 1`."""
    ratio = math.exp(min(nats, math.log(_MOST) + 1))
    if ratio > _MOST:
        return f"over {_MOST} to 1"
    return f"{ratio:.1f} to 1" if ratio < 9.95 else f"{float(f'{ratio:.2g}'):.0f} to 1"


def span(first: int, last: int) -> str:
    """One frame or several."""
    return f"frame {first}" if first == last else f"frames {first}-{last}"


def count(number: int, what: str) -> str:
    """`1 vote`, `2 votes`, `no votes`."""
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"
