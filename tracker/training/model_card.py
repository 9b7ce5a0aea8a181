"""The model card: what the weights were made of and how good they are, as text."""

from __future__ import annotations

from collections.abc import Sequence

from tracker.training.validation import GapBinScore

_HEAD = ("gap s", "windows", "offset net", "Kalman", "ratio", "in 50 %", "in 90 %")


def table(rows: Sequence[GapBinScore]) -> str:
    """The validation table: mean centre errors in body heights, coverage of the net's ellipses."""
    lines = [_line(_HEAD)]
    for row in rows:
        cells = (
            f"{row.from_s:.2f}-{row.to_s:.2f}", str(row.windows), f"{row.net:.3f}",
            f"{row.kalman:.3f}", f"{row.ratio:.2f}", f"{row.covered_50:.2f}",
            f"{row.covered_90:.2f}",
        )  # fmt: skip
        lines.append(_line(cells))
    return "\n".join(lines)


def _line(cells: Sequence[str]) -> str:
    return "  ".join(f"{cell:>10}" for cell in cells)
