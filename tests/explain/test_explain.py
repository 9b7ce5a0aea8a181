"""Why a name is here: what a run keeps of its votes and matches, and what `explain` says of it."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pytest

from tests.worlds.following import SIZE, Person, Shot, World, classifier, play, settled
from tracker import config
from tracker.cli import app
from tracker.explain import evidence
from tracker.explain.answer import Explanation, explain_player, explain_track
from tracker.explain.phrases import odds
from tracker.explain.question import to_json
from tracker.explain.run import open_case
from tracker.explain.wording import lines
from tracker.identity.confidence import of_boxes
from tracker.identity.vote_stream import vote_weight
from tracker.offline.backfill import backfill
from tracker.offline.evidence_log import evidence_of
from tracker.offline.swaps import undo_swaps
from tracker.offline.votes import votes
from tracker.offline.write_names import relabel
from tracker.output import run_files
from tracker.output.evidence import COLUMNS, EVIDENCE, EvidenceError, EvidenceTables
from tracker.output.run_files import write_results
from tracker.output.run_record import RECEIPT
from tracker.output.table import TrackTable
from tracker.rows import Rows
from tracker.runs import pipeline
from tracker.settings import AssociationSettings, FollowSettings, IdentitySettings, Settings
from tracker.tracking.evidence_log import AmbiguousMatches, OnlineEvidence
from tracker.tracking.online import OnlineTracker
from tracker.tracking.traces import Trace
from tracker.types import Doubles, EvidenceLog, TrackedFrame

# 10 frames a second and votes of 0.37 s: a vote is the crops of four frames
LIMITS = FollowSettings(
    identity=IdentitySettings(vote_s=0.37, vote_nats_max=3.0, name_at=0.7, unknown_prior=0.3)
)
DOUBT_NATS = LIMITS.association.ambiguous_nats
NAMES = ["Ada Novak", "Bea Costa", "Cy Haddad"]
NOBODY = len(NAMES)
STRANGER = {9: 1.0}
CALM = World(
    [
        Person({0: (200, 200), 2: (300, 200)}, player=0),
        Person({0: (200, 450), 2: (300, 450)}, player=1),
        Person({0: (800, 300), 2: (800, 300)}, look=STRANGER),
    ],
    seconds=2,
    players=3,
    fps=10,
)


class Told:
    """A world followed with a witness; with `offline`, passed over again."""

    def __init__(
        self, world: World, offline: bool = False, limits: FollowSettings = LIMITS
    ) -> None:
        self.limits = limits
        self.shots = play(world)
        classify = classifier(world.players)
        witness = None if offline else OnlineEvidence(world.players, limits.identity, DOUBT_NATS)
        self.tracker = OnlineTracker(limits, SIZE, world.players, classify, evidence=witness)
        seen = [shot.seen for shot in self.shots]
        self.frames: list[TrackedFrame] = []
        self.traces: list[Trace] = []
        for one in seen:
            self.frames.append(self.tracker.update(one))
            self.traces.append(self.tracker.trace)
        told = self.tracker.finish()
        if offline:
            self.frames, self.traces = undo_swaps(self.frames, self.traces, seen, DOUBT_NATS)
            ground, done = settled(self.frames, self.traces, seen, world.players, classify, limits)
            doubts = AmbiguousMatches.of(ground.index, self.traces, DOUBT_NATS)
            told = evidence_of(ground, done, doubts)
            if done is not None:
                rows = Rows.of(self.frames)
                self.frames = list(relabel(rows, done.tracklets, done.result, limits.identity))
        assert told is not None
        self.evidence_log: EvidenceLog = told
        self.table = TrackTable.from_frames(
            self.frames if offline else backfill(self.frames, limits.identity.name_at), NAMES
        )
        mode = "offline" if offline else "online"
        self.evidence = EvidenceTables.of(told, NAMES, self.table.rows["track_id"].unique(), mode)

    def track(self, person: int, frame: int) -> int:
        """Whose detection it is in a frame, from 1."""
        shot, rows = self.shots[frame - 1], self.table.visible
        box = shot.seen.boxes[shot.who.index(person)]
        here = rows[(rows["frame"] == frame) & (abs(rows["x1"] - box[0]) < 0.01)]
        return int(here["track_id"].iloc[0])

    def write(self, out: Path, **changed: Any) -> Path:
        """OUT as `teamsheet track` leaves it."""
        out.mkdir()
        write_results(self.table, out)
        self.evidence.write(out / EVIDENCE)
        settings = Settings(mode=self.evidence.mode, follow=self.limits).model_dump(mode="json")
        fps = 1 / (self.shots[1].seen.time_s - self.shots[0].seen.time_s)
        receipt = {
            "gallery": {"players": NAMES},
            "settings": settings,
            "source": {"fps": fps, "frames": {"first": 1, "count": len(self.shots)}},
        }
        (out / RECEIPT).write_text(json.dumps(receipt | changed))
        return out


@pytest.fixture(scope="module")
def calm() -> Told:
    return Told(CALM)


def said(shots: Sequence[Shot], person: int, first: int, last: int) -> Doubles:
    """What the crops of a person in these frames (from 1) say, by hand: one vote."""
    crops = []
    for shot in shots[first - 1 : last]:
        look = shot.seen.embeddings[shot.who.index(person)]
        likely = classifier(len(NAMES))(look[None])[0]
        crops.append(np.maximum(likely - likely.max(), -LIMITS.identity.vote_nats_max))
    return np.asarray(np.mean(crops, axis=0))


def votes_of(told: Told, track: int) -> list[tuple[int, int, int]]:
    rows = told.evidence.votes
    rows = rows[rows["track_id"] == track]
    return list(rows[["first_frame", "last_frame", "crops"]].itertuples(index=False, name=None))


# ------------------------------------------------------------------ what a run keeps


# online the next vote begins with the first crop after `vote_s`, offline all have their slots
COUNTED = {
    "online": [(1, 4, 4), (5, 8, 4), (9, 12, 4), (13, 16, 4), (17, 20, 4)],
    "offline": [(1, 4, 4), (5, 8, 4), (9, 12, 4), (13, 15, 3), (16, 19, 4), (20, 20, 1)],
}


@pytest.mark.parametrize("mode", COUNTED)
def test_the_votes_are_those_counted_by_hand(mode: str) -> None:
    told = Told(CALM, offline=mode == "offline")
    for person in range(3):
        track = told.track(person, 10)
        assert votes_of(told, track) == COUNTED[mode]  # the last one was open at the end
        rows = told.evidence.votes
        nats = rows[rows["track_id"] == track].filter(like="nats:").to_numpy()
        if mode == "offline" and person == 2:
            continue  # the stranger sets the bias of unknown
        names = range(NOBODY if mode == "offline" else NOBODY + 1)
        for vote, (first, last, _) in zip(nats, COUNTED[mode], strict=True):
            counted = said(told.shots, person, first, last)
            np.testing.assert_allclose(vote[names], counted[names], atol=1e-5)


def test_a_belief_is_the_prior_and_the_votes_so_far(calm: Told) -> None:
    rows = calm.evidence.beliefs
    first, second = rows[rows["track_id"] == calm.track(0, 10)].head(2).to_dict("records")
    prior = LIMITS.identity.unknown_prior
    before, heard = np.log([*[(1 - prior) / 3] * 3, prior]), np.zeros(4)
    for row, last in ((first, 4), (second, 8)):
        heard += said(calm.shots, 0, last - 3, last)
        log = before + vote_weight(np.array(last // 4), LIMITS.identity) * heard
        chances = np.exp(log) / np.exp(log).sum()
        assert row["player_1"] == "Ada Novak"
        assert row["chance_1"] == pytest.approx(chances[0], abs=1e-3)
        assert row["chance_2"] == pytest.approx(chances[1:].max(), abs=1e-3)


def test_a_path_that_ends_keeps_its_last_vote() -> None:
    leaves = replace(CALM.people[2], path={0: (800, 300), 0.5: (800, 300)})
    short = LIMITS.model_copy(update={"max_absent_s": 0.5})
    world = replace(CALM, people=[*CALM.people[:2], leaves])
    tracker = OnlineTracker(
        short, SIZE, 3, classifier(3), evidence=OnlineEvidence(3, short.identity, DOUBT_NATS)
    )
    for shot in play(world):
        last = tracker.update(shot.seen)
    told = tracker.finish()
    assert told is not None
    gone = set(told.vote_spans[:, 0].tolist()) - set(last.track_ids.tolist())
    spans = [tuple(s[1:]) for s in told.vote_spans.tolist() if s[0] in gone]
    assert spans == [(0, 3), (4, 5)]  # Frame.index counts from 0


def test_a_vote_of_one_crop_is_a_vote() -> None:
    seldom = replace(CALM.people[0], weak=[(0.45, 0.85)])
    told = Told(replace(CALM, people=[seldom, *CALM.people[1:]]))
    assert votes_of(told, told.track(0, 10))[:3] == [(1, 4, 4), (5, 5, 1), (10, 13, 4)]


def test_a_path_found_again_keeps_the_vote_it_was_lost_in_and_is_less_sure() -> None:
    lost = replace(CALM.people[0], missed=[(0.55, 1.15)], path={0: (200, 200), 2: (200, 200)})
    told = Told(replace(CALM, people=[lost, *CALM.people[1:]]))
    track = told.track(0, 13)
    assert votes_of(told, track)[:3] == [(1, 4, 4), (5, 6, 2), (13, 16, 4)]
    beliefs = told.evidence.beliefs
    beliefs = beliefs[beliefs["track_id"] == track]
    spans = list(beliefs[["first_frame", "last_frame"]].itertuples(index=False, name=None))
    assert spans[:4] == [(1, 4), (5, 6), (13, 13), (13, 16)]
    sure = beliefs["chance_1"].tolist()
    assert sure[2] < sure[1]
    assert beliefs["player_1"].tolist()[:4] == ["Ada Novak"] * 4


def test_doubts_are_the_matches_below_the_threshold_and_no_others() -> None:
    witness = OnlineEvidence(3, LIMITS.identity, DOUBT_NATS)
    ids, nobody = np.array([4, 7, 9, 12]), np.zeros(4, bool)
    margins, rivals = np.array([0.75, DOUBT_NATS, -0.5, 0.1]), np.array([7, 4, 4, -1])
    witness.add_ambiguous(Trace(ids, np.arange(4), nobody, nobody, margins, rivals), 11)
    witness.add_ambiguous(Trace.empty(), 12)
    told = witness.evidence_log()
    assert told.ambiguous_matches.tolist() == [[11, 4, 7], [11, 9, 4]]
    assert told.margins.tolist() == [0.75, -0.5]
    rows = EvidenceTables.of(told, NAMES, [4], "online").doubts
    assert rows.to_numpy().tolist() == [[12, 4, 7, 0.75]]  # frames of files count from 1


MEET = World(
    [  # they meet, are missed, and turn round: paths that do not look run straight on, and trade
        Person({0: (300, 300), 2.5: (500, 300), 5: (300, 300)}, player=0, missed=[(2.38, 2.7)]),
        Person({0: (700, 302), 2.5: (505, 302), 5: (700, 302)}, player=1, missed=[(2.38, 2.7)]),
    ],
    seconds=5,
    players=3,
)
NO_LOOKS = AssociationSettings(look_nats=0, name_nats=0)
BLIND = FollowSettings(identity=LIMITS.identity, association=NO_LOOKS)
TRADED = 80
"""A frame after the meeting in which the names are still on the wrong people."""


@pytest.fixture(scope="module")
def meet() -> Told:
    return Told(MEET, limits=BLIND)


def test_the_doubts_of_a_meeting_are_all_kept(meet: Told) -> None:
    counted = [
        (i + 1, int(t), int(r), round(float(m), 3))
        for i, trace in enumerate(meet.traces)
        for t, r, m in zip(trace.tracks, trace.rivals, trace.margins, strict=True)
        if m < DOUBT_NATS
    ]
    assert counted
    rows = meet.evidence.doubts.round({"margin": 3}).itertuples(index=False, name=None)
    assert sorted((f, t, r, round(float(m), 3)) for f, t, r, m in rows) == sorted(counted)


def test_offline_the_evidence_adds_up_to_what_decided() -> None:
    """Votes by piece are the sums that the second pass goes by; chances those of the files."""
    told = Told(MEET, offline=True, limits=BLIND)
    online = Told(MEET, limits=BLIND)
    seen = [shot.seen for shot in online.shots]
    frames, traces = undo_swaps(online.frames, online.traces, seen, DOUBT_NATS)
    ground, done = settled(frames, traces, seen, 3, classifier(3), BLIND)
    assert done is not None
    pieces, crops, said = done.tracklets, ground.crops, done.log_likelihoods
    times_s = np.array([one.time_s for one in seen])
    cast = votes(pieces, crops, said, times_s, LIMITS.identity)
    total, count = cast.summed(len(pieces), LIMITS.identity)
    rows = told.evidence.votes
    for piece, sums, n in zip(pieces, total, count, strict=True):
        mine = rows[
            (rows["track_id"] == piece.track)
            & rows["first_frame"].between(piece.first + 1, piece.last + 1)
        ]
        assert len(mine) == n
        told_together = vote_weight(np.array(n), LIMITS.identity) * mine.filter(like="nats:").sum()
        np.testing.assert_allclose(told_together, sums, atol=1e-3)
    assert len(rows) == count.sum()
    beliefs = told.evidence.beliefs.set_index(["track_id", "first_frame"])
    for row in told.table.visible.query("player != ''").itertuples():
        piece = max(f for t, f in beliefs.index if t == row.track_id and f <= row.frame)
        assert beliefs.loc[(row.track_id, piece), "player_1"] == row.player
        chance = beliefs.loc[(row.track_id, piece), "chance_1"]
        in_row = chance * of_boxes(np.array(row.confidence))
        assert in_row == pytest.approx(row.player_confidence, abs=1e-3)


def test_tracks_that_are_not_in_the_files_are_not_in_the_evidence(calm: Told) -> None:
    tracks = [calm.track(0, 10)]
    part = EvidenceTables.of(calm.evidence_log, NAMES, tracks, "online")
    assert set(part.votes["track_id"]) == set(part.beliefs["track_id"]) == set(tracks)


def test_without_a_gallery_nothing_is_kept() -> None:
    witness = OnlineEvidence(0, LIMITS.identity, DOUBT_NATS)
    tracker = OnlineTracker(LIMITS, SIZE, evidence=witness)
    tracker.update(play(CALM)[0].seen)
    assert tracker.finish() is None


# ------------------------------------------------------------------ the files


def test_the_evidence_comes_back_as_it_was_written(meet: Told, tmp_path: Path) -> None:
    meet.evidence.write(tmp_path / "e")
    back = EvidenceTables.read(tmp_path / "e")
    assert (back.mode, back.players) == ("online", NAMES)
    for name in COLUMNS:
        old, new = getattr(meet.evidence, name), getattr(back, name)
        assert list(old.columns) == list(new.columns)
        for column in old.columns:
            if old[column].dtype.kind == "f":
                np.testing.assert_allclose(old[column], new[column], atol=1e-3)
            else:
                assert old[column].tolist() == new[column].tolist()


def test_the_same_run_gives_the_same_bytes(meet: Told, tmp_path: Path) -> None:
    meet.evidence.write(tmp_path / "a")
    Told(MEET, limits=BLIND).evidence.write(tmp_path / "b")
    for name in COLUMNS:
        file = f"{name}.parquet"
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


@pytest.mark.parametrize("players", [1, 2, 40])
def test_any_number_of_players_can_be_written(players: int, tmp_path: Path) -> None:
    spans, none = np.array([[1, 0, 3]]), np.zeros((0, 3), np.int64)
    nats = np.linspace(-3, 0, players + 1, dtype=np.float32)[None]
    told = EvidenceLog(
        spans, np.ones(1, np.int64), nats, none, np.zeros(0, np.float32), spans, np.exp(nats),
        np.zeros(1, np.int64),
    )  # fmt: skip
    names = [f"p{n}" for n in range(players)]
    EvidenceTables.of(told, names, [1], "online").write(tmp_path / "e")
    back = EvidenceTables.read(tmp_path / "e")
    assert back.players == names
    assert back.beliefs["player_1"].tolist() == [""]
    assert np.isnan(back.beliefs["chance_3"].item()) == (players == 1)


def _foreign(file: Path) -> None:
    pd.DataFrame({"track_id": [1]}).to_parquet(file)


def _other_version(file: Path) -> None:
    from pyarrow import parquet

    table = parquet.read_table(file)
    note = {b"teamsheet": b'{"version": 99, "mode": "online"}'}
    parquet.write_table(table.replace_schema_metadata(note), file)


def _another_table(file: Path) -> None:
    file.write_bytes((file.parent / "doubts.parquet").read_bytes())


DAMAGE = {
    "cut off": (lambda f: f.write_bytes(f.read_bytes()[:200]), "damaged"),
    "empty": (lambda f: f.write_bytes(b""), "damaged"),
    "text": (lambda f: f.write_text("frame,track\n"), "damaged"),
    "foreign": (_foreign, "not written by teamsheet"),
    "other version": (_other_version, "schema 99"),
    "another table": (_another_table, "columns missing: first_frame"),
    "gone": (lambda f: f.unlink(), "missing"),
}


@pytest.mark.parametrize("case", DAMAGE)
def test_a_damaged_or_foreign_file_is_one_clear_line(case: str, calm: Told, tmp_path: Path) -> None:
    damage, hint = DAMAGE[case]
    calm.evidence.write(tmp_path / "e")
    damage(tmp_path / "e" / "votes.parquet")
    with pytest.raises(EvidenceError) as caught:
        EvidenceTables.read(tmp_path / "e")
    assert hint in str(caught.value)
    assert "votes" in str(caught.value)
    assert "teamsheet track" in str(caught.value)
    assert "\n" not in str(caught.value)


# ------------------------------------------------------------------ the answer


def ask(told: Told, tmp_path: Path, who: str | int, frame: int) -> Explanation:
    case = open_case(told.write(tmp_path / "out"))
    if isinstance(who, int):
        return explain_track(case, who, frame)
    return explain_player(case, case.player(who), frame)


def text(answer: Explanation) -> str:
    return "\n".join(lines(answer))


def test_a_right_name_is_explained_with_the_numbers_of_the_run(calm: Told, tmp_path: Path) -> None:
    answer = ask(calm, tmp_path, "ada novak", 14)
    assert answer.grounds is not None
    votes = answer.grounds.votes
    assert votes is not None
    assert (votes.votes, votes.crops, votes.first_frame, votes.last_frame) == (3, 12, 1, 12)
    total = np.sum([said(calm.shots, 0, f, f + 3) for f in (1, 5, 9)], axis=0)  # 13-16: still open
    total *= vote_weight(np.array(3), LIMITS.identity)
    assert votes.over == pytest.approx(total[0] - total[1:].max(), abs=0.02)
    assert answer.last_seen is not None
    assert answer.next_seen is not None
    assert (answer.last_seen.frame, answer.next_seen.frame) == (13, 15)
    assert votes.over_nobody == pytest.approx(total[0] - total[NOBODY], abs=0.02)
    told = text(answer)
    assert told.startswith(f"Ada Novak in frame 14 (1.30 s): track {calm.track(0, 14)}, visible")
    assert "3 votes (12 pictures) in frames 1-12: Ada Novak is ahead of " in told
    assert f", the next best, by {odds(votes.over)}" in told
    assert "3 votes and 20 to 1 against the next best name" in told
    assert "a name is given at .70" in told
    assert "ambiguous encounter" not in told


def test_a_word_is_explained_before_it_is_used(calm: Told, tmp_path: Path) -> None:
    told = text(ask(calm, tmp_path, "Ada Novak", 14))
    at = told.index("(a vote: what the clean pictures")
    assert "vote" not in told[:at]
    assert "vote" in told[at + len("(a vote:") :]


def test_evidence_is_said_in_odds_that_never_claim_certainty() -> None:
    said = [odds(n) for n in (0.0, 0.6, 2.0, 3.0, 6.0, 6.9, 17.6, 800.0)]
    assert said == ["1.0 to 1", "1.8 to 1", "7.4 to 1", "20 to 1", "400 to 1", "990 to 1",
                    "over 1000 to 1", "over 1000 to 1"]  # fmt: skip


def test_a_vote_that_is_still_open_counts_only_where_there_is_no_other(
    calm: Told, tmp_path: Path
) -> None:
    case = open_case(calm.write(tmp_path / "out"))
    track = calm.track(0, 10)
    spans = [
        tuple(
            evidence.votes_of(case, track, 1, frame)[["first_frame", "last_frame"]].to_numpy()[-1]
        )
        for frame in (2, 4, 7, 8)
    ]
    assert spans == [(1, 4), (1, 4), (1, 4), (5, 8)]
    heard = evidence.votes_of(case, track, 1, 7)
    assert evidence.votes_after(case, track, 7, heard)["first_frame"].tolist() == [5, 9, 13, 17]
    assert evidence.votes_after(case, track, 2, heard)["first_frame"].tolist() == [5, 9, 13, 17]


def test_the_name_of_an_early_frame_is_explained_by_where_it_was_earned(tmp_path: Path) -> None:
    vague = replace(CALM.people[0], look={0: 1.0, 9: 1.5})  # one vote is not enough
    told = Told(replace(CALM, people=[vague, *CALM.people[1:]]))
    answer = ask(told, tmp_path, "Ada Novak", 1)
    assert answer.path is not None
    assert answer.grounds is not None
    assert answer.grounds.votes is not None
    track = told.track(0, 10)
    earned = next(
        f.index + 1 for f in told.frames if f.players[f.track_ids == track].tolist() == [0]
    )
    assert answer.path.earned_frame == earned
    assert earned >= 8
    assert answer.grounds.votes.last_frame == (earned + 3) // 4 * 4  # in it the name was earned
    assert f"carried: the name became sure enough in frame {earned} and was then" in text(answer)


def test_a_name_that_was_traded_away_shows_the_doubt_and_the_rival(
    meet: Told, tmp_path: Path
) -> None:
    """After the meeting Ada's track is on Bea; the ambiguous match and the later votes tell it."""
    track, rival = meet.track(0, 50), meet.track(1, 50)
    assert (meet.track(1, TRADED), meet.track(0, TRADED)) == (track, rival)
    answer = ask(meet, tmp_path, "Ada Novak", TRADED)
    assert answer.track == track
    assert answer.grounds is not None
    (doubt,), trade = answer.grounds.doubts, answer.grounds.trade
    assert (doubt.rival, doubt.bears, doubt.worst_frame) == (rival, "Bea Costa", 69)
    assert answer.grounds.gaps == [(61, 68)]
    assert trade is not None
    assert trade.own_votes is not None
    assert (trade.frame, trade.rival) == (69, rival)
    assert (trade.rival_votes.player, trade.own_votes.player) == ("Ada Novak", "Bea Costa")
    told = text(answer)
    assert 0 <= doubt.margin < 2
    swap = f"frame 69 with track {rival} (Bea Costa), {odds(doubt.margin)} against a swap"
    assert (
        "1 ambiguous encounter up to frame 80 (less than 7.4 to 1 against a swap): " + swap in told
    )
    assert "out of sight up to frame 80: once in frames 61-68" in told
    assert "since then: 1 vote" in told
    assert "a swap in frame 69 would explain a wrong name" in told


