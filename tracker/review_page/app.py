"""The web application: what the page asks for, by address.

All of it is JSON but for the files of the page and the pictures. Whatever cannot be answered is
{"error": one line} with a status of 4xx, 507 where the disk is full, and 500 where it is a fault of
ours.

GET   /                           the page; with ?t=TOKEN it sets the cookie that all else needs
GET   /static/NAME                a file of the page
GET   /api/facts /honesty /cards /status
GET   /api/question?skip          skip: ids, with commas, of those that are left for later
GET   /api/boxes?first&last       at most 300 frames
GET   /api/lanes?first&last&bins
GET   /api/audit?n&seed           POST {"i", "yes"}: the answer to one of them
POST  /api/answer /undo /redo /write
POST  /api/closer                 a job: does the detector find more people in smaller tiles?
POST  /api/export/KIND            a job: minutes, table, video, clip {"player"}; GET: its file
GET   /api/frame/N.jpg?w&sharp    w: at most so wide. X-Sharp says whether it is of the video
                                  itself or of the small copy; sharp=1: of the video, slower
GET   /api/crop.jpg?frame&track&h&sharp    the box of a track, with a margin, at most h high
GET   /api/gallery/P/K.jpg?h      picture K of player P, both from 0

A job answers at once with {"number", "kind", "state", ...}; /api/status holds the newest under
"job" until another one begins: state running, done or failed, done and of (how far), line, file.
Under "pictures" it says which share of the video is quick, and whether more is being made.
"""

from __future__ import annotations

import errno
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from tracker.errors import TeamsheetError
from tracker.review_page.desk_protocol import ReviewDesk, Tree
from tracker.review_page.exports import Exports
from tracker.review_page.guard import Door, Guard
from tracker.review_page.jobs import BusyJobError, Jobs
from tracker.review_page.picture_routes import PictureRoutes
from tracker.review_page.pictures import NoPictureError, Pictures
from tracker.review_page.prefetch import Prefetch
from tracker.review_page.request_values import RequestError, body_number, body_of, number
from tracker.review_page.static_files import INDEX, static_files
from tracker.runs import faults

MAX_BOX_FRAMES = 300
_MAX_BINS = 4000
_MAX_AUDIT = 500
Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Served:
    """What the application gives out."""

    desk: ReviewDesk
    pictures: Pictures
    exports: Exports
    jobs: Jobs


def make_app(served: Served, door: Door) -> ASGIApp:
    """The application behind `door`."""
    pages = _Pages(served, door)
    pictures = PictureRoutes(served.desk, served.pictures)
    routes = [
        Route("/", pages.index),
        Route("/static/{name}", pages.static),
        *(_get(path, call) for path, call in pages.gets().items()),
        *(_post(path, call) for path, call in pages.posts().items()),
        Route("/api/export/{kind}", pages.download, methods=["GET"]),
        Route("/api/frame/{frame}.jpg", pictures.frame),
        Route("/api/crop.jpg", pictures.crop),
        Route("/api/gallery/{player}/{place}.jpg", pictures.of_gallery),
    ]
    handlers = {
        TeamsheetError: _mistake,
        OSError: _of_system,
        HTTPException: _refused,
        Exception: _fault,
    }
    app = Starlette(routes=routes, exception_handlers=handlers)
    app.router.redirect_slashes = False  # //place/ would lead to another machine
    # around all of it: as a middleware it would stand within what answers for faults
    return Guard(app, door)


