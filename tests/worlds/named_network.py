"""A network made by hand that knows five players by the colours of their shirts.

It looks at cells of 16 x 16 pixels. Its YOLO head gives each two boxes, one a little beside the
other: the first leans to the later classes, the second to the earlier ones, so that a body whose
colour lies between two players is two boxes of two classes. Its end-to-end head gives the same box
twice, with the best class and with the second, as the best of all boxes and classes do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from tracker.types import Image

SIDE, CELL = 128, 16
COLOURS = {  # RGB from 0 to 1
    "Ada Novak": (1.0, 0.0, 0.0),
    "Bea": (1.0, 1.0, 0.0),
    "Cid": (0.0, 1.0, 0.0),
    "Dee": (0.0, 1.0, 1.0),
    "Eve": (0.0, 0.0, 1.0),
}
PLAYERS = tuple(COLOURS)
BETWEEN_ADA_AND_BEA = (1.0, 0.5, 0.0)
_GROUND = (0.3, 0.3, 0.3)
_ASIDE_PX = 2.0
_LEANING = np.array([[0.9, 1.0, 1.0, 1.0, 1.0], [0.95, 0.85, 0.9, 0.9, 0.9]], np.float32)


def painted(
    bodies: Mapping[tuple[int, int], Sequence[float]], size: tuple[int, int] = (SIDE, SIDE)
) -> Image:
    """BGR. bodies: (column, row) of a cell to its colour. size: width, height."""
    picture = np.full((size[1], size[0], 3), _GROUND, np.float32)
    for (column, row), colour in bodies.items():
        x, y = CELL * column, CELL * row
        picture[y : y + CELL, x : x + CELL] = colour
    return np.ascontiguousarray((picture * 255).round().astype(np.uint8)[..., ::-1])


def write_network(path: Path, head: str, names: Sequence[str] = PLAYERS) -> Path:
    """head: yolo (1, 9, 128) or end2end (1, 128, 6). names: of its classes, in the file."""
    cells = SIDE // CELL
    colours = np.array(list(COLOURS.values()), np.float32).T.reshape(1, 3, 5, 1)
    constants = {
        "colours": colours,
        "first": _LEANING[0].reshape(1, 5, 1),
        "second": _LEANING[1].reshape(1, 5, 1),
        "corners": _boxes(cells, corners=True),
        "centres": _boxes(cells, corners=False),
        "flat": np.array([1, 3, 1, cells * cells], np.int64),
        "two": np.array([2], np.int64),
        "row": np.array([1, 1, 2 * cells * cells], np.int64),
        "axis": np.array([1], np.int64),
        "slope": np.float32(0.8),
        "one": np.float32(1),
        "zero": np.float32(0),
    }
    nodes = [
        helper.make_node("AveragePool", ["x"], ["p"], kernel_shape=[CELL] * 2, strides=[CELL] * 2),
        helper.make_node("Reshape", ["p", "flat"], ["f"]),
        helper.make_node("Sub", ["f", "colours"], ["d"]),
        helper.make_node("Abs", ["d"], ["a"]),
        helper.make_node("ReduceSum", ["a", "axis"], ["far"], keepdims=0),
        helper.make_node("Mul", ["far", "slope"], ["m"]),
        helper.make_node("Sub", ["one", "m"], ["n"]),
        helper.make_node("Max", ["n", "zero"], ["s"]),
        helper.make_node("Mul", ["s", "first"], ["s1"]),
        helper.make_node("Mul", ["s", "second"], ["s2"]),
        helper.make_node("Concat", ["s1", "s2"], ["scores"], axis=2),
        *_HEADS[head],
    ]
    shape = [1, 9, 2 * cells * cells] if head == "yolo" else [1, 2 * cells * cells, 6]
    graph = helper.make_graph(
        nodes,
        "players",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, SIDE, SIDE])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(np.asarray(v), name) for name, v in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    helper.set_model_props(model, {"names": repr(dict(enumerate(names)))})
    onnx.checker.check_model(model)
    onnx.save(model, str(path))
    return path


_HEADS = {
    "yolo": [helper.make_node("Concat", ["centres", "scores"], ["y"], axis=1)],
    "end2end": [
        helper.make_node("TopK", ["s1", "two"], ["values", "numbers"], axis=1),
        helper.make_node("Reshape", ["values", "row"], ["best"]),
        helper.make_node("Cast", ["numbers"], ["whole"], to=TensorProto.FLOAT),
        helper.make_node("Reshape", ["whole", "row"], ["class"]),
        helper.make_node("Concat", ["corners", "best", "class"], ["rows"], axis=1),
        helper.make_node("Transpose", ["rows"], ["y"], perm=[0, 2, 1]),
    ],
}


def _boxes(cells: int, *, corners: bool) -> np.ndarray:
    """(1, 4, 2 * cells * cells): of each cell, then again, as centres a little beside it."""
    y, x = np.divmod(np.arange(cells * cells, dtype=np.float32), cells)
    low = np.stack([x, y]) * CELL
    aside = np.array([[0.0 if corners else _ASIDE_PX], [0.0]], np.float32)
    every = np.concatenate([low, low + aside], axis=1)
    high = every + CELL
    pair = [every, high] if corners else [(every + high) / 2, high - every]
    return np.concatenate(pair)[None].astype(np.float32)
