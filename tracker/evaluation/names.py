"""Are the right names on the right people? Names are fixed: no relabelling, unlike IDF1."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from tracker.evaluation.boxes import EPSILON, Boxes, Mask, iou, match
from tracker.evaluation.gap_counts import count_by_gap
from tracker.evaluation.mot_scores import prepare
from tracker.evaluation.name_scores import (
    BINS,
    MISSED,
    NO_PERSON,
    OUTSIDER,
    THRESHOLDS,
    UNNAMED,
    NameScores,
)
from tracker.evaluation.name_swaps import count_changes
from tracker.output.gallery_ids import GalleryIds
from tracker.types import Doubles, Ints

MIN_IOU = 0.5
ENTRY_GAP_S = 1.0


def score_names(
    truth: Boxes,
    result: Boxes,
    gallery: frozenset[str],
    first: int,
    last: int,
    fps: float,
    ids: GalleryIds | None = None,
) -> NameScores:
    """Score the names of frames `first` to `last` (1-based, both included).

    truth.names: who it is, "" for a person without a name; a name stands once in a frame.
    gallery: the names that may be given; anybody else in the truth is a stranger. ids: frames in
    which something says who a player is, to score the gaps between them apart.
    """
    truth, result = truth.between(first, last), result.between(first, last)
    known = np.isin(truth.names.astype(str), sorted(gallery))
    people = np.where(known, truth.names, OUTSIDER)
    named = result.names != ""
    right, wears_own, pair = _pairs(replace(truth, names=people), result, known, first, last)
    changes = count_changes(truth, result, pair, fps)
    covered = pair >= 0
    covered[covered] = named[pair[covered]]
    return NameScores(
        right=int(right.sum()),
        named=int(named.sum()),
        wanted=int(known.sum()),
        duplicate_frames=_duplicate_frames(result),
        swaps=_swaps(truth, result, pair),
        minutes=(last - first + 1) / fps / 60,
        entry_s=_entries(truth, known, wears_own, fps),
        stranger_boxes=int((~known & (pair >= 0)).sum()),
        stranger_named=int((~known & covered).sum()),
        confusion=_confusion(people, result, pair),
        sweep=_sweep(result, named, right, pair[known & covered]),
        calibration=_calibration(result.name_confidence[named], right[named]),
        named_hota=_named_hota(truth.take(known), result.take(named), first, last),
        trades=changes.trades,
        names_lost=changes.lost,
        names_found=changes.found,
        by_gap=count_by_gap(truth.take(known), result, right, ids or {}, fps),
    )


def _pairs(
    truth: Boxes, result: Boxes, known: Mask, first: int, last: int
) -> tuple[Mask, Mask, Ints]:
    """(result box is right, truth box wears its name, result box on each truth box or -1).

    The first two ask for the very name, whatever other boxes do; the third matches by IoU alone.
    """
    right, wears_own = np.zeros(len(result), bool), np.zeros(len(truth), bool)
    pair = np.full(len(truth), -1, np.int64)
    for t, r in zip(truth.by_frame(first, last), result.by_frame(first, last), strict=True):
        if t.start == t.stop or r.start == r.stop:
            continue
        overlap = iou(truth.corners[t], result.corners[r])
        rows, columns = match(overlap, MIN_IOU)
        pair[t.start + rows] = r.start + columns
        own = (truth.names[t][:, None] == result.names[r][None, :]) & known[t][:, None]
        own &= overlap >= MIN_IOU - EPSILON
        for row in np.flatnonzero(own.any(axis=1)):  # of two boxes with their name, one is right
            right[r.start + int(np.argmax(np.where(own[row], overlap[row], -1)))] = True
            wears_own[t.start + row] = True
    return right, wears_own, pair


def _duplicate_frames(result: Boxes) -> int:
    named = result.take(result.names != "")
    counts = Counter(zip(named.frames.tolist(), named.names, strict=True))
    return len({frame for (frame, _), n in counts.items() if n > 1})


def _swaps(truth: Boxes, result: Boxes, pair: Ints) -> int:
    """Changes of the name on a truth id; frames without a box or a name change nothing."""
    last_name: dict[int, str] = {}
    swaps = 0
    for person, at in zip(truth.ids.tolist(), pair.tolist(), strict=True):
        name = result.names[at] if at >= 0 else ""
        if name:
            swaps += last_name.get(person, name) != name
            last_name[person] = name
    return swaps


def _entries(truth: Boxes, known: Mask, wears_own: Mask, fps: float) -> tuple[float, ...]:
    """Seconds from each entry to the first frame with the right name; inf where it never comes.

    An entry is a player's first box, or their first after more than a second without one.
    """
    waits: list[float] = []
    for name in sorted(set(truth.names[known])):
        rows = np.flatnonzero(truth.names == name)
        gaps = np.diff(truth.frames[rows]) - 1
        for staying in np.split(rows, np.flatnonzero(gaps > ENTRY_GAP_S * fps) + 1):
            named = staying[wears_own[staying]]
            wait = truth.frames[named[0]] - truth.frames[staying[0]] if len(named) else np.inf
            waits.append(float(wait / fps))
    return tuple(waits)


def _confusion(people: Any, result: Boxes, pair: Ints) -> dict[tuple[str, str], int]:
    shown = np.where(result.names == "", UNNAMED, result.names)
    counts: Counter[tuple[str, str]] = Counter()
    for person, at in zip(people, pair.tolist(), strict=True):
        counts[person, shown[at] if at >= 0 else MISSED] += 1
    alone = np.setdiff1d(np.arange(len(result)), pair)
    counts.update((NO_PERSON, name) for name in shown[alone])
    return dict(counts)


def _sweep(result: Boxes, named: Mask, right: Mask, covering: Ints) -> Doubles:
    """(101, 3) counts with the names below each threshold taken away; no confidence counts as 1."""
    confidence = np.nan_to_num(result.name_confidence, nan=1.0)
    columns = (confidence[named], confidence[right], confidence[covering])
    return np.stack([(c[None, :] >= THRESHOLDS[:, None]).sum(axis=1) for c in columns], axis=1)


def _calibration(confidence: Doubles, right: Mask) -> Doubles:
    given = np.isfinite(confidence)
    confidence, right = confidence[given], right[given]
    bins = np.clip((confidence * BINS).astype(int), 0, BINS - 1)
    table = np.zeros((BINS, 3))
    np.add.at(table, bins, np.stack([np.ones(len(bins)), confidence, right], axis=1))
    return table


def _named_hota(truth: Boxes, result: Boxes, first: int, last: int) -> Mapping[str, Any]:
    """HOTA in which a name is the identity; a second box with a name is an id of its own."""
    from trackeval.metrics import HOTA

    names = sorted(set(truth.names) | set(result.names))
    number = {name: i for i, name in enumerate(names)}
    again: Counter[tuple[int, str]] = Counter()
    ids = np.zeros(len(result), np.int64)
    for i, key in enumerate(zip(result.frames.tolist(), result.names, strict=True)):
        ids[i] = number[key[1]] + len(names) * again[key]
        again[key] += 1
    truth = replace(truth, ids=np.array([number[n] for n in truth.names], np.int64))
    data = prepare(truth, replace(result, ids=ids), first, last, same_name=True)
    fields: Mapping[str, Any] = HOTA().eval_sequence(data)
    return fields
