"""A video file, or one behind an address, through FFmpeg: every picture, its number, its time."""

from __future__ import annotations

import contextlib
import hashlib
import re
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from tracker.limits import MAX_FPS, MAX_PIXELS
from tracker.text import hidden
from tracker.types import Frame, Image
from tracker.video.frame_numbers import Numbers, span, stamps
from tracker.video.hdr import NAMES, is_hdr, to_sdr
from tracker.video.presentation import shown, upright
from tracker.video.source import FALLBACK_FPS, VideoError, beyond_end, check_range, hash_ends

SEEK_FROM = 1000
"""For an earlier start, decoding all that lies before it is quick enough, and simple."""
REORDER = 64
"""More pictures than any codec holds back to put them in order."""
_TIMEOUT_S = 10.0
_LISTS = {"hls", "applehttp", "concat", "dash", "imf", "sdp", "webm_dash_manifest"}
_LIST_HEADS = (b"#EXTM3U", b"ffconcat", b"v=0")
_RESTART_S = 2.0
_HOLE_S = 0.5
_TICK_S = 0.001
_ODDEST = 10  # pixels more oblong than this are a mistake of the file


class VideoFile:
    """One video. Times are the container's own, counted from its first picture."""

    has_images = True
    live = False
    detections_file: Path | None = None

    def __init__(self, where: Path | str) -> None:
        """where: a path, or an address as str. Raises VideoError where it holds no video."""
        self._where = where
        self.warnings: list[str] = []
        self._first_pts: int | None = None
        self._stamps: tuple[int, list[int], list[int]] = (0, [], [])
        # Passwords belong neither into messages nor into a receipt.
        self._label = hidden(where) if isinstance(where, str) else where
        self.name = where.name if isinstance(where, Path) else str(self._label)
        with self._open() as container:
            stream = self._video_stream(container)
            first = next((p for _, p in self._pictures(container, stream, 0)), None)
            if first is None:
                raise VideoError(f"{self._label}: not one frame can be decoded; it is damaged")
            rate = stream.average_rate or stream.guessed_rate
            if rate is not None and not 0 < rate < MAX_FPS:
                rate = None
            self.fps = float(rate or FALLBACK_FPS)
            self.frame_count = _frame_count(container, stream, self.fps)
            aspect = _pixel_aspect(stream)
            # AVI has no time stamps: what FFmpeg makes up is wrong where pictures are reordered.
            invented = container.format.name == "avi" and stream.codec_context.has_b_frames
        self._first_pts = None if invented else first.pts
        self._mirrored, self._turns = upright(first)
        self._size = first.width, first.height
        self.width, self.height = self._size[::-1] if self._turns % 2 else self._size
        self.pixel_aspect = 1 / aspect if self._turns % 2 else aspect
        if is_hdr(first):
            self._warn(f"is HDR ({NAMES[int(first.color_trc)]}), its colours are converted to SDR")
        if rate is None or first.pts is None:
            self._warn(f"has no time stamps, {self.fps:g} frames a second are assumed")

    def fingerprint(self) -> str:
        """See Source.fingerprint."""
        if isinstance(self._where, str):
            return hashlib.sha256(self.name.encode()).hexdigest()
        return hash_ends(self._where)

    def frames(self, start: int = 0, stop: int | None = None) -> Iterator[Frame]:
        """See Source.frames."""
        check_range(start, stop)
        index, last_s, shift_s = -1, -np.inf, 0.0
        for index, picture in self._numbered(start):
            if stop is not None and index >= stop:
                return
            time_s = self._time_s(index, picture) + shift_s
            if time_s < last_s - _RESTART_S:  # joined recordings start their clock again
                shift_s += last_s + 1 / self.fps - time_s
                time_s = last_s + 1 / self.fps
            elif time_s - last_s > max(_HOLE_S, 5 / self.fps) and index > start:
                self._warn(
                    f"no frames between {last_s:.1f} and {time_s:.1f} s, at frame {index + 1}; "
                    f"if it is damaged, later frame numbers are too low"
                )
            last_s = max(time_s, last_s + _TICK_S)  # times rise, whatever the file says
            if index >= start:
                yield Frame(index, last_s, self._image(picture))
        if index < start:
            raise beyond_end(str(self._label), start, index + 1)

    def seeks(self, start: int) -> bool:
        """Whether reading from there skips most of what lies before it."""
        return self.seek_point(start) is not None

    def times_s(self) -> list[float]:
        """When each picture is shown, by the stamps of all packets; empty where those do not tell.

        No picture is decoded. Damage is not seen.
        """
        known, _ = self._stamped(sys.maxsize)
        with self._open() as container:
            base = self._video_stream(container).time_base
        if self._first_pts is None or base is None:
            return []
        times, last_s = [], -np.inf
        for stamp in known:
            last_s = max(float((stamp - self._first_pts) * base), last_s + _TICK_S)
            times.append(last_s)
        return times

    def _time_s(self, index: int, picture: VideoFrame) -> float:
        if self._first_pts is None or picture.pts is None or picture.time_base is None:
            return index / self.fps
        return float((picture.pts - self._first_pts) * picture.time_base)

    def _image(self, picture: VideoFrame) -> Image:
        width, height = self._size
        if (picture.width, picture.height) != self._size:
            self._warn(
                f"changes from {width}x{height} to {picture.width}x{picture.height} pixels; "
                f"scaled to the former"
            )
        if is_hdr(picture):
            image = to_sdr(picture, width, height)
        else:
            image = np.asarray(picture.to_ndarray(format="bgr24", width=width, height=height))
        image = image[:, ::-1] if self._mirrored else image
        return np.ascontiguousarray(np.rot90(image, self._turns), np.uint8)

    def _numbered(self, start: int) -> Iterator[tuple[int, VideoFrame]]:
        """All pictures with their numbers, from one at or before `start`."""
        point = self.seek_point(start) if start >= SEEK_FROM else None
        with self._open() as container:
            stream = self._video_stream(container)
            if point is not None:
                container.seek(point[0], stream=stream)
            yield from self._pictures(container, stream, 0 if point is None else point[1])

    def seek_point(self, start: int) -> tuple[int, int] | None:
        """Time stamp of a key picture before `start`, and the number of the first picture there.

        The number is the rank of its stamp among the stamps of all packets. None unless it is
        proved that packets and pictures match one to one and that seeking lands where it should.
        """
        known, keys = self._stamped(start + REORDER)
        if self._first_pts is None or len(known) <= start:
            return None
        with self._open() as container:
            stream = self._video_stream(container)
            # One key picture further back than need be: an open group leans on the one before.
            place = bisect_right(keys, known[start]) - 2
            if place < 0:
                return None
            container.seek(keys[place], stream=stream)
            landed = next((p.pts for _, p in self._pictures(container, stream, 0)), None)
        if landed is None or not known[0] <= landed <= known[start]:
            return None
        number = bisect_left(known, landed)
        return (keys[place], number) if known[number] == landed else None

    def _stamped(self, count: int) -> tuple[list[int], list[int]]:
        """Stamps of at least `count` packets and of their key pictures; empty where they lie.

        Kept, so that whoever wants many places, the last one first, reads the packets once.
        """
        if count > self._stamps[0]:
            with self._open() as container:
                stream = self._video_stream(container)
                pictures = self._pictures(container, stream, 0)
                head = [p.pts for _, p in islice(pictures, REORDER)]
            with self._open() as container:
                known, keys = stamps(container, self._video_stream(container), count)
            fit = known[: len(head)] == head
            self._stamps = (count, known, keys) if fit else (count, [], [])
        return self._stamps[1:]

    def _pictures(
        self, container: InputContainer, stream: VideoStream, first: int
    ) -> Iterator[tuple[int, VideoFrame]]:
        """All pictures from here on with their numbers; the next one has the number `first`."""
        numbers = Numbers(first)
        last: VideoFrame | None = None
        for picture in self._decoded(container, stream, numbers):
            taken = numbers.take(None if self._first_pts is None else picture.pts)
            if taken is None:
                continue
            number, lost = taken
            if lost:
                self._warn(f"{span(number - lost, number)} damaged and left out")
            last = picture
            yield number, picture
        if last is not None:
            self._check_end(stream, last, numbers)

    def _decoded(
        self, container: InputContainer, stream: VideoStream, numbers: Numbers
    ) -> Iterator[VideoFrame]:
        """What the decoder gives, past damage."""
        # Half a packet makes the decoder drop good pictures that it still holds. But in a
        # transport stream the mark means only that something was lost nearby.
        whole = container.format.name != "mpegts"
        try:
            for packet in container.demux(stream):
                numbers.expect(packet)
                try:
                    yield from [] if packet.is_corrupt and whole else packet.decode()
                except FFmpegError:
                    numbers.damaged = True
        except FFmpegError as error:
            self._warn(f"cannot be read on ({error.strerror}); what came before is used")
            with contextlib.suppress(FFmpegError):
                yield from stream.codec_context.decode(None)

    def _check_end(self, stream: VideoStream, last: VideoFrame, numbers: Numbers) -> None:
        """Warn where the file promised more than came."""
        count, promised = numbers.count, stream.frames - numbers.discarded
        early = f" of {promised}" if count < promised else ""
        if not stream.frames and last.pts is not None and last.time_base is not None:
            end_s = float(last.pts * last.time_base) + 2 / self.fps  # one to spare
            missing_s = _tagged_duration_s(stream) - end_s
            early = f", {missing_s:.1f} s before its end" if missing_s > 0 else ""
        if early:
            self._warn(f"stops at frame {count}{early}; it is cut short or damaged")

    def _open(self) -> InputContainer:
        local = isinstance(self._where, Path)
        where = f"file:{self._where.resolve()}" if isinstance(self._where, Path) else self._where
        if isinstance(self._where, Path) and _lists_files(self._where):
            raise self._is_a_list()
        options = {"rtsp_transport": "tcp"} if where.lower().startswith("rtsp") else {}
        timeout = None if local else (_TIMEOUT_S, _TIMEOUT_S)
        try:
            container = av.open(where, "r", options=options, timeout=timeout)
        except (FFmpegError, OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
            remedy = "is it a video, and complete?" if local else "is the address right and awake?"
            raise VideoError(f"{self._label}: cannot be opened ({reason}); {remedy}") from error
        if container.format.name == "tty":  # FFmpeg draws any text file as a terminal
            container.close()
            raise VideoError(f"{self._label}: a text file, not a video")
        if local and container.format.name.split(",")[0] in _LISTS:
            container.close()
            raise self._is_a_list()
        return container

    def _is_a_list(self) -> VideoError:
        """Its parts may change while it stays the same, and lie anywhere on this machine."""
        return VideoError(
            f"{self._label}: a playlist, which only names other files; join them into a video: "
            f"ffmpeg -i {self._label.name if isinstance(self._label, Path) else 'list'} -c copy "
            "video.mkv"
        )

    def _video_stream(self, container: InputContainer) -> VideoStream:
        streams = shown(container)
        if not streams:
            sound = "only sound; give a video"
            has = sound if container.streams.audio else "no pictures; is it a video, and complete?"
            raise VideoError(f"{self._label}: holds {has}")
        coded = streams[0].codec_context
        if coded.width * coded.height > MAX_PIXELS:
            raise VideoError(
                f"{self._label}: {coded.width}x{coded.height} pixels cannot be read, at most "
                f"{MAX_PIXELS} are; scale it down"
            )
        streams[0].thread_type = "AUTO"
        if len(streams) > 1:
            self._warn(
                f"holds {len(streams)} videos; number {streams[0].index + 1} is read "
                f"({coded.width}x{coded.height}), as a player would show it"
            )
        return streams[0]

    def _warn(self, text: str) -> None:
        warning = f"{self._label}: {text}"
        if warning not in self.warnings:  # the same file may be read twice
            self.warnings.append(warning)


def _lists_files(path: Path) -> bool:
    """Whether it begins as a playlist does: seen before FFmpeg opens what it names."""
    with path.open("rb") as file:
        head = file.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip()
    return head.startswith(_LIST_HEADS) or b"<MPD" in head


def _tagged_duration_s(stream: VideoStream) -> float:
    """Matroska's own note of the end, e.g. 00:00:02.400000000; 0 where there is none."""
    found = re.fullmatch(r"(\d+):(\d+):(\d+\.?\d*)", stream.metadata.get("DURATION", ""))
    if found is None:
        return 0.0
    hours, minutes, seconds = found.groups()
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def _pixel_aspect(stream: VideoStream) -> float:
    """Width of a pixel over its height, before the picture is turned; 1 where it is not said."""
    aspect = stream.sample_aspect_ratio
    if aspect is None or not _ODDEST > aspect > 1 / _ODDEST:
        return 1.0
    return float(aspect)


def _frame_count(container: InputContainer, stream: VideoStream, fps: float) -> int | None:
    if stream.frames:
        return stream.frames
    if stream.duration is not None and stream.time_base is not None:
        return round(float(stream.duration * stream.time_base) * fps)
    return None if container.duration is None else round(container.duration / av.time_base * fps)
