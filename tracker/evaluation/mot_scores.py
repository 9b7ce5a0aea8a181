"""HOTA, CLEAR and Identity by the `trackeval` package, on arrays of our own reading.

The metric classes are TrackEval's (Luiten et al., IJCV 2021; Bernardin and Stiefelhagen 2008;
Ristani et al. 2016); only the data they are given is prepared here, because TrackEval's dataset
classes know one folder layout and are slow to read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from tracker.evaluation.boxes import Boxes, EvaluateError, iou
from tracker.types import Doubles

ALPHAS: Doubles = np.arange(0.05, 0.99, 0.05)

SHARES: dict[str, tuple[str, str]] = {  # what the tables show -> TrackEval's family and field
    "HOTA": ("HOTA", "HOTA"),
    "DetA": ("HOTA", "DetA"),
    "AssA": ("HOTA", "AssA"),
    "LocA": ("HOTA", "LocA"),
    "DetRe": ("HOTA", "DetRe"),
    "DetPr": ("HOTA", "DetPr"),
    "AssRe": ("HOTA", "AssRe"),
    "AssPr": ("HOTA", "AssPr"),
    "MOTA": ("CLEAR", "MOTA"),
    "MOTP": ("CLEAR", "MOTP"),
    "Recall": ("CLEAR", "CLR_Re"),
    "Precision": ("CLEAR", "CLR_Pr"),
    "IDF1": ("Identity", "IDF1"),
    "IDP": ("Identity", "IDP"),
    "IDR": ("Identity", "IDR"),
}
COUNTS: dict[str, tuple[str, str]] = {
    "IDSW": ("CLEAR", "IDSW"),
    "Frag": ("CLEAR", "Frag"),
    "MT": ("CLEAR", "MT"),
    "PT": ("CLEAR", "PT"),
    "ML": ("CLEAR", "ML"),
    "TP": ("CLEAR", "CLR_TP"),
    "FP": ("CLEAR", "CLR_FP"),
    "FN": ("CLEAR", "CLR_FN"),
    "IDTP": ("Identity", "IDTP"),
    "IDFP": ("Identity", "IDFP"),
    "IDFN": ("Identity", "IDFN"),
}


@dataclass(frozen=True, slots=True, eq=False)
class MotScores:
    """TrackEval's fields of one sequence or of several pooled, by metric family."""

    families: Mapping[str, Mapping[str, Any]]

    def __getitem__(self, name: str) -> float:
        """A score of SHARES (in [0, 1], the mean over alpha where there is a curve) or COUNTS."""
        family, field = SHARES[name] if name in SHARES else COUNTS[name]
        return float(np.mean(self.families[family][field]))

    def curve(self, name: str) -> Doubles:
        """(19,) HOTA, DetA, AssA, LocA... over ALPHAS."""
        return np.asarray(self.families["HOTA"][SHARES[name][1]], np.float64)

    def __repr__(self) -> str:
        return f"MotScores({', '.join(f'{k}={self[k]:.4f}' for k in ('HOTA', 'MOTA', 'IDF1'))})"


@cache
def _metrics() -> dict[str, Any]:
    from trackeval.metrics import CLEAR, HOTA, Identity

    quiet = {"PRINT_CONFIG": False}
    return {"HOTA": HOTA(), "CLEAR": CLEAR(quiet), "Identity": Identity(quiet)}


def score(truth: Boxes, result: Boxes, first: int, last: int) -> MotScores:
    """Score frames `first` to `last` (1-based, both included).

    truth, result: an id stands once in a frame (`mistakes.check_ids`); distractors are already out.
    """
    data = prepare(truth, result, first, last)
    return MotScores({name: m.eval_sequence(data) for name, m in _metrics().items()})


def pool(scores: Sequence[MotScores]) -> MotScores:
    """Scores of several sequences together: counts are added, clips are not averaged."""
    if not scores:
        raise EvaluateError("no sequence was scored")
    return MotScores(
        {
            name: m.combine_sequences({str(i): s.families[name] for i, s in enumerate(scores)})
            for name, m in _metrics().items()
        }
    )


def prepare(
    truth: Boxes, result: Boxes, first: int, last: int, same_name: bool = False
) -> dict[str, Any]:
    """What TrackEval's metrics read: ids from 0 without holes, similarities frame by frame.

    same_name: boxes with different names have similarity 0.
    """
    truth, result = truth.between(first, last), result.between(first, last)
    truth_ids, truth_index = np.unique(truth.ids, return_inverse=True)
    result_ids, result_index = np.unique(result.ids, return_inverse=True)
    pairs = list(zip(truth.by_frame(first, last), result.by_frame(first, last), strict=True))
    similar = [iou(truth.corners[t], result.corners[r]) for t, r in pairs]
    if same_name:
        similar = [
            s * (truth.names[t][:, None] == result.names[r][None, :])
            for s, (t, r) in zip(similar, pairs, strict=True)
        ]
    return {
        "num_timesteps": len(pairs),
        "num_gt_dets": len(truth),
        "num_tracker_dets": len(result),
        "num_gt_ids": len(truth_ids),
        "num_tracker_ids": len(result_ids),
        "gt_ids": [truth_index[t] for t, _ in pairs],
        "tracker_ids": [result_index[r] for _, r in pairs],
        "similarity_scores": similar,
    }
