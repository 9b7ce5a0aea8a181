"""What all parts of the page lean on: the run, its pictures, its scale of time."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from tracker.report.finished import Finished
from tracker.report.pictures import Album
from tracker.report.timeline import Scale, TimeFormat, scale_of


@dataclass(frozen=True, slots=True, eq=False)
class PageContext:
    """slugs: where in the page a person is, by label. Only people who are shown have one."""

    run: Finished
    album: Album
    scale: Scale
    time_format: TimeFormat
    slugs: dict[str, str]

    @classmethod
    def of(cls, run: Finished, album: Album) -> PageContext:
        scale = scale_of(run.rows, run.people)
        named = {p.label: p.slug for p in run.people if p.track is None}
        nameless = {p.label: p.slug for p in run.people if p.track is not None}
        return cls(run, album, scale, TimeFormat(scale.length_s), nameless | named)

    def time(self, frame: int) -> str:
        """When a frame is, in words."""
        return self.time_format.fine(self.run.rows.time_s(frame))

    def at(self, frame: int) -> float:
        """Where a frame is, as a share of the run."""
        return self.scale.at(self.run.rows.time_s(frame))


def text(data: bytes) -> str:
    """Bytes as they stand in a data URI."""
    return base64.b64encode(data).decode("ascii")
