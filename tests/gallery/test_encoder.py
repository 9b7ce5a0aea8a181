"""Encoders: any crop in, a unit vector out, the same one in any company."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gallery.reid.base import Encoder, EncoderError
from gallery.reid.encoder import ENCODERS, load_encoder


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Converted networks are kept for these tests, not for the user."""
    folder = tmp_path_factory.getbasetemp() / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))


BLUE, GREEN, RED = (200, 10, 10), (10, 200, 10), (10, 10, 200)
Picture = np.ndarray[Any, np.dtype[np.uint8]]


def plain(colour: tuple[int, int, int], height: int = 60, width: int = 24) -> Picture:
    return np.full((height, width, 3), colour, np.uint8)


def person(shirt: tuple[int, int, int], grass: tuple[int, int, int] = GREEN) -> Picture:
    """A shirt above white shorts on grass."""
    picture = plain(grass, 80, 32)
    picture[10:45, 8:24] = shirt
    picture[45:75, 8:24] = 235
    return picture


def noise(rng: np.random.Generator, height: int, width: int) -> Picture:
    return rng.integers(0, 256, (height, width, 3), np.uint8)


def save_mean_network(
    folder: Path, size: tuple[int, int] = (16, 8), channels_first: bool = True, batch: int = 1
) -> Path:
    """An OpenVINO network whose vector is the mean of each of its three input channels."""
    import openvino
    from openvino import opset13 as ops

    shape = [batch, 3, *size] if channels_first else [batch, *size, 3]
    crops = ops.parameter(shape, np.float32, name="data")
    axes = np.array([2, 3] if channels_first else [1, 2])
    model = openvino.Model([ops.reduce_mean(crops, axes, False)], [crops])
    path = folder / f"mean-{'chw' if channels_first else 'hwc'}.xml"
    openvino.save_model(model, path)
    return path


def save_osnet(folder: Path, wrap: Callable[[dict[str, Any]], Any] = dict) -> Path:
    """An OSNet with random weights, a quarter of the smallest one published."""
    import torch

    from gallery.reid.osnet import OSNet

    torch.manual_seed(3)
    torch.set_num_threads(1)  # a test machine is shared
    state = OSNet((4, 16, 24, 32), dim=20).state_dict()
    state["classifier.weight"] = torch.zeros(5, 20)
    torch.save(wrap(state), folder / "osnet.pth")
    return folder / "osnet.pth"


def as_safetensors(checkpoint: Path) -> Path:
    import torch
    from safetensors.torch import save_file

    path = checkpoint.with_suffix(".safetensors")
    save_file(torch.load(checkpoint, weights_only=True), path)
    return path


@pytest.fixture(params=[key for key in ENCODERS if key != ".onnx"])
def encoder(request: pytest.FixtureRequest, tmp_path: Path) -> Encoder:
    """Every registered encoder; ONNX files share the code of `.xml` and need ../shared."""
    specs = {
        ".xml": save_mean_network,
        ".pth": save_osnet,
        ".safetensors": lambda folder: as_safetensors(save_osnet(folder)),
    }
    make = specs.get(request.param)
    return load_encoder(str(make(tmp_path)) if make else request.param)


def test_rows_are_unit_vectors_whatever_the_size(encoder: Encoder) -> None:
    rng = np.random.default_rng(0)
    sizes = [(1, 1), (1, 300), (400, 2), (60, 24), (700, 300)]
    rows = encoder.encode([noise(rng, *size) for size in sizes])
    assert rows.shape == (len(sizes), encoder.dim)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


def test_no_crops_and_empty_crops(encoder: Encoder) -> None:
    assert encoder.encode([]).shape == (0, encoder.dim)
    rows = encoder.encode([plain(RED), plain(RED, 0, 7), plain(RED, 7, 0), plain(BLUE)])
    assert np.isnan(rows[1:3]).all()
    assert np.isfinite(rows[[0, 3]]).all()


def test_a_crops_vector_does_not_depend_on_its_company(encoder: Encoder) -> None:
    rng = np.random.default_rng(1)
    crops = [noise(rng, 40 + i, 20 + i) for i in range(7)]
    together = encoder.encode(crops)
    alone = np.concatenate([encoder.encode([crop]) for crop in crops])
    np.testing.assert_allclose(together, alone, atol=1e-5)
    np.testing.assert_array_equal(encoder.encode(crops), together)
    np.testing.assert_allclose(encoder.encode(crops[::-1])[::-1], together, atol=1e-5)


def test_crops_are_left_as_they_were(encoder: Encoder) -> None:
    crop = noise(np.random.default_rng(2), 50, 20)
    before = crop.copy()
    encoder.encode([crop[:, ::-1]])
    np.testing.assert_array_equal(crop, before)


