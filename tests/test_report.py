"""What the report says of a finished run: counted by hand on small drawn ones."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from tests.report_worlds import FPS, LOW, SURE, Life, write_run
from tracker.correct.said import parse
from tracker.explain.case import Case, ExplainError
from tracker.explain.hearing import doubts_of
from tracker.publish.evidence import EvidenceError
from tracker.publish.table import TableError, TrackTable
from tracker.publish.writers import OutputError
from tracker.records import Visibility
from tracker.report import timeline
from tracker.report.clock import Clock
from tracker.report.command import make_report
from tracker.report.doubted import AGAINST
from tracker.report.finished import Finished, open_finished
from tracker.report.moment import chance
from tracker.report.receipt import Receipt, ReportError
from tracker.report.rows import read_rows
from tracker.report.wrong import TRADED, jumping
from tracker.settings import FollowSettings

ADA = Life(
    1, "Ada", [("visible", 30, SURE), ("occluded", 10, SURE), ("absent", 20, SURE),
               ("visible", 20, SURE)], anchors=range(5, 15),
)  # fmt: skip
BEA = Life(2, "Bea", [("visible", 80, SURE)], x=120)


def quiet(*_: object) -> None:
    """Nobody listens."""


def finished(out: Path) -> Finished:
    return open_finished(out, Receipt.read(out))


def html(out: Path) -> str:
    return make_report(out, None, None, True, quiet, quiet).read_text(encoding="utf-8")


class Page(HTMLParser):
    """Tags with their attributes, and the text outside of scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside not in {"script", "style"}:
            self.texts.append(data.strip())


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
    # seen; in view: hidden too, and the gap of 3 s in which she was not is away, for all we know
    cells = [t for t in texts[row + 1 : row + 20] if t]
    assert cells[:2] == ["0:05.0", "0:06.0"]
    assert cells[4:7] == ["0:02.0", "2", "1"]
    assert "never named in this run" in texts
    minutes = run.honesty.minutes["Ada"]
    assert (minutes.seen_s, minutes.hidden_s, minutes.bridged_s) == pytest.approx((5.0, 1.0, 0.0))
    assert 7.5 < minutes.expected_s <= 8.0


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
    assert "track 4 has no name and may be Cy" in text  # that path is not shown by itself
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
    assert run.told
    assert run.meetings
    rows = TrackTable.read_csv(run.out / "tracks.csv").rows
    case = Case(rows, run.told, FollowSettings(), (1, 80), FPS)
    want = sorted(
        (d.first_frame, d.last_frame, d.worst_frame, d.rival, d.margin)
        for d in doubts_of(case, 1, 80)
    )
    m = run.meetings
    got = sorted(
        (int(m.first[n]), int(m.last[n]), int(m.worst[n]), int(m.pairs[n].sum() - 1),
         float(m.margins[n]))
        for n in m.of(1)
    )  # fmt: skip
    assert got == want
    assert len(got) == 4
    assert run.rival_of(run.people[0], int(m.of(3)[0])) == "track 3 (no name)"


def test_a_trade_is_weighed_by_the_time_that_nobody_confirms_the_name(tmp_path: Path) -> None:
    lives = [BEA, Life(3, "Cy", BEA.parts), Life(4, "", BEA.parts)]
    said = {"Bea": 0.0, "": -2.0, "Cy": -5.0}
    run = finished(
        write_run(
            tmp_path / "out", lives, ["Bea", "Cy"],
            doubts=[(20, 2, 4, 1.0), (60, 3, 4, 0.5)], votes=[(2, 30, said)],
        )
    )  # fmt: skip
    first, second = [m for m in run.moments if m.kind == "trade"]
    # Cy: 2.0 s to the end and no votes; Bea: 6.0 s, and her votes say 2 nats for her
    assert (first.player, first.rival) == ("Cy", 4)
    assert first.wrong_s == pytest.approx(TRADED * 2.0 * chance(-0.5))
    assert [a.sentences for a in first.answers] == [
        ("track 3 is nobody from frame 61 to 80", "track 4 is Cy from frame 61 to 80")
    ]
    assert (second.player, second.focus_frame) == ("Bea", 20)
    assert second.wrong_s == pytest.approx(TRADED * 6.0 * chance(-1.0 - 2.0), rel=1e-3)
    assert "1 vote in the 6.0 s that follow: for the name, by 2.0 nats" in second.reasons[1]


