"""A rich console that no name, path or message can steer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.segment import Segment

from gallery.io.spelling import printable


class SafeConsole(Console):
    """All text that is printed by it passes here; rich's own colours and moves do not."""

    def _render_buffer(self, buffer: Iterable[Segment]) -> str:
        return super()._render_buffer(
            segment if segment.control else Segment(printable(segment.text), segment.style)
            for segment in buffer
        )


def console(**how: Any) -> Console:
    """See `rich.console.Console`."""
    return SafeConsole(**how)
