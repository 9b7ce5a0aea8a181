"""A table of one video for the same video in another size."""

from __future__ import annotations

from tracker.output.table import BOX, TableError, TrackTable

_SHAPE = 0.02  # share by which width over height may differ: sides are rounded to even numbers
_ACROSS, _DOWN = ["x1", "x2", "predicted_x", "std_x"], ["y1", "y2", "predicted_y", "std_y"]


def resized(
    table: TrackTable, was: tuple[int, int], now: tuple[int, int], source: str
) -> TrackTable:
    """All lengths multiplied. was, now: width and height, pixels; source: for the message.

    Raises TableError where the picture has another shape.
    """
    if was == now or min(*was, *now) <= 0:
        return table
    across, down = now[0] / was[0], now[1] / was[1]
    if abs(across / down - 1) > _SHAPE:
        raise TableError(
            f"{source}: of a video of {was[0]}x{was[1]}, this one is {now[0]}x{now[1]}, which has "
            "another shape; give the video that was tracked"
        )
    rows = table.rows.copy()
    assert set(BOX) <= {*_ACROSS, *_DOWN}
    rows[_ACROSS] = rows[_ACROSS] * across
    rows[_DOWN] = rows[_DOWN] * down
    return TrackTable.of(rows)
