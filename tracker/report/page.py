"""The page itself: words and numbers for the template, and the template filled in."""

from __future__ import annotations

import base64
import json
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tracker.explain.phrases import count, nats, share, span
from tracker.records import Ints, Visibility
from tracker.report.clock import Clock
from tracker.report.finished import Finished
from tracker.report.heat import heat_of
from tracker.report.moment import Moment
from tracker.report.people import Person
from tracker.report.pictures import Album
from tracker.report.receipt import facts_of, plain, settings_of
from tracker.report.shots import STRIPS, Thumb
from tracker.report.timeline import Scale, scale_of, timeline_of

MORE = 170
"""So many further moments are listed without pictures."""
_MEETINGS = 20  # of a person, the closest calls
_HEAT_PX = 190
_LABELS = 6


def page_of(run: Finished, album: Album, notes: Sequence[str]) -> str:
    """The HTML. The same run gives the same text."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    room = FileSystemLoader(Path(__file__).parent)
    environment = Environment(
        loader=room,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html").render(_Page(run, album).context(notes))


class _Page:
    """What the template is given."""

    def __init__(self, run: Finished, album: Album) -> None:
        self.run, self.album, self.rows = run, album, run.rows
        self.scale: Scale = scale_of(run.rows, run.people)
        self.clock = Clock(self.scale.step_s * self.scale.length)
        self.slugs = {p.label: p.slug for p in run.people if p.track is None}
        self.slugs_of_tracks = {p.track: p.slug for p in run.people if p.track is not None}

    def context(self, notes: Sequence[str]) -> dict[str, Any]:
        run, scale = self.run, self.scale
        length_s = scale.step_s * scale.length
        rest = run.moments[STRIPS : STRIPS + MORE]
        left = len(run.moments) - STRIPS - len(rest)
        width, height = run.size
        return {
            "title": run.name,
            "subtitle": self._subtitle(),
            "notes": notes,
            "people": [self._person(n, person) for n, person in enumerate(run.people)],
            "counted": self._counted(),
            "axis": [
                {"left": 100 * n / (_LABELS - 1), "label": self.clock(scale.start_s + part)}
                for n, part in enumerate(np.linspace(0, length_s, _LABELS).tolist())
            ],
            "moments": [self._moment(n, m) for n, m in enumerate(run.moments[:STRIPS])],
            "checked": self._checked(),
            "more": [self._short(m) for m in rest],
            "more_title": f"{len(rest)} more, less important"
            + (f"; {left} lesser ones are left out" if left > 0 else ""),
            "drawn": f"Drawn in steps of {scale.step_s:.3g} s; the minutes are counted frame by "
            "frame. Click + or double-click a timeline to look closer.",
            "steps": scale.length,
            "heat_size": (_HEAT_PX, round(_HEAT_PX * height / width)),
            "facts": facts_of(run.receipt),
            "settings": settings_of(run.receipt),
            "receipt": plain(run.receipt),
            "page": {
                "start_s": scale.start_s, "length_s": length_s, "steps": scale.length,
                "first": int(self.rows.numbers[0]), "fps": self.rows.rate,
            },
        }  # fmt: skip

    def _subtitle(self) -> str:
        run = self.run
        first, last = int(self.rows.numbers[0]), int(self.rows.numbers[-1])
        length = self.clock(self.scale.step_s * self.scale.length)
        return f"{span(first, last)}, {length} at {self.rows.rate:.4g} a second, {run.mode}"

    def _counted(self) -> str:
        nameless = self.run.nameless
        words = (
            "Visible: a box of the detector is his. Hidden: behind somebody, the box is predicted. "
            "Away: out of view or lost. Comes in: after more than a second out of sight. "
        )
        if not nameless.paths:
            return words
        words += f"{count(nameless.paths, 'path')} never had a name"
        shown = "" if nameless.shown == nameless.paths else f"; the {nameless.shown} longest follow"
        return f"{words}{shown}. Without a name: {self.clock(nameless.seen_s)} in view, all added."

    def _checked(self) -> str:
        if not self.run.moments:
            return "Nothing in the files is doubtful."
        words = (
            "Sorted by the seconds of picture that are likely to be wrong: the chance of a mistake "
            "times how long it would last."
        )
        if self.run.told is None:
            return f"{words} Only unsure names: meetings and votes are not in this run's files."
        return words

    def _person(self, n: int, person: Person) -> dict[str, Any]:
        mine = [
            (k, m)
            for k, m in enumerate(self.run.moments)
            if self._about(person, m.track, m.player)
            or (m.rival is not None and self._about(person, m.rival, m.rival_player))
        ]
        meetings = self.run.meetings_of(person)
        seconds = {v: self.clock(s) for v, s in person.seconds.items()}
        wrong = sum(m.wrong_s for _, m in mine)
        heat = heat_of(self.rows, person.rows, self.run.size)
        return {
            "label": person.label,
            "slug": person.slug,
            "names": json.dumps([person.label], ensure_ascii=False),
            "visible": seconds[Visibility.VISIBLE],
            "hidden": seconds[Visibility.OCCLUDED],
            "away": seconds[Visibility.ABSENT],
            "entries": len(person.entries),
            "paths": person.tracks,
            "anchors": len(person.anchors),
            "moments": len(mine),
            "wrong": f"{wrong:.1f} s" if mine else "",
            "summary": self._summary(person),
            "sureness": self._sureness(person),
            "line": self._line(person, meetings) if len(person.rows) else None,
            "pins": [self._pin(k, m) for k, m in mine if k < STRIPS],
            "heat": heat and {"data": _text(heat.png), "words": heat.words},
            "thumbs": [self._thumb(person, t, jpeg) for t, jpeg in self.album.thumbs.get(n, [])],
            "meetings": self._meetings(person, meetings),
            "meetings_title": f"{count(len(meetings), 'trade')} considered and rejected"
            + (f", the {_MEETINGS} closest" if len(meetings) > _MEETINGS else ""),
        }

    def _about(self, person: Person, track: int, player: str) -> bool:
        return (
            person.label == player if person.track is None else person.track == track and not player
        )

    def _summary(self, person: Person) -> str:
        if not len(person.rows):
            return "never named in this run"
        frames = self.rows.frames[person.rows]
        seen, hidden, away = (self.clock(person.seconds[v]) for v in Visibility)
        first, last = (self.clock(self.rows.time_s(int(f))) for f in (frames[0], frames[-1]))
        return f"visible {seen}, hidden {hidden}, away {away}; from {first} to {last}"

    def _sureness(self, person: Person) -> str:
        seen = person.rows[self.rows.visibility[person.rows] == Visibility.VISIBLE]
        if not len(seen):
            return "never visible"
        sure = self.rows.sure[seen]
        low = self.clock(self.rows.time_s(int(self.rows.frames[seen[int(sure.argmin())]])))
        return f"how sure the name is: {share(float(sure.mean()))} on average, lowest at {low}"

    def _line(self, person: Person, meetings: Ints) -> dict[str, Any]:
        found = self.run.meetings
        doubts = found.worst[meetings] if found is not None else meetings
        line = timeline_of(self.rows, person, doubts, self.scale)
        bars = [{"kind": int(v), "path": path} for v, path in line.bars.items()]
        return {
            "bars": bars, "anchors": line.anchors, "doubts": line.doubts,
            "confidence": line.confidence,
        }  # fmt: skip

    def _pin(self, k: int, moment: Moment) -> dict[str, Any]:
        at = self.scale.at(self.rows.time_s(moment.focus_frame))
        title = f"{moment.title}, {self._time(moment.focus_frame)}"
        return {"n": k + 1, "at": f"{at:.6f}", "left": f"{100 * at:.3f}", "title": title}

    def _thumb(self, person: Person, thumb: Thumb, jpeg: bytes) -> dict[str, str]:
        what = "comes in" if thumb.what == "entry" else "sure"
        when = self._time(thumb.frame)
        return {
            "data": _text(jpeg),
            "alt": f"{person.label} at {when}, frame {thumb.frame}",
            "caption": f"{when} {what}, frame {thumb.frame}",
        }

    def _meetings(self, person: Person, which: Ints) -> list[dict[str, str]]:
        found = self.run.meetings
        if found is None:
            return []
        closest = which[np.argsort(found.margins[which], kind="stable")[:_MEETINGS]]
        return [
            {
                "time": self._time(int(found.worst[m])),
                "frames": span(int(found.first[m]), int(found.last[m])).split()[1],
                "rival": self.run.rival_of(person, int(m)),
                "margin": f"{found.margins[m]:.1f}",
            }
            for m in np.sort(closest).tolist()
        ]

    def _moment(self, n: int, moment: Moment) -> dict[str, Any]:
        at = self._time(moment.focus_frame)
        frames = span(moment.first_frame, moment.last_frame)
        ask = (
            f"--player {shlex.quote(moment.player)}" if moment.player else f"--track {moment.track}"
        )
        folder = shlex.quote(str(self.run.out))
        rival = moment.rival is not None
        return self._short(moment) | {
            "n": n + 1,
            "when": f"at {at}, {frames}",
            "reasons": moment.reasons,
            "also": moment.also,
            "rival": self._side(moment, moment.rival, moment.rival_player) if rival else None,
            "strip": [
                {
                    "data": _text(jpeg),
                    "alt": f"frame {frame}, {self._time(frame)}: {moment.title}",
                    "caption": f"{self._time(frame)}, frame {frame}",
                }
                for frame, jpeg in self.album.tiles.get(n, [])
            ],
            "ask": self.run.told is not None
            and f"teamsheet explain {folder} {ask} --frame {moment.focus_frame}",
        }

    def _short(self, moment: Moment) -> dict[str, Any]:
        named = [p for p in (moment.player, moment.rival_player) if p]
        tracks = [f"track {t}" for t in (moment.track, moment.rival) if t is not None]
        return {
            "title": moment.title,
            "names": json.dumps([*named, *tracks], ensure_ascii=False),
            "wrong": f"{moment.wrong_s:.1f}",
            "time": self._time(moment.focus_frame),
            "frame": moment.focus_frame,
            "own": self._side(moment, moment.track, moment.player),
        }

    def _side(self, moment: Moment, track: int | None, player: str) -> dict[str, str]:
        slug = self.slugs.get(player, "") if player else self.slugs_of_tracks.get(track, "")
        at = self.scale.at(self.rows.time_s(moment.focus_frame))
        return {"label": player or f"track {track}", "slug": slug, "at": f"{at:.6f}"}

    def _time(self, frame: int) -> str:
        return self.clock.fine(self.rows.time_s(frame))


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