def test_a_right_name_after_a_meeting_is_suspected_of_no_trade(meet: Told, tmp_path: Path) -> None:
    answer = ask(meet, tmp_path, "Ada Novak", 120)
    assert answer.track == meet.track(0, 120)
    assert answer.grounds is not None
    assert answer.grounds.doubts
    assert answer.grounds.trade is None
    assert "would explain" not in text(answer)


def test_a_rival_who_votes_for_somebody_else_explains_no_trade(tmp_path: Path) -> None:
    third = Person({0: (100, 100), 5: (120, 100)}, player=2)
    told = Told(replace(MEET, people=[*MEET.people, third]), limits=BLIND)
    case = open_case(told.write(tmp_path / "out"))
    track, bystander = told.track(0, 50), told.track(2, 50)
    doubts = pd.DataFrame({"frame": [69], "track_id": track, "rival_id": bystander, "margin": 0.4})
    case = replace(case, evidence=replace(case.evidence, doubts=doubts))
    answer = explain_player(case, "Ada Novak", TRADED)
    assert answer.track == track == told.track(1, TRADED)
    assert answer.grounds is not None
    assert [d.rival for d in answer.grounds.doubts] == [bystander]
    assert answer.grounds.trade is None


def test_doubts_close_together_are_one_meeting_told_by_its_worst_frame(
    calm: Told, tmp_path: Path
) -> None:
    track, rival = calm.track(0, 10), calm.track(1, 10)
    moments = [(3, track, rival, 1.5), (4, rival, track, 0.25), (8, track, rival, 1.0),
               (14, track, rival, 0.5), (19, track, rival, -0.5), (5, rival, 77, 0.1),
               (15, track, 99, 1.75)]  # fmt: skip
    doubts = pd.DataFrame(moments, columns=list(COLUMNS["doubts"]))
    case = open_case(calm.write(tmp_path / "out"))
    case = replace(case, evidence=replace(case.evidence, doubts=doubts))
    found = evidence.encounters_of(case, track, 18)
    assert [(d.rival, d.first_frame, d.last_frame, d.worst_frame, d.margin) for d in found] == [
        (rival, 3, 8, 4, 0.25), (rival, 14, 14, 14, 0.5), (99, 15, 15, 15, 1.75),
    ]  # fmt: skip
    assert [d.bears for d in found] == ["Bea Costa", "Bea Costa", None]
    told = text(explain_player(case, "Ada Novak", 18))
    assert "3 ambiguous encounters up to frame 18" in told
    assert "track 99 (too short to be in the files)" in told


