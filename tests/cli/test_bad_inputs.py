"""Whatever a user hands over by mistake: one line that names it, exit 2, nothing written."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from tests.worlds.bad_inputs import (
    Ended,
    as_anybody,
    command,
    contents,
    draw_world,
    huge_png,
    mot,
)

TRACK = "track {w}/text -o {t}/out"
PICTURES = "track {w}/seq --detections {w}/seq/det/det.txt -o {t}/out"
CUT = "gallery cut {w}/seq -o {t}/out"
Setup = Callable[[Path, Path], None]
"""(world, tmp): what cannot be said as a file's bytes."""


@dataclass(frozen=True)
class Case:
    """words: of the command, {w} the good world, {t} the test's own folder. hint: in the line.
    files: written into {t} before."""

    words: str
    hint: str
    files: Mapping[str, str | bytes] = field(default_factory=dict)
    setup: Setup | None = None
    prints: bool = False
    """Whether the answer is on stdout all the same: it only cannot be kept."""


def _det(text: str | bytes, hint: str) -> Case:
    return Case(f"{TRACK} --detections {{t}}/det.txt", hint, {"det.txt": text})


def _config(text: str | bytes, hint: str) -> Case:
    return Case(f"{TRACK} --config {{t}}/c.yaml", hint, {"c.yaml": text})


def _roster(text: str | bytes, hint: str) -> Case:
    return Case(f"{PICTURES} --gallery {{t}}/g", hint, {"g/roster.yaml": text}, _with_gallery)


def _gallery(setup: Setup, hint: str) -> Case:
    return Case(f"{PICTURES} --gallery {{t}}/g", hint, {}, setup)


def _copy(name: str, then: Setup | None = None) -> Setup:
    def setup(world: Path, tmp: Path) -> None:
        shutil.copytree(world / name, tmp / name)
        if then:
            then(world, tmp)

    return setup


def _with_gallery(world: Path, tmp: Path) -> None:
    shutil.copytree(world / "gallery", tmp / "g", dirs_exist_ok=True)


def _changed(file: str, change: Callable[[bytes], bytes]) -> Setup:
    """A copy of run/ in which one file is another."""

    def setup(world: Path, tmp: Path) -> None:
        path = tmp / "run" / file
        path.write_bytes(change(path.read_bytes()))

    return _copy("run", setup)


def _half(data: bytes) -> bytes:
    return data[: len(data) // 2]


def _gone(file: str) -> Setup:
    return _copy("run", lambda world, tmp: (tmp / "run" / file).unlink())


def _receipt(change: Callable[[dict[str, object]], object]) -> Callable[[bytes], bytes]:
    def changed(data: bytes) -> bytes:
        tree = json.loads(data)
        change(tree)
        return json.dumps(tree).encode()

    return changed


def _empty_gallery(world: Path, tmp: Path) -> None:
    (tmp / "g").mkdir()


def _no_picture(world: Path, tmp: Path) -> None:
    _with_gallery(world, tmp)
    for file in (tmp / "g" / "Bea").iterdir():
        file.write_text("no picture")


def _picture_bomb(world: Path, tmp: Path) -> None:
    _with_gallery(world, tmp)
    for file in (tmp / "g" / "Bea").iterdir():
        file.write_bytes(huge_png(60_000, 60_000))


def _second_name(other: str) -> Setup:
    def setup(world: Path, tmp: Path) -> None:
        _with_gallery(world, tmp)
        shutil.copytree(tmp / "g" / "Ann", tmp / "g" / "José")
        shutil.copytree(tmp / "g" / "Bea", tmp / "g" / other)

    return setup


def _truncated_video(world: Path, tmp: Path) -> None:
    (tmp / "cut.mp4").write_bytes((world / "clip.mp4").read_bytes()[:3000])


def _sound(world: Path, tmp: Path) -> None:
    import wave

    with wave.open(str(tmp / "sound.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\0\0" * 4000)


def _secret(world: Path, tmp: Path) -> None:
    (tmp / "secret.txt").write_text(mot())
    (tmp / "secret.txt").chmod(0)


def _locked(world: Path, tmp: Path) -> None:
    (tmp / "locked").mkdir()
    (tmp / "locked").chmod(0o500)


def _zip(files: Mapping[str, str]) -> bytes:
    import io
    import zipfile

    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return data.getvalue()


LAUGHS = "a0: &a0 {x: 1}\n" + "".join(
    f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}\n" for n in range(1, 12)
)
QUOTES = "a0: &a0 [lol]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
) + "detect: *a11\n"  # fmt: skip
MANY = 2_100  # detections in one frame

