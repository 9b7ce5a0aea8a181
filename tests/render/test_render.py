"""The annotated video: what is drawn, where, and that the file is one that others can play."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import av
import cv2
import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from tracker.output.table import COLUMNS, TrackTable
from tracker.render.drawing import NEUTRAL, PALETTE
from tracker.render.labels import Label, LabelPlacer
from tracker.render.lettering import Plate, PlateStyle, plate
from tracker.render.roster_strip import RosterStrip
from tracker.render.video import RenderError, render_video
from tracker.settings import RenderSettings, Settings
from tracker.types import Frame, Image, Visibility

BARE = Settings().render.model_copy(update={"roster_strip": False, "crf": 4})
NAN = float("nan")
GROUND = 90


@dataclass
class Clip:
    """Grey pictures, a few tenths of a second of them."""

    width: int = 320
    height: int = 240
    times_s: Sequence[float] = (0.0, 0.04, 0.08)
    fps: float = 25.0
    name: str = "clip"
    live: bool = False
    pixel_aspect: float = 1.0
    has_images: bool = True
    given: list[Image] = field(default_factory=list)

    def frames(self, start: int = 0, stop: int | None = None) -> Iterator[Frame]:
        for index, time_s in list(enumerate(self.times_s))[start:stop]:
            image = np.full((self.height, self.width, 3), GROUND, np.uint8)
            self.given.append(image)
            yield Frame(index, time_s, image)


def row(
    frame: int,
    track_id: int,
    player: str,
    visibility: str = "visible",
    box: tuple[float, float, float, float] = (NAN, NAN, NAN, NAN),
    at: tuple[float, float] | None = None,
    std: tuple[float, float] = (3, 3),
    evidence: str = "anchor",
) -> dict[str, object]:
    x1, y1, x2, y2 = box
    x, y = at or ((x1 + x2) / 2, (y1 + y2) / 2)
    values = [
        frame, (frame - 1) / 25, track_id, player, 0.9 if player else 0.0, visibility,
        x1, y1, x2, y2, 0.9 if visibility == "visible" else NAN, x, y, *std,
        evidence if player else "", "", "", NAN, NAN,
    ]  # fmt: skip
    return dict(zip(COLUMNS, values, strict=True))


def table(*rows: dict[str, object]) -> TrackTable:
    frame = pd.DataFrame(list(rows), columns=list(COLUMNS))
    return TrackTable.of(frame.sort_values(["frame", "track_id"], ignore_index=True))


def decode(path: Path) -> list[Image]:
    with av.open(str(path)) as container:
        return [
            np.asarray(f.to_ndarray(format="bgr24"), np.uint8) for f in container.decode(video=0)
        ]


def drawn(
    tmp_path: Path,
    rows: TrackTable,
    settings: RenderSettings = BARE,
    clip: Clip | None = None,
    teams: dict[str, str] | None = None,
) -> list[Image]:
    """The rendered pictures, as any player would show them."""
    out = tmp_path / "out.mp4"
    render_video(clip or Clip(), rows, out, settings, teams=teams)
    return decode(out)


def still(tmp_path: Path, *rows: dict[str, object], **more: object) -> Image:
    """The first picture with these rows in it."""
    return drawn(tmp_path, table(*rows), **more)[0]  # type: ignore[arg-type]


def painted(image: Image, colour: tuple[int, int, int]) -> NDArray[np.bool_]:
    """Where the picture has about this hue: (H, W) bool. Video halves the colours' resolution."""
    want = cv2.cvtColor(np.array([[colour]], np.uint8), cv2.COLOR_BGR2LAB).astype(int)[0, 0]
    lab = cv2.cvtColor(image, cv2.COLOR_BGR2LAB).astype(int)
    return np.asarray(np.hypot(lab[..., 1] - want[1], lab[..., 2] - want[2]) < 22)


