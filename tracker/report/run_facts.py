"""What run.json says: where the pictures came from, and what goes to the foot of the page."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tracker.corrections.reapply import KeptCorrections
from tracker.corrections.record import StoredCorrection
from tracker.errors import TeamsheetError
from tracker.explain.run import read_record
from tracker.limits import MAX_PIXELS
from tracker.output.run_record import ANCHORS, AUDIT, ROSTER, RunRecordError
from tracker.text import hidden


class ReportError(TeamsheetError):
    """No report can be made of this folder; the message says what to do."""


@dataclass(frozen=True, slots=True, eq=False)
class RunFacts:
    """tree: all of it. spec: what was tracked. size: of its picture, pixels. fps: frames a second.

    players: of the gallery and the anchors, none without both. mode: online or offline.
    corrections: what was said of it. worn: shirt numbers by player, as the roster had them.
    """

    tree: Mapping[str, Any]
    spec: str
    size: tuple[int, int]
    fps: float
    fingerprint: str
    players: list[str]
    mode: str
    corrections: Sequence[StoredCorrection]
    worn: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def read(cls, out: Path) -> RunFacts:
        """Of OUT. Raises ExplainError where it is no run, ReportError where it says too little,
        CorrectionError where its corrections cannot be read."""
        record = read_record(out)
        try:
            spec, size, fps = record.spec, record.size, record.fps
        except RunRecordError as error:
            raise ReportError(str(error)) from error
        if not 0 < size[0] * size[1] <= MAX_PIXELS or min(size) < 1:
            raise ReportError(str(record.unusable()))
        fingerprint = str(record.part("source").get("fingerprint", ""))
        players = record.players
        mode = str(record.part("settings").get("mode", "online"))
        corrections = KeptCorrections.of(record, fingerprint).corrections
        worn = record.worn
        return cls(record.tree, spec, size, fps, fingerprint, players, mode, corrections, worn)

    @property
    def name(self) -> str:
        """A heading: the last part of what was tracked."""
        return Path(hidden(self.spec).rstrip("/")).name or hidden(self.spec)


def facts_of(receipt: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The lines that most readers want, as far as the receipt has them."""
    source, gallery = _part(receipt, "source"), _part(receipt, "gallery")
    size = source.get("size")
    lines = [
        ("source", source.get("spec")),
        ("picture", f"{size[0]} x {size[1]} pixels" if size else None),
        ("detector", _part(receipt, "detector").get("name")),
        ("encoder", _part(receipt, "encoder").get("name")),
        ("gallery", gallery.get("folder")),
        ("team sheet", _part(receipt, ROSTER).get("file")),
        *(("anchors", line) for line in _anchors(receipt)),
        ("shirt numbers", _part(receipt, "numbers").get("name")),
        ("mode", _part(receipt, "settings").get("mode")),
        ("teamsheet", receipt.get("teamsheet")),
        ("names audited", audit_line(receipt)),
        *(("note", note) for note in receipt.get("notes") or []),
        *((f"seconds: {stage}", spent) for stage, spent in _part(receipt, "seconds").items()),
    ]
    return [(key, hidden(str(value))) for key, value in lines if value not in (None, "")]


def audit_line(receipt: Mapping[str, Any]) -> str | None:
    """How many of the names were right that a person looked at in a review, drawn at random; None
    where nobody has."""
    audit = _part(receipt, AUDIT)
    shares = [audit.get(key) for key in ("precision", "low", "high")]
    if not all(isinstance(share, int | float) and 0 <= share <= 1 for share in shares):
        return None
    share, low, high = (f"{100 * float(share or 0):.0f}" for share in shares)
    return (
        f"{audit.get('right')} of {audit.get('done')} drawn at random are right: {share} %, and "
        f"{low} to {high} % of all by 95 % confidence"
    )


def settings_of(receipt: Mapping[str, Any]) -> str:
    """As they could be written into a --config file."""
    return yaml.safe_dump(dict(_part(receipt, "settings")), sort_keys=False, allow_unicode=True)


def plain(receipt: Mapping[str, Any]) -> str:
    """The whole of it."""
    return hidden(json.dumps(receipt, indent=2, ensure_ascii=False))


def _anchors(receipt: Mapping[str, Any]) -> Iterator[str]:
    """A line for each file of anchors, and for what the classes of the detector said."""
    sources = _part(receipt, ANCHORS).get("sources")
    for given in sources if isinstance(sources, list) else ():
        if not isinstance(given, dict):
            continue
        right = ""
        for key, how in (("stated_accuracy", "as stated"), ("learned_accuracy", "by the run")):
            if not right and isinstance(given.get(key), float):
                right = f", {given[key]:.0%} right {how}"
        yield f"{given.get('file') or given.get('source')}: {given.get('rows')} anchors{right}"


def _part(receipt: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    part = receipt.get(key)
    return part if isinstance(part, dict) else {}
