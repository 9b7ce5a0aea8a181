"""A disk that is full, of six sizes, beneath every command that writes: nothing is lost.

The disk is a small one of its own (tmpfs), which takes the right to mount one; where nobody may, no
file may become larger than what would be free (RLIMIT_FSIZE), which comes up at the same writes.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.integration.test_kills import TARGETS
from tests.worlds import kills as kills
from tests.worlds.bad_inputs import command

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs fork")

ROOM = (0, 4, 16, 48, 120, 200)
"""Kilobytes that are free. The tables of the run take 10, a chunk of observations 180."""
_TRACK = ("track", "out/match", "--gallery", "players", "--detections", "det.txt")
_CUT = ("gallery", "cut", "out/match", "--boxes", "gt.txt", "--names", "names.csv", "-o", "players",
        "--per-player", "3", "--min-pictures", "2", "--overwrite")  # fmt: skip
COMMANDS: dict[str, tuple[str, ...]] = {
    "track": (*_TRACK, "-o", "second"),
    "track --overwrite": (*_TRACK, "-o", "out", "--overwrite"),
    "track --overwrite --render": (*_TRACK, "-o", "out", "--overwrite", "--render"),
    "track --resume": (*_TRACK, "-o", "out", "--resume", "--frames", "1:10", "--set",
                       "follow.confirm_s=0.3"),
    "correct": ("correct", "out", "--set", "track 3 is nobody"),
    "report": ("report", "out", "--overwrite"),
    "gallery people": ("gallery", "people", "out", "--overwrite"),
    "gallery cut": _CUT,
    "gallery add": ("gallery", "add", "--from", "fresh", "--gallery", "players"),
    "gallery export": ("gallery", "export", "out/match", "--boxes", "gt.txt", "--names",
                       "names.csv", "--to", "yolo-detect", "-o", "data", "--overwrite"),
    "gallery check": ("gallery", "check", "players", "-o", "check.html", "--overwrite"),
    "eval": ("eval", "gt.txt", "out", "-o", "scores", "--overwrite", "--jobs", "1"),
    "convert": ("convert", "out/tracks.csv", "--to", "mot", "-o", "boxes.txt", "--overwrite"),
    "tubelets": ("tubelets", "out/match", "out", "-o", "clips", "--size", "16", "--frames", "2",
                 "--stride", "2", "--format", "npy", "--overwrite"),
    "render": ("render", "out/match", "out/tracks.csv", "-o", "out/video.mp4", "--overwrite"),
}  # fmt: skip
_TARGETS = {**TARGETS, "gallery check": "check.html"}
_CACHE = "observations/followed.npz"  # written before the results, and known by its key
_FILES = ("out", "players", "fresh")


@dataclass
class Disk:
    """place: where it is mounted, if it could be. whole: what each command writes with room. ways:
    what then tells the results in out/ before and after."""

    place: Path
    mounted: bool
    world: Path
    whole: dict[str, dict[str, str]] = field(default_factory=dict)
    ways: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)

    @property
    def root(self) -> Path:
        """Always the same, for it stands in what is written."""
        return self.place / "root"

    def fill(self, room: int) -> None:
        """Leave so many bytes."""
        space = os.statvfs(self.place)
        with (self.place / "filler").open("wb") as file:
            file.write(bytes(max(space.f_bavail * space.f_frsize - room, 0)))

    def with_room(self, words: tuple[str, ...]) -> None:
        """In this process, so that what a command imports is there for all that are forked."""
        with contextlib.chdir(self.root):
            end = command(list(words))
        assert end.code == 0, end.lines

    def ended(self, words: tuple[str, ...], room: int | None) -> tuple[int, list[str]]:
        """Exit code and lines of stderr of a command in a process of its own."""
        reader, writer = os.pipe()
        if child := os.fork():
            os.close(writer)
            with os.fdopen(reader) as pipe:
                said = pipe.read()
            os.waitpid(child, 0)
            return tuple(json.loads(said))
        try:
            os.chdir(self.root)
            if room is not None and not self.mounted:
                resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
            end = command(list(words))
            answer = [end.code, end.lines]
        except BaseException as error:
            answer = [-1, [repr(error)]]
        resource.setrlimit(resource.RLIMIT_FSIZE, (-1, -1))
        os.write(writer, json.dumps(answer).encode())
        os._exit(0)


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Disk]:
    world = kills.build(tmp_path_factory.mktemp("full") / "world")
    place = tmp_path_factory.mktemp("disk")
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(place)]
    try:
        mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except OSError:
        mounted = False
    yield Disk(place, mounted, world)
    if mounted:
        subprocess.run(["umount", str(place)], check=True)


def state(root: Path, target: str) -> dict[str, dict[str, str]]:
    return {name: kills.files(root / name) for name in {*_FILES, target} if (root / name).exists()}


def again(name: str, disk: Disk) -> tuple[int, list[str]]:
    """As the line says: by the same command, a run by --resume, or where nothing was observed, so
    that this is refused, by the same command again."""
    words = COMMANDS[name]
    if words[0] == "track":
        resumed = tuple(word for word in words if word != "--overwrite")
        code, lines = disk.ended((*resumed, "--resume") if "--resume" not in words else words, None)
        if code == 0:
            return code, lines
        assert "--overwrite" in lines[-1] or "--frames" in lines[-1], lines
    return disk.ended(words, None)


@pytest.mark.parametrize("room", [1024 * size for size in ROOM])
@pytest.mark.parametrize("name", COMMANDS)
def test_a_disk_that_is_full_loses_nothing(name: str, room: int, disk: Disk) -> None:
    target = _TARGETS.get(name, "out")
    old = state(kills.copied(disk.world, disk.root), target)
    if name not in disk.whole:
        disk.with_room(COMMANDS[name])
        disk.whole[name] = kills.files(disk.root / target)
        disk.ways[name] = [kills.results(of / "out") for of in (disk.world, disk.root)]
        kills.copied(disk.world, disk.root)
    disk.fill(room)
    code, lines = disk.ended(COMMANDS[name], room)
    after, whole = state(disk.root, target), disk.whole[name]
    assert code in (0, 2), lines
    assert kills.mine(disk.root) == []
    assert kills.results(disk.root / "out") in disk.ways[name]
    if code == 0:
        assert after[target] == whole
    else:
        full = [line for line in lines if "no room to write" in line]
        assert full == lines[-1:], lines
        assert str(disk.place) in full[0] or full[0].startswith("teamsheet: ")
        remedy = "--resume" if COMMANDS[name][0] == "track" else "and try again"
        assert "make room there" in full[0]
        assert remedy in full[0]
        kept(after, old, name, target)
    (disk.place / "filler").unlink()
    code, lines = (0, []) if code == 0 else again(name, disk)
    assert code == 0, lines
    assert kills.files(disk.root / target) == whole
    kills.look(disk.root)
    assert kills.hidden(disk.root) == []


def kept(
    after: dict[str, dict[str, str]], old: dict[str, dict[str, str]], name: str, target: str
) -> None:
    """All is as it was, but for what is new beside it: observations that go on, a video that was
    not finished after the tables of its run were."""
    for place, files in old.items():
        files = {k: v for k, v in files.items() if k != _CACHE}
        mine = {k: v for k, v in after.get(place, {}).items() if k in files}
        if name == "track --overwrite --render" and place == "out" and mine != files:
            continue  # the new tables are there, whole
        assert mine == files, (place, set(files.items()) ^ set(mine.items()))
    if target not in old and name != "track":
        assert target not in after


def test_the_disk_is_full_where_it_should_be(disk: Disk) -> None:
    """Else the test above shows nothing."""
    if not disk.mounted:
        return
    kills.copied(disk.world, disk.root)
    disk.fill(8192)
    with pytest.raises(OSError, match="No space left"):
        (disk.place / "more").write_bytes(bytes(8192 + 4096))
