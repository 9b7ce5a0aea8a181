"""Throw damaged files at every reader for a while: python scripts/trials/fuzz.py --seconds 180.

The same as tests/fuzz/test_fuzz.py, at random and for longer. Prints each fault once, with the
bytes.
"""

from __future__ import annotations

import argparse
import itertools
import random
import resource
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.worlds.hostile import TARGETS, Target, contents_of, throw

_EXAMPLES = 150


def fuzz(seconds: float, only: str, begin: int) -> int:
    """The number of different faults found."""
    faults: set[str] = set()
    thrown = 0
    end = time.monotonic() + seconds
    chosen = {name: target for name, target in TARGETS.items() if only in name}
    with tempfile.TemporaryDirectory() as scratch:
        for number, name in zip(itertools.count(begin), itertools.cycle(chosen), strict=False):
            if time.monotonic() > end:
                break
            thrown += _EXAMPLES
            folder = Path(scratch) / str(list(TARGETS).index(name))
            found = _round(chosen[name], folder, number)
            if found and found[0] not in faults:
                faults.add(found[0])
                print(f"== {name}\n{found[0]}\n{found[1]!r}\n", flush=True)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1000
    print(f"{thrown} files for {len(chosen)} readers, {len(faults)} faults, at most {most} MB")
    return len(faults)


def _round(target: Target, folder: Path, number: int) -> tuple[str, bytes] | None:
    """A fault of some examples, with the smallest bytes found, or None."""
    last = b""

    @seed(number)
    @settings(
        max_examples=_EXAMPLES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
    )
    @given(data=st.data())
    def one(data: st.DataObject) -> None:
        nonlocal last
        last = data.draw(contents_of(target))
        throw(target, last, folder)

    try:
        one()
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        ours = [f for f in frames if "/tracker/" in f.filename or "/gallery/" in f.filename]
        where = f"{ours[-1].filename}:{ours[-1].lineno}" if ours else "?"
        return f"{where} {type(error).__name__}: {str(error)[:200]}", last
    return None


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--only", default="", help="Part of a target's name.")
    parser.add_argument("--seed", type=int, default=random.randrange(10**9))
    given_words = parser.parse_args()
    warnings.simplefilter("ignore")
    sys.exit(fuzz(given_words.seconds, given_words.only, given_words.seed) > 0)