def test_openvino_networks_get_bgr_as_it_is(tmp_path: Path) -> None:
    rows = load_encoder(str(save_mean_network(tmp_path))).encode([plain((30, 0, 40))])
    np.testing.assert_allclose(rows, [[0.6, 0, 0.8]], atol=1e-5)


def test_preprocessing_can_be_chosen(tmp_path: Path) -> None:
    path = save_mean_network(tmp_path)
    raw, imagenet = load_encoder(f"{path}@raw"), load_encoder(f"{path}@imagenet")
    rgb = np.array([RED[2], RED[1], RED[0]])
    expected = (rgb - [123.675, 116.28, 103.53]) / [58.395, 57.12, 57.375]
    rows = imagenet.encode([plain(RED)])
    np.testing.assert_allclose(rows[0], expected / np.linalg.norm(expected), atol=1e-4)
    assert raw.fingerprint == load_encoder(str(path)).fingerprint != imagenet.fingerprint


@pytest.mark.parametrize("channels_first", [True, False])
def test_size_and_layout_come_from_the_network(tmp_path: Path, channels_first: bool) -> None:
    crop = np.concatenate([plain(RED, 20, 60), plain(BLUE, 40, 60)])  # one third above two
    path = save_mean_network(tmp_path, (12, 30), channels_first, batch=4)
    row = load_encoder(str(path)).encode([crop])[0]
    assert row[0] / row[2] == pytest.approx((2 * 200 + 10) / (2 * 10 + 200), rel=0.05)


def test_osnet_is_read_from_training_checkpoints(tmp_path: Path) -> None:
    crops = [noise(np.random.default_rng(4), 100, 40)]
    plainly = load_encoder(str(save_osnet(tmp_path))).encode(crops)

    def checkpoint(state: dict[str, Any]) -> dict[str, Any]:
        return {"state_dict": {f"module.{k}": v for k, v in state.items()}, "epoch": 60}

    assert plainly.shape == (1, 20)
    again = load_encoder(str(save_osnet(tmp_path, checkpoint))).encode(crops)
    np.testing.assert_array_equal(plainly, again)


