"""What the words in the name of a detector's class say: a role, people, a team, a thing.

Words are known singular and plural, spaced or not: "goal keeper", "team A player", "homeplayers".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class ClassKind(StrEnum):
    """What a class is. NAME: one player. PERSON: anybody. NEITHER: no people, as a ball."""

    NAME = "name"
    PLAYER = "player"
    GOALKEEPER = "goalkeeper"
    REFEREE = "referee"
    STAFF = "staff"
    CROWD = "crowd"
    PERSON = "person"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What the words say.

    kind: None where they say nothing, so that it may be a name. whole: no word is left over, as
    one is in "Player_O1", which may be a name too. team: it is a side's or a shirt's colour.
    """

    kind: ClassKind | None = None
    whole: bool = False
    team: bool = False


def meaning(name: str) -> Meaning:
    """Of a class called so, in any spelling."""
    text = " ".join(re.findall(r"[^\W_]+", name.casefold()))
    if len(text) > _LONGEST:
        return Meaning(_role(text) if _PART.search(text) else None)
    if _ALL_QUALIFIERS.fullmatch(text):
        return Meaning(ClassKind.PLAYER, whole=True, team=True)
    if _ALL_ROLES.fullmatch(text) and (role := _role(text)) is not None:
        return Meaning(role, whole=True)
    if _ALL_THINGS.fullmatch(text) and _THING.search(text):
        return Meaning(ClassKind.NEITHER, whole=True)
    return Meaning(_role(text) if _PART.search(text) else None)


def _role(text: str) -> ClassKind | None:
    return next((kind for kind, words in _ROLES.items() if re.search("|".join(words), text)), None)


_LONGEST = 60
"""Characters of a name that is looked at word by word; a longer one says more than a role."""
_ROLES: dict[ClassKind, tuple[str, ...]] = {
    ClassKind.GOALKEEPER: ("goal ?keeper", "goal ?tender", "goalie", "keeper", r"\bgks?\b"),
    ClassKind.REFEREE: (
        "referee", "umpire", "official", "line ?s?(?:man|men|person)", r"\brefs?\b",
    ),
    ClassKind.STAFF: (
        "coach", "coaching", "staff", "trainer", "manager", "physio", "medic",
        "ball ?(?:boy|girl|kid|person)",
    ),
    ClassKind.CROWD: ("spectator", "crowd", "audience", "supporter", r"\bfans?\b"),
    ClassKind.PLAYER: (
        "player", "athlete",
        r"\b(?:forward|defender|midfielder|striker|winger|attacker|skater|batter|bowler|pitcher|"
        r"catcher|setter|libero|runner|shooter|dribbler)s?\b",
    ),
    ClassKind.PERSON: (
        "person", "people", "human", "pedestrian", r"\bm[ae]n\b", r"\bwom[ae]n\b", r"\bboys?\b",
        r"\bgirls?\b", r"\bchild(?:ren)?\b", r"\badults?\b",
    ),
}  # fmt: skip
"""A role's words, the telling ones first: a "player coach" is no player."""
_QUALIFIERS = (
    r"team(?: ?[a-z\d])?", "home", "away", "host", "guest", "visitor", "visiting", "left", "right",
    "own", "our", "their", "opponent", "opposing", "opposition", "enemy", "other", "side",
    "red", "blue", "white", "black", "green", "yellow", "orange", "purple", "pink", "gr[ae]y",
    "brown", "navy", "maroon", "light", "dark", "shirt", "jersey", "kit",
)  # fmt: skip
_BESIDE_ROLES = (
    "football", "soccer", "basketball", "volleyball", "handball", "hockey", "ice", "rugby",
    "tennis", "cricket", "baseball", "floorball", "futsal", "lacrosse", "badminton", "water polo",
    "main", "head", "assistant", "line", "cent(?:er|re)", "match", "game", "sports", "medical",
    "technical", "support", "bench", "substitute", "field", "out ?field", "court", "pitch", "goal",
    "male", "female", "standing", "running", "active",
)  # fmt: skip
_THINGS = (
    "(?:foot|basket|volley|hand|base|soft|floor|soccer|tennis|sports|golf)?ball", "puck",
    "shuttle ?cock", "goal", "goal ?post", "post", "net", "hoop", "rim", "basket", "back ?board",
    "bat", "racket", "racquet", "stick", "glove", "helmet", "flag", "field", "court", "pitch",
    "line", "score ?board", "logo", "vehicle", "van", "lorry", "taxi", "motor ?bike", "bike",
    "tricycle", "scooter", "animal", "sign", "tree", "building", "road", "object",
)  # fmt: skip
_COCO_NAMES = """
    bicycle, car, motorcycle, airplane, bus, train, truck, boat, traffic light, fire hydrant,
    stop sign, parking meter, bench, bird, cat, dog, horse, sheep, cow, elephant, bear, zebra,
    giraffe, backpack, umbrella, handbag, tie, suitcase, frisbee, skis, snowboard, sports ball,
    kite, baseball bat, baseball glove, skateboard, surfboard, tennis racket, bottle, wine glass,
    cup, fork, knife, spoon, bowl, banana, apple, sandwich, orange, broccoli, carrot, hot dog,
    pizza, donut, cake, chair, couch, potted plant, bed, dining table, toilet, tv, laptop, mouse,
    remote, keyboard, cell phone, microwave, oven, toaster, sink, refrigerator, book, clock, vase,
    scissors, teddy bear, hair drier, toothbrush"""
"""The classes of COCO but its person (Lin et al., ECCV 2014)."""
_COCO = [name.strip() for name in _COCO_NAMES.split(",")]


_EVERY_ROLE = [word for words in _ROLES.values() for word in words]
_EVERY_THING = "|".join([*_THINGS, *_COCO])


def _only(words: Sequence[str], glued: bool = False) -> re.Pattern[str]:
    """Of nothing but these, singular or plural. glued: also with no space between them."""
    begin, end = (" ?", "") if glued else ("(?:^| )", "(?= |$)")
    return re.compile(rf"(?:{begin}(?:{'|'.join(words)})(?:e?s)?{end})+")


_ALL_QUALIFIERS = _only(_QUALIFIERS)
_ALL_ROLES = _only([*_EVERY_ROLE, *_QUALIFIERS, *_BESIDE_ROLES], glued=True)
_ALL_THINGS = _only([_EVERY_THING, *_QUALIFIERS, *_BESIDE_ROLES])
_THING = re.compile(rf"\b(?:{_EVERY_THING})(?:e?s)?\b")
_PART = re.compile("player|keeper|referee|goalie|athlete|pedestrian|human|people")
