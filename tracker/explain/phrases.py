"""Numbers and names as an analyst reads them."""

from __future__ import annotations

UNKNOWN = "nobody"
"""How the answer calls people who are not in the gallery."""


def who(player: str | None) -> str:
    """The name, or that it is nobody of the gallery."""
    return player or UNKNOWN


def share(chance: float) -> str:
    """A probability with two digits that never claims certainty: .97, >.99, <.01."""
    if chance > 0.994:
        return ">.99"
    return "<.01" if chance < 0.005 else f"{chance:.2f}".removeprefix("0")


def nats(value: float) -> str:
    return f"{value:.1f} nats"


def span(first: int, last: int) -> str:
    """One frame or several."""
    return f"frame {first}" if first == last else f"frames {first}-{last}"


def count(number: int, what: str) -> str:
    """`1 vote`, `2 votes`, `no votes`."""
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"
