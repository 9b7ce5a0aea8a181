"""What the page says of one question."""

from __future__ import annotations

import json
import shlex
from typing import Any

from tracker.explain.phrases import span
from tracker.report.context import PageContext, text
from tracker.report.review_item import Answer, ReviewItem


def review_block(page: PageContext, n: int, review_item: ReviewItem) -> dict[str, Any]:
    item, folder = review_item.item, shlex.quote(str(page.run.out))
    named = item.player and review_item.names == [item.player]
    subject = f"--player {shlex.quote(item.player)}" if named else f"--track {item.track}"
    when = f"from {page.time(item.first)} to {page.time(item.last)}"
    return short_block(page, review_item) | {
        "n": n + 1,
        "when": f"{when}, {span(item.first, item.last)}",
        "reasons": review_item.question.reasons,
        "strip": _strip(page, n, review_item),
        "ask": page.run.evidence is not None
        and f"teamsheet explain {folder} {subject} --frame {item.focus}",
        "answers": [
            {"when": answer.when, "say": _command(folder, answer)}
            for answer in review_item.answers
            if page.run.receipt.players
        ],
    }


def _strip(page: PageContext, n: int, review_item: ReviewItem) -> list[dict[str, Any]]:
    """Pictures, each with the name that stands there where it changes."""
    names: dict[int, str] = {}
    if len(review_item.names) > 1:
        shown = zip(review_item.item.shown, review_item.item.shown_names, strict=True)
        names = {frame: f", {name or 'no name'}" for frame, name in shown}
    return [
        {
            "data": text(jpeg.data),
            "size": jpeg.size,
            "alt": f"frame {frame}, {page.time(frame)}: {review_item.title}",
            "caption": f"{page.time(frame)}, frame {frame}{names.get(frame, '')}",
        }
        for frame, jpeg in page.album.tiles.get(n, [])
    ]


def _command(folder: str, answer: Answer) -> str:
    """What to copy into a terminal."""
    options = " ".join(f"--set {_quoted(sentence)}" for sentence in answer.sentences)
    return f"teamsheet correct {folder} {options}"


def _quoted(text: str) -> str:
    """In double quotes where every shell takes them so, as the docs write it."""
    return shlex.quote(text) if set(text) & set('"$`\\!%') else f'"{text}"'


def short_block(page: PageContext, review_item: ReviewItem) -> dict[str, Any]:
    item, named = review_item.item, [name for name in review_item.names if name]
    label = item.player or f"track {item.track}"
    return {
        "title": review_item.title,
        "names": json.dumps([*named, f"track {item.track}"], ensure_ascii=False),
        "wrong": f"{review_item.question.worth_s:.1f}",
        "time": page.time(item.focus),
        "frame": item.focus,
        "own": {
            "label": label,
            "slug": page.slugs.get(label, ""),
            "at": f"{page.at(item.focus):.6f}",
        },
    }