SOURCES = {
    "no such source": Case("track {t}/none.mp4 -o {t}/out", "none.mp4"),
    "empty video": Case("track {t}/a.mp4 -o {t}/out", "a.mp4", {"a.mp4": b""}),
    "text named mp4": Case("track {t}/a.mp4 -o {t}/out", "a.mp4", {"a.mp4": "hello\n" * 99}),
    "noise named mp4": Case(
        "track {t}/a.mp4 -o {t}/out", "a.mp4", {"a.mp4": np.random.default_rng(0).bytes(5000)}
    ),
    "truncated video": Case("track {t}/cut.mp4 -o {t}/out", "cut.mp4", {}, _truncated_video),
    "sound only": Case("track {t}/sound.wav -o {t}/out", "sound.wav", {}, _sound),
    "empty folder": Case("track {t} -o {t}/out", "no pictures"),
    "folder of a text": Case("track {t}/p -o {t}/out", "a.png", {"p/a.png": "no picture"}),
    "picture bomb": Case(
        "track {t}/p -o {t}/out", "1.png", {"p/1.png": huge_png(60_000, 60_000)}
    ),
    "picture bomb below OpenCV's own limit": Case(
        "track {t}/p -o {t}/out", "1.png", {"p/1.png": huge_png(30_000, 30_000)}
    ),
    "seqinfo is no ini": Case(
        "track {t}/s -o {t}/out", "seqinfo.ini", {"s/seqinfo.ini": "x", "s/det/det.txt": mot()}
    ),
    "seqinfo in half an UTF-16": Case(
        "track {t}/s -o {t}/out", "seqinfo.ini",
        {"s/seqinfo.ini": "[Sequence]\n".encode("utf-16")[:-1], "s/det/det.txt": mot()},
    ),
    "a sequence of 10^12 frames": Case(
        "track {t}/s -o {t}/out", "seqinfo.ini",
        {"s/seqinfo.ini": "[Sequence]\nseqLength=1000000000000\nimWidth=9\nimHeight=9\n",
         "s/det/det.txt": mot()},
    ),
    "a sequence as large as a town": Case(
        "track {t}/s -o {t}/out", "seqinfo.ini",
        {"s/seqinfo.ini": "[Sequence]\nseqLength=20\nimWidth=9999999\nimHeight=9999999\n",
         "s/det/det.txt": mot()},
    ),
    "a sequence of no speed": Case(
        "track {t}/s -o {t}/out", "seqinfo.ini",
        {"s/seqinfo.ini": "[Sequence]\nframeRate=nan\n", "s/det/det.txt": mot()},
    ),
    "a sequence of endless speed": Case(
        "track {t}/s -o {t}/out", "seqinfo.ini",
        {"s/seqinfo.ini": "[Sequence]\nframeRate=1e300\n", "s/det/det.txt": mot()},
    ),
    "a sequence that leads out of its folder": Case(
        "track {t}/s -o {t}/out", "seqinfo.ini",
        {"s/seqinfo.ini": "[Sequence]\nimDir=../../../etc\n", "s/det/det.txt": mot()},
    ),
    "no seqinfo and frame 10^12": Case(
        "track {t}/s -o {t}/out", "det.txt",
        {"s/det/det.txt": mot() + "1000000000000,-1,1,1,5,5,1\n"},
    ),
    "no seqinfo and letters": Case(
        "track {t}/s -o {t}/out", "det.txt", {"s/det/det.txt": "a,b,c,d,e,f\n"}
    ),
    "no seqinfo and NaN": Case(
        "track {t}/s -o {t}/out", "det.txt", {"s/det/det.txt": "nan,1,1,1,nan,5,1\n"}
    ),
}  # fmt: skip

DETECTIONS = {
    "det missing": Case(f"{TRACK} --detections {{t}}/no.txt", "no.txt"),
    "det is a folder": Case(f"{TRACK} --detections {{t}}", "{t}"),
    "det not to be read": Case(f"{TRACK} --detections {{t}}/secret.txt", "secret.txt", {}, _secret),
    "det empty": _det("", "det.txt"),
    "det blank lines": _det("\n \n", "det.txt"),
    "det letters": _det(mot() + "one,two,three,four,five,six\n", "det.txt:41"),
    "det few columns": _det("1,-1,10,20\n", "det.txt:1"),
    "det NaN": _det("1,-1,nan,20,30,40,1\n", "det.txt:1"),
    "det negative frame": _det("-4,-1,10,20,30,40,1\n", "det.txt:1"),
    "det two commas": _det("1;-1;10,5,1;20,5;30,0;40,0;0,9\n", "det.txt:1"),
    "det in half an UTF-16": _det(mot().encode("utf-16")[:-1], "det.txt"),
    "det binary": _det(bytes(range(256)) * 9, "det.txt"),
    "det frame 10^12": _det(mot() + "1000000000000,-1,1,1,5,5,1\n", "det.txt:41"),
    "det box of 1e300": _det(mot() + "3,-1,1,1,1e300,5,1\n", "det.txt:41"),
    "det too many in a frame": _det("7,-1,10,100,40,100,0.9\n" * MANY, "frame 7"),
    "det with a word in it": _det("frame,id,x,y,w,h\n" + mot(), "det.txt:1"),
}

