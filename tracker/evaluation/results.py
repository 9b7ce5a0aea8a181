"""Trackers and their results: one file, a folder of files, our OUT folders, TrackEval's layout."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from tracker.evaluation.boxes import EvaluateError
from tracker.evaluation.inputs import Result, Tracker, Truth
from tracker.evaluation.text_files import TextSource, members

SUFFIXES = (".txt", ".csv")


def find_trackers(paths: Sequence[Path], truths: Sequence[Truth]) -> list[Tracker]:
    """The trackers behind the given paths, each with a result for every truth.

    Raises EvaluateError when a path holds no result, or some truth has none.
    """
    found = [t for path in paths for t in _trackers_at(path, truths)]
    if not found:
        raise EvaluateError("no result given; name a result file or folder after the truth")
    for tracker in found:
        missing = [t.name for t in truths if t.name not in tracker.results]
        if missing:
            few = ", ".join(missing[:3]) + (", ..." if len(missing) > 3 else "")
            raise EvaluateError(
                f"{tracker.name}: no result for {len(missing)} of {len(truths)} sequences ({few}); "
                "add them, or score some sequences with --sequences"
            )
    return _distinct(found, paths)


def detections_of(tracker: Tracker) -> str:
    """What detector our own runs were given, from the receipts beside them; "" where unknown."""
    names = set()
    for result in tracker.results.values():
        receipt = result.table.path.with_name("run.json") if result.table else None
        if receipt is None or not receipt.is_file():
            return ""
        try:
            names.add(str(json.loads(TextSource(receipt).text())["detector"]["name"]))
        except (ValueError, KeyError, TypeError):  # a receipt of another make
            return ""
    return ", ".join(sorted(names))


def _trackers_at(path: Path, truths: Sequence[Truth]) -> list[Tracker]:
    if not path.exists():
        raise EvaluateError(f"{path}: not found; give a result file or a folder of SEQ.txt files")
    if path.is_file() and path.suffix.lower() == ".zip":
        return [_tracker(path.stem, _in_zip(path), truths)]
    if path.is_file():
        ours = _out_folder(path.parent) if path.name == "tracks.csv" else None
        name = path.resolve().parent.name if ours else path.stem
        return [_single(name, ours or Result(TextSource(path)), path, truths)]
    ours = _out_folder(path)
    if ours:
        return [_single(path.resolve().name, ours, path, truths)]
    results = _in_folder(path)
    if results:
        return [_tracker(path.resolve().name, results, truths)]
    several = [(child.name, _in_folder(child)) for child in sorted(path.iterdir())]
    trackers = [_tracker(name, results, truths) for name, results in several if results]
    if not trackers:
        raise EvaluateError(
            f"{path}: no results inside; expected SEQ.txt files, SEQ/tracks.csv folders, "
            "TRACKER/data/SEQ.txt, or an output folder with tracks.csv"
        )
    return trackers


def _in_folder(folder: Path) -> dict[str, Result]:
    """SEQ.txt or SEQ.csv files, SEQ/ output folders, or TrackEval's data/SEQ.txt."""
    if not folder.is_dir():
        return {}
    found: dict[str, Result] = {}
    for child in sorted(folder.iterdir()):
        ours = _out_folder(child) if child.is_dir() else None
        if ours:
            found[child.name] = ours
        elif child.is_file() and child.suffix.lower() in SUFFIXES:
            found[child.stem] = Result(TextSource(child))
    return found or _in_folder(folder / "data")


def _out_folder(folder: Path) -> Result | None:
    """The output of `teamsheet track`: boxes as benchmarks read them, names from tracks.csv."""
    table, mot, full = (folder / name for name in ("tracks.csv", "mot.txt", "mot_full.txt"))
    if not table.is_file():
        return Result(TextSource(mot)) if mot.is_file() else None
    return Result(
        TextSource(mot if mot.is_file() else table),
        TextSource(table),
        TextSource(full) if full.is_file() else None,
    )


def _in_zip(path: Path) -> dict[str, Result]:
    inside = [PurePosixPath(m) for m in members(path)]
    texts = [m for m in inside if m.suffix.lower() in SUFFIXES]
    return {m.stem: Result(TextSource(path, str(m))) for m in texts}


def _single(name: str, result: Result, path: Path, truths: Sequence[Truth]) -> Tracker:
    """One result without a sequence's name: fine when there is one truth or its name tells."""
    if len(truths) == 1:
        return Tracker(name, {truths[0].name: result})
    raise EvaluateError(
        f"{path}: one result for {len(truths)} sequences; give one sequence's truth, "
        "or a folder of SEQ.txt files"
    )


def _tracker(name: str, results: dict[str, Result], truths: Sequence[Truth]) -> Tracker:
    names = {t.name for t in truths}
    unknown = tuple(r.boxes for seq, r in results.items() if seq not in names)
    return Tracker(name, {s: r for s, r in results.items() if s in names}, unknown)


def _distinct(trackers: Sequence[Tracker], paths: Sequence[Path]) -> list[Tracker]:
    """Give trackers with the same file name their folder's name too, or a number at last."""
    names = [t.name for t in trackers]
    if len(trackers) == len(paths) and len(set(names)) < len(names):
        parents = [p.resolve().parent.name for p in paths]
        names = [
            f"{parent}/{name}" if names.count(name) > 1 else name
            for parent, name in zip(parents, names, strict=True)
        ]
    unique: list[str] = []
    for name in names:
        again = sum(u == name or u.startswith(f"{name} (") for u in unique)
        unique.append(f"{name} ({again + 1})" if again else name)
    return [Tracker(name, t.results, t.unknown) for name, t in zip(unique, trackers, strict=True)]
