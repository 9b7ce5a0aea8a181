"""What the next questions will show is cut out of the video while this one is being answered."""

from __future__ import annotations

import queue
import threading
from typing import Any

from tracker.errors import TeamsheetError
from tracker.review_page.crop_prefetcher import Box
from tracker.review_page.desk_protocol import ReviewDesk, Tree
from tracker.review_page.picture_routes import box_of
from tracker.review_page.pictures import Pictures

_MOST = 120  # crops; the groups of three questions have 16 cards of 8 each, and show one at a time


class Prefetch:
    """Looks the boxes up in a thread of its own: no answer waits for it."""

    def __init__(self, desk: ReviewDesk, pictures: Pictures) -> None:
        self._desk, self._pictures = desk, pictures
        self._answers: queue.SimpleQueue[Tree] = queue.SimpleQueue()
        threading.Thread(target=self._work, daemon=True, name="review-boxes").start()

    def after(self, answer: Tree) -> Tree:
        """The same, its pictures wished for."""
        self._answers.put(answer)
        return answer

    def _work(self) -> None:
        while True:
            answer = self._answers.get()
            while not self._answers.empty():  # only the newest matters
                answer = self._answers.get()
            self._pictures.prefetch(self._boxes(answer))

    def _boxes(self, answer: Tree) -> list[tuple[int, Box]]:
        found = []
        for frame, track in _shown(answer)[:_MOST]:
            try:
                found.append((frame - 1, box_of(self._desk, frame, track)))
            except (TeamsheetError, KeyError, IndexError):  # the page is told when it asks
                continue
        return found


def _shown(answer: Tree) -> list[tuple[int, int]]:
    """(frame, track) of the crops that a question and those after it show, the first ones first."""
    questions: list[Any] = [answer.get("question"), *(answer.get("next") or [])]
    items = [item for q in questions if isinstance(q, dict) for item in q.get("items") or []]
    shown = [(item["focus"], item["track"]) for item in items]
    shown += [(frame, item["track"]) for item in items for frame in item["shown"]]
    return list(dict.fromkeys(shown))