SETTINGS = {
    "config missing": Case(f"{TRACK} --config {{t}}/no.yaml", "no.yaml"),
    "config a folder": Case(f"{TRACK} --config {{t}}", "{t}"),
    "config broken": _config("detect: {score_min: 0.2", "c.yaml"),
    "config a list": _config("- 1\n- 2\n", "c.yaml"),
    "config unknown key": _config("detect: {score_mn: 0.2}\n", "score_min"),
    "config out of range": _config("detect: {score_min: 7}\n", "score_min"),
    "config UTF-16": _config("seed: 1\n".encode("utf-16"), "c.yaml"),
    "config merge bomb": _config(LAUGHS, "c.yaml"),
    "config alias bomb": _config(QUOTES, "c.yaml"),
    "config nested deep": _config("a: " + "[" * 5000 + "]" * 5000, "c.yaml"),
    "config nested deep by lines": _config("".join(" " * n + "a:\n" for n in range(400)), "c.yaml"),
    "config an impossible date": _config("seed: 2024-99-99\n", "c.yaml"),
    "config python object": _config("seed: !!python/object/apply:os.getpid []\n", "c.yaml"),
    "config too large": _config("# " + "x" * 2_000_000 + "\n", "c.yaml"),
    "set no key": Case(f"{TRACK} --set seed", "--set seed"),
    "set unknown": Case(f"{TRACK} --set follow.confrm_s=1", "confirm_s"),
    "set out of range": Case(f"{TRACK} --set follow.confirm_s=-1", "confirm_s"),
    "set nested": Case(f"{TRACK} --set seed={'[' * 3000}", "seed"),
    "set an impossible date": Case(f"{TRACK} --set seed=2024-99-99", "seed"),
    "frames nonsense": Case(f"{TRACK} --frames abc", "--frames abc"),
    "frames backwards": Case(f"{TRACK} --frames 9:3", "--frames 9:3"),
    "frames endless": Case(f"{TRACK} --frames 1:{'9' * 5000}", "--frames"),
    "frames past the end": Case(f"{TRACK} --frames 500:600", "500"),
    "field of three": Case(f"{TRACK} --field 1,1;300,1;300,300", "3 corners"),
    "field that crosses itself": Case(
        f"{TRACK} --field 9,9;500,300;500,9;9,300", "corner 1 to 2 crosses that from 3 to 4"
    ),
    "field far away": Case(f"{TRACK} --field 9,9;5000,9;500,300;9,300", "corner 2, 5000,9"),
    "field beside the picture": Case(
        f"{TRACK} --field 700,9;900,9;900,300;700,300", "nothing of the picture (640x360)"
    ),
    "field of words": Case(f"{TRACK} --field everywhere", "everywhere"),
    "field of no numbers": Case(f"{TRACK} --field 9,9;500,nan;500,300;9,300", "'500,nan'"),
    "field of a frame past the end": Case(
        f"{TRACK} --field 9,9;500,9;500,300;9,300 --field-frame 21", "tracked, 1 to 20"
    ),
    "field of a frame before the first": Case(
        f"{TRACK} --frames 5:9 --field 9,9;500,9;500,300;9,300 --field-frame 3", "tracked, 5 to 9"
    ),
    "field of frame 0": Case(f"{TRACK} --field-frame 0", "--field-frame"),
    "field frame alone": Case(f"{TRACK} --field-frame 3", "no --field"),
    "field file of letters": Case(
        f"{TRACK} --field {{t}}/f.csv", "f.csv: 'line 3'", {"f.csv": "x,y\n1,2\na,b\n"}
    ),
    "field file in half an UTF-16": Case(
        f"{TRACK} --field {{t}}/f.csv", "f.csv", {"f.csv": "1,2\n".encode("utf-16")[:-1]}
    ),
    "field a folder": Case(f"{TRACK} --field {{t}}", "{t}"),
    "tiles nonsense": Case(f"{PICTURES} --tiles 0x9", "tiles"),
    "mode nonsense": Case(f"{TRACK} --mode sideways", "mode"),
    "lag nonsense": Case(f"{TRACK} --lag soon", "--lag"),
    "numbers nonsense": Case(f"{TRACK} --numbers abacus", "numbers"),
    "unknown option": Case(f"{TRACK} --colour red", "--colour"),
    "no output": Case("track {w}/text", "--out"),
}

OUTPUTS = {
    "out a file": Case("track {w}/text -o {t}/out", "{t}/out", {"out": "x"}),
    "out below a file": Case("track {w}/text -o {t}/out/deep", "{t}/out", {"out": "x"}),
    "out locked": Case("track {w}/text -o {t}/locked/out", "locked", {}, _locked),
    "out where nobody may write": Case("track {w}/text -o /proc/none/out", "/proc/none"),
    "out exists": Case("track {w}/text -o {t}/run", "--overwrite", {}, _copy("run")),
    "out no run": Case("track {w}/text -o {t}/out --overwrite", "no run", {"out/x": "x"}),
    "resume without": Case(
        "track {w}/text -o {t}/out --resume", "--resume", {"out/run.json": "{}"}
    ),
    "resume truncated chunk": Case(
        "track {w}/seq --detections {w}/seq/det/det.txt --gallery {w}/gallery -o {t}/run --resume",
        "chunk-000001.parquet", {}, _changed("observations/chunk-000001.parquet", _half),
    ),
    "resume broken meta": Case(
        "track {w}/seq --detections {w}/seq/det/det.txt --gallery {w}/gallery -o {t}/run --resume",
        "meta.json", {}, _changed("observations/meta.json", _half),
    ),
}  # fmt: skip

