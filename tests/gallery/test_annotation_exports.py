"""Cutting from COCO's JSON and CVAT's XML: who is where in any dialect, and what is refused."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from gallery.annotations import coco, cvat_xml
from gallery.annotations.names import EnrollError
from gallery.annotations.reader import Annotation, AnnotationError, Found, read_annotation
from gallery.io.text_files import ReadingWarning
from tests.worlds.gallery import draw_clip
from tracker.output.outputs import OUTPUTS
from tracker.output.table import COLUMNS, TrackTable
from tracker.output.video_facts import About
from tracker.runs import gallery_commands

SIZE, FRAMES = (640, 360), 40
PLACES = {"Ann": 50.0, "Bea": 200.0}


def box_of(name: str, frame: int) -> list[float]:
    """x, y, width, height; frame from 1."""
    return [PLACES[name] + frame, 100.0, 40.0, 100.0]


def coco_tree(
    number: Callable[[int], dict[str, Any]], label: str = "", size: tuple[int, int] = SIZE
) -> dict[str, Any]:
    """number: of a frame, from 1, what an image says of it. label: of all boxes, else the name."""
    by = float(size[0] / SIZE[0])
    labels = [label] if label else list(PLACES)
    images = [
        {"id": 900 + f, "width": size[0], "height": size[1], **number(f)}
        for f in range(1, FRAMES + 1)
    ]
    annotations = [
        {
            "id": 100 * f + k, "image_id": 900 + f, "iscrowd": 0,
            "category_id": 1 if label else k, "bbox": [by * v for v in box_of(name, f)],
            "attributes": {"track_id": k, "occluded": False, "who": name},
        }
        for f in range(1, FRAMES + 1) for k, name in enumerate(PLACES, 1)
    ]  # fmt: skip
    categories = [{"id": k, "name": name} for k, name in enumerate(labels, 1)]
    return {"images": images, "annotations": annotations, "categories": categories}


def named(pattern: str, first: int = 1) -> Callable[[int], dict[str, Any]]:
    return lambda frame: {"file_name": pattern.format(frame - 1 + first)}


def xml_of_video(name: str = "label", every: int = 1, size: tuple[int, int] = SIZE) -> str:
    """name: where the name stands, as the label or as an attribute. every: a box each so many."""
    by = size[0] / SIZE[0]
    tracks = []
    for k, player in enumerate(PLACES):
        boxes = []
        for f in range(1, FRAMES + 1, every):
            x, y, w, h = (by * v for v in box_of(player, f))
            inner = f'<attribute name="who">{player}</attribute>' if name != "label" else ""
            boxes.append(
                f'<box frame="{f - 1}" outside="0" occluded="0" keyframe="1" xtl="{x:.2f}" '
                f'ytl="{y:.2f}" xbr="{x + w:.2f}" ybr="{y + h:.2f}">{inner}</box>'
            )
        label = player if name == "label" else "person"
        tracks.append(f'<track id="{k}" label="{label}">{"".join(boxes)}</track>')
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<annotations><version>1.1</version><meta><task>'
        f"<original_size><width>{size[0]}</width><height>{size[1]}</height></original_size>"
        f"</task></meta>{''.join(tracks)}</annotations>"
    )


def xml_of_images(width: int = SIZE[0], height: int = SIZE[1]) -> str:
    images = []
    for f in range(1, FRAMES + 1):
        boxes = "".join(
            f'<box label="{name}" occluded="0" xtl="{x}" ytl="{y}" xbr="{x + w}" ybr="{y + h}"/>'
            for name in PLACES for x, y, w, h in [box_of(name, f)]
        )  # fmt: skip
        images.append(
            f'<image id="{f - 1}" name="f_{f:04d}.png" width="{width}" height="{height}">{boxes}'
            "</image>"
        )
    return f"<annotations>{''.join(images)}</annotations>"


def check_whole(found: Found) -> None:
    """All boxes of both players, where they are."""
    boxes, names = found
    assert sorted(name.name for name in names.values()) == list(PLACES)
    for number, name in names.items():
        mine = boxes.ids == number
        assert boxes.frames[mine].tolist() == list(range(1, FRAMES + 1))
        x, y, w, h = np.array([box_of(name.name, f) for f in range(1, FRAMES + 1)]).T
        assert boxes.boxes[mine] == pytest.approx(np.stack([x, y, x + w, y + h], 1), abs=0.01)


# ------------------------------------------------------------------------------------ COCO


@pytest.mark.parametrize(
    "number",
    [
        lambda f: {"frame_id": f - 1, "file_name": "a.jpg"},
        lambda f: {"frame_id": f, "file_name": "a.jpg"},
        named("frame_{:06d}.PNG", 0),
        named("img1/{:06d}.jpg"),
        named("clip_mp4-{}_jpg.rf.00ffab12.jpg", 0),
        named("clip 7 frame {}.jpeg"),
    ],
    ids=["CocoVID", "from 1", "CVAT", "MOT", "Roboflow", "words"],
)
def test_frames_are_found_however_pictures_are_numbered(
    number: Callable[[int], dict[str, Any]],
) -> None:
    check_whole(coco.parse(coco_tree(number), "c.json", SIZE))


def test_a_name_may_be_an_attribute_or_belong_to_the_track(tmp_path: Path) -> None:
    tree = coco_tree(named("{}.jpg"), label="person")
    check_whole(coco.parse(tree, "c.json", SIZE, "who"))
    file, names = tmp_path / "c.json", tmp_path / "names.csv"
    file.write_text(json.dumps(tree))
    names.write_text("id,name\n1,Ann\n2,Bea\n")
    check_whole(read_annotation(Annotation(file, "clip", SIZE, names)))


@pytest.mark.parametrize("size", [(1280, 720), (320, 180)])
def test_boxes_of_a_smaller_or_larger_copy_are_scaled(size: tuple[int, int]) -> None:
    check_whole(coco.parse(coco_tree(named("{}.jpg"), size=size), "c.json", SIZE))


def test_hidden_people_and_crowds_show_nobody() -> None:
    tree = coco_tree(named("{}.jpg"))
    tree["annotations"][0]["iscrowd"] = 1
    tree["annotations"][1]["attributes"]["occluded"] = True
    tree["annotations"][2]["occluded"] = True
    boxes, _ = coco.parse(tree, "c.json", SIZE)
    assert len(boxes.ids) == 2 * FRAMES - 1
    assert (boxes.ids < 0).sum() == 2


def test_what_convert_writes_is_read_with_its_names(tmp_path: Path) -> None:
    rows = [
        {**dict.fromkeys(COLUMNS, 0.0), "role": ""} | {
            "frame": f, "track_id": k, "player": "" if k == 3 else name, "visibility": "visible",
            "x1": x, "y1": y, "x2": x + w, "y2": y + h, "evidence": "", "confidence": 0.9,
        }
        for f in range(1, FRAMES + 1) for k, name in enumerate(["Ann", "Bea", "Ann"], 1)
        for x, y, w, h in [box_of(name, f)]
    ]  # fmt: skip
    table = TrackTable.of(pd.DataFrame(rows)[list(COLUMNS)])
    OUTPUTS["coco-vid"].write(table, tmp_path / "c.json", About("clip", 25.0, SIZE))
    boxes, names = read_annotation(Annotation(tmp_path / "c.json", "clip", SIZE))
    assert (boxes.ids < 0).sum() == FRAMES
    keep = boxes.ids > 0
    check_whole((type(boxes)("", boxes.frames[keep], boxes.ids[keep], boxes.boxes[keep]), names))


def broken(change: Callable[[dict[str, Any]], Any], label: str = "") -> dict[str, Any]:
    tree = coco_tree(named("{}.jpg"), label=label)
    change(tree)
    return tree


@pytest.mark.parametrize(
    ("tree", "why"),
    [
        (broken(lambda t: None, "person"), "person is twice in frame 1; call each box by its"),
        (broken(lambda t: t["annotations"].clear()), "no box in it"),
        (broken(lambda t: t["annotations"][0].update(bbox=[1, 2, 3])), "not x, y, width, height"),
        (broken(lambda t: t["annotations"][0].update(bbox=[1, 2, 0, 4])), "must be above 0"),
        (broken(lambda t: t["annotations"][0].update(bbox=[1, 2, 1e99, 4])), "cannot be"),
        (broken(lambda t: t["annotations"][0].update(bbox=7)), "not x, y, width, height"),
        (broken(lambda t: t["annotations"][0].update(image_id=4)), "image 4 is not in the file"),
        (broken(lambda t: t["annotations"][0].update(image_id=[])), "image [] is not in the"),
        (broken(lambda t: t["annotations"][0].update(category_id="x")), "category x is not"),
        (broken(lambda t: t["annotations"].append(3)), "an annotation that is none"),
        (broken(lambda t: t["images"].append({})), "an image without id"),
        (broken(lambda t: t["images"][0].update(file_name="a.jpg")), "has no frame number"),
        (broken(lambda t: t["images"][0].update(file_name="b/2.jpg")), "two images are of one"),
        (broken(lambda t: t["images"][0].update(width=640, height=640)), "has another shape"),
        (broken(lambda t: t["categories"][0].update(name="a\nb")), "name 'a"),
    ],
)
def test_a_wrong_coco_file_is_refused_in_one_line(tree: Any, why: str, tmp_path: Path) -> None:
    file = tmp_path / "c.json"
    file.write_text(json.dumps(tree))
    with pytest.raises(EnrollError) as caught:
        read_annotation(Annotation(file, "clip", SIZE))
    assert why in str(caught.value)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)


# ---------------------------------------------------------------------------------- CVAT XML


@pytest.mark.parametrize(
    ("text", "attribute"),
    [
        (xml_of_video(), ""),
        (xml_of_video("attribute"), "who"),
        (xml_of_video(every=3), ""),
        (xml_of_video(size=(1280, 720)), ""),
        (xml_of_images(), ""),
    ],
    ids=["video", "attribute", "key frames only", "larger", "images"],
)
@pytest.mark.parametrize("ending", [".xml", ".zip"])
def test_boxes_of_the_xml_are_read(text: str, attribute: str, ending: str, tmp_path: Path) -> None:
    check_whole(read_annotation(_written(tmp_path, text, ending, attribute=attribute)))


def _written(to: Path, text: str, ending: str = ".xml", **more: Any) -> Annotation:
    file = to / f"export{ending}"
    if ending == ".zip":
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("annotations.xml", text)
    else:
        file.write_text(text)
    return Annotation(file, "clip", SIZE, **more)


def test_a_coco_export_of_cvat_is_a_zip(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as archive:
        tree = coco_tree(named("frame_{:06d}.PNG", 0))
        archive.writestr("annotations/instances_default.json", json.dumps(tree))
    check_whole(read_annotation(Annotation(tmp_path / "c.zip", "clip", SIZE)))


def track(*boxes: str, label: str = "Ann", id_: str = "0") -> str:
    return f'<annotations><track id="{id_}" label="{label}">{"".join(boxes)}</track></annotations>'


def at(frame: object, x: float = 50, **more: object) -> str:
    sides = {"xtl": x, "ytl": 100, "xbr": x + 40, "ybr": 200, **more}
    return f'<box frame="{frame}" ' + " ".join(f'{k}="{v}"' for k, v in sides.items()) + "/>"


def test_a_track_ends_where_it_is_outside_and_is_nobodys_while_occluded(tmp_path: Path) -> None:
    boxes = (at(0), at(2, occluded=1), at(4), at(6, outside=1), at(9), at(10, 60))
    found, _ = read_annotation(_written(tmp_path, track(*boxes)))
    assert found.frames.tolist() == [1, 2, 3, 4, 5, 6, 10, 11]
    assert found.ids.tolist() == [0, 0, -1, -1, 0, 0, 0, 0]


def test_names_may_be_given_by_the_ids_of_tracks(tmp_path: Path) -> None:
    names = tmp_path / "names.csv"
    names.write_text("id,name,number\n0,Cid,9\n")
    given = _written(tmp_path, track(at(0)), names=names)
    assert [(n.name, n.number) for n in read_annotation(given)[1].values()] == [("Cid", "9")]


def test_shapes_that_are_no_boxes_are_counted(tmp_path: Path) -> None:
    text = track(at(0), '<polygon frame="1" points="1,2;3,4;5,6"/>')
    with pytest.warns(ReadingWarning, match="1 polygon not read, only boxes are"):
        read_annotation(_written(tmp_path, text))


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>' + track(at(0), label="&b;")
FILE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + track(at(0), label="x")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not readable as XML"),
        ("<annotations><track", "not readable as XML"),
        (BOMB, "a document type"),
        (FILE, "a document type"),
        ("<a>" * 100 + "</a>" * 100, "nested too deep"),
        ("<annotations/>", "no box in it"),
        (track(at(0), label=""), "has no label"),
        (track(at(0), id_="x"), "its id is no number"),
        (track(at("x")), "'x' is no frame"),
        (track(at(-1)), "'-1' is no frame"),
        (track(at(0, ybr=100)), "must be above 0"),
        (track(at(0, xtl="nan")), "cannot be"),
        (track(at(0, xtl="x")), "a box without"),
        (track(at(0, rotation=30)), "turned"),
        (xml_of_images().replace("Bea", "Ann"), "Ann is twice in frame 1; label each box"),
        (track(at(0), at(90_000_000)), "more than 5000000 boxes"),
        (track(at(0), label="a&#10;b"), "name 'a"),
        (xml_of_video(size=(640, 640)), "has another shape"),
        (xml_of_images(640, 640), "has another shape"),
        (
            '<annotations><track id="0" label="A" task_id="1"/>'
            '<track id="1" label="B" task_id="2"/></annotations>',
            "of 2 tasks",
        ),
    ],
)
@pytest.mark.parametrize("ending", [".xml", ".zip"])
def test_a_wrong_xml_is_refused_in_one_line(
    text: str, why: str, ending: str, tmp_path: Path
) -> None:
    with pytest.raises(EnrollError) as caught:
        read_annotation(_written(tmp_path, text, ending))
    assert why in str(caught.value)
    assert str(tmp_path / f"export{ending}") in str(caught.value)
    assert "\n" not in str(caught.value)


def test_who_is_called_two_names_is_refused(tmp_path: Path) -> None:
    parts = [
        at(f).replace("/>", f'><attribute name="who">{name}</attribute></box>')
        for f, name in ((0, "Ann"), (1, "Bea"))
    ]
    with pytest.raises(EnrollError, match="is both Ann and Bea"):
        read_annotation(_written(tmp_path, track(*parts), attribute="who"))
    with pytest.raises(EnrollError, match="says nothing for shirt"):
        read_annotation(_written(tmp_path, track(*parts), attribute="shirt"))


def test_an_xml_is_read_up_to_a_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cvat_xml, "MAX_BYTES", 5_000)
    for ending in (".xml", ".zip"):
        with pytest.raises(EnrollError, match="larger than 5000 bytes"):
            read_annotation(_written(tmp_path, xml_of_video(), ending))


def test_the_mot_export_of_cvat_has_no_attributes(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as archive:
        archive.writestr("gt/gt.txt", "1,1,50,100,40,100,1,1,1\n")
        archive.writestr("gt/labels.txt", "Ann\n")
    with pytest.raises(AnnotationError, match="CVAT for video"):
        read_annotation(Annotation(tmp_path / "c.zip", "clip", SIZE, attribute="who"))


# -------------------------------------------------------------------------- the command itself


@pytest.mark.parametrize("kind", ["coco", "xml"])
def test_a_gallery_is_cut_and_boxes_of_another_video_are_refused(kind: str, tmp_path: Path) -> None:
    clip, file = draw_clip(tmp_path / "clip"), tmp_path / f"b.{'json' if kind == 'coco' else 'xml'}"
    tree = coco_tree(named("{}.jpg"))
    for one in tree["images"]:  # as of a tool that says no size
        one.update(width=None, height=None)
    text = json.dumps(tree) if kind == "coco" else xml_of_video().replace("original_size", "was")
    file.write_text(text)

    def cut(out: str) -> str:
        return gallery_commands.cut_gallery(
            str(clip), file, None, tmp_path / out, (1, None), 6, 4, False, lambda text: None
        )

    assert "2 people cut into" in cut("players")
    assert {f.name for f in (tmp_path / "players").iterdir()} >= {"Ann", "Bea"}
    if kind == "coco":
        for one in tree["annotations"]:
            one["bbox"] = [4 * v for v in one["bbox"]]
        file.write_text(json.dumps(tree))
    else:
        file.write_text(text.replace('frame="', 'frame="9'))
    with pytest.raises(AnnotationError):
        cut("again")
    assert not (tmp_path / "again").exists()