def test_a_stranger_is_explained_by_their_votes(calm: Told, tmp_path: Path) -> None:
    track = calm.track(2, 14)
    answer = ask(calm, tmp_path, track, 14)
    assert (answer.player, answer.track, answer.rejected) == (None, track, [])
    told = text(answer)
    assert f"track {track} in frame 14 (1.30 s): visible, no name" in told
    assert "unknown is ahead of" in told
    assert "it never has a name" in told


def test_a_track_with_a_name_is_explained_like_its_player(calm: Told, tmp_path: Path) -> None:
    case = open_case(calm.write(tmp_path / "out"))
    assert explain_track(case, calm.track(1, 9), 9) == explain_player(case, "Bea Costa", 9)


def test_small_people_are_told_why_they_did_not_vote(tmp_path: Path) -> None:
    small = [replace(p, height=30.0) for p in CALM.people]
    told = Told(replace(CALM, people=small))
    answer = ask(told, tmp_path, told.track(0, 20), 20)
    assert answer.grounds is not None
    assert answer.grounds.votes is None
    pictures = answer.grounds.pictures
    assert (pictures.seen, pictures.voted, pictures.small) == (20, 0, 20)
    assert "no votes: of 20 pictures none counted as clean; 20 smaller than 40 px" in text(answer)


