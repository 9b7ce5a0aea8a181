"""Runs and galleries of strangers: they call nobody, wait for nothing, and fill no memory."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from gallery.io import files
from gallery.roster import RosterError, read_roster
from tests.output.test_guarded import served
from tests.worlds.bad_inputs import command, contents, draw_world
from tracker import config
from tracker import parquet as parquet_reader
from tracker.corrections.in_force import in_force
from tracker.corrections.record import StoredCorrection
from tracker.detection import weights
from tracker.observation import chunk
from tracker.observation.chunk import StoreError, read_chunk
from tracker.observation.store import Store
from tracker.output import evidence
from tracker.output.evidence import EvidenceError, EvidenceTables
from tracker.output.table import TableError, TrackTable
from tracker.parquet import Most, read_groups, read_pages, read_table
from tracker.runs import finer_tiles, gallery_cache
from tracker.video import open as opening
from tracker.video import source, stream


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
    signal.alarm(900)  # for machines under load
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
    monkeypatch.setattr(opening, "open_source", lambda spec: pytest.fail(f"opens {spec}"))
    with pytest.raises(source.VideoError, match="--video"):
        opening.open_recorded(spec)


@pytest.mark.parametrize("reader", READERS)
def test_a_run_of_a_stranger_switches_no_camera_on(
    reader: str, theirs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[int] = []
    monkeypatch.setattr(stream, "open_webcam", opened.append)
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
    with pytest.raises(source.VideoError, match="a pipe or a device"):
        opening.open_source(str(path))


def test_an_address_is_opened_where_the_user_says_so(world: Path, theirs: Path) -> None:
    with served(world) as (port, asked):
        words = ["report", str(theirs), "-o", str(theirs / "r.html")]
        command([*words, "--video", f"http://127.0.0.1:{port}/clip.mp4"])
    assert asked


def test_no_weights_are_fetched_for_a_receipt(monkeypatch: pytest.MonkeyPatch) -> None:
    fetched: list[str] = []
    monkeypatch.delenv("YOLO_OFFLINE", raising=False)
    monkeypatch.setattr(weights, "get", lambda *of: fetched.append(of))
    tree = {"detector": {"name": "yolov8x.pt"}, "command": ["--detector", "yolov8x.pt"]}
    with pytest.raises(finer_tiles.FinerTilesError, match="not at hand"):
        finer_tiles.recorded_spec(tree)
    assert fetched == []


@pytest.mark.parametrize("how", ["--resume", "--overwrite"])
def test_nothing_is_written_where_a_link_of_theirs_leads(
    how: str, world: Path, theirs: Path, tmp_path: Path
) -> None:
    mine = tmp_path / "mine"
    (theirs / "observations").rename(mine)
    (theirs / "observations").symlink_to(mine)
    meta = json.loads((mine / "meta.json").read_text())
    (mine / "meta.json").write_text(json.dumps(meta | {"chunks": None}))  # not finished
    (mine / "chunk-000009.parquet").write_bytes(b"behind a gap")
    before = contents(mine)
    boxes = str(world / "seq/det/det.txt")
    words = ["track", str(world / "seq"), "--detections", boxes, "-o", str(theirs), how]
    ended = command([*words, "--gallery", str(world / "gallery")])
    assert contents(mine) == before
    assert ended.code == 0 or (ended.code == 2 and "is a link" in ended.lines[-1])


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


def test_a_footer_that_lies_is_not_believed(theirs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says that there are 3 values; the pages hold three million."""
    path = theirs / "observations/chunk-000001.parquet"
    _lists_of(path, "numbers", 3_000_000)
    true = parquet_reader.read_groups

    def lying(raw: Any) -> Any:
        return [[replace(column, values=3) for column in group] for group in true(raw)]

    monkeypatch.setattr(parquet_reader, "read_groups", lying)
    with pytest.raises(ValueError, match="more than 5000000 bytes"):
        read_table(path, Most(20_000, 5_000_000))


