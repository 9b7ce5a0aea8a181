"""Runs and galleries of strangers: they call nobody, wait for nothing, and fill no memory."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from gallery import files
from gallery.roster import RosterError, read_roster
from tests.bad_input_worlds import command, draw_world
from tests.test_guarded import served
from tracker import closer, naming
from tracker.observe import live, video, weights
from tracker.observe.chunk import StoreError, read_chunk
from tracker.observe.store import Store
from tracker.parquet import Most, _check, _pages, read_table
from tracker.publish.evidence import EvidenceError, EvidenceTables
from tracker.publish.table import TableError, TrackTable


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_world(tmp_path_factory.mktemp("strangers"))


@pytest.fixture
def theirs(world: Path, tmp_path: Path) -> Path:
    shutil.copytree(world / "run", tmp_path / "theirs")
    return tmp_path / "theirs"


@pytest.fixture(autouse=True)
def _not_for_ever() -> Iterator[None]:
    """Whoever waits for a pipe is woken, and fails."""

    def wake(*_: object) -> None:
        raise TimeoutError("waits for ever")

    before = signal.signal(signal.SIGALRM, wake)
    signal.alarm(120)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def altered(out: Path, change: Callable[[dict[str, Any]], None]) -> None:
    told = json.loads((out / "run.json").read_text())
    change(told)
    (out / "run.json").write_text(json.dumps(told))


def with_spec(out: Path, spec: str) -> None:
    altered(out, lambda told: told["source"].update(spec=spec))


# ----------------------------------------------------------------- addresses, cameras, pipes

READERS = {
    "report": ["report", "{out}", "-o", "{tmp}/r.html"],
    "suggest": ["gallery", "suggest", "{out}"],
    "people": ["gallery", "people", "{out}"],
    "explain": ["explain", "{out}", "--player", "Ann", "--frame", "5"],
    "correct": ["correct", "{out}", "--set", "player Ann is nobody"],
    "look closer": ["report", "{out}", "-o", "{tmp}/r.html", "--look-closer"],
}


def _run(words: list[str], out: Path, tmp: Path) -> int:
    return command([w.format(out=out, tmp=tmp) for w in words]).code


@pytest.mark.parametrize("reader", READERS)
def test_a_run_of_a_stranger_calls_nobody(
    reader: str, world: Path, theirs: Path, tmp_path: Path
) -> None:
    with served(world) as (port, asked):
        with_spec(theirs, f"http://127.0.0.1:{port}/clip.mp4")
        assert _run(READERS[reader], theirs, tmp_path) in (0, 2)
    assert asked == []


@pytest.mark.parametrize("spec", ["http://a/b", "HTTP://a", "tcp://a", "x+y://a", "0", "\u0663"])
def test_what_a_receipt_names_is_a_file_or_nothing(
    spec: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(video, "open_source", lambda spec: pytest.fail(f"opens {spec}"))
    with pytest.raises(video.VideoError, match="--video"):
        video.open_recorded(spec)


@pytest.mark.parametrize("reader", READERS)
def test_a_run_of_a_stranger_switches_no_camera_on(
    reader: str, theirs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[int] = []
    monkeypatch.setattr(live, "open_webcam", opened.append)
    with_spec(theirs, "0")
    assert _run(READERS[reader], theirs, tmp_path) in (0, 2)
    assert opened == []


@pytest.mark.parametrize("reader", READERS)
def test_a_run_of_a_stranger_waits_for_no_pipe(reader: str, theirs: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    with_spec(theirs, str(tmp_path / "pipe.mp4"))
    assert _run(READERS[reader], theirs, tmp_path) in (0, 2)


@pytest.mark.parametrize("reader", ["report", "correct"])
@pytest.mark.parametrize(
    "file",
    ["run.json", "tracks.csv", "evidence/votes.parquet", "observations/meta.json",
     "observations/chunk-000001.parquet", "observations/gallery.npz"],
)  # fmt: skip
def test_no_file_of_a_run_is_a_pipe_to_wait_for(
    file: str, reader: str, theirs: Path, tmp_path: Path
) -> None:
    (theirs / file).unlink()
    os.mkfifo(theirs / file)
    assert _run(READERS[reader], theirs, tmp_path) in (0, 2)


@pytest.mark.parametrize("file", ["roster.yaml", "Ann/0.png"])
def test_no_file_of_a_gallery_is_a_pipe_to_wait_for(file: str, world: Path, tmp_path: Path) -> None:
    gallery = tmp_path / "gallery"
    shutil.copytree(world / "gallery", gallery)
    (gallery / file).unlink(missing_ok=True)
    os.mkfifo(gallery / file)
    if file == "roster.yaml":
        with pytest.raises(RosterError, match="a pipe or a device"):
            read_roster(gallery)
    else:
        (ann, _) = read_roster(gallery).players
        assert len(ann.pictures) == 3


def test_an_offset_net_that_is_a_pipe_is_refused(theirs: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "net")
    altered(
        theirs,
        lambda told: told["settings"]["follow"]["offsets"].update(weights=str(tmp_path / "net")),
    )
    ended = command(["correct", str(theirs), "--set", "player Ann is nobody"])
    assert (ended.code, len(ended.lines)) == (2, 1)
    assert "a pipe or a device" in ended.lines[0]


@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_a_source_that_is_no_file_is_refused(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "x.mp4"
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero")
    with pytest.raises(video.VideoError, match="a pipe or a device"):
        video.open_source(str(path))


def test_an_address_is_opened_where_the_user_says_so(world: Path, theirs: Path) -> None:
    with served(world) as (port, asked):
        words = ["report", str(theirs), "-o", str(theirs / "r.html")]
        command([*words, "--video", f"http://127.0.0.1:{port}/clip.mp4"])
    assert asked


def test_no_weights_are_fetched_for_a_receipt(monkeypatch: pytest.MonkeyPatch) -> None:
    fetched: list[str] = []
    monkeypatch.delenv("YOLO_OFFLINE", raising=False)
    monkeypatch.setattr(weights, "_fetch", fetched.append)
    tree = {"detector": {"name": "yolov8x.pt"}, "command": ["--detector", "yolov8x.pt"]}
    with pytest.raises(closer.CloserError, match="not at hand"):
        closer._spec(tree)
    assert fetched == []


# ----------------------------------------------------------------------- Parquet, npz, JSON


def _one_row_for_all(path: Path, count: int) -> int:
    """Rows of a file become `count` times its first one; bytes of it now."""
    table = parquet.read_table(path)
    same = table.slice(0, 1).take(pa.array(np.zeros(count, np.int32)))
    parquet.write_table(same, path, compression="zstd")
    return path.stat().st_size


def _lists_of(path: Path, column: str, count: int) -> None:
    """The first row's list becomes `count` equal values."""
    table = parquet.read_table(path).slice(0, 1)
    kind = table.schema.field(column).type
    long = pa.array([[1] * count], kind)
    table = table.set_column(table.schema.get_field_index(column), column, long)
    parquet.write_table(table, path, compression="zstd")


