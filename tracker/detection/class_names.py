"""Whom the classes of a detector are: players by name, roles, anybody, or no people."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from gallery.io.spelling import MAX_NAME, plain
from tracker.detection.class_words import ClassKind, Meaning, meaning
from tracker.limits import MAX_CLASSES
from tracker.types import UNKNOWN

_ON_THE_FIELD = (ClassKind.PLAYER, ClassKind.GOALKEEPER, ClassKind.REFEREE, ClassKind.PERSON)
_UNNAMED = re.compile(r"(?:class[ _]?\d+)?")  # as Ultralytics calls them where a file does not say
_TAKE = "--players-from-detector takes them as players"
_SHOWN, _LETTERS = 3, 40
_UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")
NEGATIVE = "_"
"""So begins the name of a class of people who are none of the players, as a gallery's folder of
negatives does."""
_ROLES_OF_NEGATIVES = (ClassKind.GOALKEEPER, ClassKind.REFEREE, ClassKind.STAFF, ClassKind.CROWD)


@dataclass(frozen=True, slots=True)
class PlayerNames:
    """Who the classes of a network may be, see `ClassKinds.of`."""

    players: tuple[str, ...] | None = None
    all_players: bool = False


@dataclass(frozen=True, slots=True)
class ClassKinds:
    """What each of C classes is.

    numbers: of the classes in the network. names: as the model spells them, on one line. kinds:
    one each. players: index into `roster`, UNKNOWN for what is no name; two classes may be one
    player. roster: the players asked for, then those whom the model alone knows. notes: what was
    decided, where it concerns names; a line each.
    """

    numbers: tuple[int, ...]
    names: tuple[str, ...]
    kinds: tuple[ClassKind, ...]
    players: tuple[int, ...]
    roster: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        names: Mapping[int, str],
        players: Sequence[str] | None = None,
        all_players: bool = False,
    ) -> ClassKinds:
        """Decide what the classes of a detector are.

        names: by number. players: the roster; None where there is none. all_players: every class
        is a player that is no role, no person and no thing. Spelling does not matter (`folded`).
        A class that the roster knows is that player. Without a roster names are taken where they
        are all that there is: no person, no player, no ball or other thing. What begins with
        NEGATIVE is never a player. Raises DetectorError where no class is of people, or where there
        are more than MAX_CLASSES of them.
        """
        from tracker.inference.ultralytics import DetectorError  # imports cv2

        numbers = tuple(sorted(names))
        spelled = tuple(one_line(names[number]) for number in numbers)
        known = _known(spelled, players or ())
        those = _Classes(spelled, tuple(map(meaning, spelled)), known, players is not None)
        taken = those.taken(all_players)
        indices, roster = _numbered(spelled, known, taken, players or ())
        kinds = cls(numbers, spelled, those.kinds(taken), indices, roster)
        if not kinds.kept or (all_players and ClassKind.NAME not in kinds.kinds):
            raise DetectorError(_refusal(spelled, all_players, bool(those.candidates)))
        if len(kinds.kept) > MAX_CLASSES:
            raise DetectorError(
                f"{len(kinds.kept)} of its classes are people, at most {MAX_CLASSES} are told "
                "apart; use another --detector"
            )
        return replace(kinds, notes=tuple(_notes(kinds, those, taken, all_players)))

    @property
    def kept(self) -> tuple[int, ...]:
        """Places among the classes of those whose boxes are people to be followed.

        A class called person is all of them where no class is a name. Staff and crowd count where
        classes are names, or where there is nobody else.
        """
        every = tuple(range(len(self.kinds)))
        if ClassKind.NAME in self.kinds:
            return tuple(i for i in every if self.kinds[i] is not ClassKind.NEITHER)
        persons = tuple(i for i in every if self.names[i].casefold() == "person")
        known = persons or tuple(i for i in every if self.kinds[i] in _ON_THE_FIELD)
        return known or tuple(i for i in every if self.kinds[i] is not ClassKind.NEITHER)

    @property
    def columns(self) -> ClassKinds:
        """The kept classes alone; none where they tell nobody from anybody, as person alone."""
        kept = self.kept
        apart = [i for i in kept if self.kinds[i] is not ClassKind.PERSON]
        named = any(self.kinds[i] is ClassKind.NAME for i in kept)
        return self._take(kept if apart and (named or len(kept) > 1) else ())

    @classmethod
    def again(
        cls,
        names: Sequence[str],
        kinds: Sequence[ClassKind],
        players: Sequence[str] | None = None,
        all_players: bool = False,
    ) -> ClassKinds:
        """`columns` for another roster, of what they were: their names and kinds.

        A name stays one where there is no roster, or all are players, though what stood beside it
        is not known any more.
        """
        spelled = tuple(names)
        known = _known(spelled, players or ())
        those = _Classes(spelled, tuple(map(meaning, spelled)), known, players is not None)
        taken = those.taken(all_players)
        if players is None or all_players:
            named = {i for i, kind in enumerate(kinds) if kind is ClassKind.NAME}
            taken |= {i for i in named if known[i] == UNKNOWN}
        indices, roster = _numbered(spelled, known, taken, players or ())
        now = tuple(
            ClassKind.NAME if at != UNKNOWN
            else ClassKind.PLAYER if kind is ClassKind.NAME
            else kind
            for kind, at in zip(kinds, indices, strict=True)
        )  # fmt: skip
        return cls(tuple(range(len(spelled))), spelled, now, indices, roster)

    def _take(self, places: Sequence[int]) -> ClassKinds:
        return replace(
            self,
            numbers=tuple(self.numbers[i] for i in places),
            names=tuple(self.names[i] for i in places),
            kinds=tuple(self.kinds[i] for i in places),
            players=tuple(self.players[i] for i in places),
        )


def folded(name: str) -> str:
    """By which two spellings of a name are known to be one: without case, spaces, underscores."""
    wide = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return re.sub(r"[\s_]+", "", wide.casefold())


def one_line(name: str) -> str:
    """A class's name without signs that steer a terminal, in one spelling, not too long."""
    visible = "".join(" " if unicodedata.category(sign) in _UNSEEN else sign for sign in name)
    return plain(" ".join(visible.split()))[:MAX_NAME]