def twins(unlike: float) -> World:
    """Ada, and a stranger who differs from Ada by so much."""
    return World(
        [
            Person({0: (200, 200), 3: (300, 200)}, player=0),
            Person({0: (700, 450), 3: (600, 450)}, look={0: 1.0, 9: unlike}),
        ],
        seconds=3,
        players=3,
        fps=10,
    )


def test_a_look_alike_is_rejected_because_they_were_seen_beside(tmp_path: Path) -> None:
    told = Told(twins(0.8))
    track, twin = told.track(0, 25), told.track(1, 25)
    answer = ask(told, tmp_path, "Ada Novak", 25)
    assert answer.track == track
    (against,) = answer.rejected
    assert (against.track, against.bears) == (twin, "")
    assert f"Ada Novak is track {track} in this frame, visible" in against.reasons
    assert "seen beside Ada Novak in 25 frames (frames 1-25): somebody else" in against.reasons
    assert f"also like Ada Novak: track {twin}, no name" in text(answer)
    why = explain_track(open_case(tmp_path / "out"), twin, 25)
    assert [r.player for r in why.rejected] == ["Ada Novak"]
    assert why.rejected[0].reasons == against.reasons
    assert "why not Ada Novak" in text(why)


def test_two_who_cannot_be_told_apart_are_each_others_reason(tmp_path: Path) -> None:
    told = Told(twins(0.3))
    answer = ask(told, tmp_path, "Ada Novak", 25)
    assert answer.row is None
    one, other = told.track(0, 25), told.track(1, 25)
    reasons = {r.track: r.reasons for r in answer.rejected}
    assert set(reasons) == {one, other}
    for mine, theirs in ((one, other), (other, one)):
        (reason,) = reasons[mine]
        assert reason.startswith(f"track {theirs} is likely too")


