"""Readers of users' files return, or raise their own error, whatever the bytes are."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.worlds.hostile import TARGETS, contents_of, throw

MAY_FAIL_WHOLE = {"run.json", "run.json in suggest", "meta.json", "offsets"}
"""Their good content lacks the files beside it."""


@pytest.mark.parametrize("name", TARGETS)
def test_the_good_file_is_read(name: str, tmp_path: Path) -> None:
    assert (throw(TARGETS[name], TARGETS[name].good, tmp_path) == "") == (
        name not in MAY_FAIL_WHOLE
    )


FOUND = {
    "a frame of 21 digits": (
        "tracks.csv",
        TARGETS["tracks.csv"].good.replace(b"\n1,", b"\n" + b"1" * 21 + b","),
    ),
    "a row too long": ("tracks.csv in eval", TARGETS["tracks.csv"].good[6:]),
    "two heads": ("named table", b"f\nid,x,y,w,h,name\n1,1,1,2,3,4,Ann\n"),
    "only a comma": ("named table", b","),
    "a power for a digit": ("gameinfo.ini in eval", "[Sequence]\ntrackletID_\u00b2=a;1\n".encode()),
    "broken deflate": (
        "truth.zip",
        TARGETS["truth.zip"].good.replace(b"\x04\x89p", b"\x04\xff\xff"),
    ),
}


def _misnamed(target: str) -> bytes:
    """A zip whose entry states a name in UTF-8 that is none, where the entry itself lies."""
    good = bytearray(TARGETS[target].good)
    good[7] |= 0x08  # bit 11 of the flags
    good[30] = 0x90
    return bytes(good)


FOUND |= {
    f"a name that is no text, {target}": (target, _misnamed(target))
    for target in ("CVAT", "CVAT XML in a zip", "COCO in a zip", "truth.zip")
}
FOUND |= {
    f"a tag that does not hold, {tag}": ("config", f"seed: !!{tag}\n".encode())
    for tag in ("timestamp 2020-99", "bool maybe", "int ''", "binary ü", "set {}", "python/none x")
}
FOUND["a folder's name of 400 letters"] = (
    "seqinfo.ini",
    TARGETS["seqinfo.ini"].good.replace(b"img1", b"img1" * 100),
)
FOUND["an indented line behind a key alone"] = ("gameinfo.ini", b"Z]\n\tname=x\n a\n")
_GOOD_ZIP = TARGETS["truth.zip"].good
FOUND["a name that begins with a zero"] = (
    "truth.zip",
    _GOOD_ZIP[: _GOOD_ZIP.rindex(b"gt/gt.txt")]
    + b"\0"
    + _GOOD_ZIP[_GOOD_ZIP.rindex(b"gt/gt.txt") + 1 :],
)


@pytest.mark.parametrize("fault", FOUND)
def test_what_fuzzing_has_found_stays_mended(fault: str, tmp_path: Path) -> None:
    name, data = FOUND[fault]
    assert data != TARGETS[name].good
    assert throw(TARGETS[name], data, tmp_path).endswith("Error")


@pytest.mark.parametrize("name", TARGETS)
def test_a_damaged_file_is_read_or_refused(name: str) -> None:
    target = TARGETS[name]
    with tempfile.TemporaryDirectory() as scratch:

        @settings(
            max_examples=25,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(data=st.data())
        def thrown(data: st.DataObject) -> None:
            throw(target, data.draw(contents_of(target)), Path(scratch))

        thrown()
