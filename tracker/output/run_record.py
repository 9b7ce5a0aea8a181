"""run.json, the record of a run: the one place that writes it and reads it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from gallery.atomic.write import whole
from gallery.io.files import read_json
from tracker.config import fault_of
from tracker.errors import TeamsheetError
from tracker.identity.roster_rules import number_of
from tracker.limits import MAX_FPS
from tracker.settings import Settings
from tracker.text import without_passwords
from tracker.types import NO_NUMBER

RECEIPT = "run.json"
CORRECTIONS = "corrections"
REVIEW, AUDIT = "review", "audit"
"""How much a review has asked, and how often the names that it looked at were right."""
_OF_OTHERS = {"extra_forbidden", "missing"}
"""What pydantic calls settings that another version has, and this one has not."""
ANCHORS, FIELD, GAPS, KITS, ROSTER = "anchors", "field", "gaps", "kits", "roster"
ADAPTED = "adapted"
"""What its detector has learned of the video, by `--adapt`."""
NUMBERS, WORN = "numbers", "worn"
"""Who read shirt numbers; who wears which by the roster."""
MAX_BYTES = 64_000_000  # with all that was said of a match
_NAMES = ("gallery", ROSTER, ANCHORS, GAPS, KITS, CORRECTIONS, WORN)
"""Parts that hold names, which are not to be touched."""


class RunRecordError(TeamsheetError):
    """There is no record of a run, or it is none of ours; the message says what to do."""


@dataclass(frozen=True, slots=True)
class AnchorsRecord:
    """A file of anchors of a run. source: its name in `evidence`. stated: share of them that is
    right, as its user stated; None: that was learned."""

    source: str
    file: Path
    fingerprint: str
    stated: float | None

    @classmethod
    def of(cls, tree: Mapping[str, Any]) -> AnchorsRecord:
        """Raises KeyError, TypeError or ValueError where it is none."""
        stated = tree["stated_accuracy"]
        return cls(
            str(tree["source"]),
            Path(str(tree["file"])),
            str(tree["fingerprint"]),
            None if stated is None else float(stated),
        )


@dataclass(frozen=True, slots=True, eq=False)
class RunRecord:
    """path: of run.json. tree: all that it says.

    What a property gives is there and of the right kind; where it is not, it raises RunRecordError.
    """

    path: Path
    tree: Mapping[str, Any]

    @classmethod
    def read(cls, out: Path) -> RunRecord:
        """Of OUT. Raises RunRecordError."""
        path = out / RECEIPT
        if not path.is_file():
            raise RunRecordError(f"{out} is no run of teamsheet: there is no {RECEIPT} in it")
        try:
            tree = read_json(path, MAX_BYTES)
        except (OSError, ValueError) as error:
            raise RunRecordError(
                f"{path}: not readable as JSON; run `teamsheet track` again"
            ) from error
        if not isinstance(tree, dict):
            raise RunRecordError(f"{path}: not a receipt of teamsheet; run `teamsheet track` again")
        return cls(path, tree)

    @classmethod
    def find(cls, out: Path) -> RunRecord | None:
        """Of OUT; None where there is none, or nothing that can be read."""
        try:
            return cls.read(out)
        except RunRecordError:
            return None

    def part(self, key: str) -> Mapping[str, Any]:
        """What stands under a key, empty where that is no table."""
        part = self.tree.get(key)
        return part if isinstance(part, dict) else {}

    @property
    def spec(self) -> str:
        """What was tracked, as it was given."""
        return str(self._of_source("spec"))

    @property
    def fingerprint(self) -> str:
        """Of what was tracked."""
        return str(self._of_source("fingerprint"))

    @property
    def fps(self) -> float:
        """Frames a second."""
        try:
            fps = float(self._of_source("fps"))
        except (TypeError, ValueError, OverflowError) as error:
            raise self.unusable() from error
        if not 0 < fps < MAX_FPS:
            raise self.unusable()
        return fps

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the pictures, pixels."""
        try:
            width, height = (int(side) for side in self._of_source("size"))
        except (TypeError, ValueError, OverflowError) as error:
            raise self.unusable() from error
        return width, height

    @property
    def frames(self) -> tuple[int, int]:
        """The first, from 1, and how many."""
        try:
            frames = self._of_source("frames")
            return int(frames["first"]), int(frames["count"])
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise self.unusable() from error

    @property
    def settings(self) -> Settings:
        """A setting that is known, and out of its range, is told as that: somebody altered it."""
        try:
            return Settings.model_validate(self.tree["settings"])
        except ValidationError as error:
            if error.errors()[0]["type"] in _OF_OTHERS:
                raise self.unusable() from error
            raise RunRecordError(
                f"{self.path}: {fault_of(error)}; put it right there, or run `teamsheet track` "
                "again with --resume"
            ) from error
        except (KeyError, TypeError) as error:
            raise self.unusable() from error

    @property
    def gallery(self) -> str:
        """Its folder, empty where the run had none."""
        gallery = self.tree.get("gallery")
        if not gallery:
            return ""
        try:
            return str(gallery["folder"])
        except (KeyError, TypeError) as error:
            raise self.unusable() from error

    @property
    def team_sheet(self) -> str:
        """Its file, empty where the run had none."""
        return str(self.part(ROSTER).get("file") or "")

    @property
    def roster_fingerprint(self) -> str | None:
        """Of the players of gallery and team sheet together; None without both."""
        found = (self.part("gallery") or self.part(ROSTER)).get("fingerprint")
        return None if found is None else str(found)

    @property
    def named(self) -> bool:
        """Whether players could be named in it: by a gallery, a team sheet or by anchors."""
        return any(self.tree.get(part) for part in ("gallery", ROSTER, ANCHORS))

    @property
    def players(self) -> list[str]:
        """All whom a track could be; those of the roster come first. Empty without any."""
        parts = (self.part(key).get("players") for key in (ANCHORS, "gallery", ROSTER))
        listed = next(filter(None, parts), None)
        return [str(player) for player in listed] if isinstance(listed, list) else []

    @property
    def worn(self) -> dict[str, int]:
        """Shirt numbers by player, of those who wear one by the roster of the run."""
        numbers = {str(k): number_of(str(v)) for k, v in self.part(WORN).items()}
        return {player: number for player, number in numbers.items() if number != NO_NUMBER}

    @property
    def reads_numbers(self) -> bool:
        """Whether shirt numbers were read in it."""
        return bool(self.part(NUMBERS))

    @property
    def anchors(self) -> list[AnchorsRecord]:
        """The files of anchors that it went by. What its detector's classes said is none."""
        try:
            every = self.part(ANCHORS).get("sources") or ()
            return [AnchorsRecord.of(tree) for tree in every if tree["file"] is not None]
        except (KeyError, TypeError, ValueError) as error:
            raise self.unusable() from error

    @property
    def field(self) -> tuple[str, int] | None:
        """Corners of the field, as `--field` takes them, and the frame they are of; None without
        one."""
        if not self.part(FIELD):
            return None
        try:
            corners = " ".join(f"{float(x)},{float(y)}" for x, y in self.part(FIELD)["corners"])
            return corners, int(self.part(FIELD)["frame"])
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise self.unusable() from error

    @property
    def corrections(self) -> Any:
        """What its user has said, as it is kept; see `corrections.record`. Falsy where nothing."""
        return self.tree.get(CORRECTIONS) or []

    def unusable(self) -> RunRecordError:
        """To raise where the record does not say what is needed."""
        return RunRecordError(
            f"{self.path}: written by another teamsheet; run `teamsheet track` again"
        )

    def _of_source(self, key: str) -> Any:
        try:
            return self.tree["source"][key]
        except (KeyError, TypeError) as error:
            raise self.unusable() from error


def kits_in(tree: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Of run.json, as `KitFact.tree`; none where it says nothing of whose they are."""
    every = tree.get(KITS)
    needed = ("name", "color", "role", "team")
    listed = every if isinstance(every, list) else []
    return [kit for kit in listed if isinstance(kit, dict) and all(key in kit for key in needed)]


def write_run_record(tree: Mapping[str, Any], path: Path) -> None:
    """run.json: everything that went into the run, without passwords of addresses.

    Replaces an older one in one step. Raises RunRecordError where nobody could read it again.
    """
    clean = {key: part if key in _NAMES else without_passwords(part) for key, part in tree.items()}
    content = (json.dumps(clean, indent=2, ensure_ascii=False) + "\n").encode()
    if len(content) > MAX_BYTES:
        raise RunRecordError(
            f"{path}: not written, for it would have {len(content)} bytes, and at most "
            f"{MAX_BYTES} are read; take corrections back"
        )
    with whole(path) as draft:
        draft.write_bytes(content)
