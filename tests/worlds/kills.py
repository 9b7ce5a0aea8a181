"""A small world in which every command that writes can be killed before any file operation."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import shutil
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from tests.worlds.gallery import SHIRTS, draw_clip, draw_gallery, person
from tracker import config
from tracker.output.run_folder import recover
from tracker.runs import pipeline

OLD, NEW = 10, 16  # frames of the run that is there, and of the one that replaces it
_WRITES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate"}
_FLAGS = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_RESULTS = ("tracks.csv", "mot.txt", "mot_full.txt", "mot_players.txt")
_MINE = ("notes.txt", "mine/Ann/00.png", "match/000001.png")
"""What somebody keeps in OUT: notes, a gallery, the pictures that are tracked."""


def quiet(*_: object) -> None:
    return None


def build(root: Path) -> Path:
    """players/, det.txt, gt.txt, names.csv, out/ with a run, and things of its user's in out/."""
    out = root / "out"
    draw_clip(out / "match", NEW)
    draw_gallery(root / "players", 4)
    draw_gallery(out / "mine", 1)
    (out / "notes.txt").write_text("ask the coach\n")
    rows = [
        (f, k + 1, 50 + 150 * k, 100, 40, 100)
        for f in range(1, NEW + 1)
        for k in range(len(SHIRTS))
    ]
    (root / "det.txt").write_text(
        "".join(f"{f},-1,{x},{y},{w},{h},.9,-1,-1,-1\n" for f, _, x, y, w, h in rows)
    )
    (root / "gt.txt").write_text(
        "".join(f"{f},{i},{x},{y},{w},{h},1,1,1\n" for f, i, x, y, w, h in rows)
    )
    (root / "names.csv").write_text(
        "id,name\n" + "".join(f"{n},{p}\n" for n, p in enumerate(SHIRTS, 1))
    )
    (root / "fresh" / "Ann").mkdir(parents=True)
    _picture(root / "fresh" / "Ann" / "new.png", 77)
    _picture(root / "fresh" / "Ann" / "newer.png", 79)
    (out / "run.json").write_text("{}")  # so that a run may be made beside the rest
    track(root, overwrite=True, frames=(1, OLD))
    return root


def _picture(file: Path, seed: int) -> None:
    import cv2

    cv2.imwrite(str(file), person((40, 40, 200), seed))


def request(root: Path, *sets: str, **changed: Any) -> pipeline.TrackRequest:
    plain = pipeline.TrackRequest(
        source=str(root / "out" / "match"),
        out=root / "out",
        settings=config.load(None, list(sets)),
        gallery=root / "players",
        detections=root / "det.txt",
    )
    return replace(plain, **changed)


def track(root: Path, *sets: str, **changed: Any) -> None:
    pipeline.track(request(root, *sets, **changed), quiet, quiet)


def fresh(root: Path) -> None:
    changed = {"out": root / "second", "frames": (1, OLD)}
    there = (root / "second").exists()
    track(root, **changed, resume=there and not (root / "second" / "run.json").exists(),
          overwrite=(root / "second" / "run.json").exists())  # fmt: skip


def overwrite(root: Path) -> None:
    track(root, overwrite=True)


def rendered(root: Path) -> None:
    track(root, overwrite=True, render=True)


def resume(root: Path) -> None:
    track(root, "follow.confirm_s=0.3", resume=True, frames=(1, OLD))


def correct(root: Path) -> None:
    from tracker.runs import correct as runs_correct

    if not runs_correct.corrections(root / "out"):
        runs_correct.correct(
            root / "out", runs_correct.CorrectionRequest(["track 3 is nobody"]), quiet
        )


def review(root: Path) -> None:
    from tracker.runs.review_desk import Desk

    desk = Desk.open(root / "out", None, quiet, solve=False)
    if not desk.status()["saved"]:
        part = {"track": 3, "first": 1, "last": OLD, "player": ""}
        desk.answer({"verdict": "said", "parts": [part]})
    desk.write()
    desk.close()


def report(root: Path) -> None:
    from tracker.report.create import make_report

    make_report(root / "out", None, None, True, quiet, quiet)


def people(root: Path) -> None:
    from tracker.suggest.people import write_people

    write_people(root / "out", None, 40, 2, True)


def cut(root: Path) -> None:
    from tracker.runs.gallery_commands import cut_gallery

    cut_gallery(str(root / "out" / "match"), root / "gt.txt", root / "names.csv", root / "players",
                (1, None), 3, 2, True, quiet)  # fmt: skip


def add(root: Path) -> None:
    from gallery.add import add_folder

    add_folder(root / "players", root / "fresh")


def score(root: Path) -> None:
    from tracker.evaluation.options import Options
    from tracker.evaluation.save import write_output
    from tracker.evaluation.scoring import evaluate

    found = evaluate(root / "gt.txt", [root / "out"], Options(jobs=1))
    write_output(found, root / "scores", plots=False)


def convert(root: Path) -> None:
    from tracker.output.convert import convert as write

    write(root / "out" / "tracks.csv", "mot", root / "boxes.txt", True)


def tubelets(root: Path) -> None:
    from tracker.tubelets.create import Wish, make_tubelets

    make_tubelets(str(root / "out" / "match"), root / "out", root / "clips",
                  Wish(16, 2, 2, formats=("npy",)), True, quiet)  # fmt: skip


def export(root: Path) -> None:
    from tracker.runs.gallery_export import ExportWish
    from tracker.runs.gallery_export import export as write

    wish = ExportWish(str(root / "out" / "match"), "yolo-cls", root / "data",
                      boxes=root / "gt.txt", names=root / "names.csv", pictures=4,
                      overwrite=True)  # fmt: skip
    write(wish, quiet, quiet)


