"""A review page being served: a small video that shows its frame numbers, a desk that knows little,
and a client."""

from __future__ import annotations

import contextlib
import http.client
import json
import threading
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from av.video.frame import VideoFrame

from tests.worlds.bad_inputs import command
from tests.worlds.gallery import draw_clip, draw_gallery
from tracker.errors import TeamsheetError
from tracker.review_page.app import Served, make_app
from tracker.review_page.exports import Exports
from tracker.review_page.guard import Door
from tracker.review_page.jobs import Jobs
from tracker.review_page.pictures import Pictures
from tracker.review_page.serving import Server, listen
from tracker.types import Image
from tracker.video.source import Source

SIZE = 320, 180
FRAMES = 1300
_BITS = 11
_CELL = 20
BOX = (40.0, 60.0, 80.0, 140.0)
"""Of track 7 in every frame; red in the video."""


def drawn(index: int) -> Image:
    """A picture that says its number in black and white cells, and has a red box."""
    width, height = SIZE
    image = np.full((height, width, 3), 90, np.uint8)
    for bit in range(_BITS):
        image[:_CELL, bit * _CELL : (bit + 1) * _CELL] = 255 * (index >> bit & 1)
    x1, y1, x2, y2 = map(int, BOX)
    image[y1:y2, x1:x2] = (30, 30, 220)
    return image


def number_in(image: Image) -> int:
    """What `drawn` wrote into a picture of any size."""
    cell = _CELL * image.shape[1] / SIZE[0]
    middle = round(cell / 2)
    return sum(
        int(image[middle, round((bit + 0.5) * cell)].mean() > 127) << bit for bit in range(_BITS)
    )


