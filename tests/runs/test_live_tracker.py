"""A program that feeds the tracker frame by frame, and anchors from memory."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import tracker
from tests.worlds.anchored import (
    FPS,
    FRAMES,
    HEIGHT,
    HIDDEN,
    PLAYERS,
    WIDTH,
    box,
    draw,
    said,
    write,
)
from tracker.anchors.rows import AnchorError
from tracker.output.table import COLUMNS, TrackTable

ROOT = Path(__file__).resolve().parents[2]
SIZE = (WIDTH, HEIGHT)
NAMES = list(PLAYERS)
ONLINE = ["mode=online", "lag_s=0"]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw(tmp_path_factory.mktemp("fed"))


def frames() -> Iterator[tuple[int, np.ndarray]]:
    """As det.txt of the drawn world has them."""
    for frame in range(1, FRAMES + 1):
        every = [box(frame, who) for who in range(3) if not (who == 1 and frame in HIDDEN)]
        corners = [(int(x1), int(y1), int(x2), int(y2)) for x1, y1, x2, y2 in every]
        yield frame, np.array(corners, float)


def anchored(frame: int, rows: Iterable[tuple[int, str, Any]]) -> list[tuple[Any, str, float]]:
    return [(corners, player, 0.9) for f, player, corners in rows if f == frame]


def fed(live: tracker.LiveTracker, **more: Any) -> pd.DataFrame:
    """All rows of the drawn world."""
    rows = [
        row
        for frame, boxes in frames()
        for row in live.update(boxes, np.full(len(boxes), 0.9), anchors=anchored(frame, said()))
    ]
    return pd.DataFrame(rows + live.finish())


def names_of(rows: pd.DataFrame) -> dict[tuple[int, int], tuple[str, str]]:
    text = rows["player"].astype(object).fillna("").replace({None: ""})
    keys = zip(rows["frame"], rows["track_id"], strict=True)
    return dict(zip(keys, zip(text, rows["visibility"], strict=True), strict=True))


def track(world: Path, **more: Any) -> TrackTable:
    return tracker.track(world / "bare", detections=world / "det.txt", **more)


@pytest.mark.parametrize("lag_s", [0.0, 0.4])
def test_its_names_are_those_of_track(world: Path, tmp_path: Path, lag_s: float) -> None:
    file = write(tmp_path / "live.csv", said(), 0.9)
    table = track(world, anchors=file, set=["mode=online", f"lag_s={lag_s}"]).rows
    rows = fed(tracker.live_tracker(SIZE, FPS, NAMES, lag_s=lag_s))
    assert set(rows.columns) == set(COLUMNS)
    found, wanted = names_of(rows), names_of(table)
    assert found == {key: name for key, name in wanted.items() if key in found}
    assert len(found) > 0.95 * len(wanted)
    assert {name for name, _ in found.values()} >= set(NAMES)


def test_anchors_in_memory_are_those_of_a_file(world: Path, tmp_path: Path) -> None:
    file = write(tmp_path / "anchors.csv", said(), 0.9)
    records = [
        {"frame": f, "box": np.array(b), "player": p, "confidence": 0.9} for f, p, b in said()
    ]
    frame = pd.read_csv(file)
    of_file = track(world, anchors=file).rows
    for given in (str(file), frame, [frame], records):
        pd.testing.assert_frame_equal(track(world, anchors=given).rows, of_file)
    two = track(world, anchors=[frame, file.rename(tmp_path / "faces.csv")], anchor_accuracy=0.9)
    assert {"anchor:anchors", "anchor:faces"} & set(two.rows["evidence"])


def test_what_is_wrong_in_memory_is_a_line(world: Path, tmp_path: Path) -> None:
    rows = pd.DataFrame({"frame": [1, 2], "player": ["Ada", "Bea"], "x1": [1, 2]})
    with pytest.raises(AnchorError, match=r"^anchors\.csv: its header has no"):
        track(world, anchors=rows)
    with pytest.raises(AnchorError, match="takes files, DataFrames and dicts, not a int"):
        track(world, anchors=[3])


# ------------------------------------------------------------------------- what it is fed


def test_a_detection_a_box_and_a_point_are_one_anchor() -> None:
    found = []
    for where in ("detection", "box", "point", "dict"):
        live = tracker.live_tracker(SIZE, FPS, NAMES)
        for frame, boxes in frames():
            x1, y1, x2, y2 = boxes[0]
            place: Any = {
                "detection": (0, "ada  7"), "box": (boxes[0], "ada  7", None),
                "point": (((x1 + x2) / 2, (y1 + y2) / 2), "ada  7"),
                "dict": {"detection": 0, "player": "Ada 7"},
            }[where]  # fmt: skip
            rows = live.update(boxes, anchors=[place] if frame % 3 == 0 else ())
        found.append([(row["track_id"], row["player"]) for row in rows])
    assert found[0] == found[1] == found[2] == found[3]
    assert dict(found[0])[1] == "Ada 7"


def test_embeddings_bring_back_whom_nobody_saw_for_long() -> None:
    """Two who stand still have swapped places when they are seen again after 3 s."""
    rng = np.random.default_rng(3)
    looks = rng.normal(size=(2, 32))
    places = np.array([[100, 100, 130, 180], [170, 100, 200, 180]])
    found = []
    for described in (False, True):
        live = tracker.live_tracker((640, 360), 25, ["Ada", "Bea"])
        for frame in range(1, 195):
            boxes = places if not 80 <= frame < 155 else []
            noisy = looks[:: 1 if frame < 80 else -1] + rng.normal(scale=0.05, size=(2, 32))
            rows = live.update(
                boxes,
                embeddings=noisy[: len(boxes)] if described else None,
                anchors=[(0, "Ada"), (1, "Bea")] if frame in (10, 20, 30, 40, 50) else (),
            )
        found.append({row["x1"]: row["player"] for row in rows if row["visibility"] == "visible"})
    assert found == [{100: None, 170: None}, {100: "Bea", 170: "Ada"}]


def test_it_is_fed_late_anchors_as_long_as_the_lag() -> None:
    live = tracker.live_tracker(SIZE, FPS, NAMES, lag_s=0.8)
    in_time = fed(tracker.live_tracker(SIZE, FPS, NAMES, lag_s=0.8))
    rows = []
    for frame, boxes in frames():
        if frame > 10:
            assert live.add_anchors(anchored(frame - 10, said()), frame - 10)
        rows += live.update(boxes, np.full(len(boxes), 0.9))
    assert not live.add_anchors([(0, "Bea")], 5)
    with pytest.raises(tracker.LiveTrackerError, match="frame 500 is none of the 120"):
        live.add_anchors([(0, "Bea")], 500)
    assert names_of(pd.DataFrame(rows + live.finish())) == names_of(in_time)


def crossing(frame: int) -> list[list[float]]:
    """Two who run through each other about frame 30."""
    return [
        [100 + 5 * frame, 100, 140 + 5 * frame, 200],
        [400 - 5 * frame, 103, 440 - 5 * frame, 203],
    ]


def test_a_late_anchor_of_before_a_mix_up_says_nothing_of_after() -> None:
    named = {}
    for late in (5, 25):
        live = tracker.live_tracker((640, 360), 25, ["Ada", "Bea"], lag_s=2)
        for frame in range(1, 61):
            if frame == 20 + late:
                assert live.add_anchors([(0, "Ada"), (1, "Bea")], 20)
            live.update(crossing(frame))
        counts = live.counts
        named[late] = counts["late"], counts["late_unused"]
    assert named == {5: (2, 0), 25: (2, 2)}


def test_a_cut_and_an_empty_frame_are_followed() -> None:
    live = tracker.live_tracker(SIZE, FPS, NAMES)
    for _, boxes in list(frames())[:20]:
        rows = live.update(boxes, anchors=[(0, "Ada 7")])
    assert live.update([]) != rows
    assert {row["visibility"] for row in live.update([], cut=True)} == {"absent"}
    assert live.frame == 22


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "flat boxes": ({"boxes": [1, 2, 3, 4]}, r"boxes must have shape \(N, 4\), got \(4,\)"),
    "a box of no size": ({"boxes": [[5, 5, 5, 9]]}, "box 0 is"),
    "NaN": ({"boxes": [[5, 5, float("nan"), 9]]}, "box 0 is"),
    "text": ({"boxes": [["a", 5, 6, 9]]}, "no table of numbers"),
    "scores": ({"scores": [0.5]}, r"scores must have shape \(2,\), got \(1,\)"),
    "percent": ({"scores": [50, 90]}, "between 0 and 1"),
    "time": ({"time_s": 0.0}, "is not after"),
    "embeddings": ({"embeddings": np.ones((2, 5))}, r"shape \(2, 4\) as in the first frame"),
    "camera": ({"camera": np.eye(3)}, r"\(2, 3\) affine"),
    "detection": ({"anchors": [(2, "Ada")]}, "on detection 2 of 2"),
    "where": ({"anchors": [((1, 2, 3), "Ada")]}, "a detection, a box or a point"),
    "who": ({"anchors": [(0, "Adda")]}, "no player 'Adda'; did you mean Ada"),
    "nobody": ({"anchors": [(0, 7)]}, "player is no text"),
    "sure": ({"anchors": [(0, "Ada", -1)]}, "a confidence is from 0 to 1"),
    "no anchor": ({"anchors": ["Ada"]}, "an anchor is"),
}


@pytest.mark.parametrize(("given", "line"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_a_line_and_changes_nothing(given: dict[str, Any], line: str) -> None:
    boxes = [[10, 10, 40, 90], [100, 10, 130, 90]]
    whole: dict[str, Any] = {"boxes": boxes, "embeddings": np.ones((2, 4))}
    live, other = (tracker.live_tracker(SIZE, FPS, ["Ada", "Bea"]) for _ in range(2))
    for tracked in (live, other):
        for _ in range(10):
            tracked.update(**whole)
    with pytest.raises((tracker.LiveTrackerError, AnchorError), match=line):
        live.update(**whole | given)
    assert live.update(**whole) == other.update(**whole)


def test_what_cannot_begin_is_a_line() -> None:
    for size, fps, players, line in (
        ((0, 5), 25, [], "size must be above 0"), (SIZE, 0, [], "fps must be above 0"),
        (SIZE, 25, "Ada", "not one text"), (SIZE, 25, ["Ada", "Ada"], "stands twice"),
    ):  # fmt: skip
        with pytest.raises(tracker.LiveTrackerError, match=line):
            tracker.live_tracker(size, fps, players)
    live = tracker.live_tracker(SIZE)
    live.finish()
    with pytest.raises(tracker.LiveTrackerError, match="was finished"):
        live.update([])


# ------------------------------------------------------------------------- supervision


def test_detections_of_supervision_go_in_and_come_out() -> None:
    sv = pytest.importorskip("supervision")
    live, plain = (tracker.live_tracker(SIZE, FPS, NAMES) for _ in range(2))
    for frame, boxes in frames():
        names = [""] * len(boxes)
        for _, player, corners in [row for row in said() if row[0] == frame]:
            names[int(np.abs(boxes - corners).max(axis=1).argmin())] = player
        found = sv.Detections(
            xyxy=boxes, confidence=np.full(len(boxes), 0.9), data={"player": np.array(names)}
        )
        given = live.update_detections(found)
        anchors = [(n, name) for n, name in enumerate(names) if name]
        rows = plain.update(boxes, np.full(len(boxes), 0.9), anchors=anchors)
        here = [row for row in rows if row["x1"] is not None]
        assert given.tracker_id.tolist() == [row["track_id"] for row in here]
        assert given.data["player"].tolist() == [row["player"] or "" for row in here]
    assert set(given.data["player"]) == set(NAMES)
    assert given.data["frame"].tolist() == [FRAMES] * len(given)
    assert len(given[given.data["player"] == "Bea"]) == 1


# ------------------------------------------------------------------------- as it is documented


@pytest.mark.parametrize("page", ["live.md", "interop.md"])
def test_the_example_runs(page: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    block = next(b for b in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if "live_tr" in b)
    assert len(block.strip().splitlines()) <= 12
    sv = pytest.importorskip("supervision") if "sv." in block else None
    boxes = [[100, 100, 130, 180], [300, 100, 330, 180]]
    video = [(boxes, [(0, "Ada Novak", 0.9)] if n % 5 == 0 else []) for n in range(30)]
    found = []
    if sv is not None:
        for _, anchors in video:
            names = np.array(["Ada Novak" if anchors else "", ""])
            found.append(sv.Detections(np.array(boxes, float), data={"player": names}))
    exec(block, {"my_model": lambda: iter(video), "my_detections": lambda: iter(found)})
    assert "Ada Novak" in capsys.readouterr().out