@pytest.mark.parametrize("name", ["evidence/votes.parquet", "observations/chunk-000001.parquet"])
def test_no_byte_of_a_footer_ends_the_process(name: str, theirs: Path, memory_path: Path) -> None:
    """Arrow's own metadata of a column throws where nobody can catch it, and all is over."""
    good = (theirs / name).read_bytes()
    size = int.from_bytes(good[-8:-4], "little")
    child = os.fork()
    if child == 0:
        for at in range(len(good) - 8 - size, len(good)):
            for flip in (0x01, 0x10, 0x06):
                bad = bytearray(good)
                bad[at] ^= flip
                (memory_path / "x.parquet").write_bytes(bad)
                with contextlib.suppress(Exception):
                    read_table(memory_path / "x.parquet", Most(1_000_000, 10_000_000))
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


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
        footer, groups = file.metadata, read_groups(raw)
        assert len(groups) == footer.num_row_groups == 3
        for group, columns in enumerate(groups):
            assert len(columns) == footer.num_columns
            for place, column in enumerate(columns):
                told = footer.row_group(group).column(place)
                assert (column.values, column.packed) == (
                    told.num_values, told.total_compressed_size
                )  # fmt: skip
                pages = read_pages(raw, column)
                dictionary = sum(p.values for p in pages) - column.values
                assert 0 <= dictionary <= 10_000  # words of a dictionary count too
                assert len(pages) > 1
    assert read_table(path, Most(50_000, 10_000_000)).equals(table)
    parquet.write_table(table.slice(0, 0), path, compression=packed)
    assert read_table(path, Most(50_000, 10_000_000)).equals(table.slice(0, 0))


def test_what_a_long_match_leaves_is_read(tmp_path: Path) -> None:
    """Votes of two hours, 25 people and 30 players, and a chunk of 200 people a frame."""
    votes = pa.table({f"nats:{k}": np.zeros(500_000, np.float16) for k in range(31)})
    parquet.write_table(votes, tmp_path / "votes", compression="zstd")
    assert read_table(tmp_path / "votes", evidence.MOST).num_rows == 500_000
    looks = pa.ListArray.from_arrays(
        pa.array(np.arange(101) * 200 * 512, "int32"),
        pa.array(np.zeros(100 * 200 * 512, np.float16)),
    )
    parquet.write_table(pa.table({"looks": looks}), tmp_path / "chunk", compression="zstd")
    assert read_table(tmp_path / "chunk", chunk.MOST).num_rows == 100


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
    assert gallery_cache.GalleryCache.read(path.parent, "key") is None


def test_an_npz_of_other_shapes_is_made_anew(theirs: Path) -> None:
    path = theirs / "observations/gallery.npz"
    kept = files.read_arrays(path, 1_000_000)
    key = str(kept["key"])
    assert gallery_cache.GalleryCache.read(path.parent, key) is not None
    np.savez(path, **kept | {"labels": kept["labels"][:-1]})
    assert gallery_cache.GalleryCache.read(path.parent, key) is None


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
    assert store is None or store.metadata.chunk_frames <= 20_000


def test_a_table_that_is_a_pipe_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "tracks.csv")
    with pytest.raises(TableError, match="a pipe or a device"):
        TrackTable.read_csv(tmp_path / "tracks.csv")


# -------------------------------------------------------------------------------- playlists

PLAYLISTS = {
    "list.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{clip}\n#EXT-X-ENDLIST\n",
    "list.mp4": "ffconcat version 1.0\nfile '{clip}'\n",
    "bom.mp4": "\ufeff\n#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{clip}\n#EXT-X-ENDLIST\n",
    "list.mpd": "<?xml version='1.0'?>\n<MPD><Period><BaseURL>{clip}</BaseURL></Period></MPD>",
    "list.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\nm=video 9 RTP/AVP 96\n",
}


