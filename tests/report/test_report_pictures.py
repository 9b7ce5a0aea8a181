"""The pictures of a report: the right person from the right frame, in few places of the video."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from tests.worlds.report import FPS, LOW, SURE, Life, draw_video, write_run
from tracker.report import pictures, thumbnails
from tracker.report.create import make_report
from tracker.report.finished import Finished, open_finished
from tracker.report.pictures import Album, open_video, read_frames, take_pictures
from tracker.report.run_facts import RunFacts
from tracker.report.thumbnails import plan_thumbnails
from tracker.settings import Settings
from tracker.video.file import VideoFile
from tracker.video.open import open_source
from tracker.video.source import VideoError

RED, BLUE = (40, 40, 220), (220, 60, 40)
ADA = Life(1, "Ada", [("visible", 20, SURE), ("absent", 20, SURE), ("visible", 20, LOW)],
           anchors=range(3, 18), colour=RED)  # fmt: skip
BEA = Life(2, "Bea", [("visible", 60, SURE)], x=60, colour=BLUE)


def quiet(*_: object) -> None:
    """Nobody listens."""


@pytest.fixture
def run(tmp_path: Path) -> Finished:
    video = draw_video(tmp_path / "video", [ADA, BEA], 60)
    out = write_run(tmp_path / "out", [ADA, BEA], ["Ada", "Bea"], spec=str(video),
                    doubts=[(10, 1, 2, 0.2)])  # fmt: skip
    return open_finished(out, RunFacts.read(out))


def album(run: Finished) -> Album:
    source, _ = open_video(run.receipt, None)
    assert source
    plan = plan_thumbnails(run.rows, run.track_index, run.people, run.review_items)
    return take_pictures(source, plan, quiet)


def decoded(jpeg: pictures.Jpeg) -> np.ndarray:
    image = cv2.imdecode(np.frombuffer(jpeg.data, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    assert image.shape[1::-1] == jpeg.size
    return image


def test_a_thumbnail_shows_the_person_when_they_come_in_and_when_sure(run: Finished) -> None:
    found = album(run)
    assert not found.notes
    for n, colour in ((0, RED), (1, BLUE)):
        for _, jpeg in found.thumbs[n]:
            image = decoded(jpeg)
            middle = image[image.shape[0] // 2, image.shape[1] // 2].astype(int)
            assert abs(middle - colour).max() < 40
    whats = [(t.what, t.frame) for t, _ in found.thumbs[0]]
    assert {w for w, _ in whats} == {"entry", "anchor"}
    assert any(what == "entry" and frame > 40 for what, frame in whats)
    assert [f for _, f in whats] == sorted(f for _, f in whats)


def test_an_offline_run_marks_no_anchors_but_shows_who_is_sure(tmp_path: Path) -> None:
    video = draw_video(tmp_path / "video", [BEA], 60)
    settings = Settings(mode="offline").model_dump(mode="json")
    out = write_run(tmp_path / "out", [BEA], ["Bea"], spec=str(video), settings=settings)
    run = open_finished(out, RunFacts.read(out))
    assert sum(t.what == "anchor" for t, _ in album(run).thumbs[0]) >= 3
    text = make_report(out, None, None, False, quiet, quiet).read_text(encoding="utf-8")
    assert "Offline runs do not mark" in text


def test_a_strip_shows_all_of_what_is_asked_about(run: Finished) -> None:
    ada = next(n for n, m in enumerate(run.review_items) if m.item.player == "Ada")
    strip = album(run).tiles[ada]
    frames = [frame for frame, _ in strip]
    assert frames == list(run.review_items[ada].item.shown)
    assert min(frames) < 10
    assert max(frames) > 50
    for _, jpeg in strip:
        image = decoded(jpeg)
        for colour in (pictures.OWN, RED):
            assert (abs(image.astype(int) - colour).max(axis=2) < 60).sum() > 20


def test_in_a_long_run_a_strip_stays_around_one_moment(
    run: Finished, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thumbnails, "SHORT_S", 1.0)
    for n, strip in album(run).tiles.items():
        focus = run.review_items[n].item.focus
        assert 1 <= len(strip) <= 5
        assert all(abs(frame - focus) <= FPS for frame, _ in strip)


def test_a_video_that_is_gone_costs_only_the_pictures(tmp_path: Path) -> None:
    out = write_run(tmp_path / "out", [BEA], ["Bea"], spec=str(tmp_path / "moved.mp4"))
    said: list[str] = []
    text = make_report(out, None, None, False, said.append, quiet).read_text(encoding="utf-8")
    assert "no pictures" in said[0]
    assert "--video" in said[0]
    assert said[0] in text.replace("&#39;", "'")
    assert "image/jpeg" not in text
    assert "image/png" in text  # the heat map needs no video


def test_the_video_may_have_moved(tmp_path: Path) -> None:
    out = write_run(tmp_path / "out", [BEA], ["Bea"])
    moved = draw_video(tmp_path / "moved", [BEA], 60)
    said: list[str] = []
    file = make_report(out, None, str(moved), False, said.append, quiet)
    assert "image/jpeg" in file.read_text(encoding="utf-8")
    assert "not the very file" in said[0]


def test_another_video_is_refused_before_the_long_work(tmp_path: Path) -> None:
    out = write_run(tmp_path / "out", [BEA], ["Bea"])
    (out / "tracks.csv").unlink()  # nobody has read it yet
    other = tmp_path / "other"
    other.mkdir()
    cv2.imwrite(str(other / "1.png"), np.zeros((50, 50, 3), np.uint8))
    for video, says in ((str(other), "50x50 pixels"), ("0", "recording"), ("no.mp4", "no such")):
        with pytest.raises(VideoError, match=says):
            make_report(out, None, video, False, quiet, quiet)


def test_a_video_that_breaks_off_keeps_what_it_gave(tmp_path: Path) -> None:
    video = draw_video(tmp_path / "video", [BEA], 25)
    sure = replace(BEA, anchors=range(3, 60))
    out = write_run(tmp_path / "out", [sure], ["Bea"], spec=str(video))
    said: list[str] = []
    text = make_report(out, None, None, False, said.append, quiet).read_text(encoding="utf-8")
    assert "image/jpeg" in text
    assert any("could not be read" in line for line in said)


def test_no_more_bytes_than_allowed(run: Finished, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = album(run)
    monkeypatch.setattr(pictures, "BYTES", 4000)
    some = album(run)
    for found, most in ((whole, pictures.BYTES * 100), (some, 4000)):
        jpegs = [j for group in (found.tiles, found.thumbs) for of in group.values() for _, j in of]
        assert 0 < sum(len(j.data) for j in jpegs) <= most
    assert any("left out" in note for note in some.notes)


def test_in_a_long_run_few_places_serve_many(
    run: Finished, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thumbnails, "SHORT_S", 1.0)
    monkeypatch.setattr(thumbnails, "PLACES", 0)
    plan = plan_thumbnails(run.rows, run.track_index, run.people, run.review_items)
    read = {int(run.rows.time_s(t.frame)) for t in plan.tiles}
    assert {int(run.rows.time_s(t.frame)) for t in plan.thumbs} <= read
    monkeypatch.setattr(thumbnails, "PLACES", len(read) + 1)
    more = plan_thumbnails(run.rows, run.track_index, run.people, run.review_items)
    assert len({int(run.rows.time_s(t.frame)) for t in more.thumbs} - read) <= 1


def test_shared_places_are_chosen_first() -> None:
    seconds = [np.array(s) for s in ([1, 5], [2, 5], [3], [4, 5])]
    assert thumbnails.choose_places(seconds, set(), 1) == [5, 5, None, 5]
    assert thumbnails.choose_places(seconds, {4}, None) == [5, 5, 3, 4]


def test_far_places_of_a_video_are_reached_without_reading_it_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "long.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height = 64, 48
        stream.options = {"g": "50", "preset": "ultrafast"}
        for n in range(2000):
            grey = np.full((48, 64, 3), 20 + n % 200, np.uint8)
            for packet in stream.encode(av.VideoFrame.from_ndarray(grey, format="rgb24")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    begun: list[int] = []
    frames = VideoFile.frames
    monkeypatch.setattr(
        VideoFile, "frames", lambda self, a=0, b=None: begun.append(a) or frames(self, a, b)
    )
    wanted = [5, 1200, 1210, 1990]
    found = dict(read_frames(open_source(str(path)), wanted))
    assert begun == [1989, 1199, 4]
    assert sorted(found) == wanted
    for frame, image in found.items():
        assert abs(float(image.mean()) - (20 + (frame - 1) % 200)) < 4
