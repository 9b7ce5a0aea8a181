"""Self-contained HTML pages: pictures are inside them, nothing is loaded from anywhere."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import cv2
import jinja2
import numpy as np

from gallery.annotations.names import EnrollError
from gallery.atomic.lock import hold
from gallery.atomic.write import whole
from gallery.check import FEW, GalleryCheck
from gallery.check_advice import WEAK, advice
from gallery.check_table import share, times
from gallery.images import read_picture
from gallery.io.disk import unwritten

_HEIGHT_PX = 180
_QUALITY = 85


def write_check(check: GalleryCheck, gallery: Path, out: Path, overwrite: bool = False) -> None:
    """Write the page of `gallery check -o`. Raises EnrollError where `out` is in the way."""
    check_page(out, overwrite)
    pictures = sum(person.pictures for person in check.people)
    values = {"check": check, "folder": str(gallery), "pictures": pictures, "todo": advice(check)}
    with hold(out, "gallery check"):
        check_page(out, overwrite)
        write_page("check.html", {**values, "few": FEW, "weak": WEAK}, out)


def check_page(out: Path, overwrite: bool) -> None:
    """Raise EnrollError unless the page may be written."""
    if out.is_dir():
        raise EnrollError(f"{out} is a folder; give a file with -o, such as {out / 'check.html'}")
    if out.exists() and not overwrite:
        raise EnrollError(f"{out} exists; choose another file with -o, or add --overwrite")


def write_page(template: str, values: Mapping[str, Any], out: Path) -> None:
    """Fill a template of this package. Filters: `picture` turns a file into a data URI of a small
    JPEG, `share` a number into percent, `times` nats into a factor."""
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    filters: dict[str, Callable[..., Any]] = {
        "picture": cache(_data_uri),
        "share": share,
        "times": times,
    }
    environment.filters.update(filters)
    text = resources.files("gallery").joinpath(template).read_text(encoding="utf-8")
    page = environment.from_string(text).render(values)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with whole(out) as draft:
            draft.write_text(page, encoding="utf-8")
    except OSError as error:
        raise unwritten(out, error, EnrollError) from error


def _data_uri(file: Path) -> str:
    """The picture, shrunk, as text that a page can hold; nothing where it cannot be read."""
    picture = read_picture(file)
    if picture is None:
        return "data:,"
    scale = min(1.0, _HEIGHT_PX / picture.shape[0])
    if scale < 1.0:
        small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        picture = small.astype(np.uint8, copy=False)
    raw = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1].tobytes()
    return "data:image/jpeg;base64," + base64.b64encode(raw).decode("ascii")
