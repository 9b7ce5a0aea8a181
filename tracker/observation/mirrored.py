"""Whether a video is mirrored, so that its shirt numbers cannot be read: a sample is turned.

Of the uncovered shirts on three clips, as they are and turned, the net reads .23 and .04 (soccer),
.09 and .02 (basketball), .02 and .01 (volleyball, too little to say anything) surely enough.
"""

from __future__ import annotations

import numpy as np

from tracker.types import Ints, Mask, Readings

_FIRST = 30  # shirts are read before anything is suspected
_FEW = 0.1  # of them read: no more is suspicious
_SAMPLE = 120  # shirts that are read in the mirror too
_FOUND, _TIMES = 6, 2  # so many read there, and so many times as many as the right way round
_SURE = 0.7  # less sure readings do not count: half of the wrong ones are
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

    def pick(self, readings: Readings) -> Ints:
        """Of the next shirts, by what was read on them, the places of those that belong to the
        sample."""
        read = _surely(readings)
        suspicious = self._tried >= _FIRST and self._read <= _FEW * self._tried
        count = min(len(read), _SAMPLE - self._sampled) if suspicious else 0
        self._tried += len(read)
        self._read += int(np.count_nonzero(read))
        self._sampled += count
        self._straight += int(np.count_nonzero(read[:count]))
        return np.arange(count)

    def add(self, readings: Readings) -> None:
        """What was read on them in the mirror."""
        self.mirrored += int(np.count_nonzero(_surely(readings)))

    @property
    def warning(self) -> str | None:
        """One line, once the sample is complete, if the video is mirrored."""
        complete = self._sampled >= _SAMPLE
        found = self.mirrored >= max(_FOUND, _TIMES * self._straight)
        return _WARNING if complete and found else None


def _surely(readings: Readings) -> Mask:
    """(N,) on which shirts there is a number."""
    return np.asarray(readings.confidence >= _SURE)
