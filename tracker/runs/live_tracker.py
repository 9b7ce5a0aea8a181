"""A tracker that a program feeds frame by frame, and that gives the rows of tracks.csv back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from tracker.anchors.attach import AnchorSource, Attacher
from tracker.anchors.live import SOURCE, Spelling, rows_of
from tracker.anchors.rows import AnchorError, AnchorRows
from tracker.errors import TeamsheetError
from tracker.identity.confidence import in_rows
from tracker.limits import MAX_FRAMES, MAX_IN_FRAME, MAX_PX
from tracker.offline.backfill import HeldBack
from tracker.output.jsonl import as_records
from tracker.runs.anchor_summary import COUNTS, LATE
from tracker.settings import FollowSettings
from tracker.tracking.late_anchors import LateAnchors
from tracker.tracking.online import OnlineTracker
from tracker.tracking.online_anchors import Sources
from tracker.types import Doubles, Floats, Observation, TrackedFrame

if TYPE_CHECKING:
    from supervision import Detections

Anchor = tuple[Any, str] | tuple[Any, str, float | None] | Mapping[str, Any]
"""Where, who, and how surely. Where: the number of a detection, from 0; a box x1 y1 x2 y2; or a
point x y, in pixels. Who: a player of the roster. How surely: 0 to 1, None where that is not known.
Or a dict with `detection`, `box` or `point`, `player` and perhaps `confidence`."""


class LiveTrackerError(TeamsheetError):
    """What a program has given cannot be used; one line that says what is wrong with it."""


class LiveTracker:
    """Follows the players of one video; made by `tracker.live_tracker`.

    players: who may be named. frame: the number of the last frame, 0 before the first.
    """

    def __init__(
        self,
        size: tuple[int, int],
        fps: float,
        players: Sequence[str],
        settings: FollowSettings,
        lag_s: float = 0.0,
        accuracy: float | None = None,
    ) -> None:
        self.players = _roster(players)
        self.frame = 0
        self._fps = _positive(fps, "fps")
        width, height = (int(_positive(side, "size")) for side in size)
        stated = np.array([accuracy is not None])
        sources = Sources((SOURCE,), stated) if self.players else None
        self._tracker = OnlineTracker(
            settings, (width, height), len(self.players), sources=sources
        )  # fmt: skip
        self._spelling = Spelling(self.players)
        source = AnchorSource(AnchorRows.none(SOURCE, self.players), accuracy)
        self._attacher = Attacher([source], len(self.players), fps)
        self._late = LateAnchors(self._tracker, self._attacher, lag_s)
        self._held = HeldBack(lag_s, settings.identity.name_at, None, self._late.renamed)
        self._confirmed: set[int] = set()
        self._dim: int | None = None
        self._time_s = -np.inf
        self._over = False

    def update(
        self,
        boxes: ArrayLike,
        scores: ArrayLike | None = None,
        *,
        time_s: float | None = None,
        embeddings: ArrayLike | None = None,
        anchors: Iterable[Anchor] = (),
        camera: ArrayLike | None = None,
        cut: bool = False,
    ) -> list[dict[str, Any]]:
        """Take in the next frame; give the rows that are known now.

        boxes: (N, 4) x1 y1 x2 y2 of all people, pixels. scores: (N,) of the detector, 0 to 1; 1
        where none are given. time_s: seconds since the beginning, rising; (frame - 1) / fps where
        it is not given. embeddings: (N, D) how each looks, a vector of any length, NaN where that
        is not known; D is the same in all frames. anchors: who some of them are, see `Anchor`.
        camera: (2, 3) affine that takes pixels of the frame before to pixels of this one. cut: a
        new shot begins.

        A row is a dict with the columns of tracks.csv, None where that is empty; a track has rows
        from when it is confirmed (`follow.confirm_s`). With a lag they are of frames that long ago,
        with the names that came since. Raises LiveTrackerError where a shape, a number or a time
        is wrong, AnchorError of an anchor, which names the player nearest to one who is unknown.
        Then nothing has changed.
        """
        seen = self._observed(boxes, scores, time_s, embeddings, camera, cut)
        rows = self._anchors(anchors, seen.index + 1, seen.boxes.astype(np.float64))
        seen = self._attacher.attach(seen, {0: rows} if len(rows) else None)
        self._dim, self.frame, self._time_s = seen.embeddings.shape[1], seen.index + 1, seen.time_s
        followed = self._tracker.update(seen)
        self._late.note(seen, followed)
        return self._records(self._held.due(followed))

    def update_detections(
        self, found: Detections, *, time_s: float | None = None, cut: bool = False
    ) -> Detections:
        """The same with `Detections` of supervision: whom `data["player"]` names is an anchor, as
        sure as `data["player_confidence"]`. Gives those with a box: tracker_id, and in `data` the
        other columns of tracks.csv. Raises InteropError without supervision too."""
        from tracker.output.supervision import anchors_of, of_records

        return of_records(
            self.update(
                found.xyxy, found.confidence, time_s=time_s, anchors=anchors_of(found), cut=cut
            )
        )

    def add_anchors(self, anchors: Iterable[Anchor], frame: int) -> bool:
        """Anchors of a frame, from 1, that was followed before. They vote for the tracks that had
        these detections, as long as these surely are who they were. False where the frame is
        further back than the lag; then they are left out. Raises as `update`."""
        if not self._late.knows(frame - 1):
            if not 1 <= frame <= self.frame:
                raise LiveTrackerError(f"frame {frame} is none of the {self.frame} there were")
            return False
        rows = self._anchors(anchors, frame, self._late.boxes(frame - 1))
        if len(rows):
            self._late.vote(0, frame - 1, rows)
        return True

    @property
    def counts(self) -> dict[str, int]:
        """What became of the anchors, as in run.json: `late` ones stand among the others too."""
        counts = self._attacher.counts[0]
        return {name: counts[what] for what, name in {**COUNTS, **LATE}.items()}

    def finish(self) -> list[dict[str, Any]]:
        """The rows that the lag has held back. Nothing can be fed after it."""
        self._over = True
        return self._records(self._held.rest())

    def _records(self, frames: Iterable[TrackedFrame]) -> list[dict[str, Any]]:
        records = []
        for frame in map(in_rows, frames):
            self._confirmed |= set(frame.track_ids[frame.confirmed].tolist())
            known = [track in self._confirmed for track in frame.track_ids.tolist()]
            records += as_records(frame.take(np.array(known, bool)), self.players, (SOURCE,))
        return records

    def _observed(
        self, boxes: ArrayLike, scores: ArrayLike | None, time_s: float | None,
        embeddings: ArrayLike | None, camera: ArrayLike | None, cut: bool,
    ) -> Observation:  # fmt: skip
        if self._over:
            raise LiveTrackerError("the tracker was finished; make a new one for another video")
        if time_s is None:
            time_s = self.frame / self._fps
        if not isfinite(time_s) or time_s <= self._time_s:
            raise LiveTrackerError(f"time_s {time_s} is not after {self._time_s}, the last frame's")
        if self.frame >= MAX_FRAMES:
            raise LiveTrackerError(f"no video has more than {MAX_FRAMES} frames")
        corners = _boxes(boxes)
        return Observation(
            self.frame, float(time_s), corners, _scores(scores, len(corners)),
            self._embeddings(embeddings, len(corners)), _camera(camera), bool(cut),
        )  # fmt: skip

    def _embeddings(self, given: ArrayLike | None, count: int) -> Floats:
        if given is None:
            return np.full((count, self._dim or 0), np.nan, np.float32)
        rows = _array(given, "embeddings")
        dim = rows.shape[1] if rows.ndim == 2 else -1
        if dim < 0 or len(rows) != count or self._dim not in (None, dim):
            wanted = "D" if self._dim is None else self._dim
            why = " as in the first frame" if self._dim is not None else ""
            raise LiveTrackerError(
                f"embeddings must have shape ({count}, {wanted}){why}, got {rows.shape}"
            )
        length = np.linalg.norm(rows, axis=1, keepdims=True)
        known = np.isfinite(length) & (length > 0)
        unit = np.where(known, rows, np.nan) / np.where(known, length, 1.0)
        return np.asarray(unit, np.float32)

    def _anchors(self, given: Iterable[Anchor], frame: int, boxes: Doubles) -> AnchorRows:
        objects = [_as_object(anchor, frame, boxes) for anchor in given]
        rows, unknown = self._spelling.fitted(rows_of(objects))
        for why in unknown.values():
            raise AnchorError(why)
        return rows.surest(self._fps)


def _as_object(anchor: Anchor, frame: int, boxes: Doubles) -> dict[str, Any]:
    """As it stands in a line of JSON. Raises LiveTrackerError."""
    if isinstance(anchor, Mapping):
        where = next((anchor[k] for k in ("detection", "box", "point") if k in anchor), None)
        player, confidence = anchor.get("player"), anchor.get("confidence")
    elif isinstance(anchor, tuple) and len(anchor) in (2, 3):
        where, player, *rest = anchor
        confidence = rest[0] if rest else None
    else:
        raise LiveTrackerError(f"an anchor is (where, player, confidence), got {anchor!r:.60}")
    place = np.asarray(where)
    if place.ndim == 0 and np.issubdtype(place.dtype, np.integer):
        if not 0 <= int(place) < len(boxes):
            raise LiveTrackerError(f"an anchor is on detection {place} of {len(boxes)}, from 0")
        place = boxes[int(place)]
    if place.shape not in ((4,), (2,)) or not np.issubdtype(place.dtype, np.number):
        raise LiveTrackerError(f"an anchor is on a detection, a box or a point, got {where!r:.60}")
    key = "box" if len(place) == 4 else "point"
    sure = None if confidence is None else float(confidence)
    found = {"frame": frame, key: [float(v) for v in place], "player": player}
    return found if sure is None else found | {"confidence": sure}


def _array(given: ArrayLike, what: str) -> Doubles:
    try:
        return np.asarray(given, np.float64)
    except (TypeError, ValueError) as error:
        raise LiveTrackerError(f"{what} are no table of numbers ({error})") from error


def _boxes(given: ArrayLike) -> Floats:
    boxes = _array(given, "boxes")
    if boxes.size == 0:
        boxes = boxes.reshape(0, 4)
    if boxes.ndim != 2 or boxes.shape[1] != 4:
        raise LiveTrackerError(f"boxes must have shape (N, 4), got {boxes.shape}")
    if len(boxes) > MAX_IN_FRAME:
        raise LiveTrackerError(f"{len(boxes)} boxes in a frame, more than {MAX_IN_FRAME}")
    odd = ~(np.abs(boxes) <= MAX_PX).all(axis=1)
    odd |= ~((boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1]))
    if odd.any():
        row = int(odd.argmax())
        raise LiveTrackerError(
            f"box {row} is {boxes[row].tolist()}; it must be finite x1 y1 x2 y2 with x2 beyond x1 "
            "and y2 beyond y1"
        )
    return boxes.astype(np.float32)


def _scores(given: ArrayLike | None, count: int) -> Floats:
    if given is None:
        return np.ones(count, np.float32)
    scores = _array(given, "scores")
    if scores.shape != (count,):
        raise LiveTrackerError(f"scores must have shape ({count},), got {scores.shape}")
    if not ((scores >= 0) & (scores <= 1)).all():
        raise LiveTrackerError("scores must lie between 0 and 1")
    return scores.astype(np.float32)


def _camera(given: ArrayLike | None) -> Doubles:
    if given is None:
        return np.eye(2, 3)
    camera = _array(given, "camera")
    if camera.shape != (2, 3) or not np.isfinite(camera).all():
        raise LiveTrackerError(f"camera must be a finite (2, 3) affine, got {camera.shape}")
    return camera


def _positive(value: float, what: str) -> float:
    if not (isfinite(value) and value > 0):
        raise LiveTrackerError(f"{what} must be above 0, got {value}")
    return float(value)


def _roster(players: Iterable[str]) -> tuple[str, ...]:
    if isinstance(players, str):
        raise LiveTrackerError("players is a list of names, not one text")
    names = tuple(players)
    twice: Iterator[str] = (name for n, name in enumerate(names) if name in names[:n])
    for name in twice:
        raise LiveTrackerError(f"player {name!r} stands twice")
    if not all(isinstance(name, str) and name.strip() for name in names):
        raise LiveTrackerError("players are names, none of them empty")
    return names
