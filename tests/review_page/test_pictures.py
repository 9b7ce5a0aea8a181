"""The pictures that a page gets are those of the very frames it asks for, and of the very boxes."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.worlds.review_page import (
    BOX,
    FRAMES,
    SIZE,
    Client,
    FakeDesk,
    number_in,
    serving,
    write_video,
)
from tracker.review_page.proxy import PART
from tracker.review_page.proxy_maker import ProxyMaker
from tracker.types import Image
from tracker.video.file import VideoFile
from tracker.video.open import open_source

PLACES = (1, 2, 3, 249, 250, 251, 252, 499, 500, 501, 502, 777, 999, 1000, 1001, 1249, 1300)


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_video(tmp_path_factory.mktemp("video") / "match.mp4")


@pytest.fixture(scope="module")
def client(video: Path) -> Iterator[Client]:
    with serving(video.parent, VideoFile(video)) as client:
        client.ready()
        yield client


def _frame(client: Client, frame: int, more: str = "") -> Image:
    answer = client.ask(f"/api/frame/{frame}.jpg?w=320{more}")
    assert answer.status == 200, answer.body
    assert answer.headers["content-type"] == "image/jpeg"
    return answer.image


def _apart(one: Image, other: Image) -> float:
    return float(np.abs(one.astype(int) - other.astype(int)).mean())


@pytest.mark.parametrize("more", ["", "&sharp=1"])
def test_any_frame_is_the_one_that_was_asked_for(client: Client, more: str) -> None:
    rng = np.random.default_rng(4)
    places = [*PLACES, *rng.integers(1, FRAMES + 1, 40).tolist(), *reversed(PLACES)]
    assert [number_in(_frame(client, n, more)) for n in places] == [n - 1 for n in places]


def test_a_frame_is_the_picture_that_the_video_gives(client: Client, video: Path) -> None:
    for frame in (1, 700, 1300):
        truth = next(VideoFile(video).frames(frame - 1)).image
        assert truth is not None
        assert _apart(_frame(client, frame, "&sharp=1"), truth) < 2
        assert _apart(_frame(client, frame), truth) < 5


def test_frames_come_exact_before_the_small_copy_is_there(video: Path, tmp_path: Path) -> None:
    with serving(tmp_path, VideoFile(video)) as client:
        asked = (1300, 3, 1005, 1006, 1007, 20)
        shown = [number_in(_frame(client, frame)) for frame in asked]
    assert shown == [frame - 1 for frame in asked]


def test_frames_that_follow_each_other_are_read_on_and_not_looked_up(
    video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = VideoFile(video)
    begun: list[int] = []
    frames = source.frames

    def counted(start: int = 0, stop: int | None = None):  # type: ignore[no-untyped-def]
        if stop is None:  # the parts of the small copy have an end
            begun.append(start)
        return frames(start, stop)

    monkeypatch.setattr(source, "frames", counted)
    with serving(tmp_path, source) as client:
        shown = [number_in(_frame(client, frame, "&sharp=1")) for frame in range(1050, 1150)]
    assert shown == [*range(1049, 1149)]
    assert begun == [1049]


def test_two_who_play_at_once_see_each_their_own(client: Client) -> None:
    shown: dict[int, list[int]] = {}

    def play(first: int) -> None:
        more = "&sharp=1" if first % 2 else ""
        shown[first] = [number_in(_frame(client, n, more)) for n in range(first, first + 60)]

    players = [threading.Thread(target=play, args=(first,)) for first in (100, 1101, 601, 610)]
    for player in players:
        player.start()
    for player in players:
        player.join()
    assert shown == {first: [*range(first - 1, first + 59)] for first in shown}
    assert len(shown) == 4


def test_a_frame_beyond_the_end_is_told(client: Client) -> None:
    answer = client.ask(f"/api/frame/{FRAMES + 1}.jpg")
    assert answer.status == 404
    assert f"frame {FRAMES + 1}" in answer.tree["error"]


def test_the_width_that_was_asked_for_is_kept_to(client: Client) -> None:
    assert client.ask("/api/frame/9.jpg?w=160").image.shape == (90, 160, 3)
    assert client.ask("/api/frame/9.jpg?w=4000").image.shape == (180, 320, 3)  # never larger


@pytest.mark.parametrize("more", ["", "&sharp=1"])
def test_a_crop_holds_the_box_and_a_margin(client: Client, more: str) -> None:
    answer = client.ask(f"/api/crop.jpg?frame=700&track=7{more}")
    assert answer.status == 200
    high, wide = answer.image.shape[:2]
    x1, y1, x2, y2 = BOX
    assert y2 - y1 < high < 1.4 * (y2 - y1)
    assert x2 - x1 < wide < x2 - x1 + 0.4 * (y2 - y1)
    red = answer.image[..., 2].astype(int) - answer.image[..., 1] > 80
    assert red[high // 2, wide // 2]
    assert not red[1].any()
    assert not red[-2].any()
    assert not red[:, 1].any()
    assert not red[:, -2].any()
    assert red.sum() == pytest.approx((x2 - x1) * (y2 - y1), rel=0.1)
    assert client.ask(f"/api/crop.jpg?frame=700&track=7&h=32{more}").image.shape[0] == 32


def test_a_crop_says_whether_it_is_sharp_and_may_only_then_be_kept(client: Client) -> None:
    first = client.ask("/api/crop.jpg?frame=900&track=7")
    sharp = client.ask("/api/crop.jpg?frame=900&track=7&sharp=1")
    assert (first.headers["x-sharp"], sharp.headers["x-sharp"]) == ("0", "1")
    assert first.headers["cache-control"] == "no-store"
    assert "etag" in sharp.headers
    again = client.ask("/api/crop.jpg?frame=900&track=7")
    assert again.headers["x-sharp"] == "1"  # now that it is there


def test_a_crop_from_the_small_copy_is_soon_a_sharp_one(client: Client) -> None:
    end = time.monotonic() + 60
    while client.ask("/api/crop.jpg?frame=690&track=7").headers["x-sharp"] != "1":
        assert time.monotonic() < end


def test_what_the_questions_show_is_wished_for_before_it_is_wanted(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    wished: queue.SimpleQueue[list[tuple[int, object]]] = queue.SimpleQueue()
    monkeypatch.setattr(client.served.pictures, "prefetch", wished.put)
    client.ask("/api/question")
    assert wished.get(timeout=60) == [(699, BOX), (689, BOX)]
    client.post("/api/answer", {"verdict": "right"})
    assert wished.get(timeout=60) == [(699, BOX), (689, BOX)]


def test_a_track_without_a_box_has_no_crop(client: Client) -> None:
    for track in (8, 99):
        answer = client.ask(f"/api/crop.jpg?frame=700&track={track}")
        assert answer.status == 404
        assert f"track {track} has no box in frame 700" in answer.tree["error"]


def test_a_browser_need_not_fetch_the_same_picture_twice(client: Client) -> None:
    first = client.ask("/api/frame/50.jpg")
    assert first.headers["cache-control"] == "private, no-cache"
    again = client.ask("/api/frame/50.jpg", If_None_Match=first.headers["etag"])
    assert (again.status, again.body) == (304, b"")
    assert client.ask("/api/frame/51.jpg", If_None_Match=first.headers["etag"]).status == 200


def test_another_video_has_other_tags(client: Client, tmp_path: Path) -> None:
    other = write_video(tmp_path / "other.mp4", frames=30)
    with serving(tmp_path, VideoFile(other), FakeDesk(frames=30)) as second:
        tags = {c.ask("/api/frame/5.jpg").headers["etag"] for c in (client, second)}
    assert len(tags) == 2


def test_a_folder_of_pictures_is_served_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "seq"
    folder.mkdir()
    for index in range(12):
        cv2.imwrite(
            str(folder / f"{index + 1:06d}.png"), np.full((60, 80, 3), 20 * index, np.uint8)
        )
    with serving(tmp_path, open_source(str(folder)), FakeDesk(frames=12)) as client:
        for frame in (12, 1, 7):
            picture = client.ask(f"/api/frame/{frame}.jpg").image
            assert picture.mean() == pytest.approx(20 * (frame - 1), abs=2)
        assert client.ask("/api/status").tree["pictures"] == {
            "quick": 1, "making": False, "note": "",
        }  # fmt: skip
        assert not (tmp_path / "review").exists()


def test_the_gallerys_pictures_are_shown(tmp_path: Path) -> None:
    files = []
    for n in range(3):
        files.append(tmp_path / f"{n}.png")
        cv2.imwrite(str(files[-1]), np.full((120, 60, 3), 60 * n, np.uint8))
    files.append(tmp_path / "spoiled.jpg")
    files[-1].write_bytes(b"no picture")
    with serving(tmp_path, None, FakeDesk(gallery={"Ada": files})) as client:
        shown = client.ask("/api/gallery/0/2.jpg?h=50")
        assert shown.image.shape == (50, 25, 3)
        assert shown.image.mean() == pytest.approx(120, abs=3)
        desk = client.served.desk
        desk.players = ("Zoe", "Ada")  # type: ignore[attr-defined]
        client.post("/api/answer", {"verdict": "said"})
        assert client.ask("/api/gallery/1/2.jpg?h=50").body == shown.body
        assert client.ask("/api/gallery/0/2.jpg").status == 404
        for place in ("1/3", "1/4", "0/0", "2/0"):
            assert client.ask(f"/api/gallery/{place}.jpg").status == 404


def test_facts_say_what_the_video_is(client: Client) -> None:
    assert client.ask("/api/facts").tree["video"] == {
        "there": True, "note": "", "size": [*SIZE], "pixel_aspect": 1.0,
    }  # fmt: skip
    assert client.ask("/api/status").tree["pictures"]["quick"] == 1
    assert FRAMES > 2 * PART  # or the tests of places prove less


def test_what_is_being_decoded_is_waited_for_and_not_decoded_twice(
    video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = VideoFile(video)
    begun: list[int] = []
    going = threading.Event()
    frames = source.frames

    def slow(start: int = 0, stop: int | None = None):  # type: ignore[no-untyped-def]
        if stop is None:
            begun.append(start)
            going.set()
            time.sleep(0.5)
        return frames(start, stop)

    monkeypatch.setattr(source, "frames", slow)
    monkeypatch.setattr(ProxyMaker, "start", lambda self: None)
    with serving(tmp_path, source) as client:
        client.served.pictures.prefetch([(1110, BOX)])
        assert going.wait(30)
        assert client.ask("/api/crop.jpg?frame=1111&track=7").headers["x-sharp"] == "1"
        assert number_in(_frame(client, 1111)) == 1110  # all of it was decoded for the crop
    assert begun == [1110]
