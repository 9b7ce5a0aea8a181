"""The number of a picture in its file, from the time stamps of the packets around it."""

from __future__ import annotations

import heapq
from itertools import islice

from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream


class Numbers:
    """The number of every picture in its file, also behind damage.

    Packets say which time stamps there should be, and pictures come in the order of their stamps:
    a stamp that is passed over after the decoder complained is a picture lost.
    """

    def __init__(self, first: int) -> None:
        self.count = first
        self.damaged = False
        self.discarded = 0  # packets that the file itself says are not to be shown
        self._started = False
        self._packets_each = 1  # two where a packet holds half the lines, as in television
        self._due: list[int] = []
        self._last_dts: int | None = None
        self._joined = False  # the clock started again: stamps no longer tell the order

    def expect(self, packet: Packet[VideoStream]) -> None:
        self.damaged |= packet.is_corrupt
        self.discarded += packet.is_discard
        if packet.dts is not None:
            self._joined |= self._last_dts is not None and packet.dts < self._last_dts
            self._last_dts = packet.dts
        if packet.pts is not None and not packet.is_discard:
            heapq.heappush(self._due, packet.pts)

    def take(self, pts: int | None) -> tuple[int, int] | None:
        """The picture's number, and how many are lost between it and the one before.

        None for a picture that a damaged stream brings too late to stand in its place.
        """
        passed = 0
        pts = None if self._joined else pts
        while pts is not None and self._due and self._due[0] <= pts:
            heapq.heappop(self._due)
            passed += 1
        if self._started and self.damaged and pts is not None and passed == 0:
            return None
        if self._started and not self.damaged:
            self._packets_each = max(self._packets_each, passed)
        missed = self._started and self.damaged and passed > 1
        lost = (passed - 1) // self._packets_each if missed else 0
        self._started = True
        self.count += lost + 1
        return self.count - 1, lost


def span(first: int, stop: int) -> str:
    """0-based first <= frame < stop, in words that count from 1."""
    return f"frame {stop} is" if stop - first == 1 else f"frames {first + 1} to {stop} are"


def stamps(
    container: InputContainer, stream: VideoStream, count: int
) -> tuple[list[int], list[int]]:
    """Sorted time stamps of the first `count` packets and of the key pictures among them.

    Both are empty where a stamp is missing, stands twice, or belongs to no picture.
    """
    found: list[int] = []
    keys: list[int] = []
    for packet in islice(container.demux(stream), count):
        if packet.size == 0:  # the end
            break
        if packet.pts is None or packet.is_discard:
            return [], []
        found.append(packet.pts)
        if packet.is_keyframe:
            keys.append(packet.pts)
    if len(set(found)) != len(found):
        return [], []
    return sorted(found), sorted(keys)
