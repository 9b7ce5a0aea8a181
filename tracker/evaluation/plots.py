"""Pictures of an evaluation, as PNG."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gallery.atomic.write import whole
from tracker.evaluation.mot_scores import ALPHAS
from tracker.evaluation.name_scores import MISSED, NO_PERSON, OUTSIDER, UNNAMED, NameScores
from tracker.evaluation.scoring import Evaluation
from tracker.evaluation.timeline import Timeline

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TIMELINES = 12
"""At most so many sequences of a tracker are drawn; the rest would be a wall of pictures."""
GREY, RED, GREEN, AMBER, BLUE = "#d9d9d9", "#d62728", "#2ca02c", "#ff9f1c", "#1f77b4"
DPI = 120


def write_plots(evaluation: Evaluation, folder: Path) -> list[Path]:
    """Draw everything there is data for; returns the files.

    hota_over_alpha.png; for each tracker and sequence timeline_*.png (needs
    Options.timelines); with names, name_confusion_*.png, coverage_precision.png and
    reliability.png.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = [save(hota_over_alpha(evaluation), folder / "hota_over_alpha.png")]
    for tracker in evaluation.trackers:
        drawn = [s for s in tracker.sequences if s.timeline is not None][:TIMELINES]
        for scores in drawn:
            title = f"{tracker.tracker}, {scores.sequence}"
            file = folder / f"timeline_{_slug(tracker.tracker)}_{_slug(scores.sequence)}.png"
            assert scores.timeline
            written.append(save(identity_timeline(scores.timeline, title), file))
        if tracker.combined.names:
            file = folder / f"name_confusion_{_slug(tracker.tracker)}.png"
            written.append(save(name_confusion(tracker.combined.names, tracker.tracker), file))
    named = [(t.tracker, t.combined.names) for t in evaluation.trackers if t.combined.names]
    if named:
        written.append(save(coverage_precision(named), folder / "coverage_precision.png"))
        written.append(save(reliability(named), folder / "reliability.png"))
    return written


def hota_over_alpha(evaluation: Evaluation) -> Figure:
    """HOTA, DetA and AssA of each tracker, all sequences pooled, over the IoU threshold."""
    figure, axes = _figure(11, 4.2, 3)
    for ax, name in zip(axes, ("HOTA", "DetA", "AssA"), strict=True):
        for tracker in evaluation.trackers:
            curve = 100 * tracker.combined.mot.curve(name)
            ax.plot(ALPHAS, curve, marker=".", label=f"{tracker.tracker}  {curve.mean():.1f}")
        ax.set(title=name, xlabel="localisation threshold alpha (IoU)", xlim=(0, 1), ylim=(0, 100))
        ax.grid(alpha=0.3)
        ax.legend(loc="lower left", fontsize=8, title="mean over alpha", title_fontsize=8)
    axes[0].set_ylabel("score, %")
    return figure


def identity_timeline(timeline: Timeline, title: str) -> Figure:
    """One line per person of the truth: where they were found, and as whom; swaps are marked."""
    order = _by_first_frame(timeline)
    figure, (ax,) = _figure(12, 1.6 + 0.26 * len(order), 1)
    colours = identity_colours(timeline)
    swaps = 0
    for line, person in enumerate(order):
        mine = timeline.person == person
        frames = timeline.frames[mine]
        _bars(ax, frames, np.full(len(frames), GREY, object), line, timeline.fps, 0.8)
        _bars(ax, frames, colours[mine], line, timeline.fps, 0.55)
        at = timeline.swaps(person)
        swaps += len(at)
        ax.plot((at - 1) / timeline.fps, np.full(len(at), line), "v", color="black", ms=5)
    labels = [timeline.labels[p] for p in order]
    what = "changes of name" if timeline.named else "changes of identity (IDSW)"
    ax.set_yticks(range(len(order)), labels, fontsize=8)
    ax.set_ylim(len(order) - 0.4, -0.6)
    ax.set(xlabel="time, s", title=f"{title}: {swaps} {what}")
    ax.margins(x=0.005)
    _timeline_legend(figure, timeline)
    return figure


