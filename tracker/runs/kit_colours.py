"""In what colours the kits of a run are drawn, as its record says."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tracker.output.run_record import KITS, RunRecord, RunRecordError

if TYPE_CHECKING:
    from tracker.render.lettering import Colour


def kits_of(out: Path) -> dict[str, Colour]:
    """Colours by the names of kits, as far as the record of a run in OUT says."""
    try:
        kits = RunRecord.read(out).tree.get(KITS, ())
        return {str(kit["name"]): _bgr(str(kit["color"])) for kit in kits}
    except (RunRecordError, KeyError, TypeError, ValueError):
        return {}


def _bgr(text: str) -> Colour:
    """Of #rrggbb. Raises ValueError."""
    red, green, blue = bytes.fromhex(text.removeprefix("#"))
    return blue, green, red
