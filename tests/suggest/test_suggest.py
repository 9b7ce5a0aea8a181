"""`gallery suggest`: which doubts, which crops, and the folder that is made of them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from gallery.add import add_folder
from gallery.roster import read_picture, read_roster
from tests.worlds.gallery import SHIRTS, draw_clip, draw_gallery, person
from tracker.output.evidence import EvidenceTables
from tracker.output.run_files import OutputError
from tracker.output.table import COLUMNS, TrackTable
from tracker.suggest.ambiguity import UNKNOWN, find_ambiguous
from tracker.suggest.create import SuggestError, suggest
from tracker.video.open import open_source

FPS = 25.0
Belief = tuple[int, int, list[tuple[str, float]]]


def table(*tracks: dict[str, Any], frames: int = 40) -> pd.DataFrame:
    """Rows of tracks.csv: each track over all frames; `x`, `player`, `sure` and more per track."""
    rows = []
    for number, track in enumerate(tracks, 1):
        for frame in range(1, frames + 1):
            x = track["x"]
            row = {**dict.fromkeys(COLUMNS, 0.0), "role": ""} | {
                "frame": frame, "track_id": number, "player": track.get("player", ""),
                "player_confidence": track.get("sure", 0.0), "visibility": "visible",
                "x1": x, "y1": 100.0, "x2": x + 40, "y2": 200.0, "evidence": "",
            }  # fmt: skip
            rows.append(row)
    return TrackTable.of(pd.DataFrame(rows)[list(COLUMNS)]).rows


def beliefs(*told: Belief) -> pd.DataFrame:
    rows = []
    for track, first, best in told:
        row: dict[str, Any] = {"track_id": track, "first_frame": first, "last_frame": first + 9}
        for n in range(3):
            row[f"player_{n + 1}"], row[f"chance_{n + 1}"] = (
                best[n] if n < len(best) else ("", np.nan)
            )
        rows.append(row)
    columns = ["track_id", "first_frame", "last_frame"]
    columns += [f"{what}_{n}" for n in (1, 2, 3) for what in ("player", "chance")]
    return pd.DataFrame(rows, columns=columns)


def test_who_is_sure_is_no_doubt() -> None:
    rows = table({"x": 50, "player": "Ann", "sure": 0.99}, {"x": 200}, frames=20)
    assert find_ambiguous(rows, beliefs((1, 1, [("Ann", 0.99)]), (2, 1, [("", 0.99)])), FPS) == []


def test_the_longest_doubt_comes_first_and_names_both() -> None:
    rows = table({"x": 50, "player": "Ann", "sure": 0.8}, {"x": 200}, {"x": 350})
    told = beliefs(
        (1, 1, [("Ann", 0.8), ("Bea", 0.2)]),
        (2, 1, [("Cat", 0.6), ("", 0.4)]),
        (3, 1, [("", 1.0)]),
    )
    first, second, third = find_ambiguous(rows, told, FPS)
    assert (first.track, first.player, first.rival) == (2, "Cat", UNKNOWN)
    assert first.seconds == pytest.approx(40 * 0.6 / FPS)
    assert (second.track, second.player, second.rival) == (1, "Ann", "Bea")
    assert second.seconds == pytest.approx(40 * 0.2 / FPS)
    assert (third.track, third.player, third.seconds) == (3, "", pytest.approx(1.6))


def test_a_belief_holds_until_the_next_and_from_the_beginning() -> None:
    told = beliefs((1, 11, [("Ann", 0.6), ("Bea", 0.4)]), (1, 21, [("Bea", 0.6), ("Ann", 0.4)]))
    found = {d.player: d.rows for d in find_ambiguous(table({"x": 50}), told, FPS)}
    assert found["Ann"].tolist() == list(range(20))
    assert found["Bea"].tolist() == list(range(20, 40))


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Ann is in doubt, Bea is not, Cat has no name; 40 drawn frames."""
    out, gallery = tmp_path / "out", draw_gallery(tmp_path / "players", pictures=4)
    clip = draw_clip(tmp_path / "clip")
    out.mkdir()
    rows = table(
        {"x": 50, "player": "Ann", "sure": 0.7},
        {"x": 200, "player": "Bea", "sure": 1.0},
        {"x": 350},
    )
    TrackTable.of(rows).to_csv(out / "tracks.csv")
    told = beliefs(
        (1, 1, [("Ann", 0.7), ("Bea", 0.3)]), (2, 1, [("Bea", 1.0)]), (3, 1, [("", 1.0)])
    )
    votes = pd.DataFrame(
        columns=["track_id", "first_frame", "last_frame", "crops", "nats:Ann", "nats:"]
    )
    doubts = pd.DataFrame(columns=["frame", "track_id", "rival_id", "margin"])
    EvidenceTables(votes, doubts, told, "online").write(out / "evidence")
    source = {"spec": str(clip), "fingerprint": open_source(str(clip)).fingerprint(), "fps": FPS}
    receipt = {"source": source, "gallery": {"folder": str(gallery)}}
    (out / "run.json").write_text(json.dumps(receipt))
    return out


