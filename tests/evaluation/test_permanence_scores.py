"""Where is a player whom nobody sees: worlds counted by hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.worlds.evaluation import mot_lines
from tracker.evaluation.baselines import BASELINES
from tracker.evaluation.blanking import blank_windows
from tracker.evaluation.boxes import Boxes, EvaluateError
from tracker.evaluation.options import Options
from tracker.evaluation.permanence import BIN_LABELS, PermanenceScores, pool_permanence
from tracker.evaluation.permanence import score_permanence as score
from tracker.evaluation.scoring import evaluate, write_blanked
from tracker.output.table import COLUMNS, TrackTable

V, H, A = "visible", "occluded", "absent"
HEIGHT = 100.0


def walker(frames: Sequence[int], person: int = 1, speed: float = 10.0, y: float = 0) -> Boxes:
    """Somebody 40 x 100 px whose centre is at (speed * frame, y + 50)."""
    f = np.asarray(frames)
    x = speed * f
    corners = np.stack([x - 20, 0 * x + y, x + 20, 0 * x + y + HEIGHT], axis=1)
    return Boxes.of("truth", f, np.full(len(f), person), corners)


def together(*parts: Boxes) -> Boxes:
    return Boxes.of(
        "truth",
        np.concatenate([p.frames for p in parts]),
        np.concatenate([p.ids for p in parts]),
        np.concatenate([p.corners for p in parts]),
    )


Row = tuple[int, int, str, float, float]
"""frame, track, state, centre x, standard deviation."""


def table(rows: Sequence[Row], fps: float = 25, y: float = 50) -> TrackTable:
    """A tracks.csv; boxes are 40 x 100 px around the centre, none where absent."""
    lines = []
    for frame, track, state, x, std in rows:
        box = [np.nan] * 4 if state == A else [x - 20, y - 50, x + 20, y + 50]
        score_ = 0.9 if state == V else np.nan
        lines.append(
            [
                frame,
                (frame - 1) / fps,
                track,
                "",
                0.0,
                state,
                *box,
                score_,
                x,
                y,
                std,
                std,
                "",
                "",
                "",
                np.nan,
                np.nan,
            ]
        )
    return TrackTable.of(pd.DataFrame(lines, columns=list(COLUMNS)))


def seen(frames: Sequence[int], track: int = 1) -> list[Row]:
    """Rows in which the track sits on `walker`."""
    return [(f, track, V, 10.0 * f, 1.0) for f in frames]


def test_recall_errors_and_bins_by_hand() -> None:
    # They walk in frames 1 to 20, hidden in 3 to 20: hidden for 1 to 18 frames. The track is 10 px
    # (0.1 of the height) off for the first 5, 60 px (0.6: no hit) for 10, 20 px for the last 3.
    truth = walker(range(1, 21))
    hidden = truth.frames >= 3
    off = {f: 10.0 if f <= 7 else 60.0 if f <= 17 else 20.0 for f in range(3, 21)}
    rows = seen([1, 2]) + [(f, 1, H, 10.0 * f + off[f], 1.0) for f in off]
    scores = score(truth, hidden, table(rows), 1, 20, 25)
    tracker = scores.guesses["tracker"]
    assert tracker.recall == pytest.approx(8 / 18)
    counts = dict(zip(BIN_LABELS, (int(b.sum()) for b in scores.bins()), strict=True))
    assert counts == {"1-5": 5, "6-15": 10, "16-45": 3, "46-90": 0, ">90": 0}
    medians = [tracker.quantile(0.5, b) for b in scores.bins()[:3]]
    assert medians == pytest.approx([0.1, 0.6, 0.2])
    assert np.isnan(tracker.quantile(0.5, scores.bins()[3]))


def test_half_a_height_is_not_within_half_a_height() -> None:
    truth = walker(range(1, 4))
    for x, recall in ((30.0 + 49.9, 1.0), (30.0 + 50.0, 0.0)):
        rows = [*seen([1, 2]), (3, 1, H, x, 1.0)]
        scores = score(truth, truth.frames == 3, table(rows), 1, 3, 25)
        assert scores.guesses["tracker"].recall == recall


def test_a_missing_prediction_is_infinitely_far() -> None:
    # Hidden in frames 3 to 6; the track is dropped after frame 4. Half is missing, so the 90 %
    # error is infinite; leaving the missing ones out would flatter the tracker.
    truth = walker(range(1, 7))
    rows = seen([1, 2]) + [(f, 1, H, 10.0 * f, 1.0) for f in (3, 4)]
    scores = score(truth, truth.frames >= 3, table(rows), 1, 6, 25)
    tracker = scores.guesses["tracker"]
    assert (tracker.recall, tracker.missing) == (0.5, 0.5)
    assert tracker.quantile(0.5, scores.bins()[0]) == 0
    assert tracker.quantile(0.9, scores.bins()[0]) == float("inf")


def test_ellipses_are_two_dimensional() -> None:
    # Off by k standard deviations along x: inside the 50 % ellipse up to sqrt(2 ln 2) = 1.18,
    # inside the 90 % one up to sqrt(2 ln 10) = 2.15. One-dimensional quantiles (0.67, 1.64) would
    # put 1.0 outside the first and 2.0 outside the second.
    truth = walker(range(1, 7))
    std = 4.0
    rows = seen([1, 2])
    rows += [(f, 1, H, 10.0 * f + k * std, std) for f, k in ((3, 1.0), (4, 2.0), (5, 2.1), (6, 3))]
    tracker = score(truth, truth.frames >= 3, table(rows), 1, 6, 25).guesses["tracker"]
    assert tracker.coverage(0.5) == 1 / 4
    assert tracker.coverage(0.9) == 3 / 4


def test_gaps_are_counted_in_frames_of_25_a_second() -> None:
    # At 50 frames a second, 12 frames hidden are 6 frames at 25: the second bin.
    truth = walker(range(1, 14))
    scores = score(truth, truth.frames > 1, table(seen([1]), 50), 1, 13, 50)
    assert scores.gap.tolist() == pytest.approx([n / 2 for n in range(1, 13)])
    assert [int(b.sum()) for b in scores.bins()] == [10, 2, 0, 0, 0]


def test_the_gap_grows_while_hidden_and_starts_anew_after_a_sighting() -> None:
    truth = walker(range(1, 8))
    hidden = np.isin(truth.frames, [2, 3, 5, 6, 7])
    scores = score(truth, hidden, table(seen([1, 4])), 1, 7, 25)
    assert scores.gap.tolist() == [1, 2, 1, 2, 3]


def test_the_track_of_a_hidden_player_is_the_one_that_covered_them_last_and_not_the_nearest() -> (
    None
):
    # Track 1 loses them after frame 1, track 2 takes over in frame 2. While they are hidden track 1
    # happens to predict the place exactly; it is track 2 that speaks for them, 60 px off.
    truth = walker(range(1, 4))
    rows: list[Row] = [*seen([1]), (2, 1, H, 500.0, 1), (2, 2, V, 20.0, 1)]
    rows += [(3, 1, H, 30.0, 1), (3, 2, H, 90.0, 1)]
    scores = score(truth, truth.frames == 3, table(rows), 1, 3, 25)
    assert scores.guesses["tracker"].error.tolist() == pytest.approx([0.6])


def test_ghosts_and_states_by_hand() -> None:
    # They are seen in frames 1 to 4 (missed by the track in 4: called occluded), hidden in 5 and 6
    # (occluded, absent), out of the picture in 7 to 10 (occluded, visible, absent, no row).
    truth = walker(range(1, 7))
    rows = seen([1, 2, 3])
    rows += [(4, 1, H, 40, 1), (5, 1, H, 50, 1), (6, 1, A, 60, 1), (7, 1, H, 70, 1)]
    rows += [(8, 1, V, 80, 1), (9, 1, A, 90, 1)]
    scores = score(truth, truth.frames >= 5, table(rows), 1, 10, 25)
    assert scores.states.tolist() == [[3, 1, 0], [0, 1, 1], [1, 1, 2]]
    assert scores.ghosts == 2 / 4


def test_frames_before_the_first_sighting_do_not_count() -> None:
    # Hidden in frames 1 and 2, out before that: nobody could know of them.
    truth = walker(range(3, 7))
    scores = score(truth, truth.frames <= 4, table(seen([5, 6])), 1, 6, 25)
    assert scores.states.sum() == 2
    assert len(scores.gap) == 0
    assert np.isnan(scores.ghosts)


def test_baselines_stand_still_and_go_on() -> None:
    # 10 px a frame: after g hidden frames the last box is 10 g px behind, 0.1 g heights; going
    # on at the same speed is exact but for what the filter has not yet learnt after 30 frames.
    truth = walker(range(1, 51))
    hidden = truth.frames > 30
    guesses = score(truth, hidden, table(seen(range(1, 31))), 1, 50, 25).guesses
    assert guesses["last box"].error.tolist() == pytest.approx([0.1 * g for g in range(1, 21)])
    assert guesses["constant velocity"].error.max() < 0.02
    assert np.isnan(guesses["last box"].coverage(0.5))
    assert guesses["constant velocity"].coverage(0.9) == 1


def test_baselines_know_nothing_of_the_other_people_nor_of_the_gap() -> None:
    # A second walker, faster, beside them, and their own boxes inside the gap change nothing.
    truth = walker(range(1, 31))
    other = walker(range(1, 31), person=2, speed=25, y=300)
    hidden = truth.frames > 20
    alone = score(truth, hidden, table(seen(range(1, 21))), 1, 30, 25)
    both = together(truth, other)
    hidden_both = (both.ids == 1) & (both.frames > 20)
    crowd = score(both, hidden_both, table(seen(range(1, 21))), 1, 30, 25)
    for name in BASELINES:
        assert crowd.guesses[name].error.tolist() == alone.guesses[name].error.tolist()


@pytest.mark.parametrize("name", BASELINES)
def test_every_baseline_answers_for_every_frame_asked(name: str) -> None:
    frames, ask = np.array([3, 4, 7, 8]), np.array([9, 10, 12])
    centre, std = BASELINES[name](frames, walker(frames.tolist()).corners, ask, 25.0)
    assert centre.shape == std.shape == (3, 2)
    assert np.isfinite(centre).all()
    assert (np.isnan(std) | (std > 0)).all()
    one, _ = BASELINES[name](frames[:1], walker([3]).corners, ask, 25.0)
    assert one.tolist() == [[30, 50]] * 3  # seen once: nothing is known of a motion


def test_pooling_puts_hidden_rows_together() -> None:
    truth = walker(range(1, 5))
    good = score(
        truth,
        truth.frames >= 2,
        table(seen([1]) + [(f, 1, H, 10.0 * f, 1.0) for f in (2, 3, 4)]),
        1,
        4,
        25,
    )
    poor = score(truth, truth.frames == 4, table([*seen([1, 2, 3]), (4, 1, H, 400, 1)]), 1, 4, 25)
    pooled: PermanenceScores = pool_permanence([good, poor])
    assert pooled.guesses["tracker"].recall == 3 / 4  # the mean of both would be 1/2
    assert pooled.states.sum() == good.states.sum() + poor.states.sum()


# --- blanked windows ----------------------------------------------------------------------------


@given(seed=st.integers(0, 10_000), share=st.floats(0.02, 0.5))
@settings(max_examples=25, deadline=None)
def test_windows_follow_a_second_of_sight_and_end_in_sight(seed: int, share: float) -> None:
    people = [walker(range(1 + 7 * k, 300), person=k, y=30 * k) for k in range(1, 4)]
    truth = together(*people)
    hidden = blank_windows(truth, seed, share, 25)
    for person in (1, 2, 3):
        gone = hidden[truth.ids == person]
        edges = np.flatnonzero(np.diff(np.concatenate([[0], gone.astype(int), [0]])))
        for start, end in edges.reshape(-1, 2):
            assert not gone[max(0, start - 25) : start].any()
            assert start >= 25
            assert end < len(gone)
            assert end - start <= 90


def test_windows_are_reproducible_and_need_no_row_order() -> None:
    truth = together(walker(range(1, 400)), walker(range(1, 400), person=2, y=40))
    hidden = blank_windows(truth, 7, 0.2, 25)
    assert hidden.any()
    swapped = together(walker(range(1, 400), person=2, y=40), walker(range(1, 400)))
    again = blank_windows(swapped, 7, 0.2, 25)
    assert {*zip(truth.frames[hidden].tolist(), truth.ids[hidden].tolist(), strict=True)} == {
        *zip(swapped.frames[again].tolist(), swapped.ids[again].tolist(), strict=True)
    }
    assert (blank_windows(truth, 8, 0.2, 25) != hidden).any()


def test_the_share_is_met_on_average() -> None:
    truth = together(*(walker(range(1, 751), person=k, y=200 * k) for k in range(10)))
    shares = [blank_windows(truth, seed, 0.1, 25).mean() for seed in range(10)]
    assert np.mean(shares) == pytest.approx(0.1, abs=0.015)


def test_windows_prefer_crowds() -> None:
    # They stand alone until frame 150 and beside somebody after that.
    standing = walker(range(1, 301), speed=0)
    other = walker(range(151, 301), person=2, speed=0, y=50)
    truth = together(standing, other)
    in_crowd = []
    for seed in range(40):
        hidden = blank_windows(truth, seed, 0.1, 25) & (truth.ids == 1)
        in_crowd += (truth.frames[hidden] > 150).tolist()
    assert np.mean(in_crowd) > 0.7


def test_what_is_written_is_what_is_scored_as_hidden(tmp_path: Path) -> None:
    # The thinned detections and the hidden rows of the evaluation make up the truth, exactly.
    truth = together(walker(range(1, 200)), walker(range(1, 200), person=2, y=400))
    (tmp_path / "gt.txt").write_text(mot_lines(truth))
    options = Options(blank=(3, 0.2), fps=25)
    (det,) = write_blanked(tmp_path / "gt.txt", tmp_path / "det.txt", options)
    kept = [line.split(",") for line in det.read_text().splitlines()]
    assert {line[1] for line in kept} == {"-1"}
    table(seen(range(1, 200))).to_csv(tmp_path / "tracks.csv")
    evaluation = evaluate(tmp_path / "gt.txt", [tmp_path / "tracks.csv"], options)
    scores = evaluation.trackers[0].combined.permanence
    assert scores is not None
    assert len(scores.gap) == len(truth) - len(kept) > 0


def test_hidden_rows_come_from_the_visibility_column(tmp_path: Path) -> None:
    # Column 9: 1 is seen, 0.5 is hidden (hockey); frames count from 0 there, which is said.
    truth = walker(range(1, 11))
    lines = [
        f"{f - 1},1,{10 * f - 20},0,40,100,1,3,{0.5 if f > 7 else 1.0}\n"
        for f in truth.frames.tolist()
    ]
    (tmp_path / "gt.txt").write_text("".join(lines))
    rows = seen(range(1, 8)) + [(f, 1, H, 10.0 * f, 1.0) for f in (8, 9, 10)]
    table(rows).to_csv(tmp_path / "tracks.csv")
    evaluation = evaluate(tmp_path, [tmp_path / "tracks.csv"], Options(hidden_at=0.5))
    scores = evaluation.trackers[0].combined.permanence
    assert scores is not None
    assert (len(scores.gap), scores.guesses["tracker"].recall) == (3, 1)
    assert any("frames count from 0" in str(r) for r in evaluation.mistakes)


def test_two_sources_of_hidden_rows_are_one_too_many() -> None:
    with pytest.raises(EvaluateError, match="say two things"):
        Options(blank=(1, 0.1), hidden_at=0.5)


def test_detections_cannot_be_thinned_by_nothing(tmp_path: Path) -> None:
    (tmp_path / "gt.txt").write_text(mot_lines(walker(range(1, 5))))
    with pytest.raises(EvaluateError, match="--write-detections needs --blank"):
        write_blanked(tmp_path / "gt.txt", tmp_path / "det.txt", Options())
    assert not (tmp_path / "det.txt").exists()