def changed(image: Image) -> NDArray[np.bool_]:
    return np.asarray(np.abs(image.astype(int) - GROUND).max(axis=2) > 25)


def vivid(image: Image) -> NDArray[np.bool_]:
    """Where the first colour of the palette, orange, stands undiluted."""
    return np.asarray(image[..., 2].astype(int) - image[..., 0] > 120)


BOX = (100.0, 80.0, 140.0, 180.0)


# The file


def test_the_file_is_one_that_browsers_play(tmp_path: Path) -> None:
    out = tmp_path / "video.mp4"
    render_video(Clip(width=321, height=241), table(row(1, 1, "Ann", box=BOX)), out, BARE)
    with av.open(str(out)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert (stream.width, stream.height) == (322, 242)
        assert stream.frames == 3
    data = out.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat"), "it plays before it is loaded"
    assert [p.name for p in tmp_path.iterdir()] == ["video.mp4"]


def test_an_odd_side_is_filled_up_with_its_edge(tmp_path: Path) -> None:
    class Edged(Clip):
        def frames(self, start: int = 0, stop: int | None = None) -> Iterator[Frame]:
            for frame in super().frames(start, stop):
                assert frame.image is not None
                frame.image[::8], frame.image[:, ::8] = 255, 255
                yield frame

    image = drawn(tmp_path, table(), clip=Edged(width=321, height=241))[0]
    assert image.shape == (242, 322, 3)
    assert (image[:, -2:] > 240).all(), "the last line is white, and stands twice"
    assert (image[-2:] > 240).all()
    assert (image[4, 2:300:8] < 130).all(), "nothing is stretched"


def test_times_are_those_of_the_source(tmp_path: Path) -> None:
    uneven = [10.0, 10.04, 10.06, 10.5, 10.501]
    out = tmp_path / "out.mp4"
    render_video(Clip(times_s=uneven), table(row(1, 1, "Ann", box=BOX)), out, BARE)
    with av.open(str(out)) as container:
        times = [f.time for f in container.decode(video=0)]
    assert times == pytest.approx([t - 10 for t in uneven], abs=1e-4)


def test_an_even_rate_is_kept_exactly(tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    times = [i * 1001 / 30000 for i in range(30)]
    render_video(Clip(times_s=times, fps=30000 / 1001), table(), out, BARE)
    with av.open(str(out)) as container:
        stream = container.streams.video[0]
        assert stream.average_rate == pytest.approx(30000 / 1001)
        assert stream.time_base is not None
        assert stream.duration is not None
        assert float(stream.duration * stream.time_base) == pytest.approx(1.001)


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    crowd = [(f, i) for f in (1, 2, 3) for i in range(6)]
    rows = [row(f, i, f"P{i}", box=(20.0 * i, 50 + f, 20.0 * i + 30, 150)) for f, i in crowd]
    digests = set()
    for order in (rows, rows, rows[::-1]):
        out = tmp_path / "out.mp4"
        render_video(Clip(), table(*order), out, Settings().render)
        digests.add(hashlib.sha256(out.read_bytes()).hexdigest())
    assert len(digests) == 1


def test_a_part_of_the_source_is_drawn_with_its_own_rows(tmp_path: Path) -> None:
    rows = table(row(2, 1, "Ann", box=BOX), row(3, 1, "Ann", box=(200, 80, 240, 180)))
    out, done = tmp_path / "out.mp4", list[int]()
    render_video(Clip(), rows, out, BARE, frames=(1, 2), progress=done.append)
    (image,) = decode(out)
    assert changed(image)[100:180, 98:103].any()
    assert not changed(image)[100:180, 198:].any()
    assert done == [1]


def test_large_pictures_are_scaled_and_so_are_the_boxes(tmp_path: Path) -> None:
    settings = BARE.model_copy(update={"max_width_px": 160})
    image = still(tmp_path, row(1, 1, "Ann", box=BOX), settings=settings)
    assert image.shape == (120, 160, 3)
    assert changed(image)[45:85, 48:53].any(axis=1).all()


def test_the_pictures_of_the_source_are_left_alone(tmp_path: Path) -> None:
    clip = Clip()
    drawn(tmp_path, table(row(1, 1, "Ann", box=BOX)), Settings().render, clip)
    assert all((image == GROUND).all() for image in clip.given)


def test_colours_come_back_as_they_were(tmp_path: Path) -> None:
    class Green(Clip):
        def frames(self, start: int = 0, stop: int | None = None) -> Iterator[Frame]:
            for frame in super().frames(start, stop):
                assert frame.image is not None
                frame.image[:] = (40, 180, 90)
                yield frame

    image = drawn(tmp_path, table(), clip=Green())[0]
    assert np.abs(image.astype(int) - (40, 180, 90)).max() <= 3


@pytest.mark.parametrize(
    ("clip", "out", "says"),
    [
        (Clip(has_images=False), "a.mp4", "clip: cannot be rendered, it has no pictures"),
        (Clip(live=True), "a.mp4", "a live stream cannot be read again"),
        (Clip(), "a.avi", "a.avi: cannot be written, not an .mp4"),
        (Clip(), "none/a.mp4", "the folder does not exist"),
        (Clip(times_s=()), "a.mp4", "not one frame to render"),
    ],
)
def test_what_cannot_be_rendered_is_one_clear_line(
    clip: Clip, out: str, says: str, tmp_path: Path
) -> None:
    with pytest.raises(RenderError, match=says) as caught:
        render_video(clip, table(), tmp_path / out, BARE)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_source_that_fails_leaves_the_old_video_alone(tmp_path: Path) -> None:
    class Broken(Clip):
        def frames(self, start: int = 0, stop: int | None = None) -> Iterator[Frame]:
            yield from super().frames()
            raise ValueError("the disk is gone")

    out = tmp_path / "out.mp4"
    out.write_bytes(b"the video of yesterday")
    with pytest.raises(ValueError, match="the disk is gone"):
        render_video(Broken(times_s=[i / 25 for i in range(90)]), table(), out, BARE)
    assert out.read_bytes() == b"the video of yesterday"
    assert [p.name for p in tmp_path.iterdir()] == ["out.mp4"]


# What is drawn


def test_a_visible_player_has_a_box_and_a_name(tmp_path: Path) -> None:
    image = still(tmp_path, row(1, 1, "Ann", box=BOX))
    orange = painted(image, PALETTE[0])
    assert orange[82:178, 98:103].any(axis=1).all(), "the left side is one line"
    assert orange[78:83, 102:138].any(axis=0).all(), "so is the top"
    assert changed(image)[60:78, 105:135].mean() > 0.5, "a plate stands above"
    assert not changed(image)[90:170, 108:132].any(), "the player is not painted over"
    assert not changed(image)[:, 200:].any()


def test_a_hidden_player_has_a_dashed_box(tmp_path: Path) -> None:
    solid = painted(still(tmp_path, row(1, 1, "Ann", box=BOX)), PALETTE[0])[84:176, 97:104]
    image = still(tmp_path, row(1, 1, "Ann", "occluded", box=BOX))
    dashed = painted(image, PALETTE[0])[84:176, 97:104]
    assert solid.any(axis=1).mean() == 1
    assert 0.3 < dashed.any(axis=1).mean() < 0.8
    starts = np.flatnonzero(np.diff(dashed.any(axis=1).astype(int)) == 1)
    assert len(starts) > 5


def test_an_absent_player_has_a_cross_a_name_and_an_ellipse(tmp_path: Path) -> None:
    image = still(tmp_path, row(1, 1, "Ann", "absent", at=(160, 120), std=(40, 20)))
    marked = changed(image) | painted(image, PALETTE[0])
    assert vivid(image)[118:123, 158:163].mean() > 0.4
    assert marked[118:123, 119:123].any(), "the ellipse reaches one standard deviation"
    assert marked[99:103, 158:163].any()
    assert not marked[:, :115].any()
    assert not marked[:95].any()


def test_an_ellipse_is_cut_at_the_border(tmp_path: Path) -> None:
    image = still(tmp_path, row(1, 1, "Ann", "absent", at=(5, 120), std=(40, 20)))
    assert painted(image, PALETTE[0])[115:125, 40:48].any()


@pytest.mark.parametrize(
    ("at", "border"),
    [
        ((-80, 120), np.s_[110:130, :10]),
        ((900, 120), np.s_[110:130, -10:]),
        ((160, -50), np.s_[:10, 150:170]),
        ((160, 500), np.s_[-10:, 150:170]),
    ],
)
def test_a_player_outside_has_an_arrow_at_the_border(
    at: tuple[float, float], border: tuple[slice, slice], tmp_path: Path
) -> None:
    image = still(tmp_path, row(1, 1, "Ann", "absent", at=at, std=(30, 30)))
    assert vivid(image)[border].sum() > 10
    assert not changed(image)[90:105, 130:190].any()


def test_nobody_is_placed_where_nothing_is_known(tmp_path: Path) -> None:
    image = still(tmp_path, row(1, 1, "Ann", "absent", at=(160, 120), std=(200, 90)))
    assert not changed(image).any()
    image = still(tmp_path, row(1, 1, "Ann", "absent", at=(NAN, NAN), std=(NAN, NAN)))
    assert not changed(image).any()


def test_unnamed_people_are_thin_and_grey(tmp_path: Path) -> None:
    named = changed(still(tmp_path, row(1, 1, "Ann", box=BOX)))
    image = still(tmp_path, row(1, 7, "", box=BOX))
    left = changed(image)[90:170, 95:106].sum(axis=1)
    assert 0 < left.mean() < named[90:170, 95:106].sum(axis=1).mean()
    assert np.ptp(image.astype(int), axis=2).max() < 12
    assert changed(image)[60:79, 100:140].any(), "with their number"
    assert not changed(still(tmp_path, row(1, 7, "", "absent", at=(160, 120)))).any()


def test_a_name_that_is_sure_looks_other_than_one_that_is_carried(tmp_path: Path) -> None:
    plate_of = np.s_[62:78, 108:132]
    sure = still(tmp_path, row(1, 1, "Ann", box=BOX, evidence="anchor"))[plate_of]
    carried = still(tmp_path, row(1, 1, "Ann", box=BOX, evidence="carried"))[plate_of]
    assert painted(sure, PALETTE[0]).mean() > 0.4
    assert painted(carried, PALETTE[0]).mean() < 0.2


def test_a_team_shares_a_colour(tmp_path: Path) -> None:
    boxes = {p: (40.0 + 70 * i, 80.0, 70.0 + 70 * i, 180.0) for i, p in enumerate("ABCD")}
    rows = [row(1, i, p, box=box) for i, (p, box) in enumerate(boxes.items())]
    image = still(tmp_path, *rows, teams={"A": "Reds", "B": "Blues", "C": "Reds"})

    def side(player: str) -> Image:
        x1 = int(boxes[player][0])
        return image[90:170, x1 - 2 : x1 + 3]

    assert painted(side("B"), PALETTE[0]).any(axis=1).all(), "teams in order of their names"
    assert painted(side("A"), PALETTE[1]).any(axis=1).all()
    assert painted(side("C"), PALETTE[1]).any(axis=1).all()
    grey = np.abs(side("D").astype(int) - NEUTRAL).max(axis=2) < 40
    assert grey.any(axis=1).all(), "no team, no colour"


def test_without_teams_neighbours_differ(tmp_path: Path) -> None:
    rows = [row(1, 1, "A", box=BOX), row(1, 2, "B", box=(200, 80, 240, 180))]
    for no_teams in (None, dict[str, str]()):
        image = still(tmp_path, *rows, teams=no_teams)
        assert painted(image, PALETTE[0])[90:170, 98:103].any(axis=1).all()
        assert painted(image, PALETTE[1])[90:170, 198:203].any(axis=1).all()


def runner(step: float, frames: int = 12) -> TrackTable:
    """Somebody who runs to the right, `step` pixels a frame."""
    rows = []
    for f in range(1, frames + 1):
        x = 40 + step * f
        rows.append(row(f, 1, "Ann", box=(x, 60, x + 20, 160)))
    return table(*rows)


def test_a_runner_leaves_a_short_trail(tmp_path: Path) -> None:
    clip = Clip(times_s=[i / 25 for i in range(12)])
    images = drawn(tmp_path, runner(15), BARE.model_copy(update={"trail_s": 0.2}), clip)
    feet = painted(images[-1], PALETTE[0])[157:164]
    now = 40 + 15 * 12 + 10
    assert feet[:, now - 30 : now - 12].any(axis=0).all()
    assert not feet[:, : now - 15 * 6].any(), "older than trail_s"
    still_there = drawn(tmp_path, runner(15), BARE.model_copy(update={"trail_s": 0.0}), clip)
    assert not painted(still_there[-1], PALETTE[0])[157:164, now - 40 : now - 14].any()


def test_a_jump_is_no_trail(tmp_path: Path) -> None:
    rows = table(row(1, 1, "Ann", box=(20, 60, 40, 160)), row(2, 1, "Ann", box=(260, 60, 280, 160)))
    image = drawn(tmp_path, rows)[1]
    assert not painted(image, PALETTE[0])[157:164, 60:240].any()


def test_order_of_rows_and_gaps_in_tracks_are_no_matter(tmp_path: Path) -> None:
    rows = table(row(1, 1, "Ann", box=BOX), row(3, 1, "Ann", box=BOX))
    images = drawn(tmp_path, rows)
    assert [bool(changed(i).any()) for i in images] == [True, False, True]


# Labels


def test_names_do_not_hide_each_other() -> None:
    image = np.zeros((200, 300, 3), np.uint8)
    patch = Plate(np.full((14, 60, 3), 255, np.float32), np.zeros((14, 60, 1), np.float32))
    labels = [Label(f"{i}", patch, (0, 0, 0), (120 + i, 80, 150 + i, 140)) for i in range(6)]
    LabelPlacer(300, 200, 2).draw(image, labels, 200)
    assert (image == 255).all(axis=2).sum() == 6 * 14 * 60


def test_names_stay_in_the_picture_and_off_the_strip() -> None:
    image = np.zeros((200, 300, 3), np.uint8)
    patch = Plate(np.full((14, 60, 3), 255, np.float32), np.zeros((14, 60, 1), np.float32))
    corners = [(-30, -20, 5, 10), (290, 170, 330, 230), (140, 199, 160, 250)]
    labels = [Label(f"{i}", patch, (9, 9, 9), corner) for i, corner in enumerate(corners)]
    LabelPlacer(300, 200, 2).draw(image, labels, 180)
    white = (image == 255).all(axis=2)
    assert white.sum() == 3 * 14 * 60
    assert not white[180:].any()


def test_names_do_not_hop_about() -> None:
    patch = Plate(np.full((14, 60, 3), 255, np.float32), np.zeros((14, 60, 1), np.float32))
    blank = Plate(np.zeros((1, 1, 3), np.float32), np.ones((1, 1, 1), np.float32))
    placer, tops = LabelPlacer(300, 200, 2), []
    for feet in (84, 65, 64, 65, 64):  # somebody else's legs come and nearly go where it stands
        image = np.zeros((200, 300, 3), np.uint8)
        other = Label("other", blank, (0, 0, 0), (120, 0, 150, feet))
        placer.draw(image, [other, Label("me", patch, (0, 0, 0), (120, 80, 150, 140))], 200)
        tops.append(int((image == 255).all(axis=2).any(axis=1).argmax()))
    assert tops == [142] * 5


@pytest.mark.parametrize(
    "text", ["Núñez", "Łukasz", "Đorđe", "Иванов", "Αλέξης", "孫興慜", "손흥민"]
)
def test_names_in_any_script_are_readable(text: str) -> None:
    white, black = PlateStyle((255, 255, 255)), plate("", 20, PlateStyle((255, 255, 255)))
    letters = plate(text, 20, white)
    assert letters.size[0] > black.size[0] + 30
    unknown = plate("\U0010ffff" * len(text), 20, white)
    assert letters.size != unknown.size or not np.array_equal(letters.paint, unknown.paint)
    halves = [letters.paint[:, : letters.size[0] // 2], letters.paint[:, letters.size[0] // 2 :]]
    assert all(half.max() > 200 for half in halves)


def test_an_accent_is_drawn() -> None:
    style = PlateStyle((255, 255, 255))
    assert plate("Nunez", 20, style).paint.sum() < plate("Núñez", 20, style).paint.sum()


def test_letters_that_no_font_has_become_question_marks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(cv2, "FontFace", raising=False)  # as in OpenCV 4
    style = PlateStyle((250, 255, 255))
    assert np.array_equal(plate("9 孫興", 21, style).paint, plate("9 ??", 21, style).paint)


def test_long_names_are_cut_and_breaks_are_blanks() -> None:
    style = PlateStyle((255, 255, 255))
    assert plate("x" * 200, 12, style).size[0] < 30 * 12
    assert np.array_equal(plate("Ann\nLee", 12, style).paint, plate("Ann Lee", 12, style).paint)


def test_a_plate_may_stick_out_anywhere() -> None:
    image = np.zeros((20, 20, 3), np.uint8)
    one = plate("Ann", 12, PlateStyle((255, 255, 255), fill=(0, 0, 255)))
    for x, y in ((-500, 0), (0, -500), (500, 0), (0, 500), (-10, -5), (15, 15)):
        one.paste(image, x, y)
    assert image[:, :, 2].any()


# The roster strip


def strip_of(states: dict[str, Visibility], size: tuple[int, int] = (640, 360)) -> Image:
    palette = dict.fromkeys(("Ann", "Bob", "Cleo"), PALETTE[0])
    strip = RosterStrip(*size, palette, {}, 12)
    image = np.full((size[1], size[0], 3), GROUND, np.uint8)
    strip.draw(image, states, 1, 0.0)
    assert (image[: -strip.height_px] == GROUND).all(), "it keeps to its place"
    return image[-strip.height_px :]


def test_the_strip_shows_how_each_player_is_present() -> None:
    here = strip_of({"Ann": Visibility.VISIBLE})
    hidden = strip_of({"Ann": Visibility.OCCLUDED})
    absent = strip_of({"Ann": Visibility.ABSENT})
    counts = [int(painted(image, PALETTE[0]).sum()) for image in (here, hidden, absent)]
    assert counts[0] > counts[1] > 0
    dots = [image[:, :20] for image in (here, hidden, absent)]
    y, x = np.rint(np.argwhere(vivid(dots[0])).mean(axis=0)).astype(int)
    middles = [bool(vivid(dot)[y, x]) for dot in dots]
    assert middles == [True, False, True], "a disc, a ring, a cross"
    assert np.array_equal(absent, strip_of({})), "no row: absent"


def test_the_strip_lists_everybody_ever_named(tmp_path: Path) -> None:
    settings = BARE.model_copy(update={"roster_strip": True})
    few = drawn(tmp_path, table(row(1, 1, "Ann", box=BOX)), settings)[1]
    more = table(row(1, 1, "Ann", box=BOX), row(3, 2, "Bartholomew", box=BOX))
    many = drawn(tmp_path, more, settings)[1]
    bottom = np.s_[-30:, : 320 * 2 // 3]
    assert (many[bottom] > 120).sum() > (few[bottom] > 120).sum()
    assert not changed(drawn(tmp_path, more, BARE)[1]).any(), "and can be left out"


@pytest.mark.parametrize(("width", "height"), [(320, 240), (426, 240), (606, 1080), (1920, 1080)])
@pytest.mark.parametrize("players", [1, 22, 200])
def test_the_strip_leaves_the_play_alone(width: int, height: int, players: int) -> None:
    palette = {f"{i} Player": PALETTE[i % 2] for i in range(players)}
    teams = {name: f"T{i % 2}" for i, name in enumerate(palette)}
    strip = RosterStrip(width, height, palette, teams, 12)
    assert strip.height_px < 0.16 * height
    image = np.full((height, width, 3), GROUND, np.uint8)
    strip.draw(image, {}, 123456, 5400.0)
    assert (image[-strip.height_px :] > 100).any()


def test_a_team_begins_a_row_of_its_own() -> None:
    palette = {name: PALETTE["AB".index(name[0])] for name in ("A1", "A2", "A10", "B1", "B2")}
    strip = RosterStrip(640, 480, palette, {n: n[0] for n in palette}, 12)
    image = np.full((480, 640, 3), GROUND, np.uint8)
    strip.draw(image, dict.fromkeys(palette, Visibility.VISIBLE), 1, 0.0)
    panel = image[-strip.height_px :]
    top, bottom = np.array_split(panel, 2)
    assert painted(top, PALETTE[0]).any()
    assert not painted(top, PALETTE[1]).any()
    assert painted(bottom, PALETTE[1]).any()


# Real data


@pytest.mark.shared
def test_real_broadcast_is_rendered(shared: Path, tmp_path: Path) -> None:
    from tracker.video.open import open_source

    folder = shared / "data" / "soccer-snmot116"
    boxes = np.loadtxt(folder / "gt.txt", delimiter=",")[:, :6]
    rows = [
        row(int(f), int(i), f"Player {int(i)}", box=(x, y, x + w, y + h))
        for f, i, x, y, w, h in boxes[boxes[:, 0] <= 3]
    ]
    out = tmp_path / "out.mp4"
    source = open_source(str(folder / "clip_f001-350.mp4"))
    render_video(source, table(*rows), out, Settings().render, frames=(0, 3))
    before, after = next(source.frames()).image, decode(out)[0]
    assert before is not None
    _, _, x, y, _, height = (round(v) for v in boxes[boxes[:, 0] == 1][0])
    difference = np.abs(after.astype(int) - before).max(axis=2)
    assert difference[y : y + height, x - 1 : x + 2].max(axis=1).mean() > 60
    assert np.median(difference) < 8


def _beside_and_playing() -> tuple[dict[str, object], dict[str, object]]:
    """A player on the left, somebody who does not play on the right."""
    left, right = (40, 60, 80, 160), (200, 60, 240, 160)
    staff = row(1, 2, "", box=right) | {"role": "staff", "kit": "red"}
    return row(1, 1, "", box=left) | {"role": "player", "kit": "red"}, staff


def test_who_does_not_play_is_drawn_grey(tmp_path: Path) -> None:
    rows = table(*_beside_and_playing())
    render_video(Clip(), rows, tmp_path / "out.mp4", BARE, kits={"red": (0, 0, 255)})
    image = decode(tmp_path / "out.mp4")[0]
    red = painted(image, (0, 0, 255))
    assert red[:, :140].any()
    assert not red[:, 140:].any()
    assert changed(image)[:, 140:].any()


def test_a_setting_draws_players_alone(tmp_path: Path) -> None:
    settings = BARE.model_copy(update={"players_only": True})
    image = still(tmp_path, *_beside_and_playing(), settings=settings)
    assert changed(image)[:, :140].any()
    assert not changed(image)[:, 140:].any()
