"""What the `eval` command does with an evaluation: the folder of results."""

from __future__ import annotations

from pathlib import Path

from gallery.atomic.lock import hold
from gallery.atomic.write import recover, staged
from gallery.io.disk import unwritten
from tracker.evaluation.boxes import EvaluateError
from tracker.evaluation.report import write_csv, write_json
from tracker.evaluation.scoring import Evaluation

CSV, JSON, PLOTS = "scores.csv", "scores.json", "plots"


def check_output(out: Path, overwrite: bool) -> None:
    """Raise EvaluateError unless `out` may be written. Call before the long work."""
    if out.is_file():
        raise EvaluateError(f"{out} is a file; give a folder with -o")
    recover(out)
    taken = [name for name in (CSV, JSON, PLOTS) if (out / name).exists()]
    if taken and not overwrite:
        raise EvaluateError(f"{out / taken[0]} exists; give another folder, or add --overwrite")


def write_output(evaluation: Evaluation, out: Path, plots: bool) -> list[Path]:
    """Write scores.csv, scores.json and, if asked, plots/: all of it or nothing.

    What else lies in `out` stays. Raises WriteError, BusyError, EvaluateError on a full disk.
    """
    own = {CSV, JSON, *([PLOTS] if plots else [])}
    try:
        with hold(out, "eval"), staged(out, own.__contains__) as draft:
            write_csv(evaluation, draft / CSV)
            write_json(evaluation, draft / JSON)
            written = [draft / CSV, draft / JSON]
            if plots:
                from tracker.evaluation.plots import write_plots

                written += write_plots(evaluation, draft / PLOTS)
    except OSError as error:
        raise unwritten(out, error, EvaluateError, "see -o") from error
    return [out / file.relative_to(draft) for file in written]
