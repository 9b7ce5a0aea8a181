"""The parent of every named error, which lives where `gallery` can have it too."""

from __future__ import annotations

from gallery.errors import TeamsheetError

__all__ = ["TeamsheetError"]