NETWORKS = {
    "detector missing": Case("track {w}/seq --detector {t}/no.onnx -o {t}/out", "no.onnx"),
    "detector unknown": Case("track {w}/seq --detector yolo99 -o {t}/out", "yolo99"),
    "detector of another kind": Case(
        "track {w}/seq --detector {t}/a.bin -o {t}/out", "a.bin", {"a.bin": "x"}
    ),
    "detector an empty folder": Case("track {w}/seq --detector {t} -o {t}/out", "{t}"),
    "detector text .onnx": Case(
        "track {w}/seq --detector {t}/a.onnx -o {t}/out", "a.onnx", {"a.onnx": "hello"}
    ),
    "detector text .xml": Case(
        "track {w}/seq --detector {t}/a.xml -o {t}/out", "a.xml", {"a.xml": "hello"}
    ),
    "detector text .pt": Case(
        "track {w}/seq --detector {t}/a.pt -o {t}/out", "a.pt", {"a.pt": "hello"}
    ),
    "encoder unknown": Case(f"{PICTURES} --gallery {{w}}/gallery --encoder magic", "magic"),
    "encoder missing": Case(f"{PICTURES} --gallery {{w}}/gallery --encoder {{t}}/n.pth", "n.pth"),
    "encoder text .pth": Case(
        f"{PICTURES} --gallery {{w}}/gallery --encoder {{t}}/a.pth", "a.pth", {"a.pth": "hello"}
    ),
    "encoder text .onnx": Case(
        f"{PICTURES} --gallery {{w}}/gallery --encoder {{t}}/a.onnx", "a.onnx", {"a.onnx": "hello"}
    ),
    "offsets are text": Case(
        f"{TRACK} --set follow.offsets.weights={{t}}/o.safetensors", "o.safetensors",
        {"o.safetensors": "hello, this is long enough"},
    ),
    "offsets missing": Case(f"{TRACK} --set follow.offsets.weights={{t}}/o.st", "o.st"),
    "offsets a huge header": Case(
        f"{TRACK} --set follow.offsets.weights={{t}}/o.st", "o.st", {"o.st": b"\xff" * 64}
    ),
}  # fmt: skip

GALLERIES = {
    "gallery missing": Case(f"{PICTURES} --gallery {{t}}/nobody", "nobody"),
    "gallery a file": Case(f"{PICTURES} --gallery {{t}}/g", "{t}/g", {"g": "x"}),
    "gallery empty": _gallery(_empty_gallery, "nobody in it"),
    "gallery without a picture": _gallery(_no_picture, "Bea"),
    "gallery of bombs": _gallery(_picture_bomb, "Bea"),
    "gallery: one name in two spellings": _gallery(_second_name("Jose\u0301"), "José"),
    "gallery: a name with an escape": _gallery(_second_name("Bad\x1b[31m"), "one line"),
    "gallery: a name of two lines": _gallery(_second_name("Bad\nName"), "one line"),
    "gallery: a name that runs backwards": _gallery(_second_name("Bad\u202eName"), "u202e"),
    "roster unknown player": _roster("Anne: {number: 7}\n", "roster.yaml, line 1"),
    "roster unknown key": _roster("Ann: {nmber: 7}\n", "number"),
    "roster broken": _roster("Ann: {number: 7\n", "roster.yaml"),
    "roster a list": _roster("- Ann\n", "roster.yaml"),
    "roster UTF-16": _roster("Ann: {}\n".encode("utf-16"), "roster.yaml"),
    "roster bad time": _roster("Ann: {on: soon}\n", "roster.yaml"),
    "roster nested deep": _roster("Ann: " + "[" * 5000, "roster.yaml"),
    "roster laughs": _roster(LAUGHS, "roster.yaml"),
    "roster a name of two lines": _roster('Ann: {name: "a\\nb"}\n', "one line"),
    "roster is a folder": Case(
        f"{PICTURES} --gallery {{t}}/g", "roster.yaml", {"g/roster.yaml/x": "x"}, _with_gallery
    ),
}  # fmt: skip

