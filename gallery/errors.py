"""What a user can mend, as one class. At the bottom: `gallery` may not import `tracker`."""

from __future__ import annotations


class TeamsheetError(ValueError):
    """A mistake that the user can mend; the message is one line: what is wrong, where, what to do.

    Parent of every named error of `tracker` and `gallery`. What else is raised is a fault of ours.
    """
