"""Which truth belongs to which result: the folder layouts people have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from tracker.evaluation.boxes import EvaluateError
from tracker.evaluation.text_files import TextSource, members
from tracker.seqinfo import SeqInfo, SeqInfoError, parse_seqinfo

NAME_FILES = ("names.csv", "gameinfo.ini")
LAYOUTS = "a gt.txt, a CVAT zip, a folder SEQ/gt/gt.txt, or a folder of SEQ/gt/gt.txt folders"


@dataclass(frozen=True, slots=True)
class Truth:
    """Where one sequence's truth lies, and what lies beside it (None: not there)."""

    name: str
    boxes: TextSource
    seqinfo: TextSource | None = None
    names: TextSource | None = None
    labels: TextSource | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """One tracker's files for one sequence.

    table: our tracks.csv, where there is one; full: our mot_full.txt, with predicted boxes too.
    """

    boxes: TextSource
    table: TextSource | None = None
    full: TextSource | None = None


@dataclass(frozen=True, slots=True)
class Tracker:
    """One tracker's results by sequence; unknown: results for which there is no truth."""

    name: str
    results: dict[str, Result]
    unknown: tuple[TextSource, ...] = ()


def find_truths(path: Path, patterns: Sequence[str] = ()) -> list[Truth]:
    """The sequences of a truth, by name. patterns: keep names that fit one of them (`SNMOT-1*`).

    Raises EvaluateError when there is no truth, saying which layouts are understood.
    """
    if path.is_dir():
        truths = _truths_in(path)
    elif path.suffix.lower() == ".zip":
        truths = _truths_in_zip(path)
    elif path.is_file():
        truths = [_truth_file(path)]
    else:
        raise EvaluateError(f"{path}: not found; give {LAYOUTS}")
    if not truths:
        raise EvaluateError(f"{path}: no truth inside; give {LAYOUTS}")
    kept = [t for t in truths if not patterns or any(fnmatchcase(t.name, p) for p in patterns)]
    if not kept:
        names = ", ".join(t.name for t in truths[:5])
        raise EvaluateError(f"{path}: no sequence fits {', '.join(patterns)}; there are {names}")
    return sorted(kept, key=lambda t: t.name)


def read_seqinfo(source: TextSource | None) -> SeqInfo:
    """Length and rate of a sequence. Raises EvaluateError when the file is there and broken."""
    if source is None:
        return SeqInfo()
    try:
        return parse_seqinfo(source.text())
    except SeqInfoError as error:
        raise EvaluateError(f"{source}: not a MOTChallenge seqinfo.ini ({error})") from error


def _truth_file(file: Path) -> Truth:
    folder = file.parent.parent if file.parent.name == "gt" else file.parent
    flat = file.stem not in ("gt", "groundtruth")
    name = file.stem if flat else folder.resolve().name
    beside = {} if flat else {"seqinfo": _there(folder / "seqinfo.ini"), "names": _names(folder)}
    return Truth(name, TextSource(file), labels=_there(file.with_name("labels.txt")), **beside)


def _truths_in(folder: Path) -> list[Truth]:
    alone = _gt_of(folder)
    if alone:
        return [_truth_file(alone)]
    if (folder / "seqmaps").is_dir():
        return _truths_by_seqmap(folder)
    found = [_truth_file(gt) for child in sorted(folder.iterdir()) if (gt := _gt_of(child))]
    seqmap = folder.parent / "seqmaps" / f"{folder.resolve().name}.txt"
    if found and seqmap.is_file():
        return _listed(found, seqmap)
    return found or [_truth_file(f) for f in sorted(folder.glob("*.txt"))]


def _truths_by_seqmap(root: Path) -> list[Truth]:
    """TrackEval's truth folder: `seqmaps/MOT17-train.txt` beside `MOT17-train/SEQ/gt/gt.txt`."""
    splits = [m for m in sorted((root / "seqmaps").glob("*.txt")) if (root / m.stem).is_dir()]
    if len(splits) != 1:
        names = ", ".join(str(root / m.stem) for m in splits) or "none has its folder"
        raise EvaluateError(f"{root}: {len(splits)} splits; give one split's folder ({names})")
    return _truths_in(root / splits[0].stem)


def _listed(truths: list[Truth], seqmap: Path) -> list[Truth]:
    listed = [line.strip() for line in TextSource(seqmap).text().splitlines()[1:] if line.strip()]
    by_name = {t.name: t for t in truths}
    missing = [name for name in listed if name not in by_name]
    if missing:
        raise EvaluateError(f"{seqmap}: lists {missing[0]}, for which there is no gt/gt.txt")
    return [by_name[name] for name in dict.fromkeys(listed)]


def _truths_in_zip(path: Path) -> list[Truth]:
    inside = members(path)
    truths = []
    for member in inside:
        at = PurePosixPath(member)
        if at.name != "gt.txt":
            continue
        folder = at.parent.parent if at.parent.name == "gt" else at.parent

        def beside(
            *names: str, places: tuple[PurePosixPath, ...] = (folder, at.parent)
        ) -> TextSource | None:
            paths = (str(place / name) for place in places for name in names)
            return next((TextSource(path, p) for p in paths if p in inside), None)

        name = folder.name or path.stem
        truths.append(
            Truth(
                name,
                TextSource(path, member),
                beside("seqinfo.ini"),
                beside(*NAME_FILES),
                beside("labels.txt"),
            )
        )
    return truths


def _gt_of(folder: Path) -> Path | None:
    places = (folder / "gt" / "gt.txt", folder / "gt.txt")
    return next((p for p in places if p.is_file()), None)


def _there(file: Path) -> TextSource | None:
    return TextSource(file) if file.is_file() else None


def _names(folder: Path) -> TextSource | None:
    return next((TextSource(folder / n) for n in NAME_FILES if (folder / n).is_file()), None)
