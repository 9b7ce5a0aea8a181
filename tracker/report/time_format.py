"""Times as a person reads them."""

from __future__ import annotations

_SHORT_S = 600.0


class TimeFormat:
    """1:02:05 for a long run, 0:08.6 for one of a few minutes."""

    def __init__(self, length_s: float) -> None:
        self._fine = length_s < _SHORT_S

    def __call__(self, time_s: float) -> str:
        return self.fine(time_s) if self._fine else _words(round(time_s), 0)

    def fine(self, time_s: float) -> str:
        """With tenths, whatever the length."""
        tenths = round(10 * time_s)
        return _words(tenths // 10, 1, tenths % 10)


def _words(seconds: int, digits: int, tenths: int = 0) -> str:
    hours, rest = divmod(seconds, 3600)
    minutes, rest = divmod(rest, 60)
    head = f"{hours}:{minutes:02d}" if hours else f"{minutes}"
    return f"{head}:{rest:02d}" + (f".{tenths}" if digits else "")
