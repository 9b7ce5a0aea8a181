"""The code speaks of tracklets, posteriors and embeddings, not of pieces, beliefs and looks."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WORDS = """
piece pieces doubt doubts doubtful doubted ruling rulings law enact programme chances testimony
witness hearing ballot ballots opening reopening meta made learn disturb library trade trades said
told heard asked look looks likeness nobody stranger strangers hindsight untangle meeting meetings
rewriting bridging bridge bridges many watcher least him his
"""
"""What no module, class, function, parameter or variable has in its name."""
NAMES = """
ties Law Task Memory judging moment heat clock limits retrace redirect after_gap one some he she
Joint Shown
"""
"""What nothing in a module is named as a whole."""
MODULES = (
    "ties moving moments rapid shirts parts card shots sheet links stay naming processes backward"
)
"""What no module is named."""
FOLLOWING = "level memory chain along between screens hide advance correct lose"
"""What nothing is named as a whole in the rooms that follow and name, beside the above."""
ROOMS_OF_FOLLOWING = ("tracker/identity/", "tracker/tracking/", "tracker/offline/")
KEPT = {
    "stranger_boxes": "scores.csv: tracker/evaluation/name_scores.py",
    "stranger_named": "scores.csv: tracker/evaluation/name_scores.py",
    "trades": "scores.csv: tracker/evaluation/name_scores.py tracker/evaluation/name_swaps.py",
    "doubts": "explain --json: tracker/explain/answer.py tracker/output/evidence.py",
    "trade": "explain --json: tracker/explain/answer.py",
    "chances": "explain --json: tracker/explain/evidence.py",
    "doubtful": "explain --json: tracker/explain/evidence.py",
    "over_nobody": "explain --json: tracker/explain/evidence.py",
    "look_nats": "--set follow.association.look_nats: tracker/settings.py",
    "moments": "--set encode.moments: tracker/settings.py",
    "TOLD": "tracks.csv, column evidence: tracker/types.py",
    "asked": "the tensors of a net: tracker/training/network.py",
}
"""Names that files or settings have, which keep theirs: in which, and where the code has them."""


def names_in(text: str) -> Iterator[str]:
    """Every name that a module gives to something."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr
        elif isinstance(node, ast.alias | ast.ExceptHandler | ast.MatchAs):
            yield (node.asname if isinstance(node, ast.alias) else node.name) or ""


_WORDS = frozenset(WORDS.split())


def old_words(place: str, names: set[str]) -> set[str]:
    """Those of the names that are none of the field's. place: of the module, from the root."""
    whole = set((NAMES + FOLLOWING * place.startswith(ROOMS_OF_FOLLOWING)).split())
    return {
        name
        for name in names
        if name.strip("_") in whole
        or _WORDS & {w.lower() for w in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)}
    }


FILES = sorted([*ROOT.glob("tracker/**/*.py"), *ROOT.glob("gallery/**/*.py")])
PLACES = [str(file.relative_to(ROOT)) for file in FILES]


@pytest.mark.parametrize("place", PLACES)
def test_no_old_word_names_anything(place: str) -> None:
    names = set(names_in((ROOT / place).read_text(encoding="utf-8")))
    kept = {name for name, places in KEPT.items() if place in places}
    assert old_words(place, names) <= kept
    assert Path(place).stem not in MODULES.split()
    assert not _WORDS & set(Path(place).stem.split("_"))


@pytest.mark.parametrize("text", ["def said(): 0", "class PieceOf: 0", "for _one in (): 0"])
def test_an_old_word_is_found(text: str) -> None:
    assert old_words("tracker/api.py", set(names_in(text)))


def test_what_is_kept_is_named_there() -> None:
    for name, places in KEPT.items():
        for place in re.findall(r"\S+\.py", places):
            assert name in set(names_in((ROOT / place).read_text(encoding="utf-8"))), (name, place)
