"""Drawn shirts and the net that is taught with them: `scripts/train/`."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from export_number_net import folded
from shirts.cloth import drawn_cloth
from shirts.faces import Face, block_faces
from shirts.net import NumberNet
from shirts.sample import Sample, drawn_samples
from train_number_net import Batches, loss_of, tensors

from tracker.observation.number_net import compiled


@pytest.fixture(scope="module")
def faces() -> list[Face]:
    return block_faces(6)


def some(faces: list[Face], count: int, hard: float) -> list[Sample]:
    return [s for n in range(count) for s in drawn_samples(np.random.default_rng(n), faces, hard)]


def test_the_ten_digits_of_a_style_differ(faces: list[Face]) -> None:
    for face in faces:
        assert len({digit.tobytes() for digit in face.digits}) == 10
        assert all(digit.max() > 200 for digit in face.digits)


def test_a_drawing_is_the_same_whoever_draws_it(faces: list[Face]) -> None:
    a, b = (Batches(faces, 100)[7] for _ in range(2))
    assert all(torch.equal(a[key], b[key]) for key in a)
    assert not torch.equal(a["pictures"], Batches(faces, 100)[8]["pictures"])


def test_most_easy_shirts_can_be_read_and_hard_ones_less(faces: list[Face]) -> None:
    easy, hard = (np.mean([s.legible == 1 for s in some(faces, 60, h)]) for h in (0.1, 1.0))
    assert easy > 0.6
    assert hard < easy - 0.15


def test_a_shirt_without_a_number_is_never_legible(faces: list[Face]) -> None:
    without = [s for s in some(faces, 80, 0.5) if not s.has_number]
    assert without
    assert all(s.legible == 0 or s.has_number for s in without)


def test_the_place_of_a_number_is_in_its_window_and_as_high_as_a_number(
    faces: list[Face],
) -> None:
    legible = [s for s in some(faces, 60, 0.0) if s.legible == 1]
    inside = [(s.place[:2] > 0).all() and (s.place[:2] < 1).all() for s in legible]
    assert np.mean(inside) > 0.98
    assert all(0.05 < np.hypot(*s.place[4:]) < 1.2 for s in legible)


def test_a_number_is_turned_as_its_shirt_is(faces: list[Face]) -> None:
    """Upright where nobody leans; narrower than high, or as much, where somebody turns."""
    easy = np.array([s.place[2:] for s in some(faces, 40, 0.0)[::2] if s.legible == 1])
    assert np.abs(np.arctan2(easy[:, 2], easy[:, 3])).max() < 0.3
    hard = np.array([s.place[2:] for s in some(faces, 80, 1.0)[::2] if s.has_number])
    broad = [np.hypot(*p[:, :2].T) / np.hypot(*p[:, 2:].T) for p in (easy, hard)]
    assert np.percentile(broad[1], 20) < np.percentile(broad[0], 20) - 0.1


def test_a_number_seen_from_near_stands_straight(faces: list[Face]) -> None:
    """The second window undoes the turn, but for the mistakes of a first look."""
    turned = [s.place[2:] for s in some(faces, 120, 1.0)[1::2] if s.legible == 1]
    lean = np.array([np.arctan2(p[2], p[3]) for p in turned])
    assert np.std(lean) < 0.25


def test_a_number_lies_on_the_cloth_digit_by_digit(faces: list[Face]) -> None:
    rng = np.random.default_rng(3)
    cloths = [drawn_cloth(rng, faces, True, True) for _ in range(30)]
    for cloth in cloths:
        there = set(np.unique(cloth.digits).tolist()) - {0}
        assert there == set(range(1, len(cloth.number) + 1))
        if len(cloth.number) == 2:
            first, second = (np.nonzero(cloth.digits == n)[1].mean() for n in (1, 2))
            assert first < second


def test_the_net_of_the_package_is_the_net_that_was_taught() -> None:
    """Norms folded, weights halved, run by OpenVINO: the same answers."""
    torch.manual_seed(0)
    net = NumberNet()
    for module in net.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.uniform_(-0.2, 0.2)
            module.running_var.uniform_(0.5, 1.5)
    net.eval()
    run = compiled({k: v.astype(np.float32) for k, v in folded(net).items()})
    pictures = np.random.default_rng(0).integers(0, 256, (3, 64, 64, 3)).astype(np.uint8)
    with torch.no_grad():
        taught = net(torch.from_numpy(pictures.transpose(0, 3, 1, 2).copy()).float() / 255).numpy()
    for picture, row in zip(pictures, taught, strict=True):
        np.testing.assert_allclose(run(picture[None])[0][0], row, atol=0.02)


def test_a_few_steps_make_the_loss_smaller(faces: list[Face]) -> None:
    torch.manual_seed(0)
    batch = tensors(some(faces, 8, 0.0))
    net = NumberNet()
    optimizer = torch.optim.AdamW(net.parameters(), 2e-3)
    losses = []
    for _ in range(12):
        loss = loss_of(net(batch["pictures"].float() / 255), batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.8 * losses[0]
