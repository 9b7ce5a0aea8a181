"""Readers of users' files return, or raise their own error, whatever the bytes are."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz_worlds import TARGETS, contents_of, throw

MAY_FAIL_WHOLE = {"run.json", "run.json in suggest", "meta.json", "offsets"}
"""Their good content lacks the files beside it."""


@pytest.mark.parametrize("name", TARGETS)
def test_the_good_file_is_read(name: str, tmp_path: Path) -> None:
    assert (throw(TARGETS[name], TARGETS[name].good, tmp_path) == "") == (
        name not in MAY_FAIL_WHOLE
    )


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
