"""What the page says of one ambiguous moment."""

from __future__ import annotations

import json
import shlex
from typing import Any

from tracker.explain.phrases import span
from tracker.report.context import PageContext, text
from tracker.report.review_item import Answer, ReviewItem

_ALSO = 4


def review_block(page: PageContext, n: int, item: ReviewItem) -> dict[str, Any]:
    at = f"at {page.time(item.focus_frame)}"
    if item.whole:
        at = f"from {page.time(item.first_frame)} to {page.time(item.last_frame)}"
    frames = span(item.first_frame, item.last_frame)
    folder = shlex.quote(str(page.run.out))
    subject = f"--player {shlex.quote(item.player)}" if item.player else f"--track {item.track}"
    rival = item.rival is not None
    return short_block(page, item) | {
        "n": n + 1,
        "when": f"{at}, {frames}",
        "reasons": item.reasons,
        "also": item.also[:_ALSO],
        "also_more": max(len(item.also) - _ALSO, 0),
        "rival": _side(page, item, item.rival, item.rival_player) if rival else None,
        "strip": [
            {
                "data": text(jpeg.data),
                "size": jpeg.size,
                "alt": f"frame {frame}, {page.time(frame)}: {item.title}",
                "caption": f"{page.time(frame)}, frame {frame}",
            }
            for frame, jpeg in page.album.tiles.get(n, [])
        ],
        "ask": page.run.evidence is not None
        and f"teamsheet explain {folder} {subject} --frame {item.focus_frame}",
        "answers": [
            {"when": answer.when, "say": _command(folder, answer)}
            for answer in item.answers
            if answer.sentences and page.run.receipt.players
        ],
    }


def _command(folder: str, answer: Answer) -> str:
    """What to copy into a terminal."""
    options = " ".join(f"--set {_quoted(sentence)}" for sentence in answer.sentences)
    return f"teamsheet correct {folder} {options}"


def _quoted(text: str) -> str:
    """In double quotes where every shell takes them so, as the docs write it."""
    return shlex.quote(text) if set(text) & set('"$`\\!%') else f'"{text}"'


def short_block(page: PageContext, item: ReviewItem) -> dict[str, Any]:
    named = [p for p in (item.player, item.rival_player) if p]
    tracks = [f"track {t}" for t in (item.track, item.rival) if t is not None]
    return {
        "title": item.title,
        "names": json.dumps([*named, *tracks], ensure_ascii=False),
        "wrong": f"{item.wrong_s:.1f}",
        "time": page.time(item.focus_frame),
        "frame": item.focus_frame,
        "own": _side(page, item, item.track, item.player),
    }


def _side(page: PageContext, item: ReviewItem, track: int | None, player: str) -> dict[str, str]:
    label = player or f"track {track}"
    at = page.at(item.focus_frame)
    return {"label": label, "slug": page.slugs.get(label, ""), "at": f"{at:.6f}"}
