"""The kits on the page: how many wear each, whose it is, by what, and how sure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tracker.corrections.of_kits import OF_KITS, wearers
from tracker.explain.phrases import share
from tracker.kits.facts import TEAM
from tracker.kits.stated_kits import GOALKEEPER, REFEREE
from tracker.output.run_record import kits_in
from tracker.output.table import BOX
from tracker.report.thumbnails import KIT, Thumb
from tracker.types import Visibility

_PICTURES = 3  # of a kit, each of another track
_SHARE_MIN = 0.005  # of all sightings; kits of fewer are the crowd's mostly
_PARTS = {TEAM: "a team", GOALKEEPER: "a goalkeeper", REFEREE: "a referee"}
_BY = {
    "answer": "your answer", "names": "the names of who wears it",
    "numbers": "the shirt numbers of who wears it", "color": "the color in the roster",
    "the other kit": "the other team wears another kit",
}  # fmt: skip
KIT_WORDS = (
    "Found from the colours of tracks. Share: of all sightings. A kit is a team's where that is "
    "at least 90 % sure; names, a color in the roster, or your answer say whose."
)


@dataclass(frozen=True, slots=True)
class KitWorn:
    """kit: as run.json has it. share: of all visible boxes. places: frame and box of pictures."""

    kit: Mapping[str, Any]
    share: float
    places: tuple[tuple[int, tuple[float, float, float, float]], ...]


def kits_worn(tracks: Path, tree: Mapping[str, Any]) -> list[KitWorn]:
    """tracks: tracks.csv. tree: run.json. None where it says nothing of kits."""
    known = [k for k in kits_in(tree) if _is_color(k["color"]) and _is_color(k.get("shorts"))]
    visible = _visible(tracks) if known else None
    if visible is None:
        return []
    found = []
    for kit in known:
        part = float((visible["kit"] == kit["name"]).mean()) if len(visible["kit"]) else 0.0
        if part < _SHARE_MIN and kit["role"] != TEAM:
            continue
        rows = wearers(visible, str(kit["name"]), _PICTURES)
        boxes = np.stack([visible[side][rows] for side in BOX], axis=1).tolist()
        places = zip(visible["frame"][rows].tolist(), map(tuple, boxes), strict=True)
        found.append(KitWorn(kit, part, tuple(places)))
    return found


def kit_thumbs(kits: Iterable[KitWorn]) -> list[Thumb]:
    """The pictures of kits, as cut from the video."""
    return [Thumb(n, KIT, frame, box) for n, worn in enumerate(kits) for frame, box in worn.places]


def kit_block(worn: KitWorn, pictures: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A row of the table."""
    kit = worn.kit
    by = [_BY.get(str(why), str(why)) for why in kit.get("by") or ()]
    return {
        "name": kit["name"],
        "color": kit["color"],
        "shorts": kit["shorts"],
        "whose": _whose(kit),
        "open": _is_open(kit),
        "by": " and ".join(by),
        "sure": share(float(kit.get("probability") or 0)) if kit["team"] else "",
        "people": f"{float(kit.get('at_once') or 0):.1f}",
        "share": f"{100 * worn.share:.0f} %",
        "pictures": pictures,
    }


def open_words(kits: Sequence[KitWorn]) -> str:
    """A sentence where the roster has teams, and it is not known which of them wears a kit."""
    names = [str(worn.kit["name"]) for worn in kits if _is_open(worn.kit)]
    if not names:
        return ""
    return (
        f"Whose kit {' and '.join(names)} is, is not known: teamsheet review asks it once, or say "
        f'it by teamsheet correct OUT --set "kit {names[0]} is TEAM".'
    )


def _is_open(kit: Mapping[str, Any]) -> bool:
    """Without teams in the roster, none is likelier than 0."""
    return bool(kit["role"] == TEAM and not kit["team"] and float(kit.get("probability") or 0) > 0)


def _whose(kit: Mapping[str, Any]) -> str:
    if kit["team"]:
        return str(kit["team"])
    return "a team, not known which" if _is_open(kit) else _PARTS.get(str(kit["role"]), "")


def _is_color(text: object) -> bool:
    """#rrggbb: it stands in the page's style."""
    return isinstance(text, str) and len(text) == 7 and text[0] == "#" and text[1:].isalnum()


def _visible(tracks: Path) -> dict[str, Any] | None:
    """The columns of the visible rows; None where the file has no kits."""
    from pyarrow import ArrowException, csv

    columns = [*OF_KITS, "visibility"]
    try:
        options = csv.ConvertOptions(include_columns=columns)
        frame = csv.read_csv(tracks, convert_options=options).to_pandas()
    except (ArrowException, OSError, KeyError):
        return None
    frame = frame[frame["visibility"] == Visibility.VISIBLE.label]
    kits = frame["kit"].astype(object).where(frame["kit"].notna(), "")
    return {name: frame[name].to_numpy() for name in OF_KITS} | {"kit": kits.to_numpy(object)}
