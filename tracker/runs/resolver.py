"""A finished run, open to be named again and again with what is said of it; no video is opened.

All that names go by is read once and stays in memory. `correct` asks once, a review after every
answer; both get the same names for the same words, to the last byte.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Any

from tracker.corrections.in_force import in_force
from tracker.corrections.reapply import Applied, Apply
from tracker.corrections.record import StoredCorrection
from tracker.corrections.statements import CorrectionError
from tracker.observation.store import Store
from tracker.output.run_files import OBSERVATIONS, write_results
from tracker.output.run_folder import replaced
from tracker.output.run_record import RECEIPT, RunRecord, RunRecordError, write_run_record
from tracker.output.table import TrackTable
from tracker.rows import Rows
from tracker.runs.following import Followed, follow
from tracker.runs.name_model import reopen_names
from tracker.runs.online_pass import Progress
from tracker.runs.open_session import open_session
from tracker.runs.receipt import corrected, receipt
from tracker.runs.replay import Replay
from tracker.runs.request import AnchorInput, FieldInput, TrackRequest
from tracker.runs.run_players import RunPlayers, given_anchors, players_of, roster_of
from tracker.runs.session import Session
from tracker.settings import as_offline


@dataclass(slots=True)
class Resolver:
    """before: what run.json says. often: it will be asked more than once.

    One owner, one thread: the first answer may have to follow everything once.
    """

    before: RunRecord
    request: TrackRequest
    session: Session
    store: Store
    often: bool = False
    _replay: Replay | None = None

    @classmethod
    def open(cls, before: RunRecord, often: bool = False) -> Resolver:
        """What following takes. Raises CorrectionError where something is missing, and the rooms'
        named errors."""
        return cls(before, *_opened(before), often)

    @property
    def rows(self) -> Rows | None:
        """Of the first pass, names not yet given; None where nothing of it was kept."""
        return replay.rows if (replay := self._known()) is not None else None

    def names(self, kept: Sequence[StoredCorrection], progress: Progress) -> Followed:
        """The names with these corrections, whose spans are of the tracks of `rows`, and no others.

        Raises CorrectionError.
        """
        players = self.session.players
        holding = in_force(kept).corrections
        constraints = [c for stored in holding for c in stored.user_constraints(players)]
        return self.named(lambda _: Applied(kept, constraints), progress)

    def named(self, correct: Apply, progress: Progress) -> Followed:
        """Names given again. Where nothing that a correction goes by was kept, everything is
        followed once more, and that is kept."""
        replay = self._known()
        if replay is not None:
            followed = replay.named(correct)
        else:
            request, session = self.request, self.session
            followed = follow(request, session, self.store, progress, correct=correct)
            followed = followed.kept(self.store.folder, request, session)
        self.session.log.seconds["follow"] = followed.seconds
        return followed

    def publish(
        self,
        table: TrackTable,
        followed: Followed,
        applied: Applied,
        before: RunRecord,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        """Write these names; everything that is in OUT stays, but for the files that hold names.

        more: parts of run.json beside the usual ones. The lock is the caller's.
        """
        request, session = self.request, self.session
        receipt_now = receipt(request, session, table, followed, corrections=applied.tree)
        with replaced(request.out) as folder:
            write_results(
                table, folder, followed.evidence_log, session.players, "offline", session.sources
            )
            tree = {**corrected(receipt_now, before), **(more or {})}
            write_run_record(tree, folder / RECEIPT)

    def _known(self) -> Replay | None:
        if self._replay is None:
            self._replay = Replay.open(self.request, self.session, self.store, self.often)
        return self._replay


def _opened(before: RunRecord) -> tuple[TrackRequest, Session, Store]:
    """What following takes. Raises CorrectionError where something is missing."""
    out = before.path.parent
    if not before.named:
        raise CorrectionError(
            f"{out} was tracked without --gallery, --roster or --anchors: nobody has a name in it"
        )
    store = Store.open(out / OBSERVATIONS)
    if store is None or not store.finished:
        state = "no" if store is None else "unfinished"
        raise CorrectionError(
            f"{out} has {state} observations; track it by this version of teamsheet first"
        )
    settings = as_offline(before.settings)
    try:
        gallery, spec = Path(before.gallery) if before.gallery else None, before.spec
        sheet = Path(before.team_sheet) if before.team_sheet else None
        inputs = tuple(AnchorInput(given.file, given.stated) for given in before.anchors)
    except RunRecordError as error:
        raise CorrectionError(
            f"{before.path}: written by another teamsheet; run teamsheet track with --resume first"
        ) from error
    if any(not given.fingerprint for given in before.anchors):
        raise CorrectionError(
            f"{out} was tracked by live anchors, which are gone; run teamsheet track with --resume "
            "and --anchors FILE first"
        )
    frames = (store.metadata.first, store.metadata.last)
    field = FieldInput(*before.field) if before.field else None
    request = TrackRequest(spec, out, settings, frames=frames, field=field)
    session = open_session(request, store)  # without a gallery, which would ask for the encoder
    begun = perf_counter()
    request = replace(request, gallery=gallery, roster=sheet, anchors=inputs, new_players=True)
    players = _players(request, before, session)
    names = reopen_names(request, session.about, store.folder, players.anchors)
    session = replace(session, names=names, anchors=players.anchors, classes=players.classes)
    session.log.seconds["gallery"] = perf_counter() - begun
    return request, session, store


def _players(request: TrackRequest, before: RunRecord, session: Session) -> RunPlayers:
    """The players of the run, and its anchors. Raises CorrectionError where they are others
    since."""
    given = given_anchors(request, session.about.source)
    for record, now in zip(before.anchors, given.fingerprints if given else (), strict=True):
        if record.fingerprint != now:
            raise CorrectionError(
                f"{record.file} has changed since {request.out} was tracked; run teamsheet track "
                "with --resume first"
            )
    roster = roster_of(request)
    if before.team_sheet and roster and roster.fingerprint() != before.roster_fingerprint:
        raise CorrectionError(
            f"{before.team_sheet} or its gallery has changed since {request.out} was tracked; run "
            "teamsheet track with --resume first"
        )
    return players_of(request, session.about, roster, given, before.players)
