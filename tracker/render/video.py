"""The annotated video: who is where, drawn over the pictures, as H.264 in MP4."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.error import FFmpegError
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace

from gallery.atomic.lock import hold
from gallery.atomic.write import whole
from gallery.io.disk import unwritten
from tracker.errors import TeamsheetError
from tracker.output.evidence_words import kind_of
from tracker.output.table import BOX, VISIBILITIES, TrackTable
from tracker.render.drawing import Mark, Painter, colours
from tracker.render.lettering import Colour
from tracker.render.roster_strip import RosterStrip
from tracker.settings import RenderSettings
from tracker.types import Evidence, Image, Visibility
from tracker.video.source import Source

_TICKS = 90_000
"""Time stamps per second: exact for all common rates."""
_THREADS = 4
"""Fixed: x264 writes other bytes with another number of threads."""


class RenderError(TeamsheetError):
    """The annotated video cannot be made; the message is one line and names the remedy."""


def render_video(
    source: Source,
    table: TrackTable,
    out: Path,
    settings: RenderSettings,
    *,
    teams: Mapping[str, str] | None = None,
    numbers: Sequence[str] = (),
    kits: Mapping[str, Colour] | None = None,
    frames: tuple[int, int | None] = (0, None),
    progress: Callable[[int], None] | None = None,
) -> None:
    """Draw the table over the pictures and write an MP4 that browsers play.

    teams: team by player; players of a team share a colour, without teams each has their own.
    numbers: of each row, to stand beside its name or id; empty for none.
    kits: colours by the names of kits; then players have shades of that which they mostly wear.
    frames: (start, stop), 0-based, stop excluded, None for the end. progress: called with the
    number of frames written. Times are the source's, from 0. The file appears under its name
    when it is whole. Raises RenderError where there are no pictures or the file cannot be
    written, and what the source raises.
    """
    if source.live or not source.has_images:
        what = "a live stream cannot be read again" if source.live else "it has no pictures"
        raise RenderError(f"{source.name}: cannot be rendered, {what}; give the video file")
    if out.suffix.lower() != ".mp4" or not out.parent.is_dir():
        what = "the folder does not exist" if out.suffix.lower() == ".mp4" else "not an .mp4"
        raise RenderError(f"{out}: cannot be written, {what}")
    drawn = _drawn(source, table, settings, teams or {}, numbers, kits or {}, frames)
    try:
        with hold(out, "render", long=True), whole(out) as part:
            encode_h264(drawn, part, source.fps, settings.crf, progress or (lambda count: None))
    except (FFmpegError, OSError) as error:
        raise unwritten(out, error, RenderError) from error


def _drawn(
    source: Source,
    table: TrackTable,
    settings: RenderSettings,
    teams: Mapping[str, str],
    numbers: Sequence[str],
    kits: Mapping[str, Colour],
    frames: tuple[int, int | None],
) -> Iterator[tuple[Image, float]]:
    """Finished pictures with their times in seconds."""
    scales = _scales(source, settings.max_width_px)
    width, height = round(source.width * scales[0]), round(source.height * scales[1])
    players = sorted(set(table.rows["player"]) - {""})
    palette = colours(players, teams, _worn(table, kits))
    painter = Painter(width, height, palette, settings.trail_s, kits)
    strip = None
    if settings.roster_strip and players:
        strip = RosterStrip(width, height, palette, teams, painter.font_px)
    marks = _Marks(table, scales, numbers, settings.players_only)
    for frame in source.frames(*frames):
        if frame.image is None:
            raise RenderError(f"{source.name}: frame {frame.index + 1} has no picture")
        image = _resized(frame.image, (width, height))
        here = marks.of(frame.index)
        painter.draw(image, here, frame.time_s, strip.height_px if strip else 0)
        if strip:
            states = {mark.player: mark.visibility for mark in here if mark.player}
            strip.draw(image, states, frame.index + 1, frame.time_s)
        yield image, frame.time_s


def _worn(table: TrackTable, kits: Mapping[str, Colour]) -> dict[str, Colour]:
    """The colour of the kit that each player wears in most rows, where it is known."""
    rows = table.rows[["player", "kit"]].astype(object)
    pairs = rows[(rows["player"] != "") & rows["kit"].isin(list(kits))].value_counts()
    first = pairs.reset_index().drop_duplicates("player")
    return {p: kits[kit] for p, kit in zip(first["player"], first["kit"], strict=True)}


def _scales(source: Source, max_width_px: int) -> tuple[float, float]:
    """By what width and height are multiplied: pixels become square, wide videos smaller."""
    wide, high = max(source.pixel_aspect, 1.0), max(1 / source.pixel_aspect, 1.0)
    scale = min(1.0, max_width_px / (source.width * wide))
    return wide * scale, high * scale


def _resized(image: Image, size: tuple[int, int]) -> Image:
    """A copy of that width and height."""
    if image.shape[1::-1] == size:
        return image.copy()
    smaller = size[0] < image.shape[1] and size[1] <= image.shape[0]
    how = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, size, interpolation=how), np.uint8)


class _Marks:
    """The table's rows by frame, scaled to the drawn picture. scales: of x and y. numbers: of each
    row, or none. players_only: without those who do not play."""

    def __init__(
        self,
        table: TrackTable,
        scales: tuple[float, float],
        numbers: Sequence[str],
        players_only: bool,
    ) -> None:
        rows = table.rows
        self._plays, self._players_only = table.playing, players_only
        self._shirts = numbers
        self._frames = rows["frame"].to_numpy()
        self._numbers = rows[[*BOX, "predicted_x", "predicted_y", "std_x", "std_y"]].to_numpy()
        self._numbers = self._numbers * np.tile(scales, 4)
        self._ids = rows["track_id"].to_numpy()
        self._players = rows["player"].to_numpy()
        self._kits = rows["kit"].to_numpy()
        self._visibility = rows["visibility"].map(VISIBILITIES.index).to_numpy()
        self._evidence = rows["evidence"].map(kind_of).to_numpy()

    def of(self, index: int) -> list[Mark]:
        """Marks of a 0-based frame."""
        first, stop = np.searchsorted(self._frames, [index + 1, index + 2])
        drawn = range(first, stop)
        return [self._mark(n) for n in drawn if self._plays[n] or not self._players_only]

    def _mark(self, row: int) -> Mark:
        x1, y1, x2, y2, x, y, std_x, std_y = self._numbers[row].tolist()
        return Mark(
            track_id=int(self._ids[row]),
            player=str(self._players[row]),
            visibility=Visibility(int(self._visibility[row])),
            evidence=Evidence(int(self._evidence[row])),
            box=None if math.isnan(x1) else (x1, y1, x2, y2),
            centre=(x, y),
            std=(std_x, std_y),
            number=self._shirts[row] if self._shirts else "",
            kit=str(self._kits[row]),
            plays=bool(self._plays[row]),
        )


def encode_h264(
    drawn: Iterable[tuple[Image, float]],
    path: Path,
    fps: float,
    crf: int,
    progress: Callable[[int], None],
) -> None:
    """Write pictures (BGR) with their times in seconds as H.264 in MP4; the first stands at 0.

    progress: called with the number of pictures written. Raises RenderError where there is none,
    FFmpegError and OSError.
    """
    pictures = iter(drawn)
    first = next(pictures, None)
    if first is None:
        raise RenderError(f"{path}: not one frame to render")
    height, width = first[0].shape[:2]
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=Fraction(fps).limit_denominator(1001))
        stream.width, stream.height = width + width % 2, height + height % 2  # 4:2:0 needs pairs
        stream.pix_fmt = "yuv420p"
        stream.options = {"preset": "veryfast", "crf": str(crf)}
        context = stream.codec_context
        context.thread_count = _THREADS
        context.gop_size = max(1, round(4 * fps))  # a browser can jump to every four seconds
        context.time_base = Fraction(1, _TICKS)
        context.colorspace = context.color_primaries = context.color_trc = Colorspace.ITU709
        context.color_range = ColorRange.MPEG
        last = -1
        for count, (image, time_s) in enumerate(itertools.chain([first], pictures), 1):
            picture = _packed(image)
            last = picture.pts = max(last + 1, round((time_s - first[1]) * _TICKS))
            picture.time_base, picture.duration = context.time_base, round(_TICKS / fps)
            container.mux(stream.encode(picture))
            progress(count)
        container.mux(stream.encode(None))


def _packed(image: Image) -> VideoFrame:
    """BGR to the colours of H.264 in HD, an odd side repeated at the edge."""
    height, width = image.shape[:2]
    if height % 2 or width % 2:
        edge = cv2.BORDER_REPLICATE
        image = np.asarray(cv2.copyMakeBorder(image, 0, height % 2, 0, width % 2, edge), np.uint8)
    return VideoFrame.from_ndarray(image, format="bgr24").reformat(
        format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
    )
