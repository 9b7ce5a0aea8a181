"""Two paths met: did the people trade places? Their looks before and after decide."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.worlds.following import LOOKS, Person, World, play, tracker_for
from tracker.offline.swaps import Encounter, encounters, undo_swaps
from tracker.tracking.traces import Trace
from tracker.types import Observation, TrackedFrame

DOUBT = 2.0
WORLD = World(
    [
        Person({0: (100 + 150 * i, 100 + 100 * (i % 3)), 6: (130 + 150 * i, 120 + 100 * (i % 3))},
               look={i: 1.0})
        for i in range(6)
    ],
    seconds=6,
    look_noise=0.2,
)  # fmt: skip
MET = range(70, 76)


def story(world: World = WORLD) -> tuple[list[TrackedFrame], list[Trace], list[Observation]]:
    tracker = tracker_for(world)
    frames, traces, seen = [], [], []
    for shot in play(world):
        frames.append(tracker.update(shot.seen))
        traces.append(tracker.trace)
        seen.append(shot.seen)
    return frames, traces, seen


def traded(frames: list[TrackedFrame], traces: list[Trace], one: int, other: int) -> None:
    """From the meeting on, each track is on the other's person."""
    swap = {one: other, other: one}
    for i in range(MET[0], len(frames)):
        frames[i] = replace(frames[i], track_ids=_swapped(frames[i].track_ids, swap))
        traces[i] = replace(traces[i], tracks=_swapped(traces[i].tracks, swap))


def _swapped(ids: np.ndarray, swap: dict[int, int]) -> np.ndarray:
    return np.array([swap.get(i, i) for i in ids.tolist()])


def doubt(traces: list[Trace], one: int, other: int, margin: float) -> None:
    """The two are in doubt during the meeting."""
    for i in MET:
        trace = traces[i]
        margins, rivals = trace.margins.copy(), trace.rivals.copy()
        for a, b in ((one, other), (other, one)):
            margins[trace.tracks == a], rivals[trace.tracks == a] = margin, b
        traces[i] = replace(trace, margins=margins, rivals=rivals)


def persons(frames: list[TrackedFrame], track: int) -> set[int]:
    """Whose detections the track is on."""
    found = set()
    for shot, frame in zip(play(WORLD), frames, strict=True):
        row = np.flatnonzero(frame.track_ids == track)
        if len(row):
            same = (shot.seen.boxes.astype(np.float64) == frame.boxes[row[0]]).all(axis=1)
            found |= {shot.who[k] for k in np.flatnonzero(same)}
    return found


@pytest.mark.parametrize("margin", [0.0, 1.5])
def test_people_who_traded_places_get_their_paths_back(margin: float) -> None:
    frames, traces, seen = story()
    traded(frames, traces, 1, 2)
    doubt(traces, 1, 2, margin)
    assert len(persons(frames, 1)) == 2
    frames, traces = undo_swaps(frames, traces, seen, DOUBT)
    assert len(persons(frames, 1)) == len(persons(frames, 2)) == 1
    for frame, trace in zip(frames, traces, strict=True):
        assert set(trace.tracks.tolist()) <= set(frame.track_ids.tolist())


def test_rivals_of_traded_paths_bear_the_new_ids_too() -> None:
    frames, traces, seen = story()
    traded(frames, traces, 1, 2)
    doubt(traces, 1, 2, 0.0)
    _, done = undo_swaps(frames, traces, seen, DOUBT)
    assert done[MET[0]].tracks.tolist() != traces[MET[0]].tracks.tolist()
    for i in MET:
        pairs = zip(done[i].tracks.tolist(), done[i].rivals.tolist(), strict=True)
        assert {pair for pair in pairs if pair[1] >= 0} == {(1, 2), (2, 1)}


def test_people_who_did_not_trade_keep_their_paths() -> None:
    frames, traces, seen = story()
    doubt(traces, 1, 2, 0.0)
    done, _ = undo_swaps(frames, traces, seen, DOUBT)
    assert [f.track_ids.tolist() for f in done] == [f.track_ids.tolist() for f in frames]


@pytest.mark.parametrize("why", ["no doubt", "no looks", "alike"])
def test_without_evidence_nothing_is_rewritten(why: str) -> None:
    alike = [replace(p, look={0: 1.0}) for p in WORLD.people]
    frames, traces, seen = story(replace(WORLD, people=alike) if why == "alike" else WORLD)
    traded(frames, traces, 1, 2)
    if why != "no doubt":
        doubt(traces, 1, 2, 0.0)
    if why == "no looks":
        seen = [replace(s, embeddings=np.full((len(s.boxes), LOOKS), np.nan, np.float32))
                for s in seen]  # fmt: skip
    done, _ = undo_swaps(frames, traces, seen, DOUBT)
    assert [f.track_ids.tolist() for f in done] == [f.track_ids.tolist() for f in frames]


def test_pictures_of_another_shot_do_not_count() -> None:
    """The light and the view are others there, and who is who was found by looks."""
    frames, traces, seen = story()
    traded(frames, traces, 1, 2)
    doubt(traces, 1, 2, 0.0)
    done, _ = undo_swaps(cut_at(frames, MET[-1] + 2), traces, seen, DOUBT)
    assert [f.track_ids.tolist() for f in done] == [f.track_ids.tolist() for f in frames]


def test_no_meeting_lasts_over_a_cut() -> None:
    _, traces, seen = story()
    doubt(traces, 1, 2, 0.7)
    times_s = np.array([s.time_s for s in seen])
    shots = (np.arange(len(seen)) > MET[0]).astype(np.int64)
    found = [m for m in encounters(traces, times_s, shots, DOUBT) if m.tracks == (1, 2)]
    assert [(m.first, m.last) for m in found] == [(MET[0], MET[0]), (MET[0] + 1, MET[-1])]


def cut_at(frames: list[TrackedFrame], place: int) -> list[TrackedFrame]:
    return [replace(f, shot=int(i >= place)) for i, f in enumerate(frames)]


def test_meetings_are_pairs_and_times() -> None:
    _, traces, seen = story()
    doubt(traces, 1, 2, 0.7)
    times_s, shots = np.array([s.time_s for s in seen]), np.zeros(len(seen), np.int64)
    found = [m for m in encounters(traces, times_s, shots, DOUBT) if m.tracks == (1, 2)]
    assert found == [Encounter((1, 2), MET[0], MET[-1], MET[0], 0.7)]
    assert not [m for m in encounters(traces, times_s, shots, 0.5) if m.tracks == (1, 2)]
