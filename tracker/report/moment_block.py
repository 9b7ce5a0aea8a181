"""What the page says of one doubtful moment."""

from __future__ import annotations

import json
import shlex
from typing import Any

from tracker.explain.phrases import span
from tracker.report.context import Sheet, text
from tracker.report.moment import Answer, Moment

_ALSO = 4


def moment_block(sheet: Sheet, n: int, moment: Moment) -> dict[str, Any]:
    at = f"at {sheet.time(moment.focus_frame)}"
    if moment.whole:
        at = f"from {sheet.time(moment.first_frame)} to {sheet.time(moment.last_frame)}"
    frames = span(moment.first_frame, moment.last_frame)
    folder = shlex.quote(str(sheet.run.out))
    ask = f"--player {shlex.quote(moment.player)}" if moment.player else f"--track {moment.track}"
    rival = moment.rival is not None
    return short_block(sheet, moment) | {
        "n": n + 1,
        "when": f"{at}, {frames}",
        "reasons": moment.reasons,
        "also": moment.also[:_ALSO],
        "also_more": max(len(moment.also) - _ALSO, 0),
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
        "answers": [
            {"when": answer.when, "say": _command(folder, answer)}
            for answer in moment.answers
            if answer.sentences and sheet.run.receipt.players
        ],
    }


def _command(folder: str, answer: Answer) -> str:
    """What to copy into a terminal."""
    said = " ".join(f"--set {_quoted(one)}" for one in answer.sentences)
    return f"teamsheet correct {folder} {said}"


def _quoted(text: str) -> str:
    """In double quotes where every shell takes them so, as the docs write it."""
    return shlex.quote(text) if set(text) & set('"$`\\!%') else f'"{text}"'


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
