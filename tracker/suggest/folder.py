"""OUT/suggest: a folder per player with the crops, a contact sheet, and a list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from gallery.add import UNKNOWN
from gallery.annotations.names import folder_names
from gallery.atomic.write import staged
from gallery.html_page import write_page
from tracker.output.csv_frame import write_csv
from tracker.output.run_files import OutputError
from tracker.suggest.contact_sheet import write_contact_sheet
from tracker.suggest.crop_selection import SuggestedCrop
from tracker.suggest.suggestion import Suggestion
from tracker.text import bare

LIST = "suggest.csv"
_EXAMPLES = 2


def check_folder(out: Path, overwrite: bool) -> None:
    """Raise OutputError unless `out` may be written: it is not there, or is ours to replace."""
    if not out.exists():
        return
    if not overwrite:
        raise OutputError(f"{out} exists; take over or delete what is in it, or add --overwrite")
    if not (out / LIST).is_file():
        raise OutputError(f"{out} exists and was not written by gallery suggest; move it away")


def write_suggestions(
    out: Path,
    run: Path,
    found: Sequence[SuggestedCrop],
    stem: str,
    gallery: str,
    pictures: Mapping[str, tuple[Path, ...]],
) -> list[Suggestion]:
    """Write all of it, or nothing. stem: begins the files' names. pictures: the gallery's."""
    with staged(out, _own(out).__contains__) as draft:
        suggestions = _write_crops(draft, found, stem, pictures)
        rows = pd.DataFrame([asdict(suggestion) for suggestion in suggestions])
        rows["file"] = [f"{suggestion.folder}/{suggestion.file.name}" for suggestion in suggestions]
        columns = ["file", "frame", "track", "player", "chance", "rival", "rival_chance", "seconds"]
        write_csv(rows[columns].round(4), draft / LIST)
        write_page(
            "suggest.html",
            {"cards": suggestions, "run": run, "gallery": gallery},
            draft / "sheet.html",
        )
        write_contact_sheet(suggestions, draft / "sheet.png")
    return suggestions


def _own(out: Path) -> set[str]:
    """What suggest has written, as its list says; what somebody has added stays."""
    try:
        files = pd.read_csv(out / LIST, dtype=str)["file"].map(bare)
        return {LIST, "sheet.html", "sheet.png", *(str(file).split("/")[0] for file in files)}
    except (OSError, ValueError, KeyError):
        return {LIST, "sheet.html", "sheet.png"}


def _write_crops(
    draft: Path,
    found: Sequence[SuggestedCrop],
    stem: str,
    pictures: Mapping[str, tuple[Path, ...]],
) -> list[Suggestion]:
    folders = folder_names(
        dict.fromkeys(item.stretch.player for item in found if item.stretch.player)
    )
    begin = folder_names([stem])[stem]
    suggestions = []
    for order, item in enumerate(found):
        stretch = item.stretch
        folder = folders[stretch.player] if stretch.player else UNKNOWN
        file = draft / folder / f"{begin}_{item.frame:06d}_t{stretch.track}.jpg"
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(item.jpeg)
        player_files = pictures.get(stretch.player, ())[:_EXAMPLES]
        rival_files = pictures.get(stretch.rival, ())[:_EXAMPLES]
        suggestions.append(
            Suggestion(
                order, folder, file, item.frame, stretch.track, stretch.player, stretch.chance,
                stretch.rival, stretch.rival_chance, stretch.seconds, player_files, rival_files,
            )
        )  # fmt: skip
    return suggestions
