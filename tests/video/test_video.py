"""Sources of pictures: the same promises for every kind, and one clear line for bad input.

The drawn worlds carry their frame number as eight black or white blocks, so that a picture tells
its own number whatever was lost on the way.
"""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from av.video.stream import VideoStream

from tracker.types import Frame, Image
from tracker.video import file as video_file
from tracker.video.open import open_source
from tracker.video.source import Source, VideoError
from tracker.video.stream import LiveStream

WIDTH, HEIGHT, COUNT = 128, 64, 40


def numbered(number: int, width: int = WIDTH, height: int = HEIGHT) -> Image:
    """A picture that says its number; the lower half moves, so that codecs have work to do."""
    image = np.full((height, width, 3), 40, np.uint8)
    block = width // 8
    for bit in range(8):
        image[: height // 2, bit * block : (bit + 1) * block] = 255 * (number >> bit & 1)
    noise = np.random.default_rng(number).integers(60, 200, (height // 8, width // 4, 3), np.uint8)
    image[height // 2 :] = cv2.resize(noise, (width, height - height // 2))
    return image


def number_of(frame: Frame) -> int:
    assert frame.image is not None
    height, width = frame.image.shape[:2]
    block = width // 8
    means = [
        frame.image[2 : height // 2 - 2, b * block + 2 : (b + 1) * block - 2].mean()
        for b in range(8)
    ]
    return sum(1 << bit for bit, mean in enumerate(means) if mean > 128)


def write_video(
    path: Path,
    times_ms: Sequence[int] = range(0, COUNT * 40, 40),
    *,
    codec: str = "libx264",
    turn: int = 0,
    size: tuple[int, int] = (WIDTH, HEIGHT),
    first: int = 0,
    options: dict[str, str] | None = None,
) -> Path:
    """A video whose pictures stand at these times; key pictures every ten frames."""
    flags: dict[str, str] = {"movflags": "+faststart"} if path.suffix == ".mp4" else {}
    with av.open(str(path), "w", options=flags) as out:
        stream = out.add_stream(codec, rate=25)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.options = dict(options or {"g": "10"})
        step_ms = 40 if path.suffix == ".avi" else 1
        stream.codec_context.time_base = Fraction(step_ms, 1000)
        if turn:
            stream.set_display_rotation(turn)
        for number, time_ms in enumerate(times_ms, first):
            picture = av.VideoFrame.from_ndarray(numbered(number, *size), format="bgr24")
            picture.pts, picture.time_base = time_ms // step_ms, Fraction(step_ms, 1000)
            out.mux(stream.encode(picture))
        out.mux(stream.encode(None))
    return path


def write_pictures(folder: Path, count: int = COUNT, pattern: str = "{:06d}.png") -> Path:
    folder.mkdir(parents=True)
    for number in range(count):
        cv2.imwrite(str(folder / pattern.format(number + 1)), numbered(number))
    return folder


def write_info(folder: Path, text: str | None = None) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "seqinfo.ini").write_text(
        text
        or f"[Sequence]\nname=DRAWN\nimDir=img1\nframeRate=20\nseqLength={COUNT}\n"
        f"imWidth={WIDTH}\nimHeight={HEIGHT}\nimExt=.png\n"
    )
    return folder


def write_boxes(file: Path, last_frame: int = COUNT) -> Path:
    file.parent.mkdir(parents=True)
    file.write_text(f"1,-1,10,10,20,30,0.9,-1,-1,-1\n{last_frame},-1,90,20,30,40,0.8,-1,-1,-1\n")
    return file


def mot_with_pictures(folder: Path) -> Path:
    write_pictures(folder / "img1")
    write_boxes(folder / "det" / "det.txt")
    return write_info(folder)


def mot_without_pictures(folder: Path) -> Path:
    write_info(folder)
    write_boxes(folder / "det" / "det.txt")
    return folder


UNEVEN_MS = np.cumsum([0, *([40, 20, 60, 33, 200] * 8)])[:COUNT].tolist()

KINDS: dict[str, Callable[[Path], Path]] = {
    "mp4": lambda d: write_video(d / "a.mp4"),
    "uneven times": lambda d: write_video(d / "a.mp4", UNEVEN_MS),
    "matroska": lambda d: write_video(d / "a.mkv"),
    "avi": lambda d: write_video(d / "a.avi", codec="mpeg4"),
    "avi, reordered": lambda d: write_video(d / "a.avi", options={"g": "10", "bf": "2"}),
    "webm": lambda d: write_video(
        d / "a.webm", codec="libvpx", options={"deadline": "realtime", "cpu-used": "8"}
    ),
    "transport stream": lambda d: write_video(d / "a.ts"),
    "raw stream": lambda d: write_video(d / "a.h264"),
    "pictures": lambda d: write_pictures(d / "pictures"),
    "MOT sequence": lambda d: mot_with_pictures(d / "seq"),
    "MOT sequence, text only": lambda d: mot_without_pictures(d / "seq"),
}


@pytest.fixture(params=KINDS)
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Source:
    return open_source(str(KINDS[request.param](tmp_path)))


def error_of(spec: Path | str, start: int = 0, stop: int | None = None) -> str:
    """The one line that a bad source gives, when opened or when read."""
    with pytest.raises(VideoError) as caught:
        list(open_source(str(spec)).frames(start, stop))
    assert "\n" not in str(caught.value)
    return str(caught.value)


# What every kind promises


def test_every_frame_comes_once_in_order(source: Source) -> None:
    frames = list(source.frames())
    assert [f.index for f in frames] == list(range(COUNT))
    times = [f.time_s for f in frames]
    assert times[0] == 0
    assert all(a < b for a, b in pairwise(times))
    if source.has_images:
        assert [number_of(f) for f in frames] == list(range(COUNT))
        images = [f.image for f in frames if f.image is not None]
        assert {image.shape for image in images} == {(source.height, source.width, 3)}
        assert all(image.flags.c_contiguous and image.dtype == np.uint8 for image in images)
    else:
        assert all(f.image is None for f in frames)


def test_what_a_source_says_of_itself(source: Source) -> None:
    assert (source.width, source.height) == (WIDTH, HEIGHT)
    assert source.frame_count in (COUNT, None)
    assert not source.live
    assert source.name
    assert 15 < source.fps < 30


def test_a_part_is_the_same_as_in_the_whole(source: Source) -> None:
    whole = list(source.frames())
    for start, stop in ((0, 5), (17, 23), (33, None), (38, 99)):
        part = list(source.frames(start, stop))
        assert [(f.index, f.time_s) for f in part] == [
            (f.index, f.time_s) for f in whole[start:stop]
        ]
        if source.has_images:
            assert [number_of(f) for f in part] == list(range(COUNT))[start:stop]


def test_a_start_beyond_the_end_is_an_error(source: Source) -> None:
    with pytest.raises(VideoError, match=f"frame {COUNT + 1} is beyond the end, it has {COUNT}"):
        next(source.frames(COUNT))


def test_an_empty_range_is_an_error(source: Source) -> None:
    for start, stop in ((5, 5), (5, 2), (-1, None)):
        with pytest.raises(VideoError, match="empty range"):
            next(source.frames(start, stop))


@pytest.mark.parametrize("kind", KINDS)
def test_the_fingerprint_follows_the_contents(kind: str, tmp_path: Path) -> None:
    path = KINDS[kind](tmp_path)
    before = open_source(str(path)).fingerprint()
    assert before == open_source(str(path)).fingerprint()
    assert len(before) == 64
    changed = path if path.is_file() else next(p for p in sorted(path.rglob("*")) if p.is_file())
    with changed.open("ab") as file:
        file.write(b"\n")
    assert open_source(str(path)).fingerprint() != before


# Times


@pytest.mark.parametrize("kind", [k for k in KINDS if k != "uneven times"])
def test_an_even_source_keeps_even_time(kind: str, tmp_path: Path) -> None:
    source = open_source(str(KINDS[kind](tmp_path)))
    assert source.fps == (20 if "MOT" in kind else 25)
    expected = [i / source.fps for i in range(COUNT)]
    assert [f.time_s for f in source.frames()] == pytest.approx(expected)


def test_times_are_those_of_the_container(tmp_path: Path) -> None:
    times = [1000 + t for t in UNEVEN_MS]  # a recording need not start at zero; ours does
    frames = open_source(str(write_video(tmp_path / "a.mp4", times))).frames()
    assert [round(f.time_s * 1000) for f in frames] == UNEVEN_MS


def test_a_clock_that_starts_again_goes_on(tmp_path: Path) -> None:
    one = write_video(tmp_path / "one.ts", range(4000, 4400, 40))
    two = write_video(tmp_path / "two.ts", range(0, 400, 40), first=10)
    joined = tmp_path / "joined.ts"
    joined.write_bytes(one.read_bytes() + two.read_bytes())
    frames = list(open_source(str(joined)).frames())
    assert [number_of(f) for f in frames] == list(range(20))
    assert [f.time_s for f in frames] == pytest.approx([n * 0.04 for n in range(20)], abs=1e-4)


# Long videos


@pytest.mark.parametrize("kind", ["mp4", "uneven times", "matroska", "transport stream"])
def test_jumping_to_a_late_start_is_exact(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = KINDS[kind](tmp_path)
    plain = list(open_source(str(path)).frames())
    monkeypatch.setattr(video_file, "SEEK_FROM", 20)
    monkeypatch.setattr(video_file, "REORDER", 16)
    source = video_file.VideoFile(path)
    assert source.seek_point(35) is not None, "it can be jumped to"
    for start in (21, 30, 31, 35, 39):
        jumped = list(source.frames(start))
        assert [(f.index, f.time_s) for f in jumped] == [(f.index, f.time_s) for f in plain[start:]]
        for a, b in zip(jumped, plain[start:], strict=True):
            assert a.image is not None
            assert b.image is not None
            assert np.array_equal(a.image, b.image)
    with pytest.raises(VideoError, match="beyond the end"):
        next(source.frames(COUNT))


def test_leaving_early_closes_the_file(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4")
    descriptors = Path("/proc/self/fd")
    if not descriptors.is_dir():
        pytest.skip("this system does not list open files in /proc")
    frames = open_source(str(path)).frames()
    next(frames)
    assert any(path == d.resolve() for d in descriptors.iterdir())
    assert isinstance(frames, Generator)
    frames.close()
    assert not any(path == d.resolve() for d in descriptors.iterdir())


# Damage


def test_a_video_cut_short_is_used_as_far_as_it_goes(tmp_path: Path) -> None:
    data = write_video(tmp_path / "a.mp4").read_bytes()
    (tmp_path / "cut.mp4").write_bytes(data[: len(data) * 6 // 10])
    source = open_source(str(tmp_path / "cut.mp4"))
    frames = list(source.frames())
    assert [number_of(f) for f in frames] == list(range(len(frames)))
    with av.open(str(tmp_path / "cut.mp4")) as container:
        whole = [p for p in container.demux(video=0) if p.size and not p.is_corrupt]
    assert 10 < len(frames) == len(whole) < 30
    assert source.warnings == [
        f"{tmp_path / 'cut.mp4'}: stops at frame {len(frames)} of {COUNT}; "
        f"it is cut short or damaged"
    ]


def test_a_matroska_cut_short_is_noticed_by_its_length(tmp_path: Path) -> None:
    data = write_video(tmp_path / "a.mkv").read_bytes()
    (tmp_path / "cut.mkv").write_bytes(data[: len(data) * 6 // 10])
    source = open_source(str(tmp_path / "cut.mkv"))
    count = len(list(source.frames()))
    assert any(f"stops at frame {count}, " in w for w in source.warnings)


@pytest.mark.parametrize(("percent", "length"), [(48, 300), (57, 2500), (69, 600)])
def test_damage_in_the_middle_shifts_nothing_behind_it(
    percent: int, length: int, tmp_path: Path
) -> None:
    data = bytearray(write_video(tmp_path / "a.mp4").read_bytes())
    middle = len(data) * percent // 100
    data[middle : middle + length] = bytes(length)
    (tmp_path / "hurt.mp4").write_bytes(data)
    source = open_source(str(tmp_path / "hurt.mp4"))
    frames = list(source.frames())
    assert len(frames) < COUNT
    assert frames[-1].index == COUNT - 1
    assert [f.time_s for f in frames] == pytest.approx([f.index * 0.04 for f in frames])
    assert [number_of(f) for f in frames[-8:]] == [f.index for f in frames[-8:]]
    assert any("damaged and left out" in w for w in source.warnings)


def test_a_hole_in_the_times_is_told(tmp_path: Path) -> None:
    times = [*range(0, 800, 40), *range(2800, 3600, 40)]
    source = open_source(str(write_video(tmp_path / "a.mp4", times)))
    assert len(list(source.frames())) == COUNT
    assert any("no frames between 0.8 and 2.8 s, at frame 21" in w for w in source.warnings)


def test_a_video_that_changes_its_size_is_scaled_back(tmp_path: Path) -> None:
    one = write_video(tmp_path / "one.ts", range(0, 400, 40))
    two = write_video(tmp_path / "two.ts", range(400, 800, 40), first=10, size=(64, 32))
    joined = tmp_path / "joined.ts"
    joined.write_bytes(one.read_bytes() + two.read_bytes())
    source = open_source(str(joined))
    frames = list(source.frames())
    assert [number_of(f) for f in frames] == list(range(20))
    assert {f.image.shape for f in frames if f.image is not None} == {(HEIGHT, WIDTH, 3)}
    assert any("changes from 128x64 to 64x32" in w for w in source.warnings)


def test_a_turned_video_stands_upright(tmp_path: Path) -> None:
    source = open_source(str(write_video(tmp_path / "a.mp4", turn=90)))
    assert (source.width, source.height) == (HEIGHT, WIDTH)
    image = next(source.frames(5)).image
    assert image is not None
    shown = cv2.VideoCapture(str(tmp_path / "a.mp4"))  # an independent reader of the same mark
    for _ in range(6):
        _, expected = shown.read()
    assert np.abs(image.astype(int) - expected).mean() < 3


# Folders


def test_two_comes_before_ten(tmp_path: Path) -> None:
    folder = write_pictures(tmp_path / "p", 12, "shot {}.png")
    assert [number_of(f) for f in open_source(str(folder)).frames()] == list(range(12))


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".bmp", ".webp", ".JPG"])
def test_common_pictures_are_read(suffix: str, tmp_path: Path) -> None:
    folder = write_pictures(tmp_path / "p", 3, "{}" + suffix)
    (folder / "notes.txt").write_text("not a picture")
    (folder / "._1.jpg").write_bytes(b"left by another system")
    source = open_source(str(folder))
    assert [number_of(f) for f in source.frames()] == [0, 1, 2]
    assert source.fps == 25
    (warning,) = source.warnings
    assert "25 fps are assumed" in warning


def test_a_bad_picture_inside_stops_with_its_name(tmp_path: Path) -> None:
    folder = write_pictures(tmp_path / "p", 6)
    (folder / "000003.png").write_bytes(b"nothing")
    assert "000003.png: frame 3 cannot be read" in error_of(folder)
    assert len(list(open_source(str(folder)).frames(3))) == 3


def test_bad_pictures_at_the_tail_end_the_sequence(tmp_path: Path) -> None:
    folder = write_pictures(tmp_path / "p", 6)
    (folder / "000005.png").write_bytes(b"")
    (folder / "000006.png").write_bytes(b"half")
    source = open_source(str(folder))
    assert len(list(source.frames())) == 4
    assert any("000005.png" in w and "ends at frame 4" in w for w in source.warnings)


def test_pictures_of_two_sizes_are_an_error(tmp_path: Path) -> None:
    folder = write_pictures(tmp_path / "p", 3)
    cv2.imwrite(str(folder / "000002.png"), numbered(1, 64, 32))
    assert "000002.png: frame 2 has 64x32 pixels, the first has 128x64" in error_of(folder)


def test_a_sequence_tells_its_rate_and_detections(tmp_path: Path) -> None:
    source = open_source(str(mot_with_pictures(tmp_path / "seq")))
    assert (source.name, source.fps, source.frame_count) == ("DRAWN", 20, COUNT)
    assert source.detections_file == tmp_path / "seq" / "det" / "det.txt"
    assert source.has_images
    assert source.warnings == []


def test_a_sequence_without_seqinfo_is_guessed_with_a_warning(tmp_path: Path) -> None:
    write_boxes(tmp_path / "seq" / "gt" / "gt.txt", last_frame=30)
    source = open_source(str(tmp_path / "seq"))
    assert (source.width, source.height, source.frame_count) == (120, 60, 30)
    assert not source.has_images
    assert source.detections_file is None
    assert len(source.warnings) == 2
    write_pictures(tmp_path / "seq" / "img1", 12)
    source = open_source(str(tmp_path / "seq"))
    assert (source.width, source.height, source.frame_count) == (WIDTH, HEIGHT, 12)


def test_a_missing_picture_of_a_sequence_is_named(tmp_path: Path) -> None:
    folder = mot_with_pictures(tmp_path / "seq")
    (folder / "img1" / "000017.png").unlink()
    assert "000017.png: this picture of the sequence is missing" in error_of(folder)


def test_a_sequence_that_lacks_its_end_is_told(tmp_path: Path) -> None:
    folder = mot_with_pictures(tmp_path / "seq")
    (folder / "img1" / f"{COUNT:06d}.png").unlink()
    source = open_source(str(folder))
    assert source.frame_count == COUNT - 1
    assert f"says {COUNT} frames, {COUNT - 1} pictures are there" in source.warnings[0]


# Bad input: one clear line each


def test_a_misspelt_name_gets_a_hint(tmp_path: Path) -> None:
    write_video(tmp_path / "match.mp4")
    message = error_of(tmp_path / "macth.mp4")
    hint = f"did you mean {tmp_path / 'match.mp4'}?"
    assert message == f"{tmp_path / 'macth.mp4'}: no such file or folder; {hint}"
    assert "check the path" in error_of(tmp_path / "zzzzzzz")
    assert f"no folder {tmp_path / 'no'}" in error_of(tmp_path / "no" / "match.mp4")


def make_text(folder: Path) -> Path:
    (folder / "a.mp4").write_text("This is no video.\n" * 50)
    return folder / "a.mp4"


def make_notes(folder: Path) -> Path:
    (folder / "a.txt").write_text("Nor is this, though FFmpeg would draw it.\n" * 50)
    return folder / "a.txt"


def make_empty(folder: Path) -> Path:
    (folder / "a.mp4").touch()
    return folder / "a.mp4"


def make_sound(folder: Path) -> Path:
    with av.open(str(folder / "a.mp4"), "w") as out:
        stream = out.add_stream("aac", rate=44100)
        for i in range(10):
            sound = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
            sound.sample_rate, sound.pts = 44100, i * 1024
            out.mux(stream.encode(sound))
        out.mux(stream.encode(None))
    return folder / "a.mp4"


def make_undecodable(folder: Path) -> Path:
    data = bytearray(write_video(folder / "a.mp4").read_bytes())
    start = data.index(b"mdat") + 4
    data[start:] = bytes(len(data) - start)
    (folder / "a.mp4").write_bytes(data)
    return folder / "a.mp4"


def make_endless(folder: Path) -> Path:
    data = write_video(folder / "b.mp4").read_bytes()
    at = data.index(b"moov")
    (folder / "a.mp4").write_bytes(data[: at + 20])
    return folder / "a.mp4"


def make_empty_folder(folder: Path) -> Path:
    (folder / "a").mkdir()
    return folder / "a"


def make_folder_of_videos(folder: Path) -> Path:
    (folder / "a").mkdir()
    return write_video(folder / "a" / "half1.mp4").parent


def make_bad_first_picture(folder: Path) -> Path:
    write_pictures(folder / "a", 3)
    (folder / "a" / "000001.png").write_bytes(b"no picture")
    return folder / "a"


def make_bad_info(folder: Path) -> Path:
    return write_info(folder / "a", "[Sequence]\nframeRate=fast\n")


def make_headless_info(folder: Path) -> Path:
    return write_info(folder / "a", "25 frames a second\n")


def make_bare_info(folder: Path) -> Path:
    return write_info(folder / "a", "[Sequence]\nframeRate=25\n")


def make_bad_boxes(folder: Path) -> Path:
    write_boxes(folder / "a" / "gt" / "gt.txt")
    with (folder / "a" / "gt" / "gt.txt").open("a") as file:
        file.write("frame,id,x\n")
    return folder / "a"


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (make_text, "cannot be opened (Invalid data found when processing input); is it a video"),
        (make_notes, "a.txt: a text file, not a video"),
        (make_empty, "a.mp4: the file is empty"),
        (make_sound, "a.mp4: holds only sound"),
        (make_undecodable, "a.mp4: not one frame can be decoded"),
        (make_endless, "is it a video, and complete?"),
        (make_empty_folder, "no pictures in this folder; give a folder of jpg or png"),
        (make_folder_of_videos, "half1.mp4?"),
        (make_bad_first_picture, "000001.png: cannot be read as a picture"),
        (make_bad_info, "seqinfo.ini: not a MOTChallenge seqinfo.ini"),
        (make_headless_info, "seqinfo.ini: not a MOTChallenge seqinfo.ini"),
        (make_bare_info, "neither pictures nor boxes"),
        (make_bad_boxes, "gt.txt, line 3: not frame,id,x,y,w,h"),
    ],
)
def test_bad_input_gives_one_clear_line(
    make: Callable[[Path], Path], says: str, tmp_path: Path
) -> None:
    path = make(tmp_path)
    message = error_of(path)
    assert says in message
    assert str(path) in message


def test_a_camera_that_is_not_there(capfd: pytest.CaptureFixture[str]) -> None:
    assert error_of("97") == "webcam 97: cannot be opened; is it plugged in and free?"
    assert capfd.readouterr() == ("", "")


def test_an_address_that_does_not_answer_keeps_its_password() -> None:
    message = error_of("rtsp://me:secret@127.0.0.1:9/stream")
    assert message.startswith("rtsp://127.0.0.1:9/stream: cannot be opened (")
    assert "secret" not in message


# Addresses


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[str, dict[str, bytes]]]:
    """A web server: /live sends without saying how long, /file.mp4 has a length."""
    files: dict[str, bytes] = {}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            data = files[self.path]
            self.send_response(200)
            if self.path != "/live":
                self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", files
    server.shutdown()
    server.server_close()


def test_a_video_behind_an_address_is_read_in_full(
    served: tuple[str, dict[str, bytes]], tmp_path: Path
) -> None:
    address, files = served
    files["/file.mp4"] = write_video(tmp_path / "a.mp4", UNEVEN_MS).read_bytes()
    source = open_source(f"{address}/file.mp4")
    assert not source.live
    frames = list(source.frames())
    assert [number_of(f) for f in frames] == list(range(COUNT))
    assert [round(f.time_s * 1000) for f in frames] == UNEVEN_MS
    assert source.fingerprint() == open_source(f"{address}/file.mp4").fingerprint()


def test_a_stream_gives_its_newest_picture_by_the_wall_clock(
    served: tuple[str, dict[str, bytes]], tmp_path: Path
) -> None:
    address, files = served
    files["/live"] = write_video(tmp_path / "a.ts").read_bytes()
    source = open_source(f"{address}/live")
    assert source.live
    assert source.frame_count is None
    frames = []
    for frame in source.frames():
        frames.append(frame)
        threading.Event().wait(0.05)  # slower than the stream
    numbers = [number_of(f) for f in frames]
    assert [f.index for f in frames] == numbers  # of the camera, those dropped counted
    assert frames[0].time_s >= 0  # counted from the camera's first picture, which may be dropped
    assert frames[0].time_s == 0 or numbers[0] > 0
    assert all(a < b for a, b in pairwise(numbers))
    assert len(frames) < COUNT
    assert numbers[-1] == COUNT - 1
    assert any("dropped to keep up" in w for w in source.warnings)


def test_a_stream_stops_when_asked(served: tuple[str, dict[str, bytes]], tmp_path: Path) -> None:
    address, files = served
    files["/live"] = write_video(tmp_path / "a.ts").read_bytes()
    assert [f.index for f in open_source(f"{address}/live").frames(0, 1)] == [0]


def test_a_stream_that_breaks_down_says_so() -> None:
    def images() -> Generator[Image]:
        yield numbered(0)
        raise RuntimeError("the lens fell off")

    frames = LiveStream("cam", WIDTH, HEIGHT, 25.0, images()).frames()
    with pytest.raises(RuntimeError, match="the lens fell off"):
        list(frames)


def test_a_stream_that_ends_badly_keeps_what_came() -> None:
    def images() -> Generator[Image]:
        yield numbered(0)
        raise VideoError("cam: no more pictures")

    stream = LiveStream("cam", WIDTH, HEIGHT, 25.0, images())
    assert [number_of(f) for f in stream.frames()] == [0]
    assert stream.warnings == ["cam: no more pictures"]


# Real data


@pytest.mark.shared
def test_the_shared_sequence_is_known_by_its_text(shared: Path) -> None:
    source = open_source(str(shared / "data" / "soccer-snmot116"))
    assert (source.name, source.width, source.height) == ("SNMOT-116", 1920, 1080)
    assert not source.has_images
    assert len(list(source.frames())) == 350


@pytest.mark.shared
def test_the_shared_clip_agrees_with_another_reader(shared: Path) -> None:
    clip = shared / "data" / "clips" / "basketball_gym_426x240_300f.mp4"
    other = cv2.VideoCapture(str(clip))
    for frame in open_source(str(clip)).frames(0, 60):
        _, expected = other.read()
        assert frame.image is not None
        assert np.abs(frame.image.astype(int) - expected).mean() < 1
        assert frame.time_s == pytest.approx(frame.index * 1001 / 30000)
