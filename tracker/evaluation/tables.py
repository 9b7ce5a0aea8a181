"""Scores as rows: what the console, the CSV and the JSON show, said once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from tracker.evaluation.mot_scores import ALPHAS, COUNTS, SHARES, MotScores
from tracker.evaluation.name_scores import NameScores
from tracker.evaluation.permanence import BIN_LABELS, Guesses, PermanenceScores
from tracker.evaluation.scoring import Evaluation, Scores
from tracker.output.id_gaps import BINS
from tracker.output.table import VISIBILITIES

Row = dict[str, float | int | str]

NAME_COLUMNS: dict[str, tuple[str, Callable[[NameScores], float]]] = {
    # column -> (unit: % is a share times 100, n a count, s seconds, /min), value
    "Name-F1": ("%", lambda s: s.f1),
    "Name-P": ("%", lambda s: s.precision),
    "Name-R": ("%", lambda s: s.recall),
    "Named-HOTA": ("%", lambda s: s.hota),
    "Dup-frames": ("n", lambda s: s.duplicate_frames),
    "Trades/min": ("/min", lambda s: s.swaps_per_minute),
    "Entry-s": ("s", lambda s: s.median_entry_s),
    "Entries-named": ("%", lambda s: s.entries_named),
    "Strangers-named": ("%", lambda s: s.unknown_named_share),
    "Name-ECE": ("%", lambda s: s.calibration_error),
    "Lost-found/min": ("/min", lambda s: s.unnamed_per_minute),
}


def mot_row(scores: MotScores) -> Row:
    """All of SHARES in percent, all of COUNTS."""
    shares: Row = {name: 100 * scores[name] for name in SHARES}
    return shares | {name: round(scores[name]) for name in COUNTS}


def name_row(scores: NameScores) -> Row:
    """NAME_COLUMNS, shares in percent."""
    return {c: value(scores) * (100 if u == "%" else 1) for c, (u, value) in NAME_COLUMNS.items()}


def gap_row(scores: NameScores) -> Row:
    """Name-F1 in percent by the gap between two gallery IDs; empty where none are known."""
    if not scores.by_gap.any():
        return {}
    return dict(zip(BINS, (100 * scores.f1_by_gap).tolist(), strict=True))


def permanence_rows(scores: PermanenceScores) -> dict[str, Row]:
    """By who guessed (the tracker, then the baselines): recall, errors, ellipses."""
    rows = {name: _guess_row(guesses, scores) for name, guesses in scores.guesses.items()}
    next(iter(rows.values()))["Ghosts"] = 100 * scores.ghosts
    return rows


def _guess_row(guesses: Guesses, scores: PermanenceScores) -> Row:
    row: Row = {"Hidden": len(scores.gap), "Recall": 100 * guesses.recall}
    row["Missing"] = 100 * guesses.missing
    for label, inside in zip(BIN_LABELS, scores.bins(), strict=True):
        row[f"med {label}"] = guesses.quantile(0.5, inside)
        row[f"p90 {label}"] = guesses.quantile(0.9, inside)
    row["In 50%"] = 100 * guesses.coverage(0.5)
    row["In 90%"] = 100 * guesses.coverage(0.9)
    return row


def flat_row(tracker: str, scores: Scores) -> Row:
    """One line of the CSV."""
    row: Row = {"tracker": tracker, "sequence": scores.sequence, "frames": scores.frames}
    row |= mot_row(scores.mot)
    if scores.names:
        row |= name_row(scores.names)
        row |= {f"Name-F1 {gap}": f1 for gap, f1 in gap_row(scores.names).items()}
    if scores.permanence:
        ours = next(iter(permanence_rows(scores.permanence).values()))
        row |= {f"Hidden {k}" if k != "Hidden" else k: v for k, v in ours.items()}
    return row


def as_tree(evaluation: Evaluation) -> dict[str, Any]:
    """The whole evaluation for JSON: shares in percent, infinite or undefined numbers as null."""
    from importlib.metadata import version

    options = evaluation.options
    tree = {
        "versions": {name: version(name) for name in ("teamsheet", "trackeval", "numpy")},
        "truth": str(evaluation.truth),
        "detections": {t.tracker: t.detections or None for t in evaluation.trackers},
        "frames": options.frames,
        "preprocess": options.rules.preprocess,
        "ignored_ids": sorted(options.rules.ignore_ids),
        "blank": options.blank,
        "hidden_at": options.hidden_at,
        "alphas": ALPHAS.round(2).tolist(),
        "remarks": [{"text": str(r), "mistake": r.mistake} for r in evaluation.remarks],
        "trackers": {
            t.tracker: {s.sequence: _scores_tree(s) for s in (*t.sequences, t.combined)}
            for t in evaluation.trackers
        },
    }
    clean: dict[str, Any] = _finite(tree)
    return clean


def _scores_tree(scores: Scores) -> dict[str, Any]:
    curves = {name: 100 * scores.mot.curve(name) for name in ("HOTA", "DetA", "AssA", "LocA")}
    tree: dict[str, Any] = {
        "frames": scores.frames,
        "scores": mot_row(scores.mot),
        "over_alpha": {name: curve.tolist() for name, curve in curves.items()},
    }
    if scores.names:
        tree["names"] = _names_tree(scores.names)
    if scores.permanence:
        tree["permanence"] = {
            "guesses": permanence_rows(scores.permanence),
            "states_truth_by_result": dict(
                zip(VISIBILITIES, scores.permanence.states.tolist(), strict=True)
            ),
        }
    return tree


def _names_tree(scores: NameScores) -> dict[str, Any]:
    coverage, precision = scores.coverage_precision
    confusion: dict[str, dict[str, int]] = {}
    for (truth, result), boxes in sorted(scores.confusion.items()):
        confusion.setdefault(truth, {})[result] = boxes
    return {
        "scores": name_row(scores),
        "right": scores.right,
        "named": scores.named,
        "wanted": scores.wanted,
        "swaps": scores.swaps,
        "entry_s": list(scores.entry_s),
        "stranger_boxes": scores.stranger_boxes,
        "coverage": (100 * coverage).tolist(),
        "precision": (100 * precision).tolist(),
        "confusion_truth_to_result": confusion,
        "trades": scores.trades,
        "names_lost": scores.names_lost,
        "names_found": scores.names_found,
        "by_gap": _gap_tree(scores),
    }


def _gap_tree(scores: NameScores) -> dict[str, Row]:
    counts = zip(("right", "named", "wanted"), scores.by_gap.T.tolist(), strict=True)
    columns = {name: dict(zip(BINS, map(round, column), strict=True)) for name, column in counts}
    return {
        gap: {"Name-F1": f1, **{name: column[gap] for name, column in columns.items()}}
        for gap, f1 in gap_row(scores).items()
    }


def _finite(value: Any) -> Any:
    """The same tree with plain numbers; NaN and infinity, which JSON has not, become None."""
    if isinstance(value, Mapping):
        return {str(k): _finite(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(v) for v in value]
    if isinstance(value, float | np.floating):
        return round(float(value), 6) if np.isfinite(value) else None
    return int(value) if isinstance(value, np.integer) else value
