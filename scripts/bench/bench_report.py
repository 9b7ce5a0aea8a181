"""How long a report of a long run takes, and how large it is: `bench_report.py [--hours 2]`.

The run is drawn at random: 40 people at 25 frames a second who come and go, with many more doubts
than a real one has. There is no video: pictures take another second or so for every place read.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import csv

from tracker.output.evidence import EVIDENCE, NATS, EvidenceTables
from tracker.output.evidence_words import words_of
from tracker.output.run_record import RECEIPT
from tracker.output.table import VISIBILITIES
from tracker.report.create import make_report
from tracker.settings import Settings
from tracker.types import Evidence, Visibility

FPS, PEOPLE, SIZE = 25, 40, (1280, 720)
MEAN_FRAMES = {Visibility.VISIBLE: 60, Visibility.OCCLUDED: 8, Visibility.ABSENT: 500}
NAMES = [f"Player {n:02d}" for n in range(PEOPLE)]


def lives(frames: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """(frames, PEOPLE) visibility and track of everybody; who was away comes back as a new one."""
    states, tracks = (np.zeros((frames, PEOPLE), np.int32) for _ in range(2))
    track = 0
    for person in range(PEOPLE):
        frame, track = 0, track + 1
        while frame < frames:
            state = Visibility(rng.choice(3, p=[0.62, 0.33, 0.05]))
            stop = frame + 1 + int(rng.exponential(MEAN_FRAMES[state]))
            track += state is Visibility.ABSENT
            states[frame:stop, person], tracks[frame:stop, person] = state, track
            frame = stop
    return states, tracks


def write_tracks(
    states: np.ndarray, tracks: np.ndarray, rng: np.random.Generator, file: Path
) -> None:
    frames = len(states)
    n, state = frames * PEOPLE, states.ravel()
    x, y = (
        (np.cumsum(rng.normal(0, 2, states.shape), axis=0) % (size - 100) + 50).ravel()
        for size in SIZE
    )
    away = state == Visibility.ABSENT
    frame = np.repeat(np.arange(1, frames + 1), PEOPLE)
    sure = np.abs(np.sin(frame / 3000 + np.tile(np.arange(PEOPLE), frames)))
    why = np.where(rng.random(n) < 0.05, int(Evidence.ANCHOR), int(Evidence.CARRIED))
    columns = {
        "frame": frame, "time_s": (frame - 1) / FPS, "track_id": tracks.ravel(),
        "player": np.tile(np.array(NAMES, object), frames),
        "player_confidence": np.where(sure > 0.97, 0.4, 0.97).round(4),
        "visibility": np.array(VISIBILITIES, object)[state],
        **{
            name: pa.array((value + by).round(2), mask=away)
            for name, value, by in (("x1", x, -15), ("y1", y, -40), ("x2", x, 15), ("y2", y, 40))
        },
        "confidence": np.full(n, 0.9), "predicted_x": x.round(2), "predicted_y": y.round(2),
        "std_x": np.full(n, 2.0), "std_y": np.full(n, 2.0),
        "evidence": np.array(words_of(()), object)[why],
    }  # fmt: skip
    csv.write_csv(pa.table(columns), file, csv.WriteOptions(quoting_style="needed"))


def write_evidence(tracks: np.ndarray, rng: np.random.Generator, folder: Path) -> None:
    """A vote of everybody every ten frames or so, and eight doubts a second."""
    frames = len(tracks)
    first, who = rng.integers(1, frames, frames * 3), rng.integers(0, PEOPLE, frames * 3)
    nats = rng.normal(-4, 1, (len(first), PEOPLE + 1)).astype(np.float16)
    nats[np.arange(len(first)), who] = rng.normal(-0.5, 1, len(first))
    spans = {"track_id": tracks[first - 1, who], "first_frame": first, "last_frame": first + 9}
    votes = {"crops": 5} | {NATS + name: nats[:, n] for n, name in enumerate([*NAMES, ""])}
    frame, one = rng.integers(1, frames, frames // 3), rng.integers(0, PEOPLE, frames // 3)
    other = (one + rng.integers(1, PEOPLE, len(one))) % PEOPLE
    doubts = {
        "frame": frame, "track_id": tracks[frame - 1, one], "rival_id": tracks[frame - 1, other],
        "margin": rng.uniform(-0.5, 2, len(frame)),
    }  # fmt: skip
    best = {"player_1": np.array(NAMES, object)[who], "chance_1": 0.9, "player_2": ""}
    rest = {"chance_2": 0.05, "player_3": NAMES[0], "chance_3": 0.01}
    tables = (pd.DataFrame(t) for t in (spans | votes, doubts, spans | best | rest))
    EvidenceTables(*tables, mode="online").write(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=2.0)
    parser.add_argument("-o", "--out", type=Path, help="keep the page here")
    args = parser.parse_args()
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        states, tracks = lives(round(args.hours * 3600 * FPS), rng)
        write_tracks(states, tracks, rng, out / "tracks.csv")
        write_evidence(tracks, rng, out / EVIDENCE)
        source = {"spec": "none.mp4", "size": SIZE, "fps": FPS}
        settings = Settings().model_dump(mode="json")
        receipt = {"source": source, "gallery": {"players": NAMES}, "settings": settings}
        (out / RECEIPT).write_text(json.dumps(receipt))
        drawn_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        begun = perf_counter()
        page = make_report(out, args.out, None, True, print, lambda *_: None)
        took = perf_counter() - begun
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{states.size} rows: {took:.0f} s, {page.stat().st_size / 1e6:.1f} MB of page; "
              f"memory at most {peak_mb:.0f} MB (drawing the run took {drawn_mb:.0f})")  # fmt: skip


if __name__ == "__main__":
    main()
