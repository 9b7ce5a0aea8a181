"""The anchor files of a run: read, each a source with a name."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from gallery.folders import natural
from gallery.io.files import read_bytes
from tracker.anchors.live import SOURCE as LIVE
from tracker.anchors.readers import AnchorVideo, read_anchors
from tracker.anchors.rows import AnchorError, AnchorRows
from tracker.limits import MAX_SOURCES, MAX_TEXT_BYTES
from tracker.output.evidence_words import RESERVED
from tracker.runs.anchor_pipe import STDIN, check_stdin, is_pipe
from tracker.runs.request import AnchorInput

_AUTO = "auto"


@dataclass(frozen=True, slots=True, eq=False)
class GivenAnchors:
    """The S anchor files of a run, with the names in them as they were written.

    rows: of each file, by frame. fingerprints: of the files' bytes. fps: of the video.
    """

    inputs: tuple[AnchorInput, ...]
    rows: tuple[AnchorRows, ...]
    fingerprints: tuple[str, ...]
    fps: float

    @classmethod
    def read(cls, inputs: Sequence[AnchorInput], video: AnchorVideo) -> GivenAnchors:
        """Raises AnchorError: one line that says which file, where, and what to do."""
        places = Counter(str(given.path.resolve()) for given in inputs)
        twice = next((path for path, count in places.items() if count > 1), None)
        if twice is not None:
            raise AnchorError(f"--anchors {twice} is given twice; give each file once")
        if len(inputs) > MAX_SOURCES:
            raise AnchorError(f"{len(inputs)} files of --anchors, {MAX_SOURCES} at most; join some")
        names = source_names([None if given.live else given.path for given in inputs])
        every = [
            AnchorRows.none(name)
            if given.live
            else _in_order(replace(read_anchors(given.path, video=video), source=name), video.fps)
            for given, name in zip(inputs, names, strict=True)
        ]
        prints = ["" if given.live else fingerprint(given.path) for given in inputs]
        return cls(tuple(inputs), tuple(every), tuple(prints), video.fps)

    @classmethod
    def none(cls, fps: float) -> GivenAnchors:
        """No files at all."""
        return cls((), (), (), fps)


def inputs_of(files: Sequence[Path], accuracies: Sequence[str]) -> tuple[AnchorInput, ...]:
    """What --anchors and --anchor-accuracy say: one accuracy for all files, or one for each.

    Raises AnchorError.
    """
    if accuracies and not files:
        raise AnchorError("--anchor-accuracy says how many --anchors are right; give those too")
    if len(accuracies) > 1 and len(accuracies) != len(files):
        raise AnchorError(
            f"{len(accuracies)} times --anchor-accuracy for {len(files)} files of --anchors; "
            "say it once for all of them, or once for each in their order"
        )
    stated = [_accuracy(text) for text in accuracies] or [None]
    if len(stated) == 1:
        stated *= len(files)
    if STDIN in map(str, files):
        check_stdin()
    pipes = [is_pipe(file) for file in files]
    return tuple(map(AnchorInput, files, stated, pipes))


def _accuracy(text: str) -> float | None:
    """A share, or percent. Raises AnchorError."""
    if text.strip().lower() == _AUTO:
        return None
    plain = text.strip()
    try:
        number = float(plain.removesuffix("%"))
    except ValueError:
        number = -1.0
    share = number / 100 if number > 1 or plain.endswith("%") else number
    if not 0 < share <= 1:
        raise AnchorError(
            f"--anchor-accuracy {text}: say how many of the anchors are right, as a share such as "
            f"0.95, in percent such as 95, or {_AUTO}"
        )
    return share


def source_names(files: Sequence[Path | None]) -> list[str]:
    """A name for each: its stem, without what has a meaning in a table; none twice. None: live."""
    taken = set(RESERVED)
    names = []
    for file in files:
        stem = LIVE
        if file is not None:
            stem = re.sub(r'[\s,:;"\x00-\x1f]+', "_", file.stem).strip("_") or "anchors"
        elif LIVE not in names:
            names.append(LIVE)
            continue
        name, number = stem, 1
        while name.lower() in taken:
            number += 1
            name = f"{stem}-{number}"
        taken.add(name.lower())
        names.append(name)
    return names


def fingerprint(file: Path) -> str:
    """Of its bytes. Raises AnchorError."""
    try:
        return hashlib.sha256(read_bytes(file, MAX_TEXT_BYTES)).hexdigest()[:16]
    except OSError as error:
        raise AnchorError(f"{file}: cannot be read ({error.strerror or error})") from error


def _in_order(rows: AnchorRows, fps: float) -> AnchorRows:
    """The rows by frame, player and place, however the file has them; names in natural order."""
    names = sorted(rows.names, key=natural)
    place = {name: n for n, name in enumerate(names)}
    renamed = np.array([place[name] for name in rows.names], np.int64)[rows.players]
    return replace(rows, names=tuple(names), players=renamed).in_whole_order(fps)