RENDERS = {
    "render table missing": Case("render {w}/seq {t}/no.csv -o {t}/v.mp4", "no.csv"),
    "render table empty": Case("render {w}/seq {t}/e.csv -o {t}/v.mp4", "e.csv", {"e.csv": ""}),
    "render table of no rows": Case(
        "render {w}/seq {t}/run/tracks.csv -o {t}/v.mp4", "tracks.csv", {},
        _changed("tracks.csv", lambda data: data.split(b"\n")[0] + b"\n"),
    ),
    "render table cut": Case(
        "render {w}/seq {t}/run/tracks.csv -o {t}/v.mp4", "tracks.csv", {},
        _changed("tracks.csv", lambda data: data[:-30]),
    ),
    "render table with frame 0": Case(
        "render {w}/seq {t}/run/tracks.csv -o {t}/v.mp4", "tracks.csv", {},
        _changed("tracks.csv", lambda data: data.replace(b"\n1,", b"\n0,")),
    ),
    "render table with frame 10^12": Case(
        "render {w}/seq {t}/run/tracks.csv -o {t}/v.mp4", "tracks.csv", {},
        _changed("tracks.csv", lambda data: data.replace(b"\n1,", b"\n1000000000000,")),
    ),
    "render another kind of table": Case(
        "render {w}/seq {w}/names.csv -o {t}/v.mp4", "names.csv"
    ),
    "render video missing": Case(
        "render {t}/no.mp4 {w}/run/tracks.csv -o {t}/v.mp4", "no.mp4"
    ),
    "render onto a file": Case(
        "render {w}/seq {w}/run/tracks.csv -o {t}/v.mp4", "--overwrite", {"v.mp4": "x"}
    ),
    "render into a locked folder": Case(
        "render {w}/seq {w}/run/tracks.csv -o {t}/locked/v.mp4", "locked", {}, _locked
    ),
    "render where nobody may write": Case(
        "render {w}/seq {w}/run/tracks.csv -o /proc/v.mp4", "/proc/v.mp4"
    ),
    "render into a missing folder": Case(
        "render {w}/seq {w}/run/tracks.csv -o {t}/no/v.mp4", "{t}/no"
    ),
    "render text alone": Case("render {w}/text {w}/run/tracks.csv -o {t}/v.mp4", "text"),
}  # fmt: skip

EVALS = {
    "eval truth missing": Case("eval {t}/gt.txt {w}/run", "gt.txt"),
    "eval truth empty": Case("eval {t}/gt.txt {w}/run", "gt.txt", {"gt.txt": ""}),
    "eval truth letters": Case("eval {t}/gt.txt {w}/run", "gt.txt", {"gt.txt": "a,b\n"}),
    "eval truth in half an UTF-16": Case(
        "eval {t}/gt.txt {w}/run", "gt.txt", {"gt.txt": mot((1, 2)).encode("utf-16")[:-1]}
    ),
    "eval truth frame 10^18": Case(
        "eval {t}/gt.txt {w}/run", "gt.txt", {"gt.txt": "1e18,1,1,1,5,5,1,1,1\n"}
    ),
    "eval truth box of 1e300": Case(
        "eval {t}/gt.txt {w}/run", "gt.txt", {"gt.txt": "1,1,1e300,1,1e300,5,1,1,1\n"}
    ),
    "eval truth twice": Case("eval {t}/gt.txt {w}/run", "gt.txt", {"gt.txt": mot((1, 1))}),
    "eval no zip": Case("eval {t}/gt.zip {w}/run", "gt.zip", {"gt.zip": "hello"}),
    "eval unsafe zip": Case(
        "eval {t}/gt.zip {w}/run", "gt.zip", {"gt.zip": _zip({"../../gt/gt.txt": "x"})}
    ),
    "eval result missing": Case("eval {w}/gt.txt {t}/none", "none"),
    "eval result empty folder": Case("eval {w}/gt.txt {t}", "{t}"),
    "eval result nonsense": Case("eval {w}/gt.txt {t}/r.txt", "r.txt", {"r.txt": "1,2,x\n"}),
    "eval names nonsense": Case(
        "eval {w}/gt.txt {w}/run --names {t}/n.csv", "n.csv", {"n.csv": "who,what\n"}
    ),
    "eval frames": Case("eval {w}/gt.txt {w}/run --frames x", "--frames x"),
    "eval frames endless": Case(
        f"eval {{w}}/gt.txt {{w}}/run --frames 1:{'9' * 5000}", "--frames"
    ),
    "eval ids": Case("eval {w}/gt.txt {w}/run --ignore-ids a", "--ignore-ids a"),
    "eval blank": Case("eval {w}/gt.txt {w}/run --blank 1", "--blank"),
    "eval fps": Case("eval {w}/gt.txt {w}/run --fps nan", "--fps"),
    "eval out a file": Case("eval {w}/gt.txt {w}/run -o {t}/out", "{t}/out", {"out": "x"}),
    "eval out locked": Case(
        "eval {w}/gt.txt {w}/run -o {t}/locked/o", "locked", {}, _locked, prints=True
    ),
    "eval where nobody may write": Case(
        "eval {w}/gt.txt {w}/run -o /proc/none/o", "/proc/none", prints=True
    ),
    "eval nothing to score": Case("eval {w}/gt.txt", "result"),
}  # fmt: skip