def test_crops_lie_in_the_folder_of_whom_they_may_show(run: Path) -> None:
    cards = suggest(run, None, 24, 6, False)
    folder = run / "suggest"
    assert {c.folder for c in cards} == {"Ann", "_unknown"}
    names = {p.name for p in folder.iterdir()}
    assert names == {"Ann", "_unknown", "suggest.csv", "sheet.html", "sheet.png"}
    for card in cards:
        seen = read_picture(folder / card.folder / card.file.name)
        assert seen is not None
        shirt = "Ann" if card.folder == "Ann" else "Cat"
        k = list(SHIRTS).index(shirt)
        assert np.abs(seen.astype(int) - person(SHIRTS[shirt], 1000 * k + card.frame)).mean() < 8
    frames = sorted(c.frame for c in cards if c.folder == "Ann")
    assert min(np.diff(frames), default=99) >= 10
    assert read_picture(folder / "sheet.png") is not None


def test_the_sheet_shows_both_and_needs_nothing_else(run: Path) -> None:
    suggest(run, None, 24, 6, False)
    page = (run / "suggest" / "sheet.html").read_text(encoding="utf-8")
    assert "Ann? 70%" in page
    assert "or Bea: 30%" in page
    assert all(s.startswith("data:") for s in re.findall(r'src="([^"]{0,20})', page))
    listed = pd.read_csv(run / "suggest" / "suggest.csv", keep_default_na=False)
    assert all((run / "suggest" / f).is_file() for f in listed["file"])


def test_what_is_accepted_goes_into_the_gallery(run: Path) -> None:
    cards = suggest(run, None, 24, 6, False)
    gallery = run.parent / "players"
    report = add_folder(gallery, run / "suggest")
    assert {player for player, _ in report.added} == {"Ann"}
    copies = [note for note in report.notes if "nearly the same" in note]
    assert len(report.added) + len(copies) == sum(c.folder == "Ann" for c in cards)
    assert len(report.added) >= 2
    assert len(read_roster(gallery).players) == 3


def test_a_covered_player_is_not_suggested(run: Path) -> None:
    rows = TrackTable.read_csv(run / "tracks.csv").rows
    over = rows[rows["track_id"] == 1].assign(track_id=9, player="", x1=60.0, x2=100.0)
    TrackTable.of(pd.concat([rows, over], ignore_index=True)).to_csv(run / "tracks.csv")
    assert "Ann" not in {c.folder for c in suggest(run, None, 24, 6, False)}


def test_a_short_doubt_gives_one_crop(run: Path) -> None:
    """Twelve frames are half a second: all its crops are one picture."""
    rows = TrackTable.read_csv(run / "tracks.csv").rows
    TrackTable.of(rows[rows["frame"] <= 12].assign(player_confidence=0.3)).to_csv(
        run / "tracks.csv"
    )
    assert [c.folder for c in suggest(run, None, 24, 6, False)].count("Ann") == 1


def test_the_same_run_gives_the_same_bytes(run: Path) -> None:
    def content() -> dict[str, bytes]:
        files = [f for f in (run / "suggest").rglob("*") if f.is_file()]
        return {str(f.relative_to(run)): f.read_bytes() for f in files}

    suggest(run, None, 24, 6, False)
    first = content()
    suggest(run, None, 24, 6, True)
    assert content() == first


def test_suggestions_are_not_overwritten_unasked(run: Path) -> None:
    suggest(run, None, 24, 6, False)
    with pytest.raises(OutputError, match="--overwrite"):
        suggest(run, None, 24, 6, False)
    (run / "suggest" / "suggest.csv").unlink()
    with pytest.raises(OutputError, match="not written by gallery suggest"):
        suggest(run, None, 24, 6, True)


def test_a_video_that_is_gone_or_another_is_said(run: Path, tmp_path: Path) -> None:
    (tmp_path / "clip").rename(tmp_path / "moved")
    with pytest.raises(SuggestError, match="where it is now with --video"):
        suggest(run, None, 24, 6, False)
    assert suggest(run, str(tmp_path / "moved"), 24, 6, False)
    other = draw_clip(tmp_path / "other", frames=12)
    with pytest.raises(SuggestError, match="not the video of this run"):
        suggest(run, str(other), 24, 6, True)


@pytest.mark.parametrize(
    ("receipt", "hint"),
    [(None, "no run.json"), ("{", "not a receipt"), ("[]", "not a receipt"),
     ('{"source": {}, "gallery": null}', "not a receipt")],
)  # fmt: skip
def test_what_is_no_run_is_refused(receipt: str | None, hint: str, run: Path) -> None:
    (run / "run.json").unlink()
    if receipt is not None:
        (run / "run.json").write_text(receipt)
    with pytest.raises(SuggestError, match=hint):
        suggest(run, None, 24, 6, False)