@dataclass(frozen=True, slots=True)
class _Classes:
    """The classes of one model, C of them.

    meanings: of their words. known: (C,) index into the roster, UNKNOWN for who is not in it.
    has_roster: there is a roster.
    """

    names: tuple[str, ...]
    meanings: tuple[Meaning, ...]
    known: tuple[int, ...]
    has_roster: bool

    @property
    def people(self) -> bool:
        """Whether a class is of anybody, or of any player."""
        anybody = (ClassKind.PERSON, ClassKind.PLAYER)
        return any(s.whole and not s.team and s.kind in anybody for s in self._others)

    @property
    def things(self) -> bool:
        return any(words.kind is ClassKind.NEITHER for words in self._others)

    @property
    def _others(self) -> list[Meaning]:
        return [
            words
            for name, words, at in zip(self.names, self.meanings, self.known, strict=True)
            if at == UNKNOWN and not name.startswith(NEGATIVE)
        ]

    @property
    def candidates(self) -> list[int]:
        """Who may be a player whom the roster does not know. A team may be one among others."""
        unknown = [
            i for i, at in enumerate(self.known)
            if at == UNKNOWN and not self.names[i].startswith(NEGATIVE)
        ]  # fmt: skip
        proper = [
            i for i in unknown if not self.meanings[i].whole and not _is_unnamed(self.names[i])
        ]
        teams = [i for i in unknown if self.meanings[i].team]
        return sorted(proper + teams) if proper and not self.people else proper

    def taken(self, all_players: bool) -> set[int]:
        """Which of them are players all the same."""
        candidates = self.candidates
        if all_players:
            teams = [
                i for i, words in enumerate(self.meanings)
                if words.team and self.known[i] < 0 and not self.names[i].startswith(NEGATIVE)
            ]  # fmt: skip
            return set(candidates or ([] if self.things else teams))
        if self.has_roster or self.people:
            return set()
        if self.things:  # "Player_O1" is a player beside a ball too
            candidates = [
                i for i in candidates if self.meanings[i].kind and not self.meanings[i].team
            ]
        alone = len(candidates) == 1 and not any(name.startswith(NEGATIVE) for name in self.names)
        return set() if alone else set(candidates)

    def kinds(self, taken: set[int]) -> tuple[ClassKind, ...]:
        return tuple(
            ClassKind.NAME if at != UNKNOWN or i in taken else self._kind(i)
            for i, at in enumerate(self.known)
        )

    def _kind(self, i: int) -> ClassKind:
        """Of what is no name."""
        words = self.meanings[i]
        if self.names[i].startswith(NEGATIVE):
            kind = words.kind if words.whole else None
            return kind if kind in (*_ROLES_OF_NEGATIVES, ClassKind.NEITHER) else ClassKind.PERSON
        if words.kind is not None:
            return ClassKind.NEITHER if words.team and self.people else words.kind
        if len(self.names) == 1 or all(map(_is_unnamed, self.names)):
            return ClassKind.PERSON  # a model trained for one purpose finds nothing but its own
        return ClassKind.NEITHER if self.people or self.things else ClassKind.PLAYER