def name_confusion(scores: NameScores, title: str) -> Figure:
    """Truth (lines) against result (columns), share of each line; counts where there is room."""
    truths, results, counts = _confusion_matrix(scores)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = 2.4 + 0.34 * len(results), 2.2 + 0.3 * len(truths)
    figure, (ax,) = _figure(max(5.5, side[0]), max(4.0, side[1]), 1)
    image = ax.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    ax.set_xticks(range(len(results)), results, rotation=90, fontsize=8)
    ax.set_yticks(range(len(truths)), truths, fontsize=8)
    ax.set(xlabel="name in the result", ylabel="who it is", title=f"Names: {title}")
    for i, j in zip(*np.nonzero(counts), strict=True):
        dark = shares[i, j] > 0.6
        text = f"{100 * shares[i, j]:.0f}" if shares[i, j] >= 0.005 else "·"
        ax.text(j, i, text, ha="center", va="center", fontsize=6, color="w" if dark else "k")
    figure.colorbar(image, ax=ax, label="share of the line's boxes (numbers: %)", shrink=0.8)
    return figure


def coverage_precision(named: Sequence[tuple[str, NameScores]]) -> Figure:
    """How right the names are, when only names above a confidence are kept."""
    figure, (ax,) = _figure(6.5, 5, 1)
    for tracker, scores in named:
        coverage, precision = scores.coverage_precision
        coverage, precision = 100 * coverage, 100 * precision
        (line,) = ax.plot(coverage, precision, marker=".", ms=4, label=tracker)
        for threshold in (0, 50, 80, 90):
            if np.isfinite(precision[threshold]):
                where = (coverage[threshold], precision[threshold])
                ax.plot(*where, "o", ms=7, mfc="none", color=line.get_color())
                ax.annotate(f"{threshold / 100:g}", where, (4, 5), textcoords="offset points")
    ax.set(xlabel="coverage: gallery players' boxes that carry a name, %")
    ax.set(ylabel="precision: names that are right, %", xlim=(0, 102))
    bottom = ax.get_ylim()[0]
    ax.set_yticks([tick for tick in ax.get_yticks() if bottom <= tick <= 100])
    ax.set_ylim(bottom, 100 + 0.08 * (100 - bottom))
    ax.set_title("Names kept from a confidence on (ringed: thresholds)", fontsize=10)
    ax.grid(alpha=0.3)
    ax.legend(loc="lower left")
    return figure


def reliability(named: Sequence[tuple[str, NameScores]]) -> Figure:
    """How often names are right, by how sure the tracker was of them; points as large as counts."""
    figure, (ax,) = _figure(5.5, 5, 1)
    ax.plot([0, 100], [0, 100], color=GREY, lw=1, zorder=0)
    for tracker, scores in named:
        boxes, confidence, right = scores.calibration[scores.calibration[:, 0] > 0].T
        label = f"{tracker}, ECE {100 * scores.calibration_error:.1f} %"
        (line,) = ax.plot(100 * confidence / boxes, 100 * right / boxes, lw=1, label=label)
        size = 10 + 300 * boxes / boxes.sum()
        ax.scatter(
            100 * confidence / boxes, 100 * right / boxes, size, color=line.get_color(), alpha=0.6
        )
    ax.set(xlabel="confidence of the name, %", ylabel="names that are right, %")
    ax.set(xlim=(0, 103), ylim=(0, 103), title="Reliability (area: number of boxes)")
    ax.grid(alpha=0.3)
    ax.legend(loc="upper left", fontsize=8)
    return figure