def test_votes_that_would_fill_the_memory_are_not_read(theirs: Path) -> None:
    path = theirs / "evidence/votes.parquet"
    assert _one_row_for_all(path, 5_000_000) < 500_000
    with pytest.raises(EvidenceError, match=r"votes.parquet.*track"):
        EvidenceTables.read(theirs / "evidence")


def test_a_chunk_that_would_fill_the_memory_is_not_read(theirs: Path) -> None:
    path = theirs / "observations/chunk-000001.parquet"
    assert _one_row_for_all(path, 25_000) < 500_000
    with pytest.raises(StoreError, match="damaged"):
        read_chunk(path)


@pytest.mark.parametrize("column", ["boxes", "numbers", "embeddings"])
def test_a_list_that_would_fill_the_memory_is_not_read(column: str, theirs: Path) -> None:
    path = theirs / "observations/chunk-000001.parquet"
    _lists_of(path, column, 3_000_000)
    with pytest.raises(ValueError, match="more than 5000000 bytes"):
        read_table(path, Most(20_000, 5_000_000))


def test_a_footer_that_lies_is_not_believed(theirs: Path) -> None:
    """It says that there are 3 values; the pages hold three million."""
    path = theirs / "observations/chunk-000001.parquet"
    _lists_of(path, "numbers", 3_000_000)

    @dataclass
    class Liar:
        of: Any

        def __getattr__(self, name: str) -> Any:
            told = getattr(self.of, name)
            return 3 if name in ("num_values", "num_rows", "total_uncompressed_size") else (
                (lambda *args: Liar(told(*args))) if name in ("row_group", "column") else told
            )  # fmt: skip

    footer = Liar(parquet.read_metadata(path))
    with path.open("rb") as raw, pytest.raises(ValueError, match="more than"):
        _check(footer, raw, Most(20_000, 5_000_000))


