"""What the page says of one person."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from tracker.explain.phrases import count, share, span
from tracker.report.context import Sheet, text
from tracker.report.heatmap import heat_of
from tracker.report.moment import Moment
from tracker.report.people import Person
from tracker.report.pictures import Jpeg
from tracker.report.thumbnails import STRIPS, Thumb
from tracker.report.timeline import timeline_of
from tracker.types import Ints, Visibility

_MEETINGS = 20  # of a person, the closest calls


def person_block(sheet: Sheet, n: int, person: Person) -> dict[str, Any]:
    mine = [
        (k, m)
        for k, m in enumerate(sheet.run.moments)
        if _about(person, m.track, m.player)
        or (m.rival is not None and _about(person, m.rival, m.rival_player))
    ]
    meetings = sheet.run.meetings_of(person)
    seconds = {v: sheet.clock(s) for v, s in person.seconds.items()}
    heat = heat_of(sheet.run.rows, person.rows, sheet.run.receipt.size)
    return {
        "label": person.label,
        "slug": person.slug,
        "names": json.dumps([person.label], ensure_ascii=False),
        "visible": seconds[Visibility.VISIBLE],
        "hidden": seconds[Visibility.OCCLUDED],
        "entries": len(person.entries),
        "paths": person.tracks,
        "anchors": "–" if sheet.run.receipt.mode == "offline" else len(person.anchors),
        "moments": len(mine),
        "named": person.track is None,
        **_presence(sheet, person),
        "summary": _summary(sheet, person),
        "sureness": _sureness(sheet, person),
        "line": _line(sheet, person, meetings) if len(person.rows) else None,
        "pins": [_pin(sheet, k, m) for k, m in mine if k < STRIPS],
        "heat": heat and {"data": text(heat.png), "words": heat.words},
        "thumbs": [_thumb(sheet, person, t, jpeg) for t, jpeg in sheet.album.thumbs.get(n, [])],
        "meetings": _meetings(sheet, person, meetings),
        "meetings_title": f"{count(len(meetings), 'trade')} considered and rejected"
        + (f", the {_MEETINGS} closest" if len(meetings) > _MEETINGS else ""),
    }


def _presence(sheet: Sheet, person: Person) -> dict[str, str]:
    """Minutes in view and seconds likely wrong; of who is never named nothing is known."""
    honesty, time = sheet.run.honesty, sheet.clock
    if person.track is not None or person.label not in honesty.minutes:
        unknown = "" if person.track is not None else "–"
        away = {"away": sheet.clock(person.seconds[Visibility.ABSENT])} if unknown == "" else {}
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


def _about(person: Person, track: int, player: str) -> bool:
    return person.label == player if person.track is None else person.track == track and not player


def _summary(sheet: Sheet, person: Person) -> str:
    if not len(person.rows):
        return "never named in this run"
    frames = sheet.run.rows.frames[person.rows]
    seen, hidden, away = (sheet.clock(person.seconds[v]) for v in Visibility)
    first, last = (sheet.clock(sheet.run.rows.time_s(int(f))) for f in (frames[0], frames[-1]))
    minutes = sheet.run.honesty.minutes.get(person.label) if person.track is None else None
    if minutes is None:
        return f"seen {seen}, hidden {hidden}, lost {away}; from {first} to {last}"
    between, away = sheet.clock(minutes.bridged_s), sheet.clock(minutes.away_s)
    return (
        f"seen {seen}, hidden {hidden}, between two sightings {between}, away {away}; expected in "
        f"view {sheet.clock(minutes.expected_s)}"
    )


def _sureness(sheet: Sheet, person: Person) -> str:
    seen = person.rows[sheet.run.rows.visibility[person.rows] == Visibility.VISIBLE]
    if not len(seen):
        return "never visible"
    sure = sheet.run.rows.sure[seen]
    low = sheet.clock(sheet.run.rows.time_s(int(sheet.run.rows.frames[seen[int(sure.argmin())]])))
    return f"how sure the name is: {share(float(sure.mean()))} on average, lowest at {low}"


def _line(sheet: Sheet, person: Person, meetings: Ints) -> dict[str, Any]:
    found = sheet.run.meetings
    doubts = found.worst[meetings] if found is not None else meetings
    line = timeline_of(sheet.run.rows, person, doubts, sheet.scale)
    bars = [{"kind": int(v), "path": path} for v, path in line.bars.items()]
    return {
        "bars": bars, "anchors": line.anchors, "doubts": line.doubts,
        "confidence": line.confidence,
    }  # fmt: skip


def _pin(sheet: Sheet, k: int, moment: Moment) -> dict[str, Any]:
    at = sheet.at(moment.focus_frame)
    title = f"{moment.title}, {sheet.time(moment.focus_frame)}"
    return {"n": k + 1, "at": f"{at:.6f}", "left": f"{100 * at:.3f}", "title": title}


def _thumb(sheet: Sheet, person: Person, thumb: Thumb, jpeg: Jpeg) -> dict[str, Any]:
    what = "comes in" if thumb.what == "entry" else "sure"
    when = sheet.time(thumb.frame)
    return {
        "data": text(jpeg.data),
        "size": jpeg.size,
        "alt": f"{person.label} at {when}, frame {thumb.frame}",
        "caption": f"{when} {what}, frame {thumb.frame}",
    }


def _meetings(sheet: Sheet, person: Person, which: Ints) -> list[dict[str, str]]:
    found = sheet.run.meetings
    if found is None:
        return []
    closest = which[np.argsort(found.margins[which], kind="stable")[:_MEETINGS]]
    return [
        {
            "time": sheet.time(int(found.worst[m])),
            "frames": span(int(found.first[m]), int(found.last[m])).split()[1],
            "rival": sheet.run.rival_of(person, int(m)),
            "margin": f"{found.margins[m]:.1f}",
        }
        for m in np.sort(closest).tolist()
    ]
