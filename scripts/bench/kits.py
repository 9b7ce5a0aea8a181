"""Whose kit people wear, against the truth: `kits.py DATA_DIR... [--from-run DIR] --json FILE`.

A DATA_DIR is a clip (video, gt.txt, and who is in which team: identities.csv, names.csv or
gameinfo.ini), of which true boxes are looked at in every fifth frame and added up by true track;
or a folder with frames/*.jpg and *.csv (class,x,y,w,h), whose single boxes are pooled over the
frames of a match, named before the first `_`. `--from-run DIR` also judges the column `kit` of
runs that `bench_clips.py --from-run DIR` has kept. A kit is the team (or role) that most of its
boxes are of; so the number of kits belongs to the score, and stands beside it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from clips.folder import open_clip
from clips.observed import REID, Case, quiet, reopened

from gallery.annotations.names import BALL, read_names
from tracker.boxes import iou
from tracker.evaluation.readers import read_mot
from tracker.evaluation.text_files import TextSource
from tracker.kits.kits import NO_KIT, Kits, likeliest
from tracker.kits.track_colors import TrackColors
from tracker.observation.shirt_colors import shirt_colors
from tracker.runs import pipeline

EVERY, SAME_IOU = 5, 0.5
Seen = dict[int, tuple[np.ndarray, list[str]]]
"""Boxes (N, 4) and true labels of frames."""


def score(kits: np.ndarray, labels: Sequence[str]) -> dict[str, Any]:
    """kits: (N,) of boxes, below 0 where nothing is said; labels: the truth of each."""
    truth = np.array(labels)
    said = kits >= 0
    right: np.ndarray = np.zeros(len(truth), bool)
    for kit in np.unique(kits[said]):
        mine = kits == kit
        names, counts = np.unique(truth[mine], return_counts=True)
        right |= mine & (truth == names[counts.argmax()])
    recalls = {name: float(right[truth == name].mean()) for name in np.unique(truth).tolist()}
    return {
        "boxes": len(truth),
        "kits": len(np.unique(kits[said])),
        "right": float(right.mean()),
        "said": float(said.mean()),
        "right of said": float(right[said].mean()) if said.any() else None,
        "each": recalls,
    }


def labelled(folder: Path, work: Path) -> tuple[Any, Seen, dict[int, list[int]]]:
    """A clip, its true boxes and labels by frame, 1-based, and their ids."""
    clip = open_clip(folder, work)
    names = read_names(clip.names, blanks=True) if clip.names else {}
    label = {i: n.team or n.role for i, n in names.items() if BALL not in (n.role, n.name)}
    rows = read_mot(TextSource(clip.truth))
    seen: Seen = {}
    ids: dict[int, list[int]] = {}
    for frame in np.unique(rows.frames).tolist():
        here = [i for i in np.flatnonzero(rows.frames == frame) if int(rows.ids[i]) in label]
        ids[frame] = [int(rows.ids[i]) for i in here]
        seen[frame] = rows.corners[here], [label[i] for i in ids[frame]]
    return clip, seen, ids


def on_truth(clip: Any, seen: Seen, ids: dict[int, list[int]]) -> dict[str, Any]:
    """True boxes of every fifth frame, a kit for each true track."""
    colors, video = TrackColors(), cv2.VideoCapture(str(clip.video))
    for frame in range(1, max(seen) + 1):
        good, image = video.read()
        if not good:
            break
        if (frame - 1) % EVERY == 0 and frame in seen:
            boxes = seen[frame][0].astype(np.float32)
            found = shirt_colors(image, boxes, range(len(boxes)))
            rows = np.array(ids[frame], np.int64), np.arange(len(boxes))
            colors.add(*rows, found, frame / 25)
    kits = Kits.of(colors)
    kit, _ = likeliest(kits.probabilities(colors.counts())) if kits else (colors.frames * 0 - 1, 0)
    rows = [(kit[i], name) for f in seen for i, name in zip(ids[f], seen[f][1], strict=True)]
    return score(np.array([k for k, _ in rows]), [name for _, name in rows])


def on_run(clip: Any, boxes: str, seen: Seen, encoder: Path) -> dict[str, Any]:
    """The column `kit` of a run, on its visible boxes that are a true person's."""
    case = Case(clip, boxes, clip.work / boxes, clip.work / "gallery", encoder, (1, max(seen)))
    request, run, store = reopened(case, (), "offline")
    table = pipeline.follow(request, run, list(store), quiet).table(run)
    visible = ~np.isnan(table.numbers["confidence"])
    corners = np.column_stack([table.numbers[n] for n in ("x1", "y1", "x2", "y2")])
    column = table.words["kit"]
    codes = np.where(column.are(""), NO_KIT, column.codes.astype(int))
    kits, labels = [], []
    for frame, (true, names) in seen.items():
        rows = np.flatnonzero(visible & (table.numbers["frame"] == frame))
        if not len(rows) or not len(true):
            continue
        same = iou(corners[rows], true.astype(float))
        best = same.argmax(axis=1)
        for row, at in enumerate(best.tolist()):
            if same[row, at] >= SAME_IOU:
                kits.append(codes[rows[row]])
                labels.append(names[at])
    return score(np.array(kits), labels)


