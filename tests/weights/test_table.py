"""What holds for every line of the table of weights."""

from __future__ import annotations

import re

import pytest

from gallery.weights.table import WEIGHTS, Weights, WeightsFile, known, of_ultralytics

EVERY = pytest.mark.parametrize("weights", WEIGHTS.values(), ids=WEIGHTS)
OWN_CHECKSUM = re.compile(r"(reid-\d{4}|yolox-s|youtu-reid)")


@EVERY
def test_a_line_is_whole(weights: Weights) -> None:
    assert re.fullmatch(r"[a-z0-9-]+", weights.name)
    assert known(weights.name) == weights
    assert weights.purpose in ("detector", "encoder")
    assert weights.licence
    assert "\n" not in weights.licence
    assert weights.files
    assert all(file.url.startswith("https://") for file in weights.files)
    assert all((file.size_bytes is None) == (file.checksum == "") for file in weights.files)


@EVERY
def test_who_publishes_a_checksum_has_it_here(weights: Weights) -> None:
    assert all(file.checksum for file in weights.files) == bool(OWN_CHECKSUM.match(weights.name))


def test_no_two_lines_want_the_same_file() -> None:
    names = [file.name for weights in WEIGHTS.values() for file in weights.files]
    checksums = [f.checksum for w in WEIGHTS.values() for f in w.files if f.checksum]
    assert len(names) == len(set(names))
    assert len(checksums) == len(set(checksums))


def test_what_is_opened_comes_first() -> None:
    for name in ("0277", "0286", "0287", "0288"):
        ends = [file.name.rpartition(".")[2] for file in WEIGHTS[f"reid-{name}"].files]
        assert ends == ["xml", "bin"]


def test_licences_that_are_not_free_are_agreed_to() -> None:
    assert {w.name for w in WEIGHTS.values() if w.opt_in} == {"osnet-sportsmot", "osnet-soccernet"}


@pytest.mark.parametrize("name", ["yolo11n", "yolo11n.pt", "yolov8s.pt", "rtdetr-l.pt"])
def test_ultralytics_own_names_are_known(name: str) -> None:
    weights = of_ultralytics(name)
    assert weights is not None
    assert weights.files[0].name == f"{name.removesuffix('.pt')}.pt"
    assert known("yolo99.pt") is None


@pytest.mark.parametrize(
    ("name", "url", "checksum"),
    [("../a", "https://a", ""), (".a", "https://a", ""), ("a", "http://a", ""),
     ("a", "https://a", "0" * 63), ("a", "https://a", "G" * 64)],
)  # fmt: skip
def test_a_wrong_line_is_not_made(name: str, url: str, checksum: str) -> None:
    with pytest.raises(ValueError, match=re.escape(name)):
        WeightsFile(name, url, 1, checksum)
