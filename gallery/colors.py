"""Colours of shirts as people write them: "red", "dark blue", "#1f3a93", "rot/weiß"."""

from __future__ import annotations

import difflib
import re
import unicodedata

from PIL import ImageColor

MOST = 2
"""Colours of one shirt; of more, which are the stripes nobody can tell."""
_BETWEEN = re.compile(r"\s*(?:[/+&;,|]|\b(?:and|with|und|mit|et|y|e)\b)\s*")
_HEX = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})")
_ELSEWHERE = {
    "rot": "red", "weiss": "white", "schwarz": "black", "blau": "blue", "gelb": "yellow",
    "grun": "green", "gruen": "green", "grau": "gray", "lila": "purple", "rosa": "pink",
    "dunkelblau": "darkblue", "hellblau": "lightblue", "dunkelrot": "darkred",
    "hellgrun": "lightgreen", "dunkelgrun": "darkgreen", "braun": "brown", "turkis": "turquoise",
    "rouge": "red", "blanc": "white", "noir": "black", "bleu": "blue", "jaune": "yellow",
    "vert": "green", "gris": "gray", "rose": "pink", "marron": "brown", "violette": "violet",
    "rojo": "red", "roja": "red", "blanco": "white", "blanca": "white", "negro": "black",
    "negra": "black", "azul": "blue", "amarillo": "yellow", "amarilla": "yellow", "verde": "green",
    "naranja": "orange", "morado": "purple", "celeste": "lightskyblue",
    "rosso": "red", "bianco": "white", "nero": "black", "blu": "blue", "giallo": "yellow",
    "grigio": "gray", "arancione": "orange", "viola": "purple", "azzurro": "dodgerblue",
    "claret": "maroon", "burgundy": "maroon", "bordeaux": "maroon", "amber": "orange",
    "sky": "skyblue", "royal": "royalblue", "navyblue": "navy",
}  # fmt: skip
"""Folded, what Pillow does not know: other languages, and what clubs call their own."""


def parse_colors(text: str) -> tuple[str, ...]:
    """One colour, or two for stripes, each as #rrggbb; none where there is no text.

    Raises ValueError: a name that is no colour (the nearest one named), more than two.
    """
    parts = [part for part in _BETWEEN.split(_folded(text)) if part]
    if len(parts) > MOST:
        raise ValueError(f"{text!r} has {len(parts)} colours; write one, or two for stripes")
    return tuple(_hex(part) for part in parts)


def _hex(name: str) -> str:
    if _HEX.fullmatch(name):
        return name if len(name) == 7 else "#" + "".join(2 * digit for digit in name[1:])
    plain = re.sub(r"[\s_-]", "", name)
    known = _ELSEWHERE.get(plain, plain)
    found = ImageColor.colormap.get(known)
    if found is None:
        near = difflib.get_close_matches(plain, [*ImageColor.colormap, *_ELSEWHERE], n=1)
        hint = f"did you mean {near[0]!r}?" if near else "write it as #rrggbb"
        raise ValueError(f"{name!r} is no colour that is known; {hint}")
    red, green, blue = ImageColor.getrgb(known)[:3]
    return f"#{red:02x}{green:02x}{blue:02x}"


def _folded(text: str) -> str:
    """Without accents and capitals."""
    parted = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in parted if not unicodedata.combining(sign)).strip()
