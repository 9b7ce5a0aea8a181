"""What a page has to know of a run before it draws anything: its players, its video, its frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tracker.errors import TeamsheetError
from tracker.identity.roster_rules import sides_of
from tracker.output.run_record import RunRecord, RunRecordError
from tracker.text import hidden
from tracker.version import __version__

if TYPE_CHECKING:
    from gallery.roster import Player, Roster


@dataclass(frozen=True, slots=True)
class RunGallery:
    """Whose pictures there are. roster: None where the run has no gallery, or it is gone."""

    roster: Roster | None
    note: str = ""

    @classmethod
    def of(cls, record: RunRecord) -> RunGallery:
        try:
            folder, sheet = record.gallery, record.team_sheet
        except RunRecordError as error:
            return cls(None, str(error))
        from gallery.team_sheet.merge import read_players

        try:
            return cls(
                read_players(Path(folder) if folder else None, Path(sheet) if sheet else None)
            )
        except (TeamsheetError, OSError) as error:
            return cls(None, f"no pictures of the players: {error}")

    @property
    def negatives(self) -> list[str]:
        return list(self.roster.negatives_named) if self.roster is not None else []

    @property
    def teams(self) -> list[str]:
        """Of its players, in order."""
        every = self.roster.players if self.roster is not None else ()
        sides = sides_of([p.team for p in every], [p.role for p in every])
        return sorted({side for side in sides if side})

    @property
    def players(self) -> dict[str, Player]:
        return {p.name: p for p in self.roster.players} if self.roster is not None else {}

    def pictures(self, name: str) -> Sequence[Path]:
        """Of a player or a negative; none where there is nobody of that name."""
        if name in self.players:
            return self.players[name].pictures
        return dict(self.roster.negatives).get(name, ()) if self.roster is not None else ()


@dataclass(frozen=True, slots=True)
class RunVideo:
    """spec: what to open. there: it is the one that was tracked. note: what is to be said of it."""

    spec: str
    there: bool
    note: str = ""

    @classmethod
    def of(cls, record: RunRecord, given: str | None) -> RunVideo:
        """given: where its user says that it is now."""
        from tracker.video.image_sequence import open_folder
        from tracker.video.open import is_live, known_fingerprint

        spec = given if given is not None else record.spec
        if is_live(spec) or "://" in spec:
            return cls(spec, False, "the run was live; give a recording of it with --video")
        try:
            fingerprint = known_fingerprint(spec)
        except (TeamsheetError, OSError) as error:
            return cls(spec, False, str(error))
        if fingerprint is None:
            where = hidden(spec)
            return cls(spec, False, f"{where} is not there; say where it is now with --video")
        if fingerprint != record.fingerprint:
            return cls(spec, False, f"{hidden(spec)} is not the video of this run; see --video")
        if Path(spec).is_dir() and not open_folder(Path(spec)).has_images:
            return cls(spec, False, "it was tracked from boxes alone; there are no pictures")
        return cls(spec, True)


def players_tree(names: Sequence[str], gallery: RunGallery) -> list[dict[str, Any]]:
    """names: whom a ledger names, in its order."""
    known = gallery.players
    colours = _colours(names, {n: p.team for n, p in known.items() if p.team})
    return [
        {
            "name": name,
            "number": known[name].number if name in known else None,
            "team": known[name].team if name in known else None,
            "role": known[name].role if name in known else None,
            "color": colours[name],
            "pictures": len(gallery.pictures(name)),
        }
        for name in names
    ]


def facts_tree(record: RunRecord, video: RunVideo, last: int) -> dict[str, Any]:
    """Of the run itself. last: its last frame, where run.json does not say. Raises
    RunRecordError."""
    first, count = record.frames
    spec = hidden(record.spec)
    return {
        "run": str(record.path.parent),
        "name": Path(spec.rstrip("/")).name or spec,
        "fps": record.fps,
        "frames": [first, max(first + count - 1, last)],
        "size": list(record.size),
        "video": {"there": video.there, "note": video.note},
        "named": record.named,
        "mode": str(record.part("settings").get("mode", "")),
        "version": __version__,
    }


def _colours(names: Sequence[str], teams: Mapping[str, str]) -> dict[str, str]:
    """As the drawn video has them, for CSS."""
    from tracker.render.drawing import colours

    return {
        name: f"#{red:02x}{green:02x}{blue:02x}"
        for name, (blue, green, red) in colours(names, teams).items()
    }
