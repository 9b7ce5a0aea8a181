"""A season of two small matches that `teamsheet batch` tracks on Ray, to be killed while it does.

At one frame a second 20 frames are a part, and boxes without pictures take no time to look at, so
that most moments lie in Ray's own beginning and end.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.worlds import kills as kills
from tracker.runs import pipeline
from tracker.runs.request import TrackRequest
from tracker.settings import Settings

MATCHES = {"a": 170, "b": 90}
OLD = 30
WAYS = ("batch", "batch --overwrite")
_NOTES = "notes.txt"
_GONE_S = 60.0
"""So long after a kill Ray's own processes may take to see that nobody is there."""
_NO_RAY = "Ray did not begin"
_BEGIN = "import sys; from tracker.cli.app import main; sys.argv[0] = 'teamsheet'; main()"


def build(root: Path) -> Path:
    """a/, b/ with boxes, list.txt, and out/ in which both were tracked before, in part."""
    for name, frames in MATCHES.items():
        folder = root / name / "det"
        folder.mkdir(parents=True)
        rows = [
            f"{f},-1,{50 + 150 * k + f},100,40,100,0.9,-1,-1,-1\n"
            for f in range(1, frames + 1) for k in range(3)
        ]  # fmt: skip
        (folder / "det.txt").write_text("".join(rows))
        (folder.parent / "seqinfo.ini").write_text(
            f"[Sequence]\nframeRate=1\nseqLength={frames}\nimWidth=900\nimHeight=360\n"
        )
    (root / "list.txt").write_text("".join(f"{name}\n" for name in MATCHES))
    for name in MATCHES:
        out = root / "out" / name
        request = TrackRequest(str(root / name), out, Settings(), frames=(1, OLD))
        pipeline.track(request, kills.quiet, kills.quiet)
        (out / _NOTES).write_text("ask the coach\n")
    return root


@dataclass(frozen=True, slots=True)
class Batch:
    """The command, as it runs. ray: Ray's folder, by which its processes are known again."""

    process: subprocess.Popen[str]
    ray: Path

    @classmethod
    def started(cls, root: Path, ray: Path, *how: str) -> Batch:
        words = ["batch", str(root / "list.txt"), "-o", str(root / "out"), "--workers", "2", *how]
        env = os.environ | {"RAY_TMPDIR": str(ray), "PYTHONPATH": os.pathsep.join(sys.path)}
        process = subprocess.Popen(
            [sys.executable, "-c", _BEGIN, *words], env=env, text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        return cls(process, ray)

    def ended(self) -> tuple[int, str]:
        """Exit code, and what it said."""
        said, _ = self.process.communicate(timeout=300)
        return self.process.returncode, said

    def orphans(self) -> list[str]:
        """Processes of Ray that are still there when all had time to end; they are ended."""
        until = time.monotonic() + _GONE_S
        while (left := _running(str(self.ray))) and time.monotonic() < until:
            time.sleep(0.2)
        names = [_called(process) for process in left]
        for process in left:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        return names


def _called(process: int) -> str:
    try:
        words = Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return ""
    return b" ".join(words[:4]).decode(errors="replace")


def _running(place: str) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            told = (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
            alive = (folder / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
        except OSError:
            continue
        if alive and place.encode() in told and int(folder.name) != os.getpid():
            found.append(int(folder.name))
    return found


def whole(world: Path, root: Path, ray: Path) -> tuple[float, dict[str, dict[str, str]]]:
    """How long the command takes, and what it writes."""
    kills.copied(world, root)
    begun = time.monotonic()
    run = Batch.started(root, ray, "--overwrite")
    code, said = run.ended()
    spent = time.monotonic() - begun
    assert code == 0, said
    run.orphans()
    return spent, {name: kills.files(root / "out" / name) for name in MATCHES}


def trial(
    world: Path, root: Path, ray: Path, way: str, after_s: float, how: signal.Signals,
    new: dict[str, dict[str, str]], tally: Counter[str],
) -> None:  # fmt: skip
    """Kill it once, look, go on; counted in `tally`. new: what it writes where nobody kills it."""
    kills.copied(world, root)
    fresh = way == "batch"
    if fresh:
        kills.shutil.rmtree(root / "out")
    run = Batch.started(root, ray, *([] if fresh else ["--overwrite"]))
    time.sleep(after_s)
    run.process.send_signal(how)
    code, said = run.ended()
    tally["trials"] += 1
    tally["traceback"] += "Traceback" in said
    odd = code not in (0, -how if how == signal.SIGKILL else 130) and _NO_RAY not in said
    tally["other exit code"] += odd
    if odd:
        print(f"{way}, {how.name} after {after_s:.1f} s: {code}: {said}", file=sys.stderr)
    _look(root / "out", world / "out", fresh, new, tally)
    run = Batch.started(root, ray, "--resume")  # at once, while what was killed may still end
    code, said = run.ended()
    if code and _NO_RAY in said:  # a machine so busy that Ray gave up, and one line that says so
        tally["Ray did not begin"] += 1
        run = Batch.started(root, ray, "--resume")
        code, said = run.ended()
    if code and not fresh:  # of which nothing was begun: the old run is of other frames
        run = Batch.started(root, ray, "--overwrite")
        code, said = run.ended()
    tally["failed again"] += code != 0
    if code:
        print(f"{way}, {how.name} after {after_s:.1f} s, then {code}: {said}", file=sys.stderr)
    tally["traceback"] += "Traceback" in said
    tally["other bytes"] += {
        name: _results(root / "out" / name, fresh) for name in MATCHES
    } != {name: _without(new[name], fresh) for name in MATCHES}  # fmt: skip
    tally["hidden"] += bool(kills.hidden(root))
    left = run.orphans()
    tally["orphans"] += bool(left)
    if left:
        print(f"{way}, {how.name} after {after_s:.1f} s: left {left}", file=sys.stderr)


def _look(
    out: Path, old: Path, fresh: bool, new: dict[str, dict[str, str]], tally: Counter[str]
) -> None:
    for name in MATCHES:
        kills.recover(out / name)
        found = kills.files(out / name) if (out / name).is_dir() else {}
        if not fresh:
            tally["lost"] += _NOTES not in found
            tally["OUT missing"] += "tracks.csv" not in found
        ways = [_tables(kills.files(old / name)), _tables(new[name]), {}]
        tally["mixed"] += _tables(found) not in ways


def _tables(files: dict[str, str]) -> dict[str, str]:
    return {k: v for k, v in files.items() if not k.startswith("observations") and k != _NOTES}


def _results(out: Path, fresh: bool) -> dict[str, str]:
    return _without(kills.files(out), fresh)


def _without(files: dict[str, str], fresh: bool) -> dict[str, str]:
    return {k: v for k, v in files.items() if not fresh or k != _NOTES}
