"""What a report says against the truth: `report_against_truth.py OUT GT NAMES [OUT GT NAMES ...]`.

For each finished run: minutes in view with their interval, seconds likely to be wrong (with factors
fitted to the runs of all other clips), and whether the first five and ten questions are about
stretches that are truly wrong. Clips are told apart by their GT.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import nnls

from tracker.evaluation.boxes import Boxes, iou, match
from tracker.evaluation.identities import read_people
from tracker.evaluation.readers import read_mot
from tracker.evaluation.text_files import TextSource
from tracker.report.finished import Finished, open_finished
from tracker.report.run_facts import RunFacts
from tracker.report.wrong import SWAPPED, jumping, shared_boxes
from tracker.types import UNKNOWN, Doubles, Mask

WRONG = 0.3  # a question is worth asking where so much of its stretch is wrong
LISTS = (5, 10)
WIDE_S = 0.5  # an interval that says something


@dataclass(frozen=True)
class Seconds:
    """true: on another player, in loose boxes, in view without a box. causes: what they are told
    by: doubts of trades, boxes that are shared, heights that jump. told: missing, as told."""

    true: tuple[float, float, float]
    causes: tuple[float, float, float]
    missing: float


def worn(run: Finished, truth: Boxes, least: float) -> np.ndarray:
    """(rows,) whose box of the truth lies on each visible row, one to one; "" for nobody's."""
    rows, found = run.rows, np.full(len(run.rows), "", object)
    for frame in rows.numbers.tolist():
        t = np.flatnonzero(truth.frames == frame)
        r = np.flatnonzero((rows.frames == frame) & rows.visible)
        if len(t) and len(r):
            pairs = match(iou(truth.corners[t], rows.boxes[r].astype(float)), least)
            found[r[pairs[1]]] = truth.names[t[pairs[0]]]
    return found


def print_minutes(run: Finished, truth: Boxes) -> tuple[int, int, int, int]:
    """(players whose truth is in the interval, players), and the same where it is WIDE_S long."""
    second = 1 / run.rows.rate
    inside, errors, wide = 0, [], []
    for name, m in run.honesty.minutes.items():
        true = float((truth.names == name).sum()) * second
        good = m.low_s - 2 * second <= true <= m.high_s + 2 * second
        inside += good
        wide += [good] * (m.high_s - m.low_s >= WIDE_S)
        errors.append([abs(true - m.seen_s), abs(true - m.expected_s)])
        print(
            f"  {name:24} true {true:6.1f}  seen {m.seen_s:6.1f}  in view {m.in_view_s:6.1f}  "
            f"expected {m.expected_s:6.1f} ({m.low_s:.1f}-{m.high_s:.1f}){'' if good else '  out'}"
        )
    seen, expected = np.mean(errors, axis=0)
    print(
        f"  {inside} of {len(errors)} inside; mean error seen {seen:.2f}, expected {expected:.2f}"
    )
    return inside, len(errors), sum(wide), len(wide)


def seconds_of(run: Finished, truth: Boxes) -> Seconds:
    rows, second = run.rows, 1 / run.rows.rate
    who = worn(run, truth, 0.5)
    name = np.array([*rows.names, ""], object)[rows.players]
    named = rows.visible & (rows.players != UNKNOWN)
    other, loose = named & (who != "") & (who != name), named & (who == "")
    shared = float((named & shared_boxes(rows)).sum()) * second
    traded = (run.honesty.total.other_s - 0.35 * shared) / SWAPPED
    missing = float(np.isin(truth.names.astype(str), rows.names).sum() - named.sum()) * second
    return Seconds(
        (float(other.sum()) * second, float(loose.sum()) * second, missing),
        (traded, shared, float((named & jumping(rows)).sum()) * second),
        run.honesty.total.missing_s,
    )


def fitted(others: list[Seconds]) -> tuple[Doubles, float]:
    """Factors of trades and shared boxes, and of jumps, from the runs of other clips."""

    def solve(columns: list[int], what: int) -> Doubles:
        weight = np.array([1 / np.sqrt(s.true[what] + 1) for s in others])
        causes = np.array([[s.causes[c] for c in columns] for s in others])
        true = np.array([s.true[what] for s in others])
        return np.asarray(nnls(causes * weight[:, None], true * weight)[0])

    return solve([0, 1], 0), float(solve([2], 1)[0])


def truly_wrong(run: Finished, truth: Boxes) -> Mask:
    """(rows,) seen rows whose name an answer would change; loose boxes are left alone."""
    rows = run.rows
    who = worn(run, truth, 0.3)
    want = np.where(np.isin(who.astype(str), run.receipt.players), who, "")
    name = np.array([*rows.names, ""], object)[rows.players]
    return np.asarray(rows.visible & (who != "") & (want != name))


def print_list(run: Finished, truth: Boxes) -> list[float]:
    wrong, covered = truly_wrong(run, truth), np.zeros(len(run.rows), bool)
    hits, told, shares = [], [], []
    for n, review_item in enumerate(run.review_items[: max(LISTS)], 1):
        item = review_item.item
        mine = run.track_index.rows_of(item.track, item.first, item.last)
        mine = mine[run.rows.visible[mine]]
        hits.append(bool(len(mine)) and bool(wrong[mine].mean() >= WRONG))
        covered[mine] = True
        if n in LISTS:
            shares += [sum(hits) / n, (wrong & covered).sum() / max(wrong.sum(), 1)]
            told.append(f"first {n}: {sum(hits)} truly wrong, {shares[-1]:.0%} of what is wrong")
    for n in LISTS[len(told) :]:
        shares += [sum(hits) / n, (wrong & covered).sum() / max(wrong.sum(), 1)]
    print(f"  {'; '.join(told)} ({wrong.sum() / run.rows.rate:.1f} s)")
    return shares


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+", metavar="OUT GT NAMES")
    files = parser.parse_args().files
    runs = [tuple(map(Path, files[n : n + 3])) for n in range(0, len(files), 3)]
    told: list[tuple[Path, Path, Seconds]] = []
    counts, shares = [], []
    for out, gt, names in runs:
        run = open_finished(out, RunFacts.read(out))
        people = read_people(TextSource(names))
        truth = people.name(read_mot(TextSource(gt)).between(1, int(run.rows.numbers[-1])))
        truth = truth.take(~np.isin(truth.ids, sorted(people.ball_ids)))
        print(out)
        counts.append(print_minutes(run, truth))
        shares.append(print_list(run, truth))
        seconds, page = seconds_of(run, truth), run.honesty.total
        print(
            f"  the page says: on another {page.other_s:.1f} s (true {seconds.true[0]:.1f}), loose "
            f"{page.loose_s:.1f} ({seconds.true[1]:.1f}), no box {page.missing_s:.1f} "
            f"({seconds.true[2]:.1f})"
        )
        told.append((out, gt, seconds))
    inside, every, wide, open_ = np.sum(counts, axis=0)
    print(f"in their interval: {inside} of {every} players; where it is open, {wide} of {open_}")
    print("first 5, 10: truly wrong, covered:", np.mean(shares, axis=0).round(3).tolist())
    for out, gt, s in told:
        others = [o for _, clip, o in told if clip != gt]
        if not others:
            break
        name, loose = fitted(others)
        print(
            f"{out}: on another {name @ s.causes[:2]:.1f} s (true {s.true[0]:.1f}), loose "
            f"{loose * s.causes[2]:.1f} ({s.true[1]:.1f}), no box {s.missing:.1f} ({s.true[2]:.1f})"
        )


if __name__ == "__main__":
    main()
