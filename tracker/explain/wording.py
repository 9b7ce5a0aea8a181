"""The answer in a few lines. Nothing is said here that is not in the Explanation."""

from __future__ import annotations

from collections.abc import Iterator

from tracker.explain.answer import Explanation
from tracker.explain.numbers import numbers_line
from tracker.explain.phrases import ANCHORS, VOTE, count, odds, share, span, who
from tracker.explain.rivals import Closest, Rejected
from tracker.explain.tracks import Row, Sighting
from tracker.explain.wording_evidence import evidence_lines
from tracker.output.evidence_words import source_of
from tracker.types import Evidence, Visibility


def lines(answer: Explanation) -> list[str]:
    """What to print."""
    found = [line for line in _lines(answer) if line]
    first = next((n for n, line in enumerate(found) if "vote" in line), None)
    more = ANCHORS if answer.grounds is not None and answer.grounds.by_anchors else ""
    return found if first is None else [*found[:first], f"(a vote: {VOTE}{more})", *found[first:]]


def _lines(answer: Explanation) -> Iterator[str]:
    yield _headline(answer)
    yield _why(answer)
    yield _track_line(answer)
    if answer.grounds is not None:
        yield from evidence_lines(answer, answer.grounds)
    if answer.numbers is not None:
        yield numbers_line(answer.numbers, answer.player)
    if answer.row is None or answer.row.visibility != Visibility.VISIBLE.label:
        yield f"last seen: {_sighting(answer.last_seen)}; next: {_sighting(answer.next_seen)}"
    yield from _rejected(answer)


def _headline(answer: Explanation) -> str:
    when = f"in frame {answer.frame}"
    when += "" if answer.time_s is None else f" ({answer.time_s:.2f} s)"
    row = answer.row
    if row is None and answer.player is not None:
        return f"{answer.player} {when}: not there, no track has the name"
    if row is None:
        return f"track {answer.track} {when}: not there"
    if answer.player is None:
        rest = "" if answer.mode == "offline" else _unknown(row)
        return f"track {answer.track} {when}: {row.visibility}, no name{rest}"
    sure = f"{share(row.confidence)} sure, {row.evidence}"
    return f"{answer.player} {when}: track {answer.track}, {row.visibility}{_place(row)}, {sure}"


def _unknown(row: Row) -> str:
    return f"; with all other tracks counted in, {share(row.confidence)} that it is no player"


def _place(row: Row) -> str:
    if row.visibility == Visibility.VISIBLE.label:
        return ""
    where = f"{row.x:.0f},{row.y:.0f} px, give or take {row.std_x:.0f},{row.std_y:.0f}"
    away = " (out of view or lost)" if row.visibility == Visibility.ABSENT.label else ""
    return f"{away}, expected at {where}"


def _why(answer: Explanation) -> str:
    """What the word in the column `evidence` means here."""
    if answer.player is None or answer.row is None:
        return ""
    thresholds, offline = answer.thresholds, answer.mode == "offline"
    earned = answer.path.earned_frame if answer.path else None
    if earned is not None and earned > answer.frame:
        return (
            f"{answer.row.evidence}: the name became sure enough in frame {earned} and was then "
            "written into earlier frames, this one too (backfill)"
        )
    votes = f"{thresholds['anchor_votes']:.0f} votes"
    needs = f"{votes} and {odds(thresholds['anchor_nats'])} against the next best name"
    tracklet = "this tracklet, a stretch of the track without an ambiguous match,"
    if source := source_of(answer.row.evidence):
        sure = "" if offline else f", and the votes of this track make it sure ({needs})"
        return f"{answer.row.evidence}: an anchor of {source} on this very box says the name{sure}"
    meanings = {
        Evidence.ANCHOR.label: "anchor: the votes of this track make the name sure, and one of "
        f"them has a clean picture of this very frame (an anchor takes {needs})",
        Evidence.CARRIED.label: f"carried: {tracklet} has {votes} of its own or more"
        if offline
        else f"carried: other frames of this track made the name sure (an anchor takes {needs})",
        Evidence.TOLD.label: "told: somebody has said who this is, see teamsheet correct --list",
        Evidence.SOLVED.label: "solved: the name follows from who the others are; "
        + (f"{tracklet} has fewer than {votes} of its own" if offline else
           f"its own votes do not make it an anchor (that takes {needs})"),
    }  # fmt: skip
    return meanings.get(answer.row.evidence, "")


def _track_line(answer: Explanation) -> str:
    track_span = answer.path
    if track_span is None:
        return ""
    text = f"track {answer.track} runs over {span(track_span.first_frame, track_span.last_frame)}"
    if (
        answer.player is not None
        and track_span.name_first is not None
        and track_span.name_last is not None
    ):
        text += f", as {answer.player} over {span(track_span.name_first, track_span.name_last)}"
        earned = track_span.earned_frame
        if earned is not None and earned > track_span.name_first:
            text += f" (sure enough from frame {earned} on)"
    others = [name for name in track_span.names if name != answer.player]
    if others:
        text += f"; in other frames it is {' and '.join(others)}"
    elif answer.player is None:
        text += "; it never has a name"
    return text


def _sighting(seen: Sighting | None) -> str:
    if seen is None:
        return "never"
    where = f"track {seen.track} at {seen.x:.0f},{seen.y:.0f} px"
    return f"frame {seen.frame} ({seen.time_s:.2f} s), {where}"


def _rejected(answer: Explanation) -> Iterator[str]:
    for other in answer.rejected:
        looked = f"believed {share(other.chance)}, {_vote_lead(other)}"
        if answer.player is None:
            yield f"why not {other.player} ({looked}): {'; '.join(other.reasons)}"
        else:
            name = other.bears or "no name"
            yield (
                f"also like {other.player}: track {other.track}, {name} ({looked}); against it: "
                + ("; ".join(other.reasons))
            )
    if answer.row is None and answer.player is not None and not answer.rejected:
        yield f"no track of this frame was believed to be {answer.player}{_closest(answer.closest)}"


def _vote_lead(other: Rejected) -> str:
    votes = count(other.votes, "vote")
    if other.over is None or other.over < 0:
        return votes
    return f"{votes}, ahead of {who(other.second)} by {odds(other.over)}"


def _closest(best: Closest | None) -> str:
    if best is None:
        return ""
    when = span(best.first_frame, best.last_frame)
    return f"; in the whole run track {best.track} came closest, {share(best.chance)} in {when}"
