"""Do tracks.csv and what is said of it belong to the video of the run?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from tracker.corrections.places import Places, check_seen
from tracker.corrections.statements import Correction, CorrectionError
from tracker.output.run_files import OBSERVATIONS
from tracker.output.table import BOX
from tracker.source_match import Film, frames_misfit, misfits

_FEWEST_FOUND = 0.5  # share of seen boxes that a run finds again: all but those of no proven track


def check_corrections(
    corrections: Sequence[Correction], visible: pd.DataFrame, film: Film
) -> list[str]:
    """A line where corrections name frames that the video does not have. visible: of tracks.csv.

    Raises CorrectionError where nobody is seen then, with that line where it may be why.
    """
    named = [frame for c in corrections for frame in (c.first, c.last) if frame is not None]
    misfit = frames_misfit("the correction", np.array(named, np.int64), film) if named else None
    for correction in corrections:
        try:
            check_seen(correction, visible)
        except CorrectionError as error:
            raise CorrectionError(f"{error}; {misfit}" if misfit else str(error)) from None
    return [f"{misfit}: is it the right video?"] if misfit else []


def check_own(visible: pd.DataFrame, places: Places, film: Film) -> None:
    """Raise CorrectionError where the boxes of tracks.csv are not those that the run has seen."""
    seen = visible["confidence"].notna().to_numpy()  # else bridged, and in no observation
    if not seen.any() or places.found[seen].mean() >= _FEWEST_FOUND:
        return
    boxes, frames = visible[BOX].to_numpy(np.float64), visible["frame"].to_numpy(np.int64)
    why = next(iter(misfits("tracks.csv", frames, boxes, film)), None)
    raise CorrectionError(
        f"tracks.csv is of another video or run, its boxes are not those of {OBSERVATIONS}/"
        f"{f' ({why})' if why else ''}; track again by --resume, which writes the right one"
    )
