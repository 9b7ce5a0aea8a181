"""Whom the classes of a model are, by their names alone."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gallery.io.spelling import printable
from tracker.detection.class_names import ClassKinds, folded
from tracker.detection.class_words import ClassKind, meaning
from tracker.detection.detector import DetectorError
from tracker.limits import MAX_CLASSES

ROSTER = ["Ada Novak", "Bea", "Zoë Ruiz"]
COCO = ["person", "bicycle", "car", "motorcycle", "airplane", "bus", "train", "bird", "orange"]


def kinds(names: list[str], players: list[str] | None = None, all_players: bool = False) -> str:
    """The kind of each class, the kept ones with a star, as `name* neither`."""
    of = ClassKinds.of(dict(enumerate(names)), players, all_players)
    return " ".join(f"{k}{'*' if i in of.kept else ''}" for i, k in enumerate(of.kinds))


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (COCO, "person*" + " neither" * 8),
        (["person", "bicycle", "player"], "person* neither player"),
        (["ball", "goalkeeper", "Player", "referee"], "neither goalkeeper* player* referee*"),
        (["players", "Goalies", "umpire", "official"], "player* goalkeeper* referee* referee*"),
        (["team A player", "teamBplayers", "goal_keeper"], "player* player* goalkeeper*"),
        (["player", "head coach", "staff", "fans"], "player* staff staff crowd"),
        (["coach", "spectators"], "staff* crowd*"),
        (["pedestrian", "people", "car"], "person* person* neither"),
        (["thing"], "person*"),
        (["", ""], "person* person*"),
        (["class0", "class1"], "person* person*"),
        (["red", "blue"], "player* player*"),
        (["Player_O1", "Player_O2"], "name* name*"),
        (["player 7", "player 9", "ball", "referee"], "name* name* neither referee*"),
        (["Player_O1", "ball"], "player* neither"),
        (["team right 31", "team left 31"], "name* name*"),
        (["Ada Novak", "Lonzo Ball", "Bingbing Fan", "Gary Player"], "name* name* name* name*"),
        (["Ada Novak", "Bea", "keeper"], "name* name* goalkeeper*"),
        (["person", "Ada Novak", "Bea"], "person* neither neither"),
        (["Ada Novak", "Bea", "_other"], "name* name* person*"),
        (["Ada Novak", "_referee", "_person", "_ball"], "name* referee* person* neither"),
        (["ball", "_other"], "neither person*"),
    ],
)
def test_without_a_roster_words_decide(names: list[str], expected: str) -> None:
    assert kinds(names) == expected


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["ada_novak", "BEA", "zoe\u0308ruiz"], "name* name* name*"),
        (["person", "Bea", "car"], "person* name* neither"),
        (["Ada Novak", "Stranger", "referee"], "name* player* referee*"),
        (["Ada Novak", "Stranger", "ball"], "name* neither neither"),
        (["Kim", "Lee"], "player* player*"),
        (["player", "goalkeeper", "ball"], "player* goalkeeper* neither"),
        (COCO, "person*" + " neither" * 8),
    ],
)
def test_a_roster_knows_its_players(names: list[str], expected: str) -> None:
    assert kinds(names, ROSTER) == expected


def test_a_player_called_as_a_thing_is_meant_where_others_are() -> None:
    assert kinds(COCO, ["Bird", "Ada"]) == "person*" + " neither" * 8
    assert kinds(["person", "Bird", "Ada"], ["Bird", "Ada"]) == "person* name* name*"
    assert kinds(["Bird", "kite"], ["Bird", "Ada"]) == "name* neither"


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["person", "Ada", "Bea"], "person* name* name*"),
        (["Ada", "ball", "referee"], "name* neither referee*"),
        (["player", "Kim", "Player_3"], "player* name* name*"),
        (["red", "blue"], "name* name*"),
    ],
)
def test_the_word_of_the_user_makes_all_others_players(names: list[str], expected: str) -> None:
    assert kinds(names, None, all_players=True) == expected


def test_players_beyond_the_roster_come_behind_it() -> None:
    of = ClassKinds.of({0: "Kim", 1: "BEA", 2: "Lee", 3: "kim"}, ROSTER, all_players=True)
    assert of.players == (3, 1, 4, 3)
    assert of.roster == (*ROSTER, "Kim", "Lee")


@pytest.mark.parametrize(
    ("names", "all_players", "said"),
    [
        (["car", "truck", "bus", "van"], False, "its classes are car, truck, bus, ...: no people"),
        (["car", "truck"], True, "no players among them; leave out --players-from-detector"),
        (COCO, True, "no players among them; leave out --players-from-detector"),
        (["Ada", "Bea", "ball"], False, "--players-from-detector takes them as players"),
        ([], False, "no classes"),
        ([f"n{i}x" for i in range(2000)], False, f"at most {MAX_CLASSES}"),
    ],
)
def test_what_cannot_be_followed_is_one_line(
    names: list[str], all_players: bool, said: str
) -> None:
    with pytest.raises(DetectorError) as caught:
        kinds(names, None, all_players)
    assert said in str(caught.value)
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize(
    ("names", "players", "said"),
    [
        (
            ["Ann", "Bea", "Cid", "Dee"],
            None,
            ["4 classes are taken as players (Ann, Bea, Cid, ...)"],
        ),
        (["Ada Novak", "Bea"], ROSTER, ["2 classes are known from the gallery (Ada Novak, Bea)"]),
        (["player", "referee", "ball"], None, []),
        (["player", "referee", "ball"], ROSTER, []),
        (COCO, ROSTER, []),
        (
            ["Ada", "ada", "a\x1b[2J\nb"],
            None,
            ["3 classes are taken as players (Ada, ada, a [2J b)", "2 classes are one player, Ada"],
        ),
        (
            ["Bea", "Kim"],
            ROSTER,
            [
                "1 class is known from the gallery (Bea)",
                "1 class is not in the gallery (Kim): boxes without a name; "
                "--players-from-detector takes them as players",
            ],
        ),
    ],
)
def test_what_was_decided_is_said_where_it_concerns_names(
    names: list[str], players: list[str] | None, said: list[str]
) -> None:
    assert list(ClassKinds.of(dict(enumerate(names)), players).notes) == said


def test_who_is_none_of_the_players_is_never_one() -> None:
    names = {0: "Ada Novak", 1: "_other", 2: "_Bea"}
    for players in (None, ["Ada Novak", "Other", "Bea"]):
        for all_players in (False, True):
            of = ClassKinds.of(names, players, all_players)
            assert of.players == (0, -1, -1)
            assert ClassKinds.again(of.names, of.kinds, players, all_players) == replace(
                of, notes=()
            )


@pytest.mark.parametrize(
    ("players", "all_players", "expected"),
    [
        (None, False, "name name referee person"),
        (["bea", "Zoe"], False, "player name referee person"),
        (["bea", "Zoe"], True, "name name referee person"),
    ],
)
def test_names_that_were_asked_for_stay_names(
    players: list[str] | None, all_players: bool, expected: str
) -> None:
    """`--players-from-detector` took them; that is not said again when all is observed."""
    names = {0: "Ada", 1: "Bea", 2: "referee", 3: "person", 4: "ball"}
    columns = ClassKinds.of(names, None, True).columns
    again = ClassKinds.again(columns.names, columns.kinds, players, all_players)
    assert " ".join(again.kinds) == expected
    assert [again.roster[i] for i in again.players if i >= 0][-1] == (
        "Bea" if not players else "bea"
    )


def test_columns_are_of_people_who_are_told_apart() -> None:
    def columns(*names: str) -> tuple[str, ...]:
        return ClassKinds.of(dict(enumerate(names))).columns.names

    assert columns("person", "car") == ()
    assert columns("player", "ball") == ()
    assert columns("pedestrian", "people") == ()
    assert columns("ball", "player", "referee") == ("player", "referee")
    assert columns("human", "player") == ("human", "player")


NAMES = st.one_of(
    st.text(max_size=30),
    st.sampled_from([*COCO, *ROSTER, "player", "referee", "Player_O1", "ball", "", "fans", "red"]),
)
SPELLINGS = st.sampled_from(
    [
        str.upper,
        str.lower,
        lambda name: name.strip().replace(" ", "_"),  # in front it is of no player
        lambda name: f" {name}\t",
        lambda name: unicodedata.normalize("NFD", name),
        lambda name: "".join(name.split()),
    ]
)


@given(st.lists(NAMES, max_size=8), st.none() | st.lists(NAMES, max_size=4), st.booleans())
def test_any_names_are_decided_or_refused_in_one_line(
    names: list[str], players: list[str] | None, all_players: bool
) -> None:
    try:
        of = ClassKinds.of(dict(enumerate(names)), players, all_players)
    except DetectorError as error:
        refused = str(error)
    else:
        _assert_sound(of, len(names), players or [])
        refused = ""
    assert printable(refused) == refused
    assert "\n" not in refused


def _assert_sound(of: ClassKinds, count: int, players: list[str]) -> None:
    assert len(of.names) == len(of.kinds) == len(of.players) == count
    assert of.roster[: len(players)] == tuple(players)
    for kind, player in zip(of.kinds, of.players, strict=True):
        assert (kind is ClassKind.NAME) == (0 <= player < len(of.roster))
    assert of.kept
    assert ClassKind.NEITHER not in of.columns.kinds
    assert set(of.columns.numbers) <= set(of.kept)
    for text in (*of.notes, *of.names):
        assert printable(text) == text
        assert "\n" not in text


@given(st.lists(NAMES, min_size=1, max_size=6), st.none() | st.just(ROSTER), st.booleans())
def test_the_order_of_classes_never_matters(
    names: list[str], players: list[str] | None, all_players: bool
) -> None:
    def decided(order: list[str]) -> object:
        try:
            of = ClassKinds.of(dict(enumerate(order)), players, all_players)
        except DetectorError:
            return None
        who = [of.roster[i] if i >= 0 else "" for i in of.players]
        return sorted(zip(of.names, of.kinds, map(folded, who), strict=True))

    assert decided(names) == decided(names[::-1])


@given(st.sampled_from(ROSTER), SPELLINGS, SPELLINGS)
def test_no_spelling_hides_a_player(name, one, other) -> None:  # type: ignore[no-untyped-def]
    of = ClassKinds.of({0: "person", 1: one(other(name))}, ROSTER)
    assert of.players == (-1, ROSTER.index(name))


@given(st.text(alphabet="goalpstemrdhi x_", max_size=300))
def test_no_name_takes_long_to_read(name: str) -> None:
    meaning(name)
