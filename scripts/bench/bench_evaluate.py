"""The evaluator against published scores and against TrackEval's own runner.

    python scripts/bench/bench_evaluate.py ../shared/data/soccernet-117-150 [--json FILE]

DATA_DIR holds `gt/SEQ/gt/gt.txt`, one folder TRACKER/SEQ.txt per tracker and, for each,
TRACKER_published_scores.csv as TrackEval wrote it (shares in [0, 1]). Prints how far our scores
are from the published ones, then the time of both runners, taken in turns in this one process.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import io
import json
import os
import platform
import resource
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from tracker.evaluation.inputs import find_truths, read_seqinfo
from tracker.evaluation.options import Options
from tracker.evaluation.scoring import Evaluation, evaluate

Seconds = tuple[float, float]
"""Wall clock, processor."""

SHARES = {
    "HOTA": "HOTA___AUC",
    "DetA": "DetA___AUC",
    "AssA": "AssA___AUC",
    "LocA": "LocA___AUC",
    "MOTA": "MOTA",
    "MOTP": "MOTP",
    "IDF1": "IDF1",
    "IDP": "IDP",
    "IDR": "IDR",
}
COUNTS = {
    "IDSW": "IDSW",
    "Frag": "Frag",
    "MT": "MT",
    "PT": "PT",
    "ML": "ML",
    "TP": "CLR_TP",
    "FP": "CLR_FP",
    "FN": "CLR_FN",
    "IDTP": "IDTP",
    "IDFP": "IDFP",
    "IDFN": "IDFN",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("--rounds", type=int, default=2, help="times each runner runs")
    parser.add_argument("--json", type=Path, help="also write the numbers here")
    arguments = parser.parse_args()
    data, jobs = arguments.data_dir, os.cpu_count() or 1
    trackers = sorted(
        f.name.removesuffix("_published_scores.csv") for f in data.glob("*_scores.csv")
    )
    times: dict[str, list[Seconds]] = {"ours": [], "trackeval": []}
    for _ in range(arguments.rounds):
        start = _now()
        evaluation = evaluate(data / "gt", [data / t for t in trackers], Options(jobs=jobs))
        times["ours"].append(_since(start))
        times["trackeval"].append(_time_trackeval(data, trackers, jobs))
    wall, cpu = ({k: [s[i] for s in v] for k, v in times.items()} for i in range(2))
    report = {
        "machine": {"cpus": jobs, "python": platform.python_version()},
        "versions": {name: version(name) for name in ("trackeval", "numpy", "scipy")},
        "seconds": {"wall": wall, "cpu": cpu},
        "ratio": {
            "wall": median(wall["ours"]) / median(wall["trackeval"]),
            "cpu": median(cpu["ours"]) / median(cpu["trackeval"]),
        },
        "published": {t: _differences(evaluation, data, t) for t in trackers},
    }
    if arguments.json:
        arguments.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    _print(report)


def _now() -> Seconds:
    """Wall clock, and processor time of this process and its finished children."""
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return time.perf_counter(), sum(u.ru_utime + u.ru_stime for u in usage)


def _since(start: Seconds) -> Seconds:
    wall, cpu = _now()
    return wall - start[0], cpu - start[1]


def _time_trackeval(data: Path, trackers: list[str], jobs: int) -> Seconds:
    """Seconds of TrackEval's Evaluator on the same files, same metrics, as many processes."""
    from trackeval import Evaluator
    from trackeval.datasets import MotChallenge2DBox
    from trackeval.metrics import CLEAR, HOTA, Identity

    quiet = {"PRINT_CONFIG": False}
    off = ("PRINT_RESULTS", "TIME_PROGRESS", "OUTPUT_SUMMARY", "OUTPUT_DETAILED", "PLOT_CURVES")
    lengths = {t.name: read_seqinfo(t.seqinfo).length for t in find_truths(data / "gt")}
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        for tracker in trackers:
            (Path(folder) / tracker).mkdir()
            (Path(folder) / tracker / "data").symlink_to((data / tracker).resolve())
        start = _now()
        dataset = MotChallenge2DBox(
            quiet
            | {
                "GT_FOLDER": str(data / "gt"),
                "TRACKERS_FOLDER": folder,
                "TRACKERS_TO_EVAL": trackers,
                "SKIP_SPLIT_FOL": True,
                "DO_PREPROC": False,
                "SEQ_INFO": lengths,
            }
        )
        settings: dict[str, Any] = quiet | dict.fromkeys(off, False)
        settings |= {"USE_PARALLEL": jobs > 1, "NUM_PARALLEL_CORES": jobs}
        metrics = [HOTA(), CLEAR(quiet), Identity(quiet)]
        Evaluator(settings).evaluate([dataset], metrics)
        return _since(start)


def _differences(evaluation: Evaluation, data: Path, tracker: str) -> dict[str, Any]:
    """Largest distance from the published scores: percentage points, and counts."""
    with (data / f"{tracker}_published_scores.csv").open(encoding="utf-8") as file:
        published = {row["seq"]: row for row in csv.DictReader(file)}
    (ours,) = (t for t in evaluation.trackers if t.tracker == tracker)
    rows = [(s.mot, published[s.sequence]) for s in ours.sequences]
    points = {
        name: max(100 * abs(mot[name] - float(row[field])) for mot, row in rows)
        for name, field in SHARES.items()
    }
    counts = {
        name: max(abs(mot[name] - float(row[field])) for mot, row in rows)
        for name, field in COUNTS.items()
    }
    pooled = {name: 100 * ours.combined.mot[name] for name in SHARES}
    return {"sequences": len(rows), "points": points, "counts": counts, "pooled": pooled}


def _print(report: dict[str, Any]) -> None:
    console = Console(width=120)
    table = Table(title="Largest distance from the published per-sequence scores")
    for head in ("tracker", "sequences", "shares, percentage points", "worst", "counts", "worst"):
        table.add_column(head)
    for tracker, found in report["published"].items():
        share = max(found["points"], key=found["points"].__getitem__)
        count = max(found["counts"], key=found["counts"].__getitem__)
        table.add_row(
            tracker,
            str(found["sequences"]),
            f"{found['points'][share]:.2e} of {len(found['points'])} shares",
            share if found["points"][share] else "-",
            f"{found['counts'][count]:g} of {len(found['counts'])} counts",
            count if found["counts"][count] else "-",
        )
    console.print(table)
    table = Table(title=f"Time with {report['machine']['cpus']} processes, seconds")
    for head in ("clock", "ours", "trackeval", "ours / trackeval"):
        table.add_column(head)
    for clock, seconds in report["seconds"].items():
        cells = [" ".join(f"{s:.1f}" for s in rounds) for rounds in seconds.values()]
        table.add_row(clock, *cells, f"{report['ratio'][clock]:.2f}")
    console.print(table)


if __name__ == "__main__":
    main()
