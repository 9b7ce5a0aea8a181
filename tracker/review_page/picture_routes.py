"""The addresses of pictures."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from gallery.images import read_picture
from tracker.review_page.crop_prefetcher import Box
from tracker.review_page.desk_protocol import ReviewDesk
from tracker.review_page.pictures import NoPictureError, Picture, Pictures, at_most, jpeg
from tracker.review_page.request_values import number

_MAX_PX = 8192
_WIDTH, _HEIGHT = 960, 240


class PictureRoutes:
    """JPEG by frame, by box, and of the gallery."""

    def __init__(self, desk: ReviewDesk, pictures: Pictures) -> None:
        self._desk, self._pictures = desk, pictures
        self._known: tuple[object, list[str]] = (None, [])

    def frame(self, request: Request) -> Response:
        """A whole picture."""
        frame = number(request, "frame", low=1)
        width = number(request, "w", _WIDTH, low=16, high=_MAX_PX)
        sharp = bool(number(request, "sharp", 0, high=1))
        tag = f'"{self._pictures.key}-{frame}-{width}-{int(sharp)}"'
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=_kept(tag))
        return _answer(self._pictures.frame(frame - 1, width, sharp), tag)

    def crop(self, request: Request) -> Response:
        """What the box of a track holds; what is not sharp is to be asked for again."""
        frame, track = number(request, "frame", low=1), number(request, "track")
        height = number(request, "h", _HEIGHT, low=16, high=_MAX_PX)
        sharp = bool(number(request, "sharp", 0, high=1))
        box = box_of(self._desk, frame, track)
        corners = "-".join(f"{corner:.1f}" for corner in box)
        tag = f'"{self._pictures.key}-{frame}-{corners}-{height}"'
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=_kept(tag))
        picture = self._pictures.crop(frame - 1, box, height, sharp)
        return _answer(picture, tag if picture.sharp else "")

    def of_gallery(self, request: Request) -> Response:
        """A picture of a player."""
        players = self._players()
        player, place = number(request, "player"), number(request, "place")
        height = number(request, "h", _HEIGHT, low=16, high=_MAX_PX)
        files = self._desk.pictures(players[player]) if player < len(players) else ()
        image = read_picture(files[place]) if place < len(files) else None
        if image is None:
            raise NoPictureError("the gallery has no such picture")
        return _answer(Picture(jpeg(at_most(image, height=height)), True), "")

    def _players(self) -> list[str]:
        """In the order of /api/facts, which looks at the video, too dear for every picture."""
        state = self._desk.status()["entries"]
        if state != self._known[0]:
            self._known = state, [player["name"] for player in self._desk.facts()["players"]]
        return self._known[1]


def box_of(desk: ReviewDesk, frame: int, track: int) -> Box:
    """Where a track is in a frame, both as in tracks.csv. Raises NoPictureError."""
    box = desk.box(track, frame)
    if box is None:
        raise NoPictureError(f"track {track} has no box in frame {frame}")
    return box


def _kept(tag: str) -> dict[str, str]:
    """A browser may keep it, but asks whether it still holds: another run may come to this port."""
    return {"ETag": tag, "Cache-Control": "private, no-cache"}


def _answer(picture: Picture, tag: str) -> Response:
    """tag: "" where the same address may give another picture soon."""
    headers = {"X-Sharp": str(int(picture.sharp))} | (_kept(tag) if tag else {})
    return Response(picture.data, media_type="image/jpeg", headers=headers)
