"""The version of teamsheet, at the bottom, where every file may ask for it."""

__version__ = "0.2.0"