@pytest.mark.parametrize("name", PLAYLISTS)
@pytest.mark.parametrize("absolute", [True, False])
def test_a_list_of_other_files_is_no_video(
    absolute: bool, name: str, world: Path, tmp_path: Path
) -> None:
    shutil.copy(world / "clip.mp4", tmp_path)
    clip = str(tmp_path / "clip.mp4") if absolute else "clip.mp4"
    (tmp_path / name).write_text(PLAYLISTS[name].format(clip=clip))
    with pytest.raises(source.VideoError, match=f"{name}: a playlist.*ffmpeg"):
        opening.open_source(str(tmp_path / name))


# ------------------------------------------------------------------- a run.json that was altered


def _said(count: int, spans: int, is_: str = "Ann") -> list[dict[str, Any]]:
    """Of tracks of their own; where they name a player, the last says it all."""
    return [
        {"said": "x", "is": is_, "spans": [[n * spans + k, 1, 5] for k in range(spans)]}
        for n in range(count)
    ]


def _kept(told: list[dict[str, Any]]) -> list[StoredCorrection]:
    return [StoredCorrection.model_validate(one) for one in told]


@pytest.mark.parametrize("is_", ["", "Ann"])
def test_very_many_corrections_are_compared_at_once(is_: str) -> None:
    began = time.process_time()
    in_force(_kept(_said(2_000, 20, is_)))
    assert time.process_time() - began < 10  # each with each took an hour


@pytest.mark.parametrize("told", [
    _said(50_001, 1), _said(1, 2_001), [{"said": "x", "is": "Ann", "spans": [[0, 0, 5]]}],
    [{"said": "x", "is": "Ann", "spans": [[10**30, 1, 5]]}], {"said": 1}, 7,
])  # fmt: skip
def test_corrections_that_cannot_be_are_refused(told: object, theirs: Path) -> None:
    altered(theirs, lambda run: run.update(corrections=told))
    ended = command(["correct", str(theirs), "--list"])
    assert (ended.code, len(ended.lines)) == (2, 1)
    assert "run.json" in ended.lines[0]


@pytest.mark.parametrize("value", ["1e300", "1e7", ".inf", ".nan"])
@pytest.mark.parametrize("key", ["follow.confirm_s", "follow.association.reach", "lag_s"])
def test_a_setting_that_cannot_be_is_refused(key: str, value: str) -> None:
    with pytest.raises(config.ConfigError, match=key):
        config.load(None, [f"{key}={value}"])


def test_settings_by_which_nobody_is_found_cost_nothing(theirs: Path) -> None:
    altered(theirs, lambda told: told["settings"]["follow"].update(confirm_s=1e6))
    altered(theirs, lambda told: told.update(corrections=_said(1, 1)))
    before = contents(theirs)
    ended = command(["correct", str(theirs), "--undo", "1"])
    assert (ended.code, len(ended.lines)) == (2, 1)
    assert "nobody is found" in ended.lines[0]
    assert contents(theirs) == before


@pytest.mark.parametrize("span", [
    {"first": 1, "count": 10**18}, {"first": -5, "count": 3}, {"first": 1, "count": -10},
])  # fmt: skip
def test_counts_that_cannot_be_are_refused(span: dict[str, int], theirs: Path) -> None:
    altered(theirs, lambda told: told["source"].update(frames=span))
    ended = command(["explain", str(theirs), "--player", "Ann", "--frame", "3"])
    assert (ended.code, len(ended.lines)) == (2, 1)


@pytest.mark.parametrize("reader", ["explain", "report"])
def test_names_that_no_evidence_knows_are_one_line(
    reader: str, theirs: Path, tmp_path: Path
) -> None:
    table = theirs / "tracks.csv"
    table.write_text(table.read_text().replace(",Bea,", ",Zoe,"))
    ended = command([w.format(out=theirs, tmp=tmp_path) for w in READERS[reader]])
    assert (ended.code, len(ended.lines)) == (2, 1)
    assert "'Zoe'" in ended.lines[0]
