"""Train a small YOLO whose classes are players: a gallery model, on the CPU, in minutes.

    python scripts/train/train_gallery_model.py DATA [DATA ...] -o model.pt [--minutes 20]

DATA, one for each match, is what `teamsheet gallery export ... --to yolo-detect -o DATA` writes.
The network is a YOLO11 with fewer layers and two scales, from nothing; the loss is Ultralytics'
own. Its trainer is not used, for it needs a torchvision that can be imported. Enough for a drawn
match; for a real one the command that `gallery export` prints begins with a network that knows
people already.
"""

from __future__ import annotations

import argparse
import copy
import sys
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from class_score import score
from labelled_sets import LabelledSet, joined, opened, read_pixels, read_set

from tracker.inference.ultralytics import import_ultralytics
from tracker.training.labelled_pictures import batch_of, canvas_size
from tracker.training.yolo_loop import Rates, average_of, fit, save_model

BACKBONE: list[list[Any]] = [
    [-1, 1, "Conv", [64, 3, 2]],
    [-1, 1, "Conv", [128, 3, 2]],
    [-1, 1, "C3k2", [128, False]],
    [-1, 1, "Conv", [256, 3, 2]],
    [-1, 1, "C3k2", [256, False]],  # 4: stride 8
    [-1, 1, "Conv", [512, 3, 2]],
    [-1, 1, "C3k2", [512, False]],
    [-1, 1, "SPPF", [512, 5]],  # 7: stride 16
]
HEAD: list[list[Any]] = [
    [-1, 1, "nn.Upsample", [None, 2, "nearest"]],
    [[-1, 4], 1, "Concat", [1]],
    [-1, 1, "C3k2", [256, False]],  # 10
    [-1, 1, "Conv", [256, 3, 2]],
    [[-1, 7], 1, "Concat", [1]],
    [-1, 1, "C3k2", [512, False]],  # 13
    [[10, 13], 1, "Detect", ["nc"]],
]
RATES = Rates(first=4e-3, last=4e-5)
SAID_EVERY = 50
CLASS_GAIN = 1.5
"""Weight of the classes in the loss, three times Ultralytics': who it is, is what is asked for."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How long, and on what. width: times the channels above; minutes: none where 0."""

    steps: int = 3000
    minutes: float = 0.0
    batch: int = 4
    long_side: int = 640
    width: float = 0.25
    seed: int = 0


def small_yolo(names: tuple[str, ...], width: float) -> Any:
    """An untrained DetectionModel of Ultralytics with these classes."""
    shape = {
        "nc": len(names), "scale": "t", "scales": {"t": [1.0, width, 1024]},
        "backbone": BACKBONE, "head": HEAD,
    }  # fmt: skip
    tasks = import_ultralytics("ultralytics.nn.tasks")
    model = tasks.DetectionModel(shape, ch=3, nc=len(names), verbose=False)
    model.names = dict(enumerate(names))
    model.args = import_ultralytics("ultralytics.cfg").get_cfg(overrides={"cls": CLASS_GAIN})
    return model


def train(data: LabelledSet, plan: Plan) -> tuple[Any, list[float]]:
    """The trained model, and the loss per picture of every step.

    The same plan gives the same model on the same machine, unless `minutes` ends it.
    """
    torch.manual_seed(plan.seed)
    rng = np.random.default_rng(plan.seed)
    model = small_yolo(data.names, plan.width).to(memory_format=torch.channels_last)  # faster
    average = average_of(model, decay=0.998, over_steps=200)
    begin, losses = time.monotonic(), list[float]()

    def done(step: int) -> float:
        past_s = time.monotonic() - begin
        return max(step / plan.steps, past_s / (60 * plan.minutes) if plan.minutes else 0.0)

    def batch() -> tuple[dict[str, Any], int]:
        picked = rng.choice(len(data.train), min(plan.batch, len(data.train)), replace=False)
        views = [opened(data.train[i]) for i in picked]
        return batch_of(views, plan.long_side, rng), len(picked)

    model.train()
    for step, loss in enumerate(fit(model, average, batch, done, RATES)):
        losses.append(loss)
        if step % SAID_EVERY == 0:
            mean, past_s = np.mean(losses[-SAID_EVERY:]), time.monotonic() - begin
            print(f"step {step:5d}  {past_s:5.0f} s  loss {mean:.3f}", flush=True)
    return average.ema, losses


def save_onnx(model: Any, size: tuple[int, int], out: Path) -> None:
    """The network as ONNX, for one size of input (width, height), with the names of its classes.

    Raises ImportError where onnx is not installed (`pip install 'teamsheet[export]'`).
    """
    import onnx

    net = copy.deepcopy(model).eval().float().fuse(verbose=False)
    head = net.model[-1]
    head.export, head.format, head.dynamic = True, "onnx", False
    blank = torch.zeros(1, 3, size[1], size[0])
    net(blank)  # the head makes its anchors
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of this exporter's age; OpenVINO reads what it writes
        torch.onnx.export(
            net, (blank,), str(out), input_names=["images"], output_names=["output0"],
            opset_version=17, dynamo=False,
        )  # fmt: skip
    network = onnx.load(str(out))
    for key, text in (("names", model.names), ("stride", 32), ("task", "detect")):
        entry = network.metadata_props.add()
        entry.key, entry.value = key, str(text)
    onnx.save(network, str(out))


def main(arguments: list[str] | None = None) -> int:
    """Exit code: 0 written, 2 a mistake in what was given."""
    args = _parser().parse_args(arguments)
    torch.set_num_threads(args.threads)
    plan = Plan(args.steps, args.minutes, args.batch, args.imgsz, args.width, args.seed)
    begin = time.monotonic()
    try:
        data = joined([read_set(place) for place in args.data])
        tests = [read_set(place) for place in args.test]
        joined([data, *tests])  # of the same classes
        model, losses = train(data, plan)
        save_model(model, args.out)
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    took_s = time.monotonic() - begin
    print(
        f"{args.out}: {len(losses)} steps in {took_s:.0f} s, {args.out.stat().st_size / 1e6:.1f} MB"
    )
    if args.onnx:
        try:
            save_onnx(
                model, canvas_size(read_pixels(data.train[0]).shape, plan.long_side), args.onnx
            )
        except ImportError as error:
            print(f"no {args.onnx}: {error}; pip install 'teamsheet[export]'", file=sys.stderr)
    measured = {"val": data.val}
    measured |= {str(place): t.train + t.val for place, t in zip(args.test, tests, strict=True)}
    for name, pictures in measured.items():
        if pictures:
            print(score(model, pictures, data.names, plan.long_side).line(name))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    plan = Plan()
    parser.add_argument(
        "data", type=Path, nargs="+", metavar="DATA", help="data.yaml, or its folder"
    )
    parser.add_argument("-o", "--out", type=Path, required=True, help="the .pt file to write")
    parser.add_argument("--onnx", type=Path, help="also write this ONNX file")
    parser.add_argument("--test", type=Path, action="append", default=[], help="measured on all of")
    parser.add_argument("--steps", type=int, default=plan.steps, help=f"({plan.steps})")
    parser.add_argument("--minutes", type=float, default=0.0, help="stop after so many (never)")
    parser.add_argument("--batch", type=int, default=plan.batch, help=f"({plan.batch})")
    parser.add_argument("--imgsz", type=int, default=plan.long_side, help=f"({plan.long_side})")
    parser.add_argument("--width", type=float, default=plan.width, help=f"({plan.width})")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    return parser


if __name__ == "__main__":
    sys.exit(main())
