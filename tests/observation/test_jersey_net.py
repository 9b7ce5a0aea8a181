"""The net of the package: it reads what stands on a shirt, and is silent where nothing does."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file

from tracker.identity.number_evidence import LEGIBLE, TENS, UNITS, readings_of
from tracker.observation import number_net
from tracker.observation.jersey_net import NetReader, nearer
from tracker.observation.jersey_protocol import NumberError
from tracker.observation.jersey_reader import open_reader
from tracker.observation.number_net import NumberNet
from tracker.observation.number_windows import upright
from tracker.types import NO_NUMBER, Image, number_text

SIDE = 120  # pixels of the crop of somebody of 180


@pytest.fixture(scope="module")
def reader() -> NetReader:
    return NetReader()


def shirt(text: str, colour: tuple[int, int, int] = (160, 40, 30), side: int = SIDE) -> Image:
    """A back on grass: head, arms, shirt, and the number if there is one."""
    image = np.full((SIDE, SIDE, 3), (60, 130, 70), np.uint8)
    cv2.rectangle(image, (36, 32), (84, 105), colour, -1)
    cv2.line(image, (36, 36), (26, 80), colour, 10)
    cv2.line(image, (84, 36), (94, 80), colour, 10)
    cv2.circle(image, (60, 17), 11, (60, 80, 120), -1)
    (width, height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 1.1, 4)
    place = (60 - width // 2, 60 + height // 2)
    cv2.putText(image, text, place, cv2.FONT_HERSHEY_SIMPLEX, 1.1, (250, 250, 250), 4, cv2.LINE_AA)
    return np.asarray(cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA), np.uint8)


def test_numbers_are_read(reader: NetReader) -> None:
    texts = ["4", "7", "8", "10", "13", "22", "35", "44", "58", "69", "76", "90"]
    found = readings_of(reader.read([shirt(text) for text in texts])).numbers
    read = [number_text(number) for number in found.tolist()]
    assert sum(a == b for a, b in zip(read, texts, strict=True)) >= len(texts) - 1, read


def test_where_no_number_is_none_is_read(reader: NetReader) -> None:
    rng = np.random.default_rng(1)
    plain = [shirt("", tuple(rng.integers(0, 255, 3).tolist())) for _ in range(12)]
    noise = [rng.integers(0, 255, (SIDE, SIDE, 3)).astype(np.uint8) for _ in range(6)]
    assert (readings_of(reader.read([*plain, *noise])).numbers == NO_NUMBER).all()


def test_a_shirt_of_a_few_pixels_is_silent(reader: NetReader) -> None:
    found = reader.read([shirt("10", side=12), shirt("88", side=9)])
    assert (readings_of(found).numbers == NO_NUMBER).all()


def test_what_cannot_be_looked_at_is_a_row_of_zeros(reader: NetReader) -> None:
    empty, speck = np.zeros((0, 0, 3), np.uint8), np.zeros((3, 3, 3), np.uint8)
    found = reader.read([empty, shirt("10"), speck])
    assert found.shape == (3, 22)
    assert not found[[0, 2]].any()
    assert found[1].any()
    assert reader.read([]).shape == (0, 22)
    assert reader.read_numbers([empty]).tolist() == [[0] * 22]


def test_a_shirt_is_read_alike_in_any_company(reader: NetReader) -> None:
    shirts = [shirt(text) for text in ("9", "17", "")]
    together = reader.read(shirts)
    alone = np.concatenate([reader.read([one]) for one in shirts])
    np.testing.assert_array_equal(together, alone)


PLACES = st.lists(st.tuples(*[st.floats(-3, 3, allow_subnormal=False)] * 6), min_size=1, max_size=5)


@settings(deadline=None)
@given(places=PLACES)
def test_whatever_place_is_named_there_is_a_window_that_can_be_cut(
    places: list[tuple[float, ...]],
) -> None:
    """Neither mirrored nor without area, and no higher than two of the window it is in."""
    first = upright(np.tile([60.0, 50.0, 80.0], (len(places), 1)))
    near = nearer(first, np.array(places, np.float64))
    sides = near[:, 2:].reshape(-1, 2, 2)
    assert np.isfinite(near).all()
    assert (np.linalg.det(sides) > 10).all()
    assert (np.hypot(*sides[:, 1].T) < 2 * 80).all()


def test_a_place_that_is_right_is_cut_as_it_is() -> None:
    first = upright(np.array([[50.0, 50.0, 100.0]]))
    (near,) = nearer(first, np.array([[0.4, 0.6, 0.2, 0.05, -0.05, 0.3]]))
    np.testing.assert_allclose(near[:2], [40, 60])
    np.testing.assert_allclose(near[2:] / near[5] * 30, [20, 5, -5, 30], atol=1e-9)


def test_what_is_said_are_probabilities(reader: NetReader) -> None:
    found = reader.read([shirt("23"), shirt("")])
    np.testing.assert_allclose(found[:, TENS].sum(axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(found[:, UNITS].sum(axis=1), 1, atol=1e-5)
    assert (found >= 0).all()
    assert (found <= 1).all()
    assert found[0, LEGIBLE] > found[1, LEGIBLE]


def test_a_number_cut_out_by_its_edges_is_read(reader: NetReader) -> None:
    whole = shirt("58")
    found = readings_of(reader.read_numbers([whole[44:76, 36:84]])).numbers
    assert found.tolist() == [58]


def test_it_is_the_reader_called_net(reader: NetReader) -> None:
    opened = open_reader("net")
    assert opened.name == "net"
    assert opened.fingerprint == reader.fingerprint


def test_its_file_is_small() -> None:
    assert Path(number_net.__file__).with_name(number_net.SHIPPED).stat().st_size < 2_000_000


@pytest.mark.parametrize("fault", ["gone", "broken", "uncalibrated"])
def test_a_net_that_is_no_net_is_told_in_one_line(
    fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Path(number_net.__file__).with_name(number_net.SHIPPED)
    file = tmp_path / number_net.SHIPPED
    if fault == "broken":
        file.write_bytes(whole.read_bytes()[:1000])
    if fault == "uncalibrated":
        save_file(load_file(whole), file)
    monkeypatch.setattr(number_net.resources, "files", lambda package: tmp_path)
    with pytest.raises(NumberError, match=r"number_net.*reinstall") as caught:
        NumberNet.shipped()
    assert "\n" not in str(caught.value)
