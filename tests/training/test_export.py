"""The exported net answers as torch and NumPy do, in another program; a wrong file is not left."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import openvino
import pytest
import torch
from safetensors.numpy import save

from tests.worlds.offsets import Crowd
from tracker.cli import app
from tracker.tracking.occlusion_net import BINS, OffsetNet, Scene
from tracker.training import export as exporting
from tracker.training.export import SUBJECTS, TOLERANCE, Subject, difference, drawn_scene, to_onnx
from tracker.training.network import INPUTS, OUTPUTS, Net, tensors, weights_of
from tracker.training.windows import build, choose
from tracker.types import Floats

torch.set_num_threads(1)

Answer = Callable[[Scene], tuple[Floats, Floats]]


def command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str | Path
) -> tuple[int, str, str]:
    """Exit code, stdout, stderr of `teamsheet export-onnx`."""
    monkeypatch.setattr(sys, "argv", ["teamsheet", "export-onnx", *map(str, words)])
    with pytest.raises(SystemExit) as caught:
        app.main()
    out = capsys.readouterr()
    return int(caught.value.code or 0), out.out, out.err


CARD = {"open": [True] * BINS, "note": "mine"}


def mine() -> OffsetNet:
    """A net of one's own."""
    torch.manual_seed(3)
    return OffsetNet(weights_of(Net()), dict(CARD), np.ones(BINS, bool))


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """It as a file."""
    file = tmp_path_factory.mktemp("weights") / "mine"
    file.write_bytes(save(mine().weights, {"card": json.dumps(CARD)}))
    return file


@pytest.fixture(scope="module")
def traced(weights: Path) -> bytes:
    """It as ONNX; tracing takes seconds, so it is done once."""
    return to_onnx(SUBJECTS["offsets"](weights))


def runs(data: bytes) -> Answer:
    """The file, run by OpenVINO."""
    core = openvino.Core()
    exact = {"INFERENCE_PRECISION_HINT": "f32"}
    compiled = core.compile_model(core.read_model(data), "CPU", exact)

    def answer(scene: Scene) -> tuple[Floats, Floats]:
        got = compiled({name: getattr(scene, name) for name in INPUTS})
        return got[OUTPUTS[0]], got[OUTPUTS[1]]

    return answer


@pytest.fixture(scope="module")
def exported(traced: bytes) -> Answer:
    return runs(traced)


# --------------------------------------------------------------------- answers


def agrees(net: OffsetNet, exported: Answer, scene: Scene) -> None:
    """With torch to the tolerance, with the tracker's own pass as closely as that is with torch."""
    twin = Net()
    twin.load_state_dict({k: torch.from_numpy(v) for k, v in net.weights.items()})
    with torch.no_grad():
        wanted = [part.numpy() for part in twin(*tensors(scene))]
    for got, want in zip(exported(scene), wanted, strict=True):
        assert got.shape == want.shape
        np.testing.assert_allclose(got, want, atol=TOLERANCE, rtol=0)
    said = net.predict(scene)
    mean, log_variance = exported(scene)
    np.testing.assert_allclose(mean, said.moved, atol=2e-5)
    np.testing.assert_allclose(np.exp(log_variance / 2), said.std, rtol=2e-5)


@pytest.mark.parametrize("hidden", [1, 2, 9])
@pytest.mark.parametrize("others", [0, 1, 2, 16, 30])
def test_any_number_of_hidden_and_of_others(hidden: int, others: int, exported: Answer) -> None:
    agrees(mine(), exported, drawn_scene(hidden, others, np.random.default_rng(hidden)))


def test_windows_of_a_crowd(exported: Answer) -> None:
    """Some are out of sight for a while; the camera pans."""
    clip = Crowd(20, pan=(150, 20)).clip(6.0)
    rng = np.random.default_rng(0)
    clip.hidden[rng.random(clip.hidden.shape) < 0.2] = True
    scene = build(clip, choose(clip, 100, rng)).scene
    assert np.isnan(scene.own).any()
    assert np.isnan(scene.others).any()
    agrees(mine(), exported, scene)


@pytest.mark.parametrize("unknown", ["own", "others", "since"])
def test_nothing_known(unknown: str, exported: Answer) -> None:
    scene = drawn_scene(3, 4, np.random.default_rng(1))
    getattr(scene, unknown)[:] = np.nan
    agrees(mine(), exported, scene)


# ------------------------------------------------------------------- the file


def test_the_file_is_valid_and_says_what_it_is(traced: bytes) -> None:
    model = onnx.load_from_string(traced)
    onnx.checker.check_model(model, full_check=True)
    assert tuple(i.name for i in model.graph.input) == INPUTS
    assert tuple(o.name for o in model.graph.output) == OUTPUTS
    free = {
        i.name: [d.dim_param for d in i.type.tensor_type.shape.dim if d.dim_param]
        for i in model.graph.input
    }
    both = ["hidden", "others"]
    assert free == {"gap_s": ["hidden"], "own": ["hidden"], "others": both, "since": both}
    (card,) = model.metadata_props
    assert json.loads(card.value) == CARD


