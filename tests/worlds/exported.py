"""A short run on a drawn video, with a receipt by which its video is found: for data sets."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from tests.worlds.report import Life, draw_video, write_run
from tracker.video.open import open_source

FRAMES = 200  # 20 s
LIVES = (
    Life(1, "Ann", [("visible", FRAMES, 0.99)], anchors=range(1, FRAMES + 1), colour=(0, 0, 220)),
    Life(2, "Bea", [("visible", FRAMES, 0.95)], x=80, colour=(220, 0, 0)),
    Life(3, "", [("visible", FRAMES, 0.0)], x=140, colour=(0, 220, 220)),  # never named: a referee
    Life(4, "Cat", [("visible", 100, 0.97), ("visible", 100, 0.6)], x=200, colour=(0, 220, 0)),
)


def run_of(root: Path, lives: Sequence[Life] = LIVES, frames: int = FRAMES) -> Path:
    """root/video and root/out."""
    video = draw_video(root / "video", lives, frames)
    fingerprint = open_source(str(video)).fingerprint()
    out = write_run(root / "out", lives, ["Ann", "Bea", "Cat"])
    receipt = json.loads((out / "run.json").read_text())
    receipt["source"] |= {"spec": str(video), "fingerprint": fingerprint}
    receipt["source"]["frames"]["count"] = frames
    (out / "run.json").write_text(json.dumps(receipt))
    return out