def test_a_player_who_is_not_there_is_last_and_next_seen(tmp_path: Path) -> None:
    away = replace(CALM.people[0], missed=[(1.45, 2.45)], path={0: (200, 200), 4: (200, 200)})
    others = [replace(p, path={0: p.path[0], 4: p.path[0]}) for p in CALM.people[1:]]
    told = Told(replace(CALM, people=[away, *others], seconds=4))
    answer = ask(told, tmp_path, "Ada Novak", 22)
    assert answer.last_seen is not None
    assert answer.next_seen is not None
    assert (answer.last_seen.frame, answer.next_seen.frame) == (15, 26)
    assert answer.last_seen.track == told.track(0, 15)
    assert answer.last_seen.x == pytest.approx(200, abs=5)
    found = text(answer)
    assert "last seen: frame 15 (1.40 s), track" in found
    assert "next: frame 26 (2.50 s), track" in found
    assert answer.row is None or answer.row.visibility != "visible"


def test_a_player_who_never_appears_has_their_closest_track(calm: Told, tmp_path: Path) -> None:
    answer = ask(calm, tmp_path, "Cy Haddad", 10)
    assert (answer.row, answer.track, answer.last_seen, answer.next_seen) == (None,) * 4
    rows = calm.evidence.beliefs
    best = max(
        float(rows.loc[rows[f"player_{n}"] == "Cy Haddad", f"chance_{n}"].max())
        for n in (1, 2, 3)
        if (rows[f"player_{n}"] == "Cy Haddad").any()
    )
    assert answer.closest is not None
    assert answer.closest.chance == pytest.approx(best)
    assert "Cy Haddad in frame 10 (0.90 s): not there" in text(answer)
    assert "never" in text(answer)


