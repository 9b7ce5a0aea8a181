"""teamsheet: track the players of a match and say who each of them is."""

__version__ = "0.1.0"
