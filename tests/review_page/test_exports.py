"""What the page's buttons write: the very files of the commands, with the names of now."""

from __future__ import annotations

import csv
import io
import json
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import av
import pytest

from tests.worlds.review_page import Client, FakeDesk, serving, tracked
from tracker.review_page.jobs import Progress, Result
from tracker.runs.review_desk import Desk
from tracker.video.open import open_source


def _quiet(line: str) -> None:
    return None


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("exports")
    out = tracked(folder)
    desk = Desk.open(out, None, _quiet)
    clip = str(folder / "clip")
    with serving(out, open_source(clip), desk, spec=clip) as client:
        yield client
    desk.close()


def _done(client: Client, kind: str, body: object = None) -> dict[str, object]:
    begun = client.post(f"/api/export/{kind}", body)
    assert begun.status == 200, begun.body
    number = begun.tree["number"]
    status = client.until(lambda s: s["job"]["number"] == number and s["job"]["state"] != "running")
    job: dict[str, object] = status["job"]
    return job


def _out(client: Client) -> Path:
    return client.served.exports.out


def test_minutes_are_those_of_the_report(client: Client) -> None:
    job = _done(client, "minutes")
    assert job["state"] == "done", job
    file = _out(client) / "review" / "minutes.csv"
    assert job["file"] == str(file)
    rows = list(csv.DictReader(file.open(encoding="utf-8")))
    assert [row["player"] for row in rows] == ["Ann", "Bea", "Cat"]
    assert all(float(row["seen_s"]) == pytest.approx(2.4, abs=0.2) for row in rows)
    assert client.ask("/api/export/minutes").body == file.read_bytes()


def test_what_was_said_is_in_the_files_first(client: Client) -> None:
    names = [player["name"] for player in client.ask("/api/facts").tree["players"]]
    track, who = next(
        (row[0], row[1]) for row in client.ask("/api/boxes?first=9&last=9").tree["frames"][0]
        if names[row[1]] == "Cat"
    )  # fmt: skip
    assert names[who] == "Cat"
    part = {"track": track, "first": 1, "last": 60, "player": ""}
    assert client.post("/api/answer", {"verdict": "said", "parts": [part]}).status == 200
    assert "Cat" in (_out(client) / "tracks.csv").read_text()
    job = _done(client, "table")
    assert job["file"] == str(_out(client) / "tracks.csv")
    assert "Cat" not in (_out(client) / "tracks.csv").read_text()
    assert client.ask("/api/export/table").body == (_out(client) / "tracks.csv").read_bytes()
    client.post("/api/undo")
    assert _done(client, "table")["state"] == "done"
    assert "Cat" in (_out(client) / "tracks.csv").read_text()


def test_the_video_is_drawn(client: Client) -> None:
    job = _done(client, "video")
    assert (job["state"], job["done"], job["of"]) == ("done", 60, 60), job
    fetched = client.ask("/api/export/video")
    assert fetched.headers["content-disposition"] == 'attachment; filename="video.mp4"'
    with av.open(io.BytesIO(fetched.body)) as container:
        assert sum(1 for _ in container.decode(video=0)) == 60


def test_clips_of_a_player(client: Client) -> None:
    job = _done(client, "clip", {"player": "Ann"})
    assert job["state"] == "done", job
    folder = _out(client) / "review" / "clips" / "Ann"
    index = json.loads((folder / "index.json").read_text())
    assert {clip["player"] for clip in index["clips"]} == {"Ann"}
    with zipfile.ZipFile(io.BytesIO(client.ask("/api/export/clip").body)) as archive:
        assert len(archive.namelist()) == len(index["clips"]) > 0
    again = _done(client, "clip", {"player": "Bea"})
    assert again["state"] == "done"
    assert (folder / "index.json").exists()  # of the others nothing is lost


@pytest.mark.parametrize("player", ["../../evil", "/etc", "C:\\x", "Nobody", "=1+1"])
def test_a_player_whom_nobody_knows_is_told_and_nothing_is_written(
    client: Client, player: str
) -> None:
    before = sorted(_out(client).parent.rglob("*"))
    job = _done(client, "clip", {"player": player})
    assert job["state"] == "failed"
    assert "nobody of that name" in str(job["line"])
    assert "\n" not in str(job["line"])
    there = set(_out(client).parent.rglob("*")) - set(before)
    assert all(path == _out(client) / "review" / "clips" for path in there)


def test_a_folder_of_the_users_own_is_left_alone(client: Client) -> None:
    own = _out(client) / "review" / "clips" / "Cat"
    own.mkdir(parents=True, exist_ok=True)
    (own / "notes.txt").write_text("mine")
    job = _done(client, "clip", {"player": "Cat"})
    assert (job["state"], "was not written by tubelets" in str(job["line"])) == ("failed", True)
    assert [f.name for f in own.iterdir()] == ["notes.txt"]


def test_a_closer_look_is_told_where_it_cannot_be_taken(client: Client) -> None:
    begun = client.post("/api/closer")
    assert begun.tree["kind"] == "closer"
    status = client.until(lambda s: s["job"]["state"] != "running")
    assert status["job"]["state"] == "failed"
    assert status["job"]["line"]


@pytest.mark.parametrize("body", [{}, {"player": ""}, {"player": 7}, {"player": ["Ann"]}])
def test_clips_of_whom_is_to_be_said(client: Client, body: object) -> None:
    answer = client.post("/api/export/clip", body)
    assert answer.status == 400
    assert "player" in answer.tree["error"]


def test_one_at_a_time(tmp_path: Path) -> None:
    with serving(tmp_path, None, FakeDesk()) as client:
        going = threading.Event()

        def long(progress: Progress) -> Result:
            progress(3, 10)
            assert going.wait(60)
            return Result("done at last")

        client.served.jobs.start("video", long)
        client.until(lambda s: s["job"]["done"] == 3)
        refused = client.post("/api/export/minutes")
        assert refused.status == 409
        assert "video is being made" in refused.tree["error"]
        going.set()
        status = client.until(lambda s: s["job"]["state"] == "done")
        assert status["job"]["line"] == "done at last"
        assert client.ask("/api/export/video").status == 404  # nothing was written


def test_work_that_fails_is_told_and_the_next_may_begin(tmp_path: Path) -> None:
    with serving(tmp_path, None, FakeDesk()) as client:
        failed = _done(client, "minutes")  # there is no run in that folder
        assert failed["state"] == "failed"
        assert "run.json" in str(failed["line"])
        assert _done(client, "minutes")["number"] == 2
