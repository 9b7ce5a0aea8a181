"""The pictures of the players in the run's gallery, to show beside a question."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from gallery.errors import TeamsheetError
from gallery.images import read_picture
from gallery.roster import read_roster
from tracker.review_page.pictures import NoPictureError
from tracker.types import Image


class GalleryPictures:
    """Of one folder. What cannot be read has no pictures: the page goes on without."""

    def __init__(self, folder: Path | None) -> None:
        """folder: None where the run has no gallery."""
        self._folder = folder

    @property
    def counts(self) -> Mapping[str, int]:
        """Name to how many pictures; players without one are left out."""
        return {name: len(files) for name, files in self._files.items()}

    def picture(self, player: str, place: int) -> Image:
        """One of a player's, from 0. Raises NoPictureError."""
        files = self._files.get(player, ())
        image = read_picture(files[place]) if place < len(files) else None
        if image is None:
            raise NoPictureError(f"the gallery has no such picture of {player}")
        return image

    @cached_property
    def _files(self) -> dict[str, tuple[Path, ...]]:
        if self._folder is None:
            return {}
        try:
            return {player.name: player.pictures for player in read_roster(self._folder).players}
        except (TeamsheetError, OSError):  # moved, or spoiled since: the run's names stand
            return {}