EXPLAINS = {
    "explain no run": Case("explain {t} --frame 3 --player Ann", "{t}"),
    "explain no such player": Case("explain {w}/run --frame 3 --player Zoe", "Zoe"),
    "explain no such frame": Case("explain {w}/run --frame 999 --player Ann", "999"),
    "explain neither": Case("explain {w}/run --frame 3", "--player"),
    "explain receipt no JSON": Case(
        "explain {t}/run --frame 3 --player Ann", "run.json", {}, _changed("run.json", _half)
    ),
    "explain receipt nested": Case(
        "explain {t}/run --frame 3 --player Ann", "run.json", {},
        _changed("run.json", lambda _: b"[" * 100_000),
    ),
    "explain receipt of another": Case(
        "explain {t}/run --frame 3 --player Ann", "run.json", {},
        _changed("run.json", _receipt(lambda tree: tree.pop("source"))),
    ),
    "explain evidence cut": Case(
        "explain {t}/run --frame 3 --player Ann", "votes.parquet", {},
        _changed("evidence/votes.parquet", _half),
    ),
    "explain evidence gone": Case(
        "explain {t}/run --frame 3 --player Ann", "doubts.parquet", {},
        _gone("evidence/doubts.parquet"),
    ),
    "explain table cut": Case(
        "explain {t}/run --frame 3 --player Ann", "tracks.csv", {},
        _changed("tracks.csv", lambda data: data[:-30]),
    ),
}  # fmt: skip

REPORTS = {
    "report no run": Case("report {t}", "{t}"),
    "report missing": Case("report {t}/none", "none"),
    "report receipt no JSON": Case("report {t}/run", "run.json", {}, _changed("run.json", _half)),
    "report receipt of no size": Case(
        "report {t}/run", "run.json", {},
        _changed("run.json", _receipt(lambda tree: tree["source"].update(size=[0, 0]))),  # type: ignore[index, attr-defined]
    ),
    "report receipt of an endless size": Case(
        "report {t}/run", "run.json", {},
        _changed("run.json", _receipt(lambda tree: tree["source"].update(size=[1e300, 1]))),  # type: ignore[index, attr-defined]
    ),
    "report evidence cut": Case(
        "report {t}/run", "beliefs.parquet", {}, _changed("evidence/beliefs.parquet", _half)
    ),
    "report table cut": Case(
        "report {t}/run", "tracks.csv", {}, _changed("tracks.csv", lambda data: data[:-30])
    ),
    "report table gone": Case("report {t}/run", "tracks.csv", {}, _gone("tracks.csv")),
    "report onto a file": Case("report {w}/run -o {t}/r.html", "--overwrite", {"r.html": "x"}),
    "report into nowhere": Case("report {w}/run -o {t}/no/r.html", "{t}/no"),
    "report where nobody may write": Case("report {w}/run -o /proc/r.html", "/proc/r.html"),
    "report locked": Case("report {w}/run -o {t}/locked/r.html", "locked", {}, _locked),
    "report video missing": Case("report {w}/run --video {t}/no.mp4 -o {t}/r.html", "no.mp4"),
}  # fmt: skip

CUTS = {
    "cut no boxes": Case(f"{CUT} --boxes {{t}}/no.txt --names {{w}}/names.csv", "no.txt"),
    "cut no names": Case(f"{CUT} --boxes {{w}}/gt.txt --names {{t}}/no.csv", "no.csv"),
    "cut names not said": Case(f"{CUT} --boxes {{w}}/gt.txt", "--names"),
    "cut names of two lines": Case(
        f"{CUT} --boxes {{w}}/gt.txt --names {{t}}/n.csv", "one line",
        {"n.csv": 'id,name\n1,"Ann\x1b[31m"\n2,Bea\n'},
    ),
    "cut names in half an UTF-16": Case(
        f"{CUT} --boxes {{w}}/gt.txt --names {{t}}/n.csv", "n.csv",
        {"n.csv": "id,name\n1,Ann\n".encode("utf-16")[:-1]},
    ),
    "cut boxes nonsense": Case(
        f"{CUT} --boxes {{t}}/b.txt --names {{w}}/names.csv", "b.txt, line 1", {"b.txt": "1,2\n"}
    ),
    "cut zip no zip": Case(f"{CUT} --boxes {{t}}/b.zip", "b.zip", {"b.zip": "hello"}),
    "cut zip bomb": Case(
        f"{CUT} --boxes {{t}}/b.zip", "b.zip",
        {"b.zip": _zip({"gt/gt.txt": "0" * 100_000_001, "gt/labels.txt": "Ann\n"})},
    ),
    "cut zip unsafe": Case(
        f"{CUT} --boxes {{t}}/b.zip", "b.zip",
        {"b.zip": _zip({"../gt/gt.txt": mot((1, 2)), "../gt/labels.txt": "Ann\n"})},
    ),
    "cut json no JSON": Case(f"{CUT} --boxes {{t}}/b.json", "b.json", {"b.json": "{"}),
    "cut json nested": Case(f"{CUT} --boxes {{t}}/b.json", "b.json", {"b.json": "[" * 100_000}),
    "cut another kind": Case(f"{CUT} --boxes {{t}}/b.doc", "b.doc", {"b.doc": "x"}),
    "cut out a file": Case(
        "gallery cut {w}/seq --boxes {w}/gt.txt --names {w}/names.csv -o {t}/out", "{t}/out",
        {"out": "x"},
    ),
    "cut out locked": Case(
        "gallery cut {w}/seq --boxes {w}/gt.txt --names {w}/names.csv -o {t}/locked/o", "locked",
        {}, _locked,
    ),
    "cut where nobody may write": Case(
        "gallery cut {w}/seq --boxes {w}/gt.txt --names {w}/names.csv -o /proc/none/o",
        "/proc/none",
    ),
    "cut per player nonsense": Case(
        f"{CUT} --boxes {{w}}/gt.txt --names {{w}}/names.csv --per-player 0", "--per-player"
    ),
    "cut from a run cut off": Case(
        f"{CUT} --boxes {{t}}/run/tracks.csv", "tracks.csv", {},
        _changed("tracks.csv", lambda data: data[:-30]),
    ),
}  # fmt: skip

