"""A text file on disk or inside a zip, so that nothing after this asks which."""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from gallery.io.text_files import NoTextError, decode
from tracker.evaluation.boxes import EvaluateError

MAX_BYTES = 500_000_000
MAX_MEMBERS = 20_000
_BROKEN = (
    zipfile.BadZipFile, RuntimeError, NotImplementedError, zlib.error, EOFError, UnicodeDecodeError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TextSource:
    """A file, or the member of a zip archive. Nothing is ever unpacked to disk."""

    path: Path
    member: str = ""

    def __str__(self) -> str:
        return f"{self.path}:{self.member}" if self.member else str(self.path)

    def text(self, *, western: bool = False) -> str:
        """The content as text; western: see `gallery.io.text_files.decode`.

        Raises EvaluateError when it is unreadable or too large.
        """
        try:
            raw = self._member_bytes() if self.member else self._file_bytes()
        except OSError as error:
            raise EvaluateError(f"{self}: cannot be read ({error.strerror or error})") from error
        except _BROKEN as error:
            raise EvaluateError(f"{self}: cannot be unpacked ({error}); zip it again") from error
        if len(raw) > MAX_BYTES:
            raise EvaluateError(f"{self}: larger than {MAX_BYTES} bytes; no MOT file is")
        try:
            return decode(raw, str(self), western=western)
        except NoTextError as error:
            raise EvaluateError(f"{self}: is no text; give a MOT file or a tracks.csv") from error

    def _file_bytes(self) -> bytes:
        with self.path.open("rb") as file:
            return file.read(MAX_BYTES + 1)

    def _member_bytes(self) -> bytes:
        # The size in a zip's directory may lie, so the stream itself is cut off.
        with zipfile.ZipFile(self.path) as archive, archive.open(self.member) as file:
            return file.read(MAX_BYTES + 1)


def _is_clutter(name: str) -> bool:
    """What macOS puts beside the files of an archive."""
    place = PurePosixPath(name.replace("\\", "/"))
    return place.parts[:1] == ("__MACOSX",) or place.name == ".DS_Store"


def members(path: Path) -> list[str]:
    """Names of the files in a zip. Raises EvaluateError on a broken, huge or unsafe archive."""
    try:
        with zipfile.ZipFile(path) as archive:
            infos = [
                i for i in archive.infolist()
                if i.filename and not i.is_dir() and not _is_clutter(i.filename)
            ]  # fmt: skip
    except (OSError, ValueError, *_BROKEN) as error:
        raise EvaluateError(f"{path}: is no readable zip archive ({error})") from error
    if len(infos) > MAX_MEMBERS:
        raise EvaluateError(f"{path}: {len(infos)} files; export annotations without pictures")
    for info in infos:
        inside = PurePosixPath(info.filename.replace("\\", "/"))
        if (
            not inside.parts
            or inside.is_absolute()
            or ".." in inside.parts
            or ":" in inside.parts[0]
        ):
            raise EvaluateError(f"{path}: unsafe path {info.filename!r} inside; zip it again")
    return sorted(i.filename for i in infos)
