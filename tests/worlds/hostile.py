"""What the fuzzers throw at every reader of a user's file, in tests/fuzz and scripts/trials.

A reader returns, or raises one of its named errors. Anything else is a fault of ours.
"""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from hypothesis import strategies as st

from tracker.errors import TeamsheetError

MOT = "1,1,10,20,30,40,0.9,1,1\n1,2,60,20,30,40,0.8,1,0.5\n2,1,12,20,30,40,0.9,1,1\n"
TRACKS = (
    "frame,time_s,track_id,player,player_confidence,visibility,x1,y1,x2,y2,confidence,"
    "predicted_x,predicted_y,std_x,std_y,evidence\n"
    "1,0.0000,1,Ann,0.9000,visible,10.00,20.00,40.00,60.00,0.9000,25.00,40.00,1.00,1.00,anchor\n"
    "2,0.0400,1,'=Bea,0.9000,absent,,,,,,25.00,40.00,1.00,1.00,carried\n"
    '2,0.0400,2,"a ""b"", c",0.5000,occluded,1.00,2.00,3.00,4.00,,2.00,3.00,1.00,1.00,solved\n'
)
YAML = "seed: 3\ndetect: {score_min: 0.2, tiles: 2x1}\nfollow:\n  confirm_s: 0.2\n  motion: {}\n"
ROSTER = "Ann:\n  number: '07'\n  team: red\n  on: '1:05'\nBea: {name: Béa, off: 3600}\n"
NAMES = 'id,name,number,team,role\n1,Ann,7,red,\n2,"Bea, B.",8,blue,goalkeeper\n3,ball,,,\n'
GAMEINFO = "[Sequence]\nname=x\ntrackletID_1= player team left;10\ntrackletID_2= ball;1\n"
SEQINFO = "[Sequence]\nname=x\nimDir=img1\nframeRate=25\nseqLength=3\nimWidth=64\nimHeight=48\n"
RECEIPT = json.dumps(
    {
        "source": {"spec": "a.mp4", "size": [64, 48], "fps": 25.0, "fingerprint": "x",
                   "frames": {"first": 1, "count": 3}},
        "gallery": {"folder": "g", "players": ["Ann"]},
        "settings": {"mode": "online"},
    }
)  # fmt: skip
REGION = {
    "id": "r1", "type": "videorectangle",
    "value": {"labels": ["Ann"], "sequence": [
        {"frame": 1, "enabled": True, "x": 1.0, "y": 2.0, "width": 3.0, "height": 4.0},
        {"frame": 3, "enabled": False, "x": 2.0, "y": 2.0, "width": 3.0, "height": 4.0},
    ]},
}  # fmt: skip
LABELS = json.dumps([{"data": {"video": "a.mp4"}, "annotations": [{"result": [REGION]}]}])


XML = (
    '<?xml version="1.0" encoding="utf-8"?>\n<annotations><meta><task><original_size><width>64'
    '</width><height>48</height></original_size></task></meta><track id="0" label="Ann">'
    '<box frame="0" outside="0" occluded="1" xtl="1" ytl="2" xbr="9.5" ybr="30"><attribute '
    'name="who">A</attribute></box><box frame="4" xtl="1" ytl="2" xbr="9" ybr="30"/>'
    '<polygon frame="5"/></track></annotations>'
)
XML_IMAGES = (
    '<annotations><image id="0" name="a.png" width="64" height="48"><box label="Ann" xtl="1" '
    'ytl="2" xbr="9" ybr="30" rotation="0"/></image></annotations>'
)
COCO = json.dumps(
    {
        "images": [{"id": 5, "file_name": "f_000.png", "width": 64, "height": 48},
                   {"id": 6, "frame_id": 1}],
        "annotations": [
            {"id": 1, "image_id": 5, "category_id": 1, "bbox": [1, 2, 9.5, 30], "iscrowd": 0,
             "attributes": {"track_id": 3, "occluded": False}},
            {"id": 2, "image_id": 6, "category_id": 1, "bbox": [1, 2, 9, 30], "player": "Ann"},
        ],
        "categories": [{"id": 1, "name": "Ann"}],
    }
)  # fmt: skip


