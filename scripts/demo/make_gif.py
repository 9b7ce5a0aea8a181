"""The moving picture of README.md, out of the demo's own video: `python scripts/demo/make_gif.py OUT`.

Shows where somebody goes behind another and where somebody leaves and comes back under the same name.
The moments are found in the run's own table.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import av
import cv2
import numpy as np
import pandas as pd
from PIL import Image

WIDTH = 800
EVERY = 2
"""Every second frame of the video is shown, for so many milliseconds:"""
SHOWN_MS = 100
COLOURS = 64
"""Of the palette that all frames share; no dithering, which would double the file."""
CROWD = 0.17
"""The share of the picture, at its top, that is left out: spectators, and many bytes."""
HIDDEN_S, AWAY_S = 0.2, 3.0
"""The shortest hiding and the shortest absence worth showing."""


def moments(table: Path) -> list[tuple[int, int]]:
    """First and last frames of two scenes: one is hidden, and another leaves and comes back."""
    rows = pd.read_csv(table)
    rows = rows[rows["player"].notna()].sort_values(["player", "frame"])
    fps = 1 / rows["time_s"].drop_duplicates().sort_values().diff().median()
    changed = (rows[["player", "visibility"]] != rows[["player", "visibility"]].shift()).any(axis=1)
    runs = rows.groupby(changed.cumsum()).agg(
        player=("player", "first"), visibility=("visibility", "first"),
        first=("frame", "min"), last=("frame", "max"),
    )  # fmt: skip
    length = runs["last"] - runs["first"] + 1
    end = int(rows["frame"].max())
    away = runs[(runs["visibility"] == "absent") & (length > AWAY_S * fps) & (runs["last"] < end)]
    if away.empty:
        raise SystemExit(f"{table}: nobody leaves and comes back under the same name")
    leaves, returns = int(away["first"].iloc[0]), int(away["last"].iloc[0])
    hidden = runs[(runs["visibility"] == "occluded") & (length > HIDDEN_S * fps)]
    before = hidden[(hidden["first"] < leaves) & (hidden["first"] > leaves - 2.4 * fps)]
    start = int(before["first"].min()) - 10 if len(before) else leaves - int(1.4 * fps)
    return [(max(start, 1), leaves + 4), (returns - 2, min(returns + int(1.2 * fps), end))]


def pictures(video: Path, spans: list[tuple[int, int]]) -> list[Image.Image]:
    """Every EVERY-th frame of the spans, WIDTH wide, its grass smoothed."""
    wanted = {frame for first, last in spans for frame in range(first, last + 1, EVERY)}
    found = []
    with av.open(str(video)) as container:
        for number, frame in enumerate(container.decode(video=0), 1):
            if number in wanted:
                size = WIDTH, round(WIDTH * frame.height / frame.width)
                small = frame.to_image().resize(size, Image.Resampling.LANCZOS)
                cut = small.crop((0, round(CROWD * small.height), *small.size))
                found.append(Image.fromarray(cv2.bilateralFilter(np.asarray(cut), 7, 25, 5)))
    return found


def palette_of(seen: list[Image.Image]) -> Image.Image:
    """COLOURS for all; each counts by the root of its pixels, or grass would take them all."""
    few = np.concatenate([np.asarray(picture)[::2, ::2].reshape(-1, 3) // 8 for picture in seen])
    colours, counts = np.unique(few, axis=0, return_counts=True)
    line = np.repeat(colours * 8 + 4, np.ceil(np.sqrt(counts)).astype(int), axis=0)
    return Image.fromarray(line[None].astype(np.uint8)).quantize(COLOURS)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, metavar="OUT", help="demo/out, rendered")
    parser.add_argument("-o", "--out", type=Path, default=Path("docs/demo.gif"))
    args = parser.parse_args()
    seen = pictures(args.run / "video.mp4", moments(args.run / "tracks.csv"))
    palette = palette_of(seen)
    flat = [picture.quantize(palette=palette, dither=Image.Dither.NONE) for picture in seen]
    flat[0].save(
        args.out, save_all=True, append_images=flat[1:], duration=SHOWN_MS, loop=0, optimize=False
    )
    seconds, megabytes = len(flat) * SHOWN_MS / 1000, args.out.stat().st_size / 1e6
    print(f"{args.out}: {len(flat)} pictures, {seconds:.1f} s, {megabytes:.2f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
