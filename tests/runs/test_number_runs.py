"""Runs that read shirt numbers: when they do, what is kept, and the same bytes whatever happens."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.runs import test_cluster as parts
from tests.runs import test_pipeline as drawn
from tests.runs.test_cluster import in_parts
from tests.worlds.numbers import FakeReader, by_colour
from tracker.observation import jersey_reader
from tracker.observation.chunk import StoreError
from tracker.observation.jersey_protocol import NumberError, NumberReader
from tracker.observation.store import Store
from tracker.runs import cluster, pipeline
from tracker.runs.cluster_worker import ClusterWorker
from tracker.runs.correct import CorrectionRequest, correct
from tracker.types import Observation

ROSTER = "Ann: {number: 10}\nBea: {number: 7}\n"


def reading() -> NumberReader:
    return FakeReader(by_colour)


@pytest.fixture(autouse=True)
def _reading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracker.observation.metadata.CHUNK_S", drawn.CHUNK_S)
    monkeypatch.setitem(jersey_reader.READERS, "net", reading)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As that of the pipeline; `numbered` is its gallery with numbers."""
    folder = tmp_path_factory.mktemp("world")
    drawn.draw(folder)
    shutil.copytree(folder / "gallery", folder / "numbered")
    (folder / "numbered" / "roster.yaml").write_text(ROSTER)
    return folder