class _Pages:
    """Everything but pictures."""

    def __init__(self, served: Served, door: Door) -> None:
        self._served, self._door = served, door
        self._desk, self._files = served.desk, static_files()
        self._prefetch = Prefetch(served.desk, served.pictures)

    def gets(self) -> dict[str, Callable[[Request], Tree]]:
        """Path to what gives its JSON."""
        return {
            "/api/facts": self._facts,
            "/api/question": self._question,
            "/api/honesty": lambda request: self._desk.honesty(),
            "/api/cards": lambda request: self._desk.cards(),
            "/api/status": self._status,
            "/api/boxes": self._boxes,
            "/api/lanes": self._lanes,
            "/api/audit": self._audit,
        }

    def posts(self) -> dict[str, Callable[[Request, Tree], Tree]]:
        """Path to what gives its JSON from the body."""
        desk, after = self._desk, self._prefetch.after
        return {
            "/api/answer": lambda request, body: after(desk.answer(body)),
            "/api/undo": lambda request, body: after(desk.undo()),
            "/api/redo": lambda request, body: after(desk.redo()),
            "/api/write": lambda request, body: desk.write(),
            "/api/audit": self._audit_answer,
            "/api/closer": lambda request, body: self._served.exports.start("closer", body),
            "/api/export/{kind}": self._export,
        }

    def index(self, request: Request) -> Response:
        """The page, and the cookie."""
        file = self._files[INDEX]
        answer = Response(file.data, media_type=file.kind)
        answer.set_cookie(self._door.cookie, self._door.token, httponly=True, samesite="strict")
        return answer

    def static(self, request: Request) -> Response:
        file = self._files.get(request.path_params["name"])
        if file is None:
            raise HTTPException(404, "there is no such file")
        return Response(file.data, media_type=file.kind)

    def download(self, request: Request) -> Response:
        """The file that the newest export of a kind has written."""
        file = self._served.jobs.file_of(request.path_params["kind"])
        if file is None or not file.is_file():
            raise HTTPException(404, "no such file has been written")
        return FileResponse(file, filename=file.name)

    def _question(self, request: Request) -> Tree:
        skip = [key for key in request.query_params.get("skip", "").split(",") if key]
        return self._prefetch.after(self._desk.question(skip))

    def _facts(self, request: Request) -> Tree:
        return self._desk.facts() | {"video": self._served.pictures.facts()}

    def _status(self, request: Request) -> Tree:
        job = self._served.jobs.newest
        return self._desk.status() | {
            "pictures": self._served.pictures.status(),
            "job": None if job is None else job.tree(),
        }

    def _boxes(self, request: Request) -> Tree:
        first = number(request, "first", low=1)
        last = number(request, "last", first, low=first, high=first + MAX_BOX_FRAMES - 1)
        return self._desk.boxes(first, last)

    def _lanes(self, request: Request) -> Tree:
        first = number(request, "first", low=1)
        last = number(request, "last", low=first)
        return self._desk.lanes(first, last, number(request, "bins", 800, low=1, high=_MAX_BINS))

    def _audit(self, request: Request) -> Tree:
        count = number(request, "n", 20, low=1, high=_MAX_AUDIT)
        return self._desk.audit(count, number(request, "seed", 0))

    def _audit_answer(self, request: Request, body: Tree) -> Tree:
        yes = body.get("yes")
        if not isinstance(yes, bool):
            raise RequestError("yes: true or false is due")
        return self._desk.audit_answer(body_number(body, "i"), yes)

    def _export(self, request: Request, body: Tree) -> Tree:
        return self._served.exports.start(request.path_params["kind"], body)


def _get(path: str, call: Callable[[Request], Tree]) -> Route:
    def endpoint(request: Request) -> Response:
        return JSONResponse(call(request))

    return Route(path, endpoint, methods=["GET"])


def _post(path: str, call: Callable[[Request, Tree], Tree]) -> Route:
    async def endpoint(request: Request) -> Response:
        body = await body_of(request)
        return JSONResponse(await run_in_threadpool(call, request, body))

    return Route(path, endpoint, methods=["POST"])


def _mistake(request: Request, error: Exception) -> Response:
    """Of whoever asks: the named error's one line."""
    status = 404 if isinstance(error, NoPictureError) else 400
    status = 409 if isinstance(error, BusyJobError) else status
    return JSONResponse({"error": faults.exit_of(error)[1]}, status)


def _of_system(request: Request, error: Exception) -> Response:
    """What the system says of the disk, which its user can mend."""
    if not faults.is_mendable(error):
        return _fault(request, error)
    full = getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT)
    return JSONResponse({"error": faults.exit_of(error)[1]}, 507 if full else 400)


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": error.detail}, error.status_code, headers=error.headers)


def _fault(request: Request, error: Exception) -> Response:
    """Of ours: what was wrong, and where the traceback is; the server goes on."""
    return JSONResponse({"error": faults.exit_of(error)[1]}, 500)
