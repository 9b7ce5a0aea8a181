"""Networks whose classes are players or roles: one body is one box, with all that is said of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.detection.test_detector import ALL, constant_model, one, photo, untrained
from tests.worlds.bad_inputs import command
from tests.worlds.named_network import (
    BETWEEN_ADA_AND_BEA,
    CELL,
    COLOURS,
    PLAYERS,
    painted,
    write_network,
)
from tracker.detection.class_words import ClassKind
from tracker.detection.detector import DetectorError, TiledDetector, load_detector
from tracker.observation.observer import Observer
from tracker.observation.store import Store
from tracker.settings import DetectSettings, Settings
from tracker.types import Detections, Frame, Image

SETTINGS = DetectSettings(nms_iou=0.6)
PLACES = dict(zip(PLAYERS, [(0, 0), (2, 1), (4, 3), (6, 5), (1, 6)], strict=True))


def by_place(found: Detections) -> list[Detections]:
    """Of each player of PLACES their one box."""
    assert len(found) == len(PLACES)
    corners = [tuple((box[:2] // CELL).astype(int).tolist()) for box in found.boxes]
    return [
        Detections(found.boxes[[i]], found.scores[[i]], found.classes[[i]])  # type: ignore[index]
        for i in (corners.index(place) for place in PLACES.values())
    ]


@pytest.mark.parametrize("head", ["yolo", "end2end"])
def test_the_class_of_each_box_is_the_player_painted_there(tmp_path: Path, head: str) -> None:
    detector = load_detector(str(write_network(tmp_path / "net.onnx", head)), SETTINGS)
    assert isinstance(detector, TiledDetector)
    assert detector.class_names == PLAYERS
    assert detector.class_kinds.kinds == (ClassKind.NAME,) * 5
    assert detector.notes == (
        "net.onnx: 5 classes are taken as players (Ada Novak, Bea, Cid, ...)",
    )
    found = one(detector, painted({place: COLOURS[name] for name, place in PLACES.items()}))
    for player, box in enumerate(by_place(found)):
        assert box.classes is not None
        assert box.classes.dtype == np.float32
        assert int(box.classes.argmax()) == player
        assert box.classes.max() == box.scores[0] >= 0.9


@pytest.mark.parametrize(
    ("head", "scores"), [("yolo", [0.54, 0.6, 0, 0, 0]), ("end2end", [0.54, 0.6, 0, 0, 0])]
)
def test_a_body_of_two_classes_is_one_box_with_both_scores(
    tmp_path: Path, head: str, scores: list[float]
) -> None:
    detector = load_detector(str(write_network(tmp_path / "net.onnx", head)), SETTINGS)
    found = one(detector, painted({(3, 3): BETWEEN_ADA_AND_BEA}))
    assert len(found) == 1
    assert found.classes is not None
    assert found.classes[0] == pytest.approx(scores, abs=0.01)


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 1, 0, 2)])
def test_a_roster_says_which_classes_are_players(tmp_path: Path, order: tuple[int, ...]) -> None:
    """However the gallery spells and orders them; who is not in it is found, without a name."""
    roster = [["ADA NOVAK", "bea", "cid_", "d e e"][i] for i in order]
    path = write_network(tmp_path / "net.onnx", "yolo")
    detector = load_detector(str(path), SETTINGS, players=roster)
    assert isinstance(detector, TiledDetector)
    assert detector.class_kinds.players == (*(order.index(i) for i in range(4)), -1)
    assert detector.class_kinds.kinds[4] is ClassKind.PLAYER
    assert len(one(detector, painted({(5, 5): COLOURS["Eve"]}))) == 1
    assert any("not in the gallery (Eve)" in note for note in detector.notes)


def test_beside_a_ball_the_words_of_the_user_make_players(tmp_path: Path) -> None:
    names = ["Ada Novak", "Bea", "referee", "ball", "Eve"]
    path = write_network(tmp_path / "net.onnx", "yolo", names)
    roles = load_detector(str(path), SETTINGS)
    asked = load_detector(str(path), SETTINGS, all_players=True)
    picture = painted({place: COLOURS[name] for name, place in PLACES.items()})
    assert len(one(roles, picture)) == 1
    found = one(asked, picture)
    assert asked.class_names == ("Ada Novak", "Bea", "referee", "Eve")  # type: ignore[attr-defined]
    assert len(found) == 4, "the ball is no player"
    assert found.classes is not None
    assert found.classes.shape == (4, 4)


def test_roles_keep_their_scores_and_a_person_keeps_none(tmp_path: Path) -> None:
    picture = painted({(1, 1): COLOURS["Cid"], (4, 4): COLOURS["Eve"]})
    mixed = ["ball", "goalkeeper", "player", "crowd", "referee"]
    roles = load_detector(str(write_network(tmp_path / "roles.onnx", "yolo", mixed)), SETTINGS)
    assert roles.class_names == ("goalkeeper", "player", "referee")  # type: ignore[attr-defined]
    found = one(roles, picture)
    assert found.classes is not None
    assert sorted(found.classes.argmax(axis=1).tolist()) == [1, 2]
    coco = ["bicycle", "car", "person", "bird", "player"]
    person = load_detector(str(write_network(tmp_path / "coco.onnx", "yolo", coco)), SETTINGS)
    assert person.class_names == person.notes == ()  # type: ignore[attr-defined]
    assert one(person, picture).classes is None
    assert len(one(person, picture)) == 1


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["car", "truck", "bus", "van", "taxi"], "classes are car, truck, bus, ...: no people"),
        (["Ada", "Bea", "Cid", "Dee", "puck"], "--players-from-detector takes them as players"),
    ],
)
def test_classes_that_are_no_people_are_one_line(
    tmp_path: Path, names: list[str], said: str
) -> None:
    path = write_network(tmp_path / "net.onnx", "yolo", names)
    with pytest.raises(DetectorError) as caught:
        load_detector(str(path), SETTINGS)
    assert said in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_knows_no_players_is_not_asked_for_them(tmp_path: Path) -> None:
    (tmp_path / "det.txt").write_text("1,-1,5,5,9,9,0.8\n")
    with pytest.raises(DetectorError, match="leave out --players-from-detector"):
        load_detector(str(tmp_path / "det.txt"), SETTINGS, all_players=True)


# --- heads --------------------------------------------------------------------------------------


def named(path: Path, names: list[str]) -> Path:
    """The model, which says what its classes are."""
    import openvino as ov

    model = ov.Core().read_model(path)
    model.set_rt_info(repr(dict(enumerate(names))), ["framework", "names"])
    ov.save_model(model, path.with_name("named.xml"), compress_to_fp16=False)
    return path.with_name("named.xml")


@pytest.mark.parametrize("head", ["yolox", "rtdetr", "rtdetr_scores"])
def test_other_heads_give_the_scores_they_have(tmp_path: Path, head: str) -> None:
    raw, expected = {
        "yolox": (np.full((1, 336, 8), -1e-6), [0.18, 0.72, 0.09]),
        "rtdetr": (np.zeros((1, 300, 6)), [0, 0.9, 0]),
        "rtdetr_scores": (np.full((1, 300, 7), 1e-4), [0.2, 0.9, 0.1]),
    }[head]
    if head == "yolox":
        raw[0, 50, :4] = [0.5, 0.5, np.log(3), np.log(5)]
        raw[0, 50, 4:] = [0.9, 0.2, 0.8, 0.1]
    elif head == "rtdetr":
        raw[0, 4] = [0.5, 0.5, 0.25, 0.5, 0.9, 1]
    else:
        raw[0, 4] = [0.5, 0.5, 0.25, 0.5, 0.2, 0.9, 0.1]
    path = named(constant_model(tmp_path / "raw.xml", raw), ["Ada", "Bea", "Cid"])
    found = one(load_detector(str(path), SETTINGS), photo(size=(128, 128)))
    assert found.classes is not None
    assert found.classes.tolist() == [pytest.approx(expected, abs=1e-5)]


@pytest.mark.parametrize(
    ("yaml", "changes"), [("yolo11n.yaml", {}), ("yolo26n.yaml", {"end2end": True})]
)
def test_a_pt_file_of_players_gives_their_scores(
    tmp_path: Path, yaml: str, changes: dict[str, bool]
) -> None:
    names = dict(enumerate(["Ada", "Bea", "Cid", "Dee"]))
    untrained(tmp_path / "model.pt", yaml, classes=4, names=names, **changes)
    found = one(load_detector(str(tmp_path / "model.pt"), ALL), photo())
    assert len(found) > 0
    assert found.classes is not None
    assert found.classes.shape == (len(found), 4)
    assert found.classes.max(axis=1) == pytest.approx(found.scores, abs=1e-6)


# --- tiles, and what is observed ----------------------------------------------------------------


def test_in_tiles_the_classes_follow_their_boxes(tmp_path: Path) -> None:
    path = str(write_network(tmp_path / "net.onnx", "yolo"))
    tiled = load_detector(path, SETTINGS.model_copy(update={"tiles": "2x1", "tile_overlap": 0.0}))
    picture = painted({(3, 2): COLOURS["Bea"], (12, 4): COLOURS["Eve"]}, (256, 128))
    found = one(tiled, picture)
    assert found.classes is not None
    at = found.boxes[:, 0].argsort()
    assert (found.boxes[at, 0] // CELL).tolist() == [3, 12]
    assert found.classes[at].argmax(axis=1).tolist() == [1, 4]


def test_what_is_observed_is_what_the_store_would_give_back(tmp_path: Path) -> None:
    """Half precision, and nothing below a thousandth; live as well."""

    class Sure:
        name, fingerprint, needs_images = "sure", "0", True

        def detect(self, frames: list[Frame]) -> list[Detections]:
            classes = np.array([[1 / 3, 0.0009, 0.7]], np.float32)
            box = np.array([[1, 2, 30, 40]], np.float32)
            return [Detections(box, np.ones(1, np.float32), classes) for _ in frames]

    image: Image = painted({})
    frame = Frame(0, 0.0, image)
    observer = Observer(Sure(), None, Settings())  # type: ignore[arg-type]
    (seen,) = observer.observe([frame, replace(frame, index=1)][:1])
    assert seen.classes is not None
    assert seen.classes.tolist() == [[float(np.float16(1 / 3)), 0, float(np.float16(0.7))]]
    assert seen.take(np.array([True])).classes is not None
    assert seen.take(np.array([False])).classes.shape == (0, 3)  # type: ignore[union-attr]


def test_a_run_says_what_its_classes_are_and_stores_their_scores(tmp_path: Path) -> None:
    (tmp_path / "frames").mkdir()
    for i in range(6):
        picture = painted({(2, 3): COLOURS["Dee"], (5, 3): BETWEEN_ADA_AND_BEA})
        cv2.imwrite(str(tmp_path / "frames" / f"{i + 1:06d}.png"), picture)
    path = write_network(tmp_path / "net.onnx", "yolo")
    words = ["track", str(tmp_path / "frames"), "--detector", str(path), "-o", str(tmp_path / "o")]
    ended = command(words)
    assert ended.code == 0, ended.lines
    assert any("net.onnx: 5 classes are taken as players" in line for line in ended.lines)
    store = Store.open(tmp_path / "o" / "observations")
    assert store is not None
    assert store.metadata.classes == PLAYERS
    for seen in store:
        assert seen.classes is not None
        assert seen.classes.argmax(axis=1).tolist() == [3, 1]