@pytest.fixture(scope="module")
def whole(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """OUT of a run that nobody stopped."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tracker.observation.metadata.CHUNK_S", drawn.CHUNK_S)
        patch.setitem(jersey_reader.READERS, "net", reading)
        out = tmp_path_factory.mktemp("whole") / "out"
        pipeline.track(request_of(world, out), drawn.quiet, drawn.quiet)
    return out


@pytest.fixture
def observed(whole: Path, tmp_path: Path) -> Path:
    shutil.copytree(whole, tmp_path / "out")
    return tmp_path / "out"


def request_of(world: Path, out: Path, *sets: str, **changed: object) -> pipeline.TrackRequest:
    return drawn.request_of(world, out, *sets, **{"gallery": world / "numbered", **changed})


def seen_in(out: Path) -> Iterator[Observation]:
    store = Store.open(out / "observations")
    assert store is not None
    return iter(store)


def read_in(out: Path) -> list[int]:
    """Frames in which somebody was read."""
    return [one.index for one in seen_in(out) if one.readings is not None]


def notes(out: Path) -> str:
    return "\n".join(json.loads((out / "run.json").read_text())["notes"])


def test_a_roster_with_numbers_is_enough_to_have_them_read(whole: Path) -> None:
    """In each chunk of .4 s at first and again after .2 s, for something can be read."""
    dark = {i for i in drawn.FLASH if i % 10 in (0, 5)}
    assert dark == {40}
    read = read_in(whole)
    assert set(range(0, drawn.FRAMES, 10)) <= set(read)
    assert len(read) < 20
    shirts = [one.readings for one in seen_in(whole) if one.readings is not None]
    found = {n for readings in shirts for n in readings.numbers.tolist()}
    assert found == {10, 7, -1}


def test_the_receipt_says_what_was_read(whole: Path) -> None:
    receipt = drawn.told(whole)
    assert receipt["numbers"] == {"name": "net", "fingerprint": "0" * 16}
    counts = receipt["counts"]["looked_at"]
    shirts = [one.readings for one in seen_in(whole) if one.readings is not None]
    assert counts["read"] == sum(int(r.digits.any(axis=1).sum()) for r in shirts)  # type: ignore[union-attr]
    assert counts["legible"] == sum(int((r.numbers >= 0).sum()) for r in shirts)
    assert 0 < counts["settled"] <= receipt["counts"]["tracks"]


@pytest.mark.parametrize("gallery", ["gallery", None])
def test_without_a_number_in_the_roster_nothing_is_read(
    gallery: str | None, world: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    of = None if gallery is None else world / gallery
    pipeline.track(request_of(world, out, gallery=of), drawn.quiet, drawn.quiet)
    assert not read_in(out)
    assert drawn.told(out)["numbers"] is None
    assert "read" not in drawn.told(out)["counts"]["looked_at"]
    assert "number" not in notes(out)


def test_off_reads_nothing(world: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    pipeline.track(request_of(world, out, "encode.numbers=off"), drawn.quiet, drawn.quiet)
    assert not read_in(out)
    assert drawn.told(out)["numbers"] is None


def test_who_asks_for_a_reader_has_it_without_a_roster(world: Path, tmp_path: Path) -> None:
    """So that a roster that comes later needs no second look at the video."""
    out = tmp_path / "out"
    request = request_of(world, out, "encode.numbers=net", gallery=world / "gallery")
    pipeline.track(request, drawn.quiet, drawn.quiet)
    assert read_in(out)
    assert "name nobody" in notes(out)
    later = request_of(world, out, "encode.numbers=net", resume=True, detections=None)
    shutil.move(world / "seq", world / "away")
    try:
        pipeline.track(later, drawn.quiet, drawn.quiet)
    finally:
        shutil.move(world / "away", world / "seq")
    assert drawn.told(out)["counts"]["looked_at"]["settled"] > 0


@pytest.mark.parametrize("frame", [1, 7, 16, 20, 33, 41, 63])
def test_stopped_and_resumed_gives_the_same_bytes(
    frame: int, world: Path, whole: Path, tmp_path: Path
) -> None:
    request = request_of(world, tmp_path / "out")
    drawn.stop(request, frame)
    pipeline.track(replace(request, resume=True), drawn.quiet, drawn.quiet)
    assert parts.files(request.out) == parts.files(whole)
    assert drawn.told(request.out) == drawn.told(whole)


def test_parts_in_any_order_give_the_same_bytes_and_none_is_done_again(
    world: Path, whole: Path, tmp_path: Path
) -> None:
    request, worker = request_of(world, tmp_path / "out"), ClusterWorker()
    in_parts(cluster.planned(request), worker)
    assert parts.files(request.out) == parts.files(whole)
    assert drawn.told(request.out) == drawn.told(whole)
    assert worker.again == 0


def test_a_run_that_was_stopped_is_gone_on_with_in_parts(
    world: Path, whole: Path, tmp_path: Path
) -> None:
    request = request_of(world, tmp_path / "out")
    drawn.stop(request, 24)
    in_parts(cluster.planned(replace(request, resume=True)), ClusterWorker())
    assert parts.files(request.out) == parts.files(whole)


def test_what_is_observed_and_not_stored_is_the_same(world: Path, whole: Path) -> None:
    request = request_of(world, world / "nowhere")
    session = pipeline.open_session(request)
    fresh = list(pipeline.observe(request, session))
    for one, other in zip(fresh, seen_in(whole), strict=True):
        assert (one.readings is None) == (other.readings is None)
        if one.readings is not None and other.readings is not None:
            np.testing.assert_array_equal(one.readings.digits, other.readings.digits)


def test_named_again_the_counts_stay(observed: Path) -> None:
    before = drawn.told(observed)["counts"]["looked_at"]
    correct(observed, CorrectionRequest(["player Ann is nobody"]), drawn.quiet)
    assert drawn.told(observed)["counts"]["looked_at"] == before


# ------------------------------------------------------------------ stored before


def test_what_was_read_is_not_believed_where_numbers_are_off(world: Path, observed: Path) -> None:
    """Numbers on the wrong shirts take names away; without them the pictures are right."""
    wrong = world / "swapped"
    if not wrong.exists():
        shutil.copytree(world / "darker", wrong)
        (wrong / "roster.yaml").write_text("Ann: {number: 7}\nBea: {number: 10}\n")
    tables = []
    for setting in ("auto", "off"):
        sets = [f"encode.numbers={setting}", "follow.roster.number_nats=20"]
        request = request_of(world, observed, *sets, gallery=wrong, resume=True)
        pipeline.track(request, drawn.quiet, drawn.quiet)
        tables.append((observed / "tracks.csv").read_text())
    plain = replace(request, gallery=world / "darker")
    pipeline.track(plain, drawn.quiet, drawn.quiet)
    assert tables[0] != tables[1]
    assert tables[1] == (observed / "tracks.csv").read_text()


def test_observations_without_numbers_are_gone_on_with_and_it_is_said(
    world: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    first = request_of(world, out, gallery=world / "gallery")
    pipeline.track(first, drawn.quiet, drawn.quiet)
    pipeline.track(request_of(world, out, resume=True), drawn.quiet, drawn.quiet)
    assert "shirt numbers were not read when this was observed" in notes(out)
    asked = request_of(world, out, "encode.numbers=net", resume=True)
    with pytest.raises(StoreError, match=r"without reader of numbers, and net is asked for"):
        pipeline.track(asked, drawn.quiet, drawn.quiet)


def test_what_was_begun_without_numbers_ends_without(world: Path, tmp_path: Path) -> None:
    request = request_of(world, tmp_path / "out", gallery=world / "gallery")
    drawn.stop(request, 24)
    later = request_of(world, request.out, resume=True)
    pipeline.track(later, drawn.quiet, drawn.quiet)
    assert not read_in(request.out)


def test_what_was_begun_with_numbers_ends_with_them(
    world: Path, whole: Path, tmp_path: Path
) -> None:
    request = request_of(world, tmp_path / "out")
    drawn.stop(request, 24)
    later = request_of(world, request.out, gallery=world / "gallery", resume=True)
    pipeline.track(later, drawn.quiet, drawn.quiet)
    assert read_in(request.out) == read_in(whole)


def test_another_reader_is_refused(world: Path, observed: Path) -> None:
    request = request_of(world, observed, "encode.numbers=rapidocr", resume=True)
    with pytest.raises(StoreError, match="reader of numbers net, and it is rapidocr now"):
        pipeline.track(request, drawn.quiet, drawn.quiet)


def test_a_reader_that_is_not_there_is_named(
    world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(jersey_reader.READERS, "net")
    request = request_of(world, tmp_path / "out", "encode.numbers=net")
    with pytest.raises(NumberError, match="no reader net"):
        pipeline.track(request, drawn.quiet, drawn.quiet)
    assert not (tmp_path / "out").exists()