EXPORT = "gallery export {w}/run --to yolo-detect -o {t}/out"
BOXED = "gallery export {w}/seq --to yolo-detect -o {t}/out"
EXPORTS = {
    "export of nothing": Case("gallery export {t}/no --to yolo-cls -o {t}/out", "no such folder"),
    "export of neither": Case(
        "gallery export {w}/text --to yolo-cls -o {t}/out", "neither OUT of a run"
    ),
    "export of a run without a receipt": Case(
        "gallery export {t}/run --to yolo-detect -o {t}/out", "run.json", {}, _gone("run.json")
    ),
    "export of a run without a table": Case(
        "gallery export {t}/run --to yolo-detect -o {t}/out", "tracks.csv", {}, _gone("tracks.csv")
    ),
    "export of a video alone": Case(
        "gallery export {w}/clip.mp4 --to yolo-detect -o {t}/out", "--boxes"
    ),
    "export video gone": Case(
        "gallery export {t}/run --to yolo-detect -o {t}/out", "--video", {},
        _changed("run.json", _receipt(lambda tree: tree["source"].update(spec="gone.mp4"))),
    ),
    "export another video": Case(f"{EXPORT} --video {{w}}/clip.mp4", "not the video of this run"),
    "export to what is not": Case("gallery export {w}/run --to coco -o {t}/out", "yolo-cls"),
    "export frames of a gallery": Case(
        "gallery export {w}/gallery --to yolo-detect -o {t}/out", "whole frames"
    ),
    "export names without boxes": Case(f"{EXPORT} --names {{w}}/names.csv", "--boxes"),
    "export video of a gallery": Case(
        "gallery export {w}/gallery --to yolo-cls -o {t}/out --video {w}/clip.mp4", "leave it out"
    ),
    "export everybody hidden": Case(
        f"{BOXED} --boxes {{t}}/two.txt --names {{t}}/n.csv", "names no player",
        {"two.txt": "".join(f"{f},1,450,200,40,99\n{f},2,450,200,40,100\n" for f in range(1, 21)),
         "n.csv": "id,name\n1,Ann\n2,_referee\n"},
    ),
    "export boxes without names": Case(f"{BOXED} --boxes {{w}}/gt.txt", "--names"),
    "export boxes of one player": Case(
        f"{BOXED} --boxes {{t}}/one.txt --names {{w}}/names.csv", "the only one",
        {"one.txt": "".join(f"{frame},1,450,200,40,100\n" for frame in range(1, 21))},
    ),
    "export names of others": Case(
        f"{BOXED} --boxes {{w}}/gt.txt --names {{t}}/n.csv", "names no player",
        {"n.csv": "id,name\n7,Ann\n"},
    ),
    "export onto what is there": Case(EXPORT, "--overwrite", {"out/mine.txt": "x"}),
    "export over somebody's": Case(
        f"{EXPORT} --overwrite", "not written by gallery export", {"out/mine.txt": "x"}
    ),
    "export onto a file": Case(EXPORT, "{t}/out", {"out": "x"}),
    "export where nobody may write": Case(
        "gallery export {w}/run --to yolo-detect -o /proc/none/o", "/proc/none"
    ),
    "export locked": Case(
        "gallery export {w}/run --to yolo-detect -o {t}/locked/o", "locked", {}, _locked
    ),
    "export one frame": Case(f"{EXPORT} --every 20", "too few frames"),
    "export one picture": Case(f"{EXPORT} --pictures 1", "--pictures"),
    "export nobody sure": Case(f"{EXPORT} --sure 1", "no name is sure"),
}  # fmt: skip

