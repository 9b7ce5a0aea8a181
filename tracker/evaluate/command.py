"""What the `eval` command does with an evaluation: the folder of results."""

from __future__ import annotations

from pathlib import Path

from tracker.evaluate.boxes import EvaluateError
from tracker.evaluate.report import write_csv, write_json
from tracker.evaluate.scoring import Evaluation

CSV, JSON, PLOTS = "scores.csv", "scores.json", "plots"


def check_output(out: Path, overwrite: bool) -> None:
    """Raise EvaluateError unless `out` may be written. Call before the long work."""
    if out.is_file():
        raise EvaluateError(f"{out} is a file; give a folder with -o")
    taken = [name for name in (CSV, JSON, PLOTS) if (out / name).exists()]
    if taken and not overwrite:
        raise EvaluateError(f"{out / taken[0]} exists; give another folder, or add --overwrite")


def write_output(evaluation: Evaluation, out: Path, plots: bool) -> list[Path]:
    """Write scores.csv, scores.json and, if asked, plots/; each file complete or not at all."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EvaluateError(f"{out}: cannot be created ({error.strerror}); see -o") from error
    write_csv(evaluation, out / CSV)
    write_json(evaluation, out / JSON)
    written = [out / CSV, out / JSON]
    if plots:
        from tracker.evaluate.plots import write_plots

        written += write_plots(evaluation, out / PLOTS)
    return written