def test_votes_in_a_row_for_somebody_else_are_a_moment(tmp_path: Path) -> None:
    other, own = {"Cy": 0.0, "Bea": -3.0, "": -4.0}, {"Bea": 0.0, "Cy": -4.0, "": -4.0}
    votes = [(2, 10, own), (2, 20, other), (2, 30, other), (2, 40, own)]
    run = finished(write_run(tmp_path / "out", [BEA], ["Bea", "Cy"], votes=votes))
    (moment,) = run.moments
    assert moment.title == "Bea here looks like Cy"
    assert (moment.first_frame, moment.last_frame) == (20, 40)
    # 6 nats against a lead of 3, twice as she is confirmed later; frames 20 to 40
    assert moment.wrong_s == pytest.approx(AGAINST * 2.1 * chance(6.0 - 6.0))
    assert [a.sentences[0] for a in moment.answers] == [
        "track 2 is Cy from frame 20 to 40", "track 2 is nobody from frame 20 to 40"
    ]  # fmt: skip


def test_an_unsure_name_costs_its_doubt_times_its_time(tmp_path: Path) -> None:
    life = Life(1, "Ada", [("visible", 20, SURE), ("visible", 10, LOW), ("visible", 20, SURE)])
    (moment,) = finished(write_run(tmp_path / "out", [life], ["Ada"])).moments
    assert (moment.title, moment.first_frame, moment.last_frame) == ("Ada is not sure", 1, 50)
    assert 21 <= moment.focus_frame <= 30
    assert moment.wrong_s == pytest.approx(1.0 * (1 - LOW))
    assert [a.sentences[0] for a in moment.answers] == ["track 1 is nobody from frame 1 to 50"]


def test_a_name_that_begins_in_mid_run_is_asked_about(tmp_path: Path) -> None:
    lives = [BEA, Life(3, "Ada", [("visible", 50, SURE)], first=31)]
    (moment,) = finished(write_run(tmp_path / "out", lives, ["Ada", "Bea"])).moments
    assert (moment.title, moment.track) == ("is this Ada all the time?", 3)
    assert moment.wrong_s == pytest.approx(0.12 * 5.0)


def test_a_path_without_a_name_may_be_somebody_who_is_not_seen_elsewhere(tmp_path: Path) -> None:
    # Bea is always in view, whatever the pictures say; Cy is never, and 3 nats under nobody
    lives = [ADA, BEA, Life(3, "", [("visible", 80, SURE)])]
    votes = [(3, 10, {"Bea": 0.0, "Cy": -4.0, "": -1.0}), (3, 40, {"Bea": 0.0, "Cy": -4.0, "": -1})]
    run = finished(write_run(tmp_path / "out", lives, ["Ada", "Bea", "Cy"], votes=votes))
    (moment,) = run.moments
    assert moment.title == "track 3 has no name and may be Cy"
    assert moment.wrong_s == pytest.approx(8.0 * 0.55 * 0.5, rel=1e-3)
    assert moment.answers[0].sentences == ("track 3 is Cy from frame 1 to 80",)


def test_nobody_is_asked_about_while_no_player_is_missing(tmp_path: Path) -> None:
    lives = [BEA, Life(3, "", [("visible", 80, SURE)])]
    votes = [(3, 10, {"Bea": 0.0})]
    assert not finished(write_run(tmp_path / "out", lives, ["Bea"], votes=votes)).moments


def test_a_missing_player_is_on_one_path_at_a_time(tmp_path: Path) -> None:
    # two paths look like Cy all the time, e to one; a third comes when both have gone
    lives = [
        BEA,
        Life(3, "", [("visible", 40, SURE)], x=200),
        Life(4, "", [("visible", 40, SURE)], x=250),
        Life(5, "", [("visible", 20, SURE)], first=61, x=200),
    ]
    votes = [(3, 10, {"Cy": -1.0, "": -1.0}), (4, 10, {"Cy": -2.0, "": -1.0}),
             (5, 70, {"Cy": -1.0, "": -1.0})]  # fmt: skip
    run = finished(write_run(tmp_path / "out", lives, ["Bea", "Cy"], votes=votes))
    by_track = {m.track: m.wrong_s for m in run.moments}
    e = np.e
    assert by_track[3] == pytest.approx(4.0 * 0.55 * e / (1 + e), rel=2e-2)
    assert by_track[4] == pytest.approx(4.0 * 0.55 * 1 / (1 + e), rel=2e-2)
    assert by_track[5] == pytest.approx(2.0 * 0.55, rel=2e-2)


