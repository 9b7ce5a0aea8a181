"""Score sequences in processes, and put them together."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from tracker.evaluation.blanking import write_detections
from tracker.evaluation.boxes import EvaluateError
from tracker.evaluation.inputs import Result, Tracker, Truth, find_truths
from tracker.evaluation.loading import load, load_truth
from tracker.evaluation.mistakes import Remark
from tracker.evaluation.mot_scores import MotScores, pool, score
from tracker.evaluation.name_scores import NameScores, pool_names
from tracker.evaluation.names import score_names
from tracker.evaluation.options import Options
from tracker.evaluation.permanence import PermanenceScores, pool_permanence, score_permanence
from tracker.evaluation.results import detections_of, find_trackers
from tracker.evaluation.timeline import Timeline, timeline_of

COMBINED = "COMBINED"


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of one sequence, or of all pooled. None: nothing to score it on."""

    sequence: str
    frames: int
    mot: MotScores
    names: NameScores | None
    permanence: PermanenceScores | None
    timeline: Timeline | None = None
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True)
class TrackerScores:
    """One tracker: its sequences by name, and all of them pooled.

    detections: what it was given, "" where nobody says.
    """

    tracker: str
    detections: str
    sequences: tuple[Scores, ...]
    combined: Scores


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All trackers side by side, and what the reader must know about the files."""

    truth: Path
    options: Options
    trackers: tuple[TrackerScores, ...]
    remarks: tuple[Remark, ...]

    @property
    def mistakes(self) -> tuple[Remark, ...]:
        """Remarks on what probably should not be so."""
        return tuple(r for r in self.remarks if r.mistake)


def evaluate(
    truth: Path,
    results: Sequence[Path],
    options: Options | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Evaluation:
    """Score the results of one or several trackers against a truth.

    truth, results: any layout that `inputs` and `results` know. progress: called with (sequences
    done, all of them). Raises EvaluateError on files that are missing or contradict themselves.
    """
    options = options or Options()
    truths = find_truths(truth, options.sequences)
    trackers = find_trackers(results, truths)
    jobs = [(t, tracker.results[t.name]) for tracker in trackers for t in truths]
    scored = []
    for done, scores in enumerate(_run(jobs, options), start=1):
        scored.append(scores)
        if progress:
            progress(done, len(jobs))
    remarks = [
        Remark(str(source), "no truth for this result; not scored")
        for tracker in trackers
        for source in tracker.unknown
        if not options.sequences
    ]
    remarks += dict.fromkeys(r for s in scored for r in s.remarks)
    n = len(truths)
    together = tuple(
        _pooled(tracker, scored[i * n : (i + 1) * n], options) for i, tracker in enumerate(trackers)
    )
    return Evaluation(truth, options, together, tuple(remarks))


def score_sequence(truth: Truth, result: Result, options: Options) -> Scores:
    """Score one sequence of one tracker."""
    data = load(truth, result, options)
    first, last = data.first, data.last
    names = permanence = timeline = None
    if data.gallery is not None:
        names = score_names(
            data.truth, data.named, data.gallery, first, last, data.fps, data.ids
        )  # fmt: skip
    if data.table is not None and data.hidden is not None:
        permanence = score_permanence(data.truth, data.hidden, data.table, first, last, data.fps)
    if options.timelines:
        timeline = timeline_of(data.truth, data.named, first, last, data.fps)
    mot = score(data.truth, data.result, first, last)
    frames = last - first + 1
    if options.truth_frames:
        frames = len(np.unique(data.truth.between(first, last).frames))
    return Scores(truth.name, frames, mot, names, permanence, timeline, data.remarks)


def write_blanked(truth: Path, out: Path, options: Options) -> list[Path]:
    """Write the truth's boxes without the blanked windows, as detections to run a tracker on.

    out: a det.txt for one sequence; for several a folder, in which SEQ/det/det.txt are made.
    Returns the files. Raises EvaluateError.
    """
    truths = find_truths(truth, options.sequences)
    written = []
    for sequence in truths:
        reference = load_truth(sequence, options)
        if reference.hidden is None:
            raise EvaluateError("--write-detections needs --blank SEED,SHARE or --hidden-at V")
        file = out if len(truths) == 1 else out / sequence.name / "det" / "det.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        write_detections(reference.counted.take(~reference.hidden), file)
        written.append(file)
    return written


def _run(jobs: Sequence[tuple[Truth, Result]], options: Options) -> Iterable[Scores]:
    work = partial(_score_job, options=options)
    workers = min(options.jobs or os.cpu_count() or 1, len(jobs))
    if workers == 1:
        yield from map(work, jobs)
        return
    with ProcessPoolExecutor(workers) as processes:
        yield from processes.map(work, jobs)


def _score_job(job: tuple[Truth, Result], options: Options) -> Scores:
    return score_sequence(*job, options)


def _pooled(tracker: Tracker, scores: Sequence[Scores], options: Options) -> TrackerScores:
    names = [s.names for s in scores if s.names]
    permanence = [s.permanence for s in scores if s.permanence]
    combined = Scores(
        COMBINED,
        sum(s.frames for s in scores),
        pool([s.mot for s in scores]),
        pool_names(names) if names else None,
        pool_permanence(permanence) if permanence else None,
    )
    detections = options.detections or detections_of(tracker)
    return TrackerScores(tracker.name, detections, tuple(scores), combined)
