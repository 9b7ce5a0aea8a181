"""The words of the column `evidence`: those of `Evidence`, and `anchor:SOURCE` of other anchors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.types import ANCHORED_BY, FIRST_ANCHORS, Evidence, Ints

_BY = f"{Evidence.ANCHOR.label}:"
_KINDS = {kind.label: kind for kind in Evidence}
assert len(_KINDS) == ANCHORED_BY
VOTE_SOURCES = ("pictures", "numbers")
"""Whose votes there are beside those of anchors; places as in EvidenceLog.sources."""
assert len(VOTE_SOURCES) == FIRST_ANCHORS
RESERVED = (*VOTE_SOURCES, "detector", "live")
"""Sources that no file is called like."""


def words_of(sources: Sequence[str]) -> tuple[str, ...]:
    """The words of a run whose anchors have these sources; places are codes of its rows."""
    return (*_KINDS, *(f"{_BY}{source}" for source in sources))


def kind_of(word: str) -> Evidence | None:
    """What a word means: `anchor:SOURCE` is an anchor. None: it is none."""
    return Evidence.ANCHOR if source_of(word) else _KINDS.get(word)


def source_of(word: str) -> str:
    """Whose anchor spoke, "" where it was none of a file or a detector."""
    return word.removeprefix(_BY) if word.startswith(_BY) else ""


def vote_words(codes: Ints, sources: Sequence[str]) -> NDArray[Any]:
    """(V,) whose votes they are, in words. codes: as in EvidenceLog.sources."""
    words = np.array([*VOTE_SOURCES, *sources], object)
    return np.asarray(words[codes], object)