QUESTION = {
    "kind": "who", "text": "Who is this?", "reasons": [], "worth_boxes": 1.0, "worth_s": 0.1,
    "rate": 1.0, "items": [
        {"track": 1, "first": 1, "last": 1, "player": "Ann", "focus": 1, "shown": [1],
         "shown_names": ["Ann"], "seconds": 0.1, "sure": 0.9, "chance": 0.5, "boxes": 1.0}],
    "candidates": [{"player": "Ann", "probability": 0.5}],
}  # fmt: skip
KEPT_ANSWER = {"said": "track 1 is Bea from frame 1 to 1", "is": "Bea", "spans": [[1, 1, 1]],
               "instead": [], "at": ["1 10.00,20.00,40.00,60.00"], "not_at": [],
               "video": "x"}  # fmt: skip
TIME = "2026-11-30T16:00:00+00:00"
ANSWERS = "".join(
    json.dumps(line) + "\n"
    for line in (
        {"answer": 1, "time": TIME, "run": "1-2", "verdict": "is", "kept": [KEPT_ANSWER],
         "said": [KEPT_ANSWER["said"]], "question": QUESTION, "ticked": [], "wrong": {"0": [0]}},
        {"answer": 2, "time": TIME, "verdict": "ticked", "question": {**QUESTION, "kind": "which"},
         "ticked": [0]},
        {"undo": 2, "time": TIME}, {"redo": 2, "time": TIME}, {"written": [1], "time": TIME},
        {"audit": {"frame": 1, "track": 1, "player": "Ann", "yes": True, "seed": 1, "number": 0,
                   "time": TIME}},
    )
)  # fmt: skip
ANCHORS = (
    "frame,player,x1,y1,x2,y2,confidence,source\n1,Ann,10,20,30,60,0.9,model\n"
    '2,"Bea, B.",10,20,30,60,0.5,human\n2, ann ,12,20,30,60,,\n'
)
POINTS = "time_s;player;x;y;score\n0:00,5;Ann;10,5;20;95\n1;Bea;10;20;80\n"
ANCHOR_LINES = (
    '{"frame": 1, "box": [10, 20, 30, 60], "player": "Ann", "confidence": 0.9}\n'
    '{"time_s": 0.5, "anchors": [{"point": [1, 2], "player": "Bea", "source": "human"}]}\n'
)
PIPELINE = json.dumps(
    {
        "schema_version": "track-v1",
        "video": {"fps": 25.0, "frame_count": 100, "width": 640, "height": 480},
        "frames": [
            {"frame": 0, "detections": [
                {"bbox": [1, 2, 9.5, 30], "score": 0.9, "class_name": "person", "track_id": "1",
                 "gallery_id": "Ann"}]},
        ],
    }
)  # fmt: skip


