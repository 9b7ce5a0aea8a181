"""What the people of a run look like: out of the store, else out of the video, once."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.observation.test_store import meta
from tests.suggest.test_suggest import FPS, table
from tests.worlds.gallery import draw_clip
from tracker.identity.misreadings import digits_of
from tracker.observation.chunk import Carry
from tracker.observation.store import Recorder
from tracker.output.row_arrays import read_rows
from tracker.output.table import BOX, TrackTable
from tracker.review.card_answers import NAMED, CardAnswer, statements
from tracker.review.card_case import CardCase
from tracker.review.cards import deal
from tracker.runs.review_embeddings import FILE, FOLDER, CardSource, open_cards, worth_encoding
from tracker.types import NO_NUMBER, Observation, Readings
from tracker.video.open import open_source


def ignored(*_: object, **__: object) -> None:
    """No progress."""


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Three people in 40 drawn frames; the track of the first is broken in the middle."""
    out, clip = tmp_path / "out", draw_clip(tmp_path / "clip")
    out.mkdir()
    rows = table({"x": 50}, {"x": 200}, {"x": 350}).assign(confidence=0.9)
    rows = rows.assign(time_s=(rows["frame"] - 1) / FPS)
    rows.loc[(rows["track_id"] == 1) & (rows["frame"] > 20), "track_id"] = 4
    TrackTable.of(rows).to_csv(out / "tracks.csv")
    fingerprint = open_source(str(clip)).fingerprint()
    source = {"spec": str(clip), "fingerprint": fingerprint, "fps": FPS, "size": [640, 360]}
    (out / "run.json").write_text(json.dumps({"source": source, "gallery": None}))
    return out


def opened(run: Path, encoder: str = "stripes") -> tuple[CardCase, str | None]:
    rows = read_rows(run / "tracks.csv", FPS)
    return open_cards(CardSource(run, None, encoder), rows, ignored)


def observe(run: Path, number: int = NO_NUMBER) -> None:
    """A store in which every fifth frame is described, each by who it is."""
    rows = TrackTable.read_csv(run / "tracks.csv").rows
    recorder = Recorder(run / "observations", meta())
    for frame, here in rows.groupby("frame"):
        recorder.add([observation(int(str(frame)), here, number)], Carry())
    recorder.finish(())


def observation(frame: int, here: pd.DataFrame, number: int) -> Observation:
    boxes = here[BOX].to_numpy(np.float32)
    described = frame % 5 == 1
    person = (boxes[:, 0] // 150).astype(int)
    vectors = np.eye(3, dtype=np.float32)[person] if described else np.full((3, 3), np.nan)
    read = np.where(person == 0, number, NO_NUMBER)
    sure = np.ones(3, np.float32)
    readings = Readings(read, sure, digits_of(read, sure)) if described else None
    return Observation(
        frame - 1, frame / FPS, boxes, np.ones(3, np.float32), vectors.astype(np.float32),
        np.eye(2, 3), False, readings,
    )  # fmt: skip


def test_a_run_that_described_nobody_is_encoded_once_and_remembered(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, note = opened(run)
    assert note is None
    assert (run / FOLDER / FILE).is_file()
    assert np.isfinite(case.embeddings.vectors).all()
    monkeypatch.setattr("tracker.runs.review_embeddings.load_encoder", pytest.fail)
    again, _ = opened(run)
    assert again.embeddings.vectors == pytest.approx(case.embeddings.vectors, abs=1e-3)


def test_the_broken_track_is_one_card_and_a_name_goes_to_both_parts(run: Path) -> None:
    case, _ = opened(run)
    cards = deal(case)
    assert len(cards) == 3
    card = next(c for c in cards if 1 in {span.track for span in c.spans})
    sentences = [s.text for s in statements([CardAnswer(NAMED, card.spans, "Ada")], case.tracklets)]
    assert sorted(sentences) == [
        "track 1 is Ada from frame 1 to 20", "track 4 is Ada from frame 21 to 40",
    ]  # fmt: skip


def test_other_tracks_or_another_encoder_are_encoded_anew(run: Path) -> None:
    before = opened(run)[0].embeddings
    (run / FOLDER / FILE).write_bytes(b"broken")
    assert opened(run)[0].embeddings.vectors == pytest.approx(before.vectors, abs=1e-3)
    rows = TrackTable.read_csv(run / "tracks.csv").rows
    rows["x2"] += 10
    TrackTable.of(rows).to_csv(run / "tracks.csv")
    assert not np.allclose(opened(run)[0].embeddings.vectors, before.vectors, atol=1e-3)


def test_what_the_store_has_is_taken_and_no_picture_opened(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    observe(run, number=7)
    monkeypatch.setattr("tracker.runs.review_embeddings.open_video", pytest.fail)
    case, note = opened(run)
    assert note is None
    assert len(case.embeddings.rows) == 8 * 3
    frames = case.seen.frames[case.embeddings.rows]
    assert set((frames % 5).tolist()) == {1}
    assert (
        case.seen.boxes[case.embeddings.rows, 0] // 150 == case.embeddings.vectors.argmax(1)
    ).all()
    assert [c.number for c in deal(case) if c.number != NO_NUMBER] == [7]


def test_without_the_video_there_are_cards_and_a_line_that_says_why_they_are_many(
    run: Path, tmp_path: Path
) -> None:
    (tmp_path / "clip").rename(tmp_path / "elsewhere")
    case, note = opened(run)
    assert note is not None
    assert "--video" in note
    assert len(deal(case)) == 4
    moved = CardSource(run, str(tmp_path / "elsewhere"))
    assert len(deal(open_cards(moved, read_rows(run / "tracks.csv", FPS), ignored)[0])) == 3


def test_few_crops_apart_in_time_are_encoded_and_never_more_than_allowed(run: Path) -> None:
    seen = opened(run)[0].seen
    rows = worth_encoding(seen)
    tracks, counts = np.unique(seen.tracks[rows], return_counts=True)
    assert tracks.tolist() == [1, 2, 3, 4]
    assert counts.max() <= 4
    assert len(worth_encoding(seen, most=5)) == 5
