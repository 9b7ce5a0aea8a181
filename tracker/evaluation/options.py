"""How to score."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from gallery.folders import find_people
from tracker.evaluation.boxes import EvaluateError
from tracker.evaluation.preprocessing import PreprocessingRules
from tracker.evaluation.text_files import TextSource
from tracker.limits import MAX_FPS

_MAX_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Options:
    """How to score.

    rules: which boxes count. frames: (first, last), 1-based, both included; None: all.
    truth_frames: only frames that have truth, of these. sequences: patterns of names; empty: all.
    names: who the truth ids are, for all sequences; None: what lies beside each truth. gallery: the
    names that may be given; None: all of the truth's but referees. occluded: score predicted boxes
    of hidden players too. hidden_at: truth rows with visibility (column 9) at or below this are
    hidden. blank: (seed, share) of the truth's rows that were blanked out of the detections. fps:
    None: from seqinfo.ini. detections: what the tracker was given, for the tables; scores on other
    detections are not comparable. timelines: keep who was where for the pictures. jobs: processes;
    None: one per core.
    """

    rules: PreprocessingRules = field(default_factory=PreprocessingRules)
    frames: tuple[int, int] | None = None
    truth_frames: bool = False
    sequences: tuple[str, ...] = ()
    names: Path | None = None
    gallery: frozenset[str] | None = None
    occluded: bool = False
    hidden_at: float | None = None
    blank: tuple[int, float] | None = None
    fps: float | None = None
    detections: str = ""
    timelines: bool = False
    jobs: int | None = None

    def __post_init__(self) -> None:
        if self.frames and not 1 <= self.frames[0] <= self.frames[1]:
            raise EvaluateError(f"--frames {self.frames[0]}:{self.frames[1]}: give 1 <= A <= B")
        if self.blank and not 0 < self.blank[1] < 1:
            raise EvaluateError(f"--blank: the share {self.blank[1]:g} must be between 0 and 1")
        if self.blank and self.hidden_at is not None:
            raise EvaluateError("--blank and --hidden-at say two things; give one of them")
        if self.fps is not None and not 0 < self.fps < MAX_FPS:
            raise EvaluateError(f"--fps {self.fps:g}: must be above 0 and below {MAX_FPS:g}")
        if self.jobs is not None and self.jobs < 1:
            raise EvaluateError(f"--jobs {self.jobs}: must be at least 1")


def read_gallery(path: Path) -> frozenset[str]:
    """Names of a gallery: its folders (not those that begin with `_`), or lines of a text file."""
    if path.is_dir():
        names = [person.path.name for person in find_people(path).people]
    else:
        names = [line.strip() for line in TextSource(path).text().splitlines()]
    players = frozenset(n for n in names if n and n[0] not in "_.#")
    if not players:
        raise EvaluateError(f"{path}: no player inside; give a gallery folder, or a list of names")
    return players


def parse_frames(text: str) -> tuple[int, int]:
    """`A:B` to (A, B). Raises EvaluateError."""
    first, separator, last = text.partition(":")
    if not separator or not (first.strip().isdecimal() and last.strip().isdecimal()):
        raise EvaluateError(f"--frames {text}: write A:B, for example 1:350 (both included)")
    if max(len(first), len(last)) > _MAX_DIGITS:
        raise EvaluateError(f"--frames {text[:40]}...: no sequence is so long; write A:B")
    return int(first), int(last)


def parse_blank(text: str) -> tuple[int, float]:
    """`SEED,SHARE` to (seed, share). Raises EvaluateError."""
    seed, _, share = text.partition(",")
    try:
        return int(seed), float(share)
    except ValueError as error:
        raise EvaluateError(f"--blank {text}: write SEED,SHARE, for example 1,0.1") from error


def parse_ids(text: str) -> frozenset[int]:
    """`20,21` to {20, 21}. Raises EvaluateError."""
    try:
        return frozenset(int(part) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise EvaluateError(f"--ignore-ids {text}: write ids as 20,21") from error


def split_names(text: str) -> tuple[str, ...]:
    """`a,b` to ("a", "b")."""
    return tuple(part.strip() for part in text.split(",") if part.strip())
