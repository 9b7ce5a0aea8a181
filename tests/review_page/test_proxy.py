"""The small copy of the video: made once, in the background, and never trusted blindly."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.worlds.review_page import FakeDesk, number_in, serving, write_video
from tracker.review_page import proxy_maker
from tracker.review_page.byte_cache import ByteCache
from tracker.review_page.proxy import PART, Proxy
from tracker.review_page.proxy_maker import ProxyMaker
from tracker.review_page.seek_table import SeekTable
from tracker.types import Frame
from tracker.video import file
from tracker.video.file import VideoFile


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_video(tmp_path_factory.mktemp("video") / "match.mp4")


def _made(video: Path, folder: Path, parts: list[int]) -> Proxy:
    source = VideoFile(video)
    proxy = Proxy(folder, source)
    for part in parts:
        proxy.make(part, source.frames(part * PART, (part + 1) * PART))
    return proxy


def test_what_was_made_is_used_again(video: Path, tmp_path: Path) -> None:
    _made(video, tmp_path, [1]).close()
    again = Proxy(tmp_path, VideoFile(video))
    assert again.parts == {1}
    picture = again.picture(PART + 7)
    assert picture is not None
    assert number_in(picture) == PART + 7
    assert again.picture(3) is None
    again.close()


def test_any_picture_of_it_is_there_in_any_order(video: Path, tmp_path: Path) -> None:
    proxy = _made(video, tmp_path, [0])
    for number in np.random.default_rng(2).permutation(PART).tolist():
        picture = proxy.picture(number)
        assert picture is not None
        assert number_in(picture) == number
    proxy.close()


def test_of_another_video_nothing_is_used(video: Path, tmp_path: Path) -> None:
    _made(video, tmp_path / "proxy", [0]).close()
    other = write_video(tmp_path / "other.mp4", frames=40)
    (tmp_path / "proxy" / "mine.mp4").write_bytes(b"of the user")
    assert Proxy(tmp_path / "proxy", VideoFile(other)).parts == frozenset()
    assert (tmp_path / "proxy" / "mine.mp4").exists()


@pytest.mark.parametrize("spoiled", [b"", b"no video at all", None])
def test_a_part_that_was_spoiled_is_not_shown(
    video: Path, tmp_path: Path, spoiled: bytes | None
) -> None:
    proxy = _made(video, tmp_path, [0])
    file = tmp_path / "00000000.mp4"
    file.unlink() if spoiled is None else file.write_bytes(spoiled)
    assert proxy.picture(30) is None


def test_a_playlist_in_its_place_opens_nothing(video: Path, tmp_path: Path) -> None:
    proxy = _made(video, tmp_path, [0])
    shutil.copy(video, tmp_path / "other.mp4")
    (tmp_path / "00000000.mp4").write_text("ffconcat version 1.0\nfile other.mp4\n")
    assert proxy.picture(0) is None


def test_a_frame_that_the_video_lacks_is_lacking(video: Path, tmp_path: Path) -> None:
    source = VideoFile(video)
    proxy = Proxy(tmp_path, source)
    proxy.make(0, (f for f in source.frames(0, 60) if f.index not in (0, 30, 31)))
    shown = {n: proxy.picture(n) for n in (29, 30, 31, 32, 0, 1, 31, 33, 59, 60)}
    found = {n: number_in(image) for n, image in shown.items() if image is not None}
    assert found == {n: n for n in (29, 32, 1, 33, 59)}
    proxy.close()


def test_a_part_beyond_the_end_is_empty_and_not_made_again(video: Path, tmp_path: Path) -> None:
    proxy = _made(video, tmp_path, [0])
    proxy.make(7, iter(()))
    assert proxy.picture(7 * PART) is None
    assert Proxy(tmp_path, VideoFile(video)).parts == {0, 7}


def test_what_is_wanted_is_made_first(video: Path, tmp_path: Path) -> None:
    source = VideoFile(video)
    proxy = Proxy(tmp_path, source)
    maker = ProxyMaker(source, SeekTable(source, 1299), proxy, tmp_path, range(1300))
    made: list[int] = []
    make = proxy.make

    def noted(part: int, frames: Iterator[Frame]) -> None:
        made.append(part)
        make(part, frames)

    proxy.make = noted  # type: ignore[method-assign, assignment]
    maker.want([1200, 1201, 3])
    maker.start()
    while maker.works:
        time.sleep(0.01)
    assert made == [2, 0, 1]
    assert maker.share == 1
    proxy.close()


def test_the_places_of_a_file_are_read_once(
    video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    stamps = file.stamps

    def counted(container, stream, count):  # type: ignore[no-untyped-def]
        read.append(count)
        time.sleep(0.3)  # as in a long file
        return stamps(container, stream, count)

    monkeypatch.setattr(file, "stamps", counted)
    with serving(tmp_path, VideoFile(video)) as client:
        for frame in (1010, 1100, 1250, 1299):
            client.ask(f"/api/frame/{frame}.jpg?sharp=1")
        client.ready()
    assert len(read) == 1


def test_a_file_without_places_is_read_once_from_end_to_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AVI has no time stamps: for each part all before it would be decoded again."""
    source = VideoFile(write_video(tmp_path / "match.avi"))
    assert not source.seeks(1200)
    begun: list[int] = []
    frames = source.frames

    def counted(start: int = 0, stop: int | None = None) -> Iterator[Frame]:
        begun.append(start)
        return frames(start, stop)

    monkeypatch.setattr(source, "frames", counted)
    proxy = Proxy(tmp_path, source)
    maker = ProxyMaker(source, SeekTable(source, 1299), proxy, tmp_path, range(1300))
    maker.want([1200])
    maker.start()
    while maker.works:
        time.sleep(0.01)
    assert begun == [0]
    assert maker.share == 1
    pictures = {number: proxy.picture(number) for number in (0, 499, 500, 777, 1200)}
    proxy.close()
    for frame in frames(0, 1201):
        if frame.index in pictures:
            picture, truth = pictures[frame.index], frame.image
            assert picture is not None
            assert truth is not None
            assert number_in(picture) == number_in(truth)