def _confusion_matrix(scores: NameScores) -> tuple[list[str], list[str], Any]:
    def order(names: set[str], last: Sequence[str]) -> list[str]:
        return [*sorted(names - set(last)), *(n for n in last if n in names)]

    truths = order({t for t, _ in scores.confusion}, (OUTSIDER, NO_PERSON))
    shown = {r for _, r in scores.confusion} | (set(truths) - {OUTSIDER, NO_PERSON})
    results = order(shown, (UNNAMED, MISSED))
    counts = np.zeros((len(truths), len(results)))
    for (truth, result), boxes in scores.confusion.items():
        counts[truths.index(truth), results.index(result)] = boxes
    return truths, results, counts


def _by_first_frame(timeline: Timeline) -> list[int]:
    firsts = [timeline.frames[timeline.person == p].min() for p in range(len(timeline.labels))]
    order: list[int] = np.argsort(firsts, kind="stable").tolist()
    return order


def identity_colours(timeline: Timeline) -> Any:
    """(N,) a colour per truth box: right, wrong, no name; or one colour per id. Grey: missed."""
    import matplotlib

    colours = np.full(len(timeline.ids), GREY, object)
    found = timeline.ids >= 0
    if timeline.named:
        labels = np.array(timeline.labels, object)[timeline.person]
        colours[found] = BLUE
        wears = found & (timeline.names != "")
        colours[wears] = RED
        colours[wears & timeline.known & (timeline.names == labels)] = GREEN
        return colours
    palette = [matplotlib.colors.to_hex(c) for c in matplotlib.colormaps["tab20"].colors]  # type: ignore[attr-defined]
    palette = [c for i, c in enumerate(palette) if i not in (14, 15)]  # greys mean missed
    colour_of = _apart(timeline, palette)
    colours[found] = [colour_of[i] for i in timeline.ids[found].tolist()]
    return colours


def _apart(timeline: Timeline, palette: Sequence[str]) -> dict[int, str]:
    """A colour per result id; ids that follow each other on one person differ, while they last."""
    pairs = np.stack([timeline.ids, timeline.person], axis=1)[timeline.ids >= 0]
    people_of: dict[int, set[int]] = {}
    for track, person in np.unique(pairs, axis=0).tolist():
        people_of.setdefault(track, set()).add(person)
    worn: dict[int, set[str]] = {}
    colour_of: dict[int, str] = {}
    for n, (track, people) in enumerate(people_of.items()):
        taken: set[str] = set().union(*(worn.get(p, set()) for p in people))
        turned = [palette[(n * 7 + i) % len(palette)] for i in range(len(palette))]
        colour_of[track] = next((c for c in turned if c not in taken), turned[0])
        for person in people:
            worn.setdefault(person, set()).add(colour_of[track])
    return colour_of


def _bars(ax: Axes, frames: Any, colours: Any, line: int, fps: float, height: float) -> None:
    """Runs of neighbouring frames with one colour, as one bar each."""
    breaks = np.flatnonzero((np.diff(frames) > 1) | (colours[1:] != colours[:-1])) + 1
    for run in np.split(np.arange(len(frames)), breaks):
        if len(run):
            start, length = (frames[run[0]] - 1) / fps, len(run) / fps
            ax.barh(line, length, height, start, color=colours[run[0]], linewidth=0)


def _timeline_legend(figure: Figure, timeline: Timeline) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    if timeline.named:
        keys = [(GREEN, "right name"), (RED, "wrong name"), (BLUE, "found, no name")]
    else:
        keys = [(AMBER, "found (a colour per result id)")]
    handles: list[Any] = [Patch(color=c, label=text) for c, text in [*keys, (GREY, "not found")]]
    mark = Line2D([], [], marker="v", color="black", ls="", label="identity changes")
    figure.legend(handles=[*handles, mark], loc="outside lower center", ncols=5, fontsize=8)


def _figure(width: float, height: float, columns: int) -> tuple[Figure, Any]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.subplots(1, columns, squeeze=False)[0]


def save(figure: Figure, file: Path) -> Path:
    with whole(file) as part:
        figure.savefig(part, dpi=DPI, format="png", metadata={"Software": None})
    return file


def _slug(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.") or "x"
