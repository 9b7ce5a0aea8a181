"""Everybody who gives names: teamsheet, and ByteTrack with the votes of the same crops.

ByteTrack runs at its defaults and the clip's frame rate. A finished track's vote is the sum of its
crops' log-likelihoods; its boxes are named by the best name of the vote, or, with exclusion, by a
Hungarian assignment of (tracks x players + unknown) in every frame. With exclusion a player has
one id in the whole clip, as in teamsheet's own files.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.special import softmax

from tracker.evaluation.boxes import Boxes
from tracker.evaluation.readers import boxes_of_table
from tracker.offline.backfill import backfill
from tracker.offline.second_pass import begin, ground_of
from tracker.offline.swaps import undo_swaps
from tracker.offline.write_names import relabel
from tracker.output.table import TrackTable
from tracker.rows import Rows
from tracker.settings import FollowSettings
from tracker.tracking.online import OnlineTracker
from tracker.tracking.traces import Trace
from tracker.types import Doubles, Ints, Observation, TrackedFrame

from .looks import Classifier
from .truth import Clip

Tracks = list[tuple[int, Any, Any]]
"""Per frame: (index, (N,) ids, (N, 4) boxes)."""
LIVE, ONLINE, OFFLINE = "teamsheet live", "teamsheet online", "teamsheet offline"
UNNAMED = -1


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """One clip at one point of the grid, as everybody is given it."""

    clip: Clip
    seen: Sequence[Observation]
    classify: Classifier


@dataclass(frozen=True, slots=True, eq=False)
class Named:
    """What somebody made of a scene. boxes: visible boxes with names; a named player may have one
    id. tracks: (N,) the path that each box belongs to."""

    boxes: Boxes
    tracks: Ints


Follower = Callable[[Scene], dict[str, Named]]
"""Several results by name, where they share their work."""


def teamsheet(scene: Scene, settings: FollowSettings) -> dict[str, Named]:
    """What `follow` gives, as names on boxes."""
    return {name: of_frames(done, scene.clip) for name, done in follow(scene, settings).items()}


def follow(scene: Scene, settings: FollowSettings) -> dict[str, list[TrackedFrame]]:
    """live: as a stream has it. online: with the names written back to each path's beginning.
    offline: by the second pass, without refitting, as there is no gallery to refit."""
    players = len(scene.clip.players)
    tracker = OnlineTracker(settings, scene.clip.size, players, scene.classify)
    frames, traces = [], []
    for one in scene.seen:
        frames.append(tracker.update(one))
        traces.append(tracker.trace)
    parted = undo_swaps(frames, traces, scene.seen, settings.association.ambiguous_nats)
    return {
        LIVE: frames,
        ONLINE: backfill(frames, settings.identity.name_at),
        OFFLINE: _second_pass(*parted, scene, settings),
    }


def _second_pass(
    frames: list[TrackedFrame], traces: list[Trace], scene: Scene, settings: FollowSettings
) -> list[TrackedFrame]:
    ground = ground_of(frames, scene.seen, len(scene.clip.players), settings, None)
    done = begin(ground, traces, scene.classify, None)
    if done is None:
        return frames
    return list(relabel(Rows.of(frames), done.tracklets, done.result, settings.identity))


def of_frames(frames: Sequence[TrackedFrame], clip: Clip) -> Named:
    table = TrackTable.from_frames(frames, clip.roster)
    tracks = table.visible["track_id"].to_numpy(np.int64)
    return Named(boxes_of_table(table, "teamsheet"), tracks)


def votes(scene: Scene, tracks: Tracks) -> dict[str, Named]:
    """ByteTrack's paths, named by the vote of all their crops."""
    sums = _sums(tracks, scene)
    return {
        "ByteTrack + vote": _by_vote(tracks, sums, scene.clip, exclusive=False),
        "ByteTrack + vote + exclusion": _by_vote(tracks, sums, scene.clip, exclusive=True),
    }


def _by_vote(tracks: Tracks, sums: dict[int, Doubles], clip: Clip, exclusive: bool) -> Named:
    names = np.array([*clip.roster, ""], object)
    columns: dict[str, list[Any]] = defaultdict(list)
    for index, ids, boxes in tracks:
        score = np.array([sums[i] for i in ids.tolist()]).reshape(-1, len(names))
        player = once_each(score) if exclusive else _best(score)
        own = score.shape[1] + ids  # behind the ids of the players
        columns["frames"] += [index + 1] * len(ids)
        columns["tracks"] += ids.tolist()
        columns["ids"] += np.where(exclusive & (player != UNNAMED), player, own).tolist()
        columns["corners"] += boxes.tolist()
        columns["names"] += names[player].tolist()
        sure = softmax(score, axis=1)[np.arange(len(ids)), player]
        columns["name_confidence"] += sure.tolist()
    paths = np.array(columns.pop("tracks"), np.int64)
    return Named(Boxes.of("votes", **columns), paths)


def _sums(tracks: Tracks, scene: Scene) -> dict[int, Doubles]:
    """Track to (P + 1,), the sum over its crops."""
    sums: dict[int, Doubles] = defaultdict(lambda: np.zeros(len(scene.clip.players) + 1))
    for (_, ids, boxes), one in zip(tracks, scene.seen, strict=True):
        likely = scene.classify(one.embeddings)
        for crop in np.flatnonzero(likely.any(axis=1)) if len(ids) else []:
            away = np.abs(boxes - one.boxes[crop]).max(axis=1)
            if away.min() < 1:
                sums[int(ids[away.argmin()])] += likely[crop]
    return sums


def _best(score: Doubles) -> Ints:
    """(N,) the player each track's vote is for; UNNAMED where "unknown" is as likely."""
    best = score.argmax(axis=1)
    won = score[np.arange(len(score)), best] > score[:, -1]
    return np.where(won, best, UNNAMED).astype(np.int64)


def once_each(score: Doubles) -> Ints:
    """(N,) as `_best`, each player at most once."""
    gain = np.maximum(score[:, :-1] - score[:, -1:], 0)
    rows, columns = linear_sum_assignment(gain, maximize=True)
    player = np.full(len(score), UNNAMED, np.int64)
    good = gain[rows, columns] > 0
    player[rows[good]] = columns[good]
    return player
