"""Crowds for the tests of the occlusion offsets: smooth motion, so that any frame rate shows it.

Lengths are pixels of the ground; a camera carries the ground to the picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tracker.tracking import occlusion_net
from tracker.tracking.history import History
from tracker.tracking.occlusion_net import OffsetNet
from tracker.training.clips import TrainingClip
from tracker.types import Doubles

SEQINFO = "[Sequence]\nname={name}\nframeRate={fps:g}\nseqLength={count}\n"


@dataclass(frozen=True)
class Crowd:
    """`people` who run to and fro around a common way. scale: pixels of the picture per pixel of
    the ground; pan: ground pixels per second that the camera turns."""

    people: int
    seed: int = 0
    scale: float = 1.0
    pan: tuple[float, float] = (0.0, 0.0)
    height: float = 80.0

    def places(self, time_s: float) -> Doubles:
        """(people, 4) cx, cy, log w, log h in the picture."""
        rng = np.random.default_rng(self.seed)
        start = rng.uniform(0, (600, 200), (self.people, 2))
        speed = rng.normal(0, 60, (self.people, 2))
        swing = rng.uniform(10, 30, (self.people, 2))
        phase = rng.uniform(0, 6, (self.people, 2))
        ground = start + speed * time_s + swing * np.sin(2 * time_s + phase)
        centres = (ground - np.array(self.pan) * time_s) * self.scale
        size = np.log(np.array([0.4, 1.0]) * self.height * self.scale)
        return np.concatenate([centres, np.tile(size, (self.people, 1))], axis=1)

    def clip(self, seconds: float, fps: float = 25.0, name: str = "drawn") -> TrainingClip:
        count = round(seconds * fps)
        places = np.stack([self.places(i / fps) for i in range(count)]).astype(np.float32)
        return TrainingClip(name, fps, places, np.zeros(places.shape[:2], bool))

    def history(self, until_s: float, fps: float = 25.0, begin_s: float = 0.0) -> History:
        """What the tracker keeps when all were seen from `begin_s` until that time."""
        history = History.fresh(self.people)
        for i in range(round(begin_s * fps), round(until_s * fps) + 1):
            history.step(i / fps, np.eye(2, 3))
            history.note(slice(None), self.places(i / fps), seen=True)
        return history


def pack_net(std: float = 0.1) -> OffsetNet:
    """A net by hand: everybody goes where the mean of the visible others goes."""
    weights = {name: np.zeros(shape, np.float32) for name, shape in occlusion_net.SHAPES.items()}
    weights["out.bias"][-4:] = 2 * np.log(std)
    return OffsetNet(weights, {}, np.ones(occlusion_net.BINS, bool))


def write_mot(folder: Path, clip: TrainingClip, seqinfo: bool = True) -> Path:
    """The clip as MOT truth, `folder/NAME/gt/gt.txt`; returns that file."""
    file = folder / clip.name / "gt" / "gt.txt"
    file.parent.mkdir(parents=True)
    rows = []
    for frame, person in np.argwhere(np.isfinite(clip.places[..., 0])).tolist():
        x, y, w, h = clip.places[frame, person].astype(float)
        w, h = np.exp([w, h])
        shown = 0.1 if clip.hidden[frame, person] else 1
        box = f"{x - w / 2:.4f},{y - h / 2:.4f},{w:.4f},{h:.4f}"
        rows.append(f"{frame + 1},{person + 1},{box},1,1,{shown}\n")
    file.write_text("".join(rows))
    if seqinfo:
        text = SEQINFO.format(name=clip.name, fps=clip.fps, count=len(clip.places))
        (folder / clip.name / "seqinfo.ini").write_text(text)
    return file
