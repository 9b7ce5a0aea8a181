"""The ablations of scripts/bench_names.py switch off what they name, and cannot grow stale."""

from __future__ import annotations

import importlib
import inspect
from contextlib import ExitStack
from unittest import mock

import pytest
from bench_names import ABLATIONS

from tests.follow_worlds import Person, World, follow
from tracker import config
from tracker.settings import Settings

REFIT = "refit=no"  # of the script


def _settings(sets: list[str]) -> Settings:
    return config.load(None, [item for item in sets if item != REFIT])


@pytest.mark.parametrize("what", ABLATIONS)
def test_an_ablation_is_of_what_there_is(what: str) -> None:
    sets, stands_in = ABLATIONS[what]
    assert _settings(sets) != Settings() or stands_in or REFIT in sets
    for name, value in stands_in.items():
        module, _, attribute = name.rpartition(".")
        there = getattr(importlib.import_module(module), attribute)
        if not callable(value):
            assert isinstance(value, type(there)), name
            continue
        given = inspect.signature(value).parameters.values()
        if not any(one.kind is one.VAR_POSITIONAL for one in given):
            assert len(given) == len(inspect.signature(there).parameters), name


@pytest.mark.parametrize("what", ABLATIONS)
def test_a_match_is_followed_without_it(what: str) -> None:
    sets, stands_in = ABLATIONS[what]
    people = [Person({0: (60, 200), 2: (560, 200)}, 0), Person({0: (560, 210), 2: (60, 210)}, 1)]
    with ExitStack() as patches:
        for name, value in stands_in.items():
            patches.enter_context(mock.patch(name, value))
        story = follow(World(people, seconds=2, players=2), _settings(sets).follow)
    assert sum(len(frame.track_ids) for frame in story.frames) > 50