def test_what_is_looked_at_is_made_first(
    video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted: list[int] = []
    want = ProxyMaker.want
    monkeypatch.setattr(ProxyMaker, "want", lambda self, n: (wanted.extend(n), want(self, n)))
    monkeypatch.setattr(ProxyMaker, "start", lambda self: None)  # or it might be there already
    with serving(tmp_path, VideoFile(video)) as client:
        client.ask("/api/frame/1201.jpg")
    assert wanted == [1200]


def test_a_page_that_is_closed_leaves_no_half_part(video: Path, tmp_path: Path) -> None:
    source = VideoFile(video)
    proxy = Proxy(tmp_path, source)
    maker = ProxyMaker(source, SeekTable(source, 1299), proxy, tmp_path, range(1300))
    reached = threading.Event()
    frames = source.frames

    def slow(start: int = 0, stop: int | None = None) -> Iterator[Frame]:
        for frame in frames(start, stop):
            if frame.index == 40:
                reached.set()
            time.sleep(0.01 * reached.is_set())
            yield frame

    source.frames = slow  # type: ignore[method-assign]
    maker.start()
    assert reached.wait(30)
    maker.close()
    assert sorted(f.name for f in tmp_path.iterdir()) == ["proxy.json"]
    assert not maker.note


def test_a_full_disk_is_told_and_pictures_still_come(
    video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proxy_maker, "SPARE", 10**15)
    with serving(tmp_path, VideoFile(video)) as client:
        status = client.ask("/api/status").tree["pictures"]
        assert "no room" in status["note"]
        assert (status["quick"], status["making"]) == (0, False)
        assert number_in(client.ask("/api/frame/77.jpg").image) == 76


def test_a_folder_that_cannot_be_written_is_told(video: Path, tmp_path: Path) -> None:
    (tmp_path / "review").write_text("a file of the user")
    with serving(tmp_path, VideoFile(video), FakeDesk()) as client:
        assert "cannot be written" in client.ask("/api/facts").tree["video"]["note"]
        assert number_in(client.ask("/api/frame/77.jpg").image) == 76


def test_a_cache_holds_what_was_used_last() -> None:
    cache: ByteCache[str] = ByteCache(10)
    cache.put("a", "A", 4)
    cache.put("b", "B", 4)
    assert cache.get("a") == "A"
    cache.put("c", "C", 4)
    assert (cache.get("a"), cache.get("b"), cache.get("c")) == ("A", None, "C")
    cache.put("a", "again", 6)
    assert (cache.get("a"), cache.used) == ("again", 10)
    cache.put("d", "D", 11)
    assert cache.get("d") is None
    assert cache.used <= 10