def test_what_is_to_be_copied_stands_with_each_moment_and_comes_first(tmp_path: Path) -> None:
    lives = [BEA, Life(3, "Ada O'Hara", [("visible", 50, LOW)], first=31), Life(4, "", BEA.parts)]
    text = html(write_run(tmp_path / "out", lives, ["Ada O'Hara", "Bea", "$(rm) Cy"]))
    page = Page(text)
    said = [t for t in page.texts if t.startswith("teamsheet correct")]
    words = shlex.split(said[0])
    assert words[:2] == ["teamsheet", "correct"]
    assert parse(words[4], ["Ada O'Hara", "Bea", "$(rm) Cy"]).track in {3, 4}
    for line in said:  # a shell runs nothing that is in a name
        assert "$" not in line or "'" in line
    assert text.index("Check these first") < text.index("Who was seen")


def test_paths_without_a_name_are_folded_away(tmp_path: Path) -> None:
    text = html(write_run(tmp_path / "out", [BEA, Life(4, "", BEA.parts)], ["Bea"]))
    assert text.index("1 path without a name") < text.index('href="#track-4"')
    assert text.index("<details>") < text.index('href="#track-4"') < text.rindex("</details>")


def test_the_page_says_first_how_much_is_found_and_what_is_shared(tmp_path: Path) -> None:
    # Ada is behind Bea's box for 2 of 8 s; Cy is never named
    hidden = Life(1, "Ada", [("visible", 30, SURE), ("occluded", 20, SURE), ("visible", 30, SURE)],
                  x=BEA.x)  # fmt: skip
    run = finished(write_run(tmp_path / "out", [hidden, BEA], ["Ada", "Bea", "Cy"]))
    assert run.honesty.found == pytest.approx(14 / 8)
    assert 1.9 < run.honesty.expected <= 2.0
    assert run.honesty.shared == [(31, 50)]
    assert run.honesty.shared_s == pytest.approx(2.0)
    text = " ".join(Page(html(run.out)).texts)
    assert "Of 2 named players about 2.0 are in view at a time, and 1.8 have a box" in text
    assert "Never named: Cy." in text
    assert "For 2.0 s several people share one box, the longest at 0:03.0-0:04.9" in text


def test_seconds_likely_wrong_are_told_apart(tmp_path: Path) -> None:
    # 2 s in a box that hides somebody; a doubt of 50:50 about the 2 s after a meeting
    hidden = Life(1, "Ada", [("visible", 30, SURE), ("occluded", 20, SURE), ("visible", 30, SURE)],
                  x=BEA.x)  # fmt: skip
    cy = Life(3, "Cy", BEA.parts, x=40)
    run = finished(
        write_run(tmp_path / "out", [hidden, BEA, cy], ["Ada", "Bea", "Cy"],
                  doubts=[(60, 2, 3, 0.0)])
    )  # fmt: skip
    wrong = run.honesty.wrong
    assert wrong["Bea"].other_s == pytest.approx(0.35 * 2.0 + TRADED * 0.5 * 2.0, rel=1e-3)
    assert wrong["Cy"].other_s == pytest.approx(TRADED * 0.5 * 2.0, rel=1e-3)
    assert wrong["Bea"].loose_s == 0
    assert 1.5 < wrong["Ada"].missing_s <= 2.0


def test_a_box_whose_height_jumps_is_loose(tmp_path: Path) -> None:
    rows = read_rows(write_run(tmp_path / "out", [BEA], ["Bea"]) / "tracks.csv", FPS)
    boxes = rows.boxes.copy()
    boxes[[20, 21, 50], 1] -= [12, 8, 3]  # of 60 px: by a fifth, an eighth, a twentieth
    found = jumping(replace(rows, boxes=boxes))
    assert np.flatnonzero(found).tolist() == [20]


