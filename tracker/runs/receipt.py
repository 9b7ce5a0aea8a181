"""The receipt of a run, which names all that went into it: what run.json says."""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tracker.output.gallery_ids import SilentVotes
from tracker.output.gap_statistics import gap_tree
from tracker.output.run_record import (
    ADAPTED,
    ANCHORS,
    CORRECTIONS,
    FIELD,
    GAPS,
    KITS,
    NUMBERS,
    REVIEW,
    ROSTER,
    WORN,
    RunRecord,
)
from tracker.types import Visibility
from tracker.version import __version__

if TYPE_CHECKING:
    from gallery.classifier.gallery_classifier import GalleryClassifier
    from tracker.court.field import Field
    from tracker.observation.metadata import ModelId
    from tracker.output.table import TrackTable
    from tracker.runs.following import Followed
    from tracker.runs.name_model import NameModel
    from tracker.runs.request import TrackRequest
    from tracker.runs.session import Session

_PACKAGES = (
    "teamsheet", "torch", "ultralytics", "openvino", "numpy", "scipy", "lap", "opencv-python", "av",
)  # fmt: skip


def receipt(
    request: TrackRequest,
    session: Session,
    table: TrackTable,
    followed: Followed,
    live: Mapping[str, Any] | None = None,
    corrections: Sequence[Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """All of run.json. live: what a camera has to say. corrections: None where none were kept."""
    about, names, log = session.about, session.names, session.log
    source, tests = about.source, followed.offset_test
    return {
        "teamsheet": __version__,
        "command": sys.argv[1:],
        "source": {
            "spec": request.source,
            "fingerprint": source.fingerprint,
            "size": [source.width, source.height],
            "fps": source.fps,
            "frames": {"first": request.frames[0], "count": followed.count},
        },
        "detector": _model(about.detector, about.runtimes.get("detector")),
        **_adapted(request),
        "encoder": _model(about.encoder, about.runtimes.get("encoder")),
        "gallery": _gallery(request, names),
        **({ROSTER: _team_sheet(request, names)} if request.roster and names else {}),
        **({ANCHORS: followed.anchors.tree()} if followed.anchors else {}),
        **({FIELD: _field(session.field, followed)} if session.field else {}),
        NUMBERS: _model(about.numbers),
        **({WORN: worn} if (worn := _worn(names)) else {}),
        **({"live": live} if live else {}),
        **({"offset_test": tests} if tests else {}),
        "notes": list(dict.fromkeys([*log.notes, *log.warnings])),
        "settings": request.settings.model_dump(mode="json"),
        "counts": {"looked_at": dict(followed.looked_at), **counts_of(table)},
        **({KITS: [fact.tree() for fact in log.kits]} if log.kits else {}),
        **({GAPS: _gaps(request, session, table, followed)} if names else {}),
        "seconds": {stage: round(spent, 3) for stage, spent in log.seconds.items()},
        "versions": {"python": platform.python_version(), **_versions(_PACKAGES)},
        **({} if corrections is None else {CORRECTIONS: corrections}),
    }


def corrected(receipt_now: Mapping[str, Any], before: RunRecord) -> dict[str, Any]:
    """The receipt of a run that is named again: what was observed is told as it was before."""
    tree = before.tree
    return {
        **receipt_now,
        "command": tree.get("command", []),
        "notes": tree.get("notes", []),
        "seconds": {**tree.get("seconds", {}), **receipt_now["seconds"]},
        **{part: tree[part] for part in (ADAPTED, FIELD, REVIEW) if part in tree},
    }


def summary(table: TrackTable, out: Path) -> str:
    """The lines a user reads after a run."""
    numbers, words = table.numbers, table.words
    named = ~words["player"].are("")
    visible = words["visibility"].are(Visibility.VISIBLE.label)
    lines = [
        f"{len(np.unique(numbers['track_id']))} tracks over {len(np.unique(numbers['frame']))} "
        f"frames, {len(np.unique(words['player'].codes[named]))} players named, "
        f"{(visible & named).sum()} of {visible.sum()} boxes with a name"
    ]
    lines.append(f"results in {out}: {', '.join(sorted(f.name for f in out.iterdir()))}")
    return "\n".join(lines)


def _adapted(request: TrackRequest) -> dict[str, Any]:
    """What a run that is gone on with says of its detector."""
    before = RunRecord.find(request.out) if request.resume else None
    return {ADAPTED: before.tree[ADAPTED]} if before and ADAPTED in before.tree else {}


def _gallery(request: TrackRequest, names: NameModel | None) -> dict[str, Any] | None:
    if names is None or names.roster is None or names.classifier is None:
        return None
    return {
        "folder": str(request.gallery),
        "fingerprint": names.roster.fingerprint(),
        "players": [player.name for player in names.roster.players],
        "calibration": _calibration(names.classifier),
    }


def _field(field: Field, followed: Followed) -> dict[str, Any]:
    """Where it is drawn, and the frames in which it is known."""
    shot = followed.field_shot
    return {**field.tree(), "holds": None if shot is None else [frame + 1 for frame in shot]}


def _worn(names: NameModel | None) -> dict[str, str]:
    """Shirt numbers by player, as they stand in the roster."""
    roster = names.roster if names else None
    return {p.name: p.number for p in roster.players if p.number} if roster else {}


def _team_sheet(request: TrackRequest, names: NameModel) -> dict[str, Any]:
    assert names.roster is not None
    return {
        "file": str(request.roster),
        "fingerprint": names.roster.fingerprint(),
        "players": [player.name for player in names.roster.players],
    }


def _gaps(
    request: TrackRequest, session: Session, table: TrackTable, followed: Followed
) -> dict[str, Any]:
    mode = request.settings.mode
    votes = SilentVotes.of_log(followed.evidence_log, session.players, mode)
    return gap_tree(table, votes)


def _model(by: ModelId | None, runtime: str | None = None) -> dict[str, str] | None:
    """runtime: whose software ran the network."""
    if by is None:
        return None
    model = {"name": by.name, "fingerprint": by.fingerprint}
    return model | {"runtime": runtime} if runtime else model


def counts_of(table: TrackTable) -> dict[str, Any]:
    """Of tracks, of players who are named, and of rows."""
    numbers, words = table.numbers, table.words
    named = ~words["player"].are("")
    return {
        "tracks": len(np.unique(numbers["track_id"])),
        "players_named": len(np.unique(words["player"].codes[named])),
        "rows": {v.label: int(words["visibility"].are(v.label).sum()) for v in Visibility},
        "named_rows": int(named.sum()),
    }


def _calibration(classifier: GalleryClassifier) -> dict[str, Any]:
    """How sure the gallery was of its own left out pictures, and how often it was right."""
    found = classifier.calibration
    return {
        "nats_per_cosine": round(found.kappa, 4),
        "stranger_cosine": round(found.cosine, 4),
        "expected_error": None if np.isnan(found.error) else round(found.error, 4),
        "reliability": [
            {"crops": int(n), "confidence": round(sure / n, 4), "right": round(right / n, 4)}
            for n, sure, right in found.reliability.tolist()
            if n
        ],
    }


def _versions(packages: Sequence[str]) -> dict[str, str]:
    found = {}
    for name in packages:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found