def write_video(path: Path, frames: int = FRAMES, between_keys: int = 250) -> Path:
    """H.264 with pictures out of order, and key pictures far apart."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height = SIZE
        stream.pix_fmt = "yuv420p"
        keys = f"keyint={between_keys}:min-keyint={between_keys}:scenecut=0:bframes=3"
        stream.options = {"preset": "ultrafast", "crf": "18", "x264-params": keys}
        for index in range(frames):
            picture = VideoFrame.from_ndarray(drawn(index), format="bgr24")
            picture.pts, picture.time_base = index, Fraction(1, 25)
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    return path


class DeskError(TeamsheetError):
    """What the desk does not do."""


@dataclass
class FakeDesk:
    """Takes what comes, and gives back what it got."""

    frames: int = FRAMES
    players: tuple[str, ...] = ("Ada", "Bea")
    gallery: Mapping[str, Sequence[Path]] = field(default_factory=dict)
    got: list[Any] = field(default_factory=list)

    def facts(self) -> dict[str, Any]:
        players = [{"name": name, "number": None, "team": None} for name in self.players]
        return {"run": "out", "frames": [1, self.frames], "size": [*SIZE], "players": players}

    def question(self, skip: Collection[str] = ()) -> dict[str, Any]:
        item = {"track": 7, "focus": 700, "shown": [690, 700]}
        asked = next((key for key in ("q", "r") if key not in skip), None)
        question = None if asked is None else {"id": asked, "items": [item]}
        return {"question": question, "end": None if skip else "no more", "next": []}

    def answer(self, tree: object) -> dict[str, Any]:
        body: Any = tree
        if "verdict" not in body:
            raise DeskError("verdict: is due")
        if body["verdict"] == "fault":
            raise ZeroDivisionError
        self.got.append(dict(body))
        return {"change": {"boxes": len(self.got)}, **self.question()}

    def undo(self) -> dict[str, Any]:
        self.got.append("undo")
        return self.question()

    def redo(self) -> dict[str, Any]:
        self.got.append("redo")
        return self.question()

    def boxes(self, first: int, last: int) -> dict[str, Any]:
        rows = [[7, 0, *BOX, 0, 90, 0], [8, -1, None, None, None, None, 2, 0, 0]]
        return {"first": first, "last": last, "frames": [rows for _ in range(first, last + 1)]}

    def box(self, track: int, frame: int) -> tuple[float, float, float, float] | None:
        return BOX if track == 7 else None

    def pictures(self, name: str) -> Sequence[Path]:
        return self.gallery.get(name, ())

    def lanes(self, first: int, last: int, bins: int) -> dict[str, Any]:
        return {"got": [first, last, bins]}

    def honesty(self) -> dict[str, Any]:
        return {"lines": ["12 expected, 11 named"]}

    def audit(self, n: int, seed: int) -> dict[str, Any]:
        return {"items": [{"i": i, "seed": seed} for i in range(n)]}

    def audit_answer(self, i: int, yes: bool) -> dict[str, Any]:
        return {"done": i, "right": yes}

    def cards(self) -> dict[str, Any]:
        return {"cards": []}

    def write(self) -> dict[str, Any]:
        self.got.append("write")
        return {"written": True}

    def status(self) -> dict[str, Any]:
        return {"unwritten": 0, "entries": len(self.got)}


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def tree(self) -> Any:
        return json.loads(self.body)

    @property
    def image(self) -> Image:
        return np.asarray(cv2.imdecode(np.frombuffer(self.body, np.uint8), cv2.IMREAD_COLOR))


@dataclass(frozen=True)
class Client:
    """Asks as the page does, unless it is told to say something else."""

    door: Door
    served: Served

    def ask(
        self, path: str, body: bytes | None = None, method: str | None = None, **headers: str | None
    ) -> Reply:
        """headers: with _ for -; None leaves out what the page would send."""
        said: dict[str, str | None] = {
            "Host": f"127.0.0.1:{self.door.port}",
            "Cookie": f"{self.door.cookie}={self.door.token}",
        }
        said |= {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.door.port, timeout=60)
        with contextlib.closing(connection):
            kind = method or ("GET" if body is None else "POST")
            connection.putrequest(kind, path, skip_host=True, skip_accept_encoding=True)
            for name, value in said.items():
                if value is not None:
                    connection.putheader(name, value)
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            reply = connection.getresponse()
            return Reply(reply.status, {k.lower(): v for k, v in reply.getheaders()}, reply.read())

    def post(self, path: str, tree: Any = None, **headers: str | None) -> Reply:
        return self.ask(path, json.dumps({} if tree is None else tree).encode(), **headers)

    def until(self, done: Any, wait_s: float = 30.0) -> dict[str, Any]:
        """The status once it is as wanted."""
        end = time.monotonic() + wait_s
        while not done(status := self.ask("/api/status").tree):
            assert time.monotonic() < end, status
            time.sleep(0.02)
        return status  # type: ignore[no-any-return]

    def ready(self) -> None:
        """Until the small copy of the video is there."""
        self.until(lambda status: status["pictures"]["quick"] == 1)


@contextlib.contextmanager
def serving(
    out: Path,
    source: Source | None,
    desk: Any = None,
    spec: str = "",
    note: str = "",
) -> Iterator[Client]:
    """The page of `out`, until the block ends."""
    desk = FakeDesk() if desk is None else desk
    jobs = Jobs()
    first, last = desk.facts()["frames"]
    pictures = Pictures(source, out / "review", range(first - 1, last), note)
    video = None if source is None else (source, spec)
    exports = Exports(out, out / "review", desk, jobs, video)
    listener = listen(None)
    door = Door(listener.getsockname()[1])
    served = Served(desk, pictures, exports, jobs)
    server = Server(make_app(served, door))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield Client(door, served)
    finally:
        server.should_exit = True
        thread.join()
        pictures.close()


def tracked(folder: Path, frames: int = 60) -> Path:
    """The OUT of a run: three people of a gallery in a folder of pictures, with given boxes."""
    clip, players = draw_clip(folder / "clip", frames), draw_gallery(folder / "players", 5)
    rows = [
        f"{frame},-1,{50 + 150 * place},100,40,100,0.9,-1,-1,-1\n"
        for frame in range(1, frames + 1)
        for place in range(3)
    ]
    (folder / "det.txt").write_text("".join(rows))
    words = ["track", clip, "--gallery", players, "--detections", folder / "det.txt"]
    ended = command([str(word) for word in [*words, "-o", folder / "out"]])
    assert ended.code == 0, ended.lines
    return folder / "out"
