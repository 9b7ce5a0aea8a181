"""What the report says of a finished run: counted by hand on small drawn ones."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.worlds.report import FPS, LOW, SURE, Life, Page, finished, html, quiet, write_run
from tracker.explain.evidence import encounters_of
from tracker.explain.run import ExplainError, RunEvidence
from tracker.output.evidence import EvidenceError
from tracker.output.row_arrays import read_rows
from tracker.output.run_files import OutputError
from tracker.output.table import TableError, TrackTable
from tracker.report import timeline
from tracker.report.context import PageContext
from tracker.report.create import make_report
from tracker.report.pictures import Album
from tracker.report.run_facts import ReportError
from tracker.report.timeline import TimeFormat
from tracker.settings import FollowSettings
from tracker.types import Visibility

ADA = Life(
    1, "Ada", [("visible", 30, SURE), ("occluded", 10, SURE), ("absent", 20, SURE),
               ("visible", 20, SURE)], anchors=range(5, 15),
)  # fmt: skip
BEA = Life(2, "Bea", [("visible", 80, SURE)], x=120)


def test_minutes_are_counted_frame_by_frame(tmp_path: Path) -> None:
    run = finished(write_run(tmp_path / "out", [ADA, BEA], ["Ada", "Bea", "Cy"]))
    ada, bea, cy = run.people
    assert ada.seconds == pytest.approx(
        {Visibility.VISIBLE: 5.0, Visibility.OCCLUDED: 1.0, Visibility.ABSENT: 2.0}
    )
    assert bea.seconds[Visibility.VISIBLE] == pytest.approx(8.0)
    assert run.rows.frames[ada.entries].tolist() == [1, 61]
    assert len(ada.anchors) == 10
    assert len(cy.rows) == 0
    texts = Page(html(run.out)).texts
    row = texts.index("Ada")
    # seen; in view: hidden too, and the gap of 3 s in which they were not is away, for all we know
    cells = [t for t in texts[row + 1 : row + 20] if t]
    assert cells[:2] == ["0:05.0", "0:06.0"]
    assert cells[4:7] == ["0:02.0", "2", "1"]
    assert "never named in this run" in texts
    minutes = run.honesty.minutes["Ada"]
    assert (minutes.seen_s, minutes.hidden_s, minutes.interpolated_s) == pytest.approx(
        (5.0, 1.0, 0.0)
    )
    assert 7.5 < minutes.expected_s <= 8.0


def test_gaps_between_gallery_ids_are_a_table(tmp_path: Path) -> None:
    told = {"anchors": 12, "longest_s": 3.25, "median_s": 1.0, "visible": 0.75, "occluded": 0.125,
            "absent": None, "not_carried": 0.125, "names_changed": 2}  # fmt: skip
    gaps = {"players": {"Ada": told, "Bea & Co": {**told, "anchors": 0}}}
    page = html(write_run(tmp_path / "out", [ADA, BEA], ["Ada", "Bea"], gaps=gaps))
    table = page.split("Gaps between gallery IDs")[1].split("</table>")[0]
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", table)
    assert cells[:8] == ["12", "3.2 s", "1.0 s", "75%", "12%", "–", "12%", "2"]
    assert (
        f'<a href="#{PageContext.of(finished(tmp_path / "out"), Album()).slugs["Ada"]}">' in table
    )
    assert "Bea &amp; Co" in table


@pytest.mark.parametrize("odd", [None, [], {"players": 3}, {"players": {"Ada": None}}])
def test_an_older_run_has_no_table_of_gaps(tmp_path: Path, odd: object) -> None:
    page = html(write_run(tmp_path / "out", [ADA], ["Ada"], gaps=odd))
    assert "Gaps between" not in page


def test_frames_of_unequal_length_count_as_long_as_they_stand(tmp_path: Path) -> None:
    out = write_run(tmp_path / "out", [BEA], ["Bea"])
    table = TrackTable.read_csv(out / "tracks.csv")
    late = table.rows["frame"] > 40
    table.rows.loc[late, "time_s"] += 2.0  # the 40th frame stands for 2.1 s
    table.to_csv(out / "tracks.csv")
    assert finished(out).people[0].seconds[Visibility.VISIBLE] == pytest.approx(10.0)


def test_the_rows_are_those_of_the_table_whatever_their_order(tmp_path: Path) -> None:
    out = write_run(tmp_path / "out", [ADA, BEA, Life(3, "NA", BEA.parts)], ["Ada", "Bea", "NA"])
    lines = (out / "tracks.csv").read_text().splitlines()
    (out / "mixed.csv").write_text("\n".join([lines[0], *reversed(lines[1:])]) + "\n")
    want = TrackTable.read_csv(out / "tracks.csv").rows
    for name in ("tracks.csv", "mixed.csv"):
        got = read_rows(out / name, FPS)
        assert [got.names[p] for p in got.players] == want["player"].tolist()
        assert got.frames.tolist() == want["frame"].tolist()
        assert [Visibility(v).label for v in got.visibility] == want["visibility"].tolist()
        np.testing.assert_allclose(got.boxes, want[["x1", "y1", "x2", "y2"]])
        assert got.time_s(41) == pytest.approx(4.0)


def test_names_are_text_whatever_is_in_them(tmp_path: Path) -> None:
    names = ["<script>alert(1)</script>", '"Quo\'te" & Söhne', "⚽ 名前", "x</style>", "x style"]
    lives = [Life(n, name, [("visible", 5, LOW)]) for n, name in enumerate(names, 1)]
    page = Page(html(write_run(tmp_path / "out", lives, names)))
    assert [t for t, _ in page.tags].count("script") == 2
    assert [t for t, _ in page.tags].count("style") == 1
    for name in names:
        assert page.texts.count(name) >= 2  # in the table and over the timeline
    people = [a for t, a in page.tags if t == "article" and a["class"] == "person"]
    assert [json.loads(str(a["data-names"])) for a in people] == [[n] for n in names]
    assert len({a["id"] for a in people}) == len(names)


def test_nothing_is_fetched_and_every_link_leads_somewhere(tmp_path: Path) -> None:
    late = [Life(4, "", [("visible", 40, SURE)]), Life(4, "Cy", [("visible", 9, SURE)], first=41)]
    lives = [Life(1, "Ada", [("visible", 30, LOW)]), BEA, Life(3, "", [("visible", 40, SURE)])]
    names, doubts, votes = ["Ada", "Bea", "Cy"], [(9, 1, 2, 0.1)], [(4, 9, {"Cy": 0.0})]
    out = write_run(tmp_path / "out", [*lives, *late], names, doubts=doubts, votes=votes)
    text = html(out)
    assert "Who is this, from beginning to end? (track 4)" in text  # not shown by itself
    assert not re.findall(r"https?://|url\(|@import|\bfetch\(", text)
    page = Page(text)
    assert "default-src 'none'" in text
    targets = {a.get("id") for _, a in page.tags}
    for tag, attributes in page.tags:
        for link in filter(None, (attributes.get("src"), attributes.get("href"))):
            assert link.startswith("data:") or link[1:] in targets, (tag, link)
        assert tag != "img" or attributes.get("alt")


def test_the_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    out = write_run(tmp_path / "out", [ADA, BEA], ["Ada", "Bea"], doubts=[(9, 1, 2, 0.1)])
    assert html(out) == html(out)


def test_meetings_are_those_that_explain_tells(tmp_path: Path) -> None:
    doubts = [(9, 1, 2, 0.4), (12, 2, 1, -0.2), (12, 1, 2, 0.3), (30, 1, 2, 1.0), (30, 1, 3, 0.9)]
    doubts += [(36, 2, 1, 1.5)]  # 0.6 s later: another meeting
    lives = [ADA, BEA, Life(3, "", BEA.parts)]
    run = finished(write_run(tmp_path / "out", lives, ["Ada", "Bea"], doubts=doubts))
    assert run.evidence
    assert run.encounters
    rows = TrackTable.read_csv(run.out / "tracks.csv").rows
    case = RunEvidence(rows, run.evidence, FollowSettings(), (1, 80), FPS)
    want = sorted(
        (d.first_frame, d.last_frame, d.worst_frame, d.rival, d.margin)
        for d in encounters_of(case, 1, 80)
    )
    m = run.encounters
    got = sorted(
        (int(m.first[n]), int(m.last[n]), int(m.worst[n]), int(m.pairs[n].sum() - 1),
         float(m.margins[n]))
        for n in m.of(1)
    )  # fmt: skip
    assert got == want
    assert len(got) == 4
    assert run.rival_of(run.people[0], int(m.of(3)[0])) == "track 3 (no name)"


def test_bars_have_a_span_for_every_change(tmp_path: Path) -> None:
    run = finished(write_run(tmp_path / "out", [ADA, BEA], ["Ada", "Bea"]))
    scale = timeline.scale_of(run.rows, run.people)
    assert scale.length == 80
    line = timeline.timeline_of(run.rows, run.people[0], np.array([17]), scale)
    assert line.bars[Visibility.VISIBLE] == "M0 0h30M60 0h20"
    assert line.bars[Visibility.OCCLUDED] == "M30 0h10"
    assert line.bars[Visibility.ABSENT] == "M40 0h20"
    assert line.ambiguous == "M16 0v1"
    assert line.confidence == "M0 0h40M60 0h20"


def test_a_restless_run_is_drawn_in_longer_steps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flicker = [("visible", 1, SURE), ("occluded", 1, SURE)] * 40
    out = write_run(tmp_path / "out", [Life(1, "Ada", flicker)], ["Ada"])
    monkeypatch.setattr(timeline, "MOST_SPANS", 50)
    run = finished(out)
    scale = timeline.scale_of(run.rows, run.people)
    assert scale.step_s >= 0.2
    assert scale.length_s == pytest.approx(8.0)
    assert run.people[0].seconds[Visibility.VISIBLE] == pytest.approx(4.0)  # counted all the same


def test_an_older_run_has_no_evidence_and_the_page_says_so(tmp_path: Path) -> None:
    life = Life(1, "Ada", [("visible", 60, LOW)])
    text = html(write_run(tmp_path / "out", [life], ["Ada"], evidence=False))
    assert "An older run without evidence/" in text
    assert "Is this Ada all the time?" in text
    assert "teamsheet explain" not in text


def test_without_a_gallery_paths_are_shown(tmp_path: Path) -> None:
    lives = [Life(n, "", [("visible", 10 + n, SURE)], x=30 * n) for n in (1, 2)]
    out = write_run(tmp_path / "out", lives, None)
    assert [p.label for p in finished(out).people] == ["track 2", "track 1"]
    text = html(out)
    assert "Tracked without a gallery" in text
    assert "nobody could be named" in text
    assert 'id="track-2"' in text


def test_names_that_a_review_gave_without_a_gallery_are_not_denied(tmp_path: Path) -> None:
    lives = [Life(1, "Ada", [("visible", 20, SURE)]), Life(2, "", [("visible", 9, SURE)], x=60)]
    text = html(write_run(tmp_path / "out", lives, None))
    assert "nobody could be named" not in text
    assert "Tracked without a gallery: 1 player has a name that somebody gave" in text
    assert 'id="player-ada"' in text


def test_torn_evidence_is_refused_with_what_to_do(tmp_path: Path) -> None:
    out = write_run(tmp_path / "out", [BEA], ["Bea"])
    (out / "evidence" / "votes.parquet").write_bytes(b"PAR1")
    with pytest.raises(EvidenceError, match=r"again with --resume, or move .*evidence away"):
        finished(out)


@pytest.mark.parametrize("cell", ["-1", "0", "2147483647"])
def test_a_frame_that_cannot_be_is_refused_in_one_line(cell: str, tmp_path: Path) -> None:
    out = write_run(tmp_path / "out", [BEA], ["Bea"])
    header, first, *rest = (out / "tracks.csv").read_text().splitlines()
    torn = ",".join([cell, *first.split(",")[1:]])
    (out / "tracks.csv").write_text("\n".join([header, torn, *rest, ""]))
    with pytest.raises(TableError, match=f"tracks.csv: not a tracks.csv .frame {cell} is none of"):
        finished(out)


def test_passwords_of_addresses_are_not_passed_on(tmp_path: Path) -> None:
    spec = "rtsp://me:secret@camera/1"
    text = html(write_run(tmp_path / "out", [BEA], ["Bea"], spec=spec, command=["track", spec]))
    assert "secret" not in text
    assert "no pictures: 1 was live" in text


def test_clocks() -> None:
    assert TimeFormat(20)(8.56) == "0:08.6"
    assert TimeFormat(7200)(3725.4) == "1:02:05"
    assert TimeFormat(7200).fine(59.97) == "1:00.0"


def _no_run(out: Path) -> None:
    (out / "run.json").unlink()


def _poor_receipt(out: Path) -> None:
    (out / "run.json").write_text('{"source": {"spec": "a.mp4", "fps": 25}}')


def _no_tracks(out: Path) -> None:
    (out / "tracks.csv").unlink()


def _no_table(out: Path) -> None:
    (out / "tracks.csv").write_bytes(b"\x00\x01 nonsense\n1,2\n")


def _odd_state(out: Path) -> None:
    text = (out / "tracks.csv").read_text()
    (out / "tracks.csv").write_text(text.replace("visible", "seen"))


def _no_rows(out: Path) -> None:
    text = (out / "tracks.csv").read_text()
    (out / "tracks.csv").write_text(text.splitlines()[0] + "\n")


def _damaged(out: Path) -> None:
    (out / "evidence" / "votes.parquet").write_bytes(b"PAR1")


@pytest.mark.parametrize(
    ("spoil", "error", "says"),
    [
        (_no_run, ExplainError, "no run.json"),
        (_poor_receipt, ReportError, "another teamsheet"),
        (_no_tracks, TableError, "is missing"),
        (_no_table, TableError, "not a tracks.csv"),
        (_odd_state, TableError, "visibility 'seen'"),
        (_no_rows, TableError, "not one row"),
        (_damaged, EvidenceError, "damaged"),
    ],
)
def test_a_bad_folder_is_one_line(
    tmp_path: Path, spoil: object, error: type[ValueError], says: str
) -> None:
    out = write_run(tmp_path / "out", [BEA], ["Bea"])
    assert callable(spoil)
    spoil(out)
    with pytest.raises(error, match=says) as caught:
        html(out)
    assert "\n" not in str(caught.value)
    assert not list(out.glob("*report*"))


def test_what_exists_is_kept(tmp_path: Path) -> None:
    out = write_run(tmp_path / "out", [BEA], ["Bea"])
    file = tmp_path / "mine.html"
    file.write_text("mine")
    with pytest.raises(OutputError, match="--overwrite"):
        make_report(out, file, None, False, quiet, quiet)
    assert file.read_text() == "mine"
    with pytest.raises(OutputError, match="is a folder"):
        make_report(out, tmp_path, None, True, quiet, quiet)
    with pytest.raises(OutputError, match="no folder"):
        make_report(out, tmp_path / "no" / "a.html", None, False, quiet, quiet)
    make_report(out, file, None, True, quiet, quiet)
    assert file.read_text().startswith("<!DOCTYPE html>")


def test_the_command(tmp_path: Path) -> None:
    out = write_run(tmp_path / "out", [BEA], ["Bea"])
    code = "from tracker.cli.app import main; main()"
    words = [sys.executable, "-c", code, "report"]
    done = subprocess.run([*words, str(out)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert f"wrote {out / 'report.html'}" in done.stdout
    assert "gone.mp4" in done.stderr
    done = subprocess.run([*words, str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
