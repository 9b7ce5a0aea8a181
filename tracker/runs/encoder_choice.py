"""`auto`: which encoder tells players apart, where the user names none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from gallery.weights.cached import WeightsError, find
from gallery.weights.table import WEIGHTS
from tracker.observation.store import Store
from tracker.output.run_files import OBSERVATIONS
from tracker.runs.request import TrackRequest

AUTO = "auto"
PREFERRED = "reid-0277"
FALLBACK = "stripes"


def with_encoders(
    requests: Sequence[TrackRequest], fetch: Callable[[], None] | None = None
) -> tuple[list[TrackRequest], list[str]]:
    """The requests with `auto` decided for each, and what to say of it, each line once.

    Colours, and nothing to say, where nobody is to be named by looks. fetch and what is raised: see
    `choose_encoder`.
    """
    decided, lines = [], dict[str, None]()
    for request in requests:
        encoder = request.encoder
        if encoder == AUTO and request.gallery is None and not request.describe:
            encoder = FALLBACK
        elif encoder == AUTO:
            encoder, line = choose_encoder(request.out, request.resume, fetch)
            lines[line] = None
        decided.append(replace(request, encoder=encoder))
    return decided, list(lines)


def choose_encoder(
    out: Path, resume: bool, fetch: Callable[[], None] | None = None
) -> tuple[str, str]:
    """The encoder of a run: as `preferred_encoder`, but what is in OUT goes on by the one that it
    was begun with. Raises StoreError too, where what is in OUT is damaged.
    """
    if resume and _begun_with(out) == FALLBACK:
        return FALLBACK, f"encoder: {FALLBACK}, as in {out}"
    return preferred_encoder(fetch)


def preferred_encoder(fetch: Callable[[], None] | None = None) -> tuple[str, str]:
    """Re-ID 0277 where it is at hand, or comes by `fetch`, which raises WeightsError; else colours.

    Returns the encoder and one line that says which and why. Raises WeightsError where the file at
    hand is not the one published.
    """
    path, why = find(WEIGHTS[PREFERRED]), f"{PREFERRED} is not at hand"
    if path is None and fetch is not None:
        try:
            fetch()
        except WeightsError as error:
            why = str(error).partition(";")[0]
        path = find(WEIGHTS[PREFERRED])
    if path is not None:
        return PREFERRED, f"encoder: {PREFERRED} ({path})"
    return FALLBACK, (
        f"encoder: {FALLBACK} ({why}; more players are told apart by it: "
        f"teamsheet weights get {PREFERRED})"
    )


def _begun_with(out: Path) -> str:
    """Name of the encoder of the observations in OUT; "" where there is none."""
    store = Store.open(out / OBSERVATIONS)
    encoder = None if store is None else store.metadata.encoder
    return "" if encoder is None else encoder.name
