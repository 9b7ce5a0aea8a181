"""Whole or not at all, one writer at a time, and nothing of the user's is touched."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gallery.atomic import in_place, lock, write
from gallery.atomic.lock import BusyError, hold
from gallery.atomic.write import WriteError, added, recover, staged
from tests.worlds import kills as kills
from tracker.output.run_files import OutputError
from tracker.output.run_folder import is_own, put_right_run, replaced, working
from tracker.output.stale import STALE
from tracker.runs import correct as correcting

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs fork")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return kills.build(tmp_path_factory.mktemp("whole") / "world")


@pytest.fixture
def world(made: Path, tmp_path: Path) -> Path:
    return kills.copied(made, tmp_path / "world")


def beside(work: Callable[[], object]) -> int:
    """The id of a process that does it, and ends."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:
            os._exit(1)
        os._exit(0)
    return child


def fill(out: Path, **texts: str) -> None:
    out.mkdir(exist_ok=True)
    for name, text in texts.items():
        (out / name).write_text(text)


def contents(folder: Path) -> dict[str, str]:
    return {f.name: f.read_text() for f in sorted(folder.iterdir()) if f.is_file()}


# ------------------------------------------------------------------------- whole or nothing


@pytest.mark.parametrize("way", ["exchange", "two renames", "no links", "in place"])
def test_what_is_not_replaced_stays(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if way != "exchange":
        monkeypatch.setattr(write, "exchange", lambda *_: False)
    if way == "no links":
        monkeypatch.setattr(os, "link", lambda *_, **__: (_ for _ in ()).throw(PermissionError()))
    out = tmp_path / "out"
    fill(out, result="old", notes="mine", gone="old")
    fill(out / "deep", more="mine")
    (out / "alias").symlink_to("deep")
    if way == "in place":
        monkeypatch.chdir(out)
    with staged(out, {"result", "gone"}.__contains__) as draft:
        fill(draft, result="new")
    assert contents(out) == {"result": "new", "notes": "mine"}
    assert contents(out / "deep") == {"more": "mine"}
    assert os.readlink(out / "alias") == "deep"
    assert kills.hidden(tmp_path) == []


@pytest.mark.parametrize("way", ["exchange", "two renames"])
@pytest.mark.parametrize("stop", [KeyboardInterrupt, OSError, MemoryError])
def test_old_things_come_back_on_any_exception(
    stop: type[BaseException], way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path / "out", result="old")
    if way == "two renames":
        monkeypatch.setattr(write, "exchange", lambda *_: False)
    real = os.replace

    def stopped(one: Path, other: Path) -> None:
        if Path(other).name == "out" and Path(one).name.endswith("partial"):
            raise stop
        real(one, other)

    monkeypatch.setattr(os, "replace", stopped)
    monkeypatch.setattr(
        write, "exchange", (lambda *_: False) if way != "exchange" else _raise(stop)
    )
    with pytest.raises(stop), staged(tmp_path / "out") as draft:
        fill(draft, result="new")
    assert contents(tmp_path / "out") == {"result": "old"}
    assert kills.hidden(tmp_path) == []


def _raise(stop: type[BaseException]) -> Callable[..., bool]:
    def never(*_: object) -> bool:
        raise stop

    return never


def test_what_is_put_into_the_folder_while_it_is_replaced_is_there_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    fill(out, result="old", notes="first")
    real = write.swap

    def meanwhile(draft: Path, place: Path) -> None:
        fill(out, late="mine")
        (out / "notes.new").write_text("second")
        os.utime(out / "notes.new", (2e9, 2e9))
        os.replace(out / "notes.new", out / "notes")  # as an editor saves
        real(draft, place)

    monkeypatch.setattr(write, "swap", meanwhile)
    with staged(out, {"result"}.__contains__) as draft:
        fill(draft, result="new")
    assert contents(out) == {"result": "new", "late": "mine", "notes": "second"}


def test_between_two_renames_a_reader_puts_the_old_folder_back(tmp_path: Path) -> None:
    """Of a disk that cannot exchange, killed between the two."""
    fill(tmp_path / ".out.old", result="old")
    fill(tmp_path / ".out.partial", result="new", **{write.MARK: '{"gone": [], "keep": ""}'})
    recover(tmp_path / "out")
    assert contents(tmp_path / "out") == {"result": "old"}
    assert kills.hidden(tmp_path) == []


def test_a_mark_leads_to_no_other_place(tmp_path: Path) -> None:
    fill(tmp_path / "secret", a="b")
    mark = json.dumps({"gone": [], "keep": ".out.x/../../secret"})
    fill(tmp_path / "out", result="x", **{write.MARK: mark})
    recover(tmp_path / "out")
    assert contents(tmp_path / "secret") == {"a": "b"}
    assert contents(tmp_path / "out") == {"result": "x"}


def test_pictures_are_added_all_or_none(tmp_path: Path) -> None:
    fill(tmp_path / "players", a="1")
    with pytest.raises(RuntimeError), added(tmp_path / "players") as draft:  # noqa: PT012
        fill(draft, b="2")
        raise RuntimeError
    assert contents(tmp_path / "players") == {"a": "1"}
    draft = in_place.draft_in(tmp_path / "players")  # killed when all counts as written
    fill(draft, b="2", **{"gone.json": '{"gone": [], "merge": true}'})
    draft.rename(tmp_path / "players" / in_place.READY)
    recover(tmp_path / "players")
    assert contents(tmp_path / "players") == {"a": "1", "b": "2"}
    assert kills.hidden(tmp_path) == []


def test_what_a_stranger_left_inside_moves_nothing_from_outside(tmp_path: Path) -> None:
    fill(tmp_path / "secret", a="b")
    ready = tmp_path / "out" / in_place.READY
    fill(tmp_path / "out", result="x")
    fill(ready, **{"gone.json": '{"gone": ["../secret", ".."], "merge": true}'})
    (tmp_path / "out" / "into").mkdir()
    (ready / "into").symlink_to(tmp_path / "secret")
    with contextlib.suppress(OSError):
        recover(tmp_path / "out")
    assert contents(tmp_path / "secret") == {"a": "b"}
    assert contents(tmp_path / "out")["result"] == "x"


def test_a_lock_that_leads_elsewhere_is_not_written(tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("dear")
    (tmp_path / ".out.lock").symlink_to(tmp_path / "letter")
    with pytest.raises(BusyError, match="no lock of teamsheet"), hold(tmp_path / "out", "correct"):
        pass
    assert (tmp_path / "letter").read_text() == "dear"


# ------------------------------------------------------------------------------------ lock


def test_a_lock_says_who_holds_it_and_since_when(tmp_path: Path) -> None:
    reader, writer = os.pipe()

    def work() -> None:
        with hold(tmp_path / "out", "track", long=True):
            os.write(writer, b"x")
            signal.pause()

    child = beside(work)
    os.read(reader, 1)
    with (
        pytest.raises(BusyError, match=rf"teamsheet track \(process {child} on \S+, since 20\d\d-"),
        hold(tmp_path / "out", "correct"),
    ):
        pass
    os.kill(child, signal.SIGKILL)  # it dies with its holder
    os.waitpid(child, 0)
    with hold(tmp_path / "out", "correct", wait_s=0):
        assert list(tmp_path.iterdir()) == [tmp_path / ".out.lock"]
    assert list(tmp_path.iterdir()) == []


def test_a_disk_without_locks_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(lock.fcntl, "flock", _no_locks)
    with hold(tmp_path / "out", "correct"):
        pass
    assert "has no locks" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def _no_locks(*_: object) -> None:
    raise OSError(37, "No locks available")


# ------------------------------------------------------------------------------- full disk


@pytest.mark.parametrize("size", [0, 300, 1000, 3000, 10_000, 30_000])
@pytest.mark.parametrize("name", ["correct", "track --overwrite", "gallery cut", "eval"])
def test_a_disk_that_is_full_leaves_all_as_it_was(name: str, size: int, world: Path) -> None:
    """No file may become larger than this, which comes up where a full disk does."""
    before = kills.results(world / "out"), kills.files(world / "players")

    def full() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        kills.hushed(kills.COMMANDS[name], world)

    code = os.waitstatus_to_exitcode(os.waitpid(beside(full), 0)[1])
    after = kills.results(world / "out"), kills.files(world / "players")
    assert (after == before) or code == 0
    assert kills.mine(world) == []
    kills.look(world)
    assert [f for f in kills.hidden(world) if not f.startswith(".out.next")] == []


# ------------------------------------------------------------------------------ two at once


def test_two_corrections_at_once_both_count(world: Path) -> None:
    said = ["track 1 is nobody", "track 2 is nobody", "track 3 is nobody from frame 5"]

    def says(text: str) -> Callable[[], object]:
        return lambda: kills.hushed(
            lambda root: correcting.correct(
                root / "out", correcting.CorrectionRequest([text]), kills.quiet
            ),
            world,
        )

    children = [beside(says(text)) for text in said]
    assert [os.waitpid(child, 0)[1] for child in children] == [0, 0, 0]
    assert sorted(one.text for one in correcting.corrections(world / "out")) == said
    assert kills.hidden(world) == []


def test_a_correction_touches_nothing_of_a_run_that_was_begun_over_it(world: Path) -> None:
    begun = working(world / "out") / "observations"
    fill(begun.parent)
    fill(begun, **{"chunk-000001.parquet": "hours"})
    kills.hushed(kills.correct, world)
    assert contents(begun) == {"chunk-000001.parquet": "hours"}


@pytest.mark.parametrize("name", ["correct", "gallery people", "track --resume"])
def test_beside_a_run_that_goes_on_nobody_else_writes(name: str, world: Path) -> None:
    reader, writer = os.pipe()

    def work() -> None:
        def wait(*_: object) -> None:
            os.write(writer, b"x")
            signal.pause()

        kills.pipeline.track(kills.request(world, overwrite=True), kills.quiet, wait)

    child = beside(work)
    os.read(reader, 1)
    before = kills.files(world / "out")
    try:
        with pytest.raises(BusyError, match="in use by teamsheet track"):
            kills.COMMANDS[name](world)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    assert kills.files(world / "out") == before


@pytest.mark.parametrize("there", [("next", "old"), ("old",)])
def test_old_observations_never_come_under_new_results(
    there: tuple[str, ...], made: Path, world: Path
) -> None:
    """As a version without marks left it: new results, and whose observations lie beside."""
    kills.overwrite(world)
    out = world / "out"
    (out / "observations").rename(world / "new")
    for kind, place in (("next", world / "new"), ("old", made / "out" / "observations")):
        if kind in there:
            (world / f".out.{kind}").mkdir()
            kills.shutil.copytree(place, world / f".out.{kind}" / "observations")
    put_right_run(out)
    found = out / "observations" / "meta.json"
    assert found.exists() == ("next" in there)
    assert not found.exists() or json.loads(found.read_text())["last"] is None


# ---------------------------------------------------------------------------- what is read


@pytest.mark.parametrize("what", ["--detections", "SOURCE"])
def test_what_is_read_is_never_what_is_replaced(what: str, world: Path) -> None:
    out = world / "out"
    changed = (
        {"detections": out / "mot.txt"}
        if what != "SOURCE"
        else {"source": str(out / "observations")}
    )
    before = kills.files(out)
    with pytest.raises(OutputError, match=f"{what}.*copy it"):
        kills.track(world, overwrite=True, **changed)
    assert kills.files(out) == before


def test_a_link_in_out_is_neither_followed_nor_moved(world: Path) -> None:
    out = world / "out"
    (out / "observations").rename(world / "elsewhere")
    (out / "observations").symlink_to(world / "elsewhere")
    kills.hushed(kills.correct, world)
    assert os.readlink(out / "observations") == str(world / "elsewhere")
    assert (world / "elsewhere" / "meta.json").is_file()


def test_what_shows_older_results_says_so(world: Path) -> None:
    out = world / "out"
    kills.hushed(kills.report, world)
    (out / "video.mp4").write_bytes(b"film")
    kills.hushed(kills.correct, world)
    assert (out / "video.mp4").read_bytes() == b"film"
    assert (out / STALE).read_text().splitlines()[1:] == ["video.mp4", "report.html"]
    assert "results of this run have changed" in (out / "report.html").read_text()
    kills.hushed(kills.report, world)
    assert (out / STALE).read_text().splitlines()[1:] == ["video.mp4"]
    assert "have changed" not in (out / "report.html").read_text()
    kills.hushed(kills.render, world)
    assert not (out / STALE).exists()


def test_the_same_results_make_nothing_stale(world: Path) -> None:
    kills.hushed(kills.report, world)
    kills.track(world, resume=True, frames=(1, kills.OLD))
    assert not (world / "out" / STALE).exists()


def _no_more_than_others() -> None:
    """Root may write everywhere; for good without two capabilities (capabilities(7)) it may not."""
    if os.geteuid() != 0:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # version 3, this thread
    held = (ctypes.c_uint32 * 6)()  # twice those that count, those it may have, those inherited
    assert libc.capget(header, held) == 0
    held[0] &= ~0b110  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
    held[1] &= ~0b110
    assert libc.capset(header, held) == 0


def test_a_folder_of_somebody_else_is_refused_before_anything_is_changed(world: Path) -> None:
    before = kills.files(world / "out")

    def work() -> None:
        _no_more_than_others()
        with pytest.raises(WriteError, match="no permission"):
            kills.correct(world)

    (world / "out").chmod(0o555)
    try:
        _, status = os.waitpid(beside(work), 0)
    finally:
        (world / "out").chmod(0o755)
    assert status == 0
    assert kills.files(world / "out") == before


def test_own_files_are_those_of_the_run(world: Path) -> None:
    with replaced(world / "out") as draft:
        fill(draft, **{"run.json": "{}"})
    assert is_own("tracks.csv")
    assert not is_own("observations")
    assert kills.mine(world) == []
    assert not (world / "out" / "tracks.csv").exists()