@pytest.mark.parametrize("version", ["1.0", "2.0"])
@pytest.mark.parametrize("packed", ["zstd", "none", "snappy"])
def test_all_pages_are_seen(version: str, packed: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    table = pa.table({
        "whole": rng.integers(0, 1000, 50_000), "half": rng.random(50_000).astype(np.float16),
        "word": np.array(["Ann", "Bea"])[rng.integers(0, 2, 50_000)],
        "list": pa.array([[1.0] * int(n) for n in rng.integers(0, 4, 50_000)]),
    })  # fmt: skip
    path = tmp_path / "x.parquet"
    parquet.write_table(
        table, path, compression=packed, data_page_version=version, data_page_size=4096,
        row_group_size=20_000,
    )  # fmt: skip
    with parquet.ParquetFile(path) as file, path.open("rb") as raw:
        footer = file.metadata
        for group in range(footer.num_row_groups):
            for place in range(footer.num_columns):
                column = footer.row_group(group).column(place)
                pages = _pages(raw, column)
                dictionary = sum(p.values for p in pages) - column.num_values
                assert 0 <= dictionary <= 10_000  # words of a dictionary count too
                assert len(pages) > 1
    assert read_table(path, Most(50_000, 10_000_000)).equals(table)


def test_words_that_stand_in_many_rows_are_kept_once(tmp_path: Path) -> None:
    """A word of 1 MB in a million rows: 1 TB as a column of text."""
    word = pa.DictionaryArray.from_arrays(
        pa.array(np.zeros(1_000_000, np.int32)), ["x" * 1_000_000]
    )
    path = tmp_path / "x.parquet"
    parquet.write_table(pa.table({"name": word}), path, compression="zstd")
    table = read_table(path, Most(1_000_000, 20_000_000), ["name"])
    assert table.nbytes < 20_000_000


def test_an_npz_that_would_fill_the_memory_is_made_anew(theirs: Path) -> None:
    path = theirs / "observations/gallery.npz"
    np.savez_compressed(path, embeddings=np.zeros(100_000_000, np.uint8))
    assert path.stat().st_size < 200_000
    with pytest.raises(ValueError, match="no arrays"):
        files.read_arrays(path, 256_000_000)
    assert naming.Shown.read(path.parent, "key") is None


def test_an_npz_of_other_shapes_is_made_anew(theirs: Path) -> None:
    path = theirs / "observations/gallery.npz"
    kept = files.read_arrays(path, 1_000_000)
    key = str(kept["key"])
    assert naming.Shown.read(path.parent, key) is not None
    np.savez(path, **kept | {"labels": kept["labels"][:-1]})
    assert naming.Shown.read(path.parent, key) is None


@pytest.mark.parametrize("content", [b"[" * 200_000, b"{" * 200_000, b"1" * 10_000, b"\xff"])
def test_json_that_cannot_be_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_bytes(content)
    with pytest.raises(ValueError, match=r".+"):
        files.read_json(tmp_path / "x.json")
    (tmp_path / "x.json").write_bytes(b" " * 101)
    with pytest.raises(OSError, match="larger than 100 bytes"):
        files.read_json(tmp_path / "x.json", 100)


def test_rates_that_cannot_be_make_no_chunk_larger(theirs: Path) -> None:
    path = theirs / "observations/meta.json"
    told = json.loads(path.read_text())
    path.write_text(json.dumps(told | {"source": told["source"] | {"fps": 1e9}}))
    store = Store.open(path.parent)
    assert store is None or store.meta.chunk_frames <= 20_000


def test_a_table_that_is_a_pipe_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "tracks.csv")
    with pytest.raises(TableError, match="a pipe or a device"):
        TrackTable.read_csv(tmp_path / "tracks.csv")
