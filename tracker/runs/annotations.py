"""Runs of ours as files that say who is where in a video, beside those of others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gallery.annotations.reader import (
    READERS,
    Annotation,
    AnnotationError,
    no_attribute,
    read_annotation,
)
from tracker.output.evidence_words import kind_of
from tracker.types import Evidence, Visibility

if TYPE_CHECKING:
    import pandas as pd

    from gallery.annotations.reader import Found
    from tracker.output.table import TrackTable

__all__ = ["READERS", "Annotation", "AnnotationError", "read_annotation", "tracks"]

_ENOUGH_CONFIRMED = 25
"""A player of whom so many rows are confirmed is cut from those alone."""


def tracks(given: Annotation) -> Found:
    """A run of ours: visible rows of which somebody has said who it is, and of players with few or
    none of those, anchors of at least `sure` (offline: what they carry); of --player, all visible
    rows with their name.

    Other people's boxes stay as nobody's, those of the hidden too.
    """
    from gallery.annotations.boxes import TruthBoxes
    from gallery.annotations.names import name_at
    from tracker.output.run_folder import recover
    from tracker.output.table import BOX, TrackTable

    recover(given.file.parent)
    no_attribute(given, "tracks.csv")
    if given.names is not None:
        raise AnnotationError(f"{given.file} has names of its own; leave out --names")
    rows = _scaled(TrackTable.read_csv(given.file), given).rows
    rows = rows[rows["visibility"] != Visibility.ABSENT.label]
    visible, take = _taken(rows, given)
    known = sorted(set(rows.loc[visible, "player"]))
    if not take.any() and not given.players:
        raise AnnotationError(
            f"{given.file}: nobody is an anchor at {given.sure:g} or more; take a smaller --sure, "
            "or --player for somebody you have looked at"
        )
    ids = rows["player"].map({name: n for n, name in enumerate(known, 1)}).where(take, -1)
    boxes = TruthBoxes(
        str(given.file), rows["frame"].to_numpy(), ids.to_numpy(np.int64), rows[BOX].to_numpy()
    )
    return boxes, {n: name_at(str(given.file), name) for n, name in enumerate(known, 1)}


def _taken(rows: pd.DataFrame, given: Annotation) -> tuple[pd.Series[bool], pd.Series[bool]]:
    """Which rows are seen and have a name, and which of these pictures are cut from."""
    visible = (rows["visibility"] == Visibility.VISIBLE.label) & (rows["player"] != "")
    visible &= rows["confidence"].notna()  # a box that was seen, not bridged
    kinds = rows["evidence"].astype(object).map(kind_of)
    confirmed, anchor = kinds == Evidence.TOLD, kinds == Evidence.ANCHOR
    own = anchor & (rows["evidence"] == Evidence.ANCHOR.label)
    if not own.any():  # offline, whole tracklets are judged by what they have of their own: carried
        anchor |= kinds == Evidence.CARRIED
    if given.players:
        return visible, visible & rows["player"].isin(given.players)
    counts = rows.loc[visible & confirmed, "player"].value_counts()
    known_well = rows["player"].isin(counts.index[counts >= _ENOUGH_CONFIRMED])
    anchor &= (rows["player_confidence"] >= given.sure) & ~known_well
    return visible, visible & (confirmed | anchor)


def _scaled(table: TrackTable, given: Annotation) -> TrackTable:
    """Its boxes in pixels of this video, where the run's receipt tells that its own was larger or
    smaller."""
    from tracker.output.resizing import resized
    from tracker.output.video_facts import about

    was = about(table, given.file).size
    return table if was is None else resized(table, was, given.size, str(given.file))


READERS[".csv"] = tracks  # here, for `gallery` knows nothing of runs
