"""How much of anything is believed. A file that says more is damaged or hostile, and is refused."""

from __future__ import annotations

MAX_PIXELS = 16_384 * 16_384
"""Of a picture or a video; 8K has 33 million. As BGR that is 0.8 GB."""
MAX_FRAMES = 10_000_000
"""Of a sequence or a table: 110 hours at 25 a second."""
MAX_FPS = 10_000.0
MAX_PX = 1_000_000.0
"""Of a coordinate or a size; float32 holds every pixel of it."""
MAX_IN_FRAME = 2_000
"""People in one picture: following makes tables of its square."""
MAX_CLASSES = 256
"""Classes of people that a detector tells apart; the scores of all are kept of every box."""
MAX_TRACK = 2_000_000_000
MAX_TEXT_BYTES = 1_000_000_000
"""Of a det.txt; two hours of 40 people have 0.4 GB. Reading takes some ten times that."""
MAX_NET_BYTES = 64_000_000
"""Of an offset net; the one that is shipped has 0.1 MB."""
MAX_SETTINGS_BYTES = 256_000
MAX_SETTINGS_DEPTH = 20
MAX_ANCHORS = 10_000_000
"""Of a file of anchors; in memory they take 80 bytes each."""
MAX_SOURCES = 100
"""Of files of anchors in a run."""
MAX_NAMES = 2_000
"""Of people in a file of anchors; a column with more holds no names."""
