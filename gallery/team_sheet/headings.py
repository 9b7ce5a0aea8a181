"""What clubs call the columns of a team sheet, and what they write into them."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Collection
from enum import StrEnum


class Column(StrEnum):
    """What a column holds. NAME: the whole one. CLUB: a team, or only where somebody comes from."""

    NAME = "name"
    FIRST = "first name"
    SURNAME = "surname"
    NUMBER = "number"
    TEAM = "team"
    CLUB = "club"
    ROLE = "role"
    COLOR = "color"


NAMES = (Column.NAME, Column.FIRST, Column.SURNAME)
_HEADINGS = {
    Column.NAME: "name, player, players, player name, players name, full name, fullname, athlete, "
    "spieler, spielerin, spielername, spieler name, joueur, joueuse, nom complet, nom et prenom, "
    "nom prenom, nom, jugador, jugadora, nombre completo, nombre y apellidos, apellidos y nombre, "
    "nombre, giocatore, giocatrice, nominativo, nome e cognome, cognome e nome, nome, jogador, "
    "speler, naam",
    Column.FIRST: "first name, firstname, first, given name, forename, vorname, prenom, voornaam",
    Column.SURNAME: "surname, last name, lastname, last, family name, nachname, familienname, "
    "nom de famille, apellido, apellidos, cognome, apelido, achternaam",
    Column.NUMBER: "number, numbers, no, nos, nr, n, #, num, shirt, shirt no, shirt nr, shirt num, "
    "shirt number, shirt #, jersey, jersey no, jersey nr, jersey number, jersey #, kit no, "
    "kit number, squad no, squad number, player no, player number, uniform no, uniform number, "
    "bib, bib number, back number, nummer, trikot, trikotnummer, trikot nr, trikotnr, "
    "ruckennummer, rueckennummer, spielernummer, numero, numero de maillot, no de maillot, "
    "maillot, dorsal, numero de camiseta, camiseta, nro, maglia, numero maglia, numero di maglia, "
    "nr maglia, n maglia, camisola, rugnummer",
    Column.TEAM: "team, team name, side, squad, mannschaft, equipe, equipo, squadra, ploeg",
    Column.CLUB: "club, club name, verein, societa, clube",
    Column.ROLE: "role, position, pos, posn, playing position, rolle, poste, posicion, "
    "demarcacion, ruolo, posicao, positie, function, funktion, fonction",
    Column.COLOR: "color, colour, colors, colours, kit, kit color, kit colour, shirt color, "
    "shirt colour, jersey color, jersey colour, farbe, trikotfarbe, couleur, couleur du maillot, "
    "colore, colore maglia, color camiseta, cor, kleur",
}
"""Folded; English, German, French, Spanish, Italian, Portuguese, Dutch."""
_KNOWN = {word.strip(): column for column, words in _HEADINGS.items() for word in words.split(",")}
_ROLES = {
    "goalkeeper": "gk, goalkeeper, goalkeepers, goalie, goalies, keeper, keepers, goal keeper, "
    "tw, torwart, torhuter, torhuterin, torfrau, torleute, gardien, gardiens, gardienne, "
    "gardien de but, gb, portero, portera, porteros, por, arquero, guardameta, portiere, portieri, "
    "goleiro, guarda redes, doelman",
    "referee": "referee, referees, ref, refs, official, officials, match official, "
    "match officials, umpire, umpires, assistant referee, linesman, schiedsrichter, "
    "schiedsrichterin, sr, arbitre, arbitres, arbitro, arbitra, arbitros, arbitri, scheidsrechter",
    "staff": "coach, coaches, head coach, assistant coach, manager, team manager, trainer, "
    "cheftrainer, co trainer, betreuer, physio, physiotherapist, doctor, staff, kit manager, "
    "entraineur, entrenador, entrenadora, allenatore, delegato, dirigente, treinador, arzt",
    "": "substitutes, substitute, subs, bench, reserves, starting xi, starting 11, starters, "
    "starting lineup, lineup, line up, players, squad, team, startelf, aufstellung, ersatz, "
    "ersatzspieler, ersatzbank, auswechselspieler, titulaires, remplacants, titulares, suplentes, "
    "titolari, riserve, panchina, outfield players, field players, spieler, joueurs, jugadores, "
    "giocatori",
}
_MEANT = {word.strip(): role for role, words in _ROLES.items() for word in words.split(",")}
STAFF = "staff"
"""Role of who is on the sheet and does not play."""
_ALIKE = 0.8
_SIGNS = str.maketrans({"№": "no ", "°": "o", "º": "o"})


def folded(text: str) -> str:
    """Small letters without accents, words by single blanks, no signs but #."""
    parted = unicodedata.normalize("NFKD", text.translate(_SIGNS).casefold())
    plain = "".join(sign for sign in parted if not unicodedata.combining(sign))
    return " ".join(re.sub(r"[^\w#]|_", " ", plain).split())


def column_of(heading: str) -> Column | None:
    """What stands below a heading; None where it is none of ours."""
    known = _KNOWN.get(folded(heading)) or _KNOWN.get(folded(re.sub(r"\(.*?\)", "", heading)))
    if known is None and "/" in heading:  # "Name / Nom"
        every = {_KNOWN.get(folded(part)) for part in heading.split("/")}
        known = next(iter(every)) if len(every) == 1 else None
    return known


def nearest(heading: str, wanted: Collection[Column]) -> str:
    """The heading of the columns `wanted` that this one is likely misspelt of; "" where none is."""
    words = [word for word, column in _KNOWN.items() if column in wanted]
    given = folded(heading)
    ratios = [difflib.SequenceMatcher(None, given, word).ratio() for word in words]
    best = max(ratios, default=0.0)
    return words[ratios.index(best)] if best >= _ALIKE else ""


def role_of(text: str) -> str | None:
    """goalkeeper, referee, STAFF, or "" of words that begin a part of the list (Substitutes); None
    where it is none of these words."""
    return _MEANT.get(folded(text))
