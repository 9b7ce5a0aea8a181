"""Gallery IDs and the gaps between them: counted by hand, and what must hold of any run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.output.evidence import COLUMNS as EVIDENCE_COLUMNS
from tracker.output.evidence import NATS, EvidenceTables
from tracker.output.gallery_ids import SilentVotes, ids_of
from tracker.output.gap_statistics import SHARES, gap_tree, gaps_of
from tracker.output.id_gaps import BINS, IN_ID, bins_at, gaps_at
from tracker.output.table import COLUMNS, TrackTable
from tracker.types import EvidenceLog, Ints

FPS = 10
STATES = {"v": "visible", "o": "occluded", "a": "absent"}


def table_of(*lives: tuple[int, str, str, str]) -> TrackTable:
    """Tracks of (id, player, states, evidence): a letter of each for every frame from the first;
    states v, o, a or . for no row, evidence a(nchor), f(aces, a file), t(old), c(arried)."""
    words = {"a": "anchor", "f": "anchor:faces", "t": "told", "c": "carried", "s": "solved"}
    rows = []
    for track, player, states, said in lives:
        for frame, (state, why) in enumerate(zip(states, said, strict=True), start=1):
            if state == ".":
                continue
            row = {**dict.fromkeys(COLUMNS, 0.0), "role": ""}
            rows.append({
                **row, "frame": frame, "time_s": frame / FPS, "track_id": track, "player": player,
                "visibility": STATES[state], "evidence": words[why] if player else "",
            })  # fmt: skip
    every = pd.DataFrame(rows, columns=list(COLUMNS)).sort_values(["frame", "track_id"])
    return TrackTable.of(every.reset_index(drop=True))


def lists(ids: Any) -> dict[str, list[int]]:
    return {name: frames.tolist() for name, frames in ids.items()}


def test_an_id_is_a_row_that_says_it_itself() -> None:
    table = table_of((1, "Ada", "vvvvv", "acfct"), (2, "Bea", "vvv", "scc"), (3, "", "vv", "aa"))
    assert lists(ids_of(table)) == {"Ada": [1, 3, 5], "Bea": []}


def votes(*rows: tuple[int, int, str], source: str = "pictures") -> EvidenceTables:
    """(track, last frame, best name) of votes of two frames each, offline."""
    frame = pd.DataFrame({
        "track_id": [t for t, _, _ in rows],
        "first_frame": [f - 1 for _, f, _ in rows],
        "last_frame": [f for _, f, _ in rows],
        "crops": 2,
        "source": source,
        **{NATS + n: [-3.0 * (n != b) for _, _, b in rows] for n in ("Ada", "Bea", "")},
    })  # fmt: skip
    doubts, beliefs = (
        pd.DataFrame(columns=list(EVIDENCE_COLUMNS[n])) for n in ("doubts", "beliefs")
    )
    return EvidenceTables(frame, doubts, beliefs, "offline")


def test_offline_a_vote_for_the_name_that_is_borne_is_an_id() -> None:
    table = table_of((1, "Ada", "vvvvvv", "ssssss"), (2, "", "vvv", "sss"))
    said = votes(
        (1, 2, "Ada"), (1, 4, "Bea"), (1, 5, ""), (1, 6, "Ada"), (2, 3, "Ada"), (9, 3, "Ada")
    )
    assert lists(ids_of(table, SilentVotes.of_tables(said))) == {"Ada": [2, 6]}
    online = EvidenceTables(said.votes, said.doubts, said.beliefs, "online")
    assert SilentVotes.of_tables(online) is None, "rows say it there"
    faces = votes((1, 2, "Ada"), source="faces")
    assert lists(ids_of(table, SilentVotes.of_tables(faces))) == {"Ada": []}, "rows say it too"


def test_votes_of_a_run_at_hand_are_those_of_its_files() -> None:
    table = table_of((1, "Bea", "vvvv", "ssss"))
    spans = np.array([[1, 0, 1], [1, 2, 3], [1, 1, 2]])
    nats = np.array([[-1, 0, -1], [-3, 0, -3], [-1, 0, -1]], np.float32)
    empty = np.zeros((0, 3), np.int64)
    log = EvidenceLog(
        spans, np.full(3, 2), nats, empty, np.zeros(0, np.float32), empty,
        np.zeros((0, 3), np.float32), np.array([0, 1, 2]),
    )  # fmt: skip
    found = SilentVotes.of_log(log, ["Ada", "Bea"], "offline")
    assert lists(ids_of(table, found)) == {"Bea": [2, 4]}, "and not the one by anchors"
    assert SilentVotes.of_log(log, ["Ada", "Bea"], "online") is None
    assert SilentVotes.of_log(None, ["Ada"], "offline") is None


def test_gaps_of_a_small_run() -> None:
    # Ada: IDs 1, 5, 6, 11; gaps of .4 s (3 frames: v o v) and .5 s (4 frames: a, none, none, v)
    table = table_of((1, "Ada", "vvovvva..vv", "accc" + "aaccc" + "ca"))
    ada = gaps_of(table)["Ada"]
    assert ada.ids.tolist() == [1, 5, 6, 11]
    assert ada.seconds == pytest.approx([0.4, 0.5])
    assert ada.carried.tolist() == [[2, 1, 0, 0], [1, 0, 1, 2]]
    tree = gap_tree(table)
    assert tree["players"]["Ada"] == {
        "anchors": 4, "longest_s": 0.5, "median_s": 0.45, "visible": 0.4286, "occluded": 0.1429,
        "absent": 0.1429, "not_carried": 0.2857, "names_changed": 0,
    }  # fmt: skip
    assert tree["by_length"]["0-1 s"]["gaps"] == 2
    assert tree["by_length"][">30 s"] == {"gaps": 0, **dict.fromkeys(SHARES)}


def test_without_two_ids_there_is_no_gap() -> None:
    tree = gap_tree(table_of((1, "Ada", "vvvv", "ccac"), (2, "Bea", "vv", "cc")))
    for name, anchors in (("Ada", 1), ("Bea", 0)):
        told = tree["players"][name]
        assert (told["anchors"], told["longest_s"], told["visible"]) == (anchors, None, None)
    assert gap_tree(table_of((1, "", "vv", "cc")))["players"] == {}


def test_a_name_is_changed_by_an_anchor_where_the_track_bore_another_at_its_id_before() -> None:
    table = table_of((1, "Ada", "vv", "ac"), (2, "Bea", "vvv", "aac"))
    apart = gap_tree(table)["players"]
    assert [apart[name]["names_changed"] for name in ("Ada", "Bea")] == [0, 0]
    rows = table.rows
    later = pd.concat([
        rows[rows["track_id"] == 1],
        rows[rows["track_id"] == 2].assign(track_id=1, frame=lambda r: r["frame"] + 2),
    ])  # fmt: skip
    changed = gap_tree(TrackTable.of(later.reset_index(drop=True)))["players"]
    assert (changed["Bea"]["names_changed"], changed["Ada"]["names_changed"]) == (1, 0)


def test_lengths_end_where_they_say() -> None:
    ids = np.array([10, 20, 41, 150])
    frames = np.array([1, 10, 15, 21, 41, 149, 151])
    assert gaps_at(frames, ids).tolist() == [0, IN_ID, 1, 2, IN_ID, 3, 4]
    found = [BINS[n] for n in bins_at(frames, ids, np.diff(ids) / FPS)]
    assert found == ["before", "at an ID", "0-1 s", "1-3 s", "at an ID", "10-30 s", "after"]
    none = np.zeros(0, np.int64)
    assert {BINS[n] for n in bins_at(frames, none, np.zeros(0))} == {"never"}


LIVES = st.lists(
    st.tuples(st.sampled_from("vvvoa."), st.sampled_from("ccccca")), min_size=1, max_size=60
)


@given(LIVES)
def test_ids_and_gaps_cover_the_span_and_shares_add_up(life: list[tuple[str, str]]) -> None:
    states, said = ("".join(letters) for letters in zip(*life, strict=True))
    if set(states) == {"."}:
        return
    every = gaps_of(table_of((1, "Ada", states, said)))
    ids, carried = every["Ada"].ids, every["Ada"].carried
    if len(ids):
        assert len(ids) + carried.sum() == ids[-1] - ids[0] + 1
    assert (carried >= 0).all()
    tree = gap_tree(table_of((1, "Ada", states, said)))
    shares = [tree["players"]["Ada"][name] for name in SHARES]
    if shares[0] is not None:
        assert sum(shares) == pytest.approx(1, abs=1e-3)
        assert tree["players"]["Ada"]["longest_s"] >= tree["players"]["Ada"]["median_s"] > 1 / FPS
    assert sum(part["gaps"] for part in tree["by_length"].values()) == len(carried)


@given(st.lists(st.integers(1, 80), max_size=12, unique=True))
def test_every_frame_is_in_one_gap_or_at_one_id(some: list[int]) -> None:
    ids: Ints = np.array(sorted(some), np.int64)
    frames = np.arange(1, 81)
    found = gaps_at(frames, ids)
    assert (found == IN_ID).sum() == len(ids)
    for frame, gap in zip(frames.tolist(), found.tolist(), strict=True):
        if gap != IN_ID:
            assert gap == 0 or ids[gap - 1] < frame
            assert gap == len(ids) or frame < ids[gap]
