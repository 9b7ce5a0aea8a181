"""Observations on disk: what is read is what was written, what is damaged is named."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from tracker import config
from tracker.identity.misreadings import digits_of
from tracker.identity.number_evidence import readings_of
from tracker.observation.chunk import (
    Carry,
    Chunk,
    StoreError,
    read_chunk,
    rounded,
    rounded_classes,
    write_chunk,
)
from tracker.observation.ground_colors import rounded_ground
from tracker.observation.metadata import (
    Metadata,
    ModelId,
    SourceFacts,
    check_classes,
    check_models,
    check_settings,
    shaping,
)
from tracker.observation.packed import Packed
from tracker.observation.shirt_colors import rounded_colors
from tracker.observation.store import Recorder, Store
from tracker.settings import DetectSettings, Settings
from tracker.types import (
    COLORS_WIDTH,
    DIGITS,
    GROUND_WIDTH,
    NO_NUMBER,
    Observation,
    Readings,
)

DIM = 5


def seen(index: int, n: int = 2, dim: int = DIM, encoded: bool = True) -> Observation:
    """A frame of n boxes with numbers that no rounding leaves alone."""
    rng = np.random.default_rng(index)
    looks = np.full((n, dim), np.nan, np.float32)
    if encoded:
        looks = rounded(rng.normal(size=(n, dim)).astype(np.float32))
    corner = rng.random((n, 2)) * 1000
    return Observation(
        index,
        index / 30,
        np.concatenate([corner, corner + 50], axis=1).astype(np.float32),
        rng.random(n).astype(np.float32),
        looks,
        rng.normal(size=(2, 3)),
        bool(index % 3 == 1),
    )


def with_colors(observation: Observation, known: bool) -> Observation:
    """The first of its people was looked at."""
    rng = np.random.default_rng(observation.index)
    colors = np.zeros((len(observation.boxes), COLORS_WIDTH), np.float32)
    colors[:1] = rounded_colors(rng.random((1, COLORS_WIDTH)).astype(np.float32))
    ground = rounded_ground(rng.random((len(observation.boxes), GROUND_WIDTH)).astype(np.float32))
    return replace(observation, colors=colors if known else None, ground=ground if known else None)


def test_colours_are_stored_of_those_who_were_looked_at(tmp_path: Path) -> None:
    before = [with_colors(seen(index), index % 2 == 0) for index in range(4)]
    write_chunk(Chunk.of(before), Carry(), tmp_path / "a.parquet")
    chunk, _ = read_chunk(tmp_path / "a.parquet")
    for old, new, whole in zip(before, chunk, [chunk.at(i) for i in range(4)], strict=True):
        for now in (new.ground, whole.ground):
            assert (now is None) == (old.ground is None)
            assert now is None or np.array_equal(old.ground, now)
        for now in (new.colors, whole.colors):
            if old.colors is None:
                assert now is None
            else:
                assert np.array_equal(old.colors, now)
    assert chunk.colors.values.shape == (2, COLORS_WIDTH)


def test_a_store_of_before_has_no_colours(tmp_path: Path) -> None:
    write_chunk(Chunk.of([with_colors(seen(0), True)]), Carry(), tmp_path / "a.parquet")
    table = parquet.read_table(tmp_path / "a.parquet").drop_columns(
        ["colored", "colors", "grounded", "ground"]
    )
    parquet.write_table(table, tmp_path / "b.parquet", write_page_checksum=True)
    assert read_chunk(tmp_path / "b.parquet")[0].at(0).colors is None
    assert read_chunk(tmp_path / "b.parquet")[0].at(0).ground is None


def same(a: Observation, b: Observation) -> bool:
    """To the last bit."""
    arrays = ("boxes", "scores", "embeddings", "camera")
    alike = all(
        getattr(a, name).dtype == getattr(b, name).dtype
        and getattr(a, name).shape == getattr(b, name).shape
        and np.array_equal(getattr(a, name), getattr(b, name), equal_nan=True)
        for name in arrays
    )
    plain = (a.index, a.time_s, a.cut) == (b.index, b.time_s, b.cut)
    if a.classes is None or b.classes is None:
        alike &= a.classes is b.classes
    else:
        alike &= a.classes.dtype == b.classes.dtype and a.classes.shape == b.classes.shape
        alike &= np.array_equal(a.classes, b.classes)
    if a.readings is None or b.readings is None:
        return alike and plain and a.readings is b.readings
    read = [
        np.array_equal(getattr(a.readings, name), getattr(b.readings, name))
        for name in ("numbers", "confidence", "digits")
    ]
    return alike and plain and a.readings.digits.dtype == b.readings.digits.dtype and all(read)


def readings(*numbers: int) -> Readings:
    """As files of before digits were kept give them."""
    read, sure = np.array(numbers, np.int64), np.linspace(0.1, 0.9, len(numbers), dtype="f4")
    digits = digits_of(read, sure) * (read != NO_NUMBER)[:, None]
    return Readings(read, sure, digits.astype("f2").astype("f4"))


def by_digits(*tried: bool) -> Readings:
    """As the observer gives them: rounded, zeros where nobody tried."""
    digits = np.random.default_rng(len(tried)).random((len(tried), DIGITS), np.float32)
    digits = rounded(np.where(np.array(tried, bool)[:, None], digits, np.float32(0)))
    return readings_of(digits)


def classed(observation: Observation, count: int = 3) -> Observation:
    """With scores of classes, as the observer gives them."""
    shape = len(observation.boxes), count
    scores = np.random.default_rng(observation.index).random(shape, np.float32)
    return replace(observation, classes=rounded_classes(scores))


EMPTY = seen(4, 0)
HALF = seen(6)
HALF.embeddings[1] = np.nan  # a crop of zero area
WORLDS = {
    "plain": [seen(i, i % 4) for i in range(3, 12)],
    "no encoder": [seen(i, 3, dim=0) for i in range(4)],
    "every other frame encoded": [seen(i, encoded=i % 2 == 0) for i in range(6)],
    "nobody": [seen(0, 0), seen(1, 0)],
    "nobody, no encoder": [seen(0, 0, dim=0)],
    "one crop of zero area": [seen(5), HALF],
    "numbers": [
        replace(seen(0), readings=readings(10, NO_NUMBER)),
        seen(1),
        replace(EMPTY, readings=readings()),
        replace(seen(7), readings=readings(NO_NUMBER, 0)),
    ],
    "digits": [
        replace(seen(0), readings=by_digits(True, False)),
        seen(1),
        replace(EMPTY, readings=by_digits()),
        replace(seen(7), readings=by_digits(False, False)),
        replace(seen(8, 3), readings=by_digits(True, True, False)),
    ],
    "numbers and digits": [
        replace(seen(0), readings=readings(10, NO_NUMBER)),
        replace(seen(7, 3), readings=by_digits(False, True, False)),
    ],
    "frames left out": [seen(2), seen(9), seen(10)],
    "classes": [classed(seen(i, i % 3)) for i in range(6)],
    "classes, nobody": [classed(seen(0, 0))],
    "classes, not in every frame": [seen(0), classed(seen(1)), seen(2, 0), classed(seen(3, 4))],
}


@pytest.mark.parametrize("name", WORLDS)
def test_what_is_read_is_what_was_written(name: str, tmp_path: Path) -> None:
    world = WORLDS[name]
    carry = Carry(2, 0.25, 77, ("a: b",), mirrored=3)
    write_chunk(Chunk.of(world), carry, tmp_path / "c.parquet")
    chunk, told = read_chunk(tmp_path / "c.parquet")
    assert told == carry
    assert len(chunk) == len(world)
    assert all(same(a, b) for a, b in zip(world, chunk, strict=True))
    assert all(same(a, chunk.at(i)) for i, a in enumerate(world))
    assert [f.name for f in tmp_path.iterdir()] == ["c.parquet"]


def test_the_same_observations_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_chunk(Chunk.of(WORLDS["plain"]), Carry(), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_half_precision_moves_no_cosine_by_more_than_a_thousandth() -> None:
    looks = np.random.default_rng(0).normal(size=(200, 256))
    looks /= np.linalg.norm(looks, axis=1, keepdims=True)
    near = rounded(looks.astype(np.float32))
    assert np.abs(near @ near.T - looks @ looks.T).max() < 1e-3


def test_what_is_packed_in_memory_comes_out_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracker.observation.packed.PACKED", 4)
    world = [seen(i, i % 3, encoded=i % 2 == 0) for i in range(11)]
    world[5:9] = [classed(one) for one in world[5:9]]
    packed = Packed()
    for one in world:
        packed.append(one)
    assert len(packed) == 11
    assert all(same(a, b) for a, b in zip(world, packed, strict=True))
    assert all(same(one, packed[i]) for i, one in enumerate(world))
    assert same(packed[-1], world[-1])
    assert [one.index for one in packed[2:6]] == [2, 3, 4, 5]


def as_version_3(file: Path) -> None:
    """The file as it was written before there were classes."""
    table = parquet.read_table(file)
    note = json.loads(table.schema.metadata[b"teamsheet"])
    del note["classes"]
    note["version"] = 3
    table = table.drop_columns(["classes"])
    parquet.write_table(table.replace_schema_metadata({"teamsheet": json.dumps(note)}), file)


@pytest.mark.parametrize("embeddings", [True, False])
def test_a_file_of_version_3_is_read_without_classes(tmp_path: Path, embeddings: bool) -> None:
    file = tmp_path / "c.parquet"
    write_chunk(Chunk.of(WORLDS["plain"]), Carry(hidden=3), file)
    as_version_3(file)
    chunk, carry = read_chunk(file, embeddings)
    assert carry == Carry(hidden=3)
    assert [one.classes for one in chunk] == [None] * len(chunk)
    if embeddings:
        assert all(same(a, b) for a, b in zip(WORLDS["plain"], chunk, strict=True))


def test_a_store_of_version_3_is_gone_on_with(tmp_path: Path) -> None:
    """What was seen has no classes, what is seen from now on has."""
    before = Recorder(tmp_path, meta(version=3))
    record(before, *range(3, 16))
    before.keep()
    for file in opened(tmp_path).files:
        as_version_3(file)
    now = meta(classes=("Ada", "Bea", "Cid"))
    check_classes(tmp_path, opened(tmp_path).metadata, now)
    after = Recorder(tmp_path, now, opened(tmp_path))
    after.add([classed(seen(16))], Carry())
    after.finish([])
    store = opened(tmp_path)
    assert store.metadata.classes == ("Ada", "Bea", "Cid")
    assert [one.classes is not None for one in store] == [False] * 13 + [True]
    with pytest.raises(StoreError, match=r"3 classes of people \(Ada, Bea, Cid\).*there are 1 now"):
        check_classes(tmp_path, store.metadata, meta(classes=("Ada",)))


def test_a_file_without_numbers_is_as_older_versions_know_it(tmp_path: Path) -> None:
    write_chunk(Chunk.of(WORLDS["plain"]), Carry(), tmp_path / "plain")
    table = parquet.read_table(tmp_path / "plain")
    assert not {"tried", "digits"} & set(table.column_names)
    note = json.loads(table.schema.metadata[b"teamsheet"])
    assert "mirrored" not in note["carry"]


@pytest.mark.parametrize("embeddings", [True, False])
def test_what_older_versions_carried_on_is_read(tmp_path: Path, embeddings: bool) -> None:
    """They knew when the shirts of a frame were to be read again, which is no longer so."""
    file = tmp_path / "c.parquet"
    write_chunk(Chunk.of(WORLDS["numbers"]), Carry(hidden=3), file)
    table = parquet.read_table(file)
    note = json.loads(table.schema.metadata[b"teamsheet"])
    note["carry"]["next_number_s"] = 0.5
    parquet.write_table(table.replace_schema_metadata({"teamsheet": json.dumps(note)}), file)
    chunk, carry = read_chunk(file, embeddings)
    assert carry == Carry(hidden=3)
    assert [one.readings is None for one in chunk] == [False, True, False, False]


@pytest.mark.parametrize(
    ("numbers", "sure", "plain"), [(7, 0.9, True), (101, 0.9, False), (7, 1.5, False)]
)
def test_numbers_of_before_digits_were_kept_get_theirs(
    tmp_path: Path, numbers: int, sure: float, plain: bool
) -> None:
    """A file without the columns, and one in which a later version went on."""
    world = [replace(seen(i), readings=readings(NO_NUMBER, 7)) for i in range(2)]
    read = world[0].readings
    assert read is not None
    read.numbers[1], read.confidence[1] = numbers, sure
    file = tmp_path / "c.parquet"
    write_chunk(Chunk.of(world), Carry(), file)
    table = parquet.read_table(file)
    older = table.drop_columns(["tried", "digits"])
    later = table.slice(1)
    for kept in (older, pa.concat_tables([older.slice(0, 1), later], promote_options="default")):
        parquet.write_table(kept.replace_schema_metadata(table.schema.metadata), file)
        if not plain:
            with pytest.raises(StoreError, match="damaged"):
                read_chunk(file)
            continue
        for one in read_chunk(file)[0]:
            assert one.readings is not None
            assert one.readings.digits.any(axis=1).tolist() == [False, True]
            assert readings_of(one.readings.digits).numbers.tolist() == [NO_NUMBER, 7]


def test_digits_take_little_room(tmp_path: Path) -> None:
    """22 people for 20 s, two of them read in every frame."""
    plain = [seen(i, 22, 256, encoded=i % 5 == 0) for i in range(500)]
    read = [
        replace(one, readings=by_digits(*(n in (i % 22, (i + 7) % 22) for n in range(22))))
        for i, one in enumerate(plain)
    ]
    write_chunk(Chunk.of(plain), Carry(), tmp_path / "plain")
    write_chunk(Chunk.of(read), Carry(), tmp_path / "read")
    sizes = [(tmp_path / name).stat().st_size for name in ("plain", "read")]
    assert sizes[1] < 1.06 * sizes[0], sizes


@pytest.mark.parametrize("wrong", [1.5, -0.5, np.nan])
def test_digits_that_are_no_probabilities_are_damage(wrong: float, tmp_path: Path) -> None:
    said = by_digits(True, False)
    said.digits[0, 3] = wrong
    write_chunk(Chunk.of([replace(seen(0), readings=said)]), Carry(), tmp_path / "c.parquet")
    with pytest.raises(StoreError, match="damaged"):
        read_chunk(tmp_path / "c.parquet")


def test_thirty_classes_take_little_room(tmp_path: Path) -> None:
    """22 people for 20 s, most sure of one class and a little of two others."""
    rng = np.random.default_rng(0)
    scores = rng.random((22, 30), np.float32) ** 8 * 5e-3
    plain = [seen(i, 22, 256, encoded=i % 5 == 0) for i in range(500)]
    with_classes = []
    for one in plain:
        mine = scores * rng.uniform(0.5, 1.5, scores.shape).astype(np.float32)
        mine[np.arange(22), np.arange(22)] = rng.uniform(0.6, 0.95, 22)
        mine[np.arange(22), rng.integers(0, 30, 22)] = rng.uniform(0.01, 0.2, 22)
        with_classes.append(replace(one, classes=rounded_classes(mine)))
    write_chunk(Chunk.of(plain), Carry(), tmp_path / "plain")
    write_chunk(Chunk.of(with_classes), Carry(), tmp_path / "classes")
    sizes = [(tmp_path / name).stat().st_size for name in ("plain", "classes")]
    assert sizes[1] < 1.2 * sizes[0], sizes


# ------------------------------------------------------------------- damage


def damaged(case: str, file: Path) -> None:
    whole = file.read_bytes()
    middle = len(whole) // 3
    file.write_bytes(
        {
            "cut short": whole[:-50],
            "empty": b"",
            "half": whole[: len(whole) // 2],
            "no parquet": b"frame,time_s\n1,0\n",
            "a flipped byte": whole[:middle] + bytes([whole[middle] ^ 0xFF]) + whole[middle + 1 :],
        }[case]
    )


@pytest.mark.parametrize("case", ["cut short", "empty", "half", "no parquet", "a flipped byte"])
def test_a_damaged_chunk_is_named_with_the_remedy(case: str, tmp_path: Path) -> None:
    file = tmp_path / "chunk-000001.parquet"
    write_chunk(Chunk.of([seen(i, 40) for i in range(20)]), Carry(), file)
    damaged(case, file)
    with pytest.raises(StoreError) as caught:
        read_chunk(file)
    text = str(caught.value)
    assert str(file) in text
    assert "--overwrite" in text
    assert "delete" in text
    assert "\n" not in text


def test_another_version_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracker.observation.chunk.VERSION", 99)
    write_chunk(Chunk.of([seen(0)]), Carry(), tmp_path / "c.parquet")
    monkeypatch.undo()
    with pytest.raises(StoreError, match=r"schema 99.*--overwrite"):
        read_chunk(tmp_path / "c.parquet")


# -------------------------------------------------------------------- store


def meta(**changed: object) -> Metadata:
    source = SourceFacts(
        spec="a.mp4", name="a.mp4", fingerprint="f", width=640, height=360, fps=0.5,
        frame_count=None, has_images=True, live=False,
    )  # fmt: skip
    plain = Metadata(
        source=source,
        detector=ModelId(name="yolo", fingerprint="d"),
        encoder=ModelId(name="stripes", fingerprint="e"),
        numbers=None,
        settings=shaping(Settings()),
        first=4,
        last=None,
        together=1,
        device="cpu",
    )
    return plain.model_copy(update=changed)


def record(recorder: Recorder, *indices: int) -> None:
    for index in indices:
        recorder.add([seen(index)], Carry(picture=index))


def opened(folder: Path) -> Store:
    store = Store.open(folder)
    assert store is not None
    return store


def test_chunks_end_at_the_same_frames_wherever_one_began(tmp_path: Path) -> None:
    """20 s at half a frame a second from frame 4: chunks end at frames 13 and 23."""
    folder = tmp_path / "observations"
    recorder = Recorder(folder, meta())
    record(recorder, *range(3, 15))
    assert [len(read_chunk(f)[0]) for f in opened(folder).files] == [10]
    recorder.keep()  # as on Ctrl-C
    again = Recorder(folder, meta(), opened(folder))
    assert [one.index for one in again.behind(4)[0]] == [11, 12, 13, 14]
    assert again.behind(4)[1].picture == 14
    record(again, *range(15, 24))
    again.finish(["late"])
    store = opened(folder)
    assert store.finished
    assert store.warnings == ("late",)
    assert [len(read_chunk(f)[0]) for f in store.files] == [10, 10, 1]
    assert [one.index for one in store] == list(range(3, 24))


def test_nothing_is_made_before_there_is_something_to_keep(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "out" / "observations", meta())
    recorder.keep()
    recorder.finish([])
    assert not list(tmp_path.iterdir())
    assert Store.open(tmp_path / "out" / "observations") is None


def test_behind_a_chunk_that_was_deleted_all_is_observed_again(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, meta())
    record(recorder, *range(3, 30))
    recorder.finish([])
    (tmp_path / "chunk-000002.parquet").unlink()
    store = opened(tmp_path)
    assert not store.finished
    assert [one.index for one in store] == list(range(3, 13))
    again = Recorder(tmp_path, meta(), store)
    record(again, *range(13, 15))
    again.keep()
    assert len(opened(tmp_path).files) == 2  # the old third is gone
    assert not opened(tmp_path).finished


def test_a_new_run_takes_away_what_it_replaces(tmp_path: Path) -> None:
    old = Recorder(tmp_path / "a", meta())
    record(old, *range(3, 40))
    old.finish([])
    new = Recorder(tmp_path / "a", meta())
    record(new, 3)
    new.keep()
    assert sorted(f.name for f in (tmp_path / "a").iterdir()) == [
        "chunk-000001.parquet", "meta.json",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 1}'])
def test_a_damaged_meta_file_is_named(text: str, tmp_path: Path) -> None:
    (tmp_path / "meta.json").write_text(text)
    with pytest.raises(StoreError, match=r"meta\.json: damaged.*--overwrite") as caught:
        Store.open(tmp_path)
    assert "\n" not in str(caught.value)


def test_a_store_of_another_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "meta.json").write_text(json.dumps(meta(version=7).model_dump()))
    with pytest.raises(StoreError, match="schema 7"):
        Store.open(tmp_path)


MADE = {
    "another detector": ({"detector": ModelId(name="other", fingerprint="d")}, "yolo.*other"),
    "other weights": ({"detector": ModelId(name="yolo", fingerprint="x")}, "yolo.*changed"),
    "another encoder": ({"encoder": ModelId(name="osnet", fingerprint="o")}, "stripes.*osnet"),
    "numbers now": ({"numbers": ModelId(name="rapidocr", fingerprint="r")}, "without.*rapidocr"),
}


@pytest.mark.parametrize("case", MADE)
def test_what_observations_are_made_by_must_be_the_same(case: str, tmp_path: Path) -> None:
    now, said = MADE[case]
    for whole in (False, True):
        with pytest.raises(StoreError, match=said) as caught:
            check_models(tmp_path, meta(), now, whole)
        assert "--overwrite" in str(caught.value)


def test_what_is_not_asked_for_is_missed_only_where_there_is_more_to_observe() -> None:
    check_models(Path(), meta(), {"encoder": None, "detector": None}, whole=True)
    with pytest.raises(StoreError, match="stripes"):
        check_models(Path(), meta(), {"encoder": None}, whole=False)


@pytest.mark.parametrize(
    ("setting", "frames", "said"),
    [
        ("detect.tiles=2x1", (4, None), "detect.tiles=auto.*2x1"),
        ("encode.every_s=0.5", (4, None), "encode.every_s=0.2.*0.5"),
        ("camera.enabled=false", (4, None), "camera.enabled"),
        ("follow.confirm_s=0.2", (1, None), "--frames 4:"),
    ],
)
def test_settings_that_shape_observations_must_be_the_same(
    setting: str, frames: tuple[int, int | None], said: str
) -> None:
    with pytest.raises(StoreError, match=said):
        check_settings(Path(), meta(), config.load(None, [setting]), frames)
    check_settings(Path(), meta(), config.load(None, ["follow.confirm_s=0.2"]), (4, None))


@pytest.mark.parametrize("setting", ["encode.numbers_every_s=1", "encode.numbers_height_min_px=9"])
def test_settings_of_numbers_must_be_the_same_where_more_are_to_be_read(setting: str) -> None:
    reader, now = ModelId(name="net", fingerprint="n"), config.load(None, [setting])
    check_settings(Path(), meta(), now, (4, None))
    check_settings(Path(), meta(numbers=reader, chunks=3), now, (4, None))
    with pytest.raises(StoreError, match=r"encode\.numbers_"):
        check_settings(Path(), meta(numbers=reader), now, (4, None))
    other = config.load(None, ["encode.numbers=off"])  # the reader is checked as a model
    check_settings(Path(), meta(numbers=reader), other, (4, None))


# ------------------------------------------------- known without being opened


def test_a_detector_and_an_encoder_are_known_as_they_would_be_opened(tmp_path: Path) -> None:
    from gallery.reid.encoder import identify as encoder_of
    from gallery.reid.encoder import load_encoder
    from tracker.detection.detector import identify, load_detector

    (tmp_path / "det.txt").write_text("1,-1,5,5,9,9,0.8\n")
    detector = load_detector(str(tmp_path / "det.txt"), DetectSettings())
    assert identify(str(tmp_path / "det.txt")) == (detector.name, detector.fingerprint)
    encoder = load_encoder("stripes")
    assert encoder_of("stripes") == (encoder.name, encoder.fingerprint)


@pytest.mark.shared
@pytest.mark.parametrize("spec", ["", "@imagenet"])
def test_networks_are_known_as_they_would_be_opened(spec: str, shared: Path) -> None:
    from gallery.reid.encoder import identify as encoder_of
    from gallery.reid.encoder import load_encoder
    from tracker.detection.detector import identify, load_detector

    files = "reid-omz/person-reidentification-retail-0277.xml", "osnet_x0_25_msmt17.onnx"
    for file in files:
        encoder = load_encoder(f"{shared / 'weights' / file}{spec}")
        said = encoder_of(f"{shared / 'weights' / file}{spec}")
        assert said == (encoder.name, encoder.fingerprint)
    detector = load_detector(str(shared / "weights/yolox_nano.onnx"), DetectSettings())
    known = identify(str(shared / "weights/yolox_nano.onnx"))
    assert known == (detector.name, detector.fingerprint)