def pooled(folder: Path) -> Iterator[tuple[np.ndarray, list[str]]]:
    """Kits and true classes of the boxes of one match after the other."""
    files = sorted((folder / "frames").glob("*.csv"))
    for match in sorted({file.name.split("_")[0] for file in files}):
        colors, labels = TrackColors(), list[str]()
        for file in (f for f in files if f.name.split("_")[0] == match):
            lines = [line.split(",") for line in file.read_text().split()[1:]]
            people = [line for line in lines if line[0] != BALL]
            corner = np.array([line[1:] for line in people], np.float32).reshape(-1, 4)
            boxes = np.concatenate([corner[:, :2], corner[:, :2] + corner[:, 2:]], axis=1)
            found = shirt_colors(
                cv2.imread(str(file.with_suffix(".jpg"))), boxes, range(len(boxes))
            )
            places = np.arange(len(boxes))
            colors.add(len(labels) + places, places, found, 0.0)
            labels += [line[0] for line in people]
        kits = Kits.of(colors)
        if kits is not None:
            kit, _ = likeliest(kits.probabilities(colors.counts()[: len(labels)]))
            yield kit, labels


def measured(
    folder: Path, from_run: Path | None, weights: Path, work: Path
) -> Iterator[tuple[str, dict[str, Any]]]:
    if (folder / "frames").is_dir():
        found, names, before = [], [], 0
        for kit, labels in pooled(folder):
            found.append(np.where(kit >= 0, kit + before, kit))
            before, names = found[-1].max() + 1, names + labels
        yield f"{folder.name}: roles", score(np.concatenate(found), names)
        return
    clip, seen, ids = labelled(folder, from_run or work)
    yield f"{clip.name}: true boxes", on_truth(clip, seen, ids)
    for run in sorted(clip.work.iterdir()) if from_run else ():
        if (run / "observations").is_dir():
            yield f"{clip.name}: run, {run.name}", on_run(clip, run.name, seen, weights / REID)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", type=Path, nargs="+", metavar="DATA_DIR")
    parser.add_argument("--from-run", type=Path, metavar="DIR")
    parser.add_argument(
        "--weights", type=Path, default=Path("weights"), help="as of bench_clips.py"
    )
    parser.add_argument("--work", type=Path, default=Path("kits-work"), help="for what is made")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    results = {}
    for folder in args.folders:
        for name, row in measured(folder, args.from_run, args.weights, args.work):
            results[name] = row
            each = ", ".join(f"{k} {v:.3f}" for k, v in row["each"].items())
            print(
                f"{name}: right {row['right']:.3f} of {row['boxes']} boxes, {row['kits']} kits, "
                f"something said of {row['said']:.3f}; {each}",
                flush=True,
            )
    if args.json:
        args.json.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
