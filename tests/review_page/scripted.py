"""A review server whose questions are a script: the page is tested without a run or an engine.

It says what the real one says, by its contract, and writes down what it is asked.
"""

from __future__ import annotations

import io
import json
import re
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from PIL import Image, ImageDraw

STATIC = Path(__file__).resolve().parents[2] / "tracker" / "review_page" / "static"
FRAMES, FPS, WIDTH, HEIGHT = 400, 25, 640, 360
NAMES = ("Ada Söhne", "Bea", "<b>Cy</b>", "Дина Орлова", "عمر حداد", "Finn")
COLORS = ("#d94f4f", "#d94f4f", "#d94f4f", "#3d7fd9", "#3d7fd9", "#3d7fd9")
KINDS = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}

Tree = dict[str, Any]


def box_of(track: int, frame: int) -> tuple[int, int, int, int]:
    """Where a track is, x1, y1, x2, y2 in pixels: each goes to and fro on a line of its own."""
    x = 30 + 62 * track + (frame * (1 + track % 3)) % 60
    y = 60 + 22 * track
    return x, y, x + 30, y + 70


def picture(frame: int, width: int = WIDTH) -> Image.Image:
    """A frame of the video; its number is written in the corner, and is its shade of green."""
    image = Image.new("RGB", (WIDTH, HEIGHT), (40, 90 + frame % 100, 50))
    brush = ImageDraw.Draw(image)
    for track in range(1, 8):
        color = COLORS[(track - 1) % len(COLORS)]
        brush.rectangle(box_of(track, frame), fill=color)
    brush.text((5, 5), str(frame), fill="white")
    return image.resize((width, width * HEIGHT // WIDTH))


def jpeg(image: Image.Image) -> bytes:
    data = io.BytesIO()
    image.save(data, "JPEG")
    return data.getvalue()


def item(track: int, first: int, last: int, player: str = "") -> Tree:
    shown = [first + i * (last - first) // 5 for i in range(6)]
    return {
        "track": track, "first": first, "last": last, "player": player, "focus": first + 5,
        "shown": shown, "shown_names": [player] * len(shown),
        "seconds": (last - first + 1) / FPS, "sure": 0.55,
    }  # fmt: skip


def asked(kind: str, text: str, items: list[Tree], beliefs: dict[str, float]) -> Tree:
    candidates = [{"player": name, "probability": p} for name, p in beliefs.items()]
    return {
        "id": f"{kind}-{text}", "kind": kind, "text": text, "reasons": ["begins in mid-run"],
        "worth_boxes": 120.0, "worth_s": 4.8, "items": items, "candidates": candidates,
    }  # fmt: skip


def script() -> list[Tree]:
    """One question of every kind."""
    return [
        asked("who", "Who is this?", [item(7, 40, 240)],
              {NAMES[1]: 0.62, NAMES[0]: 0.2, NAMES[3]: 0.1, "": 0.08}),
        asked("who", "Is this Bea all the time?", [item(2, 100, 300, NAMES[1])],
              {NAMES[1]: 0.55, NAMES[4]: 0.4}),
        asked("which", "Which of these 3 are players?",
              [item(track, 10, 150) for track in (5, 6, 7)], {}),
        asked("which", "Which of these 3 are not right?",
              [item(track, 10, 150, NAMES[track - 1]) for track in (1, 2, 3)], {}),
        asked("gallery_whole", "Is every player of the match in the gallery?", [], {}),
    ]  # fmt: skip


@dataclass
class Scripted:
    """What the page has said is in `bodies`; `refuse` is the line it gets back instead.

    forbidden: the line of /api/status to a page without the token; statuses: how often it asked.
    backwards: cards come in the other order. slow, late: seconds, before an answer is taken in and
    until a question is on its way.
    """

    questions: list[Tree] = field(default_factory=script)
    names: dict[int, int] = field(default_factory=lambda: {t: t - 1 for t in range(1, 7)})
    bodies: list[tuple[str, Tree]] = field(default_factory=list)
    at: int = 0
    refuse: str = ""
    slow: float = 0.0
    late: float = 0.0
    forbidden: str = ""
    statuses: int = 0
    backwards: bool = False
    gallery: bool = True
    video: Tree = field(default_factory=lambda: {"there": True, "note": ""})
    others: set[int] = field(default_factory=set)
    judged: list[bool] = field(default_factory=list)
    players: list[str] = field(default_factory=lambda: list(NAMES))

    def facts(self) -> Tree:
        players = [
            {"name": name, "number": str(i + 4), "team": "red", "role": None,
             "color": COLORS[i % 6], "pictures": 3 if self.gallery else 0}
            for i, name in enumerate(self.players)
        ]  # fmt: skip
        return {
            "run": "out", "name": "drawn match", "fps": FPS, "frames": [1, FRAMES],
            "size": [WIDTH, HEIGHT], "players": players, "negatives": ["_coach"],
            "video": self.video, "named": self.gallery, "mode": "offline",
            "running": False, "version": "0",
        }  # fmt: skip

    def asked_late(self, skip: str = "") -> Tree:
        tree = self.question(skip)
        time.sleep(self.late)
        return tree

    def question(self, skip: str = "") -> Tree:
        left = [q for q in self.questions[self.at :] if q["id"] not in skip.split(",")]
        return {
            "question": left[0] if left else None,
            "end": None if left else "Only missing boxes are left.",
            "doubt_s": 30.0 - 5 * self.at,
            "next": [{"id": q["id"], "items": q["items"]} for q in left[1:4]],
        }

    def answer(self, body: Tree) -> Tree:
        self.at += "question" in body
        sentences = []
        for part in body.get("parts", ()):
            if part["player"].startswith("_"):
                self.others.add(part["track"])
            elif part["player"] and part["player"] not in self.players:
                self.players.append(part["player"])
            known = part["player"] in self.players
            self.names[part["track"]] = self.players.index(part["player"]) if known else -1
            sentences.append(f"track {part['track']} is {part['player'] or 'nobody'}")
        return self.changed(sentences)

    def changed(self, sentences: list[str]) -> Tree:
        change = {"boxes": 201, "tracks": [7], "sentences": sentences, "contradicts": []}
        return {"change": change, **self.question()}

    def undo(self, body: Tree) -> Tree:
        self.at = max(self.at - 1, 0)
        return self.changed(["track 7 is Bea"])

    def boxes(self, first: str, last: str) -> Tree:
        rows = [
            [[t, self.names.get(t, -1), *box_of(t, frame), int(t == 6), 80 if t < 5 else 40, 0]
             for t in range(1, 8)]
            for frame in range(int(first), int(last) + 1)
        ]  # fmt: skip
        return {"first": int(first), "last": int(last), "tracks": list(range(1, 8)), "frames": rows}

    def lanes(self, first: str, last: str, bins: str) -> Tree:
        spans = [
            [1, 180, "v"],
            [181, 220, "h"],
            [221, 260, "a"],
            [261, 330, "v?"],
            [331, 400, "v!"],
        ]
        players = [{"name": name, "spans": spans} for name in self.players]
        doubts = [
            [at, 4.8, question["id"], name]
            for at, question in zip((60, 120), self.questions, strict=False)
            for name in self.players[1:2]
        ]
        return {"players": players, "doubts": doubts}

    def honesty(self) -> Tree:
        return {
            "expected": 7, "found": 6.4, "named": 5.6, "missing_players": [NAMES[5]],
            "shared": [[120, 2, 3]], "lines": ["Minutes are at least these."],
        }  # fmt: skip

    def audit(self, n: str, seed: str) -> Tree:
        drawn = [
            {"i": t - 1, "track": t, "frame": 60 + t, "player": NAMES[t - 1], "yes": None}
            for t in range(1, 5)
        ]
        return {"items": drawn, "done": 0}

    def audit_answer(self, body: Tree) -> Tree:
        self.judged.append(body["yes"])
        right = sum(self.judged)
        share = right / len(self.judged)
        return {"done": len(self.judged), "right": right, "precision": share,
                "low": share * 0.8, "high": 0.2 + share * 0.8}  # fmt: skip

    def cards(self) -> Tree:
        cards = [self.card(track) for track in range(1, 8)]
        return {"cards": cards[::-1] if self.backwards else cards}

    def card(self, track: int) -> Tree:
        name = self.players[self.names[track]] if self.names.get(track, -1) >= 0 else ""
        parts = [
            {"track": track, "first": a, "last": b, "seconds": (b - a + 1) / FPS, "frame": a + 5}
            for a, b in ((1, 150), (200, 400))
        ]
        other = track in self.others
        group = "named" if name else "others" if other or track > 5 else "next"
        return {
            "id": f"c{track}", "player": name, "group": group, "other": other, "seconds": 14.0,
            "number": None, "parts": parts, "clip": {"track": track, "first": 200, "last": 400},
            "shown": [{"track": track, "frame": part["frame"]} for part in parts],
        }  # fmt: skip

    def status(self) -> Tree:
        return {"resolving": False, "unwritten": self.at, "entries": self.at, "saved": self.at}


class Handler(BaseHTTPRequestHandler):
    """One request. The scripted review is in `review`."""

    review: Scripted
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = dict(parse_qsl(url.query))
        review = self.review
        routes: dict[str, Callable[..., Tree]] = {
            "/api/facts": review.facts,
            "/api/question": review.asked_late,
            "/api/boxes": review.boxes,
            "/api/lanes": review.lanes,
            "/api/honesty": review.honesty,
            "/api/audit": review.audit,
            "/api/cards": review.cards,
            "/api/status": review.status,
        }
        review.statuses += url.path == "/api/status"
        if review.forbidden and url.path == "/api/status":
            self.tell({"error": review.forbidden}, 403)
        elif url.path in routes:
            self.tell(routes[url.path](**query))
        elif found := re.fullmatch(r"/api/frame/(\d+)\.jpg", url.path):
            self.send("image/jpeg", jpeg(picture(int(found[1]), int(query.get("w", WIDTH)))))
        elif url.path == "/api/crop.jpg":
            box = box_of(int(query["track"]), int(query["frame"]))
            self.send("image/jpeg", jpeg(picture(int(query["frame"])).crop(box)))
        elif found := re.fullmatch(r"/api/gallery/(\d+)/\d+\.jpg", url.path):
            self.send("image/jpeg", jpeg(Image.new("RGB", (40, 90), COLORS[int(found[1]) % 6])))
        else:
            self.file(url.path)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or b"{}")
        review = self.review
        time.sleep(review.slow)
        if review.refuse:
            return self.tell({"error": review.refuse}, 409)
        path = urlsplit(self.path).path
        review.bodies.append((path, body))
        routes: dict[str, Callable[[Tree], Tree]] = {
            "/api/answer": review.answer, "/api/undo": review.undo, "/api/redo": review.undo,
            "/api/audit": review.audit_answer,
        }  # fmt: skip
        return self.tell(routes.get(path, lambda _: {"text": f"done: {path}"})(body))

    def file(self, path: str) -> None:
        name = "index.html" if path == "/" else path.removeprefix("/static/")
        file = STATIC / name
        if "/" in name or not file.is_file():
            return self.tell({"error": f"no {path}"}, 404)
        return self.send(KINDS[file.suffix], file.read_bytes())

    def tell(self, tree: Tree, status: int = 200) -> None:
        self.send("application/json", json.dumps(tree).encode(), status)

    def send(self, kind: str, data: bytes, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.send_header(
            "Content-Security-Policy", "default-src 'self'; img-src 'self' blob: data:"
        )
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        """Nothing is printed."""


class _Server(ThreadingHTTPServer):
    """open: connections, which browsers keep."""

    request_queue_size = 128  # a page fetches dozens of pictures together

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.open: list[socket.socket] = []

    def process_request(self, request: Any, client_address: Any) -> None:
        self.open.append(request)
        super().process_request(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that has gone on to another page is nothing to print."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Served:
    """A scripted review at an address; it can be ended in the midst of a test."""

    def __init__(self, review: Scripted) -> None:
        handler = type("OneHandler", (Handler,), {"review": review})
        self._server = _Server(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.review = review
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def end(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        for connection in self._server.open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def served(review: Scripted | None = None) -> Iterator[Served]:
    one = Served(review or Scripted())
    try:
        yield one
    finally:
        one.end()