ADD = "gallery add {w}/seq --gallery {t}/g --frame 3 --box 74,100,40,100 --player"
TOOLS = {
    "add nothing": Case("gallery add --gallery {t}/g", "--from"),
    "add bad box": Case(
        "gallery add {w}/seq --gallery {t}/g --frame 3 --box a,b --player Ann", "--box a,b"
    ),
    "add box of 1e300": Case(
        "gallery add {w}/seq --gallery {t}/g --frame 3 --box 1e300,1,9,9 --player Ann", "--box"
    ),
    "add box outside": Case(
        "gallery add {w}/seq --gallery {t}/g --frame 3 --box 9000,1,40,90 --player Ann", "--box"
    ),
    "add frame past the end": Case(
        "gallery add {w}/seq --gallery {t}/g --frame 300 --box 9,9,40,90 --player Ann", "300"
    ),
    "add a name of an escape": Case(f"{ADD} A\x1b[0m", "one line"),
    "add a blank name": Case(f"{ADD} \u00a0", "one line"),
    "add from nowhere": Case("gallery add --gallery {t}/g --from {t}/no", "{t}/no"),
    "add a slip": Case(f"{ADD} ann", "did you mean Ann", {}, _with_gallery),
    "check missing": Case("gallery check {t}/no", "no"),
    "check empty": Case("gallery check {t}/g", "nobody in it", {}, _empty_gallery),
    "check onto a file": Case("gallery check {w}/gallery -o {t}/c", "--overwrite", {"c": "x"}),
    "check bad encoder": Case("gallery check {w}/gallery --encoder magic", "magic"),
    "suggest no run": Case("gallery suggest {t}", "{t}"),
    "suggest receipt no JSON": Case(
        "gallery suggest {t}/run", "run.json", {}, _changed("run.json", _half)
    ),
    "suggest receipt nested": Case(
        "gallery suggest {t}/run", "run.json", {}, _changed("run.json", lambda _: b"[" * 100_000)
    ),
    "suggest video gone": Case("gallery suggest {w}/run --video {t}/no.mp4", "no.mp4"),
    "train no truth": Case("train-offsets {t}/no -o {t}/o.safetensors", "{t}/no"),
    "train empty": Case("train-offsets {t} -o {t}/o.safetensors", "{t}"),
    "train onto a file": Case("train-offsets {w} -o {t}/o", "--overwrite", {"o": "x"}),
    "train steps": Case("train-offsets {w} -o {t}/o --steps 1", "--steps"),
    "train where nobody may write": Case("train-offsets {w} -o /proc/none/o", "/proc/none"),
    "export where nobody may write": Case("export-onnx offsets -o /proc/none/o", "/proc/none"),
    "add where nobody may write": Case(
        "gallery add {w}/seq --gallery /proc/none --frame 3 --box 74,100,40,100 --player Ann",
        "/proc/none",
    ),
    "check where nobody may write": Case(
        "gallery check {w}/gallery -o /proc/none/c.html", "/proc/none", prints=True
    ),
    "export what": Case("export-onnx magic -o {t}/o.onnx", "magic"),
    "export weights missing": Case("export-onnx offsets -o {t}/o --weights {t}/no.st", "no.st"),
    "export weights text": Case(
        "export-onnx offsets -o {t}/o --weights {t}/w.st", "w.st", {"w.st": "hello, weights"}
    ),
    "export onto a file": Case("export-onnx offsets -o {t}/o", "--overwrite", {"o": "x"}),
    "no such command": Case("trck {w}/seq", "trck"),
}  # fmt: skip

CASES = {
    name: case
    for table in (SOURCES, DETECTIONS, SETTINGS, OUTPUTS, NETWORKS, GALLERIES, RENDERS, EVALS,
                  EXPLAINS, REPORTS, CUTS, EXPORTS, TOOLS)
    for name, case in table.items()
}  # fmt: skip
PROTECTED = ("out locked", "det not to be read", "render into a locked folder", "report locked",
             "cut out locked", "eval out locked")  # fmt: skip


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_world(tmp_path_factory.mktemp("good"))


def _prepare(case: Case, world: Path, tmp: Path) -> tuple[list[str], str]:
    """Write what the case needs; its words and its hint."""
    if case.setup:
        case.setup(world, tmp)
    for name, data in case.files.items():
        (tmp / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp / name).write_bytes(data.encode() if isinstance(data, str) else data)
    places = {"w": str(world), "t": str(tmp)}
    return [word.format(**places) for word in case.words.split(" ")], case.hint.format(**places)


def _check(ended: Ended, hint: str) -> None:
    said = "\n".join(ended.lines)
    assert ended.code == 2, said
    assert len(ended.lines) == 1, said
    assert said.startswith("teamsheet: ")
    assert hint in said, said
    assert len(said) < 600, "too long to be read"
    assert said.isprintable()


@pytest.mark.parametrize("name", CASES)
def test_a_bad_input_is_one_line_and_leaves_nothing(
    name: str, world: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    words, hint = _prepare(CASES[name], world, tmp_path)
    before = {} if name in PROTECTED else contents(tmp_path)
    good = contents(world)
    try:
        with as_anybody():  # or CI, which is root, would be let in everywhere
            ended = command(words, capfd)
        _check(ended, hint)
        assert bool(ended.out) == CASES[name].prints
        if name not in PROTECTED:
            assert contents(tmp_path) == before
        assert contents(world) == good
    finally:
        for place in (tmp_path / "locked", tmp_path / "secret.txt"):
            if place.exists():
                place.chmod(0o700)


@pytest.mark.parametrize("name", ["no such source", "det letters", "config merge bomb",
                                  "unknown option", "report receipt no JSON"])  # fmt: skip
def test_so_it_is_in_a_process_of_its_own(name: str, world: Path, tmp_path: Path) -> None:
    words, hint = _prepare(CASES[name], world, tmp_path)
    code = "from tracker.cli.app import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, check=False
    )
    _check(Ended(done.returncode, done.stdout, done.stderr.strip().splitlines()), hint)