def test_lesser_doubts_about_the_same_are_told_with_the_worst(tmp_path: Path) -> None:
    life = Life(2, "Bea", [("visible", 20, SURE), ("visible", 5, 0.7), ("visible", 55, SURE)])
    out = write_run(tmp_path / "out", [life, ADA], ["Ada", "Bea"], doubts=[(18, 2, 1, 0.1)])
    (moment,) = finished(out).moments
    assert moment.kind == "trade"
    assert moment.also == ["Bea is not sure"]


def test_doubts_about_a_stretch_are_told_where_all_of_it_is_asked_about(tmp_path: Path) -> None:
    life = Life(1, "Bea", [("visible", 20, SURE), ("visible", 60, LOW)])
    other = Life(2, "Ada", BEA.parts, x=120)
    out = write_run(tmp_path / "out", [life, other], ["Ada", "Bea"], doubts=[(76, 1, 2, 0.5)])
    (moment,) = finished(out).moments
    assert moment.title == "Bea is not sure"
    assert moment.also == ["Bea may have traded places with Ada (frame 76)"]


def test_bars_have_a_span_for_every_change(tmp_path: Path) -> None:
    run = finished(write_run(tmp_path / "out", [ADA, BEA], ["Ada", "Bea"]))
    scale = timeline.scale_of(run.rows, run.people)
    assert scale.length == 80
    line = timeline.timeline_of(run.rows, run.people[0], np.array([17]), scale)
    assert line.bars[Visibility.VISIBLE] == "M0 0h30M60 0h20"
    assert line.bars[Visibility.OCCLUDED] == "M30 0h10"
    assert line.bars[Visibility.ABSENT] == "M40 0h20"
    assert line.doubts == "M16 0v1"
    assert line.confidence == "M0 0h40M60 0h20"


def test_a_restless_run_is_drawn_in_longer_steps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flicker = [("visible", 1, SURE), ("occluded", 1, SURE)] * 40
    out = write_run(tmp_path / "out", [Life(1, "Ada", flicker)], ["Ada"])
    monkeypatch.setattr(timeline, "_MOST_SPANS", 50)
    run = finished(out)
    scale = timeline.scale_of(run.rows, run.people)
    assert scale.step_s >= 0.2
    assert scale.length_s == pytest.approx(8.0)
    assert run.people[0].seconds[Visibility.VISIBLE] == pytest.approx(4.0)  # counted all the same


def test_an_older_run_has_no_evidence_and_the_page_says_so(tmp_path: Path) -> None:
    life = Life(1, "Ada", [("visible", 20, LOW)])
    text = html(write_run(tmp_path / "out", [life], ["Ada"], evidence=False))
    assert "An older run without evidence/" in text
    assert "Ada is not sure" in text
    assert "teamsheet explain" not in text


def test_without_a_gallery_paths_are_shown(tmp_path: Path) -> None:
    lives = [Life(n, "", [("visible", 10 + n, SURE)], x=30 * n) for n in (1, 2)]
    out = write_run(tmp_path / "out", lives, None)
    assert [p.label for p in finished(out).people] == ["track 2", "track 1"]
    text = html(out)
    assert "Tracked without a gallery" in text
    assert 'id="track-2"' in text


def test_passwords_of_addresses_are_not_passed_on(tmp_path: Path) -> None:
    spec = "rtsp://me:secret@camera/1"
    text = html(write_run(tmp_path / "out", [BEA], ["Bea"], spec=spec, command=["track", spec]))
    assert "secret" not in text
    assert "no pictures: 1 was live" in text


def test_clocks() -> None:
    assert Clock(20)(8.56) == "0:08.6"
    assert Clock(7200)(3725.4) == "1:02:05"
    assert Clock(7200).fine(59.97) == "1:00.0"


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
    code = "from tracker.cli import main; main()"
    words = [sys.executable, "-c", code, "report"]
    done = subprocess.run([*words, str(out)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert f"wrote {out / 'report.html'}" in done.stdout
    assert "gone.mp4" in done.stderr
    done = subprocess.run([*words, str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
