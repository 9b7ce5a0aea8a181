"""Shot cuts on drawn worlds: another camera, a replay, a cut while somebody is hidden.

After a cut places say nothing: names come back by looks, and nobody is given a wrong one meanwhile.
A second pass over the whole run loses nothing of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from tests.worlds.following import (
    Person,
    Shot,
    Story,
    World,
    classifier,
    play,
    second_pass,
    tracker_for,
)
from tracker.offline.backfill import backfill
from tracker.offline.mixed_shots import parted
from tracker.offline.smoothing import smooth_gaps
from tracker.offline.swaps import undo_swaps
from tracker.output.mot import mot_ids
from tracker.output.table import TrackTable
from tracker.types import UNKNOWN, Doubles, Visibility

STRANGER = {9: 1.0}
BACK_S = 0.9
"""Within this long, about two votes, the names are back."""


both_modes = pytest.mark.parametrize("mode", ["online", "offline"])


def tell(world: World, shots: list[Shot], mode: str) -> Story:
    """What is made of shots, which may be cut together anew."""
    tracker, seen = tracker_for(world), [shot.seen for shot in shots]
    frames, traces = [], []
    for one in seen:
        frames.append(tracker.update(one))
        traces.append(tracker.trace)
    if mode == "offline":
        limits = tracker.settings
        frames, traces = parted(frames, traces)
        frames, traces = undo_swaps(frames, traces, seen, limits.association.ambiguous_nats)
        classify = classifier(world.players)
        frames = second_pass(frames, traces, seen, world.players, classify, limits)
        cameras, cuts = [one.camera for one in seen], [one.cut for one in seen]
        frames = smooth_gaps(frames, cameras, cuts, tracker.offsets, limits.motion)
    return Story(world, shots, frames)


def follow(world: World, mode: str) -> Story:
    return tell(world, play(world), mode)


def wrong_s(story: Story) -> float:
    """Seconds, over all people, in which a box has a name that is not theirs."""
    wrong = 0
    for person, script in enumerate(story.world.people):
        mine = UNKNOWN if script.player is None else script.player
        wrong += sum(name not in (UNKNOWN, mine) for _, _, name in story.rows(person))
    return wrong / story.world.fps


def back_after_s(story: Story, cut_s: float, until_s: float) -> float:
    """How long after a cut the last unnamed box of a player is seen, up to `until_s`."""
    late = [
        t - cut_s
        for person, script in enumerate(story.world.people)
        for t, _, name in story.rows(person)
        if script.player is not None and cut_s - 1e-9 <= t < until_s and name != script.player
    ]
    return max(late, default=0.0)


def ids_of_players(story: Story) -> dict[str, set[int]]:
    """The ids of every named player's rows in a MOT file."""
    names = [f"player {i}" for i in range(story.world.players)]
    table = TrackTable.from_frames(story.frames, names)
    rows = table.rows.assign(id=mot_ids(table))
    rows = rows[(rows["player"] != "") & (rows["visibility"] != Visibility.ABSENT.label)]
    return {str(name): set(part.tolist()) for name, part in rows.groupby("player")["id"]}


def names_hold(story: Story, cuts: Sequence[float]) -> None:
    assert wrong_s(story) == 0
    ends = [*cuts[1:], story.world.seconds]
    back = [back_after_s(story, a, b) for a, b in zip(cuts, ends, strict=True)]
    assert max(back) < BACK_S, f"after the cuts the names are back in {back} s"
    ids = ids_of_players(story)
    assert all(len(found) == 1 for found in ids.values()), f"{ids}"
    assert len(set.union(*ids.values())) == len(ids)


PEOPLE = [
    Person({0: (350, 200), 12: (450, 220)}, player=0),
    Person({0: (500, 300), 12: (420, 330)}, player=1),
    Person({0: (650, 400), 12: (600, 420)}, player=2),
    Person({0: (800, 250), 12: (760, 200)}, look=STRANGER),
]
BESIDE = (150.0, 100.0)
"""A jump of the view by which each of them appears where another one was."""


def there_and_back(times: Sequence[float], jump: tuple[float, float]) -> dict[float, Doubles]:
    return {t: np.array(jump) * (1 if i % 2 == 0 else -1) for i, t in enumerate(times)}


SWITCHES = (3.0, 5.0, 6.2, 8.0)


@both_modes
@pytest.mark.parametrize("jump", [BESIDE, (0.0, 0.0), (-150.0, -100.0), (290.0, 0.0)])
@pytest.mark.parametrize("seed", range(3))
def test_a_camera_switch_there_and_back_gives_nobody_a_wrong_name(
    jump: tuple[float, float], seed: int, mode: str
) -> None:
    cuts = {t: (float(x), float(y)) for t, (x, y) in there_and_back(SWITCHES, jump).items()}
    story = follow(World(PEOPLE, seconds=10, players=4, cuts=cuts, seed=seed), mode)
    names_hold(story, SWITCHES)


@both_modes
def test_nobody_goes_on_where_another_one_stood(mode: str) -> None:
    """Right after the cut nobody is described: nothing says that who stands there is the same."""
    shots = play(World(PEOPLE, seconds=6, players=4, cuts={3.0: BESIDE}))
    for i in range(75, 80):
        seen = shots[i].seen
        blind = np.full_like(seen.embeddings, np.nan)
        shots[i] = replace(shots[i], seen=replace(seen, embeddings=blind))
    story = tell(World(PEOPLE, seconds=6, players=4, cuts={3.0: BESIDE}), shots, mode)
    names_hold(story, [3.0])


