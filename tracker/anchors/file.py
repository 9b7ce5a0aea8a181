"""An anchor file as it was given: where it lies, of which video, its bytes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gallery.io.files import check_regular
from gallery.io.text_files import NoTextError, decode
from tracker.anchors.rows import AnchorError
from tracker.limits import MAX_TEXT_BYTES

_HEAD = 4096
_MARK = b"\xef\xbb\xbf"
_OTHER_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")


@dataclass(frozen=True, slots=True)
class AnchorVideo:
    """The video that anchors are of. width, height: pixels, 0 where not known. fps: frames a
    second, 0 where not known. frames: how many, None where nobody knows (a live source)."""

    name: str
    width: int
    height: int
    fps: float
    frames: int | None = None


@dataclass(frozen=True, slots=True)
class AnchorFile:
    """What the user gave. names: who the ids are, of MOT rows and of tracks in COCO and CVAT."""

    path: Path
    video: AnchorVideo
    names: Path | None = None

    @property
    def source(self) -> str:
        """The short name of what is in it."""
        return self.path.stem

    def no_names(self) -> None:
        """Raise AnchorError where names are given for a file that has its own."""
        if self.names is not None:
            raise AnchorError(f"{self.path} has names of its own; leave out {self.names}")

    def text_bytes(self) -> bytes:
        """All of it as UTF-8, without a mark; what is not checked to be UTF-8 is it perhaps not.

        Raises AnchorError: no such file, not a file, empty, too large, UTF-16 that is none.
        """
        self.check()
        try:
            raw = self.path.read_bytes()
        except OSError as error:
            raise _unread(self.path, error) from error
        raw = raw.removeprefix(_MARK)
        if raw.startswith(_OTHER_MARKS) or b"\0" in raw[:_HEAD]:
            raw = self.decoded(raw).lstrip("\ufeff").encode()
        if b"\n" not in raw:  # as old Macs end lines
            raw = raw.replace(b"\r", b"\n")
        if not raw.strip():
            raise AnchorError(f"{self.path}: it is empty; is it the right file?")
        return raw

    def decoded(self, raw: bytes) -> str:
        """Its text in whatever coding. Raises AnchorError."""
        try:
            return decode(raw, str(self.path), western=True)
        except NoTextError as error:
            raise AnchorError(f"{self.path}: {error}; save it as UTF-8 text") from error

    def check(self) -> None:
        """Raise AnchorError where it is no file that could be read at once."""
        try:
            check_regular(self.path)
            size = self.path.stat().st_size
        except OSError as error:
            raise _unread(self.path, error) from error
        if size > MAX_TEXT_BYTES:
            raise AnchorError(
                f"{self.path}: {size} bytes, more than the {MAX_TEXT_BYTES} that are read; cut it "
                "into several files"
            )
        if not size:
            raise AnchorError(f"{self.path}: it is empty; is it the right file?")


def _unread(path: Path, error: OSError) -> AnchorError:
    return AnchorError(f"{path}: cannot be read ({error.strerror or error}); check the path")
