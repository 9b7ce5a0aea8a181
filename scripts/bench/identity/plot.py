"""The curves: one column of panels per axis of the grid, one row per score."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

SCORES = ("Name-F1", "IDF1", "HOTA", "strangers named", "ECE")
AXES = {"rate": "share of boxes with a crop", "accuracy": "share of crops that are right"}


def draw(rows: Sequence[Mapping[str, Any]], centre: Mapping[str, float], file: Path) -> None:
    """rows: one per point and tracker. centre: the rate and accuracy that the curves go through.

    A point lies on the curve over an axis when its other value is the centre's. Trackers that ran
    at one point only have no curve.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot
    from matplotlib.ticker import PercentFormatter

    figure, panels = pyplot.subplots(
        len(SCORES), 2, figsize=(9, 2.1 * len(SCORES) + 1), sharex="col", sharey="row"
    )
    points = Counter(row["tracker"] for row in rows)
    trackers = [tracker for tracker, count in points.items() if count > 1]
    for column, (axis, label) in enumerate(AXES.items()):
        other = next(a for a in AXES if a != axis)
        here = [row for row in rows if row[other] == centre[other]]
        for line, score in enumerate(SCORES):
            panel = panels[line, column]
            _curves(panel, here, trackers, axis, score)
            panel.grid(alpha=0.3)
            if column == 0:
                panel.set_ylabel(score)
                panel.set_xscale("log")
        panels[-1, column].set_xlabel(f"{label}; {other} {centre[other]:.0%}")
        panels[-1, column].set_xticks(sorted({row[axis] for row in here}))
        panels[-1, column].minorticks_off()
        panels[-1, column].xaxis.set_major_formatter(PercentFormatter(1.0, decimals=None))
    handles, labels = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="upper center", ncol=2, frameon=False)
    figure.tight_layout(rect=(0, 0, 1, 0.94))
    figure.savefig(file, dpi=120)
    pyplot.close(figure)


def _curves(
    panel: Any, rows: Sequence[Mapping[str, Any]], trackers: Sequence[str], axis: str, score: str
) -> None:
    for number, tracker in enumerate(trackers):
        on = sorted((r for r in rows if r["tracker"] == tracker), key=lambda r: float(r[axis]))
        style = "o-" if tracker.startswith("teamsheet") else "s--"
        x, y = [r[axis] for r in on], [r[score] for r in on]
        panel.plot(x, y, style, color=f"C{number}", markersize=4, label=tracker)
