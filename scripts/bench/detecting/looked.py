"""What a detector sees in a scene, as `teamsheet track` would see it; kept where asked for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tracker import config
from tracker.observation.store import Recorder, Store
from tracker.output.run_files import OBSERVATIONS
from tracker.runs.observing import resumed
from tracker.runs.pipeline import opened
from tracker.runs.request import TrackRequest
from tracker.types import Observation

from .truth import Scene

_HOW = "detection.json"
YOLO11N, YOLOX, EFFICIENTDET = "yolo11n", "yolox-nano", "efficientdet-lite0"
FILES = {YOLO11N: "yolo11n_int8_openvino_model", YOLOX: "yolox_nano.onnx"}
"""Detectors that lie in WEIGHTS; another one is a path, or a name that comes by pip."""


@dataclass(frozen=True, slots=True)
class Look:
    """seen: of every frame. size: width and height in pixels. tiles: the grid looked at. ms: a
    frame in which people were looked for."""

    seen: Sequence[Observation]
    size: tuple[int, int]
    tiles: str
    ms: float


def look(scene: Scene, detector: str, weights: Path, sets: Sequence[str], out: Path) -> Look:
    """Observe the scene into `out`, or read what is there.

    Raises the named errors of the rooms that work here, StoreError where `out` is of another run.
    """
    named = str(weights / FILES[detector]) if detector in FILES else detector
    settings = config.load(None, [*sets, "mode=online"])
    request = TrackRequest(str(scene.source), out, settings, detector=named)
    store = Store.open(out / OBSERVATIONS)
    request, session = opened(request, store)
    source = session.about.source
    if store is None or not store.finished:
        recorder = Recorder(out / OBSERVATIONS, session.about, store)
        seen = list(resumed(request, session, store, recorder))
        looked = sum(one.looked for one in seen)
        ms = 1e3 * session.log.seconds["detect"] / max(looked, 1)
        tiles = getattr(session.inputs and session.inputs.detector, "tiles", "")
        (out / _HOW).write_text(json.dumps({"tiles": tiles, "ms": ms}) + "\n", encoding="utf-8")
    else:
        seen = list(store)
    how = json.loads((out / _HOW).read_text(encoding="utf-8"))
    return Look(seen, (source.width, source.height), how["tiles"], how["ms"])
