"""The same few anchors in every format: Ada and Bea in frames 1 to 3 of a video of 100 frames."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from tracker.anchors.readers import AnchorVideo, read_anchors
from tracker.anchors.rows import AnchorRows

VIDEO = AnchorVideo("match.mp4", 640, 360, 25.0, 100)
NAMES = ("Ada Novak", "Bea")
FRAMES = (1, 2, 3)
MOT_NAMES = "id,name\n7,Ada Novak\n9,Bea\n"


def box_of(name: str, frame: int) -> list[float]:
    """x1 y1 x2 y2."""
    x = 50.0 + 200 * NAMES.index(name) + frame
    return [x, 100.0, x + 40, 200.0]


ROWS = [(frame, name, *box_of(name, frame)) for frame in FRAMES for name in NAMES]


def csv_text(separator: str = ",", decimal: str = ".") -> str:
    lines = [["frame", "player", "x1", "y1", "x2", "y2", "confidence"]]
    lines += [[str(f), n, *(f"{v:g}" for v in box), "0.9"] for f, n, *box in ROWS]
    cells = [[cell.replace(".", decimal) if n > 1 else cell for n, cell in enumerate(row)]
             for row in lines]  # fmt: skip
    return "".join(separator.join(row) + "\n" for row in cells)


def mot_text() -> str:
    ids = dict(zip(NAMES, (7, 9), strict=True))
    return "".join(
        f"{f},{ids[n]},{x1},{y1},{x2 - x1},{y2 - y1},0.9\n" for f, n, x1, y1, x2, y2 in ROWS
    )


def object_lines() -> str:
    return "".join(
        json.dumps({"frame": f, "box": box, "player": n, "confidence": 0.9}) + "\n"
        for f, n, *box in ROWS
    )


def cvat_xml() -> str:
    def track(number: int, name: str) -> str:
        boxes = "".join(
            '<box frame="{}" outside="0" occluded="0" xtl="{}" ytl="{}" xbr="{}" ybr="{}"/>'.format(
                frame - 1, *box_of(name, frame)
            )
            for frame in FRAMES
        )
        return f'<track id="{number}" label="{name}">{boxes}</track>'

    tracks = "".join(track(n, name) for n, name in enumerate(NAMES))
    return f"<annotations>{tracks}</annotations>"


def zipped(name: str, text: str) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(name, text)
    return data.getvalue()


def coco_tree() -> dict[str, Any]:
    return {
        "images": [{"id": f, "frame_id": f, "width": 640, "height": 360} for f in FRAMES],
        "categories": [{"id": n, "name": name} for n, name in enumerate(NAMES)],
        "annotations": [
            {"id": n, "image_id": f, "category_id": NAMES.index(name),
             "bbox": [x1, y1, x2 - x1, y2 - y1], "score": 0.9}
            for n, (f, name, x1, y1, x2, y2) in enumerate(ROWS)
        ],
    }  # fmt: skip


def label_studio_tree() -> list[dict[str, Any]]:
    def region(name: str) -> dict[str, Any]:
        keys = []
        for frame in FRAMES:
            x1, y1, x2, y2 = np.array(box_of(name, frame)) * ([100 / 640, 100 / 360] * 2)
            keys.append({"frame": frame, "enabled": True, "x": x1, "y": y1, "width": x2 - x1,
                         "height": y2 - y1})  # fmt: skip
        value = {"labels": [name], "sequence": keys}
        return {"id": name, "type": "videorectangle", "value": value}

    return [{"data": {"video": "match.mp4"},
             "annotations": [{"result": [region(name) for name in NAMES]}]}]  # fmt: skip


def pipeline_tree(schema: str = "track-v1", **video: object) -> dict[str, Any]:
    """As gallery-track-lib and detect-lib write it."""
    key = {"track-v1": "gallery_id", "det-v1": "class_name"}[schema]
    stated = {"path": "match.mp4", "fps": 25.0, "frame_count": 100, "width": 640, "height": 360}
    return {
        "schema_version": schema,
        "video": {**stated, **video},
        "frames": [
            {"frame": f - 1,
             "detections": [{"bbox": box_of(n, f), "score": 0.9, "class_id": 0,
                             "class_name": "person", "track_id": "3", key: n} for n in NAMES]}
            for f in FRAMES
        ],
    }  # fmt: skip


GOOD: dict[str, bytes] = {
    "a.csv": csv_text().encode(),
    "a.tsv": csv_text("\t").encode(),
    "a.txt": mot_text().encode(),
    "a.jsonl": object_lines().encode(),
    "a.ndjson": object_lines().encode(),
    "a.json": json.dumps(coco_tree()).encode(),
    "a.xml": cvat_xml().encode(),
    "a.zip": zipped("annotations.xml", cvat_xml()),
}
"""A good file for each ending."""


def write(folder: Path, name: str, content: bytes | str) -> Path:
    """The file, and beside it a names.csv."""
    (folder / "names.csv").write_text(MOT_NAMES, encoding="utf-8")
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read(folder: Path, name: str, content: bytes | str, video: AnchorVideo = VIDEO) -> AnchorRows:
    return read_anchors(write(folder, name, content), video=video)


def in_words(rows: AnchorRows) -> list[tuple[int, str, list[float]]]:
    """Frame, player and box of each row, by frame and player."""
    names = [rows.names[player] for player in rows.players]
    found = zip(rows.frames.tolist(), names, rows.boxes.round(3).tolist(), strict=True)
    return sorted(found)


WANTED = sorted((frame, name, list(box)) for frame, name, *box in ROWS)