def test_a_track_outside_its_life_says_where_it_runs(tmp_path: Path) -> None:
    late = replace(CALM.people[2], path={1: (800, 300), 2: (800, 300)})
    told = Told(replace(CALM, people=[*CALM.people[:2], late]))
    track = told.track(2, 15)
    answer = ask(told, tmp_path, track, 3)
    assert (answer.row, answer.grounds) == (None, None)
    found = text(answer)
    assert f"track {track} in frame 3 (0.20 s): not there" in found
    assert f"track {track} runs over frames 11-20" in found
    assert "last seen: never; next: frame 11" in found


def test_offline_the_answer_goes_by_pieces(tmp_path: Path) -> None:
    told = Told(MEET, offline=True, limits=BLIND)
    answer = ask(told, tmp_path, "Bea Costa", 100)
    assert answer.mode == "offline"
    assert answer.track == told.track(1, 100)
    assert answer.grounds is not None
    assert answer.grounds.belief is not None
    rows = told.table.rows
    row = rows[(rows["frame"] == 100) & (rows["player"] == "Bea Costa")]
    in_row = answer.grounds.belief.of("Bea Costa") * of_boxes(row["confidence"].to_numpy())
    assert in_row == pytest.approx(row["player_confidence"].to_numpy(), abs=1e-3)
    assert "together with all other tracks" in text(answer)


