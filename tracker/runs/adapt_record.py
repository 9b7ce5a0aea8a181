"""What a detector has learned of a video, whether that helps, and how it is told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tracker.inference.ultralytics import digest
from tracker.runs.adapt_inputs import ADAPTED_WEIGHTS
from tracker.training.agreement import Agreement

_GAIN = 0.005
"""By so much the agreement must rise: below, another choice of frames could turn it round."""
_LOST = 0.02
"""Share of the people that it may lose at the lowest score: those scores are on no common scale."""


@dataclass(frozen=True, slots=True)
class Taught:
    """A detector that has learned, and what it is worth.

    fingerprint: hex digest of `weights`. boxes: that it learned from, in `frames` frames.
    before, after: on `held_out` frames kept apart.
    """

    weights: Path
    fingerprint: str
    frames: int
    boxes: int
    steps: int
    held_out: int
    before: Agreement
    after: Agreement
    minutes: float

    @property
    def better(self) -> bool:
        """Whether the second pass is worth it: it agrees better, and hardly anybody is lost."""
        gained = self.after.ap50 - self.before.ap50 >= _GAIN
        return gained and self.after.found >= self.before.found - _LOST


def line_of(found: Taught) -> str:
    return (
        f"adapted in {spoken(found.minutes)}: on {found.held_out} frames kept apart it agrees with "
        f"the tracks by {found.after.ap50:.3f}, before {found.before.ap50:.3f} (AP50)"
    )


def spoken(minutes: float) -> str:
    return f"{minutes:.0f} minutes" if minutes >= 2 else f"{60 * minutes:.0f} seconds"


def tree_of(path: Path, found: Taught | None) -> dict[str, Any]:
    """Of run.json."""
    tree: dict[str, Any] = {
        "from": {"name": path.name, "fingerprint": digest([path])},
        "kept": found is not None and found.better,
    }
    if found is None:
        return tree
    if found.better:
        tree["weights"] = {"name": ADAPTED_WEIGHTS, "fingerprint": found.fingerprint}
    return tree | {
        "learned": {"frames": found.frames, "boxes": found.boxes, "steps": found.steps},
        "held_out": {
            "frames": found.held_out,
            "boxes": found.before.people,
            "missed": found.before.missed,
            "before": _scores(found.before),
            "after": _scores(found.after),
        },
    }


def _scores(found: Agreement) -> dict[str, float]:
    return {
        "ap50": round(found.ap50, 4),
        "recall": round(found.found, 4),
        "recall_of_missed": round(found.found_missed, 4),
    }
