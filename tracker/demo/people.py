"""Who plays: kits, looks, and the squad of the demo."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Colour = tuple[int, int, int]
"""Red, green, blue, 0 to 255; turned into OpenCV's order only where something is drawn."""

Hair = Literal["short", "bald", "long", "curly", "bun"]
Role = Literal["player", "referee"]

SKINS: dict[str, Colour] = {
    "pale": (236, 197, 172),
    "fair": (222, 178, 146),
    "tan": (190, 139, 101),
    "brown": (133, 89, 60),
    "dark": (84, 55, 40),
}
HAIRS: dict[str, Colour] = {
    "black": (24, 20, 20),
    "brown": (78, 50, 32),
    "blond": (218, 182, 104),
    "red": (166, 72, 28),
    "grey": (168, 166, 162),
}


@dataclass(frozen=True, slots=True)
class Kit:
    """What a whole team wears. hoops: colour of the horizontal bands, None for a plain shirt."""

    shirt: Colour
    shorts: Colour
    socks: Colour
    trim: Colour
    number: Colour
    hoops: Colour | None = None


@dataclass(frozen=True, slots=True)
class Appearance:
    """What is one's own. sock_height: share of the shin that the sock covers.

    base_layer: long sleeves under the shirt; tights: leggings under the shorts; None: bare skin.
    """

    skin: Colour
    hair: Colour
    boots: Colour
    hair_style: Hair = "short"
    sock_height: float = 0.9
    base_layer: Colour | None = None
    tights: Colour | None = None
    headband: Colour | None = None
    armband: Colour | None = None
    gloves: Colour | None = None
    beard: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """One person, with an id that no one else has.

    name: the folder in the gallery; a leading underscore marks negatives, who are no players.
    """

    id: int
    name: str
    number: int | None
    team: str
    role: Role
    kit: Kit
    appearance: Appearance
    height_m: float = 1.80


@dataclass(frozen=True, slots=True)
class Squad:
    """Everybody who appears. Attackers and defenders play; the substitute waits for their turn."""

    attackers: tuple[Person, ...]
    defenders: tuple[Person, ...]
    substitute: Person
    referee: Person
    people: tuple[Person, ...] = field(init=False)

    def __post_init__(self) -> None:
        everybody = (*self.attackers, *self.defenders, self.substitute, self.referee)
        object.__setattr__(self, "people", everybody)
        for what, values in (
            ("id", [p.id for p in everybody]),
            ("name", [p.name for p in everybody]),
        ):
            if len(set(values)) != len(values):
                raise ValueError(f"Squad: a {what} stands twice in {values}")


WHITE, BLACK = (240, 240, 238), (26, 26, 30)
HARBOUR = Kit(
    shirt=(188, 24, 38), shorts=WHITE, socks=(176, 22, 36), trim=WHITE, number=(250, 248, 240)
)
NORTHGATE = Kit(
    shirt=(98, 176, 232),
    shorts=(22, 34, 84),
    socks=WHITE,
    trim=(22, 34, 84),
    number=(16, 26, 72),
    hoops=(240, 244, 248),
)
OFFICIAL = Kit(shirt=(242, 222, 34), shorts=BLACK, socks=BLACK, trim=BLACK, number=BLACK)


def demo_squad() -> Squad:
    """Five a side, a substitute for Northgate, and the referee."""
    s, h = SKINS, HAIRS
    orange, lime, pink = (255, 112, 20), (176, 240, 30), (250, 60, 140)
    cyan, gold = (20, 206, 224), (226, 182, 40)

    def harbour(i: int, name: str, number: int, appearance: Appearance, height_m: float) -> Person:
        return Person(i, name, number, "Harbour", "player", HARBOUR, appearance, height_m)

    def northgate(i: int, name: str, number: int, appearance: Appearance, height_m: float) -> Person:
        return Person(i, name, number, "Northgate", "player", NORTHGATE, appearance, height_m)

    attackers = (
        harbour(1, "Okafor", 4, Appearance(s["dark"], h["black"], lime, "bald"), 1.90),
        harbour(2, "Lindqvist", 7, Appearance(s["pale"], h["blond"], WHITE, "bun", tights=BLACK), 1.78),
        harbour(3, "Moreau", 9, Appearance(s["brown"], h["black"], WHITE, "curly", 0.55), 1.84),
        harbour(4, "Tanaka", 10, Appearance(s["fair"], h["black"], orange, base_layer=WHITE), 1.72),
        harbour(5, "Brandt", 11, Appearance(s["fair"], h["red"], BLACK, beard=True), 1.81),
    )
    captain = Appearance(s["fair"], h["blond"], BLACK, "long", 0.55, armband=gold, headband=BLACK)
    defenders = (
        northgate(6, "Haddad", 2, Appearance(s["tan"], h["black"], pink, beard=True), 1.80),
        northgate(7, "Novak", 6, Appearance(s["pale"], h["brown"], WHITE), 1.87),
        northgate(8, "Mensah", 8, Appearance(s["dark"], h["black"], orange), 1.76),
        northgate(9, "Keller", 14, captain, 1.83),
        northgate(
            10, "Ruiz", 20, Appearance(s["tan"], h["brown"], BLACK, base_layer=WHITE, gloves=BLACK), 1.74
        ),
    )
    silva = Appearance(s["brown"], h["black"], cyan, "curly", tights=BLACK)
    substitute = northgate(11, "Silva", 17, silva, 1.79)
    referee = Person(
        12, "_referee", None, "", "referee", OFFICIAL, Appearance(s["fair"], h["grey"], BLACK), 1.80
    )
    return Squad(attackers, defenders, substitute, referee)