def _is_unnamed(name: str) -> bool:
    return _UNNAMED.fullmatch(name.casefold()) is not None


def _known(names: Sequence[str], roster: Sequence[str]) -> tuple[int, ...]:
    """(C,) index into the roster, UNKNOWN where it has no such name.

    A player whose name is a word (Bird) is meant where the model knows other players too, or has no
    class of anybody, which COCO has.
    """
    index = {folded(name): i for i, name in reversed([*enumerate(roster)])}
    index |= {name: i for i, name in reversed([*enumerate(roster)])}
    found = [
        UNKNOWN
        if folded(name) in ("", "person") or name.startswith(NEGATIVE)
        else index.get(name, index.get(folded(name), -1))
        for name in names
    ]
    meanings = [meaning(name) for name in names]
    sure = any(at != UNKNOWN and not s.whole for at, s in zip(found, meanings, strict=True))
    anybody = any(s.kind is ClassKind.PERSON for s in meanings)
    return (UNKNOWN,) * len(found) if anybody and not sure else tuple(found)


def _numbered(
    names: Sequence[str], known: Sequence[int], taken: set[int], roster: Sequence[str]
) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """(C,) index of each class's player, and the roster, in which those who are taken come last."""
    every, index, players = list(roster), dict[str, int](), list(known)
    for i in sorted(taken):
        if (name := folded(names[i])) not in index:
            index[name] = len(every)
            every.append(names[i])
        players[i] = index[name]
    return tuple(players), tuple(every)


def _notes(kinds: ClassKinds, those: _Classes, taken: set[int], all_players: bool) -> Iterator[str]:
    """What was decided, where it concerns names."""

    def listed(places: Sequence[int], what: str, end: str = "") -> Iterator[str]:
        if places:
            be = "class is" if len(places) == 1 else "classes are"
            named = _few([kinds.names[i] for i in places])
            yield f"{len(places)} {be} {what} ({named}){end}"

    matched = [i for i, at in enumerate(those.known) if at != UNKNOWN]
    yield from listed(matched, "known from the gallery")
    yield from listed(sorted(taken), "taken as players")
    rest = [i for i in those.candidates if i not in taken] if matched or not those.people else []
    out = [i for i in rest if kinds.kinds[i] is ClassKind.NEITHER]
    nameless = [i for i in rest if those.has_roster and i not in out]
    yield from listed(nameless, "not in the gallery", f": boxes without a name; {_TAKE}")
    yield from listed(out, "left out", f"; {_TAKE}")
    if all_players:
        neither = [i for i, kind in enumerate(kinds.kinds) if kind is ClassKind.NEITHER]
        yield from listed(neither, "left out")
    for at, count in Counter(at for at in kinds.players if at != UNKNOWN).items():
        if count > 1:
            yield f"{count} classes are one player, {one_line(kinds.roster[at])[:_LETTERS]}"


def _refusal(names: Sequence[str], all_players: bool, candidates: bool) -> str:
    """The error where no class is of people, or of players where those are asked for."""
    if not names:
        return "it has no classes; use another --detector"
    none = f"its classes are {_few(names)}: no {'players' if all_players else 'people'} among them"
    if all_players:
        return f"{none}; leave out --players-from-detector"
    return f"{none}; {_TAKE if candidates else 'use another --detector'}"


def _few(names: Sequence[str]) -> str:
    shown = ", ".join(name[:_LETTERS] or "(no name)" for name in names[:_SHOWN])
    return shown + (", ..." if len(names) > _SHOWN else "")
