"""Whose box is whose in a clip, as a model is to learn it: players, others, and the unsure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gallery.annotations.boxes import TruthBoxes
from gallery.annotations.names import BALL, Name
from gallery.folders import NEGATIVE, natural
from tracker.boxes import covered
from tracker.errors import TeamsheetError
from tracker.types import Doubles, Evidence, Ints, Mask, Visibility

if TYPE_CHECKING:
    import pandas as pd

    from tracker.output.table import TrackTable

OTHER_CLASS = "_other"
"""The class of people who are none of the players: referees, opponents, other negatives."""
OTHER, UNSURE = -1, -2
"""Labels of who is surely none of the players, and of who may be one."""
OTHER_MIN_S = 3.0
"""A track that is seen for so long and never named is of somebody who is no player."""
HIDDEN = 0.7
"""Of an annotated box that nearer people cover by this share, nothing can be learnt."""


_MAX_EMPTY = 0.5


class DatasetError(TeamsheetError):
    """No data set can be made of this; the message says why and what to do."""


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """Boxes of people that are seen, by frame.

    players: the classes, in natural order. frames: (N,) 1-based, ascending. boxes: (N, 4) x1 y1 x2
    y2 pixels. labels: (N,) index of the player, OTHER or UNSURE. empty: (E,) frames in which nobody
    is.
    """

    source: str
    players: tuple[str, ...]
    frames: Ints
    boxes: Doubles
    labels: Ints
    empty: Ints

    @property
    def classes(self) -> tuple[str, ...]:
        """The players, and OTHER_CLASS where such are seen."""
        return (*self.players, OTHER_CLASS) if (self.labels == OTHER).any() else self.players

    @property
    def class_numbers(self) -> Ints:
        """(N,) place in `classes`; below 0 of the unsure."""
        return np.where(self.labels == OTHER, len(self.players), self.labels)

    def check(self) -> None:
        """Raise DatasetError unless there are two classes that can be told apart."""
        if len(self.classes) == 1:
            raise DatasetError(
                f"{self.source}: {self.players[0]} is the only one in it whose name is sure, and a "
                "model needs somebody to tell them from; name another player"
            )


def of_run(table: TrackTable, source: str, sure: float, fps: float, frames: range) -> Labelled:
    """The visible boxes of a run.

    Sure are names that somebody has confirmed, and those of a confidence of `sure` or more; people
    of tracks that are seen for OTHER_MIN_S and never named are OTHER; all else is UNSURE. Frames
    with boxes that were not seen but interpolated are left out. frames: of the run, 1-based.
    Raises DatasetError where no name is sure.
    """
    rows = table.rows
    seen = rows[rows["visibility"] == Visibility.VISIBLE.label]
    bridged = seen.loc[seen["confidence"].isna(), "frame"]
    seen = seen[~seen["frame"].isin(bridged)]
    confirmed = (seen["evidence"] == Evidence.TOLD.label).to_numpy(bool)
    named = (seen["player"] != "").to_numpy(bool)
    certain = named & (confirmed | (seen["player_confidence"] >= sure).to_numpy(bool))
    if not certain.any():
        most = f" (the most certain: {seen['player_confidence'].max():.2f})" if named.any() else ""
        raise DatasetError(
            f"{source}: no name is sure at {sure:g}{most}; take a smaller --sure, or say who is "
            "who with teamsheet correct"
        )
    players = _in_order(seen.loc[certain, "player"])
    labels = np.full(len(seen), UNSURE)
    labels[(confirmed & ~named) | _never_named(seen, fps)] = OTHER
    numbers = {name: k for k, name in enumerate(players)}
    labels[certain] = [numbers[str(name)] for name in seen.loc[certain, "player"]]
    boxes = seen[["x1", "y1", "x2", "y2"]].to_numpy(np.float64)
    busy = rows.loc[rows["visibility"] != Visibility.ABSENT.label, "frame"]
    empty = np.setdiff1d(np.asarray(frames, np.int64), busy.to_numpy(np.int64))
    return Labelled(source, players, seen["frame"].to_numpy(np.int64), boxes, labels, empty)


def _never_named(seen: pd.DataFrame, fps: float) -> Mask:
    """(N,) whether a row is of a track that lasts and that nobody ever names."""
    by_track = (seen["player"] == "").groupby(seen["track_id"])
    long = by_track.transform("size") >= OTHER_MIN_S * fps
    return (by_track.transform("all") & long).to_numpy(bool)


def of_annotation(boxes: TruthBoxes, names: Mapping[int, Name]) -> Labelled:
    """The boxes of an annotated clip, but the ball's and those of people who are hidden.

    Ids without a name are nobody's that is asked for, so OTHER; those below 0 are UNSURE. Raises
    DatasetError where it names no player.
    """
    people = boxes.without([i for i, name in names.items() if name.role == BALL])
    seen = ~_hidden(people)
    shown = {i: name.shown for i, name in names.items()}
    ids = people.ids[seen].tolist()
    named = {i for i in ids if i in shown and not shown[i].startswith(NEGATIVE)}
    if not named:
        raise DatasetError(
            f"{boxes.source}: names no player who is to be seen; see that --names has these ids"
        )
    players = _in_order(shown[i] for i in named)
    numbers = {i: players.index(shown[i]) for i in named}
    labels = np.array([numbers.get(i, UNSURE if i < 0 else OTHER) for i in ids], np.int64)
    return Labelled(
        boxes.source, players, people.frames[seen], people.boxes[seen], labels,
        _without_boxes(people.frames),
    )  # fmt: skip


def _without_boxes(frames: Ints) -> Ints:
    """Frames between those with boxes; none where it is not every frame that was annotated."""
    every = np.arange(frames[0], frames[-1] + 1)
    empty = np.setdiff1d(every, frames)
    return empty if len(empty) <= _MAX_EMPTY * len(every) else empty[:0]


def _hidden(people: TruthBoxes) -> Mask:
    found = np.zeros(len(people.frames), bool)
    for rows in by_frame(people.frames).values():
        here = people.boxes[rows]
        found[rows] = covered(here, here) >= HIDDEN
    return found


def by_frame(frames: Ints) -> dict[int, slice]:
    """The rows of each frame of ascending ones."""
    values, starts = np.unique(frames, return_index=True)
    ends = [*starts[1:], len(frames)]
    rows = zip(values.tolist(), starts.tolist(), ends, strict=True)
    return {frame: slice(start, int(end)) for frame, start, end in rows}


def _in_order(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({str(name) for name in names}, key=natural))