def _zip(name: str = "", text: str = "") -> bytes:
    """CVAT's MOT export, or one file of another."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        if name:
            archive.writestr(name, text)
        else:
            archive.writestr("gt/gt.txt", MOT)
            archive.writestr("gt/labels.txt", "Ann\n")
    return data.getvalue()


def _det(path: Path) -> object:
    from tracker.detection.mot_file import read_mot_detections

    return read_mot_detections(path)


def _sequence(path: Path) -> object:
    from tracker.video.image_sequence import open_folder

    (path.parent / "det").mkdir(exist_ok=True)
    (path.parent / "det" / "det.txt").write_text(MOT)
    return open_folder(path.parent)


def _guessed(path: Path) -> object:
    from tracker.video.image_sequence import open_folder

    return open_folder(path.parents[1])


def _tracks(path: Path) -> object:
    from tracker.output.table import TrackTable

    table = TrackTable.read_csv(path)
    table.to_csv(path.with_name("again.csv"))
    return table


def _rows(path: Path) -> object:
    from tracker.output.row_arrays import read_rows

    return read_rows(path, 25.0)


def _result(path: Path) -> object:
    from tracker.evaluation.inputs import Result
    from tracker.evaluation.readers import read_result
    from tracker.evaluation.text_files import TextSource

    return read_result(Result(TextSource(path)))


def _truth(path: Path) -> object:
    from tracker.evaluation.inputs import find_truths
    from tracker.evaluation.loading import load_truth
    from tracker.evaluation.options import Options

    return [load_truth(truth, Options()) for truth in find_truths(path)]


def _truth_boxes(path: Path) -> object:
    from gallery.annotations.boxes import read_boxes

    return read_boxes(path).faults(64, 48)


def _config(path: Path) -> object:
    from tracker import config

    return config.load(path)


def _set(path: Path) -> object:
    from tracker import config

    return config.load(None, [path.read_bytes().decode("utf-8", "replace")])


def _roster(path: Path) -> object:
    from gallery.roster_file import read_details

    return read_details(path, ["Ann", "Bea"])


def _names(path: Path) -> object:
    from gallery.annotations.names import read_names

    return read_names(path)


def _people(path: Path) -> object:
    from tracker.evaluation.identities import read_people
    from tracker.evaluation.text_files import TextSource

    return read_people(TextSource(path))


def _seqinfo(path: Path) -> object:
    from tracker.evaluation.inputs import read_seqinfo
    from tracker.evaluation.text_files import TextSource

    return read_seqinfo(TextSource(path))


def _explained(path: Path) -> object:
    from tracker.explain.run import open_case

    return open_case(path.parent)


def _reported(path: Path) -> object:
    from tracker.report.run_facts import RunFacts, facts_of, plain, settings_of

    receipt = RunFacts.read(path.parent)
    return facts_of(receipt.tree), settings_of(receipt.tree), plain(receipt.tree), receipt.name


def _suggested(path: Path) -> object:
    from tracker.suggest.create import suggest

    return suggest(path.parent, None, 3, 3, False)


def _label_studio(path: Path) -> object:
    from gallery.annotations.label_studio import parse_tasks, read_tree

    return parse_tasks(read_tree(path), path, (64, 48), "a.mp4")


def _cvat(path: Path) -> object:
    from gallery.annotations.cvat import read_cvat

    return read_cvat(path)


def _annotation(path: Path) -> object:
    from gallery.annotations.reader import Annotation, read_annotation

    return read_annotation(Annotation(path, "a.mp4", (64, 48)))


def _anchors(path: Path) -> object:
    from tracker.anchors.names import fitted
    from tracker.anchors.readers import AnchorVideo, read_anchors

    path.with_name("names.csv").write_text(NAMES)
    rows = read_anchors(path, video=AnchorVideo("a.mp4", 640, 480, 25.0, 100))
    return fitted(rows, ["Ann", "Bea"], new_players=True, fps=25.0)


def _anchor_line(path: Path) -> object:
    from tracker.anchors.live import parse_line

    return parse_line(path.read_bytes(), ["Ann", "Bea"])


def _offsets(path: Path) -> object:
    from tracker.tracking.occlusion_net import OffsetNet

    return OffsetNet.from_bytes(path.read_bytes(), str(path))


def _meta(path: Path) -> object:
    from tracker.observation.store import Store

    return Store.open(path.parent)


def _chunk(path: Path) -> object:
    from tracker.observation.chunk import read_chunk

    chunk, carry = read_chunk(path)
    return list(chunk), carry


def _evidence(path: Path) -> object:
    """The three tables, of which one is damaged."""
    from tracker.output.evidence import COLUMNS, EvidenceTables

    for name in COLUMNS:
        if name != path.stem:
            (path.parent / f"{name}.parquet").write_bytes(_evidence_files()[name])
    return EvidenceTables.read(path.parent)


def _shown(path: Path) -> object:
    from tracker.runs.gallery_cache import GalleryCache

    return GalleryCache.read(path.parent, "key")


def _corrections(path: Path) -> object:
    from tracker.corrections.in_force import in_force
    from tracker.runs.correct import corrections

    kept = corrections(path.parent)
    in_force(kept)
    return kept


def _reviewed(path: Path) -> object:
    """The run beside or around the file, opened, asked and answered."""
    from tracker.runs.review_desk import Desk

    out = path.parents[path.parent.name == "review"]
    for name, text in (("tracks.csv", TRACKS), ("run.json", RECEIPT)):
        if out / name != path:
            (out / name).write_text(text)
    if path.name != "answers.jsonl":
        (out / "review").mkdir(exist_ok=True)
        (out / "review" / "answers.jsonl").write_text(ANSWERS)
    desk = Desk.open(out, None, lambda _: None, solve=False)
    try:
        return desk.facts(), desk.question(), desk.lanes(1, 9, 9), desk.boxes(1, 9), desk.undo()
    finally:
        desk.close()


def _said(path: Path) -> object:
    from tracker.corrections.statements import read_file

    return read_file(path, ["Ann", "Bea"])


def _scratch(write: Callable[[Path], object], name: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder))
        return (Path(folder) / name).read_bytes()


def _good_chunk() -> bytes:
    from tests.worlds.numbers import digits_of
    from tracker.identity.number_evidence import readings_of
    from tracker.observation.chunk import Carry, Chunk, write_chunk
    from tracker.types import Observation

    boxes, looks = np.ones((2, 4), np.float32), np.ones((2, 8), np.float32)
    read = readings_of(np.array([digits_of(7), digits_of(10) * 0]))
    seen = [
        Observation(i, i / 25, boxes, boxes[:, 0], looks, np.eye(2, 3), False, read) for i in (0, 1)
    ]
    return _scratch(lambda to: write_chunk(Chunk.of(seen), Carry(), to / "x"), "x")


@cache
def _evidence_files() -> dict[str, bytes]:
    from tracker.output.evidence import COLUMNS, tables_of, write_tables
    from tracker.types import EvidenceLog

    spans, said = np.ones((1, 3), np.int64), np.ones((1, 2), np.float32)
    told = EvidenceLog(spans, spans[0, :1], said, spans, said[0, :1], spans, said, spans[0, :1] * 0)
    tables = tables_of(told, ["Ann"], [1])
    return {
        name: _scratch(lambda to: write_tables(tables, "online", to / "e"), f"e/{name}.parquet")
        for name in COLUMNS
    }


def _good_shown() -> bytes:
    from tracker.runs.gallery_cache import GalleryCache

    shown = GalleryCache("key", np.ones((2, 8), np.float32), np.arange(2), ["a", "b"], np.zeros(32))
    return _scratch(shown.write, "gallery.npz")


KEPT = json.dumps({"corrections": [
    {"said": "player Ann is nobody", "is": "", "spans": [[1, 1, 9]]},
    {"said": "track 2 is Bea from frame 3", "is": "Bea", "spans": [[2, 3, 9]],
     "instead": [[3, 3, 9]]},
]})  # fmt: skip


def _weights() -> bytes:
    import tracker.tracking

    return (Path(tracker.tracking.__path__[0]) / "occlusion_net.safetensors").read_bytes()[:3000]


@dataclass(frozen=True)
class Target:
    """file: what the reader is given, relative to a folder of its own. good: a valid content."""

    file: str
    good: bytes
    read: Callable[[Path], object]


TARGETS = {
    "det.txt": Target("det.txt", MOT.encode(), _det),
    "seqinfo.ini": Target("s/seqinfo.ini", SEQINFO.encode(), _sequence),
    "det.txt alone": Target("q/det/det.txt", MOT.encode(), _guessed),
    "tracks.csv": Target("tracks.csv", TRACKS.encode(), _tracks),
    "tracks.csv in a report": Target("tracks.csv", TRACKS.encode(), _rows),
    "tracks.csv in eval": Target("tracks.csv", TRACKS.encode(), _result),
    "result.txt": Target("r.txt", MOT.encode(), _result),
    "named table": Target("r.csv", b"frame,id,x,y,w,h,name\n1,1,1,2,3,4,Ann\n", _result),
    "gt.txt": Target("gt.txt", MOT.encode(), _truth),
    "gt.txt to cut": Target("gt.txt", MOT.encode(), _truth_boxes),
    "truth.zip": Target("truth.zip", _zip(), _truth),
    "config": Target("c.yaml", YAML.encode(), _config),
    "--set": Target("set", b"follow.confirm_s=0.2", _set),
    "roster.yaml": Target("roster.yaml", ROSTER.encode(), _roster),
    "names.csv": Target("names.csv", NAMES.encode(), _names),
    "names.csv in eval": Target("names.csv", NAMES.encode(), _people),
    "gameinfo.ini": Target("gameinfo.ini", GAMEINFO.encode(), _names),
    "gameinfo.ini in eval": Target("gameinfo.ini", GAMEINFO.encode(), _people),
    "seqinfo.ini in eval": Target("seqinfo.ini", SEQINFO.encode(), _seqinfo),
    "run.json": Target("run.json", RECEIPT.encode(), _explained),
    "run.json in a report": Target("run.json", RECEIPT.encode(), _reported),
    "run.json in suggest": Target("run.json", RECEIPT.encode(), _suggested),
    "Label Studio": Target("l.json", LABELS.encode(), _label_studio),
    "CVAT": Target("c.zip", _zip(), _cvat),
    "CVAT XML": Target("c.xml", XML.encode(), _annotation),
    "CVAT XML of images": Target("c.xml", XML_IMAGES.encode(), _annotation),
    "CVAT XML in a zip": Target("c.zip", _zip("annotations.xml", XML), _annotation),
    "COCO": Target("c.json", COCO.encode(), _annotation),
    "COCO in a zip": Target("c.zip", _zip("annotations/instances_default.json", COCO), _annotation),
    "anchors.csv": Target("a.csv", ANCHORS.encode(), _anchors),
    "anchors.csv of points": Target("a.csv", POINTS.encode(), _anchors),
    "anchors, MOT rows": Target("a.txt", MOT.encode(), _anchors),
    "anchors, tracks.csv": Target("tracks.csv", TRACKS.encode(), _anchors),
    "anchors.jsonl": Target("a.jsonl", ANCHOR_LINES.encode(), _anchors),
    "anchors.json": Target("a.json", f"[{ANCHOR_LINES.splitlines()[0]}]".encode(), _anchors),
    "anchors, track-v1": Target("a.json", PIPELINE.encode(), _anchors),
    "anchors, COCO": Target("a.json", COCO.encode(), _anchors),
    "anchors, Label Studio": Target("a.json", LABELS.encode(), _anchors),
    "anchors, CVAT XML": Target("a.xml", XML.encode(), _anchors),
    "anchors, CVAT zip": Target("a.zip", _zip(), _anchors),
    "anchor line": Target("line", ANCHOR_LINES.splitlines()[0].encode(), _anchor_line),
    "offsets": Target("o.safetensors", _weights(), _offsets),
    "chunk": Target("chunk-000001.parquet", _good_chunk(), _chunk),
    **{
        f"{name}.parquet": Target(f"evidence/{name}.parquet", content, _evidence)
        for name, content in _evidence_files().items()
    },
    "gallery.npz": Target("gallery.npz", _good_shown(), _shown),
    "corrections": Target("run.json", KEPT.encode(), _corrections),
    "answers.jsonl": Target("o/review/answers.jsonl", ANSWERS.encode(), _reviewed),
    "run.json in a review": Target("o/run.json", RECEIPT.encode(), _reviewed),
    "tracks.csv in a review": Target("o/tracks.csv", TRACKS.encode(), _reviewed),
    "corrections.csv": Target("c.csv", b"player,is,first,last\nAnn,Bea,1,9\n", _said),
    "meta.json": Target("meta.json", b'{"version": 1, "source": {}}', _meta),
}

BITS = st.sampled_from(
    [b"\0", b"\xff", b"\n", b"\r", b"-", b"nan", b"inf", b"1e999", b"1e18", b'"', b"'", b",", b";",
     b"=", b"{", b"[", b"&a ", b"*a", b"\t", b"\xef\xbb\xbf", b"\xe2\x80\xa8", b"9" * 30,
     b"9" * 5000, b"!!timestamp 2020-99-99", b"%", b"null", b"{}", b"[]", b"-1", b"0", b"1.5",
     b"\xd9\xa1", b"\xc2\xb2", b"true", b'""', b"<<: ", b"? ", b"!!binary x", b"\x85"]
)  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn, good: bytes) -> bytes:
    """A good file with some of it flipped, cut out, repeated, replaced or put in."""
    data = bytearray(good)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        end = min(len(data), at + draw(st.integers(1, 12)))
        what = draw(st.sampled_from(["flip", "cut", "repeat", "insert", "replace", "end"]))
        if what == "flip" and at < len(data):
            data[at] ^= 1 << draw(st.integers(0, 7))
        elif what == "cut":
            del data[at:end]
        elif what == "repeat":
            data[at:at] = data[at:end] * draw(st.integers(1, 50))
        elif what == "insert":
            data[at:at] = draw(BITS)
        elif what == "replace":
            data[at:end] = draw(BITS)
        elif what == "end":
            del data[at:]
    return bytes(data)


def contents_of(target: Target) -> st.SearchStrategy[bytes]:
    """Mostly good files that were damaged; sometimes anything."""
    return st.one_of(mutated(target.good), mutated(target.good), st.binary(max_size=200))


def throw(target: Target, data: bytes, folder: Path) -> str:
    """The name of the error that the reader raised, or nothing. Raises what is no named error."""
    path = folder / target.file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    try:
        target.read(path)
    except TeamsheetError as error:
        if not str(error).strip():
            raise
        return type(error).__name__
    return ""
