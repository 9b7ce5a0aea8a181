"""Train the offset net that ships with the package, from data whose licences allow it.

    python scripts/train/train_shipped_offsets.py DATA [-o FILE] [--resume]

DATA holds `hockey-mhptd` (McGill Hockey Player Tracking Dataset, GPL-3.0), `dancetrack-val`
(DanceTrack annotations, CC BY 4.0) and `trackid3x3` (TrackID3x3, Apache-2.0). Takes about ten
minutes on two cores; the same seed on the same machine gives the same bytes.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "bench"))

from hockey import rate_of

from tracker.evaluation.inputs import find_truths
from tracker.training.clips import TrainingClip, read_clip, read_clips
from tracker.training.model_card import table
from tracker.training.train import STEPS, TrainingPlan, train

SHIPPED = Path(__file__).resolve().parents[2] / "tracker" / "tracking" / "occlusion_net.safetensors"
NOTE = (
    "Trained on McGill MHPTD ice hockey (GPL-3.0), DanceTrack val annotations (CC BY 4.0) and "
    "TrackID3x3 basketball (Apache-2.0)."
)


def sequences(data: Path) -> list[list[TrainingClip]]:
    """All sequences that the shipped weights learn from or are checked on."""
    hockey = [read_clip(truth, rate_of(truth.name)) for truth in find_truths(data / "hockey-mhptd")]
    basketball = [
        sequence
        for place in ("Drone", "Indoor", "Outdoor")
        for sequence in read_clips(data / "trackid3x3" / place, 30.0)
    ]
    return [*hockey, *read_clips(data / "dancetrack-val"), *basketball]


def main(
    data: Path,
    out: Annotated[Path, typer.Option("-o", "--out")] = SHIPPED,
    steps: int = STEPS,
    seed: int = 0,
    resume: bool = False,
) -> None:
    """Train and write the weights; print the validation table."""
    from tracker.cli.progress import counting_bar

    with counting_bar("train") as progress:
        rows = train(sequences(data), out, TrainingPlan(steps, seed, NOTE), resume, progress)
    print(table(rows))
    print(f"wrote {out}, {out.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    typer.run(main)
