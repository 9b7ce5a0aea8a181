"""run.json: the receipt that names all that went into a run."""

from __future__ import annotations

import platform
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gallery.io.files import read_json
from tracker.output.run_files import CORRECTIONS, RECEIPT
from tracker.types import Visibility
from tracker.version import __version__

if TYPE_CHECKING:
    from gallery.classifier.gallery_classifier import GalleryClassifier
    from tracker.observation.metadata import ModelId
    from tracker.output.table import TrackTable
    from tracker.runs.request import TrackRequest
    from tracker.runs.run import Run

_PACKAGES = (
    "teamsheet", "torch", "ultralytics", "openvino", "numpy", "scipy", "lap", "opencv-python", "av",
)  # fmt: skip


def receipt(request: TrackRequest, run: Run, table: TrackTable, frames: int) -> dict[str, Any]:
    """All of run.json. frames: how many were followed."""
    source = run.about.source
    return {
        "teamsheet": __version__,
        "command": sys.argv[1:],
        "source": {
            "spec": request.source,
            "fingerprint": source.fingerprint,
            "size": [source.width, source.height],
            "fps": source.fps,
            "frames": {"first": request.frames[0], "count": frames},
        },
        "detector": _model(run.about.detector, run.about.runtimes.get("detector")),
        "encoder": _model(run.about.encoder, run.about.runtimes.get("encoder")),
        "gallery": run.roster
        and {
            "folder": str(request.gallery),
            "fingerprint": run.roster.fingerprint(),
            "players": run.players,
            "calibration": run.classifier and _calibration(run.classifier),
        },
        "numbers": _model(run.about.numbers),
        **({"live": run.live} if run.live else {}),
        **({"offset_test": run.offset_test} if run.offset_test else {}),
        "notes": list(dict.fromkeys([*run.notes, *run.warnings])),
        "settings": request.settings.model_dump(mode="json"),
        "counts": {"looked_at": dict(run.seen), **_counts(table)},
        "seconds": {stage: round(spent, 3) for stage, spent in run.seconds.items()},
        "versions": {"python": platform.python_version(), **_versions(_PACKAGES)},
    }


def summary(table: TrackTable, out: Path) -> str:
    """The lines a user reads after a run."""
    numbers, words = table.columns.numbers, table.columns.words
    named = ~words["player"].are("")
    visible = words["visibility"].are(Visibility.VISIBLE.label)
    lines = [
        f"{len(np.unique(numbers['track_id']))} tracks over {len(np.unique(numbers['frame']))} "
        f"frames, {len(np.unique(words['player'].codes[named]))} players named, "
        f"{(visible & named).sum()} of {visible.sum()} boxes with a name"
    ]
    lines.append(f"results in {out}: {', '.join(sorted(f.name for f in out.iterdir()))}")
    return "\n".join(lines)


def corrections_in(out: Path) -> int:
    """How many corrections a run that is there keeps; 0 where none can be read."""
    try:
        return len(read_json(out / RECEIPT)[CORRECTIONS])
    except (OSError, ValueError, KeyError, TypeError):
        return 0


def _model(by: ModelId | None, runtime: str | None = None) -> dict[str, str] | None:
    """runtime: whose software ran the network."""
    if by is None:
        return None
    model = {"name": by.name, "fingerprint": by.fingerprint}
    return model | {"runtime": runtime} if runtime else model


def _counts(table: TrackTable) -> dict[str, Any]:
    numbers, words = table.columns.numbers, table.columns.words
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