def save_pooled_onnx(path: Path, dim: int = 768) -> Path:
    """A network of the form of OpenCV's YoutuReID: (1, 3, 256, 128) to (1, 768, 1, 1)."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    rng = np.random.default_rng(0)
    weights = numpy_helper.from_array(rng.normal(size=(dim, 3, 1, 1)).astype(np.float32), "w")
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["crop", "w"], ["mixed"]),
            helper.make_node("GlobalAveragePool", ["mixed"], ["vector"]),
        ],
        "pooled",
        [helper.make_tensor_value_info("crop", TensorProto.FLOAT, [1, 3, 256, 128])],
        [helper.make_tensor_value_info("vector", TensorProto.FLOAT, [1, dim, 1, 1])],
        [weights],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)]), path)
    return path


def test_an_onnx_network_of_768_values_gets_rgb_as_in_imagenet(tmp_path: Path) -> None:
    encoder = load_encoder(str(save_pooled_onnx(tmp_path / "net.onnx")))
    assert (encoder.dim, encoder.size) == (768, (256, 128))  # type: ignore[attr-defined]
    rgb = np.array([RED[2], RED[1], RED[0]])
    values = (rgb - [123.675, 116.28, 103.53]) / [58.395, 57.12, 57.375]
    expected = np.random.default_rng(0).normal(size=(768, 3)).astype(np.float32) @ values
    (row,) = encoder.encode([plain(RED)])
    np.testing.assert_allclose(row, expected / np.linalg.norm(expected), atol=1e-4)


def test_a_checkpoint_says_the_same_as_safetensors(tmp_path: Path) -> None:
    crops = [noise(np.random.default_rng(4), 100, 40)]
    path = save_osnet(tmp_path)
    pickled, plain_ = (load_encoder(str(f)).encode(crops) for f in (path, as_safetensors(path)))
    np.testing.assert_array_equal(pickled, plain_)


@pytest.mark.shared
def test_osnet_equals_its_onnx_twin(shared: Path) -> None:
    rng = np.random.default_rng(5)
    crops = [noise(rng, 90, 40), person(RED), person(BLUE), plain(GREEN, 300, 120)]
    twins = [
        load_encoder(str(shared / f"weights/osnet_x0_25_msmt17{e}")) for e in (".pth", ".onnx")
    ]
    ours, theirs = (twin.encode(crops) for twin in twins)
    assert ours.shape == (4, 512)
    np.testing.assert_allclose(ours, theirs, atol=1e-4)


@pytest.mark.shared
def test_open_model_zoo_networks_want_bgr(shared: Path) -> None:
    """One person under changed light stays nearest to themselves, if colours come in order."""
    path = shared / "weights/reid-omz/person-reidentification-retail-0288.xml"
    reid = load_encoder(str(path))
    assert reid.dim == 256
    rows = reid.encode([person(RED), (person(RED) * 0.9).astype(np.uint8), person(BLUE)])
    assert rows[0] @ rows[1] > rows[0] @ rows[2] + 0.1


def test_many_crops_are_encoded_like_few() -> None:
    rng = np.random.default_rng(7)
    stripes, crops = load_encoder("stripes"), [noise(rng, 30, 12) for _ in range(70)]
    alone = np.concatenate([stripes.encode(crops[i : i + 1]) for i in range(70)])
    np.testing.assert_allclose(stripes.encode(crops), alone, atol=1e-6)


def test_stripes_tell_shirts_apart_and_count_the_middle_most() -> None:
    stripes = load_encoder("stripes")
    red, darker, blue, on_clay = stripes.encode(
        [person(RED), (person(RED) * 0.9).astype(np.uint8), person(BLUE), person(RED, RED)]
    )
    assert red @ darker > red @ on_clay > red @ blue


def test_stripes_know_above_from_below_but_not_left_from_right() -> None:
    stripes = load_encoder("stripes")
    picture = noise(np.random.default_rng(6), 64, 32) // 4 + person(RED)[:64]
    rows = stripes.encode([picture, picture[:, ::-1], picture[::-1]])
    np.testing.assert_allclose(rows[0], rows[1], atol=1e-4)
    assert rows[0] @ rows[2] < 0.9


def test_stripes_hardly_change_with_a_grey_level() -> None:
    """Votes are shared between neighbouring bins, so no level is a cliff."""
    stripes = load_encoder("stripes")
    rows = stripes.encode([plain((v, v, v)) for v in range(256)])
    assert (rows[1:] * rows[:-1]).sum(1).min() > 0.95
    hues = stripes.encode([plain((200 - h, 0, h)) for h in range(200)])
    assert (hues[1:] * hues[:-1]).sum(1).min() > 0.95


def broken_files(folder: Path) -> dict[str, str]:
    """Case -> spec of an encoder that cannot be loaded."""
    import torch

    whole = save_mean_network(folder)
    orphan = folder / "orphan.xml"
    orphan.write_bytes(whole.read_bytes())
    for name in (
        "text.xml", "text.onnx", "text.pth", "text.safetensors", "empty.pth", "empty.onnx"
    ):  # fmt: skip
        (folder / name).write_text("" if "empty" in name else "not a network")
        (folder / name).with_suffix(".bin").write_bytes(b"")
    torch.save({"conv1.conv.weight": torch.zeros(4, 3, 7, 7)}, folder / "resnet.pth")
    torch.save([1, 2], folder / "list.pth")
    torch.save({"state_dict": Path("run me")}, folder / "pickle.pth")
    return {
        "unknown name": "strips",
        "wrong ending": str(whole.with_suffix(".bin")),
        "missing": str(folder / "none.onnx"),
        "a folder": str(folder),
        "without weights": str(orphan),
        "text as IR": str(folder / "text.xml"),
        "text as ONNX": str(folder / "text.onnx"),
        "nothing as ONNX": str(folder / "empty.onnx"),
        "text as checkpoint": str(folder / "text.pth"),
        "text as safetensors": str(folder / "text.safetensors"),
        "weights by a name that are not at hand": "reid-0277",
        "nothing as checkpoint": str(folder / "empty.pth"),
        "another network's weights": str(folder / "resnet.pth"),
        "no weights": str(folder / "list.pth"),
        "a pickled object": str(folder / "pickle.pth"),
        "an unknown preprocessing": f"{whole}@fast",
    }


def test_bad_encoders_are_one_line_that_names_the_file(tmp_path: Path) -> None:
    for case, spec in broken_files(tmp_path).items():
        with pytest.raises(EncoderError) as caught:
            load_encoder(spec)
        message = str(caught.value)
        assert len(message.splitlines()) == 1, case
        assert Path(spec).name.split("@")[0] in message, case
        assert len(message) < 500, case


@pytest.mark.shared
def test_a_detector_is_no_encoder(shared: Path) -> None:
    for name in ("yolox_nano.onnx", "yolo11n_int8_openvino_model/yolo11n.xml"):
        with pytest.raises(EncoderError, match="re-identification"):
            load_encoder(str(shared / "weights" / name))


def test_fingerprints_tell_networks_apart(tmp_path: Path) -> None:
    encoders = [
        load_encoder("stripes"),
        load_encoder(str(save_mean_network(tmp_path))),
        load_encoder(str(save_mean_network(tmp_path, channels_first=False))),
        load_encoder(str(save_osnet(tmp_path))),
    ]
    assert len({encoder.fingerprint for encoder in encoders}) == 4
    assert load_encoder("stripes").fingerprint == encoders[0].fingerprint


@pytest.mark.parametrize("spec", ["stripes@torch", "stripes@raw"])
def test_colours_are_no_network(spec: str) -> None:
    with pytest.raises(EncoderError, match="no network"):
        load_encoder(spec)
