"""A small whole world of good files, from which the tests of bad files break one at a time."""

from __future__ import annotations

import contextlib
import ctypes
import io
import os
import struct
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tracker.cli.app import main

SEQINFO = (
    "[Sequence]\nname=drawn\nimDir=img1\nframeRate=25\nseqLength=20\n"
    "imWidth=640\nimHeight=360\nimExt=.png\n"
)
PLAYERS = {"Ann": (0, 0, 200), "Bea": (200, 0, 0)}
FRAMES = 20


@dataclass(frozen=True)
class Ended:
    """How a command ended. lines: of stderr."""

    code: int
    out: str
    lines: list[str]


def command(words: list[str], capfd: pytest.CaptureFixture[str] | None = None) -> Ended:
    """Run a command in this process, as `teamsheet` would; with capfd libraries' lines count."""
    out, err = io.StringIO(), io.StringIO()
    argv, sys.argv = sys.argv, ["teamsheet", *words]
    code: Any = 0
    try:
        if capfd is not None:
            capfd.readouterr()
            main()
        else:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                main()
    except SystemExit as end:
        code = end.code or 0
    finally:
        sys.argv = argv
    said = capfd.readouterr() if capfd is not None else (out.getvalue(), err.getvalue())
    return Ended(int(code), said[0], said[1].strip().splitlines())


@contextlib.contextmanager
def as_anybody() -> Iterator[None]:
    """Without root's right to read and write what its owner may not (Linux' capabilities)."""
    if os.name != "posix" or os.geteuid() != 0:
        yield
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # version 3, this thread
    rights = (ctypes.c_uint32 * 6)()
    assert libc.capget(header, rights) == 0
    effective = rights[0]
    rights[0] = effective & ~0b111  # CHOWN, DAC_OVERRIDE, DAC_READ_SEARCH
    assert libc.capset(header, rights) == 0
    try:
        yield
    finally:
        rights[0] = effective
        assert libc.capset(header, rights) == 0


def box(frame: int, who: int) -> tuple[int, int, int, int]:
    """Two people who run towards each other: x, y, width, height."""
    return (50 + 8 * frame if who == 0 else 500 - 8 * frame), 100, 40, 100


def mot(ids: tuple[int, int] = (-1, -1), tail: str = "0.9,-1,-1,-1") -> str:
    rows = [(f, ids[who], *box(f, who)) for f in range(1, FRAMES + 1) for who in (0, 1)]
    return "".join(",".join(map(str, row)) + f",{tail}\n" for row in rows)


def draw_world(root: Path) -> Path:
    """seq/ (MOT with pictures), text/ (without), gallery/, clip.mp4, gt.txt, names.csv, run/."""
    rng = np.random.default_rng(1)
    seq = root / "seq"
    for folder in (seq / "img1", seq / "det", root / "text" / "det"):
        folder.mkdir(parents=True)
    for place in (seq, root / "text"):
        (place / "seqinfo.ini").write_text(SEQINFO)
        (place / "det" / "det.txt").write_text(mot())
    (root / "gt.txt").write_text(mot((1, 2), "1,1,1"))
    (root / "names.csv").write_text("id,name\n1,Ann\n2,Bea\n")
    grass = rng.integers(60, 180, (360, 640, 3)).astype(np.uint8)
    film = cv2.VideoWriter(
        str(root / "clip.mp4"), cv2.VideoWriter.fourcc(*"mp4v"), 25.0, (640, 360)
    )
    for frame in range(1, FRAMES + 1):
        image = grass.copy()
        for who, colour in enumerate(PLAYERS.values()):
            x, y, width, height = box(frame, who)
            noise = rng.normal(colour, 20, (height, width, 3))
            image[y : y + height, x : x + width] = np.clip(noise, 0, 255).astype(np.uint8)
        cv2.imwrite(str(seq / "img1" / f"{frame:06d}.png"), image)
        film.write(image)
    film.release()
    for player, colour in PLAYERS.items():
        (root / "gallery" / player).mkdir(parents=True)
        for n in range(4):
            picture = np.clip(rng.normal(colour, 20, (100, 40, 3)), 0, 255).astype(np.uint8)
            cv2.imwrite(str(root / "gallery" / player / f"{n}.png"), picture)
    ended = command(["track", str(seq), "--detections", str(seq / "det/det.txt"),
                     "--gallery", str(root / "gallery"), "-o", str(root / "run")])  # fmt: skip
    assert ended.code == 0, ended.lines
    return root


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder and what is in it; folders end in a slash."""
    return {
        f"{path.relative_to(folder)}{'/' * path.is_dir()}":
            path.read_bytes() if path.is_file() and not path.is_symlink() else b""
        for path in sorted(folder.rglob("*"))
    }  # fmt: skip


def huge_png(width: int, height: int) -> bytes:
    """A PNG whose header promises so many pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(
            ">I", zlib.crc32(kind + data)
        )  # fmt: skip

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
