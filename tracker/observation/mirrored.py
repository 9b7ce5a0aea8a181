"""Whether a video is mirrored, so that its shirt numbers cannot be read: a sample is turned."""

from __future__ import annotations

import numpy as np

from tracker.types import NO_NUMBER, Ints

_FIRST = 30  # shirts are read before anything is suspected
_FEW = 0.1  # of them read: no more is suspicious
_SAMPLE = 60  # shirts that are read in the mirror too
_FOUND, _TIMES = 6, 4  # so many read there, and so many times as many as the right way round
_WARNING = (
    "shirt numbers can be read in the mirror only: the video is flipped left to right; no name "
    "comes from numbers until it is flipped back (ffmpeg -i IN -vf hflip OUT)"
)


class MirrorTest:
    """Suspects a video on whose shirts next to nothing is read, and reads some in the mirror.

    mirrored: how many of the sample were read there.
    """

    def __init__(self) -> None:
        self.mirrored = 0
        self._read = self._tried = 0
        self._sampled = self._straight = 0

    def pick(self, numbers: Ints) -> Ints:
        """Of the next shirts, by what was read on them, the places of those that belong to the
        sample."""
        suspicious = self._tried >= _FIRST and self._read <= _FEW * self._tried
        count = min(len(numbers), _SAMPLE - self._sampled) if suspicious else 0
        read = numbers != NO_NUMBER
        self._tried += len(numbers)
        self._read += int(np.count_nonzero(read))
        self._sampled += count
        self._straight += int(np.count_nonzero(read[:count]))
        return np.arange(count)

    def add(self, numbers: Ints) -> None:
        """What was read on them in the mirror."""
        self.mirrored += int(np.count_nonzero(numbers != NO_NUMBER))

    @property
    def warning(self) -> str | None:
        """One line, once the sample is complete, if the video is mirrored."""
        complete = self._sampled >= _SAMPLE
        found = self.mirrored >= max(_FOUND, _TIMES * self._straight)
        return _WARNING if complete and found else None
