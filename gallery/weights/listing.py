"""The table of weights for a terminal."""

from __future__ import annotations

from rich.console import Console

from gallery.reid.model_cache import cache_folder
from gallery.weights.cached import WeightsError, find, kept_checksum
from gallery.weights.fetch import spelt
from gallery.weights.table import WEIGHTS, Weights, WeightsFile


def print_table(console: Console) -> None:
    """All that is known by name, and what of it is at hand: a line each."""
    _line(console, ("name", "for", "size", "checked by", "here", "licence"))
    for each in WEIGHTS.values():
        cells = each.name, each.purpose, size(each), _checked(each), _here(each), each.licence
        _line(console, cells)
    console.print(f"\nfolder: {cache_folder()}", soft_wrap=True)


def _line(console: Console, cells: tuple[str, ...]) -> None:
    name, purpose, size_, checked, here, licence = cells
    text = f"{name:16} {purpose:9} {size_:9} {checked:14} {here:8} {licence}"
    console.print(text, soft_wrap=True, highlight=False, markup=False)


def print_files(weights: Weights, console: Console) -> None:
    """All of one: what its user needs to bring the files by hand."""
    lines = [f"{weights.name}: {weights.purpose}; {weights.licence}; here: {_here(weights)}"]
    if weights.loader:
        lines.append(f"only the package {weights.loader} may open it: it is a pickle")
    for file in weights.files:
        lines += [f"{cache_folder() / file.name}", f"  {file.url}", f"  {_checksum(file)}"]
    for line in lines:
        console.print(line, soft_wrap=True, highlight=False, markup=False)


def size(weights: Weights) -> str:
    """Of all files, for a person."""
    total = weights.size_bytes
    return "unknown" if total is None else f"{total / 1e6:.1f} MB"


def _here(weights: Weights) -> str:
    try:
        return "no" if find(weights) is None else "yes"
    except WeightsError:
        return "altered"


def _checked(weights: Weights) -> str:
    if weights.loader:
        return f"only {weights.loader}"
    return spelt(weights.files[0].algorithm) or "first download"


def _checksum(file: WeightsFile) -> str:
    if file.checksum:
        return f"{file.size_bytes} bytes, {spelt(file.algorithm)} {file.checksum}"
    kept = kept_checksum(file)
    held = f"at the first download it was SHA-256 {kept}" if kept else "first download will hold"
    return f"no checksum is published; {held}"
