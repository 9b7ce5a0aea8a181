"""What to do next for a gallery, the most useful first."""

from __future__ import annotations

from gallery.check import FEW, GalleryCheck, PersonCheck

WEAK = 0.8
"""A player whose pictures are recognised less often than this needs others."""


def advice(check: GalleryCheck) -> list[str]:
    """One line per thing to do; empty where nothing is wrong."""
    lines = []
    if check.suspects:
        count = len(check.suspects)
        lines.append(
            f"look at the {count} picture{'s' if count > 1 else ''} that may be in the wrong "
            "folder, and move or delete what is wrong"
        )
    across = [g for g in check.twins if len({name for name, _ in g}) > 1]
    if across:
        who = " and ".join(dict.fromkeys(name for name, _ in across[0]))
        lines.append(f"{who} have the same picture: keep it where it belongs")
    lines += [
        f"{p.name}: add pictures, {p.pictures} is few; {FEW} and more are good" for p in check.few
    ]
    enough = [p for p in check.players if p.pictures >= FEW and p.apart < WEAK]
    lines += [_other_scenes(p) for p in sorted(enough, key=lambda p: p.apart)]
    lines += [
        f"{pair.first} and {pair.second}: add pictures that show what differs "
        "(numbers from behind, faces, shoes), or numbers in roster.yaml with --numbers rapidocr"
        for pair in check.pairs[:3]
    ]
    if not any(p.is_negative for p in check.people):
        lines.append("add a folder _referee (and _crowd): without one they may be given names")
    copies = sum(len(group) - 1 for group in check.twins)
    if copies:
        lines.append(
            f"near copies of other pictures: {copies}; they may stay, but count for little"
        )
    return lines


def _other_scenes(person: PersonCheck) -> str:
    taken = f" (taken for {person.taken_for[0]})" if person.taken_for else ""
    return (
        f"{person.name}: add pictures from other moments and sides; only {person.apart:.0%} of "
        f"these are recognised without their neighbours{taken}"
    )
