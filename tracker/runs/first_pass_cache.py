"""What following has found out, kept beside the observations: a correction follows nothing again.

`observations/followed.npz` holds all that the second pass goes by (`follow.offline.Ground`), the
names that it gives where nobody says anything, and every gap with what both its ends say. It is
used only where the very same code, settings, gallery and observations would find it again.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import os
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gallery.io.files import write_arrays
from tracker.court.track_plays import TrackPlays
from tracker.identity.anchor_likelihood import AnchorChannel
from tracker.kits.track_colors import TrackColors
from tracker.offline.first_pass import FirstNames
from tracker.offline.offline_naming import TrackletNames
from tracker.offline.second_pass import Settled
from tracker.offline.smoothing import Gap, SmoothedGaps
from tracker.rows import OF_FRAMES, OF_ROWS, Rows
from tracker.tracking.evidence_log import AmbiguousMatches
from tracker.tracking.traces import Tracklet
from tracker.types import Doubles
from tracker.version import __version__

if TYPE_CHECKING:
    from tracker.runs.request import TrackRequest
    from tracker.runs.session import Session

FILE = "followed.npz"
_ROOMS = ("anchors", "identity", "kits", "court", "tracking", "offline")
_FOLLOWING = [Path(__file__).parents[1] / room for room in _ROOMS]
"""Where the code lies by which people are followed and named."""
_LEFT_OUT = ("player_confidence", "evidence")  # of rows, which the names to come replace


@dataclass(frozen=True, eq=False)
class FirstPass:
    """rows: of the first pass, swaps undone. begun: names where nobody says anything.

    cameras: (F, 2, 3) that it went by, `OnlineTracker.camera` of each frame. roles: votes of
    `TrackRoles`. colors: what tracks wear. plays: who takes part in the game. offset_test,
    looked_at: as in `following.Followed`.
    """

    rows: Rows
    begun: Settled
    first: FirstNames
    ambiguous: AmbiguousMatches
    smoothed: SmoothedGaps
    cameras: Doubles
    roles: Doubles
    colors: TrackColors
    plays: TrackPlays
    offset_test: Sequence[Mapping[str, float | int]] | None
    looked_at: Mapping[str, int]

    def write(self, folder: Path, key: str) -> None:
        """In one step. key: see `key_of`."""
        arrays = {name: _small(array) for name, array in self._arrays().items()}
        counts = {"offset_test": self.offset_test, "looked_at": dict(self.looked_at)}
        note = json.dumps({"key": key, "told": counts})
        write_arrays(folder / FILE, arrays, {"note.json": note})

    @classmethod
    def read(cls, folder: Path, key: str) -> FirstPass | None:
        """None where there is none, or it is of something else."""
        try:
            with zipfile.ZipFile(folder / FILE) as file:
                entries = file.infolist()
                if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
                    return None  # not ours, and might be larger than it looks
                note = json.loads(file.read("note.json"))
                if note["key"] != key:
                    return None
                names = [entry.filename for entry in entries if entry.filename.endswith(".npy")]
                arrays = {name[:-4]: _array(file.read(name)) for name in names}
            return cls._of(arrays, note["told"])
        except (OSError, ValueError, KeyError, TypeError, IndexError, EOFError, zipfile.BadZipFile):
            return None

    def _arrays(self) -> dict[str, NDArray[Any]]:
        rows, tracklets, result, smoothed = (
            self.rows,
            self.begun.tracklets,
            self.begun.result,
            self.smoothed,
        )
        names = ["counts", *OF_FRAMES, *(n for n in OF_ROWS if n not in _LEFT_OUT)]
        found = {f"rows.{name}": getattr(rows, name) for name in names}
        found |= {
            f"result.{f.name}": np.asarray(getattr(result, f.name)) for f in fields(TrackletNames)
        }
        found |= {
            f"first.{name}": getattr(self.first, name) for name in ("places", "players", "sure")
        }
        found |= {"doubts.rows": self.ambiguous.rows, "doubts.margins": self.ambiguous.margins}
        found |= {f"bridges.{name}": getattr(smoothed, name) for name in _BRIDGED}
        found |= {f"plays.{f.name}": getattr(self.plays, f.name) for f in fields(TrackPlays)}
        gaps = [(gap.track, gap.first, gap.last) for gap in smoothed.gaps]
        joined = {n: np.concatenate([getattr(p, n) for p in tracklets]) for n in _OF_SIGHTINGS}
        found |= {f"tracklets.{name}": column for name, column in joined.items()}
        return found | {
            "bridges.gaps": np.array(gaps, np.int64).reshape(-1, 3),
            "tracklets.track": np.array([tracklet.track for tracklet in tracklets], np.int64),
            "tracklets.link": np.array([tracklet.link for tracklet in tracklets], np.float64),
            "tracklets.counts": np.array(
                [len(tracklet.frames) for tracklet in tracklets], np.int64
            ),
            "said": self.begun.log_likelihoods,
            "channel.shift": self.begun.channel.shift,
            "channel.confusion": self.begun.channel.confusion,
            "cameras": self.cameras,
            "roles": self.roles,
            "colors.sums": self.colors.sums,
            "colors.frames": self.colors.frames,
            "colors.looked": np.array(self.colors.looked),
            "colors.spans": np.array(list(self.colors.spans), np.int64).reshape(-1, 2),
            "colors.of_spans": np.array(list(self.colors.spans.values()), np.float32),
        }

    @classmethod
    def _of(cls, arrays: Mapping[str, NDArray[Any]], counts: Mapping[str, Any]) -> FirstPass:
        def get(name: str, kind: type[np.generic] = np.int64) -> NDArray[Any]:
            return arrays[name].astype(kind, copy=False)

        count = int(get("rows.counts").sum())
        kinds = dict.fromkeys(("boxes", "scores", "predicted", "std"), np.float64)
        columns: dict[str, Any] = {
            name: get(f"rows.{name}", kind) for name, kind in OF_FRAMES.items()
        }
        for name in OF_ROWS:
            if name in _LEFT_OUT:
                columns[name] = np.zeros(count, np.int64 if name == "evidence" else np.float64)
            else:
                kind = np.bool_ if name == "confirmed" else kinds.get(name, np.int64)
                columns[name] = get(f"rows.{name}", kind)
        rows = Rows(counts=get("rows.counts"), **columns)
        result = TrackletNames(
            get("result.names"), get("result.confidence", np.float64), get("result.votes"),
            get("result.probabilities", np.float64), get("result.fixed", np.bool_),
            float(get("result.expected_f1", np.float64)),
        )  # fmt: skip
        first = FirstNames(
            len(rows), get("first.places"), get("first.players"), get("first.sure", np.float64)
        )
        channel = AnchorChannel(
            get("channel.shift", np.float64), get("channel.confusion", np.float64)
        )
        gaps = [Gap(*gap) for gap in get("bridges.gaps").tolist()]
        answers, centres, stds = (
            get(f"bridges.{n}", np.float64) for n in ("answers", "centres", "stds")
        )
        return cls(
            rows,
            Settled(_tracklets(get), get("said", np.float64), result, channel),
            first,
            AmbiguousMatches(get("doubts.rows"), get("doubts.margins", np.float32)),
            SmoothedGaps(gaps, answers, get("bridges.there", np.bool_), centres, stds),
            get("cameras", np.float64),
            get("roles", np.float64),
            TrackColors(
                get("colors.sums", np.float64),
                get("colors.frames"),
                int(get("colors.looked")),
                dict(
                    zip(
                        map(tuple, get("colors.spans").tolist()),
                        get("colors.of_spans", np.float32),
                        strict=True,
                    )
                ),
            ),
            TrackPlays(*(get(f"plays.{f.name}", np.float64) for f in fields(TrackPlays))),
            counts["offset_test"],
            counts["looked_at"],
        )


_BRIDGED = ("answers", "there", "centres", "stds")
_OF_SIGHTINGS = ("frames", "detections", "clean")


def _tracklets(get: Any) -> list[Tracklet]:
    ends = np.cumsum(get("tracklets.counts"))[:-1]
    frames, detections, clean = (
        np.split(get(f"tracklets.{name}", np.bool_ if name == "clean" else np.int64), ends)
        for name in _OF_SIGHTINGS
    )
    tracks, links = get("tracklets.track").tolist(), get("tracklets.link", np.float64).tolist()
    return list(map(Tracklet, tracks, frames, detections, clean, links))


def _array(content: bytes) -> NDArray[Any]:
    """What `np.lib.format` wrote, which is no larger than it says. Raises ValueError."""
    file = io.BytesIO(content)
    np.lib.format.read_magic(file)
    shape, fortran, dtype = np.lib.format.read_array_header_1_0(file)
    if dtype.hasobject or math.prod(shape) * dtype.itemsize != len(content) - file.tell():
        raise ValueError("an array of another size than it says")
    flat = np.frombuffer(content, dtype, offset=file.tell())
    return flat.reshape(shape, order="F" if fortran else "C")


def _small(array: NDArray[Any]) -> NDArray[Any]:
    """The same numbers in half the room, where they fit."""
    kind = {"f": np.float32, "i": np.int32}.get(array.dtype.kind)
    if kind is None or array.dtype.itemsize != 8:
        return array
    with np.errstate(over="ignore"):
        half = array.astype(kind)
    return half if np.array_equal(half, array, equal_nan=array.dtype.kind == "f") else array


def key_of(request: TrackRequest, session: Session, folder: Path) -> str:
    """Changes when following would find something else. folder: of the observations."""
    digest = hashlib.sha256(__version__.encode())
    for file in sorted(file for room in _FOLLOWING for file in room.iterdir()):
        if file.is_file():
            digest.update(file.read_bytes())
    settings = request.settings.follow
    digest.update(settings.model_dump_json().encode())
    digest.update(request.settings.encode.numbers.encode())  # off: what was read is not believed
    names = session.names
    digest.update(names.key.encode() if names else b"")
    digest.update(session.anchors.key.encode() if session.anchors else b"")
    digest.update(session.classes.key.encode() if session.classes else b"")
    digest.update(session.field.key.encode() if session.field else b"")
    if settings.offsets.weights is not None:
        digest.update(settings.offsets.weights.read_bytes())
    digest.update((folder / "meta.json").read_bytes())
    for file in sorted(folder.glob("chunk-*.parquet")):
        with file.open("rb") as opened:  # its end says where and how large everything in it is
            opened.seek(-min(file.stat().st_size, 20_000), os.SEEK_END)
            digest.update(f"{file.name} {file.stat().st_size}".encode() + opened.read())
    return digest.hexdigest()