@pytest.mark.parametrize(
    ("who", "frame"), [("Ada Novak", TRADED), ("Cy Haddad", 9), (1, 120), (2, 1)]
)
def test_json_is_the_same_answer(who: str | int, frame: int, meet: Told, tmp_path: Path) -> None:
    answer = ask(meet, tmp_path, who, frame)
    tree = json.loads(to_json(answer))
    plain = asdict(answer)
    assert plain.pop("numbers") is None  # none were read: left out
    assert list(tree) == list(plain)

    def same(left: Any, right: Any) -> None:
        if isinstance(left, dict):
            assert list(left) == list(right)
            for key in left:
                same(left[key], right[key])
        elif isinstance(left, list | tuple):
            assert len(left) == len(right)
            for a, b in zip(left, right, strict=True):
                same(a, b)
        else:
            assert left == (pytest.approx(right, abs=1e-4) if isinstance(left, float) else right)

    same(plain, tree)
    flat = to_json(answer)
    numbers = {float(n) for n in re.findall(r"-?\d+\.?\d*", flat)}
    said = {odds(abs(n)) for n in numbers}
    for number in re.findall(r"(?:over )?[\d.]+ to 1\b", text(answer)):
        assert number in said
    rest = re.sub(r"[\d.]+ to 1\b", "", text(answer))
    for number in re.findall(r"(?<![\w.])\d+(?:\.\d+)?", rest):
        assert any(abs(float(number) - abs(n)) <= 0.51 for n in numbers), number


# ------------------------------------------------------------------ the command


@pytest.fixture
def out(calm: Told, tmp_path: Path) -> Path:
    return calm.write(tmp_path / "out")


def command(monkeypatch: pytest.MonkeyPatch, *words: str | Path) -> int:
    monkeypatch.setattr(sys, "argv", ["teamsheet", "explain", *map(str, words)])
    with pytest.raises(SystemExit) as caught:
        app.main()
    return int(caught.value.code or 0)