def render(root: Path) -> None:
    from tracker.runs.rendering import render as draw

    settings = config.load(None, [])
    draw(str(root / "out" / "match"), root / "out" / "tracks.csv", root / "out" / "video.mp4",
         settings, None, True, quiet)  # fmt: skip


COMMANDS: dict[str, Callable[[Path], None]] = {
    "track": fresh,
    "track --overwrite": overwrite,
    "track --overwrite --render": rendered,
    "track --resume": resume,
    "correct": correct,
    "review": review,
    "report": report,
    "gallery people": people,
    "gallery cut": cut,
    "gallery add": add,
    "eval": score,
    "convert": convert,
    "tubelets": tubelets,
    "gallery export": export,
    "render": render,
}
"""What writes, on a world of `build`. All of them may be called again."""


def hushed(command: Callable[[Path], None], root: Path) -> None:
    with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
        command(root)


def killed_at(command: Callable[[Path], None], root: Path, at: int | None) -> int:
    """Run in a child that is killed before its file operation `at`; how many it came to.

    None: it is not killed. Raises RuntimeError where it fails otherwise.
    """

    def kill(count: int) -> None:
        if count == at:
            os.kill(os.getpid(), signal.SIGKILL)

    child, said = _forked(command, root, kill)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return at or 0
    return _count(said.read())


def snapshots(command: Callable[[Path], None], root: Path, into: Path) -> list[Path]:
    """What a kill before each file operation would leave of `root`, from a single run.

    Before each operation all threads of the run stand still, as dead ones do, while the folder is
    copied: a kill too keeps what was written and nothing else. Raises RuntimeError as `killed_at`.
    """
    taken: list[Path] = []
    ready, go = os.pipe()

    def stand_still(count: int) -> None:
        signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)
        os.read(ready, 1)  # the copy is made, also where the signal was late for this thread

    child, said = _forked(command, root, stand_still)
    while os.WIFSTOPPED(os.waitpid(child, os.WUNTRACED)[1]):
        taken.append(copied(root, into / str(len(taken) + 1)))
        os.write(go, b".")
        os.kill(child, signal.SIGCONT)
    os.close(ready)
    os.close(go)
    assert _count(said.read()) == len(taken)
    return taken


def _forked(
    command: Callable[[Path], None], root: Path, before: Callable[[int], None]
) -> tuple[int, BinaryIO]:
    """The command in a child, and the pipe by which it says how many operations there were."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        _count_in(command, root, before, writer)
    os.close(writer)
    return child, os.fdopen(reader, "rb")


def _count(said: bytes) -> int:
    if not said.isdigit():
        raise RuntimeError(said.decode())
    return int(said)


def _count_in(
    command: Callable[[Path], None], root: Path, before: Callable[[int], None], writer: int
) -> None:
    count, place, turn = 0, str(root), threading.RLock()

    def hook(event: str, args: tuple[Any, ...]) -> None:
        nonlocal count
        if event != "open" and event not in _WRITES:
            return
        if event == "open" and not (isinstance(args[2], int) and args[2] & _FLAGS):
            return
        if not any(
            isinstance(arg, str | bytes | os.PathLike) and place in os.fsdecode(arg) for arg in args
        ):
            return
        with turn:
            count += 1
            before(count)

    sys.addaudithook(hook)
    try:
        hushed(command, root)
        os.write(writer, str(count).encode())
    except BaseException:
        os.write(writer, traceback.format_exc().encode())
    os._exit(0)


def results(out: Path) -> tuple[str, ...]:
    """What tells one run's results from another's, every file of them; none where a file lacks."""
    try:
        receipt = json.loads((out / "run.json").read_text())
        parts = [hashlib.sha256((out / name).read_bytes()).hexdigest()[:8] for name in _RESULTS]
        parts += [
            hashlib.sha256(f.read_bytes()).hexdigest()[:8]
            for f in sorted((out / "evidence").iterdir())
        ]
    except (OSError, ValueError):
        return ()
    said = receipt.get("corrections", [])
    frames, mode = receipt["source"]["frames"]["count"], receipt["settings"]["mode"]
    confirm = receipt["settings"]["follow"]["confirm_s"]
    return (*parts, f"{frames} {mode} {confirm} {len(said)}")


def files(folder: Path) -> dict[str, str]:
    """Files that are no hidden ones, by content; none of those that hold times."""
    if folder.is_file():
        return {folder.name: hashlib.sha256(folder.read_bytes()).hexdigest()[:8]}
    found = {}
    for file in sorted(folder.rglob("[!.]*")):
        if file.is_file() and file.name not in ("run.json", "answers.jsonl"):
            found[str(file.relative_to(folder))] = hashlib.sha256(file.read_bytes()).hexdigest()[:8]
    return found


def hidden(root: Path) -> list[str]:
    return sorted(str(f.relative_to(root)) for f in root.rglob(".*"))


def mine(root: Path) -> list[str]:
    """What is missing of that which belongs to somebody."""
    return [name for name in _MINE if not (root / "out" / name).is_file()]


def look(root: Path) -> None:
    """What a reader does first."""
    from gallery.atomic.write import recover as recover_folder

    for out in (root / "out", root / "second"):
        recover(out)
    for folder in (root / "players", root / "scores", root / "clips", root / "data"):
        recover_folder(folder)


def copied(world: Path, to: Path) -> Path:
    shutil.rmtree(to, ignore_errors=True)
    return shutil.copytree(world, to, symlinks=True)
