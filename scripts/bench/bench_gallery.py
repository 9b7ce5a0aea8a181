"""How well a gallery names single crops: `bench_gallery.py DATA_DIR WEIGHTS_DIR [--json FILE]`.

DATA_DIR is SNMOT-116 with its truth and detections. The gallery is cut from the truth of frames 1
to 175, 12 clean crops for each person who has so many (the ball left out); everybody else is a
stranger. Asked are the YOLOX detections of frames 176 to 350 that lie on a person's true box
(IoU 0.5 or more). `clean` rows are those that may vote: 40 px high, less than 0.2 covered, score
0.5 or more. Averages are over 1, 5 and 25 consecutive crops of a true track.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.special import logsumexp
from scipy.stats import rankdata

from gallery.annotations.boxes import TruthBoxes
from gallery.classifier.gallery_classifier import GalleryClassifier
from gallery.create import Name, cut_gallery, read_boxes
from gallery.reid.encoder import load_encoder
from gallery.roster import Roster, encode_gallery, read_roster

CLIP, BALL, LAST_GALLERY_FRAME, PICTURES = "clip_f001-350.mp4", 20, 175, 12
ENCODERS = {
    "stripes": "stripes",
    "osnet x0.25": "osnet_x0_25_msmt17.onnx",
    "reid 0288": "reid-omz/person-reidentification-retail-0288.xml",
    "reid 0287": "reid-omz/person-reidentification-retail-0287.xml",
    "reid 0286": "reid-omz/person-reidentification-retail-0286.xml",
    "reid 0277": "reid-omz/person-reidentification-retail-0277.xml",
}
AVERAGED = (1, 5, 25)
HEADER = (
    "encoder      crops  per s cosine  LDA: 1, 5, 25 crops   NLL   ECE"
    "     AUC: 1, 5, 25       named unknown  kappa t"
)
Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Queries:
    """Detections with the true id under them. clean: those that may vote."""

    crops: list[NDArray[np.uint8]]
    ids: Ints
    frames: Ints
    clean: NDArray[np.bool_]


def images(video: Path) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    capture, number = cv2.VideoCapture(str(video)), 0
    while (got := capture.read())[0]:
        number += 1
        yield number, got[1].astype(np.uint8, copy=False)


def overlaps(a: Doubles, b: Doubles) -> tuple[Doubles, Doubles]:
    """(N, M) IoU, and (N, M) share of each box of `a` that a box of `b` covers."""
    low, high = np.maximum(a[:, None, :2], b[:, :2]), np.minimum(a[:, None, 2:], b[:, 2:])
    common = np.clip(high - low, 0, None).prod(2)
    own, other = (a[:, 2:] - a[:, :2]).prod(1)[:, None], (b[:, 2:] - b[:, :2]).prod(1)
    return common / (own + other - common), common / own


def read_queries(data: Path, truth: TruthBoxes) -> Queries:
    found = np.loadtxt(data / "det_yolox.txt", delimiter=",")
    crops: list[NDArray[np.uint8]] = []
    rows: list[tuple[int, int, bool]] = []
    for number, image in images(data / CLIP):
        now, true = found[found[:, 0] == number], truth.within(number, number)
        if number <= LAST_GALLERY_FRAME or not len(now):
            continue
        boxes = np.hstack([now[:, 2:4], now[:, 2:4] + now[:, 4:6]])
        iou, _ = overlaps(boxes, true.boxes)
        covered = overlaps(boxes, boxes)[1]
        np.fill_diagonal(covered, 0)
        clean = (covered.max(1) < 0.2) & (now[:, 5] >= 40) & (now[:, 6] >= 0.5)
        for i, j in zip(*linear_sum_assignment(-iou), strict=True):
            x1, y1, x2, y2 = np.maximum(np.round(boxes[i]), 0).astype(int)
            if iou[i, j] >= 0.5:
                crops.append(image[y1:y2, x1:x2].copy())
                rows.append((int(true.ids[j]), number, bool(clean[i])))
    ids, frames, may_vote = (np.array(column) for column in zip(*rows, strict=True))
    return Queries(crops, ids, frames, may_vote)


def averaged(
    scores: Doubles, truth: Ints, queries: Queries, use: NDArray[np.bool_], count: int
) -> tuple[Doubles, Ints]:
    """Mean scores of `count` consecutive used crops of one person, and their column."""
    means, columns = [], []
    for person in np.unique(queries.ids):
        rows = np.flatnonzero(use & (queries.ids == person))
        for start in range(0, len(rows) - count + 1, count):
            means.append(scores[rows[start : start + count]].mean(0))
            columns.append(truth[rows[start]])
    return np.array(means), np.array(columns)


def calibration_error(probabilities: Doubles, truth: Ints, bins: int = 15) -> float:
    """Expected calibration error: how far confidence is from the share that is right."""
    confidence, right = probabilities.max(1), probabilities.argmax(1) == truth
    which = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [abs(float((confidence - right)[which == b].sum())) for b in range(bins)]
    return sum(gaps) / len(truth)


def known_against_strangers(scores: Doubles, known: NDArray[np.bool_]) -> float:
    """Area under the ROC curve of `best player - unknown`."""
    ranks = rankdata(scores[:, :-1].max(1) - scores[:, -1])
    n = int(known.sum())
    return float((ranks[known].sum() - n * (n + 1) / 2) / (n * (len(known) - n)))


def measure(scores: Doubles, truth: Ints) -> dict[str, float]:
    """Scores (N, P + 1), truth (N,) column, strangers last; softmax with a uniform prior."""
    log = scores - logsumexp(scores, axis=1, keepdims=True)
    stranger, known = truth == scores.shape[1] - 1, truth < scores.shape[1] - 1
    return {
        "forced": float((scores[known, :-1].argmax(1) == truth[known]).mean()),
        "nll": float(-log[np.arange(len(truth)), truth].mean()),
        "ece": calibration_error(np.exp(log), truth),
        "auc": known_against_strangers(scores, known),
        "known_named": float((log[known].argmax(1) == truth[known]).mean()),
        "stranger_unknown": float((log[stranger].argmax(1) == scores.shape[1] - 1).mean()),
    }


def bench(spec: str, roster: Roster, queries: Queries) -> dict[str, Any]:
    encoder = load_encoder(spec)
    embeddings, labels, pictures = encode_gallery(roster, encoder)
    begun = perf_counter()
    crops = encoder.encode(queries.crops)
    encoded = perf_counter()
    fitted = GalleryClassifier.fit(embeddings, labels, len(roster.players), pictures=pictures)
    seconds = perf_counter() - encoded
    scores = fitted.log_likelihood(crops)
    ids = [int(player.name) for player in roster.players]
    truth = np.array([ids.index(i) if i in ids else len(ids) for i in queries.ids])
    means = np.array([embeddings[labels == k].mean(0) for k in range(len(ids))])
    cosine = crops @ (means / np.linalg.norm(means, axis=1, keepdims=True)).T
    result: dict[str, Any] = {
        "crops_per_s": len(crops) / (encoded - begun),
        "dim": encoder.dim,
        "fit_s": seconds,
        "kappa": fitted.concentration,
        "stranger_cosine": fitted.unknown_cosine,
    }
    for name, use in (("all", np.ones(len(crops), bool)), ("clean", queries.clean)):
        known = use & (truth < len(ids))
        result[name] = {"cosine_forced": float((cosine.argmax(1) == truth)[known].mean())}
        for count in AVERAGED:
            result[name][str(count)] = measure(*averaged(scores, truth, queries, use, count))
    return result


def row(name: str, result: dict[str, Any], kind: str) -> str:
    one = result[kind]["1"]
    more = " ".join(f"{result[kind][str(n)]['forced']:.3f}" for n in AVERAGED)
    open_ = " ".join(f"{result[kind][str(n)]['auc']:.3f}" for n in AVERAGED)
    return (
        f"{name:12s} {kind:5s} {result['crops_per_s']:6.0f} {result[kind]['cosine_forced']:.3f}   "
        f"{more}   {one['nll']:.3f} {one['ece']:.3f}   {open_}   {one['known_named']:.2f} "
        f"{one['stranger_unknown']:.2f}   {result['kappa']:.1f} {result['stranger_cosine']:.2f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("weights", type=Path)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    truth = read_boxes(arguments.data / "gt.txt")
    names = {int(i): Name(str(i)) for i in np.unique(truth.ids) if i != BALL}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "gallery"
        gallery_frames = (1, LAST_GALLERY_FRAME)
        video = images(arguments.data / CLIP)
        cut_gallery(video, truth, names, folder, min_pictures=PICTURES, frames=gallery_frames)
        roster = read_roster(folder)
        queries = read_queries(arguments.data, truth.without([BALL]))
        strangers = set(queries.ids.tolist()) - {int(p.name) for p in roster.players}
        print(f"{len(roster.players)} players, {len(strangers)} strangers")
        print(HEADER)
        results = {}
        for name, spec in ENCODERS.items():
            path = spec if spec == "stripes" else str(arguments.weights / spec)
            results[name] = bench(path, roster, queries)
            for kind in ("all", "clean"):
                print(row(name, results[name], kind), flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