@both_modes
@pytest.mark.parametrize("length", [5, 15])
def test_where_two_shots_are_mixed_nobody_is_named(mode: str, length: int) -> None:
    """A dissolve: all stand where others stood, and the cut is known when it is over."""
    jump = {3.0: BESIDE}
    world = World(PEOPLE, seconds=8, players=4, cuts=jump)
    shots = play(world)
    cut = 75 + length
    shots[75] = replace(shots[75], seen=replace(shots[75].seen, cut=False))
    shots[cut] = replace(shots[cut], seen=replace(shots[cut].seen, cut=True, mixed=length))
    story = tell(world, shots, mode)
    frames = story.frames if mode == "offline" else backfill(story.frames, 0.5)
    for frame in frames[75:cut]:
        assert set(frame.players[frame.visibility == Visibility.VISIBLE].tolist()) == {UNKNOWN}
    done = Story(world, shots, frames)
    assert wrong_s(done) == 0
    assert back_after_s(done, cut / 25, 8.0) < BACK_S
    assert back_after_s(done, 1.0, 3.0) == 0


def replayed(world: World, live_s: float, back_s: float, zoom: float) -> list[Shot]:
    """At `live_s` the last `back_s` seconds come again, larger; meanwhile the match goes on."""
    shots, fps = play(world), world.fps
    start, length = round(live_s * fps), round(back_s * fps)
    again = [
        _shown_at(shots[start - length + k], shots[start + k], zoom, k == 0) for k in range(length)
    ]
    live = shots[start + length :]
    live[0] = replace(live[0], seen=replace(live[0].seen, cut=True, camera=np.eye(2, 3)))
    return shots[:start] + again + live


def _shown_at(old: Shot, now: Shot, zoom: float, cut: bool) -> Shot:
    middle = np.tile([500, 300], 2)
    seen = replace(
        old.seen,
        index=now.seen.index,
        time_s=now.seen.time_s,
        boxes=((old.seen.boxes - middle) * zoom + middle).astype(np.float32),
        cut=cut,
    )
    return Shot(seen, old.who, {})


@both_modes
@pytest.mark.parametrize("zoom", [1.0, 1.5])
@pytest.mark.parametrize("seed", range(3))
def test_after_a_replay_the_match_goes_on_with_the_same_names_and_ids(
    zoom: float, seed: int, mode: str
) -> None:
    world = World(PEOPLE, seconds=10, players=4, seed=seed)
    story = tell(world, replayed(world, 4.0, 2.0, zoom), mode)
    names_hold(story, (4.0, 6.0))


@both_modes
def test_after_a_replay_everybody_is_where_the_match_has_come_to(mode: str) -> None:
    """The replay shows old places: none of them may stand in the table when it is over."""
    world = World(PEOPLE, seconds=10, players=4)
    story = tell(world, replayed(world, 4.0, 2.0, 1.5), mode)
    for i in range(story.index(7.0), len(story.frames)):
        frame, shot = story.frames[i], story.shots[i]
        for player in range(3):
            row = int(np.flatnonzero(frame.players == player)[0])
            assert frame.visibility[row] == Visibility.VISIBLE
            truth = (shot.boxes[player][:2] + shot.boxes[player][2:]) / 2
            assert np.linalg.norm(frame.predicted[row] - truth) < 10


@both_modes
def test_a_cut_while_somebody_is_hidden_costs_them_nothing_but_the_time(mode: str) -> None:
    """Player 0 stands behind player 1 when the camera switches; there they come out."""
    people = [
        Person({0: (300, 300), 2: (500, 300), 5: (500, 300), 7: (700, 300), 9: (700, 300)}, 0),
        Person({0: (500, 335), 9: (500, 335)}, player=1, height=170),
        Person({0: (800, 200), 9: (750, 200)}, player=2),
    ]
    story = follow(World(people, seconds=9, players=4, cuts={3.5: (150.0, 0.0)}), mode)
    hidden = [s.seen.time_s for s in story.shots if 0 in s.boxes and 0 not in s.who]
    assert min(hidden) < 3.0 < 4.0 < max(hidden)
    names_hold(story, (3.5, max(hidden) + 1 / story.world.fps))
    for frame in story.frames[story.index(3.5) : story.index(max(hidden))]:
        state = frame.visibility[frame.players == 0]
        assert state.tolist() == [Visibility.ABSENT]  # nothing tells where they are in this view


@both_modes
def test_a_cut_to_nobody_and_back(mode: str) -> None:
    """The bench, the sky: nobody is detected for three seconds."""
    cuts = {3.0: (5000.0, 0.0), 6.0: (-5000.0, 0.0)}
    story = follow(World(PEOPLE, seconds=9, players=4, cuts=cuts), mode)
    names_hold(story, (3.0, 6.0))
    dark = story.frames[story.index(5.0)]
    assert set(dark.players.tolist()) - {UNKNOWN} == {0, 1, 2}
    assert set(dark.visibility.tolist()) == {Visibility.ABSENT}
