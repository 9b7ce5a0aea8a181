"""A video is seen as a player shows it: its colours, its shape, which way up, which of several."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame
from PIL import Image as Pillow

from tracker.output.table import TrackTable
from tracker.render.video import render_video
from tracker.settings import RenderSettings
from tracker.types import Image, TrackedFrame
from tracker.video import hdr
from tracker.video.open import open_source
from tracker.video.source import VideoError

WIDTH, HEIGHT = 96, 64
CORNERS = {(8, 8): (0, 0, 200), (8, 88): (0, 180, 0), (56, 8): (200, 0, 0), (56, 88): (20, 20, 20)}
"""Row and column of the middles of four marks in the corners, and their BGR."""


def marked(grey: int = 120) -> Image:
    image = np.full((HEIGHT, WIDTH, 3), grey, np.uint8)
    for (row, column), colour in CORNERS.items():
        image[row - 8 : row + 8, column - 8 : column + 8] = colour
    return image


def write(
    path: Path,
    pictures: Sequence[Image],
    *,
    codec: str = "libx264",
    aspect: Fraction | None = None,
    default: Sequence[bool] = (True,),
    counts: Sequence[int] | None = None,
) -> Path:
    """A file with a video of each picture, of so many frames; `default` are marked so."""
    with av.open(str(path), "w") as container:
        streams = []
        for image, is_default in zip(pictures, default, strict=True):
            stream = container.add_stream(codec, rate=25)
            stream.width, stream.height = image.shape[1], image.shape[0]
            stream.pix_fmt = "yuv444p" if codec == "libx264" else "yuv420p"
            stream.options = {"crf": "1"} if codec == "libx264" else {}
            if aspect:
                stream.codec_context.sample_aspect_ratio = aspect
            if is_default and len(pictures) > 1:
                stream.disposition = av.stream.Disposition.default
            elif len(pictures) > 1:
                stream.disposition = av.stream.Disposition(0)
            streams.append(stream)
        for stream, image, count in zip(
            streams, pictures, counts or [5] * len(pictures), strict=True
        ):
            for number in range(count):
                frame = VideoFrame.from_ndarray(image, format="bgr24")
                frame.pts = number
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    return path


def first_of(path: Path) -> Image:
    image = next(iter(open_source(str(path)).frames())).image
    assert image is not None
    return image


# ------------------------------------------------------------------------- which way up

TURNS = {
    "as it is": ((1, 0, 0, 1), lambda i: i),
    "mirrored": ((-1, 0, 0, 1), lambda i: i[:, ::-1]),
    "upside down in a mirror": ((1, 0, 0, -1), lambda i: i[::-1]),
    "turned by 180": ((-1, 0, 0, -1), lambda i: i[::-1, ::-1]),
    "a quarter clockwise": ((0, 1, -1, 0), lambda i: np.rot90(i, -1)),
    "a quarter counter-clockwise": ((0, -1, 1, 0), lambda i: np.rot90(i)),
    "transposed": ((0, 1, 1, 0), lambda i: np.swapaxes(i, 0, 1)),
    "transposed the other way": ((0, -1, -1, 0), lambda i: np.swapaxes(i[::-1, ::-1], 0, 1)),
}


def turned(path: Path, a: int, b: int, c: int, d: int) -> Path:
    """Put the matrix into the track header of an MP4 (ISO 14496-12, 8.3.2)."""
    raw = bytearray(path.read_bytes())
    at = raw.index(b"tkhd") + 4 + 40  # version 0: the matrix stands 40 bytes behind the name
    one = 1 << 16
    raw[at : at + 36] = struct.pack(">9i", a * one, b * one, 0, c * one, d * one, 0, 0, 0, 1 << 30)
    path.write_bytes(bytes(raw))
    return path


@pytest.mark.parametrize("how", TURNS)
def test_a_picture_stands_as_its_matrix_says(how: str, tmp_path: Path) -> None:
    matrix, shown = TURNS[how]
    plain = write(tmp_path / "plain.mp4", [marked()])
    wanted = shown(first_of(plain))
    file = turned(write(tmp_path / "turned.mp4", [marked()]), *matrix)
    source = open_source(str(file))
    assert (source.width, source.height) == (wanted.shape[1], wanted.shape[0])
    assert np.array_equal(first_of(file), wanted)


# --------------------------------------------------------------------- which of several


def test_a_file_of_one_video_says_nothing_of_several(tmp_path: Path) -> None:
    assert open_source(str(write(tmp_path / "a.mkv", [marked()]))).warnings == []


def test_the_video_that_is_the_default_is_read(tmp_path: Path) -> None:
    dark, light = marked(40), marked(220)
    file = write(tmp_path / "two.mkv", [dark, light], default=[False, True])
    assert first_of(file)[32, 48].mean() > 200
    assert "holds 2 videos; number 2 is read" in open_source(str(file)).warnings[0]
    both = write(tmp_path / "both.mkv", [dark, light], default=[True, True])
    assert first_of(both)[32, 48].mean() < 60  # none before the other: the first


def test_a_video_goes_before_a_still_picture(tmp_path: Path) -> None:
    file = write(
        tmp_path / "still.mp4", [marked(40), marked(220)], default=[True, True], counts=[1, 5]
    )
    source = open_source(str(file))
    assert len(list(source.frames())) == 5
    assert first_of(file)[32, 48].mean() > 200
    assert source.warnings == []  # a still picture beside it is no second video


# -------------------------------------------------------------------------- square pixels

EMPTY = TrackTable.from_frames([
    TrackedFrame(
        index, index / 25, np.ones(1, np.int64), np.zeros(1, np.int64), np.ones(1),
        np.zeros(1, np.int64), np.array([[10.0, 10, 30, 50]]), np.ones(1), np.array([[20.0, 30]]),
        np.ones((1, 2)), np.ones(1, np.int64), np.ones(1, bool),
    ) for index in range(5)
], ["Ann"])  # fmt: skip


@pytest.mark.parametrize(
    ("aspect", "size"),
    [(Fraction(16, 11), (140, 64)), (Fraction(3, 4), (96, 86)), (Fraction(2), (192, 64)),
     (None, (96, 64))],
)  # fmt: skip
def test_a_video_of_oblong_pixels_is_drawn_with_square_ones(
    aspect: Fraction | None, size: tuple[int, int], tmp_path: Path
) -> None:
    file = write(tmp_path / "in.mp4", [marked()], aspect=aspect)
    source = open_source(str(file))
    assert (source.width, source.height) == (WIDTH, HEIGHT)  # boxes are in pixels of the file
    render_video(source, EMPTY, tmp_path / "out.mp4", RenderSettings())
    with av.open(str(tmp_path / "out.mp4")) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height) == size
        assert stream.sample_aspect_ratio in (None, 0, 1)


def test_pixels_of_a_turned_video_are_turned_too(tmp_path: Path) -> None:
    file = write(tmp_path / "in.mp4", [marked()], aspect=Fraction(2))
    assert open_source(str(turned(file, 0, 1, -1, 0))).pixel_aspect == pytest.approx(0.5)


# ------------------------------------------------------------------------------------ HDR


def coded(transfer: int, levels: Sequence[Sequence[float]]) -> VideoFrame:
    """A picture of these colours, R G B from 0 to 1 of BT.2020 in light, 1 is white."""
    light = np.array(levels, np.float64)
    steps = np.arange(hdr.STEPS) / (hdr.STEPS - 1)
    codes = np.interp(light, hdr.light_of(transfer), steps)
    rows = np.rint(codes * 65535).astype(np.uint16)[None].repeat(2, axis=0)
    frame = VideoFrame.from_ndarray(np.ascontiguousarray(rows), format="rgb48le")
    frame.color_trc, frame.color_primaries = transfer, 9
    return frame


@pytest.mark.parametrize("transfer", [hdr.PQ, hdr.HLG])
@pytest.mark.parametrize(
    ("bgr", "tolerance"), [((255, 255, 255), 1), ((0, 0, 200), 3), ((30, 160, 40), 3),
                           ((200, 0, 0), 3), ((90, 90, 90), 2), ((0, 0, 0), 1)],
)  # fmt: skip
def test_hdr_gives_the_colours_that_sdr_has(
    transfer: int, bgr: tuple[int, int, int], tolerance: int
) -> None:
    signal = np.array(bgr[::-1]) / 255
    light = np.where(signal < 0.081, signal / 4.5, ((signal + 0.099) / 1.099) ** (1 / 0.45))
    wide = np.linalg.inv(np.array(hdr.TO_709[9])) @ light
    frame = coded(transfer, [wide.tolist()] * 2)
    assert hdr.is_hdr(frame)
    seen = hdr.to_sdr(frame, 2, 2)[0, 0].astype(int)
    assert np.abs(seen - bgr).max() <= tolerance


def test_what_is_brighter_than_white_is_white() -> None:
    assert (hdr.to_sdr(coded(hdr.PQ, [[4.0, 4.0, 4.0]] * 2), 2, 2) == 255).all()


def test_an_hdr_file_says_what_was_done(tmp_path: Path) -> None:
    file = tmp_path / "pq.mkv"
    with av.open(str(file), "w") as container:
        stream = container.add_stream("libx265", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p10le"
        stream.options = {
            "x265-params": "colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:log-level=none"
        }
        for number in range(3):
            frame = VideoFrame.from_ndarray(np.full((64, 64, 3), 200, np.uint8), format="bgr24")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    source = open_source(str(file))
    assert [w.split(": ")[1] for w in source.warnings] == [
        "is HDR (PQ), its colours are converted to SDR"
    ]
    assert len(list(source.frames())) == 3


# -------------------------------------------------------------------------- moving pictures


def moving(path: Path, count: int = 6, duration_ms: int | list[int] = 40, **how: object) -> Path:
    pictures = [Pillow.fromarray(np.full((48, 64, 3), 40 * i, np.uint8)) for i in range(count)]
    pictures[0].save(
        path, save_all=True, append_images=pictures[1:], duration=duration_ms, **how
    )  # fmt: skip
    return path


@pytest.mark.parametrize("ending", ["webp", "gif", "png", "avif"])
def test_moving_pictures_are_videos(ending: str, tmp_path: Path) -> None:
    how = {"lossless": True} if ending == "webp" else {}
    source = open_source(str(moving(tmp_path / f"a.{ending}", **how)))
    frames = list(source.frames())
    assert (source.width, source.height, round(source.fps)) == (64, 48, 25)
    assert [frame.index for frame in frames] == list(range(6))
    assert [round(frame.time_s, 2) for frame in frames] == [0, 0.04, 0.08, 0.12, 0.16, 0.2]
    levels = [frame.image.mean() for frame in frames if frame.image is not None]
    assert levels == pytest.approx([0, 40, 80, 120, 160, 200], abs=4)
    assert [frame.index for frame in source.frames(2, 4)] == [2, 3]


def test_a_moving_webp_keeps_its_own_times(tmp_path: Path) -> None:
    file = moving(tmp_path / "a.webp", 4, [40, 80, 40, 200], lossless=True)
    times = [round(frame.time_s, 3) for frame in open_source(str(file)).frames()]
    assert times == [0, 0.04, 0.12, 0.16]
    assert open_source(str(file)).fingerprint() == open_source(str(file)).fingerprint()


def test_a_moving_webp_cut_short_is_one_line(tmp_path: Path) -> None:
    file = moving(tmp_path / "a.webp", lossless=True)
    file.write_bytes(file.read_bytes()[:60])
    with pytest.raises(
        VideoError, match=r"a\.webp: an animated WebP that cannot be read"
    ) as caught:
        list(open_source(str(file)).frames())
    assert "\n" not in str(caught.value)


def test_a_webp_that_does_not_move_is_one_picture(tmp_path: Path) -> None:
    Pillow.fromarray(marked()).save(tmp_path / "still.webp")
    assert len(list(open_source(str(tmp_path / "still.webp")).frames())) == 1
