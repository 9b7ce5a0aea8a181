"""What the page says of one doubtful moment."""

from __future__ import annotations

import json
import shlex
from typing import Any

from tracker.explain.phrases import span
from tracker.report.moment import Moment
from tracker.report.sheet import Sheet, text


def moment_block(sheet: Sheet, n: int, moment: Moment) -> dict[str, Any]:
    at = sheet.time(moment.focus_frame)
    frames = span(moment.first_frame, moment.last_frame)
    ask = f"--player {shlex.quote(moment.player)}" if moment.player else f"--track {moment.track}"
    folder = shlex.quote(str(sheet.run.out))
    rival = moment.rival is not None
    return short_block(sheet, moment) | {
        "n": n + 1,
        "when": f"at {at}, {frames}",
        "reasons": moment.reasons,
        "also": moment.also,
        "rival": _side(sheet, moment, moment.rival, moment.rival_player) if rival else None,
        "strip": [
            {
                "data": text(jpeg.data),
                "size": jpeg.size,
                "alt": f"frame {frame}, {sheet.time(frame)}: {moment.title}",
                "caption": f"{sheet.time(frame)}, frame {frame}",
            }
            for frame, jpeg in sheet.album.tiles.get(n, [])
        ],
        "ask": sheet.run.told is not None
        and f"teamsheet explain {folder} {ask} --frame {moment.focus_frame}",
    }


def short_block(sheet: Sheet, moment: Moment) -> dict[str, Any]:
    named = [p for p in (moment.player, moment.rival_player) if p]
    tracks = [f"track {t}" for t in (moment.track, moment.rival) if t is not None]
    return {
        "title": moment.title,
        "names": json.dumps([*named, *tracks], ensure_ascii=False),
        "wrong": f"{moment.wrong_s:.1f}",
        "time": sheet.time(moment.focus_frame),
        "frame": moment.focus_frame,
        "own": _side(sheet, moment, moment.track, moment.player),
    }


def _side(sheet: Sheet, moment: Moment, track: int | None, player: str) -> dict[str, str]:
    label = player or f"track {track}"
    at = sheet.at(moment.focus_frame)
    return {"label": label, "slug": sheet.slugs.get(label, ""), "at": f"{at:.6f}"}
