"""What the page says first: how much of the people is found, and what would help."""

from __future__ import annotations

from tracker.explain.phrases import count
from tracker.report.context import PageContext
from tracker.report.shirt_numbers import mismatch_words

_SPANS = 3
_NAMES = 4
_FOUND_ALL = 0.97  # of the players in view: then nothing is to be said of a box too few
_FOUND_ENOUGH = 0.9
_LITTLE_S = 0.5
_OFFER = (
    "Would smaller tiles find more? teamsheet report {out} --look-closer --overwrite tries them on "
    "a few frames."
)


def first_words(page: PageContext, closer: str | None) -> list[str]:
    """Sentences for the top. closer: what a second look at some frames found, if there was one."""
    honesty = page.run.honesty
    if not honesty.minutes:
        return [closer] if closer else []
    words = [_found(page)]
    if mismatch := mismatch_words(page.run.people, page.run.shirts):
        words.append(mismatch)
    if honesty.shared_s >= _LITTLE_S:
        words.append(_shared(page))
    words.append(_wrong(page))
    if closer or _closer_possible(page):
        words.append(closer or _OFFER.format(out=page.run.out))
    return words


def _closer_possible(page: PageContext) -> bool:
    """Whether a closer look could be taken, and might be worth it."""
    honesty, tree = page.run.honesty, page.run.receipt.tree
    own = bool(tree.get("detector")) and "--detections" not in (tree.get("command") or [])
    return own and not tree.get("live") and honesty.found < _FOUND_ENOUGH * honesty.expected


def _found(page: PageContext) -> str:
    honesty = page.run.honesty
    share = honesty.found / max(honesty.expected, 1e-9)
    text = (
        f"Of {count(len(honesty.minutes), 'named player')} about {honesty.expected:.1f} are in "
        f"view at a time, and {honesty.found:.1f} have a box with their name ({share:.0%})."
    )
    if share < _FOUND_ALL:
        text += " The seconds seen are the least a player was in view; the table has an estimate."
    never = [p for p in page.run.receipt.players if p not in honesty.minutes]
    if never:
        more = f" and {len(never) - _NAMES} more" if len(never) > _NAMES else ""
        text += f" Never named: {', '.join(never[:_NAMES])}{more}."
    return text


def _shared(page: PageContext) -> str:
    honesty = page.run.honesty
    longest = sorted(honesty.shared[:_SPANS])
    where = ", ".join(f"{page.time(a)}-{page.time(b)}" for a, b in longest)
    most = f", the longest at {where}" if where else ""
    return f"For {honesty.shared_s:.1f} s several people share one box{most}."


def _wrong(page: PageContext) -> str:
    total = page.run.honesty.total
    return (
        f"Likely wrong, all players added: {total.other_s:.1f} s with the name on another player, "
        f"{total.loose_s:.1f} s in loose boxes, {total.missing_s:.0f} s in view without a box."
    )