def test_the_file_tells_nothing_of_this_machine(traced: bytes) -> None:
    for word in (".py", "/site-packages", str(Path.cwd())):
        assert word.encode() not in traced


# ---------------------------------------------------------------- the command


@pytest.mark.parametrize("what", SUBJECTS)
def test_every_subject_is_checked_with_all_its_names(what: str) -> None:
    subject = SUBJECTS[what](None)
    assert len(subject.inputs) == len(subject.free)
    assert len({name for axes in subject.free for name in axes.values()}) >= 1
    assert json.loads(subject.card)
    for sample in subject.samples:
        assert len(sample) == len(subject.inputs)
        with torch.no_grad():
            assert len(subject.net(*sample)) == len(subject.outputs)
    sizes = {tuple(part.shape) for sample in subject.samples for part in sample}
    assert len(sizes) > len(subject.inputs), "samples of one size alone prove no free axis"


def test_it_is_written_whole_and_kept_until_overwrite_is_said(
    weights: Path,
    traced: bytes,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(exporting, "to_onnx", lambda subject: traced)
    out = tmp_path / "net.onnx"
    words = ("offsets", "-o", out, "--weights", weights)
    code, said, error = command(capsys, monkeypatch, *words)
    assert (code, error) == (0, "")
    assert said.startswith(f"wrote {out}; it answers as torch does, to within ")
    assert out.read_bytes() == traced
    assert [f.name for f in tmp_path.iterdir()] == ["net.onnx"]
    out.write_text("precious")
    code, said, error = command(capsys, monkeypatch, *words)
    assert (code, said) == (2, "")
    assert error == f"teamsheet: {out} exists; choose another file with -o, or add --overwrite\n"
    assert out.read_text() == "precious"
    assert command(capsys, monkeypatch, *words, "--overwrite")[0] == 0
    assert out.read_bytes() == traced


@pytest.mark.parametrize(
    ("layer", "by"), [("out.bias", 3e-5), ("out.bias", np.nan), ("token.weight", 0.01)]
)
def test_a_file_that_answers_otherwise_is_not_written(
    layer: str,
    by: float,
    traced: bytes,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What was traced differs a little from the weights that were given."""
    off = {k: v + by if k == layer else v for k, v in mine().weights.items()}
    (tmp_path / "mine").write_bytes(save(off, {"card": json.dumps(CARD)}))
    monkeypatch.setattr(exporting, "to_onnx", lambda subject: traced)
    words = ("offsets", "-o", tmp_path / "net.onnx", "--weights", tmp_path / "mine")
    code, said, error = command(capsys, monkeypatch, *words)
    assert (code, said) == (2, "")
    assert "not written, it would be off by" in error
    assert [f.name for f in tmp_path.iterdir()] == ["mine"]


def test_the_difference_is_the_largest_over_all_samples(traced: bytes, weights: Path) -> None:
    """A net that is wrong only where there is one other."""

    class Odd(Net):
        def forward(
            self, gap_s: torch.Tensor, own: torch.Tensor, others: torch.Tensor, since: torch.Tensor
        ) -> tuple[torch.Tensor, torch.Tensor]:
            mean, log_variance = super().forward(gap_s, own, others, since)
            return mean + (0.25 if others.shape[1] == 1 else 0), log_variance

    subject = SUBJECTS["offsets"](weights)
    assert difference(traced, subject) <= TOLERANCE
    odd_net = Odd()
    odd_net.load_state_dict(subject.net.state_dict())
    odd = Subject(
        odd_net, subject.inputs, subject.outputs, subject.free, subject.samples, subject.card
    )
    assert difference(traced, odd) == pytest.approx(0.25, abs=1e-4)


WRONG: dict[str, tuple[list[str], str]] = {
    "unknown": (["nonsense", "-o", "x.onnx"], "nonsense: cannot be exported; there is offsets"),
    "a folder": (["offsets", "-o", "folder", "--overwrite"], "folder is a folder"),
    "no folder": (["offsets", "-o", "no/x.onnx"], "no: no such folder; make it first"),
    "no weights": (["offsets", "-o", "x.onnx", "--weights", "none"], "none"),
    "bad weights": (["offsets", "-o", "x.onnx", "--weights", "bad"], "bad: not an offset net"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_mistake_is_one_line_and_exit_two(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words, hint = WRONG[case]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "bad").write_text("no weights")
    code, said, error = command(capsys, monkeypatch, *words)
    assert (code, said) == (2, "")
    assert hint in error
    assert len(error.splitlines()) == 1
    assert sorted(f.name for f in tmp_path.iterdir()) == ["bad", "folder"]


@pytest.mark.parametrize("missing", exporting.NEEDS)
def test_a_missing_package_is_named_with_the_command_that_brings_it(
    missing: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    code, _, error = command(capsys, monkeypatch, "offsets", "-o", tmp_path / "net.onnx")
    assert code == 2
    assert error == f'teamsheet: {missing} missing; run: pip install "teamsheet[export]"\n'
    assert not list(tmp_path.iterdir())