def test_the_command_prints_lines_or_json(
    out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    case = open_case(out)
    answer = explain_player(case, "Ada Novak", 12)
    assert command(monkeypatch, out, "--player", "ADA NOVAK", "--frame", "12") == 0
    assert capsys.readouterr().out.splitlines() == lines(answer)
    assert command(monkeypatch, out, "--player", "ada novak", "--frame", "12", "--json") == 0
    assert json.loads(capsys.readouterr().out) == json.loads(to_json(answer))
    assert command(monkeypatch, out, "--track", "1", "--frame", "12") == 0
    assert capsys.readouterr().out.splitlines() == lines(explain_track(case, 1, 12))


def _edit(out: Path, **changed: Any) -> None:
    receipt = json.loads((out / RECEIPT).read_text())
    (out / RECEIPT).write_text(json.dumps(receipt | changed))


def _no_evidence(out: Path) -> None:
    for file in (out / EVIDENCE).iterdir():
        file.unlink()
    (out / EVIDENCE).rmdir()


NOTHING = ["--player", "Ada Novak", "--frame", "3"]
MISTAKES: dict[str, tuple[list[str], Any, str]] = {
    "no run": (NOTHING, lambda o: (o / RECEIPT).unlink(), "no run of teamsheet"),
    "broken receipt": (NOTHING, lambda o: (o / RECEIPT).write_text("{"), "run.json"),
    "a list": (NOTHING, lambda o: (o / RECEIPT).write_text("[]"), "run.json"),
    "other settings": (NOTHING, lambda o: _edit(o, settings={"x": 1}), "another teamsheet"),
    "no gallery": (NOTHING, lambda o: _edit(o, gallery=None), "without --gallery"),
    "no evidence": (NOTHING, _no_evidence, "teamsheet track"),
    "no table": (NOTHING, lambda o: (o / "tracks.csv").unlink(), "tracks.csv"),
    "broken evidence": (
        NOTHING,
        lambda o: (o / EVIDENCE / "votes.parquet").write_text("x"),
        "votes.parquet",
    ),
    "unknown player": (["--player", "Ada Nowak", "--frame", "3"], None, "did you mean Ada Novak?"),
    "nobody like them": (["--player", "zzz", "--frame", "3"], None, "Bea Costa"),
    "unknown track": (["--track", "77", "--frame", "3"], None, "no track 77"),
    "frame zero": (["--player", "Ada Novak", "--frame", "0"], None, "1-20"),
    "frame too late": (["--track", "1", "--frame", "21"], None, "1-20"),
    "both": (["--player", "Ada Novak", "--track", "1", "--frame", "3"], None, "--track NUMBER"),
    "neither": (["--frame", "3"], None, "--player NAME"),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_one_line_and_exit_2(
    case: str, out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words, damage, hint = MISTAKES[case]
    if damage:
        damage(out)
    assert command(monkeypatch, out, *words) == 2
    said = capsys.readouterr()
    assert not said.out
    assert len(said.err.strip().splitlines()) == 1
    assert hint in said.err


# ------------------------------------------------------------------ a whole run


@pytest.fixture
def request_(tmp_path: Path) -> pipeline.TrackRequest:
    """Two coloured people who walk, a gallery of them, and detections."""
    rng, pictures = np.random.default_rng(0), tmp_path / "seq" / "img1"
    pictures.mkdir(parents=True)
    colours = {"Ann": (0, 0, 200), "Bea": (200, 0, 0)}
    for name, colour in colours.items():
        folder = tmp_path / "gallery" / name
        folder.mkdir(parents=True)
        for i in range(3):
            crop = np.clip(rng.normal(colour, 20, (100, 40, 3)), 0, 255).astype(np.uint8)
            cv2.imwrite(str(folder / f"{i}.png"), crop)
    rows = []
    for frame in range(1, 31):
        image = np.full((240, 400, 3), 110, np.uint8)
        for x, colour in zip((20 + 3 * frame, 300 - 3 * frame), colours.values(), strict=True):
            crop = rng.normal(colour, 20, (100, 40, 3))
            image[100:200, x : x + 40] = np.clip(crop, 0, 255).astype(np.uint8)
            rows.append(f"{frame},-1,{x},100,40,100,0.9,-1,-1,-1\n")
        cv2.imwrite(str(pictures / f"{frame:06d}.png"), image)
    (tmp_path / "det.txt").write_text("".join(rows))
    return pipeline.TrackRequest(
        source=str(tmp_path / "seq"),
        out=tmp_path / "out",
        settings=config.load(None, ["camera.enabled=false"]),
        gallery=tmp_path / "gallery",
        detections=tmp_path / "det.txt",
    )


def quiet(*_: object) -> None:
    return None


@pytest.mark.parametrize("mode", ["online", "offline"])
def test_a_run_can_be_asked(mode: str, request_: pipeline.TrackRequest) -> None:
    settings = config.load(None, ["camera.enabled=false", f"mode={mode}"])
    table = pipeline.track(replace(request_, settings=settings), quiet, quiet)
    case = open_case(request_.out)
    assert case.evidence.mode == mode
    assert set(case.evidence.votes["track_id"]) <= set(table.rows["track_id"])
    answer = explain_player(case, case.player("ann"), 25)
    assert answer.row is not None
    assert answer.row.player == "Ann"
    assert answer.grounds is not None
    assert answer.grounds.votes is not None
    assert answer.grounds.votes.player == "Ann"


def test_evidence_that_cannot_be_written_leaves_no_results(
    request_: pipeline.TrackRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(tables: object, mode: str, folder: Path) -> None:
        folder.mkdir()
        raise OSError("disk full")

    monkeypatch.setattr(run_files, "write_tables", full)
    with pytest.raises(OSError, match="disk full"):
        pipeline.track(request_, quiet, quiet)
    assert [f.name for f in request_.out.iterdir()] == ["observations"]
    assert not list(request_.out.parent.glob(".out*"))
