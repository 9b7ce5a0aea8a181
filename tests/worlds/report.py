"""Small finished runs for the tests of `report`, written as `teamsheet track` leaves them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd

from tracker.output.evidence import EVIDENCE, NATS, EvidenceTables
from tracker.output.run_record import RECEIPT
from tracker.output.table import TrackTable
from tracker.report.create import make_report
from tracker.report.finished import Finished, open_finished
from tracker.report.run_facts import RunFacts
from tracker.settings import Settings

FPS = 10
SIZE = (320, 180)
SURE, LOW = 1.0, 0.6
VOTES = ["track_id", "first_frame", "last_frame", "crops"]
DOUBTS = ["frame", "track_id", "rival_id", "margin"]
BELIEFS = ["track_id", "first_frame", "last_frame"] + [
    f"{what}_{n}" for n in (1, 2, 3) for what in ("player", "chance")
]


@dataclass(frozen=True)
class Life:
    """A path: (visibility, frames, confidence) one after the other, from a frame on.

    colour: of the drawn person, BGR. x: of the box in the first frame; 2 px a frame to the right.
    """

    track: int
    player: str
    parts: Sequence[tuple[str, int, float]]
    first: int = 1
    x: float = 20.0
    anchors: Sequence[int] = ()
    colour: tuple[int, int, int] = (200, 60, 60)

    def rows(self) -> list[dict[str, Any]]:
        found, frame = [], self.first
        for state, frames, sure in self.parts:
            for _ in range(frames):
                found.append(self._row(frame, state, sure))
                frame += 1
        return found

    def box(self, frame: int) -> tuple[float, float, float, float]:
        left = (self.x + 2 * (frame - self.first)) % 280
        return left, 80.0, left + 20, 140.0

    def _row(self, frame: int, state: str, sure: float) -> dict[str, Any]:
        box = self.box(frame) if state != "absent" else (np.nan,) * 4
        evidence = "" if not self.player else "anchor" if frame in self.anchors else "carried"
        return {
            "frame": frame, "time_s": (frame - 1) / FPS, "track_id": self.track,
            "player": self.player, "player_confidence": sure, "visibility": state,
            **dict(zip(("x1", "y1", "x2", "y2"), box, strict=True)),
            "confidence": 0.9 if state == "visible" else np.nan,
            "predicted_x": 0.0, "predicted_y": 0.0, "std_x": 1.0, "std_y": 1.0,
            "evidence": evidence,
        }  # fmt: skip


def write_run(
    out: Path,
    lives: Sequence[Life],
    players: Sequence[str] | None,
    *,
    spec: str = "gone.mp4",
    evidence: bool = True,
    votes: Sequence[tuple[int, int, Mapping[str, float]]] = (),
    doubts: Sequence[tuple[int, int, int, float]] = (),
    beliefs: Sequence[tuple[int, int, int, str, float]] = (),
    **receipt: Any,
) -> Path:
    """players: of the gallery, None for a run without one. votes: (track, first frame, nats by
    name), each of three frames. doubts: (frame, track, rival, margin). beliefs: (track, first,
    last, player, chance)."""
    out.mkdir()
    rows = pd.DataFrame([row for life in lives for row in life.rows()])
    table = TrackTable.of(rows.sort_values(["frame", "track_id"], ignore_index=True))
    table.to_csv(out / "tracks.csv")
    if players is not None and evidence:
        names = [*players, ""]
        heard = pd.DataFrame([(t, f, f + 2, 3) for t, f, _ in votes], columns=VOTES)
        for name in names:
            heard[NATS + name] = np.array([said.get(name, -3.0) for *_, said in votes], "f2")
        none = ("", np.nan, "", np.nan)
        told = pd.DataFrame([(*b, *none) for b in beliefs], columns=BELIEFS)
        doubt = pd.DataFrame(doubts, columns=DOUBTS)
        EvidenceTables(heard, doubt, told, "online").write(out / EVIDENCE)
    tree = {
        "teamsheet": "0.1.0",
        "source": {
            "spec": spec, "size": list(SIZE), "fps": FPS, "fingerprint": "",
            "frames": {"first": 1, "count": int(rows["frame"].max())},
        },
        "gallery": None if players is None else {"folder": "players", "players": list(players)},
        "settings": Settings().model_dump(mode="json"),
    }  # fmt: skip
    (out / RECEIPT).write_text(json.dumps(tree | receipt), encoding="utf-8")
    return out


def draw_video(folder: Path, lives: Sequence[Life], frames: int) -> Path:
    """A folder of pictures in which everybody is a block of their colour."""
    folder.mkdir()
    for frame in range(1, frames + 1):
        image = np.full((SIZE[1], SIZE[0], 3), 90, np.uint8)
        for life in lives:
            x1, y1, x2, y2 = (round(v) for v in life.box(frame))
            cv2.rectangle(image, (x1, y1), (x2, y2), life.colour, cv2.FILLED)
        cv2.imwrite(str(folder / f"{frame:04d}.png"), image)
    return folder


def quiet(*_: object) -> None:
    """Nobody listens."""


def finished(out: Path) -> Finished:
    return open_finished(out, RunFacts.read(out))


def html(out: Path) -> str:
    return make_report(out, None, None, True, quiet, quiet).read_text(encoding="utf-8")


class Page(HTMLParser):
    """Tags with their attributes, and the text outside of scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside not in {"script", "style"}:
            self.texts.append(data.strip())
