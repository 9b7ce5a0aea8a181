"""Names of an anchor file against the roster, and anchors of a live source."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tracker.anchors.live import MAX_LINE, parse_line
from tracker.anchors.names import fitted, is_kind
from tracker.anchors.rows import AnchorError, AnchorRows

ROSTER = ("Ada Novak", "Béa", "Čížek")


def rows_of(*names: str, frames: tuple[int, ...] = (), sure: tuple[float, ...] = ()) -> AnchorRows:
    n = len(names)
    boxes = np.tile(np.array([1, 2, 3, 4], np.float32), (n, 1))
    return AnchorRows(
        "model", np.array(frames or range(1, n + 1)), np.full(n, np.nan), boxes,
        np.full((n, 2), np.nan, np.float32), np.arange(n), names,
        np.array(sure or [0.5] * n), np.zeros(n, bool),
    )  # fmt: skip


@pytest.mark.parametrize(
    "spelling",
    ["Ada Novak", "ada novak", "ADA  NOVAK", " AdaNovak", "Ada\u00a0Novak", "Ａda Novak"],
)
def test_case_blanks_and_unicode_form_do_not_matter(spelling: str) -> None:
    found, new = fitted(rows_of(spelling, "Be\u0301a"), ROSTER, new_players=False)
    assert found.names == ROSTER
    assert found.players.tolist() == [0, 1]
    assert new == ()


def test_an_unknown_name_offers_the_nearest() -> None:
    with pytest.raises(AnchorError) as caught:
        fitted(rows_of("Ada Nowak", "Zoe", "Ada Novak"), ROSTER, new_players=False)
    assert str(caught.value) == (
        "model: no player 'Ada Nowak' (nor 'Zoe'); did you mean Ada Novak? "
        "Else take new names with --new-players"
    )
    with pytest.raises(AnchorError, match=r"\(nor 2 more names\)"):
        fitted(rows_of("a", "b", "c"), ROSTER, new_players=False)
    with pytest.raises(AnchorError, match="no player 'a'; take new names with --new-players"):
        fitted(rows_of("a"), (), new_players=False)


def test_new_players_follow_the_roster_each_in_one_spelling() -> None:
    found, new = fitted(rows_of("zoe", "béa", "Zoe", "Yan"), ROSTER, new_players=True)
    assert new == ("zoe", "Yan")
    assert found.names == (*ROSTER, "zoe", "Yan")
    assert found.players.tolist() == [3, 1, 3, 4]


def test_two_spellings_of_one_player_in_one_frame_become_the_surer_row() -> None:
    rows = rows_of("ada novak", "Ada Novak", "Béa", frames=(4, 4, 4), sure=(0.5, 0.9, 0.1))
    found, _ = fitted(rows, ROSTER, new_players=False)
    assert found.players.tolist() == [0, 1]
    assert found.confidence.tolist() == [0.9, 0.1]
    assert "stands twice in a frame" in found.warnings[0]


def test_players_that_differ_in_case_only_must_be_spelled() -> None:
    roster = ("Ann", "ann")
    assert fitted(rows_of("ann", "Ann"), roster, False)[0].players.tolist() == [1, 0]
    with pytest.raises(AnchorError, match="'ANN' could be Ann or ann; spell it as the roster"):
        fitted(rows_of("ANN"), roster, new_players=False)


def test_a_name_that_no_row_has_is_not_asked_about() -> None:
    rows = rows_of("Béa", "Nobody").take(np.array([0]))
    assert fitted(rows, ROSTER, new_players=False)[0].players.tolist() == [1]
    assert fitted(rows, ROSTER, new_players=True)[1] == ()


def test_kinds_are_no_names() -> None:
    assert is_kind("Person")
    assert is_kind("sports ball")
    assert not is_kind("Player_O1")


# --------------------------------------------------------------------------------- live


def test_a_live_line_is_rows_of_the_roster() -> None:
    rows = parse_line('{"frame": 7, "box": [1, 2, 3, 4], "player": "béa", "score": 95}\n', ROSTER)
    assert rows.source == "live"
    assert rows.frames.tolist() == [7]
    assert rows.names == ROSTER
    assert rows.players.tolist() == [1]
    assert rows.confidence.tolist() == [0.95]
    many = {"time_s": 1.5, "anchors": [{"point": [1, 2], "player": name} for name in ROSTER]}
    assert len(parse_line(json.dumps(many).encode(), ROSTER)) == 3


def test_a_live_line_of_nobody_has_no_rows() -> None:
    for line in ("", " \n", '{"frame": 1, "anchors": []}'):
        assert len(parse_line(line, ROSTER)) == 0


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("hello", "live: not readable as JSON"), ("5", "live: not an object"),
        ('{"frame": 1, "box": [1, 2, 3, 4], "player": "Zed"}', "live: no player 'Zed'"),
        ('{"frame": -1, "box": [1, 2, 3, 4], "player": "Béa"}', "live: frames are whole numbers"),
        ('{"frame": 1, "box": [1, 2], "player": "Béa"}', "live: box is not a list of 4 numbers"),
        (b"\xff\xfe{", "live: not readable as JSON"), ("[" * 100000, "not readable as JSON"),
        ("9" * 5000, "live: not readable as JSON"), (" " * (MAX_LINE + 1), "send one frame"),
    ],
)  # fmt: skip
def test_a_wrong_live_line_is_one_error_line(line: str | bytes, fault: str) -> None:
    with pytest.raises(AnchorError) as caught:
        parse_line(line, ROSTER)
    assert fault in str(caught.value)
    assert "\n" not in str(caught.value)


# ---------------------------------------------------------------------------------- rows


def test_rows_check_their_shapes() -> None:
    good = rows_of("Ada")
    for broken in (
        {"boxes": good.boxes[:, :3]},
        {"players": np.array([5])},
        {"human": np.zeros(2)},
    ):
        fields = {name: getattr(good, name) for name in AnchorRows.__dataclass_fields__}
        with pytest.raises(ValueError, match="AnchorRows"):
            AnchorRows(**{**fields, **broken})
