"""All that says who boxes are in a run: files of anchors, then the classes of its detector."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gallery.folders import natural
from tracker.anchors.attach import AnchorSource, Attacher
from tracker.anchors.class_anchors import ClassAnchors
from tracker.anchors.names import fitted
from tracker.anchors.rows import AnchorError, AnchorRows
from tracker.runs.detector_classes import DetectorClasses
from tracker.tracking.online_anchors import Sources
from tracker.types import Observation

if TYPE_CHECKING:
    from tracker.runs.anchor_files import GivenAnchors

NO_NAMES = (
    "who may be named by live anchors is to be known before the run; give --gallery, or a file "
    "of anchors with everybody's name as another --anchors"
)


@dataclass(frozen=True, slots=True, eq=False)
class AnchorSources:
    """given: files, with rows.players that are indices of `players`, of whom the first `known` are
    of the gallery and the others of the files and classes alone. classes: of the detector, None
    where they say nothing of who anybody is."""

    given: GivenAnchors
    players: tuple[str, ...]
    known: int
    classes: DetectorClasses | None = None

    @classmethod
    def of(
        cls,
        given: GivenAnchors,
        roster: Sequence[str] | None,
        new_players: bool,
        more: Sequence[str] = (),
    ) -> AnchorSources:
        """Names fitted to a roster; without one, who is named is the roster.

        more: players beside it. Raises AnchorError where somebody is on no roster, unless
        new_players.
        """
        known, players = len(roster or ()), [*(roster or ()), *more]
        if given.inputs and all(each.live for each in given.inputs):
            if not players:
                raise AnchorError(NO_NAMES)
            if new_players:
                raise AnchorError(f"--new-players: {NO_NAMES}")
        for rows in given.rows:
            _, new = fitted(rows, players, new_players or roster is None, given.fps)
            players += new
        players[known:] = sorted(players[known:], key=natural)
        every = tuple(fitted(rows, players, False, given.fps)[0] for rows in given.rows)
        return cls(replace(given, rows=every), tuple(players), known)

    @property
    def new(self) -> tuple[str, ...]:
        """Who is in no gallery."""
        return self.players[self.known :]

    @property
    def sources(self) -> Sources:
        """Those of the files come first."""
        of_classes = self.classes.sources if self.classes is not None else ()
        stated = [given.accuracy is not None for given in self.given.inputs]
        names = (*(rows.source for rows in self.given.rows), *of_classes)
        return Sources(names, np.array(stated + [False] * len(of_classes), bool))

    @property
    def warnings(self) -> list[str]:
        """One line each."""
        return [line for rows in self.given.rows for line in rows.warnings]

    @property
    def key(self) -> str:
        """Changes when following would find something else."""
        digest = hashlib.sha256("\t".join(self.players).encode())
        for given, rows in zip(self.given.inputs, self.given.rows, strict=True):
            digest.update(f"\n{rows.source}\t{given.accuracy}\t{len(rows)}\n".encode())
            for column in (rows.frames, rows.times_s, rows.boxes, rows.points, rows.players,
                           rows.confidence, rows.human):  # fmt: skip
                digest.update(np.ascontiguousarray(column).tobytes())
        digest.update(self.classes.key.encode() if self.classes is not None else b"")
        return digest.hexdigest()

    def attacher(self) -> RunAttacher:
        """A new one, which has counted nothing."""
        pairs = zip(self.given.inputs, self.given.rows, strict=True)
        sources = [AnchorSource(rows, given.accuracy) for given, rows in pairs]
        classes = None if self.classes is None else self.classes.anchors(len(sources))
        return RunAttacher(Attacher(sources, len(self.players), self.given.fps), classes)


@dataclass(frozen=True, slots=True, eq=False)
class RunAttacher:
    """Puts all anchors of a run on its observations, in their order."""

    files: Attacher
    classes: ClassAnchors | None

    @property
    def counts(self) -> list[Counter[str]]:
        """Of the files, as `Attacher.counts`."""
        return self.files.counts

    def attach(
        self, seen: Observation, live: Mapping[int, AnchorRows] | None = None
    ) -> Observation:
        """One frame, the next one. live: see `Attacher.attach`."""
        seen = self.files.attach(seen, live or {})
        return seen if self.classes is None else self.classes.attach(seen)

    def attached(self, seen: Iterable[Observation]) -> Iterator[Observation]:
        return map(self.attach, seen)
