"""The lines about the evidence of one track: votes, posteriors, anchors, ambiguous matches."""

from __future__ import annotations

from collections.abc import Iterator

from tracker.explain.answer import Explanation, Grounds
from tracker.explain.evidence import AnchorVotes, Encounter, Pictures, Tally, TrackBelief
from tracker.explain.phrases import count, odds, share, span, who

_ENCOUNTERS_SHOWN = 3


def evidence_lines(answer: Explanation, grounds: Grounds) -> Iterator[str]:
    """One line each, empty where there is nothing to say."""
    votes, thresholds = grounds.votes, answer.thresholds
    name = answer.player if answer.player is not None else votes.player if votes else ""
    few = votes is None or votes.votes < thresholds["anchor_votes"]
    why = _pictures(grounds.pictures, thresholds) if few else ""
    yield _tally(votes, grounds) if votes else f"no votes{': ' if why else ''}{why}"
    yield why if votes else ""
    yield from map(_by_anchors, grounds.by_anchors)
    if grounds.belief is not None:
        yield _belief(grounds.belief, answer, grounds)
    if grounds.anchors is not None:
        first, last = grounds.anchors.first_frame, grounds.anchors.last_frame
        yield f"an anchor in {count(grounds.anchors.frames, 'frame')}, first {first}, last {last}"
    yield _extremes(grounds, name)
    yield _encounters(grounds, thresholds["ambiguous_nats"])
    yield _gaps(grounds)
    yield _since(answer, grounds, name)
    yield _swap(grounds, name)
    if grounds.later is not None and grounds.later.player != name:
        yield f"later on this track: {_tally(grounds.later, grounds)}"


def _belief(belief: TrackBelief, answer: Explanation, grounds: Grounds) -> str:
    thresholds, offline = answer.thresholds, answer.mode == "offline"
    how = "by its own pictures" + " and anchors" * bool(grounds.by_anchors)
    if offline:
        tracklet = span(belief.first_frame, belief.last_frame)
        how = f"together with all other tracks, {tracklet}"
    believed = ", ".join(f"{who(player)} {share(chance)}" for player, chance in belief.chances)
    at = f"a name is given at {share(thresholds['name_at'])}"
    kept = "" if offline else f" and kept down to {share(thresholds['keep_at'])}"
    text = f"judged {how}: {believed}; {at}{kept}"
    if belief.of(answer.player or "") < thresholds["name_at"] or not answer.player:
        unknown, each = share(thresholds["prior_nobody"]), share(thresholds["prior_player"])
        text += f" (before any vote: {who('')} {unknown}, each player {each})"
    return text


def _by_anchors(source: AnchorVotes) -> str:
    each = [
        f"{count(votes, 'vote') if n == 0 else votes} for {who(player)}"
        for n, (player, votes) in enumerate(source.votes.items())
    ]
    return f"anchors of {source.file}: {', '.join(each)}"


def _tally(votes: Tally, grounds: Grounds) -> str:
    both = f"{votes.crops} pictures and anchors" if grounds.by_anchors else ""
    counted = f"{count(votes.votes, 'vote')} ({both or count(votes.crops, 'picture')}) in "
    counted += span(votes.first_frame, votes.last_frame)
    player, second = who(votes.player), who(votes.second)
    if votes.over < 0:
        leading = f"{second} is ahead of {player} by {odds(-votes.over)}"
    else:
        leading = f"{player} is ahead of {second}, the next best, by {odds(votes.over)}"
    if votes.player and votes.second:
        leading += f"; {_against_unknown(votes.over_nobody)}"
    return f"{counted}: {leading}"


def _against_unknown(over: float) -> str:
    return f"{'ahead of' if over >= 0 else 'behind'} {who('')} by {odds(abs(over))}"


def _pictures(pictures: Pictures, thresholds: dict[str, float]) -> str:
    if not pictures.seen or pictures.voted >= pictures.seen:
        return ""
    parts = [
        (pictures.small, f"smaller than {thresholds['crop_height_min_px']:.0f} px"),
        (pictures.weak, f"detected with a score below {share(thresholds['crop_score_min'])}"),
        (pictures.doubtful, "at an ambiguous match with another track"),
        (pictures.rest, "covered by somebody, or not among those that were encoded"),
    ]
    why = ", ".join(f"{n} {text}" for n, text in parts if n)
    return (
        f"of {count(pictures.seen, 'picture')} {pictures.voted or 'none'} counted as clean; {why}"
    )


def _extremes(grounds: Grounds, name: str) -> str:
    best, against = grounds.strongest, grounds.against
    parts = []
    if best is not None:
        place = span(best.first_frame, best.last_frame)
        parts.append(f"strongest vote for {who(name)}: {place}, by {odds(best.over)}")
    if against is not None:
        place = span(against.first_frame, against.last_frame)
        parts.append(f"last vote against: {place}, {who(against.second)} by {odds(-against.over)}")
    return "; ".join(parts)


def _encounters(grounds: Grounds, ambiguity_nats: float) -> str:
    encounters = grounds.doubts
    if not encounters:
        return ""
    worst = sorted(encounters[:-1], key=lambda d: d.margin)[: _ENCOUNTERS_SHOWN - 1]
    shown = [d for d in encounters if d is encounters[-1] or d in worst]
    head = f"{count(len(encounters), 'ambiguous encounter')} up to frame {grounds.last_frame}"
    head += f" (less than {odds(ambiguity_nats)} against a swap)"
    head += ", the worst and the last" if len(shown) < len(encounters) else ""
    return f"{head}: {'; '.join(_encounter(d) for d in shown)}"


def _gaps(grounds: Grounds) -> str:
    gaps = grounds.gaps
    if not gaps:
        return ""
    times = "once" if len(gaps) == 1 else f"{len(gaps)} times, the last"
    return f"out of sight up to frame {grounds.last_frame}: {times} in {span(*gaps[-1])}"


def _since(answer: Explanation, grounds: Grounds, name: str) -> str:
    """The latest votes, where they say somebody else than the name."""
    since, recent = grounds.since, grounds.recent
    if (grounds.doubts or grounds.gaps) and grounds.votes and since is None:
        return "no vote since then"
    if since is not None and since.player != name:
        return f"since then: {_tally(since, grounds)}"
    if recent is None or recent.player == name or answer.mode == "offline":
        return ""
    return f"the latest of them, which count most: {_tally(recent, grounds)}"


def _swap(grounds: Grounds, name: str) -> str:
    if grounds.trade is None:
        return ""
    swap, own = grounds.trade, grounds.trade.own_votes
    mine = f"says {who(own.player)} ({_leads(own)})" if own else "has no votes"
    return (
        f"a swap in frame {swap.frame} would explain a wrong name: after it track {swap.rival} "
        f"says {name} ({_leads(swap.rival_votes)}), this track {mine}"
    )


def _leads(votes: Tally) -> str:
    return f"{count(votes.votes, 'vote')}, by {odds(votes.over)}"


def _encounter(encounter: Encounter) -> str:
    rival = (
        "too short to be in the files" if encounter.bears is None else encounter.bears or "no name"
    )
    verdict = "against" if encounter.margin >= 0 else "for"
    against = f"{odds(abs(encounter.margin))} {verdict} a swap"
    return f"frame {encounter.worst_frame} with track {encounter.rival} ({rival}), {against}"
