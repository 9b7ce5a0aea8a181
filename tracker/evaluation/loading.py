"""One sequence of one tracker: read, checked, cut to what counts."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from tracker.evaluation import mistakes
from tracker.evaluation.blanking import blank_windows
from tracker.evaluation.boxes import Boxes, EvaluateError, Mask
from tracker.evaluation.identities import TruthIdentities, read_people
from tracker.evaluation.inputs import Result, Truth, read_seqinfo
from tracker.evaluation.mistakes import ReadSequence, Remark
from tracker.evaluation.options import Options
from tracker.evaluation.preprocessing import Counting, counting, off_distractors
from tracker.evaluation.readers import read_mot, read_result
from tracker.evaluation.run_ids import run_ids
from tracker.evaluation.text_files import TextSource
from tracker.output.gallery_ids import GalleryIds
from tracker.output.table import TrackTable
from tracker.seqinfo import SeqInfo

DEFAULT_FPS = 25.0


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """One sequence's truth. rows: all of them, named where known; counting: which of them count.

    hidden: (N,) over the counting rows, None where nothing says who is hidden. fps: None where
    neither a file nor the options say it.
    """

    rows: Boxes
    counting: Counting
    people: TruthIdentities | None
    hidden: Mask | None
    info: SeqInfo
    fps: float | None
    remarks: tuple[Remark, ...]

    @property
    def counted(self) -> Boxes:
        return self.rows.take(self.counting.keep)


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """What the metrics read: only boxes that count. gallery: None where names cannot be scored.
    ids: when something said who a player is; None where nothing tells."""

    truth: Boxes
    result: Boxes
    named: Boxes
    table: TrackTable | None
    hidden: Mask | None
    gallery: frozenset[str] | None
    ids: GalleryIds | None
    first: int
    last: int
    fps: float
    remarks: tuple[Remark, ...]


def load_truth(truth: Truth, options: Options) -> Reference:
    """Read one truth. Raises EvaluateError when it contradicts itself."""
    rows, remark = mistakes.count_from_one(read_mot(truth.boxes))
    mistakes.check_ids(rows, truth=True)
    info = read_seqinfo(truth.seqinfo)
    source = TextSource(options.names) if options.names else truth.names
    people = read_people(source) if source else None
    rules = options.rules
    if people:
        rows = people.name(rows)
        rules = replace(rules, ignore_ids=rules.ignore_ids | people.ball_ids)
    labels = truth.labels.text().splitlines() if truth.labels else []
    count = counting(rules, rows, tuple(label.strip() for label in labels))
    counted = rows.take(count.keep)
    mistakes.check_names(counted)
    fps = options.fps or info.fps
    hidden = None
    if options.hidden_at is not None:
        hidden = counted.visibility <= options.hidden_at
    elif options.blank:
        hidden = blank_windows(counted, *options.blank, fps or DEFAULT_FPS)
    remarks = (remark, *count.remarks) if remark else count.remarks
    return Reference(rows, count, people, hidden, info, fps, remarks)


def load(truth: Truth, result: Result, options: Options) -> Loaded:
    """Read one sequence and its result. Raises EvaluateError when a file contradicts itself."""
    reference = load_truth(truth, options)
    read = read_result(result, options.occluded)
    boxes, remark = mistakes.count_from_one(read.boxes)
    mistakes.check_ids(boxes)
    remarks = [*reference.remarks, remark] if remark else [*reference.remarks]
    last = _last(reference, options, remarks)
    stated = reference.info.length is not None
    preprocessed = options.rules.preprocess != "none"
    evidence = ReadSequence(
        reference.rows, boxes, last, stated, preprocessed, options.truth_frames
    )  # fmt: skip
    remarks += mistakes.find_mistakes(evidence)
    named = boxes if read.named is read.boxes else read.named
    if options.truth_frames:
        boxes, named = (_of_truth_frames(reference.rows, rows) for rows in (boxes, named))
    gallery = _gallery(reference, named, options, remarks)
    distractors = reference.counting.distractors
    first, last = options.frames or (1, last)
    return Loaded(
        truth=reference.counted,
        result=off_distractors(reference.rows, distractors, boxes),
        named=off_distractors(reference.rows, distractors, named),
        table=read.table,
        hidden=reference.hidden,
        gallery=gallery,
        ids=run_ids(read.table, result.table, remarks) if gallery is not None else None,
        first=first,
        last=last,
        fps=_fps(reference, read.table, gallery is not None, remarks),
        remarks=tuple(remarks),
    )


def _of_truth_frames(truth: Boxes, result: Boxes) -> Boxes:
    """The boxes in frames that have truth: in others nothing is known to be false."""
    return result.take(np.isin(result.frames, truth.frames))


def _last(reference: Reference, options: Options, remarks: list[Remark]) -> int:
    """The sequence's last frame: from seqinfo.ini, else the truth's last box."""
    if reference.info.length is not None:
        length = reference.info.length
    elif len(reference.rows):
        length = int(reference.rows.frames[-1])
        if not options.frames:
            note = f"no seqinfo.ini; length taken from the last truth row, {length} frames"
            remarks.append(Remark(reference.rows.source, note))
    else:
        raise EvaluateError(f"{reference.rows.source}: holds no row; give the truth's boxes")
    if options.frames and options.frames[1] > length:
        raise EvaluateError(
            f"--frames {options.frames[0]}:{options.frames[1]}: {reference.rows.source} has only "
            f"{length} frames"
        )
    return length


def _fps(
    reference: Reference, table: TrackTable | None, needed: bool, remarks: list[Remark]
) -> float:
    if reference.fps:
        return reference.fps
    if table is not None and len(table):
        times = table.rows.groupby("frame")["time_s"].first()
        frames = times.index.to_numpy(np.float64)
        seconds = float(times.iloc[-1] - times.iloc[0])
        if seconds > 0:
            return float((frames[-1] - frames[0]) / seconds)
    if needed or reference.hidden is not None:
        note = f"frame rate not known, taken as {DEFAULT_FPS:g}; pass --fps"
        remarks.append(Remark(reference.rows.source, note))
    return DEFAULT_FPS


def _gallery(
    reference: Reference, named: Boxes, options: Options, remarks: list[Remark]
) -> frozenset[str] | None:
    """The names that may be given; None where truth or result has no names."""
    if reference.people is None:
        return None
    if not (named.names != "").any():
        if options.names:
            note = "carries no names, so they are not scored; give a tracks.csv"
            remarks.append(Remark(named.source, note))
        return None
    gallery = reference.people.players if options.gallery is None else options.gallery
    everybody = frozenset(person.name for person in reference.people.by_id.values())
    remark = mistakes.unknown_names(named, gallery | everybody)
    remarks += [remark] if remark else []
    return gallery
