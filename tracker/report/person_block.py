"""What the page says of one person."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from tracker.explain.phrases import count, share, span
from tracker.report.context import PageContext, text
from tracker.report.heatmap import heatmap_of
from tracker.report.people import ReportPerson
from tracker.report.pictures import Jpeg
from tracker.report.review_item import STRIPS, ReviewItem
from tracker.report.shirt_numbers import number_block
from tracker.report.swaps import chance
from tracker.report.thumbnails import NUMBER, OTHER_NUMBER, Thumb
from tracker.report.timeline import timeline_of
from tracker.types import Ints, Visibility

_ENCOUNTERS = 20  # of a person, the closest calls


def person_block(page: PageContext, n: int, person: ReportPerson) -> dict[str, Any]:
    mine = [(k, m) for k, m in enumerate(page.run.review_items) if _about(person, m)]
    encounters = page.run.encounters_of(person)
    seconds = {v: page.time_format(s) for v, s in person.seconds.items()}
    heatmap = heatmap_of(page.run.rows, person.rows, page.run.receipt.size)
    thumbs = [_thumb(page, person, t, jpeg) for t, jpeg in page.album.thumbs.get(n, [])]
    return {
        "label": person.label,
        "slug": person.slug,
        "names": json.dumps([person.label], ensure_ascii=False),
        "visible": seconds[Visibility.VISIBLE],
        "hidden": seconds[Visibility.OCCLUDED],
        "entries": len(person.entries),
        "tracks": person.tracks,
        "anchors": "–" if page.run.receipt.mode == "offline" else len(person.anchors),
        "moments": len(mine),
        "named": person.track is None,
        **_presence(page, person),
        "summary": _summary(page, person),
        "sureness": _sureness(page, person),
        "line": _line(page, person, encounters) if len(person.rows) else None,
        "pins": [_pin(page, k, m) for k, m in mine if k < STRIPS],
        "heat": heatmap and {"data": text(heatmap.png), "words": heatmap.words},
        "thumbs": thumbs,
        "number": number_block(page.run.shirts[n], thumbs) if page.run.shirts else None,
        "meetings": _encounters(page, person, encounters),
        "meetings_title": f"{count(len(encounters), 'possible swap')}, considered and rejected"
        + (f", the {_ENCOUNTERS} closest" if len(encounters) > _ENCOUNTERS else ""),
    }


def _presence(page: PageContext, person: ReportPerson) -> dict[str, str]:
    """Minutes in view and seconds likely wrong; of who is never named nothing is known."""
    honesty, time = page.run.honesty, page.time_format
    if person.track is not None or person.label not in honesty.minutes:
        unknown = "" if person.track is not None else "–"
        away = (
            {"away": page.time_format(person.seconds[Visibility.ABSENT])} if unknown == "" else {}
        )
        columns = ("in_view", "expected", "away", "other", "loose", "missing")
        return dict.fromkeys(columns, unknown) | away | {"between": ""}
    minutes, wrong = honesty.minutes[person.label], honesty.wrong[person.label]
    return {
        "in_view": time(minutes.in_view_s),
        "away": time(minutes.away_s),
        "expected": time(minutes.expected_s),
        "between": f"{time(minutes.low_s)}–{time(minutes.high_s)}",
        "other": f"{wrong.other_s:.1f} s",
        "loose": f"{wrong.loose_s:.1f} s",
        "missing": f"{wrong.missing_s:.1f} s",
    }


def _about(person: ReportPerson, review_item: ReviewItem) -> bool:
    if person.track is None:
        return person.label in review_item.names
    return person.track == review_item.item.track


def _summary(page: PageContext, person: ReportPerson) -> str:
    if not len(person.rows):
        return "never named in this run"
    frames = page.run.rows.frames[person.rows]
    seen, hidden, away = (page.time_format(person.seconds[v]) for v in Visibility)
    first, last = (page.time_format(page.run.rows.time_s(int(f))) for f in (frames[0], frames[-1]))
    minutes = page.run.honesty.minutes.get(person.label) if person.track is None else None
    if minutes is None:
        return f"seen {seen}, hidden {hidden}, lost {away}; from {first} to {last}"
    inferred, away = page.time_format(minutes.interpolated_s), page.time_format(minutes.away_s)
    return (
        f"seen {seen}, hidden {hidden}, between two sightings {inferred}, away {away}; expected in "
        f"view {page.time_format(minutes.expected_s)}"
    )


def _sureness(page: PageContext, person: ReportPerson) -> str:
    seen = person.rows[page.run.rows.visibility[person.rows] == Visibility.VISIBLE]
    if not len(seen):
        return "never visible"
    sure = page.run.rows.sure[seen]
    low = page.time_format(
        page.run.rows.time_s(int(page.run.rows.frames[seen[int(sure.argmin())]]))
    )
    return f"how sure the name is: {share(float(sure.mean()))} on average, lowest at {low}"


def _line(page: PageContext, person: ReportPerson, encounters: Ints) -> dict[str, Any]:
    found = page.run.encounters
    ambiguous = found.worst[encounters] if found is not None else encounters
    line = timeline_of(page.run.rows, person, ambiguous, page.scale)
    bars = [{"kind": int(v), "path": path} for v, path in line.bars.items()]
    return {
        "bars": bars, "anchors": line.anchors, "doubts": line.ambiguous,
        "confidence": line.confidence,
    }  # fmt: skip


def _pin(page: PageContext, k: int, review_item: ReviewItem) -> dict[str, Any]:
    at = page.at(review_item.item.focus)
    title = f"{review_item.title} {page.time(review_item.item.focus)}"
    return {"n": k + 1, "at": f"{at:.6f}", "left": f"{100 * at:.3f}", "title": title}


def _thumb(page: PageContext, person: ReportPerson, thumb: Thumb, jpeg: Jpeg) -> dict[str, Any]:
    what = thumb.note or ("comes in" if thumb.what == "entry" else "sure")
    when = page.time(thumb.frame)
    return {
        "number": thumb.what in (NUMBER, OTHER_NUMBER),
        "wrong": thumb.what == OTHER_NUMBER,
        "data": text(jpeg.data),
        "size": jpeg.size,
        "alt": f"{person.label} at {when}, frame {thumb.frame}"
        + (f", {thumb.note}" if thumb.note else ""),
        "caption": f"{when} {what}, frame {thumb.frame}",
    }


def _encounters(page: PageContext, person: ReportPerson, which: Ints) -> list[dict[str, str]]:
    found = page.run.encounters
    if found is None:
        return []
    closest = which[np.argsort(found.margins[which], kind="stable")[:_ENCOUNTERS]]
    return [
        {
            "time": page.time(int(found.worst[m])),
            "frames": span(int(found.first[m]), int(found.last[m])).split()[1],
            "rival": page.run.rival_of(person, int(m)),
            "swap": share(chance(-float(found.margins[m]))),
        }
        for m in np.sort(closest).tolist()
    ]
